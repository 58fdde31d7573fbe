// Words and values in the terms of the algorithm, for traces: "link of 64", "-> 80, marked, tag 3". Engine-neutral.
//
// Thread safety: pure functions.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "core/words/word_store.hpp"
#include "image.hpp"

namespace rarena::models {

// What the word at a place is.
inline std::string describe_place(const Geometry& g, Place place) {
  if (place == g.free_head().place) return "free_head";
  if (place == g.spare_head().place) return "spare_head";
  if (place == g.cursor().place) return "cursor";
  if (place == shared_chunk.place) return "chunk";
  if (place == g.discarded().place) return "discarded";
  if (place == g.min_segment_size().place) return "min_segment_size";
  if (g.has_index() && place == g.next_table().place) return "next_table";
  const Place descriptor = place / descriptor_size * descriptor_size;
  return fmt::format("{} of {} {}", place == descriptor ? "link" : "extent",
                     g.is_boundary(static_cast<Offset>(descriptor)) ? "boundary" : "descriptor", descriptor);
}

inline std::string describe_extent(Extent e) { return fmt::format("[{}, {})", e.offset, e.end()); }

inline std::string describe_value(const Geometry& g, Place place, std::uint64_t value) {
  if (place == shared_chunk.place) return describe_extent(decode_extent(value));
  const bool head = place == g.free_head().place || place == g.spare_head().place;
  const bool boundary = g.is_boundary(static_cast<Offset>(place));
  if (!head && !boundary && place < static_cast<Place>(g.data_offset())) return fmt::format("{}", value);
  if (!head && place % descriptor_size != 0) {
    const Extent e = decode_extent(value);
    if (!boundary) return describe_extent(e);
    return e.offset == null_offset ? fmt::format("key {}", e.size) : fmt::format("key {}, table {}", e.size, e.offset);
  }
  const Link link(value);
  const std::string next = link.next() == null_offset ? "end" : fmt::format("{}", link.next());
  return fmt::format("-> {}{}, tag {}", next, link.marked() ? ", marked" : "", link.tag());
}

// "core/freelist/sorted_list.hpp:150"
inline std::string describe_location(const Location& where) {
  return fmt::format("{}:{}", std::filesystem::path(where.file_name()).lexically_normal().string(), where.line());
}

}  // namespace rarena::models
