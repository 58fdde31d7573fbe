// The checker and brute force agree on random programs: the number of executions, in every order of the threads, each once,
// and whether there is a data race.
//
// CHECKER_PROGRAMS: how many programs in all (500); CHECKER_SEED: the seed of the first (1); CHECKER_PROGRAM: the text of one
// program (reference/program.hpp), which is then the only one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models/checker/reference/enumerate.hpp"
#include "models/checker/reference/random_program.hpp"
#include "reference_program.hpp"

namespace checker {
namespace {

Result check_in(ReferenceProgram& program, const std::vector<std::size_t>& thread_order) {
  const auto threads = program.threads();
  std::vector<std::function<void()>> ordered;
  for (const std::size_t thread : thread_order) ordered.push_back(threads[thread]);
  Options options;
  options.weak_failures = program.weak_failures();
  options.check_duplicates = true;
  return check(options, ordered);
}

struct Totals {
  std::uint64_t programs = 0;
  std::uint64_t racy = 0;
  std::uint64_t deadlocks = 0;
  std::uint64_t checks = 0;
  std::uint64_t executions = 0;
};

// What is wrong with the checker's result; empty if nothing is.
std::string disagreement(const reference::Enumeration& expected, const Result& found, bool may_block) {
  const std::string fault = found.violation ? std::string(name(found.violation->fault)) : "no violation";
  if (expected.racy)
    return found.violation && found.violation->fault == Fault::data_race ? "" : "expected a data race, found " + fault;
  if (expected.deadlocks)
    return found.violation && found.violation->fault == Fault::deadlock ? "" : "expected a deadlock, found " + fault;
  if (found.violation) return "expected no violation, found " + fault + ": " + found.violation->message;
  std::string wrong;
  const auto compare = [&](const char* what, std::uint64_t should_be, std::uint64_t is) {
    if (should_be != is) wrong += "expected " + std::to_string(should_be) + " " + what + ", found " + std::to_string(is) + "; ";
  };
  compare("complete executions", expected.executions, found.counters.complete);
  compare("duplicates", 0, found.counters.duplicates);
  if (!may_block) compare("blocked", 0, found.counters.blocked);
  compare("at the step bound", 0, found.counters.bound);
  return wrong;
}

std::string command_for(const reference::Program& program) {
  return "CHECKER_PROGRAM='" + to_text(program) + "' " + program_invocation_name + " --gtest_filter=Agreement.OnKnownPrograms";
}

std::string text_of(const std::vector<std::size_t>& thread_order) {
  std::string text;
  for (const std::size_t thread : thread_order) text += (text.empty() ? "" : " ") + std::to_string(thread);
  return text;
}

// In every order of the threads, until one fails. Returns whether none did.
bool agrees_on(const reference::Program& program, Totals& totals) {
  const reference::Enumeration expected = enumerate(program);
  ++totals.programs;
  totals.racy += expected.racy ? 1 : 0;
  totals.deadlocks += expected.deadlocks && !expected.racy ? 1 : 0;
  const bool may_block = to_text(program).find('L') != std::string::npos;
  ReferenceProgram subject(program);
  std::vector<std::size_t> order(program.threads.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    const Result found = check_in(subject, order);
    ++totals.checks;
    totals.executions += found.counters.complete;
    const std::string wrong = disagreement(expected, found, may_block);
    if (wrong.empty()) continue;
    ADD_FAILURE() << wrong << "\n  program       " << to_text(program) << "\n  thread order  " << text_of(order)
                  << "\n  replay        " << command_for(program);
    return false;
  } while (std::next_permutation(order.begin(), order.end()));
  return true;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  const std::string_view digits(text);
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || stop != digits.data() + digits.size())
    throw std::invalid_argument(std::string(variable) + ": expected a number, found '" + text + "'");
  return number;
}

void agree_on(reference::Shape shape) {
  if (std::getenv("CHECKER_PROGRAM") != nullptr) GTEST_SKIP() << "CHECKER_PROGRAM is the only program";
  constexpr std::uint64_t shapes = reference::all_shapes.size();
  constexpr unsigned most_failures = 10;
  const std::uint64_t programs = (number_from("CHECKER_PROGRAMS", 500) + shapes - 1) / shapes;
  const std::uint64_t first = number_from("CHECKER_SEED", 1);
  Totals totals;
  unsigned failures = 0;
  for (std::uint64_t seed = first; seed < first + programs && failures < most_failures; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", shape " + std::string(name_of(shape)));
    failures += agrees_on(random_program(seed, shape), totals) ? 0 : 1;
  }
  std::cout << name_of(shape) << ": " << totals.programs << " programs from CHECKER_SEED=" << first << ", " << totals.racy
            << " of them racy, " << totals.deadlocks << " with a deadlock, " << totals.checks << " checks, "
            << totals.executions << " executions\n";
}

TEST(Agreement, OnGeneralPrograms) { agree_on(reference::Shape::general); }
TEST(Agreement, OnMessagePassing) { agree_on(reference::Shape::message_passing); }
TEST(Agreement, OnSequentialPrograms) { agree_on(reference::Shape::sequential); }
TEST(Agreement, OnWeakPrograms) { agree_on(reference::Shape::weak); }
TEST(Agreement, OnLocks) { agree_on(reference::Shape::locks); }
TEST(Agreement, OnRaces) { agree_on(reference::Shape::races); }

TEST(Agreement, OnKnownPrograms) {
  std::vector<std::string> texts = {
      // po to elsewhere, hb, po from elsewhere: in the first program the plain access is the elsewhere of psc, in the second
      // there is none.
      "W x 1 sc; R p; W x 2 rel | R x acq; R y sc | W y 1 sc; R x sc",
      "W x 1 sc; W x 2 rel | R x acq; R y sc | W y 1 sc; R x sc",
      "W x 1 sc; R z rlx; W x 2 rel | R x acq; R y sc | W y 1 sc; R x sc",
      "R x acq; R p; W x 2 sc | W x 1 sc; R y sc | W y 2 sc; R p; W x 1 rel",
      // psc takes a failed CAS by its failure order.
      "W x 1 sc; CAS y 1 2 rlx sc | W y 2 sc; R x sc", "W x 1 sc; CAS y 1 2 sc rlx | W y 2 sc; R x sc",
      // sc fences: with hb, and with hb; eco; hb.
      "W x 1 rlx; W z 1 rel | R z acq; F sc; R y rlx | W y 1 rlx; F sc; R x rlx",
      "W x 1 sc; W y 1 rel | FA y 1 sc; R y rlx | W y 3 sc; R x sc",
      // Mutexes: a deadlock, a race beside one, a mutex that orders.
      "L y; L z; U z; U y | L z; L y; U y; U z", "L y; W p 1; U y | W p 2", "L y; W p 1; U y | L y; R p; U y | L y; W p 2; U y",
      // A release sequence through a failed and a successful CAS.
      "W p 1; W x 1 rel | CAS x 1 2 rlx rlx | CAS x 3 4 rlx acq; ?2 R p", "k=2: WCAS x 0 1 rlx rlx | WCAS x 0 1 rlx rlx"};
  if (const char* given = std::getenv("CHECKER_PROGRAM")) texts = {given};
  Totals totals;
  for (const std::string& text : texts) agrees_on(reference::parse(text), totals);
}

}  // namespace
}  // namespace checker
