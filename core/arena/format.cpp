#include "format.hpp"

#include <cstring>

#include "../recovery/index_region.hpp"

namespace rarena::detail {

namespace {

constexpr std::uint64_t first_generation = 1;

Annex annex_of(const Geometry& geometry, bool file, const IdentityMarks& marks) {
  Annex annex{};
  annex.size = static_cast<Size>(geometry.data_offset() - static_cast<std::uint64_t>(geometry.annex()));
  annex.capacity = geometry.capacity();
  if (file) {
    annex.generation = first_generation;
    annex.boot = marks.boot;
    annex.device = marks.device;
    annex.file = marks.file;
  }
  return annex;
}

template <class T>
void put(std::byte* memory, Place place, const T& value) {
  std::memcpy(memory + place, &value, sizeof value);
}

// The list of the root boundaries; returns its head.
Link plant(std::byte* memory, const Roots& roots) {
  const auto from = [&](std::uint32_t nth) {
    return Link(nth < roots.count() ? roots.descriptor(nth) : null_offset, false, 0);
  };
  for (std::uint32_t n = 0; n < roots.count(); ++n) {
    const Offset boundary = roots.descriptor(n);
    put(memory, Geometry::link(boundary).place, from(n + 1).bits());
    put(memory, Geometry::extent(boundary).place, encode(Extent{null_offset, roots.key(n)}));
  }
  return from(0);
}

}  // namespace

void format_memory(std::byte* memory, const Geometry& geometry, const Options& options, bool file,
                   const std::optional<FileIdentity>& identity) {
  const IdentityMarks marks = identity ? marks_of(*identity) : IdentityMarks{};
  const auto prefix =
      encode(Prefix{.freelist = static_cast<std::uint8_t>(options.freelist), .magic_version = options.magic_version});
  if (geometry.has_index()) put(memory, geometry.index(), head_of(geometry.index_shape()));
  const Header header{.free_head = plant(memory, Roots(geometry, options.freelist)).bits(),
                      .spare_head = 0,
                      .allocated = static_cast<std::uint32_t>(geometry.data_offset()),
                      .discarded = 0,
                      .min_segment_size = static_cast<Size>(options.minimum_segment_size),
                      .seal = file ? dirty_marker(first_generation, marks) : 0};
  if (geometry.has_annex()) {
    const Annex annex = annex_of(geometry, file, marks);
    std::memcpy(memory + geometry.annex(), &annex, sizeof annex);
  }
  std::memcpy(memory + geometry.header(), &header, sizeof header);
  std::memcpy(memory + geometry.prefix(), prefix.data(), prefix.size());
}

}  // namespace rarena::detail
