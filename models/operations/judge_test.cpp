// The shipped arena agrees with the reference on random histories of every setting; a planted mistake is found, and made small.
#include "models/operations/judge.hpp"

#include <gtest/gtest.h>

#include "models/operations/bytes.hpp"
#include "models/operations/minimise.hpp"
#include "models/operations/text.hpp"
#include "models/oracle/random.hpp"

namespace rarena::operations {
namespace {

// Mostly allocations and frees of fitting sizes, in an arena that can be made.
History random_history(std::uint64_t seed) {
  oracle::Random random(seed);
  std::vector<std::uint8_t> bytes(setting_bytes + operation_bytes * random.below(80));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  bytes[5] %= 8;   // capacity below 2048
  bytes[9] = 0;    // minimum below 256
  bytes[13] %= 4;  // an index below 1024
  if (random.below(2) == 0) bytes[12] = bytes[13] = 0;
  for (std::size_t i = setting_bytes; i + operation_bytes <= bytes.size(); i += operation_bytes) {
    if (random.below(4) != 0) bytes[i] = static_cast<std::uint8_t>(random.below(2));
    if (random.below(8) != 0) {
      bytes[i + 1] &= 0x93;
      bytes[i + 3] = 0;
    }
  }
  return decode(bytes);
}

class RandomHistories : public testing::TestWithParam<int> {};

TEST_P(RandomHistories, AgreeWithTheReference) {
  constexpr std::uint64_t count = 100;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const History history = random_history(static_cast<std::uint64_t>(GetParam()) * count + seed);
    const auto finding = judge(history);
    ASSERT_FALSE(finding) << "seed " << seed << "\n" << artifact(history, *finding);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistories, testing::Range(0, 10));

// Loses the last byte of every freed segment of more than 40 bytes.
class LossyArena : public Arena {
 public:
  explicit LossyArena(Arena arena) : Arena(std::move(arena)) {}
  std::expected<void, Error> dealloc(Offset offset, Size size) const {
    return Arena::dealloc(offset, size > 40 ? size - 1 : size);
  }
};

struct Lossy {
  using Arena = LossyArena;
  static constexpr bool exclusive = true;

  static bool supports(Operation::Kind) { return true; }
  static auto make(const Setting& setting, const std::filesystem::path& path) {
    return lossy(Shipped<AtomicStore>().make(setting, path));
  }
  static auto open(const Setting& setting, const std::filesystem::path& path) {
    return lossy(Shipped<AtomicStore>().open(setting, path));
  }
  static std::expected<std::unique_ptr<Arena>, Error> lossy(std::expected<std::unique_ptr<rarena::Arena>, Error> arena) {
    if (!arena) return std::unexpected(arena.error());
    return std::make_unique<Arena>(std::move(**arena));
  }
};

TEST(Judge, FindsALostByteAndMakesItSmall) {
  const auto shows = [](const History& history) { return judge(history, Lossy()).has_value(); };
  std::uint64_t seed = 0;
  while (!shows(random_history(seed))) ASSERT_LT(++seed, 100U);
  const History small = minimise(random_history(seed), shows);
  EXPECT_EQ(small.setting, Setting());
  EXPECT_LE(small.operations.size(), 2U) << print(small) << "a free outside, or an allocation and its free";
  EXPECT_EQ(small.operations.front().amount, 41U);
}

}  // namespace
}  // namespace rarena::operations
