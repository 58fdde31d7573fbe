// The seal: how the last writer of a file left it. Pure functions.
//
//     CRC-32C of prefix, header,       closed cleanly: what header and lists say is what was meant
//     capacity and lists
//     dirty marker                     open for writing, or its process died: a hash of the annex's generation and of what it
//                                      says about boot, device and file
//     anything else                    damage, or a writer that could not close (the annex says why)
//
// A dirty marker vouches for the lists if the boot, the device, the inode and the birth of the file are still the same, and
// if the system has noted the death of the process, or of all that shared the file, in their witnesses. A copy carries all that
// its bytes say, so the bytes must not be enough: another file has another inode or birth, and a copy that is put back into the
// same file was made before the death that only the system writes down.
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

namespace detail {

// The CRC of `bytes` behind bytes whose CRC is `before`.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

// Which file it is, in which boot of which machine.
struct FileIdentity {
  std::array<std::byte, 16> boot{};  // the boot id of the machine, a random number of each boot
  // The number of the device.
  std::uint64_t device = 0;
  // The number of the file on it.
  std::uint64_t inode = 0;
  std::uint64_t birth = 0;  // nanoseconds since 1970; 0 where the file system does not tell

  // Whether it is the same file in the same boot.
  friend constexpr bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// The same as the annex records it: hashes, none of them 0; all of them where it is not known.
struct IdentityMarks {
  std::uint32_t boot = 0;    // of the boot id
  std::uint32_t device = 0;  // of the number of the device
  std::uint32_t file = 0;    // of inode and birth

  // Whether all are the same.
  friend constexpr bool operator==(const IdentityMarks&, const IdentityMarks&) = default;
};
// The hashes of an identity.
IdentityMarks marks_of(const FileIdentity& identity);

// A sum over the free segments, with the boundaries of an index between them, and unused descriptors in the order of their
// lists.
class ListSum {
 public:
  // Adds a free segment: its descriptor, and its extent as the descriptor holds it.
  constexpr void add_free(Offset descriptor, std::uint64_t extent) { add(std::uint64_t{descriptor} << 1U, extent); }
  // No segment has such a descriptor, so that lists with and without boundaries have different sums.
  constexpr void add_boundary(Offset descriptor, std::uint64_t extent) { add_free(descriptor, extent); }
  // Adds an unused descriptor.
  constexpr void add_spare(Offset descriptor) { add(std::uint64_t{descriptor} << 1U | 1U, 0); }
  // The sum so far.
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
std::uint32_t clean_seal(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists);
// That of format version 1: over prefix and header.
std::uint32_t clean_seal_1(const Prefix& prefix, const Header& header);

// The marker of an open file; never 0.
std::uint32_t dirty_marker(std::uint64_t generation, const IdentityMarks& marks);

// How the last writer left the file.
enum class Condition : std::uint8_t {
  clean,         // it closed the file
  process_died,  // it did not, and the machine has run since: every completed store is there
  unknown,       // one of the two, or the next: which file this is cannot be told
  untrusted,     // nothing is known about which stores are there
};

}  // namespace detail

/// Why lists are not trusted.
enum class Doubt : std::uint8_t {
  none,              ///< There is nothing to doubt.
  other_boot,        ///< the machine was started anew: a power loss, or a reset
  other_file,        ///< a copy: another inode, or another birth
  other_device,      ///< the same inode and birth on a device of another number: a new mount, or a clone
  copied_open,       ///< a copy that was made while the file was open, and put back
  no_witness,        ///< the process that had it open had no thread to stand for it
  no_identity,       ///< which file it was could not be told when it was opened
  identity_unknown,  ///< which file it is cannot be told now
  flush_failed,      ///< the last writer's flush had failed
  lists_damaged,     ///< the last writer found its lists damaged
  damaged,           ///< the seal fits nothing
  not_closed,        ///< a file of version 1: not closed, or damaged, of which its seal does not tell which
  asked,             ///< Options::drop_freelist
};

namespace detail {

// How a file was left, and why its lists are not trusted.
struct Verdict {
  // How it was left.
  Condition condition = Condition::untrusted;
  // Why nothing is known, if that is so.
  Doubt doubt = Doubt::none;

  // Whether both are the same.
  friend constexpr bool operator==(const Verdict&, const Verdict&) = default;
};

// What the seal says, for lists with this sum and a file that is this one now. `witness` is what the system has noted of who
// had it open last (recovery/members.hpp).
Verdict verdict(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists, const IdentityMarks& now,
                std::uint32_t witness);

}  // namespace detail

/// A doubt in words. For ever valid.
const char* describe(Doubt doubt);

}  // namespace rarena
