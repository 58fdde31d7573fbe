// Prefix, link and extent codecs, fitting, and the text of errors.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "error.hpp"
#include "extent.hpp"
#include "geometry.hpp"
#include "link.hpp"
#include "prefix.hpp"
#include "range.hpp"

namespace rarena::detail {
namespace {

TEST(Prefix, EncodesEveryFieldAtItsPlace) {
  const auto bytes = encode(Prefix{.freelist = 2, .magic_version = 0x0203, .format_version = 0x0405});
  const std::array<unsigned, prefix_size> expected = {0, 2, 'a', 'l', 0x03, 0x02, 0x05, 0x04};
  for (std::size_t i = 0; i < prefix_size; ++i) EXPECT_EQ(std::to_integer<unsigned>(bytes[i]), expected[i]) << "byte " << i;
}

TEST(Prefix, DecodesWhatItEncodes) {
  const Prefix prefix{.null_byte = 7, .freelist = 255, .magic = {'\xff', '\0'}, .magic_version = 0xfffe, .format_version = 9};
  EXPECT_EQ(decode_prefix(encode(prefix)), prefix);
}

TEST(Link, KeepsItsFieldsApart) {
  for (const Offset next : {Offset{0}, Offset{16}, Offset{0x7ffffff0}, Offset{0xfffffff0}})
    for (const bool marked : {false, true})
      for (const std::uint64_t tag : {std::uint64_t{0}, std::uint64_t{1}, Link::tag_limit - 1}) {
        const Link link(next, marked, tag);
        EXPECT_EQ(link.next(), next);
        EXPECT_EQ(link.marked(), marked);
        EXPECT_EQ(link.tag(), tag);
        EXPECT_EQ(Link(link.bits()), link);
      }
}

TEST(Link, HasItsBitsWhereTheFormatSaysTheyAre) {
  EXPECT_EQ(Link(16, false, 0).bits(), 1U);
  EXPECT_EQ(Link(0, true, 0).bits(), std::uint64_t{1} << 28);
  EXPECT_EQ(Link(0, false, 1).bits(), std::uint64_t{1} << 29);
}

TEST(Link, EveryChangeCountsTheTagUp) {
  const Link first(32, false, 5);
  EXPECT_EQ(first.linked_to(48), Link(48, false, 6));
  EXPECT_EQ(first.marked_to(32), Link(32, true, 6));
  EXPECT_EQ(first.marked_to(32).linked_to(0), Link(0, false, 7));
  EXPECT_EQ(Link(0, true, Link::tag_limit - 1).linked_to(16), Link(16, false, 0));
}

TEST(Extent, SurvivesItsCodec) {
  for (const Extent extent : {Extent{0, 0}, Extent{40, 7}, Extent{0xffffffff, 0xffffffff}, Extent{0, 1}})
    EXPECT_EQ(decode_extent(encode(extent)), extent);
  EXPECT_EQ(encode(Extent{1, 2}), 0x0000000200000001U);
}

TEST(Extent, EndsBeyond32BitsWithoutWrapping) { EXPECT_EQ((Extent{0xffffffff, 0xffffffff}).end(), 0x1fffffffeU); }

TEST(Covered, CountsEveryByteOnceAndNoneAboveTheLimit) {
  const auto bytes = [](std::vector<Extent> ranges, std::uint64_t limit) { return covered(ranges, limit); };
  EXPECT_EQ(bytes({}, 100), 0U);
  EXPECT_EQ(bytes({{40, 10}, {10, 20}}, 100), 30U) << "apart";
  EXPECT_EQ(bytes({{10, 20}, {30, 10}}, 100), 30U) << "adjacent";
  EXPECT_EQ(bytes({{25, 10}, {10, 20}, {10, 20}}, 100), 25U) << "twice, and in part";
  EXPECT_EQ(bytes({{10, 50}, {20, 5}}, 100), 50U) << "one within another";
  EXPECT_EQ(bytes({{10, 20}, {25, 10}, {90, 10}}, 27), 17U) << "cut off, or above";
  EXPECT_EQ(bytes({{0xfffffff0, 0xffffffff}}, ~std::uint64_t{0}), 0xffffffffU) << "no offset wraps";
}

TEST(Range, LiesInsideOrNot) {
  EXPECT_EQ(range_inside(10, 20, 10, 10), (Extent{10, 10}));
  EXPECT_EQ(range_inside(10, 20, 20, 0), (Extent{20, 0})) << "at the end there is room for nothing";
  constexpr std::uint64_t most = ~std::uint64_t{0};
  const std::pair<std::uint64_t, std::uint64_t> outside[] = {{9, 1},     {9, 0},        {10, 11},        {20, 1},  {21, 0},
                                                             {10, most}, {most - 3, 8}, {1ULL << 32, 1}, {most, 0}};
  for (const auto& [offset, size] : outside) {
    const std::uint64_t end = size > most - offset ? most : offset + size;
    EXPECT_EQ(range_inside(10, 20, offset, size).error(),
              (Error{.code = ErrorCode::out_of_range, .asked = end, .there = 20, .at = offset}));
  }
}

TEST(Range, OfAllocatedBytesBeginsWithTheData) {
  const Geometry g = Geometry::unified(0, 1024);
  EXPECT_EQ(allocated_range(g, 200, 112, 88), (Extent{112, 88}));
  EXPECT_EQ(allocated_range(g, 200, 111, 2).error(), (Error{ErrorCode::out_of_range, 113, 200, 111})) << "the header";
  EXPECT_EQ(allocated_range(g, 200, 112, 89).error(), (Error{ErrorCode::out_of_range, 201, 200, 112}));
  EXPECT_EQ(allocated_range(g, 200, 5000, 0), Extent{}) << "what is empty is nowhere";
}

TEST(Fit, CutsAnExtentInThree) {
  const auto parts = fit({10, 100}, {.size = 20, .alignment = 16});
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->padding, (Extent{10, 6}));
  EXPECT_EQ(parts->used, (Extent{16, 20}));
  EXPECT_EQ(parts->rest, (Extent{36, 74}));
}

TEST(Fit, FitsExactlyAndNoMore) {
  EXPECT_TRUE(fit({16, 20}, {.size = 20, .alignment = 16}));
  EXPECT_FALSE(fit({16, 20}, {.size = 21, .alignment = 16}));
  EXPECT_TRUE(fit({17, 35}, {.size = 20, .alignment = 16}));
  EXPECT_FALSE(fit({17, 34}, {.size = 20, .alignment = 16}));
}

TEST(Fit, NoSizeWraps) {
  constexpr Size most = std::numeric_limits<Size>::max();
  EXPECT_FALSE(fit({40, 1000}, {.size = most}));
  EXPECT_FALSE(fit({40, 1000}, {.size = most - 15, .alignment = 16}));
  EXPECT_FALSE(fit({0xfffffff1, 14}, {.size = 1, .alignment = 0x80000000}));
}

TEST(AlignUp, RoundsToMultiples) {
  EXPECT_EQ(align_up(0, 8), 0U);
  EXPECT_EQ(align_up(1, 8), 8U);
  EXPECT_EQ(align_up(8, 8), 8U);
  EXPECT_EQ(align_up(0xffffffff, 16), 0x100000000U);
  EXPECT_TRUE(is_power_of_two(1) && is_power_of_two(0x80000000U));
  EXPECT_FALSE(is_power_of_two(0) || is_power_of_two(3) || is_power_of_two(0xffffffff));
}

struct GeometryCase {
  Size reserved;
  Place header;
  std::uint64_t data;
};

TEST(Geometry, UnifiedFollowsTheReservedBytes) {
  for (const auto [reserved, header, data] : {GeometryCase{0, 8, 112},
                                              {1, 16, 112},
                                              {7, 16, 112},
                                              {8, 16, 112},
                                              {9, 24, 128},
                                              {0xffffffff, 0x100000008, 0x100000070}}) {
    const Geometry geometry = Geometry::unified(reserved, 1024);
    EXPECT_EQ(geometry.prefix(), Place{reserved});
    EXPECT_EQ(geometry.header(), header) << "reserved " << reserved;
    EXPECT_EQ(geometry.data_offset(), data) << "reserved " << reserved;
    EXPECT_EQ(geometry.free_head().place, header);
    EXPECT_EQ(geometry.spare_head().place, header + 8);
    EXPECT_EQ(geometry.cursor().place, header + 16);
    EXPECT_EQ(geometry.discarded().place, header + 20);
    EXPECT_EQ(geometry.min_segment_size().place, header + 24);
    EXPECT_EQ(geometry.seal().place, header + 28);
  }
}

TEST(Geometry, Version1HasItsDataBehindTheHeader) {
  for (const auto [reserved, header, data] :
       {GeometryCase{0, 8, 40}, {1, 16, 48}, {7, 16, 48}, {8, 16, 48}, {9, 24, 56}, {0xffffffff, 0x100000008, 0x100000028}}) {
    const Geometry geometry = Geometry::version_1(reserved, 1024);
    EXPECT_EQ(geometry.prefix(), Place{reserved});
    EXPECT_EQ(geometry.header(), header) << "reserved " << reserved;
    EXPECT_EQ(geometry.data_offset(), data) << "reserved " << reserved;
    EXPECT_EQ(geometry.seal().place, Geometry::unified(reserved, 1024).seal().place) << "the header is the same";
  }
}

TEST(Geometry, PureKeepsTheHeaderInFront) {
  for (const Size reserved : {0U, 1U, 7U, 8U, 9U}) {
    const Geometry geometry = Geometry::pure(reserved, 1024);
    EXPECT_EQ(geometry.prefix(), -64);
    EXPECT_EQ(geometry.header(), -56);
    EXPECT_LE(geometry.seal().place + 4, 0);
    EXPECT_EQ(geometry.data_offset(), reserved + 1);
    EXPECT_FALSE(geometry.unified());
  }
}

TEST(Geometry, ADescriptorIsTwoWords) {
  EXPECT_EQ(Geometry::link(48).place, 48);
  EXPECT_EQ(Geometry::extent(48).place, 56);
}

TEST(Error, EveryCodeHasItsOwnName) {
  std::set<std::string> names;
  const auto last = static_cast<unsigned>(ErrorCode::bad_directory);
  for (unsigned code = 0; code <= last; ++code) names.insert(name(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), last + 1);
}

TEST(Error, MessagesContainTheNumbers) {
  for (const ErrorCode code :
       {ErrorCode::insufficient_space, ErrorCode::alignment_too_large, ErrorCode::out_of_range, ErrorCode::capacity_too_small,
        ErrorCode::not_an_arena, ErrorCode::wrong_format_version, ErrorCode::wrong_magic_version, ErrorCode::wrong_freelist,
        ErrorCode::file_too_small, ErrorCode::file_too_large, ErrorCode::bad_header, ErrorCode::bad_freelist,
        ErrorCode::varint_overflow, ErrorCode::varint_overlong, ErrorCode::misaligned, ErrorCode::wrong_root_type,
        ErrorCode::wrong_root_version, ErrorCode::wrong_root_size, ErrorCode::bad_directory}) {
    const std::string text = Error{.code = code, .asked = 4711, .there = 1213, .at = 99}.message();
    EXPECT_NE(text.find(name(code)), std::string::npos) << text;
    EXPECT_NE(text.find("4711"), std::string::npos) << text;
    EXPECT_NE(text.find("1213"), std::string::npos) << text;
  }
  EXPECT_NE((Error{.code = ErrorCode::bad_header, .at = 99}).message().find("byte 99"), std::string::npos);
  EXPECT_NE((Error{.code = ErrorCode::invalid_alignment, .asked = 3}).message().find("3 is not"), std::string::npos);
  EXPECT_NE(system_error(2).message().find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace rarena::detail
