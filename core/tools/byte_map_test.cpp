// The picture of an arena: cells by majority, hostile structures included.
#include "byte_map.hpp"

#include <gtest/gtest.h>

namespace rarena::tools {
namespace {

// 112 bytes of header and annex; descriptors at 128 and 144, free [160, 200), live [200, 240), nothing above.
detail::Structure example() {
  return {.prefix = {.freelist = 1},
          .data_offset = 112,
          .allocated = 240,
          .discarded = 16,
          .free = {{128, {160, 40}, false}},
          .spare = {144}};
}

TEST(ByteMap, EachCellShowsWhatMostOfItsBytesAre) {
  const detail::Geometry g = detail::Geometry::unified(0, 272);
  EXPECT_EQ(draw(g, example(), 17), "HHHHHHH#DD...##  ");
}

TEST(ByteMap, OneCellPerByteAtMost) {
  const std::string picture = draw(detail::Geometry::unified(0, 272), example(), 1000);
  EXPECT_EQ(picture, std::string(112, 'H') + std::string(16, '#') + std::string(32, 'D') + std::string(40, '.') +
                         std::string(40, '#') + std::string(32, ' '));
}

TEST(ByteMap, EveryWidthIsFilled) {
  for (std::size_t width = 1; width <= 272; ++width)
    EXPECT_EQ(draw(detail::Geometry::unified(0, 272), example(), width).size(), width);
}

TEST(ByteMap, LargestMemory) {
  const detail::Geometry g = detail::Geometry::unified(0, 0xffffffff);
  const detail::Structure s{.prefix = {}, .data_offset = 112, .allocated = 0x80000000};
  EXPECT_EQ(draw(g, s, 65536), std::string(32768, '#') + std::string(32768, ' '));
}

TEST(ByteMap, CountsAddUp) {
  const ByteCounts c = count_bytes(detail::Geometry::unified(3, 272), example());
  EXPECT_EQ(c.reserved, 3U);
  EXPECT_EQ(c.header, 109U);
  EXPECT_EQ(c.descriptors, 32U);
  EXPECT_EQ(c.free, 40U);
  EXPECT_EQ(c.discarded, 16U);
  EXPECT_EQ(c.unlisted, 40U);
  EXPECT_EQ(c.remaining, 32U);
  EXPECT_EQ(c.reserved + c.header + c.descriptors + c.free + c.discarded + c.unlisted + c.remaining, 272U);
}

TEST(ByteMap, WhatLiesOutsideIsCutOff) {
  const detail::Geometry g = detail::Geometry::unified(0, 272);
  detail::Structure s = example();
  s.free = {{128, {0, 0xffffffff}, false}, {144, {0xffffffff, 0xffffffff}, true}, {160, {180, 0}, false}};
  EXPECT_EQ(draw(g, s, 272), std::string(112, 'H') + std::string(128, '.') + std::string(32, ' '));
  s.allocated = 0xffffffff;
  EXPECT_EQ(draw(g, s, 272), std::string(112, 'H') + std::string(160, '.'));
  s.allocated = 0;
  EXPECT_EQ(draw(g, s, 272), std::string(112, 'H') + std::string(160, ' '));
  EXPECT_EQ(count_bytes(g, s).unlisted, 0U);
}

}  // namespace
}  // namespace rarena::tools
