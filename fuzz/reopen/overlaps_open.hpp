// A planted bug: an opening that does not check whether the segments and descriptors of a file are disjoint. The target over it
// must find that (fuzz/CMakeLists.txt has the budget), or it would find nothing like it in core.
//
// It is made outside of core: what core rejects for an overlap alone is hidden from it, and shown to the open arena.
//
// Thread safety: one thread. Invariants: SEG-1, REC-2 (broken).
#pragma once

#include <cstring>
#include <expected>
#include <filesystem>

#include "core/arena/arena.hpp"
#include "core/memory/file_map.hpp"
#include "core/memory/locked_file.hpp"

namespace rarena::fuzz {

class OpeningWithoutDisjointness {
 public:
  template <class A>
  static std::expected<A, Error> map_mut(const std::filesystem::path& path, const Options& options) {
    auto arena = A::map_mut(path, options);
    if (arena || arena.error().code != ErrorCode::overlapping_segments) return arena;
    const auto hidden = hide_lists(path, options);
    arena = A::map_mut(path, options);
    if (arena) std::memcpy(arena->data() + geometry_of(options, arena->capacity()).header(), &hidden, heads_size);
    return arena;
  }

 private:
  static constexpr std::size_t heads_size = offsetof(detail::Header, allocated);

  static detail::Geometry geometry_of(const Options& options, Size capacity) {
    return detail::Geometry::unified(static_cast<Size>(options.reserved), capacity);
  }
  // Closes the file without lists; returns the header as it was.
  static detail::Header hide_lists(const std::filesystem::path& path, const Options& options) {
    auto file = detail::FileMap::map(detail::LockedFile::open(path).value()).value();
    file.allow_writing().value();
    const detail::Geometry geometry = geometry_of(options, file.size());
    const detail::MemoryView view(file.data(), geometry);
    const detail::Header before = view.header();
    detail::Header header = before;
    header.free_head = header.spare_head = 0;
    header.seal = detail::clean_seal(view.prefix(), header, view.annex(), detail::ListSum().value());
    std::memcpy(file.data() + geometry.header(), &header, sizeof header);
    return before;
  }
};

}  // namespace rarena::fuzz
