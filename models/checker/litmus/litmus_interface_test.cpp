// checker::atomic has the interface of std::atomic and does the same, in a check and outside one.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "litmus_test_support.hpp"

namespace checker::litmus {
namespace {

// What the operations return and leave, in order. An array, not a vector: locals of threads must not need destructors.
template <class T>
class Record {
 public:
  void add(T value) { values_[count_++] = value; }
  template <class Atomic>
  void add(T returned, const Atomic& object) {
    add(returned);
    add(object.load());
  }
  friend bool operator==(const Record&, const Record&) = default;
  std::size_t count() const { return count_; }

 private:
  std::array<T, 64> values_{};
  std::size_t count_ = 0;
};

// Tries both kinds of compare-exchange, with all numbers of orders.
template <class T, class Atomic>
void compare_and_exchange(Atomic& object, T equal, T other, T desired, Record<T>& record) {
  const auto attempt = [&](T expected, auto operation) {
    object.store(equal);
    record.add(static_cast<T>(operation(expected)), object);
    record.add(expected);
  };
  for (const T expected : {equal, other}) {
    attempt(expected, [&](T& e) { return object.compare_exchange_strong(e, desired); });
    attempt(expected, [&](T& e) { return object.compare_exchange_strong(e, desired, acq_rel); });
    attempt(expected, [&](T& e) { return object.compare_exchange_strong(e, desired, release, acquire); });
    attempt(expected, [&](T& e) { return object.compare_exchange_weak(e, desired); });
    attempt(expected, [&](T& e) { return object.compare_exchange_weak(e, desired, relaxed); });
    attempt(expected, [&](T& e) { return object.compare_exchange_weak(e, desired, relaxed, relaxed); });
  }
}

template <class T, class Atomic>
Record<T> do_arithmetic(Atomic& object) {
  using Limits = std::numeric_limits<T>;
  Record<T> record;
  record.add(object = T{100}, object);
  record.add(object.fetch_add(T{20}, acq_rel), object);
  record.add(object.fetch_sub(T{30}), object);
  record.add(object.fetch_and(T{0x5c}, relaxed), object);
  record.add(object.fetch_or(T{0x03}, release), object);
  record.add(object.fetch_xor(T{0x7f}, acquire), object);
  record.add(object += T{5}, object);
  record.add(object -= T{7}, object);
  record.add(object |= T{0x41}, object);
  record.add(object &= T{0x4b}, object);
  record.add(object ^= T{0x11}, object);
  record.add(object++, object);
  record.add(++object, object);
  record.add(object--, object);
  record.add(--object, object);
  object = Limits::max();
  record.add(object++, object);
  record.add(--object, object);
  object = Limits::min();
  record.add(object.fetch_sub(T{1}), object);
  record.add(object.exchange(T{9}), object);
  record.add(object);
  return record;
}

template <class T, class Atomic>
Record<T> do_comparisons(Atomic& object) {
  Record<T> record;
  compare_and_exchange<T>(object, T{3}, T{4}, T{5}, record);
  return record;
}

template <class T>
class IntegerInterface : public testing::Test {};

using Integers = testing::Types<signed char, unsigned char, short, unsigned short, int, unsigned, std::int64_t, std::uint64_t>;
TYPED_TEST_SUITE(IntegerInterface, Integers);

// Runs the body as the only thread of a check without spurious failures.
template <class Body>
void run_alone(Body body) {
  const Result result = check({.weak_failures = 0}, body);
  EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
  EXPECT_EQ(result.counters.complete, 1U);
}

TYPED_TEST(IntegerInterface, DoesWhatStdAtomicDoes) {
  using T = TypeParam;
  std::atomic<T> standard;
  atomic<T> outside, inside;
  Record<T> of_check;
  run_alone([&] { of_check = do_arithmetic<T>(inside); });
  const Record<T> expected = do_arithmetic<T>(standard);
  EXPECT_GT(expected.count(), 30U);
  EXPECT_TRUE(of_check == expected);
  EXPECT_TRUE(do_arithmetic<T>(outside) == expected);
}

TYPED_TEST(IntegerInterface, ComparesAsStdAtomicDoes) {
  using T = TypeParam;
  std::atomic<T> standard;
  atomic<T> outside, inside;
  Record<T> of_check;
  run_alone([&] { of_check = do_comparisons<T>(inside); });
  const Record<T> expected = do_comparisons<T>(standard);
  EXPECT_TRUE(of_check == expected);
  EXPECT_TRUE(do_comparisons<T>(outside) == expected);
}

enum class Colour : std::uint8_t { red, green };
struct Pair {
  std::int32_t first, second;
  friend bool operator==(const Pair&, const Pair&) = default;
};

// Stores, exchanges and compares values without arithmetic.
template <class T>
void expect_values(T a, T b) {
  const auto body = [=](atomic<T>& object) {
    bool right = object.load() == a;
    object = b;
    right = right && object.load(acquire) == b && static_cast<T>(object) == b;
    right = right && object.exchange(a, acq_rel) == b;
    T expected = b;
    right = right && !object.compare_exchange_strong(expected, b) && expected == a;
    right = right && object.compare_exchange_strong(expected, b) && expected == a && object.load() == b;
    return right;
  };
  atomic<T> inside(a), outside(a);
  run_alone([&] { require(body(inside), "the values"); });
  EXPECT_TRUE(body(outside));
}

TEST(Interface, HoldsAnyTriviallyCopyableTypeOfUpToEightBytes) {
  expect_values(false, true);
  expect_values(Colour::red, Colour::green);
  expect_values(Pair{1, -2}, Pair{-3, 4});
  expect_values(1.5, -0.25);
  expect_values(std::int64_t{1} << 40, std::int64_t{-1});
  int one = 0, other = 0;
  expect_values(&one, &other);
}

TEST(Interface, HasTheTraitsOfStdAtomic) {
  static_assert(std::is_same_v<atomic<short>::value_type, short>);
  static_assert(atomic<int>::is_always_lock_free);
  static_assert(!std::is_copy_constructible_v<atomic<int>> && !std::is_copy_assignable_v<atomic<int>>);
  static_assert(!std::is_copy_constructible_v<var<int>> && !std::is_copy_assignable_v<var<int>>);
  static_assert(std::is_convertible_v<int, atomic<int>> && std::is_convertible_v<atomic<int>, int>);
  const atomic<int> x;
  EXPECT_TRUE(x.is_lock_free());
  EXPECT_EQ(x, 0);
}

TEST(Interface, OfVariables) {
  var<Pair> pair(Pair{1, 2});
  var<unsigned char> byte(250);
  run_alone([&] {
    require(pair.get() == Pair{1, 2}, "the initial value");
    require(pair.exchange(Pair{3, 4}) == Pair{1, 2}, "exchange returns the old value");
    require((pair = Pair{5, 6}) == Pair{5, 6}, "an assignment returns its value");
    require(static_cast<Pair>(pair) == Pair{5, 6}, "the value assigned");
    byte.set(static_cast<unsigned char>(byte + 10));
    require(byte == 4, "as wide as its type");
  });
}

}  // namespace
}  // namespace checker::litmus
