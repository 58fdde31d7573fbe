// The mutator of schedules: it stays within its buffer, repeats itself, and makes every kind of change.
#include "mutator.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace rarena::fuzz {
namespace {

std::vector<std::uint8_t> mutated(std::vector<std::uint8_t> input, std::size_t limit, std::uint64_t seed) {
  const std::size_t size = input.size();
  input.resize(limit);
  input.resize(mutate(input, size, seed));
  return input;
}

std::vector<std::uint8_t> counting(std::size_t size) {
  std::vector<std::uint8_t> input(size);
  std::iota(input.begin(), input.end(), std::uint8_t{1});
  return input;
}

TEST(ScheduleMutator, IsAFunctionOfItsSeed) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) EXPECT_EQ(mutated(counting(30), 64, seed), mutated(counting(30), 64, seed));
}

TEST(ScheduleMutator, MakesInputsLongerShorterAndOther) {
  unsigned longer = 0, shorter = 0, other = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto before = counting(30), after = mutated(before, 64, seed);
    longer += after.size() > before.size();
    shorter += after.size() < before.size();
    other += after.size() == before.size() && after != before;
  }
  EXPECT_GT(longer, 20U);
  EXPECT_GT(shorter, 20U);
  EXPECT_GT(other, 20U);
}

TEST(ScheduleMutator, StaysWithinItsBuffer) {
  for (const std::size_t size : {0U, 1U, 64U})
    for (std::uint64_t seed = 0; seed < 200; ++seed) EXPECT_LE(mutated(counting(size), 64, seed).size(), 64U);
}

TEST(UsedBytes, AreThoseOfTheInput) {
  UsedBytes used;
  used.remember(counting(30), 12);
  EXPECT_EQ(used.of(counting(30)), 12U);
  EXPECT_EQ(used.of(counting(29)), 29U);
}

}  // namespace
}  // namespace rarena::fuzz
