// The seal: how the last writer of a file left it. Pure functions.
//
//     CRC-32C of prefix and header     closed cleanly: what the header says is what was meant
//     dirty marker                     open for writing, or its process died: a hash of this boot of the machine and of the
//                                      file's device and inode. A copied file and an earlier boot have another one
//     anything else                    a power loss, a copy made while it was open, or damage
//
// A marker could equal a CRC by chance, as any damage could: once in 2^32. The marker is looked at first, so that the
// mistake of that kind that matters, taking a live marker for a clean close, is not made.
//
// Source: CRC-32C is that of Castagnoli, Braeuer and Herrmann (IEEE Trans. Comm. 41, 1993), as in iSCSI (RFC 3720, B.4).
// Thread safety: values only. Invariants: REC-2 (which lists may be trusted).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "geometry.hpp"
#include "prefix.hpp"

namespace rarena {

// The CRC of `bytes` behind bytes whose CRC is `before`.
constexpr std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

// What a dirty marker is made from.
struct FileIdentity {
  std::array<std::byte, 16> boot{};  // the boot id of the machine, a random number of each boot
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  friend constexpr bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// The seal of a clean close: over the prefix and the header but the seal itself.
constexpr std::uint32_t clean_seal(const Prefix& prefix, const Header& header);

// The marker of an open file; 0, which is nobody's, where the identity is not known.
constexpr std::uint32_t dirty_marker(const std::optional<FileIdentity>& identity);

// How the last writer left the file.
enum class Condition : std::uint8_t {
  clean,         // it closed the file
  process_died,  // it did not, and the machine has run since: every completed store is there
  untrusted,     // nothing is known about which stores are there
};

constexpr Condition condition(const Prefix& prefix, const Header& header, const std::optional<FileIdentity>& identity);

namespace seal_detail {

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    table[byte] = crc;
  }
  return table;
}

template <class T>
constexpr std::uint32_t crc_of(const T& value, std::uint32_t before) {
  return crc32c(std::bit_cast<std::array<std::byte, sizeof(T)>>(value), before);
}

}  // namespace seal_detail

constexpr std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
  constexpr auto table = seal_detail::crc_table();
  std::uint32_t crc = ~before;
  for (const std::byte b : bytes) crc = (crc >> 8U) ^ table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xffU];
  return ~crc;
}

constexpr std::uint32_t clean_seal(const Prefix& prefix, const Header& header) {
  const auto bytes = std::bit_cast<std::array<std::byte, header_size>>(header);
  return crc32c(std::span(bytes).first<offsetof(Header, seal)>(), crc32c(encode(prefix)));
}

constexpr std::uint32_t dirty_marker(const std::optional<FileIdentity>& identity) {
  if (!identity) return 0;
  const std::uint32_t hash =
      seal_detail::crc_of(identity->inode, seal_detail::crc_of(identity->device, crc32c(identity->boot)));
  return hash != 0 ? hash : 1;
}

constexpr Condition condition(const Prefix& prefix, const Header& header, const std::optional<FileIdentity>& identity) {
  if (identity && header.seal == dirty_marker(identity)) return Condition::process_died;
  return header.seal == clean_seal(prefix, header) ? Condition::clean : Condition::untrusted;
}

static_assert(crc32c(std::array{std::byte{'1'}, std::byte{'2'}, std::byte{'3'}, std::byte{'4'}, std::byte{'5'}, std::byte{'6'},
                                std::byte{'7'}, std::byte{'8'}, std::byte{'9'}}) == 0xe3069283U,
              "the check value of CRC-32C");
static_assert(crc32c({}) == 0);

}  // namespace rarena
