// Random sequences in every combination: SEG-1 by patterns, SEG-2 to the byte, FL-1 after every step.
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <vector>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class RandomSequence : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, RandomSequence, ::testing::ValuesIn(combinations()), combination_name);

// The segments that a test owns, each painted in its own color, and what must hold of them.
template <class A>
class Owner {
 public:
  Owner(const A& arena, std::uint64_t seed) : arena_(arena), random_(seed) {}

  void step() {
    const Size dice = random_.below(100);
    if (live_.empty() || dice < 52)
      allocate();
    else if (dice < 90)
      free(pick());
    else if (dice < 99)
      free_front(pick());
    else
      EXPECT_TRUE(arena_.set_minimum_segment_size(1 + random_.below(40)));
  }

  void free_all() {
    while (!live_.empty()) free(live_.begin());
  }

  std::uint64_t bytes() const { return bytes_; }

 private:
  struct Segment {
    Size size;
    unsigned color;
  };
  using Live = std::map<Offset, Segment>;

  void allocate() {
    const Size size = 1 + random_.below(random_.below(4) == 0 ? 600 : 90), alignment = 1U << random_.below(7);
    const auto got = arena_.allocate(size, alignment, Fill::none);
    if (!got) {
      ASSERT_EQ(got.error().code, ErrorCode::insufficient_space) << got.error().message();
      return;
    }
    ASSERT_EQ(got->used.size, size);
    ASSERT_EQ(got->used.offset % alignment, 0U);
    ASSERT_LE(got->segment.offset, got->used.offset);
    ASSERT_GE(got->segment.end(), got->used.end());
    own(got->segment);
  }

  // SEG-1: in the data, and apart from its neighbours.
  void own(Extent segment) {
    ASSERT_GE(segment.offset, arena_.data_offset());
    ASSERT_LE(segment.end(), arena_.allocated());
    const auto next = live_.lower_bound(segment.offset);
    ASSERT_TRUE(next == live_.end() || segment.end() <= next->first);
    ASSERT_TRUE(next == live_.begin() || std::prev(next)->first + std::prev(next)->second.size <= segment.offset);
    live_[segment.offset] = {segment.size, ++color_};
    bytes_ += segment.size;
    paint(arena_, segment, color_);
  }

  typename Live::iterator pick() { return std::next(live_.begin(), random_.below(static_cast<Size>(live_.size()))); }

  void free(typename Live::iterator it) {
    const Extent segment{it->first, it->second.size};
    ASSERT_TRUE(painted(arena_, segment, it->second.color))
        << "somebody wrote to [" << segment.offset << ", " << segment.end() << ")";
    live_.erase(it);
    bytes_ -= segment.size;
    give(arena_, segment);
  }

  void free_front(typename Live::iterator it) {
    const Extent segment{it->first, it->second.size};
    const Size front = random_.below(segment.size);
    const unsigned color = it->second.color;
    ASSERT_TRUE(painted(arena_, segment, color));
    live_.erase(it);
    live_[segment.offset + front] = {segment.size - front, color};
    bytes_ -= front;
    give(arena_, {segment.offset, front});
  }

  const A& arena_;
  Random random_;
  Live live_;
  std::uint64_t bytes_ = 0;
  unsigned color_ = 0;
};

TEST_P(RandomSequence, KeepsEveryByteAccountedFor) {
  constexpr int steps = 10'000;
  const std::uint64_t seed = test_seed();
  run({.capacity = 32 * 1024, .reserved = 3, .maximum_alignment = 64}, [&](const auto& arena) {
    Owner owner(arena, seed);
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(i);
      owner.step();
      expect_exact(arena, owner.bytes());
    }
    owner.free_all();
    EXPECT_EQ(owner.bytes(), 0U);
    expect_exact(arena, 0);
  });
}

}  // namespace
}  // namespace rarena::detail
