// RapidCheck's state tests over the operation language: the model is the reference, the system a shipped arena of every
// backing, freelist and store. A failure is shrunk, and kept as text.
//
// RC_PARAMS="max_success=N seed=S" chooses how many histories, and which; "reproduce=..." is printed with a failure.
// RARENA_BUG=BUG: PlantedBugs runs this known bug and no other.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "fuzz/op_sequence/planted.hpp"
#include "models/operations/judge.hpp"
#include "models/operations/text.hpp"
#include "models/scenario/forwarding_store.hpp"

namespace rarena::operations {
namespace {

using Combination = std::tuple<Backing, Freelist, StoreKind>;

std::string name_of(const Combination& combination) {
  constexpr std::array backings = {"heap", "anonymous", "file"}, freelists = {"none", "optimistic", "pessimistic"};
  constexpr std::array stores = {"atomic", "plain"};
  const auto [backing, freelist, store] = combination;
  return std::string(backings.at(static_cast<std::size_t>(backing))) + "_" + freelists.at(static_cast<std::size_t>(freelist)) +
         "_" + stores.at(static_cast<std::size_t>(store));
}

// An arena at work, what it has done so far, and what state it may be in: with an index, the state of the model is one that it
// might have been in.
template <ArenaOpening Opening>
struct System {
  System(const Setting& setting, Opening opening) : subject(setting, opening), history{setting, {}} {}

  Subject<Opening> subject;
  History history;
  std::vector<ExpectedArena> states = {};
};

// How many operations a combination has seen; what was wrong first, and after how many of them. What follows is shrinking.
std::uint64_t operations_done = 0, operations_until_wrong = 0;
std::string first_wrong;

rc::Gen<Operation> some_operation() {
  using rc::gen::inRange;
  const auto kinds = rc::gen::weightedOneOf<int>(
      {{10, rc::gen::just(0)}, {8, rc::gen::just(1)}, {3, inRange(2, 5)}, {3, inRange(0, int{Operation::kinds})}});
  const auto amounts =
      rc::gen::weightedOneOf<std::uint64_t>({{10, inRange<std::uint64_t>(0, 120)},
                                             {3, inRange<std::uint64_t>(0, 2000)},
                                             {1, inRange<std::uint64_t>(0, sizes)},
                                             {1, inRange<std::uint64_t>(four_gigabytes - 100, four_gigabytes + 100)}});
  const auto make = [](int kind, int choice, bool zero, std::uint64_t amount) {
    Operation operation{static_cast<Operation::Kind>(kind), static_cast<std::uint8_t>(choice), zero, amount};
    // Small alignments most of the time.
    if (operation.kind == Operation::Kind::allocate)
      operation.choice = static_cast<std::uint8_t>(choice < 200 ? choice % 4 : choice % 16);
    if (!is_amount(operation.kind, operation.amount)) operation.amount %= sizes;
    return plain(operation);
  };
  return rc::gen::apply(make, kinds, inRange(0, 256), rc::gen::arbitrary<bool>(), amounts);
}

template <ArenaOpening Opening>
struct Do : rc::state::Command<ExpectedArena, System<Opening>> {
  const Operation operation = *some_operation();

  void apply(ExpectedArena& expected) const override { expected.apply(operation); }
  void checkPreconditions(const ExpectedArena&) const override { RC_PRE(Opening::supports(operation.kind)); }
  void run(const ExpectedArena&, System<Opening>& system) const override {
    ++operations_done;
    system.history.operations.push_back(operation);
    const Verdict wrong = system.subject.run(operation, system.states);
    if (!wrong) return;
    if (first_wrong.empty()) {
      first_wrong = *wrong;
      operations_until_wrong = operations_done;
    }
    keep(system.history, *wrong);
    RC_FAIL(*wrong);
  }
  void show(std::ostream& out) const override { out << print(operation); }

  // Shrinking runs smaller and smaller histories that fail: the last one kept is the smallest.
  static void keep(const History& history, const std::string& wrong) {
    const char* const folder = std::getenv("RARENA_ARTIFACTS");
    if (folder == nullptr) return;
    std::filesystem::create_directories(folder);
    const std::string path = std::string(folder) + "/rapidcheck.ops";
    std::ofstream(path) << artifact(history, {history.operations.size(), wrong});
  }
};

Setting some_setting(const Combination& combination) {
  using rc::gen::inRange;
  Setting setting;
  std::tie(setting.backing, setting.freelist, setting.store) = combination;
  setting.capacity = *inRange<std::uint16_t>(200, 1500);
  setting.reserved = *rc::gen::element<std::uint8_t>(0, 0, 5, 8, 100);
  setting.unify = *rc::gen::arbitrary<bool>();
  setting.alignment = *rc::gen::element<std::uint16_t>(8, 1, 64, 1024);
  setting.minimum = *rc::gen::element<std::uint16_t>(20, 0, 1, 48);
  setting.reserve = *inRange<std::uint8_t>(0, 20);
  setting.reuse = *rc::gen::element(Reuse::at_exhaustion, Reuse::first);
  setting.index = *rc::gen::element<std::uint16_t>(0, 128, 640, 900, 1500);
  if (setting.index != 0) setting.capacity = static_cast<std::uint16_t>(setting.capacity + setting.index);
  return setting;
}

template <ArenaOpening Opening>
void follow(const Setting& setting, Opening opening) {
  System<Opening> system(setting, opening);
  const auto expected = ExpectedArena::make(setting);
  const auto made = system.subject.make(expected);
  if (!made) {
    if (first_wrong.empty()) first_wrong = made.error();
    RC_FAIL(made.error());
  }
  RC_PRE(*made);
  system.states = {*expected};
  RC_LOG() << print(setting) << "\n";
  rc::state::check(*expected, system, rc::state::gen::execOneOfWithArgs<Do<Opening>>());
}

class Agreement : public testing::TestWithParam<Combination> {};

TEST_P(Agreement, OfTheArenaAndTheReference) {
  std::uint64_t sequences = 0;
  operations_done = 0;
  const bool agrees = rc::check("the arena does what the reference does", [&] {
    ++sequences;
    const Setting setting = some_setting(GetParam());
    if (setting.store == StoreKind::atomic)
      follow(setting, Shipped<AtomicStore>());
    else
      follow(setting, Shipped<PlainStore>());
  });
  EXPECT_TRUE(agrees);
  std::printf("rapidcheck: %s: %llu sequences, %llu operations: %s\n", name_of(GetParam()).c_str(),
              static_cast<unsigned long long>(sequences), static_cast<unsigned long long>(operations_done),
              agrees ? "agree" : "DIFFER");
}

INSTANTIATE_TEST_SUITE_P(Combinations, Agreement,
                         testing::Combine(testing::Values(Backing::heap, Backing::anonymous, Backing::file),
                                          testing::Values(Freelist::none, Freelist::optimistic, Freelist::pessimistic),
                                          testing::Values(StoreKind::atomic, StoreKind::plain)),
                         [](const auto& test) { return name_of(test.param); });

// Whether a known bug is found. One that with_planted passes over is not.
bool finds(const models::Bug& bug) {
  std::uint64_t sequences = 0;
  operations_done = operations_until_wrong = 0;
  first_wrong.clear();
  bool agrees = true;
  fuzz::with_planted(bug, [&](auto opening) {
    agrees = rc::check("the planted bug does what the reference does", [&] {
      if (first_wrong.empty()) ++sequences;
      History history{some_setting({Backing::heap, bug.freelist, StoreKind::atomic}), {}};
      follow(fuzz::in_heap(history).setting, opening);
    });
  });
  std::printf("rapidcheck: %.*s: %llu sequences, %llu operations: %s%s\n", static_cast<int>(bug.name.size()), bug.name.data(),
              static_cast<unsigned long long>(sequences),
              static_cast<unsigned long long>(agrees ? operations_done : operations_until_wrong),
              agrees ? "not found" : "found as ", first_wrong.c_str());
  return !agrees;
}

// The known bugs that one thread can show.
class PlantedBugs : public testing::TestWithParam<std::string> {};

TEST_P(PlantedBugs, AreFound) {
  const auto bug = models::bug_named(GetParam());
  ASSERT_TRUE(bug) << bug.error();
  EXPECT_TRUE(finds(**bug));
}

// The bug that RARENA_BUG names, or those that are known to be found.
std::vector<std::string> chosen() {
  const char* const name = std::getenv("RARENA_BUG");
  if (name != nullptr) return {name};
  std::vector<std::string> names;
  for (const models::Bug& bug : models::bugs())
    if (bug.found_by.contains("rapidcheck")) names.push_back(bug.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Known, PlantedBugs, testing::ValuesIn(chosen()), [](const auto& test) { return test.param; });

// Hints that are not exact, which only a single thread can see: arenas with an index must be found wrong.
enum class Untold : std::uint8_t { insertions, claims };

template <Untold what, models::EngineStore Base>
class UntoldStore : public models::ForwardingStore<Base> {
 public:
  using models::ForwardingStore<Base>::ForwardingStore;

  template <class T>
  T fetch_add(detail::Word<T> word, T value, detail::Site site, detail::Location where = detail::Location::current()) const {
    const bool claim = site == detail::Site::hint_add && value > std::numeric_limits<T>::max() / 2;
    if (what == Untold::insertions ? site == detail::Site::hint_insert : claim) return this->base_.load(word, site, where);
    return models::ForwardingStore<Base>::fetch_add(word, value, site, where);
  }
};

template <Untold what>
struct UntoldHints : models::Shipped {
  template <class Store>
  static auto wrap(Store store, models::Lie, models::LieState&) {
    return UntoldStore<what, Store>(store);
  }
};

template <class Variant>
bool finds_in(const char* said) {
  first_wrong.clear();
  const bool agrees = rc::check("hints that are not told everything", [&] {
    Setting setting = fuzz::in_heap({some_setting({Backing::heap, Freelist::pessimistic, StoreKind::atomic}), {}}).setting;
    follow(setting, fuzz::Planted<Variant>());
  });
  EXPECT_TRUE(agrees || first_wrong.starts_with(said)) << first_wrong;
  return !agrees;
}

TEST(PlantedHints, AreFound) {
  EXPECT_TRUE(finds_in<UntoldHints<Untold::insertions>>("FL-4: expected success"));
  EXPECT_TRUE(finds_in<UntoldHints<Untold::claims>>("FL-4: expected insufficient space"));
}

}  // namespace
}  // namespace rarena::operations
