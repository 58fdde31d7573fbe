#include "format.hpp"

#include <cstring>

namespace rarena {

namespace {

constexpr std::uint64_t first_generation = 1;

Annex annex_of(const Geometry& geometry, bool file, const IdentityMarks& marks) {
  Annex annex{};
  annex.size = annex_size;
  annex.capacity = geometry.capacity();
  if (file) {
    annex.generation = first_generation;
    annex.boot = marks.boot;
    annex.device = marks.device;
    annex.file = marks.file;
  }
  return annex;
}

}  // namespace

void format_memory(std::byte* memory, const Geometry& geometry, const Options& options, bool file,
                   const std::optional<FileIdentity>& identity) {
  const IdentityMarks marks = identity ? marks_of(*identity) : IdentityMarks{};
  const auto prefix =
      encode(Prefix{.freelist = static_cast<std::uint8_t>(options.freelist), .magic_version = options.magic_version});
  const Header header{.free_head = 0,
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

}  // namespace rarena
