// The picture of an arena: cells by majority, hostile structures included.
#include "byte_map.hpp"

#include <gtest/gtest.h>

namespace rarena::tools {
namespace {

// 48 bytes of header; descriptors at 48 and 64, free [80, 120), live [120, 160), nothing above.
Structure example() {
  return {.prefix = {.freelist = 1},
          .data_offset = 40,
          .allocated = 160,
          .discarded = 8,
          .free = {{48, {80, 40}, false}},
          .spare = {64}};
}

TEST(ByteMap, EachCellShowsWhatMostOfItsBytesAre) {
  const Geometry g = Geometry::unified(0, 192);
  EXPECT_EQ(draw(g, example(), 12), "HHHDD...##  ");
}

TEST(ByteMap, OneCellPerByteAtMost) {
  const std::string picture = draw(Geometry::unified(0, 192), example(), 1000);
  EXPECT_EQ(picture, std::string(40, 'H') + std::string(8, '#') + std::string(32, 'D') + std::string(40, '.') +
                         std::string(40, '#') + std::string(32, ' '));
}

TEST(ByteMap, EveryWidthIsFilled) {
  for (std::size_t width = 1; width <= 192; ++width) EXPECT_EQ(draw(Geometry::unified(0, 192), example(), width).size(), width);
}

TEST(ByteMap, LargestMemory) {
  const Geometry g = Geometry::unified(0, 0xffffffff);
  const Structure s{.prefix = {}, .data_offset = 40, .allocated = 0x80000000};
  EXPECT_EQ(draw(g, s, 65536), std::string(32768, '#') + std::string(32768, ' '));
}

TEST(ByteMap, CountsAddUp) {
  const ByteCounts c = count_bytes(Geometry::unified(3, 192), example());
  EXPECT_EQ(c.reserved, 3U);
  EXPECT_EQ(c.header, 45U);
  EXPECT_EQ(c.descriptors, 32U);
  EXPECT_EQ(c.free, 40U);
  EXPECT_EQ(c.discarded, 8U);
  EXPECT_EQ(c.remaining, 32U);
  EXPECT_EQ(c.reserved + c.header + c.descriptors + c.free + c.discarded + c.unlisted + c.remaining, 192U);
}

TEST(ByteMap, WhatLiesOutsideIsCutOff) {
  const Geometry g = Geometry::unified(0, 192);
  Structure s = example();
  s.free = {{48, {0, 0xffffffff}, false}, {64, {0xffffffff, 0xffffffff}, true}, {80, {100, 0}, false}};
  EXPECT_EQ(draw(g, s, 192), std::string(40, 'H') + std::string(120, '.') + std::string(32, ' '));
  s.allocated = 0xffffffff;
  EXPECT_EQ(draw(g, s, 192), std::string(40, 'H') + std::string(152, '.'));
  s.allocated = 0;
  EXPECT_EQ(draw(g, s, 192), std::string(40, 'H') + std::string(152, ' '));
  EXPECT_EQ(count_bytes(g, s).unlisted, 0U);
}

}  // namespace
}  // namespace rarena::tools
