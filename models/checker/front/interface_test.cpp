// What the front has besides the interface that litmus/litmus_interface_test.cpp compares with std::atomic: values of any size,
// padding, pointers, floating point, flags, and the line of the user for every access.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#include "check.hpp"
#include "checker_test_support.hpp"
#include "standard.hpp"

namespace checker {
namespace {

void expect_held(const std::function<void()>& body) {
  const Result result = check({}, body);
  EXPECT_EQ(result.verdict, Verdict::held) << (result.violation ? result.violation->message : "");
}

// Values.

struct Padded {
  char a;
  int b;
};
Padded with_padding_of(unsigned char fill) {
  unsigned char raw[sizeof(Padded)];
  std::memset(raw, fill, sizeof raw);
  Padded value;
  std::memcpy(static_cast<void*>(&value), raw, sizeof value);
  value.a = 1;
  value.b = 2;
  return value;
}

struct Wide {
  char tag;
  long pointer;
  unsigned version;
};

TEST(Values, AreComparedWithoutTheirPadding) {
  atomic<Padded> x{Padded{1, 2}};
  expect_held([&] {
    Padded expected = with_padding_of(0xee);
    require(x.compare_exchange_strong(expected, with_padding_of(0)), "equal members");
    expected = with_padding_of(0x55);
    require(x.compare_exchange_strong(expected, Padded{1, 3}), "equal members again");
    require(!x.compare_exchange_strong(expected, Padded{}) && expected.b == 3, "other members");
  });
}

TEST(Values, OfSixteenBytesAndMoreAreExchangedAsAWhole) {
  atomic<Wide> x{Wide{'a', 1, 2}, "wide"};
  const auto update = [&] {
    Wide old = x.load(relaxed);
    while (!x.compare_exchange_strong(old, Wide{old.tag, old.pointer + 1, old.version + 2}, acq_rel, relaxed)) {
    }
  };
  const Result result = check({.finally =
                                   [&] {
                                     const Wide w = x;
                                     require(w.tag == 'a' && w.pointer == 3 && w.version == 6, "two updates");
                                   }},
                              update, update);
  EXPECT_EQ(result.verdict, Verdict::held);
  EXPECT_GE(result.counters.complete, 2U);
  EXPECT_EQ(x.load().version, 2U);
  var<Wide> plain{Wide{'b', 3, 4}};
  expect_held([&] { require(plain.exchange(Wide{'c', 5, 6}).tag == 'b' && plain.get().version == 6, "as a whole"); });
}

TEST(Values, AreShownInTraces) {
  atomic<Wide> wide{Wide{'a', 1, 2}, "wide"};
  atomic<double> real{0.5, "real"};
  const Result result = check({}, [&] { wide.store(Wide{'a', 7, 2}), real.fetch_add(0.25), require(false, "always"); });
  const std::string trace = explain(*result.violation);
  EXPECT_NE(trace.find("write {0x61, 0x7, 0x2}"), std::string::npos) << trace;
  EXPECT_NE(trace.find("0.5 => 0.75"), std::string::npos) << trace;
}

// Arithmetic.

TEST(Arithmetic, OfPointersIsInElements) {
  int elements[4] = {};
  atomic<int*> p{elements};
  expect_held([&] {
    require(p.fetch_add(2) == elements && p == elements + 2, "two elements further");
    require(p.fetch_sub(1) == elements + 2 && p == elements + 1, "one back");
    require(++p == elements + 2 && p++ == elements + 2 && --p == elements + 2 && p-- == elements + 2, "one by one");
    require((p += 2) == elements + 3 && (p -= 3) == elements, "many");
  });
}

TEST(Arithmetic, OfFloatingPointIsOneStep) {
  atomic<float> f{0.5F};
  atomic<double> d{1};
  const auto adds = [&] { f.fetch_add(0.25F, relaxed), d += 2.5, d.fetch_sub(0.5); };
  const Result result = check({.finally = [&] { require(f == 1.0F && d == 5.0, "both have added"); }}, adds, adds);
  EXPECT_EQ(result.verdict, Verdict::held);
  f.fetch_add(1);  // outside
  EXPECT_EQ(f, 1.5F);
}

TEST(Arithmetic, OfVariablesIsARaceIfUnordered) {
  var<int> n{0, "n"};
  expect_held([&] { require(n++ == 0 && ++n == 2 && (n += 3) == 5 && (n -= 1) == 4 && n-- == 4 && --n == 2, "as of an int"); });
  const auto adds = [&] { ++n; };
  const Result result = check({}, adds, adds);
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(result.violation->fault, Fault::data_race);
}

TEST(Flags, AreTestedAndSet) {
  atomic_flag lock;
  var<int> n{0};
  const auto adds = [&] {
    while (lock.test_and_set(acquire)) {
    }
    n = n + 1;
    lock.clear(release);
  };
  EXPECT_EQ(check({.finally = [&] { require(n == 2 && !lock.test(), "both"); }}, adds, adds).verdict, Verdict::held);
}

// Places.

TEST(Places, AreThoseOfTheUserForEveryOperator) {
  atomic<int> x{0, "x"};
  atomic<unsigned> bits{0, "bits"};
  var<int> d{0, "d"};
  const unsigned first = __LINE__ + 2;
  const auto body = [&] {
    d = 1;
    ++x;
    x++;
    --x;
    x--;
    x = 3;
    x += 4;
    x -= 4;
    bits |= 1;
    bits &= 1;
    bits ^= 1;
    ++d;
    d += 2;
    require(false, "always");
  };
  const unsigned last = __LINE__ - 3;
  const std::string trace = explain(*check({}, body).violation);
  for (unsigned line = first; line <= last; ++line)
    EXPECT_NE(trace.find("interface_test.cpp:" + std::to_string(line)), std::string::npos) << line << "\n" << trace;
  EXPECT_EQ(trace.find("atomic.hpp"), std::string::npos);
  EXPECT_EQ(trace.find("var.hpp"), std::string::npos);
}

TEST(Traces, FoldWhatGoesRound) {
  atomic<int> x{0, "x"}, y{0, "y"};
  const Result result = check({.step_bound = 60}, [&] {
    y.store(1);
    for (;;) {
      x.fetch_add(1);
      y.exchange(x.load());
    }
  });
  ASSERT_TRUE(result.violation);
  const std::string trace = explain(*result.violation);
  EXPECT_NE(trace.find("more of the steps above"), std::string::npos) << trace;
  EXPECT_NE(trace.find("x  0 => 1 "), std::string::npos) << trace;
  EXPECT_NE(trace.find("x  11 => 12 "), std::string::npos) << trace;
  EXPECT_EQ(trace.find("x  5 => 6 "), std::string::npos) << trace;
}

TEST(Names, OfElements) {
  atomic<int> slots[2];
  std::array<var<int>, 2> data;
  name_elements(slots, "slots");
  name_elements(data, "data");
  const std::string trace = explain(*check({}, [&] { slots[1].store(1), data[0] = 2, require(false, "always"); }).violation);
  EXPECT_NE(trace.find("slots[1]"), std::string::npos) << trace;
  EXPECT_NE(trace.find("data[0]"), std::string::npos) << trace;
}

// The same code over std and over the checker.
#define USES_OF_ATOMICS(library)                                                                                             \
  [] {                                                                                                                       \
    namespace atomics = library;                                                                                             \
    atomics::atomic_int x{0};                                                                                                \
    atomics::atomic_uint bits{6};                                                                                            \
    atomics::atomic_flag flag{};                                                                                             \
    const auto body = [&] {                                                                                                  \
      int expected = 7;                                                                                                      \
      unsigned all = 0;                                                                                                      \
      atomics::atomic_store_explicit(&x, 5, atomics::memory_order_release);                                                  \
      all += static_cast<unsigned>(atomics::atomic_load_explicit(&x, atomics::memory_order_acquire));                        \
      all += atomics::atomic_compare_exchange_strong(&x, &expected, 9) ? 100U : static_cast<unsigned>(expected);             \
      all += static_cast<unsigned>(atomics::atomic_exchange(&x, 4) + atomics::atomic_fetch_add(&x, 2));                      \
      all += static_cast<unsigned>(atomics::atomic_fetch_sub(&x, 1) + atomics::atomic_load(&x));                             \
      all +=                                                                                                                 \
          atomics::atomic_fetch_or(&bits, 1U) + atomics::atomic_fetch_and(&bits, 3U) + atomics::atomic_fetch_xor(&bits, 9U); \
      all += atomics::atomic_flag_test_and_set(&flag) ? 1000U : 0U;                                                          \
      all += flag.test() ? 1U : 2000U;                                                                                       \
      atomics::atomic_flag_clear(&flag);                                                                                     \
      atomics::atomic_thread_fence(atomics::memory_order_seq_cst);                                                           \
      atomics::atomic_signal_fence(atomics::memory_order_seq_cst);                                                           \
      return all + bits.load();                                                                                              \
    };                                                                                                                       \
    return body();                                                                                                           \
  }()

TEST(Names, AreThoseOfTheStandardLibrary) {
  const unsigned sum = USES_OF_ATOMICS(std);
  EXPECT_EQ(USES_OF_ATOMICS(checker), sum);
}

// Around a check.

TEST(Artifacts, AreReplayed) {
  atomic<Wide> wide{Wide{'a', 1, 2}, "wide"};
  atomic<int> x{0, "x"};
  const auto threads = [&](int wrong) {
    return std::vector<std::function<void()>>{[&] { wide.store(Wide{'b', 3, 4}), x.store(1); },
                                              [&, wrong] {
                                                while (x.load() == 0) {
                                                }
                                                require(wide.load().version != static_cast<unsigned>(wrong), "seen");
                                              }};
  };
  const Result result = check({}, threads(4));
  ASSERT_TRUE(result.violation);
  const std::string text = artifact(*result.violation);
  const Replay again = replay(text, {}, threads(4));
  EXPECT_TRUE(again.reproduced) << again.difference;
  EXPECT_EQ(explain(*again.violation), explain(*result.violation));
  const Replay other = replay(text, {}, threads(5));
  EXPECT_FALSE(other.reproduced);
  EXPECT_NE(other.difference, "");
  EXPECT_THROW(replay("{}", {}, threads(4)), std::invalid_argument);
  EXPECT_THROW(artifact(Violation{}), std::invalid_argument);
}

TEST(Artifacts, OfLoopsAndLocksAreReplayed) {
  atomic<bool> locked{false, "locked"};
  const std::vector<std::function<void()>> forgets(2, [&] {
    while (locked.exchange(true)) {
    }
  });
  const Result result = check({}, forgets);
  ASSERT_TRUE(result.violation);
  EXPECT_EQ(result.violation->fault, Fault::livelock);
  const Replay again = replay(artifact(*result.violation), {}, forgets);
  EXPECT_TRUE(again.reproduced) << again.difference;
}

TEST(Limits, OfTimeMakeACheckIncomplete) {
  atomic<int> x{0};
  const std::vector<std::function<void()>> many(8, [&] { x.fetch_add(1), x.fetch_add(1); });
  for (const Mode mode : {Mode::exhaustive, Mode::random}) {
    const Result result = check({.mode = mode, .samples = 100'000'000, .time_limit = 0.05}, many);
    EXPECT_EQ(result.verdict, Verdict::incomplete);
    EXPECT_LT(result.seconds, 5);
  }
}

TEST(Estimates, AreOfTheNumbersOfACheck) {
  atomic<int> x{0};
  const std::vector<std::function<void()>> adders(5, [&] { x.fetch_add(1, relaxed); });
  const Estimate e = estimate({}, adders);
  EXPECT_GT(e.complete, 60);
  EXPECT_LT(e.complete, 240);  // 120
}

}  // namespace
}  // namespace checker
