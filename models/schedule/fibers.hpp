// Fibers that are started again and again: threads of a scenario that take turns on one thread of the system.
//
// A fiber runs its body, pauses in it, and starts it anew when it is resumed after the end. One that is dropped is forgotten:
// its frames go without their destructors, because unwinding could not pass the noexcept functions of the code under test. That
// is why the contexts of Boost are used directly: boost::context::fiber unwinds.
//
// Thread safety: none; all on one thread of the system.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <boost/context/stack_context.hpp>
#include <cstddef>
#include <vector>

namespace rarena::models::schedule {

class Fibers {
 public:
  using Body = void (*)(void* context, unsigned fiber);

  Fibers(unsigned count, Body body, void* context);
  ~Fibers();
  Fibers(const Fibers&) = delete;
  Fibers& operator=(const Fibers&) = delete;

  // Runs a fiber until it pauses or its body ends. Whether the body ended.
  bool resume(unsigned fiber);
  // Called in a fiber: back to resume().
  void pause();
  // Forgets what the fiber was doing.
  void drop(unsigned fiber);

 private:
  struct Fiber {
    boost::context::stack_context stack;
    boost::context::detail::fcontext_t context = nullptr;  // nullptr: to be made
    void* fake_stack = nullptr;                            // AddressSanitizer's
    bool ended = false;
  };

  static void run(boost::context::detail::transfer_t from);

  Body body_;
  void* context_;
  std::vector<Fiber> fibers_;
  unsigned running_ = 0;
  boost::context::detail::fcontext_t resumer_ = nullptr;
  const void* resumer_stack_ = nullptr;  // AddressSanitizer's
  std::size_t resumer_stack_bytes_ = 0;
};

}  // namespace rarena::models::schedule
