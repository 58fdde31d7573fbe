// The directory of roots, read: its bytes may be anything. What is written to it is in core/arena/named_roots.hpp; what a
// rewind takes out of it is a plan.
//
// The seal vouches for lists, not for the directory: it is data. So every entry has a check of its own.
//
// Progress: O(entries), at most one for 48 allocated bytes. Thread safety: nobody may be changing the directory meanwhile;
// `allocated` is a value of the cursor at which everything in it was there.
// Invariants: REC-1 (nothing here writes), SEG-1 (what a directory names counts as live).
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../layout/directory.hpp"
#include "../layout/error.hpp"
#include "plan.hpp"
#include "view.hpp"

namespace rarena {

/// A named root, as it is listed.
struct NamedRoot {
  /// What it is found by.
  std::string name;
  /// The name of its type (RootType), or nothing.
  std::string type;
  /// The version of its type.
  std::uint32_t version = 0;
  /// Where the object lies.
  Extent object;
  /// The alignment of its type.
  Size alignment = 1;
  /// All that was allocated for it and for its name.
  Extent segment;
};

/// What a root is made as, and has to be opened as.
struct TypeTag {
  /// The name that RootType gives the type, or nothing.
  std::string_view name;
  /// The version that it gives.
  std::uint32_t version = 0;
  /// Bytes of the type.
  Size size = 0;
  /// Its alignment in bytes.
  Size alignment = 1;
};

namespace detail {

// An entry, and the word that leads to it. Its names lie in the memory.
struct FoundEntry {
  // The word that leads to it.
  Word<std::uint32_t> link;
  // Where it lies.
  Offset offset = null_offset;
  // Its numbers.
  DirectoryEntry head{};
  // What the root is found by.
  std::string_view name;
  // The name of its type.
  std::string_view type;
};

// The entry at an offset, whatever is there. Error: bad_directory.
std::expected<FoundEntry, Error> read_entry(const MemoryView& view, Size allocated, Offset offset);

// Shows the entries to `visit` until it returns false. Error: bad_directory.
template <class Visit>
std::expected<void, Error> walk_directory(const MemoryView& view, Size allocated, Visit visit) {
  if (!view.geometry().has_directory()) return {};
  Word<std::uint32_t> link = view.geometry().directory();
  std::uint64_t most = allocated / directory_entry_size;
  for (Offset at = view.load(link); at != null_offset; at = view.load(link)) {
    if (most-- == 0)
      return std::unexpected(
          Error{.code = ErrorCode::bad_directory, .there = at, .at = static_cast<std::uint64_t>(link.place)});
    auto entry = read_entry(view, allocated, at);
    if (!entry) return std::unexpected(entry.error());
    entry->link = link;
    if (!visit(*entry)) return {};
    link = {Place{at}};
  }
  return {};
}

// The entry of a name, which must be of that type. Errors: no_such_root, wrong_root_type, wrong_root_version, wrong_root_size,
// bad_directory.
std::expected<FoundEntry, Error> find_root(const MemoryView& view, Size allocated, std::string_view name, const TypeTag& type);
// Whether there is one, of whatever type. Error: bad_directory.
std::expected<bool, Error> has_root(const MemoryView& view, Size allocated, std::string_view name);

// An entry as it is listed. Throws std::bad_alloc.
NamedRoot named(const FoundEntry& entry);

// All of them; the youngest comes first. Throws std::bad_alloc. Error: bad_directory.
std::expected<std::vector<NamedRoot>, Error> list_roots(const MemoryView& view, Size allocated);

// What is live for the user, and the segments of the roots that do not lie in it. Throws std::bad_alloc. Error: bad_directory.
std::expected<std::vector<Extent>, Error> live_with_roots(const MemoryView& view, Size allocated, std::span<const Extent> live);

// Takes the roots whose segments reach above the position out of the directory. Throws std::bad_alloc. Error: bad_directory.
std::expected<Plan, Error> plan_cut_of_directory(const MemoryView& view, Size allocated, Offset position);

// The check of an entry whose bytes, with those of its names, are these.
std::uint32_t check_of_entry(std::span<const std::byte> bytes);

}  // namespace detail

}  // namespace rarena
