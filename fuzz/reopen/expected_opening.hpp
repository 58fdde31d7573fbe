// How a file is to be taken when it is opened, from its bytes alone: the rules of core/FORMAT.md written down a second time,
// over bytes at offsets. It shares with core the values of links and extents, and neither the seal nor the verdict on it.
//
// Thread safety: functions of their arguments. Invariants: REC-2 (which lists may be trusted).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/arena/options.hpp"
#include "core/layout/seal.hpp"
#include "core/recovery/recover.hpp"

namespace rarena::fuzz {

// What the annex records of an identity.
struct Marks {
  std::uint32_t boot = 0, device = 0, file = 0;

  friend bool operator==(const Marks&, const Marks&) = default;
};

// The words of a file of format version 2, at their offsets. The file has room for header and annex.
class FileWords {
 public:
  FileWords(std::span<const std::byte> bytes, std::uint64_t reserved);
  // Whether a file has room for them.
  static bool fit(std::span<const std::byte> bytes, std::uint64_t reserved);

  std::uint16_t version() const;
  std::uint32_t seal() const { return u32(header_ + 28); }
  std::uint32_t annex_size() const { return u32(annex_); }
  std::uint32_t capacity() const { return u32(annex_ + 4); }
  std::uint64_t generation() const { return u64(annex_ + 8); }
  Marks marks() const { return {u32(annex_ + 16), u32(annex_ + 20), u32(annex_ + 24)}; }
  std::uint32_t state() const { return u32(annex_ + 28); }
  // The cell of an opening of this generation: where it begins, and its word.
  std::uint64_t witness_at(std::uint64_t generation) const { return annex_ + 32 + generation % 2 * 16; }
  std::uint32_t witness(std::uint64_t generation) const { return u32(witness_at(generation)); }

  // The table of the processes that shared the file, or 0; where it is named, and what all witnesses say together.
  std::uint64_t members_at() const { return annex_ + 52; }
  std::uint32_t members() const { return u32(members_at()); }
  std::uint32_t last_witness() const;

  // Where header and annex begin, and behind the annex the index, if there is one, and the data.
  std::uint64_t header_at() const { return header_; }
  std::uint64_t annex_at() const { return annex_; }
  std::uint64_t index_at() const { return annex_ + 64; }
  std::uint64_t data_at() const { return annex_ + annex_size(); }
  // Whether the size of the annex, and the shape of an index, can be: else nothing says where the data begin.
  bool index_fits() const;
  // The five words of the shape.
  std::array<std::uint32_t, 5> shape() const;

  std::uint32_t dirty_seal() const;
  std::uint32_t clean_seal() const;

 private:
  std::uint32_t u32(std::uint64_t at) const;
  std::uint64_t u64(std::uint64_t at) const { return u32(at) | std::uint64_t{u32(at + 4)} << 32U; }
  std::uint64_t sum_of_lists() const;
  std::uint64_t boundaries_at() const;

  std::span<const std::byte> bytes_;
  std::uint64_t prefix_, header_, annex_;
};

// What a file of this identity records; all 0: it is not known.
Marks expected_marks(const std::optional<detail::FileIdentity>& identity);

struct ExpectedOpening {
  Recovery::Opening opening = Recovery::Opening::untrusted;
  Doubt doubt = Doubt::damaged;
  // Which file it is cannot be told: refused, unless it is only read, or its lists are to be dropped anyway.
  bool refused = false;
};

// `writable`: it is opened to be written to, or copied to be.
ExpectedOpening expected_opening(std::span<const std::byte> bytes, const Options& options,
                                 const std::optional<detail::FileIdentity>& identity, bool writable);

}  // namespace rarena::fuzz
