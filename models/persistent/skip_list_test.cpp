// The skip list of core/persistent/example in small, in every execution: that inserts lose nothing, that what is published is
// complete, and that nothing is freed while it is read. Each time with what must not hold if a part of it is missing.
//
// What is not shown: more than three threads, three keys, two levels; what a kill leaves; sequential consistency is that of the
// checker, in which no load runs ahead of its program order.
#include "core/persistent/example/skip_list.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/words/atomic_distance.hpp"
#include "models/checker/checker.hpp"

namespace {

using Word = checker::atomic<std::uint64_t>;

// A word that forgets its orders: the planted bug of publishing.
class RelaxedWord {
 public:
  static constexpr bool is_always_lock_free = true;
  explicit(false) RelaxedWord(std::uint64_t value) : word_(value) {}
  std::uint64_t load(std::memory_order) const { return word_.load(std::memory_order_relaxed); }
  void store(std::uint64_t value, std::memory_order) { word_.store(value, std::memory_order_relaxed); }
  std::uint64_t exchange(std::uint64_t value, std::memory_order) { return word_.exchange(value, std::memory_order_relaxed); }
  bool compare_exchange_strong(std::uint64_t& expected, std::uint64_t value, std::memory_order, std::memory_order) {
    return word_.compare_exchange_strong(expected, value, std::memory_order_relaxed, std::memory_order_relaxed);
  }

 private:
  Word word_;
};

// A word whose compare-exchange does not compare: the planted bug of inserting.
class BlindWord : public Word {
 public:
  using Word::Word;
  bool compare_exchange_strong(std::uint64_t&, std::uint64_t value, std::memory_order order, std::memory_order) {
    store(value, order == std::memory_order_acq_rel ? std::memory_order_release : order);
    return true;
  }
};

// A pointer with the orders of rarena::atomic_offset_ptr.
template <class T, class OfWord>
class SharedPointer {
 public:
  T* load() const { return reinterpret_cast<T*>(word_.load()); }
  void store(T* to) { word_.store(reinterpret_cast<std::uint64_t>(to)); }
  T* exchange(T* to) { return reinterpret_cast<T*>(word_.exchange(reinterpret_cast<std::uint64_t>(to))); }
  bool compare_exchange(T*& expected, T* to) {
    auto value = reinterpret_cast<std::uint64_t>(expected);
    const bool done = word_.compare_exchange(value, reinterpret_cast<std::uint64_t>(to));
    expected = reinterpret_cast<T*>(value);
    return done;
  }

 private:
  rarena::detail::BasicAtomicDistance<OfWord> word_;
};

template <class Types>
struct Pool;

// Objects are there before the check begins: made is what has been taken from the pool of its thread, and deleted what has been
// written to, which is a data race with whoever still reads it.
template <class Types>
struct PoolAllocator {
  template <class U>
  U* new_object(int value) {
    return pool->take(static_cast<U*>(nullptr), value);
  }
  void delete_object(Node<Types>* node) { node->key = Pool<Types>::deleted; }
  void delete_object(typename Types::Value* value) { value->content = Pool<Types>::deleted; }
  Pool<Types>* pool;
};

template <class OfWord, bool fences, int of_levels>
struct InTheChecker {
  using Allocator = PoolAllocator<InTheChecker>;
  struct Key : checker::var<int> {
    Key(int key, const Allocator&) : var(key) {}
    using var::operator=;
  };
  struct Value {
    checker::var<int> content;
  };
  using KeyView = int;
  using ValueView = int;
  template <class T>
  using Pointer = SharedPointer<T, OfWord>;
  template <class T>
  using Atomic = checker::atomic<T>;
  static void fence() {
    if (fences) checker::atomic_thread_fence(std::memory_order_seq_cst);
  }
  // What is freed after a while is freed at once in another execution.
  static void wait() { checker::assume(false); }
  static constexpr int levels = of_levels, sessions = 3;
  static int height(int) { return of_levels; }
};

template <class Types>
struct Pool {
  static constexpr int deleted = -1;
  struct OfAThread {
    explicit OfAThread(const PoolAllocator<Types>& a) : nodes{Node<Types>(0, a), Node<Types>(0, a)} {}
    std::array<Node<Types>, 2> nodes;
    std::array<typename Types::Value, 3> values;
  };

  // From now on the thread at work is this one: threads run one after the other, each from its beginning to its end.
  void begin(std::size_t thread) { now = thread, nodes = values = 0; }
  Node<Types>* take(Node<Types>*, int key) {
    Node<Types>& node = of[now].nodes.at(nodes++);
    node.key = key;
    return &node;
  }
  typename Types::Value* take(typename Types::Value*, int content) {
    auto& value = of[now].values.at(values++);
    value.content = content;
    return &value;
  }

  // The last one makes what is there before the check.
  std::array<OfAThread, 4> of{OfAThread({this}), OfAThread({this}), OfAThread({this}), OfAThread({this})};
  std::size_t now = 3, nodes = 0, values = 0;
};

template <class Types>
struct FreesAtOnce : Epochs<Types> {
  static bool nobody_reads_since(std::uint64_t) { return true; }
};

template <class Types, class EpochsOfIt = Epochs<Types>>
struct Model {
  static constexpr int levels = Types::levels;
  Pool<Types> pool;
  SkipList<Types> list{PoolAllocator<Types>{&pool}};
  EpochsOfIt epochs;

  void as(std::size_t thread, auto act) {
    pool.begin(thread);
    Session<Types, EpochsOfIt> session(list, epochs, thread);
    act(session);
  }
  // What the list has, in order: "1=10 2=20 ".
  std::string text() {
    std::string text;
    list.each([&](auto& node) { text += std::to_string(node.key) + "=" + std::to_string(node.value.load()->content) + " "; });
    return text;
  }
  // Every node is in each level, because all have the greatest height here.
  bool has_all_at(int level) {
    auto* above = list.first.next[level].load();
    for (auto* node = list.first.next[0].load(); node != nullptr; node = node->next[0].load()) {
      if (above != node) return false;
      above = above->next[level].load();
    }
    return above == nullptr;
  }
};

// What a check has found; of a violation what it is, and the execution.
struct Found {
  checker::Verdict verdict;
  std::uint64_t executions;
  std::string why;
};

// `acts` are what the threads do, each with a session of its own; `end` looks at the list when all have ended.
template <class M, class... Acts>
Found check(M& model, std::function<void()> end, Acts... acts) {
  std::size_t number = 0;
  std::vector<std::function<void()>> threads;
  (threads.emplace_back([&model, act = acts, thread = number++] { model.as(thread, act); }), ...);
  const checker::Result result = checker::check({.finally = std::move(end)}, std::move(threads));
  return {result.verdict, result.counters.complete,
          result.violation ? result.violation->message + "\n" + checker::explain(*result.violation) : ""};
}

constexpr auto put(int key, int value) {
  return [=](auto& session) { session.put(key, value); };
}
// Reads a value that is one of two, and stays that while it is read.
constexpr auto read(int key, int one, int other) {
  return [=](auto& session) {
    session.read(key, [&](const auto& value) {
      const int first = value.content;
      checker::require(first == one || first == other, "a value that nobody has put");
      checker::require(value.content == first, "a value that did not stay");
    });
  };
}
template <class M>
auto expect_list(M& model, std::string one, std::string other = "") {
  return [&model, one, other] {
    const std::string text = model.text();
    checker::require(text == one || text == other, "the list is another one");
    for (int level = 0; level < M::levels; ++level) checker::require(model.has_all_at(level), "a level has lost a node");
  };
}

template <class Types>
Found two_inserts() {
  Model<Types> m;
  return check(m, expect_list(m, "1=10 2=20 "), put(1, 10), put(2, 20));
}
template <class Types>
Found two_inserts_of_one_key() {
  Model<Types> m;
  return check(m, expect_list(m, "1=10 ", "1=11 "), put(1, 10), put(1, 11));
}
template <class Types>
Found an_insert_and_a_read() {
  Model<Types> m;
  return check(m, expect_list(m, "1=10 "), put(1, 10), read(1, 10, 10));
}
template <class Types, class EpochsOfIt = Epochs<Types>>
Found a_replacement_and_a_read() {
  Model<Types, EpochsOfIt> m;
  m.list.put(1, 10);
  return check(m, expect_list(m, "1=11 "), put(1, 11), read(1, 10, 11));
}
// Two of the three may free what the third one reads.
template <class Types>
Found two_replacements_and_a_read() {
  Model<Types> m;
  m.list.put(1, 10);
  return check(m, expect_list(m, "1=11 ", "1=12 "), put(1, 11), put(1, 12), [](auto& session) {
    session.read(1, [](const auto& value) { checker::require(value.content != Pool<Types>::deleted, "it was deleted"); });
  });
}
template <class Types>
Found two_inserts_and_a_read() {
  Model<Types> m;
  return check(m, expect_list(m, "1=10 2=20 "), put(1, 10), put(2, 20), read(2, 20, 20));
}
template <class Types>
Found three_inserts() {
  Model<Types> m;
  return check(m, expect_list(m, "1=10 2=20 3=30 "), put(2, 20), put(1, 10), put(3, 30));
}

using Flat = InTheChecker<Word, true, 1>;
using TwoLevels = InTheChecker<Word, true, 2>;
using Relaxed = InTheChecker<RelaxedWord, true, 1>;
using Blind = InTheChecker<BlindWord, true, 1>;
using Unfenced = InTheChecker<Word, false, 1>;

void expect_held(const Found& found, std::uint64_t executions) {
  EXPECT_EQ(found.verdict, checker::Verdict::held) << found.why;
  EXPECT_EQ(found.executions, executions);
}

TEST(SkipListModel, TwoInserts) {
  expect_held(two_inserts<Flat>(), 4);
  expect_held(two_inserts<TwoLevels>(), 26);
}
TEST(SkipListModel, TwoInsertsOfOneKey) {
  expect_held(two_inserts_of_one_key<Flat>(), 4);
  expect_held(two_inserts_of_one_key<TwoLevels>(), 8);
}
TEST(SkipListModel, AnInsertAndARead) {
  expect_held(an_insert_and_a_read<Flat>(), 2);
  expect_held(an_insert_and_a_read<TwoLevels>(), 3);
}
TEST(SkipListModel, AReplacementAndARead) {
  expect_held(a_replacement_and_a_read<Flat>(), 6);
  expect_held(a_replacement_and_a_read<TwoLevels>(), 6);
}
TEST(SkipListModel, ThreeInserts) {
  expect_held(three_inserts<Flat>(), 46);
  expect_held(three_inserts<TwoLevels>(), 7992);
}
TEST(SkipListModel, TwoInsertsAndARead) { expect_held(two_inserts_and_a_read<TwoLevels>(), 142); }
TEST(SkipListModel, TwoReplacementsAndARead) { expect_held(two_replacements_and_a_read<TwoLevels>(), 92); }

TEST(SkipListModel, APutThatGetsNoNodeGivesItsValueBack) {
  Model<Flat> m;
  m.list.put(1, 10);
  m.list.put(2, 20);
  EXPECT_THROW(m.list.put(3, 30), std::out_of_range) << "there are two nodes";
  EXPECT_EQ(m.pool.of[3].values[2].content, Pool<Flat>::deleted);
  EXPECT_EQ(m.text(), "1=10 2=20 ");
}

TEST(SkipListModel, AReadThatThrowsIsOver) {
  Model<Flat> m;
  m.list.put(1, 10);
  Session<Flat> session(m.list, m.epochs, 0);
  EXPECT_THROW(session.read(1, [](const auto&) { throw 7; }), int);
  EXPECT_TRUE(m.epochs.nobody_reads_since(1));
}

void expect_race(const Found& found) {
  ASSERT_EQ(found.verdict, checker::Verdict::violation);
  EXPECT_NE(found.why.find("data race"), std::string::npos) << found.why;
}

TEST(SkipListModel, AnInsertThatDoesNotCompareLosesAnother) {
  const Found found = two_inserts<Blind>();
  ASSERT_EQ(found.verdict, checker::Verdict::violation);
  EXPECT_NE(found.why.find("the list is another one"), std::string::npos) << found.why;
}
TEST(SkipListModel, WhatIsPublishedRelaxedIsNotComplete) { expect_race(an_insert_and_a_read<Relaxed>()); }
TEST(SkipListModel, WhatIsFreedAtOnceIsStillRead) { expect_race(a_replacement_and_a_read<Flat, FreesAtOnce<Flat>>()); }
TEST(SkipListModel, WithoutFencesAReaderIsOverlooked) { expect_race(a_replacement_and_a_read<Unfenced>()); }

}  // namespace
