// Programs as text, the generator, and the enumerator against executions that were counted elsewhere or by hand.
#include "models/checker/reference/enumerate.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "models/checker/reference/random_program.hpp"

namespace checker::reference {
namespace {

std::string parallel(std::size_t threads, const std::string& thread) {
  std::string text = thread;
  for (std::size_t i = 1; i < threads; ++i) text += " | " + thread;
  return text;
}

struct Known {
  std::string name;
  std::string program;
  std::uint64_t executions;

  friend std::ostream& operator<<(std::ostream& out, const Known& known) { return out << known.name; }
};

class KnownCount : public testing::TestWithParam<Known> {};

TEST_P(KnownCount, IsEnumerated) {
  const Enumeration result = enumerate(parse(GetParam().program));
  EXPECT_FALSE(result.racy);
  EXPECT_EQ(result.executions, GetParam().executions) << GetParam().program;
}

std::string name_of_test(const testing::TestParamInfo<Known>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Litmus, KnownCount,
    testing::Values(Known{"SB_rlx", "W x 1 rlx; R y rlx | W y 1 rlx; R x rlx", 4},
                    Known{"SB_ra", "W x 1 rel; R y acq | W y 1 rel; R x acq", 4},
                    Known{"SB_sc", "W x 1 sc; R y sc | W y 1 sc; R x sc", 3},
                    Known{"SB_sc_fences", "W x 1 rlx; F sc; R y rlx | W y 1 rlx; F sc; R x rlx", 3},
                    Known{"MP_rlx", "W x 1 rlx; W y 1 rlx | R y rlx; R x rlx", 4},
                    Known{"MP_ra", "W x 1 rlx; W y 1 rel | R y acq; R x rlx", 3},
                    Known{"MP_plain", "W p 1; W y 1 rel | R y acq; ?1 R p", 2},
                    Known{"MP_fences", "W x 1 rlx; F rel; W y 1 rlx | R y rlx; F acq; R x rlx", 3},
                    Known{"MP_release_fence_acquire_load", "W x 1 rlx; F rel; W y 1 rlx | R y acq; R x rlx", 3},
                    Known{"MP_release_fence_only", "W x 1 rlx; F rel; W y 1 rlx | R y rlx; R x rlx", 4},
                    Known{"MP_release_fence_RMW", "W x 1 rlx; F rel; FA y 1 rlx | R y acq; R x rlx", 3},
                    Known{"LB", "R x rlx; W y 1 rlx | R y rlx; W x 1 rlx", 3},
                    Known{"LB_ra", "R x acq; W y 1 rel | R y acq; W x 1 rel", 3},
                    Known{"IRIW_rlx", "W x 1 rlx | W y 1 rlx | R x rlx; R y rlx | R y rlx; R x rlx", 16},
                    Known{"IRIW_ra", "W x 1 rel | W y 1 rel | R x acq; R y acq | R y acq; R x acq", 16},
                    Known{"IRIW_sc", "W x 1 sc | W y 1 sc | R x sc; R y sc | R y sc; R x sc", 15},
                    Known{"IRIW_acq_sc", "W x 1 sc | R x acq; R y sc | R y acq; R x sc | W y 1 sc", 16},
                    Known{"W22_rlx", "W x 1 rlx; W y 2 rlx | W y 1 rlx; W x 2 rlx", 4},
                    Known{"W22_sc", "W x 1 sc; W y 2 sc | W y 1 sc; W x 2 sc", 3},
                    Known{"W_RWC", "W x 1 rlx; W z 1 rel | R z acq; F sc; R y rlx | W y 1 rlx; F sc; R x rlx", 7},
                    Known{"CoRR", "W x 1 rlx; W x 2 rlx | R x rlx; R x rlx", 6},
                    Known{"CoWR", "W x 1 rlx; R x rlx | W x 2 rlx", 3}, Known{"CoRW", "R x rlx; W x 1 rlx | W x 2 rlx", 3},
                    Known{"CoRR1", "W x 1 rel | W x 2 rel | R x acq; R x acq | R x acq", 36},
                    Known{"WRC", "W x 1 rlx | R x rlx; W y 1 rlx | R y rlx; R x rlx", 8},
                    Known{"Relseq", "W x 1 rlx; W y 1 rel | FA y 1 rlx | R y acq; R x rlx", 9},
                    Known{"Relseq_20", "W x 1 rlx; W y 1 rel; W y 2 rlx | R y acq; R x rlx", 5},
                    Known{"Relseq_fence", "W x 1 rlx; W y 1 rel; W y 2 rlx | XCHG y 3 rlx | R y rlx; F ar; R x rlx", 20},
                    Known{"Relseq_4", "FA x 1 acq; FA x 1 rlx | FA x 1 rlx; FA x 1 rlx | FA x 1 rel | FA x 1 rlx", 180}),
    name_of_test);

INSTANTIATE_TEST_SUITE_P(
    ReadModifyWrite, KnownCount,
    testing::Values(
        Known{"Cii", "CAS x 1 2 rlx rlx | FA x 1 rlx | FA x 1 rlx", 6},
        Known{"Wcii", "W x 5 rel | CAS x 1 2 rlx rlx | FA x 1 rlx | FA x 1 rlx", 24},
        Known{"Guarded_FA", "R y sc; ?7 FA x 1 sc; ?7 W z 1 sc | FA x 1 sc | W y 7 sc", 3},
        Known{"Failing_order", "W x 1 rlx; W y 1 rel | CAS y 5 6 ar rlx; R x rlx", 4},
        Known{"Failing_order_acq", "W x 1 rlx; W y 1 rel | CAS y 5 6 rlx acq; R x rlx", 3},
        Known{"Ainc_2", parallel(2, "FA x 1 rlx"), 2}, Known{"Ainc_3", parallel(3, "FA x 1 rlx"), 6},
        Known{"Ainc_5", parallel(5, "FA x 1 rlx"), 120}, Known{"FA_3_reader", parallel(3, "FA x 1 rlx") + " | R x rlx", 24},
        Known{"FA_5_reader", parallel(5, "FA x 1 rlx") + " | R x rlx", 720},
        Known{"FA_twice_2", parallel(2, "FA x 1 rlx; FA x 1 rlx"), 6},
        Known{"FA_twice_3", parallel(3, "FA x 1 rlx; FA x 1 rlx"), 90},
        Known{"Readers_5", "W x 1 rlx | " + parallel(5, "R x rlx"), 32},
        Known{"Cas_4", "CAS x 0 1 rlx rlx | CAS x 0 2 rlx rlx | CAS x 0 3 rlx rlx | CAS x 0 4 rlx rlx", 4},
        Known{"Casrot_3", "CAS x 0 1 rlx rlx | CAS x 1 2 rlx rlx | CAS x 2 3 rlx rlx", 5},
        Known{"Casrot_5", "CAS x 0 1 rlx rlx | CAS x 1 2 rlx rlx | CAS x 2 3 rlx rlx | CAS x 3 4 rlx rlx | CAS x 4 5 rlx rlx",
              43},
        Known{"Inc_2", "R x rlx; W x 1+r rel | R x rlx; W x 2+r rel", 4},
        Known{"Inc_3", "R x rlx; W x 1+r rel | R x rlx; W x 2+r rel | R x rlx; W x 4+r rel", 36},
        Known{"Binc_3", parallel(3, "FA x 1 rlx; FA y 1 rlx"), 36},
        Known{"CAS_increment_2", parallel(2, "R x rlx; CAS x 0+r 1+r ar rlx"), 4},
        Known{"CAS_increment_3", parallel(3, "R x rlx; CAS x 0+r 1+r ar rlx"), 27},
        Known{"CAS_increment_4", parallel(4, "R x rlx; CAS x 0+r 1+r ar rlx"), 280},
        Known{"Casw_2", "CAS x 0 1 rlx rlx; W x 3 rel | CAS x 0 1 rlx rlx; W x 4 rel", 6},
        Known{"Wrw_2", "W x 1 rel | R x rlx; W x 2 rel | R x rlx; W x 3 rel", 22},
        // Two weak CASes of one value: one succeeds; or fails and the other succeeds; or both fail.
        Known{"Weak_0", parallel(2, "WCAS x 0 1 rlx rlx"), 2}, Known{"Weak_1", "k=1: " + parallel(2, "WCAS x 0 1 rlx rlx"), 4},
        Known{"Weak_2", "k=2: " + parallel(2, "WCAS x 0 1 rlx rlx"), 5},
        // A spurious failure has the failure order too.
        Known{"Weak_order", "k=1: W x 1 rlx; W y 1 rel | WCAS y 1 2 rlx acq; R x rlx", 5},
        Known{"Weak_strong", "k=3: CAS x 0 1 rlx rlx", 1}),
    name_of_test);

TEST(Enumerate, CountsSeqCstAccessesBesidePlainOnes) {
  // po to elsewhere, hb, po from elsewhere: the plain access makes the first po edge one to another location.
  const std::string rest = " | R x acq; R y sc | W y 1 sc; R x sc";
  EXPECT_EQ(enumerate(parse("W x 1 sc; W x 2 rel" + rest)).executions, 18U);
  EXPECT_EQ(enumerate(parse("W x 1 sc; R p; W x 2 rel" + rest)).executions, 17U);
  EXPECT_EQ(enumerate(parse("W x 1 sc; R z rlx; W x 2 rel" + rest)).executions, 17U);
}

TEST(Enumerate, FindsRaces) {
  for (const char* racy :
       {"W p 1 | R p", "W p 1 | W p 1", "W p 1; W y 1 rlx | R y acq; ?1 R p", "W p 1; W y 1 rel | R y rlx; ?1 R p",
        "W p 1; W y 1 rel; W y 2 rlx | R y acq; ?2 R p", "W p 1; W y 1 rel | CAS y 2 3 acq rlx; ?1 R p",
        "k=1: W p 1; W y 1 rel | WCAS y 1 2 acq rlx; ?1 R p"})
    EXPECT_TRUE(enumerate(parse(racy)).racy) << racy;
  for (const char* ordered :
       {"R p | R p", "W p 1; R p", "W p 1; W y 1 rel | R y acq; ?1 R p", "W p 1; W y 1 rel | FA y 1 rlx | R y acq; ?2 R p",
        "W p 1; F rel; W y 1 rlx | R y rlx; F acq; ?1 R p", "W p 1; W y 1 rel | WCAS y 1 2 acq rlx; ?1 R p"})
    EXPECT_FALSE(enumerate(parse(ordered)).racy) << ordered;
}

TEST(Enumerate, ReadsPlainDataOfTheLatestWriteBefore) {
  EXPECT_EQ(enumerate(parse("W p 1; W p 2; W y 1 rel | R y acq; ?1 R p; ?2 W x 1 rlx | R x rlx")).executions, 3U);
}

TEST(Enumerate, LosesNothingByJudgingParts) {
  for (const Shape shape : all_shapes)
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
      const Program program = random_program(seed, shape);
      if (program.size() > 6) continue;
      const Enumeration parts = enumerate(program);
      const Enumeration whole = enumerate(program, {.graphs = 5'000'000, .judge_parts = false});
      ASSERT_EQ(parts.racy, whole.racy) << to_text(program);
      ASSERT_EQ(parts.executions, whole.executions) << to_text(program);
    }
}

TEST(Enumerate, RefusesMoreGraphsThanItsLimit) {
  const Program program = parse(parallel(3, "FA x 1 rlx"));
  EXPECT_THROW(enumerate(program, {.graphs = 10}), std::length_error);
  EXPECT_NO_THROW(enumerate(program, {.graphs = 1000}));
}

TEST(Text, IsReadBackAsTheSameProgram) {
  for (const Shape shape : all_shapes)
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
      const Program program = random_program(seed, shape);
      ASSERT_EQ(parse(to_text(program)), program) << to_text(program);
    }
}

TEST(Text, MayHaveAnyWhiteSpace) {
  const Program program = parse("k=2: W x 1+r rel; ?3 R p | CAS z 0 7 ar acq; F sc");
  EXPECT_EQ(parse("k = 2:W x 1 + r rel;?3R p\n|\tCAS z 0 7 ar acq ; F sc "), program);
  EXPECT_EQ(to_text(program), "k=2: W x 1+r rel; ?3 R p | CAS z 0 7 ar acq; F sc");
}

TEST(Text, ErrorsSayWhatWasExpectedAndFoundAndWhere) {
  const auto error_of = [](const std::string& text) -> std::string {
    try {
      parse(text);
    } catch (const ParseError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(error_of(""), "expected an operation (R, W, FA, XCHG, CAS, WCAS, F, L, U), found the end at character 1");
  EXPECT_EQ(error_of("W x 1 acq"), "expected an order (rlx, rel, sc), found 'acq' at character 7");
  EXPECT_EQ(error_of("F rlx"), "expected an order (acq, rel, ar, sc), found 'rlx' at character 3");
  EXPECT_EQ(error_of("CAS x 0 1 ar rel"), "expected a failure order (rlx, acq, sc), found 'rel' at character 14");
  EXPECT_EQ(error_of("FA p 1 rlx"), "expected a location (x, y, z), found 'p' at character 4");
  EXPECT_EQ(error_of("R w rlx"), "expected a location (x, y, z, p), found 'w' at character 3");
  EXPECT_EQ(error_of("W x 8 rlx"), "expected a number up to 7, found '8' at character 5");
  EXPECT_EQ(error_of("W x 1+s rlx"), "expected 'r', found 's' at character 7");
  EXPECT_EQ(error_of("?100 R x rlx"), "expected a number up to 99, found '100' at character 2");
  EXPECT_EQ(error_of("k=1 R x rlx"), "expected ':', found 'R' at character 5");
  EXPECT_EQ(error_of("R x rlx R y rlx"), "expected ';', '|' or the end, found 'R' at character 9");
  EXPECT_EQ(error_of("R x rlx; | R y rlx"),
            "expected an operation (R, W, FA, XCHG, CAS, WCAS, F, L, U), found '|' at character 10");
  EXPECT_EQ(error_of(parallel(9, "R x rlx")), "expected at most 8 threads, found another one at character 81");
  EXPECT_EQ(error_of(parallel(7, "R x rlx; R x sc")), "expected at most 12 instructions, found another one at character 109");
}

struct Golden {
  std::uint64_t seed;
  Shape shape;
  const char* text;
};

TEST(RandomProgram, IsTheSameEverywhere) {
  const std::vector<Golden> golden = {
      {1, Shape::general, "FA x 1 rlx | R x sc; CAS x 2 2+r rlx sc; ?1 R x sc | CAS x 0 3 sc rlx | W x 3 rel"},
      {2, Shape::general, "XCHG x 1 ar; XCHG x 2+r rel; CAS x 0+r 2 rel sc | FA x 1 sc | W x 2 rlx"},
      {1, Shape::message_passing, "FA y 3 rlx; ?1 W x 2 rlx; R x rlx | FA y 1 rlx | W x 1 rlx; F rel; CAS y 0 1 rlx sc"},
      {2, Shape::message_passing, "W x 1 rlx; W y 1 rel | FA y 3 rlx; F acq; R x rlx | XCHG y 2 rlx"},
      {1, Shape::sequential, "W y 1 rlx; F sc; R x sc | W x 1 sc; R y sc; R y sc | R x sc; F sc"},
      {2, Shape::sequential, "R y sc; W y 1 rel; R y sc | W x 3 sc"},
      {1, Shape::weak,
       "k=1: R x rlx; WCAS x 1 1 sc acq | WCAS x 0 2 rlx sc; WCAS x 1 3 acq acq | WCAS x 0 3 ar sc; WCAS x 2 2+r ar sc"},
      {2, Shape::weak, "k=2: W x 3 sc | WCAS x 1 2 ar sc | W x 3 sc"},
      {1, Shape::races, "R y rlx; ?1 R p | W p 1; F sc; W y 1 rel; FA y 2 rel"},
      {2, Shape::races, "W p 1; F rel; FA y 1 rel | R y acq; F ar; ?1 R p | CAS y 1 2 rlx rlx"}};
  for (const Golden& expected : golden)
    EXPECT_EQ(to_text(random_program(expected.seed, expected.shape)), expected.text)
        << name_of(expected.shape) << expected.seed;
}

TEST(RandomProgram, HasTheSizeItPromises) {
  for (const Shape shape : all_shapes)
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      const Program program = random_program(seed, shape);
      ASSERT_GE(program.threads.size(), 2U);
      ASSERT_LE(program.threads.size(), 4U);
      ASSERT_LE(program.size(), shape == Shape::locks ? 12U : 8U);
      for (const auto& thread : program.threads) ASSERT_FALSE(thread.empty());
    }
}

TEST(RandomProgram, KnowsItsShapesByName) {
  for (const Shape shape : all_shapes) EXPECT_EQ(shape_of(name_of(shape)), shape);
  EXPECT_THROW(shape_of("triangular"), std::invalid_argument);
}

}  // namespace
}  // namespace checker::reference
