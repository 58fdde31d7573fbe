// The seal: known values of the CRC, and which condition a seal means.
#include "seal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>

namespace rarena {
namespace {

std::uint32_t crc_of_32(auto byte) {
  std::array<std::byte, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(byte(i));
  return crc32c(bytes);
}

// The examples of RFC 3720, B.4.
TEST(Crc32c, HasTheKnownValues) {
  EXPECT_EQ(crc_of_32([](std::size_t) { return 0; }), 0x8a9136aaU);
  EXPECT_EQ(crc_of_32([](std::size_t) { return 0xff; }), 0x62a8ab43U);
  EXPECT_EQ(crc_of_32([](std::size_t i) { return i; }), 0x46dd794eU);
  EXPECT_EQ(crc_of_32([](std::size_t i) { return 31 - i; }), 0x113fdb5cU);
}

TEST(Crc32c, GoesOnBehindEarlierBytes) {
  const std::array<std::byte, 5> all{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
  EXPECT_EQ(crc32c(std::span(all).subspan(2), crc32c(std::span(all).first(2))), crc32c(all));
}

class Seal : public ::testing::Test {
 protected:
  Header sealed(std::uint32_t seal) const {
    Header h = header;
    h.seal = seal;
    return h;
  }

  Prefix prefix{.freelist = 1, .magic_version = 3};
  Header header{.free_head = 0x123, .spare_head = 9, .allocated = 400, .discarded = 6, .min_segment_size = 20, .seal = 0};
  FileIdentity identity{.boot = {std::byte{7}}, .device = 1, .inode = 2};
};

TEST_F(Seal, CoversPrefixAndHeaderButNotItself) {
  const std::uint32_t seal = clean_seal(prefix, header);
  EXPECT_EQ(clean_seal(prefix, sealed(seal)), seal);
  auto bytes = std::bit_cast<std::array<unsigned char, sizeof(Header)>>(header);
  for (std::size_t bit = 0; bit < 8 * offsetof(Header, seal); ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<unsigned char>(flipped[bit / 8] ^ (1U << bit % 8));
    EXPECT_NE(clean_seal(prefix, std::bit_cast<Header>(flipped)), seal) << bit;
  }
  const Prefix other{.freelist = 2, .magic_version = 3};
  EXPECT_NE(clean_seal(other, header), seal);
}

TEST_F(Seal, AMarkerIsThatOfOneFileInOneBoot) {
  const std::uint32_t marker = dirty_marker(identity);
  EXPECT_EQ(dirty_marker(identity), marker);
  FileIdentity other = identity;
  other.inode = 3;
  EXPECT_NE(dirty_marker(other), marker);
  other = identity;
  other.device = 3;
  EXPECT_NE(dirty_marker(other), marker);
  other = identity;
  other.boot[15] = std::byte{1};
  EXPECT_NE(dirty_marker(other), marker);
  EXPECT_NE(marker, 0U);
  EXPECT_EQ(dirty_marker(std::nullopt), 0U);
}

TEST_F(Seal, SaysHowTheFileWasLeft) {
  EXPECT_EQ(condition(prefix, sealed(clean_seal(prefix, header)), identity), Condition::clean);
  EXPECT_EQ(condition(prefix, sealed(dirty_marker(identity)), identity), Condition::process_died);
  EXPECT_EQ(condition(prefix, sealed(dirty_marker(identity)), std::nullopt), Condition::untrusted);
  EXPECT_EQ(condition(prefix, sealed(clean_seal(prefix, header) + 1), identity), Condition::untrusted);
  EXPECT_EQ(condition(prefix, sealed(0), std::nullopt), Condition::untrusted) << "0 is nobody's marker";
}

}  // namespace
}  // namespace rarena
