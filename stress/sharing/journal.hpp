// Journal: what one worker owns, in the file itself, so that its successor takes it over after a kill. An entry is there when
// its size is: it is written behind the bytes of its segment, and goes before they are freed. So a kill leaves bytes in no
// journal at worst, and never a segment in one that is free.
//
// Thread safety: one worker at a time; others may look when no worker lives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/persistent/root_type.hpp"
#include "core/words/atomic_store.hpp"

namespace rarena::stress {

class Journal {
 public:
  struct alignas(16) Entry {
    std::uint32_t size = 0;  // 0: there is none
    Offset offset = null_offset;
    std::uint64_t serial = 0;  // what it is painted with

    Extent segment() const { return {offset, size}; }
  };
  static constexpr std::size_t room = 256;

  // A free entry; nullptr: there is none.
  Entry* unused() {
    for (Entry& entry : entries_)
      if (entry.size == 0) return &entry;
    return nullptr;
  }
  static void write(Entry& entry, Extent segment, std::uint64_t serial) {
    entry.offset = segment.offset;
    entry.serial = serial;
    set_size(entry, segment.size);
  }
  // What frees the segment afterwards releases, so that this comes first.
  static void forget(Entry& entry) { set_size(entry, 0); }
  std::vector<Entry*> live() {
    std::vector<Entry*> all;
    for (Entry& entry : entries_)
      if (entry.size != 0) all.push_back(&entry);
    return all;
  }
  // A number that no other segment of this journal has had.
  std::uint64_t next_serial() { return ++serials_; }

 private:
  static void set_size(Entry& entry, std::uint32_t size) {
    AtomicStore(reinterpret_cast<std::byte*>(&entry)).store(detail::Word<std::uint32_t>{0}, size, detail::Site::plan_count);
  }

  std::uint64_t serials_ = 0;
  std::array<Entry, room> entries_{};
};

static_assert(detail::row(detail::Site::plan_count).order == detail::Order::release);

}  // namespace rarena::stress

template <>
struct rarena::RootType<rarena::stress::Journal> {
  static constexpr std::string_view name = "rarena.stress.Journal";
  static constexpr std::uint32_t version = 1;
};
