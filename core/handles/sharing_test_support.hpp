// What the tests of processes that share a file have in common: another process, which works in steps, and a file.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <functional>

#include "../arena/arena_test_support.hpp"
#include "../memory/memory_test_support.hpp"
#include "owned.hpp"

namespace rarena::detail::testing_support {

inline Options sharing(Size capacity = 1 << 18) { return {.capacity = capacity, .create = true, .shared = true}; }
inline Options alone() { return {}; }

// A process that works in steps: it says when each is done, and goes on when it is told to.
class Peer {
 public:
  using Step = std::function<void()>;

  explicit Peer(const std::function<void(const Step& pause)>& life) {
    EXPECT_EQ(::pipe(said_), 0);
    EXPECT_EQ(::pipe(told_), 0);
    process_ = ::fork();
    if (process_ != 0) return;
    ::alarm(60);
    ::close(told_[1]);
    try {
      life([this] {
        say();
        char go = 0;
        if (::read(told_[0], &go, 1) != 1) leave(3);
      });
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    leave(::testing::Test::HasFailure() ? 1 : 0);
  }
  ~Peer() {
    if (process_ > 0) kill();
    for (const int file : {said_[0], said_[1], told_[0], told_[1]}) ::close(file);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // It has come to its next pause.
  void wait() const {
    char done = 0;
    EXPECT_EQ(::read(said_[0], &done, 1), 1) << "the other process has ended";
  }
  void go_on() const { EXPECT_EQ(::write(told_[1], "g", 1), 1); }
  // It ends by itself.
  int end() {
    go_on();
    return reap();
  }
  void kill() {
    ::kill(process_, SIGKILL);
    EXPECT_EQ(reap(), -SIGKILL);
  }

 private:
  void say() const { (void)!::write(said_[1], "d", 1); }
  int reap() {
    int status = 0;
    EXPECT_EQ(::waitpid(process_, &status, 0), process_);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  int said_[2] = {-1, -1}, told_[2] = {-1, -1};
  pid_t process_ = -1;
};

class Sharing : public ::testing::Test {
 protected:
  Arena open(Size capacity = 1 << 18) const { return value_of(Arena::map_mut(path, sharing(capacity))); }
  Recovery::Opening next_opening() const { return value_of(Arena::map(path, {})).recovery().opening; }
  // A process that shares the file and does nothing else until it is told to end; then it closes it.
  auto member() const {
    return [this](const Peer::Step& pause) {
      auto arena = open();
      pause();
      EXPECT_TRUE(arena.close());
    };
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

}  // namespace rarena::detail::testing_support
