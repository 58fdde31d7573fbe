#include "snapshot.hpp"

#include <algorithm>

namespace rarena::models::crash {

Bytes file_of(const Image& image, std::uint32_t seal) {
  Bytes bytes;
  const Geometry g = image.geometry();
  const auto prefix = encode(Prefix{.freelist = static_cast<std::uint8_t>(image.kind())});
  std::ranges::copy(prefix, bytes.data.begin() + g.prefix());
  image.each_word([&](auto word, auto value) { put_word(bytes, g, word.place, value); });
  put_word(bytes, g, g.seal().place, seal);
  return bytes;
}

Bytes closed_file_of(const Image& image) {
  Bytes bytes = file_of(image, 0);
  const MemoryView view(bytes.data.data(), image.geometry());
  put_word(bytes, image.geometry(), image.geometry().seal().place, clean_seal(view.prefix(), view.header()));
  return bytes;
}

void put_word(Bytes& bytes, const Geometry& g, Place place, std::uint64_t value) {
  std::memcpy(bytes.data.data() + place, &value, is_wide(g, place) ? 8 : 4);  // little-endian hosts only: layout/geometry.hpp
}

std::uint64_t word_at(const Bytes& bytes, const Geometry& g, Place place) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data.data() + place, is_wide(g, place) ? 8 : 4);
  return value;
}

}  // namespace rarena::models::crash
