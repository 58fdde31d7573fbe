#include "byte_map.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace rarena::tools {

namespace {

constexpr std::array legend{Legend::header, Legend::descriptor, Legend::free,
                            Legend::root,   Legend::unlisted,   Legend::remaining};

// Draws from the first byte to the last.
class Brush {
 public:
  Brush(std::uint64_t bytes, std::size_t cells) : bytes_(bytes), cells_(cells) {}

  // The bytes from where the brush is to `stop`.
  void paint(char kind, std::uint64_t stop) {
    while (at_ < std::min(stop, bytes_)) {
      const std::uint64_t end = std::min(stop, end_of_cell());
      const auto index = static_cast<std::size_t>(std::ranges::find(legend, kind) - legend.begin());
      counts_[index] += end - at_;
      at_ = end;
      if (at_ == end_of_cell()) finish_cell();
    }
  }
  std::uint64_t at() const { return at_; }
  std::string picture() && { return std::move(picture_); }

 private:
  std::uint64_t end_of_cell() const { return (picture_.size() + 1) * bytes_ / cells_; }
  void finish_cell() {
    picture_.push_back(legend[static_cast<std::size_t>(std::ranges::max_element(counts_) - counts_.begin())]);
    counts_ = {};
  }

  std::uint64_t bytes_;
  std::size_t cells_;
  std::uint64_t at_ = 0;
  std::array<std::uint64_t, legend.size()> counts_{};  // of the cell that is being drawn
  std::string picture_;
};

// The cursor, or the nearest place where one can be.
std::uint64_t cursor_inside(const detail::Geometry& geometry, const detail::Structure& structure) {
  return std::clamp<std::uint64_t>(structure.allocated, geometry.data_offset(), geometry.capacity());
}

struct Part {
  std::uint64_t begin, end;
  char kind;
};

std::vector<Part> parts_of(const detail::Structure& structure, std::span<const NamedRoot> roots) {
  std::vector<Part> parts;
  parts.reserve(2 * structure.free.size() + structure.spare.size() + roots.size());
  const auto add_descriptor = [&](std::uint64_t at) {
    parts.push_back({at, at + structure.descriptor_size, Legend::descriptor});
  };
  for (const detail::ListedSegment& s : structure.free) {
    add_descriptor(s.descriptor);
    parts.push_back({s.extent.offset, s.extent.end(), Legend::free});
  }
  for (const Offset spare : structure.spare) add_descriptor(spare);
  for (const NamedRoot& root : roots) parts.push_back({root.segment.offset, root.segment.end(), Legend::root});
  std::ranges::sort(parts, {}, &Part::begin);
  return parts;
}

}  // namespace

ByteCounts count_bytes(const detail::Geometry& geometry, const detail::Structure& structure) {
  const std::uint64_t cursor = cursor_inside(geometry, structure), data = geometry.data_offset();
  ByteCounts counts{.reserved = geometry.reserved(),
                    .header = data - geometry.reserved(),
                    .descriptors = structure.descriptor_bytes(),
                    .free = structure.free_bytes(),
                    .discarded = structure.discarded,
                    .remaining = geometry.capacity() - cursor};
  const std::uint64_t known = counts.descriptors + counts.free + counts.discarded, all = cursor - data;
  counts.unlisted = known < all ? all - known : 0;
  return counts;
}

std::string draw(const detail::Geometry& geometry, const detail::Structure& structure, std::size_t width,
                 std::span<const NamedRoot> roots) {
  Brush brush(geometry.capacity(), std::min<std::size_t>(width, geometry.capacity()));
  const std::uint64_t cursor = cursor_inside(geometry, structure);
  brush.paint(Legend::header, geometry.data_offset());
  for (const Part& part : parts_of(structure, roots)) {
    brush.paint(Legend::unlisted, std::min(part.begin, cursor));
    brush.paint(part.kind, std::min(part.end, cursor));
  }
  brush.paint(Legend::unlisted, cursor);
  brush.paint(Legend::remaining, geometry.capacity());
  return std::move(brush).picture();
}

}  // namespace rarena::tools
