// What the litmus tests share: every thread order, and the set of outcomes of a program.
//
// Thread safety: none; tests run one after another.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "litmus_programs.hpp"

namespace checker::litmus {

// Calls body(threads) for every order of up to four threads; of more, for the given order and its reverse.
template <class Body>
void for_each_order(const Threads& threads, Body body) {
  std::vector<std::size_t> order(threads.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    Threads ordered;
    for (const std::size_t i : order) ordered.push_back(threads[i]);
    std::string trace = "thread order";
    for (const std::size_t i : order) trace += ' ' + std::to_string(i);
    SCOPED_TRACE(trace);
    body(std::move(ordered));
    if (order.size() > 4) std::reverse(order.begin(), order.end());
  } while (order.size() > 4 ? order.front() != 0 : std::next_permutation(order.begin(), order.end()));
}

// "held" and alike, for messages.
inline std::string describe(const Result& result) {
  if (!result.violation) return "no violation";
  return std::string(name(result.violation->fault)) + ": " + result.violation->message;
}

// What programs leave in their registers, to be observed.
inline constexpr auto r1 = &Shared::r1, r2 = &Shared::r2, r3 = &Shared::r3, r4 = &Shared::r4;

// An outcome is what the observed objects hold when all threads have ended, one after another: "01" for r1 = 0, r2 = 1.
using Outcome = std::string;
using Outcomes = std::set<Outcome>;

struct Explored {
  Outcomes outcomes;
  Result result;
};

// The outcomes of the complete executions, in the given order of the threads.
template <class... Object>
Explored explore(Options options, Threads threads, const Shared& shared, Object Shared::*... observed) {
  Explored explored;
  options.finally = [&] {
    Outcome outcome;
    ((outcome += std::to_string(static_cast<int>(shared.*observed))), ...);
    explored.outcomes.insert(std::move(outcome));
  };
  options.check_duplicates = true;
  explored.result = check(options, std::move(threads));
  EXPECT_EQ(explored.result.counters.duplicates, 0U);
  return explored;
}

// The outcomes of a program that holds in every order of its threads, with nothing blocked or cut: the same in all of them.
template <class... Object>
Outcomes outcomes_with(const Options& options, const Program& program, Object Shared::*... observed) {
  Shared shared;
  Outcomes first;
  for_each_order(program(shared), [&](Threads threads) {
    auto [outcomes, result] = explore(options, std::move(threads), shared, observed...);
    EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
    EXPECT_EQ(result.counters.blocked + result.counters.bound, 0U);
    if (first.empty()) first = outcomes;
    EXPECT_EQ(outcomes, first) << "the outcomes depend on the order of the threads";
  });
  return first;
}

template <class... Object>
Outcomes outcomes(const Program& program, Object Shared::*... observed) {
  return outcomes_with({}, program, observed...);
}

inline Outcomes without(Outcomes all, const Outcomes& forbidden) {
  for (const Outcome& outcome : forbidden) all.erase(outcome);
  return all;
}

// All outcomes of `objects` objects that are 0 or 1.
inline Outcomes all_bits(unsigned objects) {
  Outcomes all = {""};
  for (unsigned i = 0; i < objects; ++i) {
    Outcomes longer;
    for (const Outcome& outcome : all)
      for (const char* bit : {"0", "1"}) longer.insert(outcome + bit);
    all = std::move(longer);
  }
  return all;
}

}  // namespace checker::litmus
