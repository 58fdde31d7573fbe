#include "fuzz/reopen/expected_opening.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <utility>
#include <vector>

namespace rarena::fuzz {

namespace {

using Opening = Recovery::Opening;

constexpr std::uint64_t multiple(std::uint64_t n, std::uint64_t of) { return (n + of - 1) / of * of; }

// CRC-32C (RFC 3720, B.4), a bit at a time.
class Crc {
 public:
  void add(std::byte byte) {
    crc_ ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc_ = crc_ >> 1U ^ (crc_ % 2 != 0 ? 0x82f63b78U : 0U);
  }
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) add(byte);
  }
  // So many bytes of a number, the lowest first.
  void add(std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) add(static_cast<std::byte>(number >> (8 * i) & 0xffU));
  }
  std::uint32_t value() const { return ~crc_; }

 private:
  std::uint32_t crc_ = 0xffffffffU;
};

std::uint32_t hash(std::initializer_list<std::pair<std::uint64_t, int>> numbers) {
  Crc crc;
  for (const auto& [number, bytes] : numbers) crc.add(number, bytes);
  return std::max(crc.value(), 1U);  // 0 says that there is none
}

ExpectedOpening untrusted(Doubt doubt) { return {Opening::untrusted, doubt}; }

// Of a file whose seal is the marker that it was open.
ExpectedOpening left_open(const FileWords& words, Marks now, bool writable) {
  const Marks then = words.marks();
  if (then == Marks{}) return untrusted(Doubt::no_identity);
  const bool same_but_device = now != Marks{} && then.boot == now.boot && then.file == now.file && then.device != now.device;
  if (now == Marks{} || same_but_device) return {Opening::untrusted, Doubt::identity_unknown, writable};
  if (then.boot != now.boot) return untrusted(Doubt::other_boot);
  if (then.file != now.file) return untrusted(Doubt::other_file);
  const std::uint32_t witness = words.last_witness();
  if ((witness >> 30U & 1U) != 0) return {Opening::process_died, Doubt::none};
  return untrusted((witness >> 31U) != 0 ? Doubt::no_witness : Doubt::copied_open);
}

ExpectedOpening of_version_1(std::span<const std::byte> bytes, std::uint64_t reserved) {
  const std::uint64_t header = multiple(reserved, 8) + 8;
  if (bytes.size() < header + 32) return untrusted(Doubt::not_closed);
  Crc crc;
  crc.add(bytes.subspan(reserved, 8));
  crc.add(bytes.subspan(header, 28));
  std::uint32_t seal = 0;
  for (std::size_t i = 0; i < 4; ++i) seal |= std::to_integer<std::uint32_t>(bytes[header + 28 + i]) << (8 * i);
  return seal == crc.value() ? ExpectedOpening{Opening::clean, Doubt::none} : untrusted(Doubt::not_closed);
}

ExpectedOpening of_version_2(const FileWords& words, const std::optional<detail::FileIdentity>& identity, bool writable) {
  if (words.state() == 1) return untrusted(Doubt::flush_failed);
  if (words.state() == 2) return untrusted(Doubt::lists_damaged);
  if (words.seal() == words.dirty_seal()) return left_open(words, expected_marks(identity), writable);
  if (words.seal() == words.clean_seal()) return {Opening::clean, Doubt::none};
  return untrusted(Doubt::damaged);
}

}  // namespace

FileWords::FileWords(std::span<const std::byte> bytes, std::uint64_t reserved)
    : bytes_(bytes), prefix_(reserved), header_(multiple(reserved, 8) + 8), annex_(multiple(header_ + 32, 16)) {}

bool FileWords::fit(std::span<const std::byte> bytes, std::uint64_t reserved) {
  return bytes.size() >= FileWords({}, reserved).annex_ + 64;
}

std::uint16_t FileWords::version() const { return static_cast<std::uint16_t>(u32(prefix_ + 4) >> 16U); }

std::uint32_t FileWords::u32(std::uint64_t at) const {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::to_integer<std::uint32_t>(bytes_[at + i]) << (8 * i);
  return value;
}

// All that are not 0 say that their processes have died, or one of them does not.
std::uint32_t FileWords::last_witness() const {
  const std::uint64_t table = members(), cells = 64;
  if (table == 0) return witness(generation());
  if (table % 16 != 0 || table < data_at() || table + 16 + 16 * cells > bytes_.size()) return 0;
  if (u32(table) != 0x626d656d || u32(table + 4) != cells) return 0;
  std::uint32_t all = 0;
  for (std::uint64_t cell = table + 16; cell < table + 16 + 16 * cells; cell += 16) {
    if ((u32(cell) >> 30U & 1U) == 0 && u32(cell) != 0) return u32(cell);
    all |= u32(cell);
  }
  return all & 1U << 30U;
}

std::uint32_t FileWords::dirty_seal() const {
  const auto [boot, device, file] = marks();
  return hash({{generation(), 8}, {boot, 4}, {device, 4}, {file, 4}});
}

std::uint32_t FileWords::clean_seal() const {
  Crc crc;
  crc.add(bytes_.subspan(prefix_, 8));
  crc.add(bytes_.subspan(header_, 28));
  crc.add(capacity(), 4);
  crc.add(sum_of_lists(), 8);
  return crc.value();
}

std::array<std::uint32_t, 5> FileWords::shape() const {
  std::array<std::uint32_t, 5> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words.at(i) = u32(index_at() + 40 + 4 * i);
  return words;
}

bool FileWords::index_fits() const {
  const std::uint64_t size = annex_size();
  if (size == 64) return true;
  if (size < 128 || annex_ + size >= bytes_.size()) return false;
  const auto [shift, windows, first, roots, tables] = shape();
  if (shift > 31 || std::uint64_t{first} + roots > 32 || (roots == 0 && tables != 0)) return false;
  if (windows == 0 && roots == 0) return false;
  return size == 128 + multiple(std::uint64_t{4} * windows, 16) + std::uint64_t{16} * roots + std::uint64_t{256} * tables;
}

std::uint64_t FileWords::boundaries_at() const {
  return annex_size() == 64 ? data_at() : annex_ + 128 + multiple(std::uint64_t{4} * shape()[1], 16);
}

// As far as the lists can be followed: inside of the data, or to boundaries, and to no descriptor twice.
std::uint64_t FileWords::sum_of_lists() const {
  if (!index_fits()) return 0;
  const std::uint64_t begin = data_at(), boundaries = boundaries_at(), end = u32(header_ + 16);
  const auto kind = std::to_integer<unsigned>(bytes_[prefix_ + 1]);
  std::uint64_t sum = 0;
  if (end < begin || end > bytes_.size() || kind == 0) return sum;
  std::set<std::uint64_t> met;
  const auto follow = [&](std::uint64_t head, bool free) {
    for (std::uint64_t at = detail::Link(u64(head)).next(); at != 0; at = detail::Link(u64(at)).next()) {
      if (at < (free ? boundaries : begin) || at + 16 > end || !met.insert(at).second) return;
      sum = (std::rotl(sum, 29) ^ (at << 1U | (free ? 0U : 1U))) * 0x9e3779b97f4a7c15U;
      sum = (sum ^ sum >> 32U ^ (free ? u64(at + 8) : 0U)) * 0xbf58476d1ce4e5b9U;
    }
  };
  follow(header_, true);
  follow(header_ + 8, false);
  return sum;
}

Marks expected_marks(const std::optional<detail::FileIdentity>& identity) {
  if (!identity) return {};
  Crc boot;
  boot.add(identity->boot);
  return {std::max(boot.value(), 1U), hash({{identity->device, 8}}), hash({{identity->inode, 8}, {identity->birth, 8}})};
}

ExpectedOpening expected_opening(std::span<const std::byte> bytes, const Options& options,
                                 const std::optional<detail::FileIdentity>& identity, bool writable) {
  const FileWords words(bytes, options.reserved);
  const std::uint16_t version = words.version();
  if (version == 0) return {Opening::unsealed, Doubt::none};
  if (options.drop_freelist) return untrusted(Doubt::asked);
  if (version == 1) return of_version_1(bytes, options.reserved);
  return of_version_2(words, identity, writable);
}

}  // namespace rarena::fuzz
