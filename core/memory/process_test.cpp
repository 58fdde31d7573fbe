// Tests of the number of a process: it changes in a child of fork, and only there.
#include "process.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "memory_test_support.hpp"

namespace rarena::detail {
namespace {

TEST(Process, AChildOfForkHasTheNextNumber) {
  ASSERT_TRUE(process::follow_forks());
  ASSERT_TRUE(process::follow_forks()) << "a second time registers nothing: the child would count twice, or hang";
  const std::uint32_t here = process::number();
  EXPECT_EQ(0, in_child([&] { return process::number() == here + 1 ? 0 : 1; }));
  EXPECT_EQ(process::number(), here) << "the parent is who it was";
  EXPECT_EQ(0, in_child([&] { return process::number() == here + 1 ? 0 : 1; })) << "brothers need no numbers of their own";
}

TEST(Process, AGrandchildHasAnother) {
  ASSERT_TRUE(process::follow_forks());
  const std::uint32_t here = process::number();
  EXPECT_EQ(0, in_child([&] {
              if (!process::follow_forks()) return 1;
              if (in_child([&] { return process::number() == here + 2 ? 0 : 1; }) != 0) return 2;
              return process::number() == here + 1 ? 0 : 3;
            }));
}

TEST(Process, AThreadIsNone) {
  ASSERT_TRUE(process::follow_forks());
  const std::uint32_t here = process::number();
  std::uint32_t there = here + 1;
  std::thread([&] { there = process::number(); }).join();
  EXPECT_EQ(there, here);
}

TEST(Process, ThreadsMayAskForItAtOnce) {
  EXPECT_EQ(0, in_child([] {
              std::thread one([] { (void)process::follow_forks(); }), two([] { (void)process::follow_forks(); });
              one.join();
              two.join();
              const std::uint32_t here = process::number();
              return in_child([&] { return process::number() == here + 1 ? 0 : 1; });
            }));
}

}  // namespace
}  // namespace rarena::detail
