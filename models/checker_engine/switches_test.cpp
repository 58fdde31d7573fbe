// The order of an execution's steps with the fewest context switches.
#include "switches.hpp"

#include <gtest/gtest.h>

namespace rarena::models::checking {
namespace {

// Two threads, x = 1 and a read of x: as few switches as there can be.
checker::Graph message(bool old) {
  checker::Graph g;
  g.reset(2, 1);
  const checker::Stamp write = g.add(0, checker::Kind::write, 0, {});
  g.place(write, 1);
  g.add(0, checker::Kind::end, checker::no_cell, {});
  for (const checker::Stamp source : {write, old ? checker::initial : write}) {
    const checker::Stamp read = g.add(1, checker::Kind::read, 0, {});
    g[read].source = source;
  }
  return g;
}

TEST(Switches, AreCountedAlongTheBestOrder) {
  const StepOrder order = fewest_switches(message(false));
  EXPECT_TRUE(order.interleaved);
  EXPECT_EQ(order.switches, 1U);
  EXPECT_EQ(order.old_reads, 0U);
  EXPECT_EQ(describe(message(false), order), "thread 0: 0.0 to 0.1; thread 1: 1.0 to 1.1");
  const StepOrder weak = fewest_switches(message(true));
  EXPECT_FALSE(weak.interleaved);
  EXPECT_EQ(weak.old_reads, 1U);
  EXPECT_TRUE(order < weak);
}

}  // namespace
}  // namespace rarena::models::checking
