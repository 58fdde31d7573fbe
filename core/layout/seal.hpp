// The seal: how the last writer of a file left it. Pure functions.
//
//     CRC-32C of prefix, header,       closed cleanly: what header and lists say is what was meant
//     capacity and lists
//     dirty marker                     open for writing, or its process died: a hash of the annex's generation and of what it
//                                      says about boot, device and file
//     anything else                    damage, or a writer that could not close (the annex says why)
//
// A dirty marker vouches for the lists if the boot, the device, the inode and the birth of the file are still the same, and
// if the system has noted the death of the process in the annex's witness. A copy carries all that its bytes say, so the
// bytes must not be enough: another file has another inode or birth, and a copy that is put back into the same file was made
// before the death that only the system writes down.
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
#include <span>

#include "geometry.hpp"
#include "prefix.hpp"

namespace rarena {

// The CRC of `bytes` behind bytes whose CRC is `before`.
constexpr std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

// Which file it is, in which boot of which machine.
struct FileIdentity {
  std::array<std::byte, 16> boot{};  // the boot id of the machine, a random number of each boot
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t birth = 0;  // nanoseconds since 1970; 0 where the file system does not tell

  friend constexpr bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// The same as the annex records it: hashes, none of them 0; all of them where it is not known.
struct IdentityMarks {
  std::uint32_t boot = 0, device = 0, file = 0;

  friend constexpr bool operator==(const IdentityMarks&, const IdentityMarks&) = default;
};
constexpr IdentityMarks marks_of(const FileIdentity& identity);

// A sum over the free segments and unused descriptors in the order of their lists.
class ListSum {
 public:
  constexpr void add_free(Offset descriptor, std::uint64_t extent) { add(std::uint64_t{descriptor} << 1U, extent); }
  constexpr void add_spare(Offset descriptor) { add(std::uint64_t{descriptor} << 1U | 1U, 0); }
  constexpr std::uint64_t value() const { return sum_; }

 private:
  constexpr void add(std::uint64_t a, std::uint64_t b) {
    // Odd constants of the golden ratio and of SplitMix64 (Steele, Lea, Flood, 2014): a change of any bit reaches the high
    // ones.
    sum_ = (std::rotl(sum_, 29) ^ a) * 0x9e3779b97f4a7c15U;
    sum_ = (sum_ ^ sum_ >> 32U ^ b) * 0xbf58476d1ce4e5b9U;
  }
  std::uint64_t sum_ = 0;
};

// The seal of a clean close: over the prefix, the header but the seal itself, the capacity in the annex, and the lists.
constexpr std::uint32_t clean_seal(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists);
// That of format version 1: over prefix and header.
constexpr std::uint32_t clean_seal_1(const Prefix& prefix, const Header& header);

// The marker of an open file; never 0.
constexpr std::uint32_t dirty_marker(std::uint64_t generation, const IdentityMarks& marks);

// How the last writer left the file.
enum class Condition : std::uint8_t {
  clean,         // it closed the file
  process_died,  // it did not, and the machine has run since: every completed store is there
  unknown,       // one of the two, or the next: which file this is cannot be told
  untrusted,     // nothing is known about which stores are there
};

// Why lists are not trusted.
enum class Doubt : std::uint8_t {
  none,
  other_boot,        // the machine was started anew: a power loss, or a reset
  other_file,        // a copy: another inode, or another birth
  other_device,      // the same inode and birth on a device of another number: a new mount, or a clone
  copied_open,       // a copy that was made while the file was open, and put back
  no_witness,        // the process that had it open had no thread to stand for it
  no_identity,       // which file it was could not be told when it was opened
  identity_unknown,  // which file it is cannot be told now
  flush_failed,      // the last writer's flush had failed
  lists_damaged,     // the last writer found its lists damaged
  damaged,           // the seal fits nothing
  asked,             // Options::drop_freelist
};

struct Verdict {
  Condition condition = Condition::untrusted;
  Doubt doubt = Doubt::none;

  friend constexpr bool operator==(const Verdict&, const Verdict&) = default;
};

constexpr Verdict verdict(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists,
                          const IdentityMarks& now);

constexpr const char* describe(Doubt doubt) {
  switch (doubt) {
    case Doubt::none: return "nothing";
    case Doubt::other_boot: return "it was open when the machine went down";
    case Doubt::other_file: return "it is a copy of a file that was open";
    case Doubt::other_device: return "it was open on a device of another number";
    case Doubt::copied_open: return "it was copied while it was open, and put back";
    case Doubt::no_witness: return "its process died, and no thread of it could be watched";
    case Doubt::no_identity: return "it was open while its identity could not be told";
    case Doubt::identity_unknown: return "it was not closed, and its identity cannot be told";
    case Doubt::flush_failed: return "a flush of its last writer had failed";
    case Doubt::lists_damaged: return "its lists were damaged when it was closed";
    case Doubt::damaged: return "its seal fits nothing";
    case Doubt::asked: return "it was asked for";
  }
  return "";
}

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

constexpr std::uint32_t not_zero(std::uint32_t hash) { return hash != 0 ? hash : 1; }

}  // namespace seal_detail

constexpr std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
  constexpr auto table = seal_detail::crc_table();
  std::uint32_t crc = ~before;
  for (const std::byte b : bytes) crc = (crc >> 8U) ^ table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xffU];
  return ~crc;
}

constexpr std::uint32_t clean_seal_1(const Prefix& prefix, const Header& header) {
  const auto bytes = std::bit_cast<std::array<std::byte, header_size>>(header);
  return crc32c(std::span(bytes).first<offsetof(Header, seal)>(), crc32c(encode(prefix)));
}

constexpr std::uint32_t clean_seal(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists) {
  const std::uint32_t fields = seal_detail::crc_of(annex.capacity, clean_seal_1(prefix, header));
  return seal_detail::crc_of(lists, fields);
}

constexpr IdentityMarks marks_of(const FileIdentity& identity) {
  using seal_detail::crc_of;
  using seal_detail::not_zero;
  return {.boot = not_zero(crc32c(identity.boot)),
          .device = not_zero(crc_of(identity.device, 0)),
          .file = not_zero(crc_of(identity.birth, crc_of(identity.inode, 0)))};
}

constexpr std::uint32_t dirty_marker(std::uint64_t generation, const IdentityMarks& marks) {
  using seal_detail::crc_of;
  return seal_detail::not_zero(crc_of(marks.file, crc_of(marks.device, crc_of(marks.boot, crc_of(generation, 0)))));
}

constexpr Verdict verdict(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists,
                          const IdentityMarks& now) {
  if (annex.state == static_cast<std::uint32_t>(AnnexState::flush_failed)) return {Condition::untrusted, Doubt::flush_failed};
  if (annex.state == static_cast<std::uint32_t>(AnnexState::lists_damaged)) return {Condition::untrusted, Doubt::lists_damaged};
  const IdentityMarks then{annex.boot, annex.device, annex.file};
  if (header.seal != dirty_marker(annex.generation, then)) {
    if (header.seal == clean_seal(prefix, header, annex, lists)) return {Condition::clean, Doubt::none};
    return {Condition::untrusted, Doubt::damaged};
  }
  if (then == IdentityMarks{}) return {Condition::untrusted, Doubt::no_identity};
  if (now == IdentityMarks{}) return {Condition::unknown, Doubt::identity_unknown};
  if (then.boot != now.boot) return {Condition::untrusted, Doubt::other_boot};
  if (then.file != now.file) return {Condition::untrusted, Doubt::other_file};
  if (then.device != now.device) return {Condition::unknown, Doubt::other_device};
  const std::uint32_t witness = witness_word(annex);
  if ((witness & owner_died) != 0) return {Condition::process_died, Doubt::none};
  return {Condition::untrusted, (witness & unwitnessed) != 0 ? Doubt::no_witness : Doubt::copied_open};
}

static_assert(crc32c(std::array{std::byte{'1'}, std::byte{'2'}, std::byte{'3'}, std::byte{'4'}, std::byte{'5'}, std::byte{'6'},
                                std::byte{'7'}, std::byte{'8'}, std::byte{'9'}}) == 0xe3069283U,
              "the check value of CRC-32C");
static_assert(crc32c({}) == 0);

}  // namespace rarena
