// The view of a memory: the annex, where there is one.
#include "view.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace rarena::detail {
namespace {

TEST(MemoryView, WhereThereIsNoAnnexItReadsAsZeros) {
  const std::vector<std::byte> ones(256, std::byte{0xff});
  for (const Geometry& g : {Geometry::version_1(64, 256), Geometry::crate(64, 256)}) {
    const Annex annex = MemoryView(ones.data(), g).annex();
    const std::vector<std::byte> zeros(sizeof annex);
    EXPECT_EQ(std::memcmp(&annex, zeros.data(), sizeof annex), 0);
  }
  EXPECT_EQ(MemoryView(ones.data(), Geometry::unified(64, 256)).annex().generation, ~std::uint64_t{0});
}

TEST(MemoryView, AnnexAndWordsAreTheSameBytes) {
  const Geometry g = Geometry::unified(5, 256);
  Annex annex{.size = 64, .capacity = 1, .generation = 2, .boot = 3, .device = 4, .file = 5, .state = 6, .witness = {}};
  annex.witness[0].word = 7;
  annex.witness[1].word = 8;
  std::vector<std::byte> memory(256);
  std::memcpy(memory.data() + g.annex(), &annex, sizeof annex);
  const MemoryView view(memory.data(), g);
  EXPECT_EQ(view.load(g.capacity_record()), 1U);
  EXPECT_EQ(view.load(g.generation()), 2U);
  EXPECT_EQ(view.load(g.boot()), 3U);
  EXPECT_EQ(view.load(g.device()), 4U);
  EXPECT_EQ(view.load(g.file()), 5U);
  EXPECT_EQ(view.load(g.state()), 6U);
  EXPECT_EQ(view.load(g.witness(2)), 7U);
  EXPECT_EQ(view.load(g.witness(3)), 8U);
  EXPECT_EQ(witness_word(view.annex()), view.load(g.witness(view.annex().generation)));
}

}  // namespace
}  // namespace rarena::detail
