// The seal: known values of the CRC, and which condition a seal means.
#include "seal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <initializer_list>
#include <utility>

namespace rarena::detail {
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
  std::uint32_t clean() const { return clean_seal(prefix, header, annex, lists); }
  // As an opening by this file, and a death, leave it.
  void open() {
    const IdentityMarks marks = marks_of(identity);
    annex.generation += 1;
    annex.boot = marks.boot;
    annex.device = marks.device;
    annex.file = marks.file;
    annex.witness[annex.generation % 2].word = owner_died;
    header.seal = dirty_marker(annex.generation, marks);
  }
  Verdict now(const FileIdentity& file) const {
    return verdict(prefix, header, annex, lists, marks_of(file), witness_word(annex));
  }

  Prefix prefix{.freelist = 1, .magic_version = 3};
  Header header{.free_head = 0x123, .spare_head = 9, .allocated = 400, .discarded = 6, .min_segment_size = 20, .seal = 0};
  Annex annex{
      .size = annex_size, .capacity = 1000, .generation = 4, .boot = 0, .device = 0, .file = 0, .state = 0, .witness = {}};
  std::uint64_t lists = 0x123456789;
  FileIdentity identity{.boot = {std::byte{7}}, .device = 1, .inode = 2, .birth = 3};
};

TEST_F(Seal, CoversPrefixHeaderCapacityAndListsButNotItself) {
  const std::uint32_t seal = clean();
  EXPECT_EQ(clean_seal(prefix, sealed(seal), annex, lists), seal);
  auto bytes = std::bit_cast<std::array<unsigned char, sizeof(Header)>>(header);
  for (std::size_t bit = 0; bit < 8 * offsetof(Header, seal); ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<unsigned char>(flipped[bit / 8] ^ (1U << bit % 8));
    EXPECT_NE(clean_seal(prefix, std::bit_cast<Header>(flipped), annex, lists), seal) << bit;
  }
  EXPECT_NE(clean_seal({.freelist = 2, .magic_version = 3}, header, annex, lists), seal);
  for (unsigned bit = 0; bit < 64; ++bit) EXPECT_NE(clean_seal(prefix, header, annex, lists ^ std::uint64_t{1} << bit), seal);
  Annex other = annex;
  other.capacity += 1;
  EXPECT_NE(clean_seal(prefix, header, other, lists), seal);
  other = annex;
  other.generation += 1;
  other.boot = other.device = other.file = 9;
  EXPECT_EQ(clean_seal(prefix, header, other, lists), seal) << "what an opening writes before its marker";
}

TEST_F(Seal, TheSumOfListsDependsOnEveryDescriptorAndTheirOrder) {
  const auto sum = [](std::initializer_list<std::pair<Offset, Extent>> free, std::initializer_list<Offset> spare) {
    ListSum s;
    for (const auto& [descriptor, extent] : free) s.add_free(descriptor, encode(extent));
    for (const Offset descriptor : spare) s.add_spare(descriptor);
    return s.value();
  };
  const auto all = sum({{48, {100, 20}}, {64, {200, 30}}}, {80});
  EXPECT_NE(all, sum({{64, {200, 30}}, {48, {100, 20}}}, {80}));
  EXPECT_NE(all, sum({{48, {100, 21}}, {64, {200, 30}}}, {80}));
  EXPECT_NE(all, sum({{48, {101, 20}}, {64, {200, 30}}}, {80}));
  EXPECT_NE(all, sum({{48, {100, 20}}, {80, {200, 30}}}, {64}));
  EXPECT_NE(all, sum({{48, {100, 20}}, {64, {200, 30}}}, {}));
  EXPECT_NE(sum({{48, {}}}, {}), sum({}, {48})) << "free or spare";
}

TEST_F(Seal, MarksAreThoseOfOneFileInOneBoot) {
  const IdentityMarks marks = marks_of(identity);
  FileIdentity other = identity;
  other.inode = 9;
  EXPECT_NE(marks_of(other).file, marks.file);
  other = identity;
  other.birth = 9;
  EXPECT_NE(marks_of(other).file, marks.file);
  other = identity;
  other.device = 9;
  EXPECT_EQ(marks_of(other).file, marks.file);
  EXPECT_NE(marks_of(other).device, marks.device);
  other = identity;
  other.boot[15] = std::byte{1};
  EXPECT_NE(marks_of(other).boot, marks.boot);
  EXPECT_NE(dirty_marker(1, marks), dirty_marker(2, marks));
  EXPECT_NE(dirty_marker(1, marks), 0U);
}

TEST_F(Seal, SaysHowTheFileWasLeft) {
  header = sealed(clean());
  EXPECT_EQ(now(identity), (Verdict{Condition::clean, Doubt::none}));
  header.seal += 1;
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::damaged}));
  header.seal = 0;
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::damaged}));
  open();
  EXPECT_EQ(now(identity), (Verdict{Condition::process_died, Doubt::none}));
}

TEST_F(Seal, SaysWhyTheListsAreNotTrusted) {
  open();
  FileIdentity other = identity;
  other.boot[3] = std::byte{1};
  EXPECT_EQ(now(other), (Verdict{Condition::untrusted, Doubt::other_boot}));
  other = identity;
  other.inode = 77;
  EXPECT_EQ(now(other), (Verdict{Condition::untrusted, Doubt::other_file}));
  other = identity;
  other.birth = 77;
  EXPECT_EQ(now(other), (Verdict{Condition::untrusted, Doubt::other_file}));
  other = identity;
  other.device = 77;
  EXPECT_EQ(now(other), (Verdict{Condition::unknown, Doubt::other_device}));
  EXPECT_EQ(verdict(prefix, header, annex, lists, IdentityMarks{}, witness_word(annex)),
            (Verdict{Condition::unknown, Doubt::identity_unknown}));

  auto& witness = annex.witness[annex.generation % 2].word;
  witness = 4711;  // a thread that was alive when these bytes were copied
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::copied_open}));
  witness = 0;
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::copied_open}));
  witness = unwitnessed | 4711;
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::no_witness}));

  annex.state = static_cast<std::uint32_t>(AnnexState::flush_failed);
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::flush_failed}));
  annex.state = static_cast<std::uint32_t>(AnnexState::lists_damaged);
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::lists_damaged}));
}

TEST_F(Seal, AnOpeningWithoutIdentityVouchesForNothing) {
  header.seal = dirty_marker(annex.generation, IdentityMarks{});
  annex.witness[annex.generation % 2].word = owner_died;
  EXPECT_EQ(now(identity), (Verdict{Condition::untrusted, Doubt::no_identity}));
}

}  // namespace
}  // namespace rarena::detail
