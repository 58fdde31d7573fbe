// Interleavings against brute force: a cycle of po u rf u co u fr by Warshall's closure, and a machine that takes the steps.
#include "interleaving.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "models/checker/checker.hpp"

namespace checker {
namespace {

// Hands every complete execution of a check to a function.
class Judging {
 public:
  explicit Judging(const std::function<void(const Graph&)>& body) {
    Objects::of_this_process().program().judge = [body](const Graph& g) {
      body(g);
      return std::string();
    };
  }
  ~Judging() { Objects::of_this_process().program().judge = nullptr; }
  Judging(const Judging&) = delete;
  Judging& operator=(const Judging&) = delete;
};

// Whether one event must come before the other: po, rf, co, or fr. The write of a read-modify-write counts as its read.
bool must_precede(const Graph& g, Stamp i, Stamp j) {
  const Event &a = g[i], &b = g[j];
  if (a.thread == b.thread) return a.index < b.index;
  if (a.cell == no_cell || a.cell != b.cell) return false;
  if (b.kind == Kind::read) return a.kind == Kind::write && b.source == i;
  return (a.kind == Kind::write ? a.place : g.place_of(a.source)) < b.place;
}

bool is_cyclic(const Graph& g) {
  const auto size = static_cast<std::size_t>(g.size());
  std::vector<std::vector<bool>> before(size, std::vector<bool>(size));
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t j = 0; j < size; ++j)
      before[i][j] = i != j && must_precede(g, static_cast<Stamp>(i), static_cast<Stamp>(j));
  for (std::size_t k = 0; k < size; ++k)
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j)
        if (before[i][k] && before[k][j]) before[i][j] = true;
  for (std::size_t i = 0; i < size; ++i)
    if (before[i][i]) return true;
  return false;
}

// What is wrong with an order of the events of a graph, for a machine with one memory; empty if nothing is.
std::string wrong_with(const Graph& g, std::span<const Stamp> order) {
  if (order.size() != static_cast<std::size_t>(g.size())) return "not all events";
  std::vector<int> steps(static_cast<std::size_t>(g.threads()), 0);
  std::vector<Stamp> memory(static_cast<std::size_t>(g.cells()), initial);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Event& e = g[order[i]];
    if (e.index != steps[e.thread]++) return "not the program order";
    if (e.cell == no_cell) continue;
    Stamp& newest = memory[static_cast<std::size_t>(e.cell)];
    if (e.kind == Kind::read && e.source != newest) return "a read that is not of the newest store";
    if (e.kind != Kind::write) continue;
    if (e.place != g.place_of(newest) + 1) return "not the coherence order";
    if (e.updates && (i == 0 || order[i - 1] != g.at(e.thread, e.index - 1))) return "a torn read-modify-write";
    newest = order[i];
  }
  return "";
}

struct Instruction {
  enum class Kind : std::uint8_t { load, store, add, compare, compare_weak, fence } kind;
  unsigned cell;
  int value;
  std::memory_order order;
};

class RandomProgram {
 public:
  RandomProgram(unsigned seed, bool sequential) : random_(seed) {
    threads_.resize(2 + random_() % 2);
    const unsigned length = threads_.size() == 2 ? 3 : 2;
    for (auto& thread : threads_)
      for (unsigned i = 0; i < length; ++i) thread.push_back(instruction(sequential));
  }

  Result check() {
    std::vector<std::function<void()>> bodies;
    bodies.reserve(threads_.size());
    for (const auto& thread : threads_)
      bodies.emplace_back([this, &thread] {
        for (const Instruction& i : thread) execute(i);
      });
    return checker::check({}, bodies);
  }

 private:
  Instruction instruction(bool sequential) {
    constexpr std::array kinds = {Instruction::Kind::load,        Instruction::Kind::load,  Instruction::Kind::load,
                                  Instruction::Kind::store,       Instruction::Kind::store, Instruction::Kind::store,
                                  Instruction::Kind::add,         Instruction::Kind::fence, Instruction::Kind::compare,
                                  Instruction::Kind::compare_weak};
    constexpr std::array orders = {std::memory_order_relaxed, std::memory_order_acq_rel, std::memory_order_seq_cst};
    const auto kind = kinds[random_() % kinds.size()];
    const unsigned cell = random_() % 2;
    const int value = 1 + static_cast<int>(random_() % 2);
    const auto order = orders[random_() % orders.size()];
    return {kind, cell, value, sequential ? std::memory_order_seq_cst : order};
  }

  void execute(const Instruction& i) {
    auto& cell = cells_[i.cell];
    const bool both = i.order == std::memory_order_acq_rel;
    int expected = 0;
    switch (i.kind) {
      case Instruction::Kind::load: cell.load(both ? std::memory_order_acquire : i.order); break;
      case Instruction::Kind::store: cell.store(i.value, both ? std::memory_order_release : i.order); break;
      case Instruction::Kind::add: cell.fetch_add(i.value, i.order); break;
      case Instruction::Kind::compare: cell.compare_exchange_strong(expected, i.value, i.order); break;
      case Instruction::Kind::compare_weak: cell.compare_exchange_weak(expected, i.value, i.order); break;
      case Instruction::Kind::fence: checker::atomic_thread_fence(i.order); break;
    }
  }

  std::mt19937 random_;
  std::vector<std::vector<Instruction>> threads_;
  std::array<atomic<int>, 2> cells_;
};

TEST(Interleaving, AgreesWithBruteForceOnRandomPrograms) {
  Interleaving interleaving;
  std::uint64_t found = 0, none = 0;
  const Judging judging([&](const Graph& g) {
    const bool has = interleaving.compute(g);
    ++(has ? found : none);
    ASSERT_EQ(has, !is_cyclic(g));
    ASSERT_EQ(has ? wrong_with(g, interleaving.order()) : "", "");
    ASSERT_EQ(interleaving.order().empty(), !has);
  });
  for (unsigned seed = 1; seed <= 3000 && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    EXPECT_EQ(RandomProgram(seed, false).check().verdict, Verdict::held);
  }
  EXPECT_GT(found, 1000U);
  EXPECT_GT(none, 1000U);
  RecordProperty("found", static_cast<int>(found));
  RecordProperty("none", static_cast<int>(none));
}

TEST(Interleaving, ExplainsEveryExecutionOfSequentialPrograms) {
  Interleaving interleaving;
  std::uint64_t none = 0;
  const Judging judging([&](const Graph& g) { none += !interleaving.compute(g); });
  for (unsigned seed = 1; seed <= 200; ++seed) EXPECT_EQ(RandomProgram(seed, true).check().verdict, Verdict::held);
  EXPECT_EQ(none, 0U);
}

TEST(Interleaving, IsAFunctionOfTheGraph) {
  Interleaving one;
  const Judging judging([&](const Graph& g) {
    one.compute(g);
    Interleaving other;
    other.compute(g);
    EXPECT_TRUE(std::ranges::equal(one.order(), other.order()));
  });
  for (unsigned seed = 1; seed <= 20; ++seed) RandomProgram(seed, false).check();
}

TEST(Interleaving, StaysWithAThreadWhileItCan) {
  atomic<int> x, y;
  Interleaving interleaving;
  std::vector<std::string> orders;
  const Judging judging([&](const Graph& g) {
    interleaving.compute(g);
    std::string order;
    for (const Stamp s : interleaving.order()) order += std::to_string(g[s].thread);
    orders.push_back(order);
  });
  check({}, [&] { x = 1; }, [&] { x.load(), y.load(); });
  std::ranges::sort(orders);
  EXPECT_EQ(orders, (std::vector<std::string>{"00111", "11100"}));
}

TEST(Interleaving, OfAnExecutionThatAViolationEndsInsideAReadModifyWrite) {
  Graph g;
  g.reset(2, 1);
  const Stamp read = g.add(0, Kind::read, 0, {.operation = Operation::add});
  g[read].source = initial;
  g[read].updates = true;
  const Stamp other = g.add(1, Kind::write, 0, {});
  g.place(other, 1);
  Interleaving interleaving;
  ASSERT_TRUE(interleaving.compute(g));
  EXPECT_EQ(wrong_with(g, interleaving.order()), "");
}

TEST(Interleaving, RefusesAReadModifyWriteWithAStoreInBetween) {
  Graph g;
  g.reset(2, 1);
  const Stamp read = g.add(0, Kind::read, 0, {.operation = Operation::add});
  g[read].source = initial;
  const Stamp write = g.add(0, Kind::write, 0, {.operation = Operation::add});
  g[read].updates = g[write].updates = true;
  const Stamp other = g.add(1, Kind::write, 0, {});
  g.place(other, 1);
  g.place(write, 2);
  EXPECT_FALSE(Interleaving().compute(g));
}

TEST(Interleaving, OfNothing) {
  Graph g;
  g.reset(1, 0);
  EXPECT_TRUE(Interleaving().compute(g));
}

}  // namespace
}  // namespace checker
