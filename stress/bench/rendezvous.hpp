// Rendezvous: the threads of a workload wait for one another between two batches, and one of them does something when all are
// there. Who ends early leaves, and nobody waits for it any more.
//
// Thread safety: each thread has a Member of its own.
#pragma once

#include <barrier>
#include <functional>

namespace rarena::bench {

class Rendezvous {
 public:
  // `action` runs once at each wait, in one thread, while the others wait; it does not throw.
  Rendezvous(int threads, std::function<void()> action) : met_(threads), barrier_(threads, Action{std::move(action)}) {}

  class Member {
   public:
    explicit Member(Rendezvous& rendezvous) : rendezvous_(rendezvous) {}
    ~Member() {
      rendezvous_.met_.arrive_and_drop();
      rendezvous_.barrier_.arrive_and_drop();
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    // Without the action.
    void meet() { rendezvous_.met_.arrive_and_wait(); }
    void wait() { rendezvous_.barrier_.arrive_and_wait(); }

   private:
    Rendezvous& rendezvous_;
  };

 private:
  struct Action {
    std::function<void()> act;
    void operator()() noexcept { act(); }
  };

  std::barrier<> met_;
  std::barrier<Action> barrier_;
};

}  // namespace rarena::bench
