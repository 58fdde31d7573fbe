// Numbers and extents as they are typed, and what is said about those that are none.
#include "numbers.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace rarena::tools {
namespace {

constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

TEST(Numbers, Units) {
  EXPECT_EQ(parse_number("0", all), 0U);
  EXPECT_EQ(parse_number("1024", all), 1024U);
  EXPECT_EQ(parse_number("3K", all), 3U * 1024);
  EXPECT_EQ(parse_number("2M", all), 2U << 20U);
  EXPECT_EQ(parse_number("5G", all), std::uint64_t{5} << 30U);
  EXPECT_EQ(parse_number("0x1f", all), 31U);
  EXPECT_EQ(parse_number("0x1fK", all), 31U * 1024);
}

TEST(Numbers, WhatIsNoNumber) {
  for (const char* text : {"", "K", "0x", "-1", "+1", " 1", "1 ", "1k", "1KB", "1.5K", "12a", "0xg", "1e3"})
    EXPECT_EQ(parse_number(text, all).error(), std::string("expected a number, found '") + text + "'");
}

TEST(Numbers, Bounds) {
  EXPECT_EQ(parse_number("255", 255), 255U);
  EXPECT_EQ(parse_number("256", 255).error(), "expected at most 255, found '256'");
  EXPECT_EQ(parse_number("18446744073709551615", all), all);
  EXPECT_EQ(parse_number("18446744073709551616", all).error(),
            "expected at most 18446744073709551615, found '18446744073709551616'");
  EXPECT_EQ(parse_number("17179869184G", all).error(), "expected at most 18446744073709551615, found '17179869184G'");
  EXPECT_EQ(parse_number("4G", 0xffffffff).error(), "expected at most 4294967295, found '4G'");
}

TEST(Numbers, Modes) {
  EXPECT_EQ(parse_mode("600"), 0600U);
  EXPECT_EQ(parse_mode("0640"), 0640U);
  EXPECT_EQ(parse_mode("7777"), 07777U);
  for (const char* text : {"", "8", "649", "0x1f", "rw", "-1", " 600", "10000", "77777777777777"})
    EXPECT_EQ(parse_mode(text).error(), std::string("expected an octal mode up to 7777, found '") + text + "'");
}

TEST(Numbers, Extents) {
  EXPECT_EQ(parse_extent("40:7"), (Extent{40, 7}));
  EXPECT_EQ(parse_extent("0x10:1K"), (Extent{16, 1024}));
  EXPECT_EQ(parse_extent("40").error(), "expected OFFSET:SIZE, found '40'");
  EXPECT_EQ(parse_extent("40:").error(), "expected OFFSET:SIZE, found '40:': expected a number, found ''");
  EXPECT_EQ(parse_extent("4G:1").error(), "expected OFFSET:SIZE, found '4G:1': expected at most 4294967295, found '4G'");
}

TEST(Numbers, LinesOfExtents) {
  std::istringstream lines("# live\n40:7\n\n  48 16   # comment\n64\t8\r\n0x80:1K\n100 : 5");
  const auto extents = parse_extents(lines);
  ASSERT_TRUE(extents) << extents.error();
  EXPECT_EQ(*extents, (std::vector<Extent>{{40, 7}, {48, 16}, {64, 8}, {128, 1024}, {100, 5}}));
}

TEST(Numbers, ABadLineSaysWhich) {
  std::istringstream lines("40:7\n# fine\nfourty:7\n");
  EXPECT_EQ(parse_extents(lines).error(), "line 3: expected OFFSET:SIZE, found 'fourty:7': expected a number, found 'fourty'");
}

}  // namespace
}  // namespace rarena::tools
