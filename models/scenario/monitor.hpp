// The invariants as code: what every write must leave true, and what must be true when all threads have finished.
//
// An engine is asked for the newest value of a word: `peek(place)` returns a pointer to it, or nullptr if nothing was ever
// written there; and `owned(extent)` says whether a byte of it has an owner now. Checks return nullptr, or a message that
// begins with the ID of the violated invariant.
//
// Thread safety: called by the engine between steps. Invariants: SEG-1, SEG-2, FL-1, FL-2, FL-3, CUR-1.
#pragma once

#include <cstdint>

#include "core/words/orders.hpp"
#include "outcome.hpp"

namespace rarena::models {

template <class Engine>
class Monitor {
 public:
  Monitor(const Engine& engine, const Image& image)
      : engine_(engine), geometry_(image.geometry()), kind_(image.kind()), units_(image.units()) {}

  // After a write at `site` that changed `place` from `before` to `after`.
  const char* after_write(Site site, Place place, std::uint64_t before, std::uint64_t after) const {
    switch (site) {
      case Site::claim_mark:
        if (is_boundary(static_cast<Offset>(place))) return "FL-3: a boundary was claimed";
        if (Link(before).marked()) return "FL-3: a marked descriptor was claimed";
        if (!linked(static_cast<Offset>(place))) return "FL-3: a descriptor that is not linked was claimed";
        return tag_changed(before, after);
      case Site::insert_publish:
      case Site::claim_unlink:
      case Site::find_help:
        if (const char* wrong = tag_changed(before, after)) return wrong;
        return sorted();
      case Site::insert_link:
      case Site::spare_link:
      case Site::spare_push:
      case Site::spare_pop: return tag_changed(before, after);
      case Site::index_publish: return tables_linked();
      case Site::cursor_give_back: return gives_back(after, before);
      case Site::cursor_take: return after > before ? nullptr : "CUR-1: an allocation moved the cursor down";
      default: return nullptr;
    }
  }

  // When all threads have finished. `image` is where they started, `outcome` what they hold.
  const char* at_end(const Image& image, const Outcome& outcome) const;

 private:
  static constexpr unsigned longest = 96;

  static const char* tag_changed(std::uint64_t before, std::uint64_t after) {
    return Link(after).tag() == Link(before).linked_to(0).tag() ? nullptr : "FL-3: a link changed and its tag did not count up";
  }
  const std::uint64_t* peek(Place place) const { return engine_.peek(place); }
  std::uint64_t value(Place place) const { return peek(place) ? *peek(place) : 0; }

  const char* gives_back(std::uint64_t after, std::uint64_t before) const {
    if (after >= before) return "CUR-1: giving back moved the cursor up";
    return engine_.owned(extent_between(after, before)) ? "CUR-1: the cursor moved down over bytes that have an owner"
                                                        : nullptr;
  }

  bool linked(Offset descriptor) const {
    Offset d = Link(value(geometry_.free_head().place)).next();
    for (unsigned i = 0; d != null_offset && i < longest; ++i, d = Link(value(Geometry::link(d).place)).next())
      if (d == descriptor) return true;
    return false;
  }

  bool is_boundary(Offset descriptor) const { return geometry_.is_boundary(descriptor); }

  // What a root leads to: boundaries of tables are linked before they are published, and stay so.
  const char* tables_linked() const {
    const IndexShape& shape = geometry_.index_shape();
    for (unsigned i = 0; i < shape.roots; ++i)
      if (!all_linked(geometry_.root(i), shape.first + i)) return "FL-1: a boundary that searches begin at is not linked";
    return nullptr;
  }
  bool all_linked(Offset boundary, unsigned shift) const {
    if (!linked(boundary)) return false;
    const Offset table = decode_extent(value(Geometry::extent(boundary).place)).offset;
    if (table == null_offset) return true;
    const unsigned below = shift > table_bits ? shift - table_bits : 0;
    for (unsigned i = 0; i < 1U << (shift - below); ++i)
      if (!all_linked(table + i * descriptor_size, below)) return false;
    return true;
  }

  // What stands before a place in the list: a size or key, and how it binds what follows. A boundary stands before all segments
  // of its key.
  struct Before {
    bool any = false, segment = false;
    Size size = 0;
  };
  bool out_of_order(const Before& before, Offset descriptor, Size size) const {
    if (!before.any) return false;
    const bool same_size_is_wrong = before.segment && is_boundary(descriptor);
    return precedes(kind_, size, before.size) || (same_size_is_wrong && size == before.size);
  }

  // FL-1 for the unmarked descriptors, FL-2 for all. A marked one is in its place too: recovery only takes its mark away.
  const char* sorted() const {
    Before unmarked, any;
    unsigned length = 0;
    for (Offset d = Link(value(geometry_.free_head().place)).next(); d != null_offset;) {
      if (++length > longest) return "FL-1: the freelist has a cycle";
      if (!peek(Geometry::link(d).place) || !peek(Geometry::extent(d).place))
        return "FL-2: a link leads to bytes that are no descriptor";
      const Link link(value(Geometry::link(d).place));
      const Size size = decode_extent(value(Geometry::extent(d).place)).size;
      if (!link.marked()) {
        if (out_of_order(unmarked, d, size)) return "FL-1: the freelist is not sorted";
        unmarked = {true, !is_boundary(d), size};
      }
      if (out_of_order(any, d, size)) return "REC-2: a marked descriptor is not in its place";
      any = {true, !is_boundary(d), size};
      d = link.next();
    }
    return nullptr;
  }

  class Cover;

  const Engine& engine_;
  Geometry geometry_;
  Freelist kind_;
  Units units_;
};

// Which units of [data_offset, allocated) are spoken for, and how many bytes that is.
template <class Engine>
class Monitor<Engine>::Cover {
 public:
  Cover(const Units& units, Size begin, Size end) : units_(units), begin_(begin), end_(end) {}
  // false: outside, or taken already.
  bool add(Extent part) {
    if (part.offset < begin_ || part.end() > end_ || !units_.divide(part) || part.size / units_.size >= most_units)
      return false;
    const std::uint64_t bits = ((std::uint64_t{1} << part.size / units_.size) - 1) << units_.number(part.offset);
    if ((taken_ & bits) != 0) return false;
    taken_ |= bits;
    bytes_ += part.size;
    return true;
  }
  Size bytes() const { return bytes_; }

 private:
  Units units_;
  Size begin_, end_, bytes_ = 0;
  std::uint64_t taken_ = 0;
};

template <class Engine>
const char* Monitor<Engine>::at_end(const Image& image, const Outcome& outcome) const {
  const auto allocated = static_cast<Size>(value(geometry_.cursor().place));
  const auto data = static_cast<Size>(geometry_.data_offset());
  if (allocated < data || allocated > geometry_.capacity()) return "SEG-1: the cursor is out of range";
  if (const char* wrong = sorted()) return wrong;
  if (const char* wrong = tables_linked()) return wrong;
  Cover cover(units_, data, allocated);
  for (const Outcome::Thread& t : outcome.threads)
    for (unsigned i = 0; i < t.live_count; ++i)
      if (!cover.add(t.live[i])) return "SEG-1: live segments overlap or lie outside";
  for (const Owned& o : image.owners())
    if (takes_no_part(o.owner) && !cover.add(o.segment)) return "SEG-1: a live segment was given to somebody else";
  for (Offset d = Link(value(geometry_.free_head().place)).next(); d != null_offset;) {
    const Link link(value(Geometry::link(d).place));
    if (is_boundary(d)) {
      if (link.marked()) return "FL-3: a boundary is marked";
      d = link.next();
      continue;
    }
    if (!image.pinned_at(d) && !cover.add({d, descriptor_size})) return "SEG-1: a descriptor overlaps something";
    if (!link.marked() && !cover.add(decode_extent(value(Geometry::extent(d).place))))
      return "SEG-1: a free segment overlaps something";
    d = link.next();
  }
  unsigned length = 0;
  for (Offset d = Link(value(geometry_.spare_head().place)).next(); d != null_offset;) {
    if (++length > longest) return "FL-2: the spare stack has a cycle";
    const Link link(value(Geometry::link(d).place));
    if (!link.marked()) return "FL-3: an unused descriptor is not marked";
    if (!cover.add({d, descriptor_size})) return "SEG-1: an unused descriptor overlaps something";
    d = link.next();
  }
  const Extent chunk = decode_extent(value(shared_chunk.place));
  if (!chunk.empty() && !cover.add(chunk)) return "SEG-1: what is left of a chunk overlaps something";
  const Size discarded = static_cast<Size>(value(geometry_.discarded().place));
  if (cover.bytes() + discarded != allocated - data) return "SEG-2: bytes were lost or counted twice";
  return nullptr;
}

}  // namespace rarena::models
