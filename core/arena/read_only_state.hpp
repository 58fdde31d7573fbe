// ReadOnlyState: an arena that is only read. It answers from the structure that the opening has found, and reads no list again.
// Where others write at the same time (Options::shared) it looks at the cursor and the counters anew each time, and knows
// nothing of lists.
//
// Progress: wait-free, where nothing else is said; blocking for roots. Thread safety: any number of threads.
// Invariants: REC-1 (nothing is written).
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "../recovery/directory.hpp"
#include "../recovery/structure.hpp"
#include "../words/atomic_store.hpp"
#include "named_roots.hpp"
#include "state.hpp"

namespace rarena::detail {

class ReadOnlyState : public ArenaState {
 public:
  // `opened` has a structure.
  ReadOnlyState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept;

  // As those of LiveState.
  Size allocated() const {
    return shared() ? std::min(now(geometry_.cursor(), Site::cursor_load), geometry_.capacity()) : structure_.allocated;
  }
  Size remaining() const { return geometry_.capacity() - allocated(); }
  Size discarded() const { return shared() ? now(geometry_.discarded(), Site::statistics_load) : structure_.discarded; }
  Size minimum_segment_size() const { return structure_.min_segment_size; }
  Size spare_descriptors() const { return static_cast<Size>(structure_.spare.size()); }
  // Throws std::bad_alloc. O(free segments).
  std::vector<Extent> free_segments() const;
  std::vector<Extent> listed() const;
  [[nodiscard]] std::expected<Extent, Error> check_allocated(std::uint64_t offset, std::uint64_t size) const;
  [[nodiscard]] std::expected<Extent, Error> check_live(std::uint64_t offset, std::uint64_t size) const {
    return check_allocated(offset, size);
  }
  [[nodiscard]] std::expected<Offset, Error> find_root(std::string_view name, const TypeTag& type) const;
  [[nodiscard]] std::expected<std::vector<NamedRoot>, Error> roots() const {
    return roots_.ask([this] { return list_roots(view(), allocated()); });
  }
  // There is nothing to flush in any range of the bytes in use. Error: out_of_range.
  [[nodiscard]] std::expected<void, Error> flush(std::uint64_t offset, std::uint64_t size) const;
  [[nodiscard]] std::expected<void, Error> flush_all() const { return {}; }
  [[nodiscard]] std::expected<void, Error> flush_header() const { return {}; }

 private:
  Size now(Word<std::uint32_t> word, Site site) const { return AtomicStore(data()).load(word, site); }

  Structure structure_;
  mutable NamedRoots roots_;
};

}  // namespace rarena::detail
