// The annex: where it lies, which layouts have one, and which of its cells belongs to an opening.
#include "annex.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "geometry.hpp"

namespace rarena::detail {
namespace {

struct AnnexCase {
  Size reserved;
  std::uint64_t annex;
};

TEST(Annex, LiesAtAMultipleOf16BetweenHeaderAndData) {
  for (const auto [reserved, annex] : {AnnexCase{0, 48},
                                       {1, 48},
                                       {3, 48},
                                       {8, 48},
                                       {9, 64},
                                       {16, 64},
                                       {17, 64},
                                       {24, 64},
                                       {25, 80},
                                       {64, 112},
                                       {0xffffffff, 0x100000030}}) {
    const Geometry g = Geometry::unified(reserved, 1024);
    EXPECT_TRUE(g.has_annex());
    EXPECT_EQ(g.annex(), static_cast<Place>(annex)) << "reserved " << reserved;
    EXPECT_EQ(g.data_offset(), annex + 64);
    EXPECT_GE(g.annex(), g.header() + Place{header_size});
    EXPECT_LT(g.annex(), g.header() + Place{header_size} + 16);
    EXPECT_EQ(g.capacity_record().place, g.annex() + 4);
    EXPECT_EQ(g.generation().place, g.annex() + 8);
    EXPECT_EQ(g.boot().place, g.annex() + 16);
    EXPECT_EQ(g.device().place, g.annex() + 20);
    EXPECT_EQ(g.file().place, g.annex() + 24);
    EXPECT_EQ(g.state().place, g.annex() + 28);
  }
}

TEST(Annex, OnlyTheUnifiedLayoutOfThisVersionHasOne) {
  for (const Size reserved : {0U, 1U, 7U, 8U, 9U, 15U, 16U, 64U, 1000U, 0xffffffffU}) {
    EXPECT_TRUE(Geometry::unified(reserved, 1024).has_annex()) << reserved;
    EXPECT_TRUE(Geometry::of(true, reserved, 1024).has_annex()) << reserved;
    EXPECT_FALSE(Geometry::of(false, reserved, 1024).has_annex()) << reserved;
    EXPECT_FALSE(Geometry::pure(reserved, 1024).has_annex()) << reserved;
    EXPECT_FALSE(Geometry::version_1(reserved, 1024).has_annex()) << reserved;
    EXPECT_FALSE(Geometry::crate(reserved, 1024).has_annex()) << reserved;
  }
}

TEST(Annex, TheCellOfAnOpeningIsNotThatOfTheOneBefore) {
  const Geometry g = Geometry::unified(5, 1024);
  EXPECT_EQ(g.witness(0).place, g.annex() + 32);
  EXPECT_EQ(g.witness(1).place, g.annex() + 48);
  EXPECT_EQ(g.witness(2).place, g.annex() + 32);
  EXPECT_EQ(g.witness(~std::uint64_t{0}).place, g.annex() + 48);
  EXPECT_EQ((g.witness(0).place) % 16, 0) << "a cell is aligned, as its futex and pointer have to be";
}

TEST(Annex, TheWitnessIsTheWordOfTheLastOpening) {
  Annex annex{};
  annex.witness[0].word = 10;
  annex.witness[1].word = 11;
  for (const std::uint64_t generation : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
    annex.generation = generation;
    EXPECT_EQ(witness_word(annex), 10 + generation % 2);
  }
}

TEST(Annex, NoThreadIsCalledWhatTheBitsMean) {
  EXPECT_EQ(owner_died & unwitnessed, 0U);
  constexpr std::uint32_t largest_thread = 4U << 20U;  // PID_MAX_LIMIT of 64-bit systems
  EXPECT_LT(largest_thread, owner_died);
}

}  // namespace
}  // namespace rarena::detail
