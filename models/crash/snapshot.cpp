#include "snapshot.hpp"

#include <algorithm>

#include "core/recovery/index_region.hpp"
#include "core/recovery/recover.hpp"

namespace rarena::models::crash {

namespace {

// A head whose hints are nonsense.
IndexHead any_head_of(const IndexShape& shape) {
  constexpr std::uint32_t nonsense = 0xa5a5a5a5;
  IndexHead head = head_of(shape);
  head.inserted = head.merged = head.last = nonsense;
  head.segments = head.merging = head.largest = head.pressed = nonsense;
  return head;
}

// The file, with this annex and no seal.
Bytes file_of(const Image& image, const Annex& annex) {
  Bytes bytes;
  const Geometry g = image.geometry();
  const IndexHead head = any_head_of(g.index_shape());
  if (g.has_index()) std::memcpy(bytes.data.data() + g.index(), &head, sizeof head);
  std::memcpy(bytes.data.data() + g.annex(), &annex, sizeof annex);
  const auto prefix = encode(Prefix{.freelist = static_cast<std::uint8_t>(image.kind())});
  std::ranges::copy(prefix, bytes.data.begin() + g.prefix());
  image.each_word([&](auto word, auto value) { put_word(bytes, g, word.place, value); });
  return bytes;
}

Annex annex_of(const Image& image) {
  Annex annex{};
  const Geometry g = image.geometry();
  annex.size = static_cast<Size>(annex_size + g.index_shape().bytes());
  annex.capacity = g.capacity();
  annex.generation = 1;
  return annex;
}

}  // namespace

Bytes open_file_of(const Image& image, const FileIdentity& identity) {
  const Geometry g = image.geometry();
  const IdentityMarks marks = marks_of(identity);
  Annex annex = annex_of(image);
  annex.boot = marks.boot;
  annex.device = marks.device;
  annex.file = marks.file;
  annex.witness[annex.generation % 2].word = living_thread;
  Bytes bytes = file_of(image, annex);
  put_word(bytes, g, g.seal().place, dirty_marker(annex.generation, marks));
  return bytes;
}

Bytes closed_file_of(const Image& image) {
  Bytes bytes = file_of(image, annex_of(image));
  const Geometry g = image.geometry();
  const MemoryView view(bytes.data.data(), g);
  const Closing closing = plan_closing(view, examine(view, {}));
  for (const Plan::Write& write : closing.plan.writes()) put_word(bytes, g, write.place, write.value);
  put_word(bytes, g, g.seal().place, clean_seal(view.prefix(), view.header(), view.annex(), closing.lists));
  return bytes;
}

void note_death(Bytes& file, const Geometry& g, std::uint64_t generation) {
  put_word(file, g, g.witness(generation).place, owner_died);
}

void note_death(Bytes& file, const Geometry& g) { note_death(file, g, word_at(file, g, g.generation().place)); }

void put_word(Bytes& bytes, const Geometry& g, Place place, std::uint64_t value) {
  std::memcpy(bytes.data.data() + place, &value, is_wide(g, place) ? 8 : 4);  // little-endian hosts only: layout/geometry.hpp
}

std::uint64_t word_at(const Bytes& bytes, const Geometry& g, Place place) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data.data() + place, is_wide(g, place) ? 8 : 4);
  return value;
}

}  // namespace rarena::models::crash
