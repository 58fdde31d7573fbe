#include "crate_format.hpp"

#include "walker.hpp"

namespace rarena::detail::recovery {

namespace {

constexpr Size node_size = 8;
constexpr std::uint32_t end_of_list = 0xffffffff;

struct CrateHeader {
  std::uint64_t sentinel;
  std::uint32_t allocated;
  std::uint32_t min_segment_size;
  std::uint32_t discarded;
  std::uint32_t unused;
};
static_assert(sizeof(CrateHeader) == Geometry::crate_header_size);

struct Node {
  std::uint32_t next, size;

  constexpr explicit Node(std::uint64_t bits)
      : next(static_cast<std::uint32_t>(bits)), size(static_cast<std::uint32_t>(bits >> 32)) {}
};

void walk_nodes(const MemoryView& view, Walker& walker, Structure& structure) {
  std::uint64_t at = static_cast<std::uint64_t>(view.geometry().header());
  Node node(view.load(Word<std::uint64_t>{view.geometry().header()}));
  if (node.size != end_of_list && !walker.reject(ErrorCode::bad_freelist, end_of_list, node.size, at + 4)) return;
  if (structure.kind() == Freelist::none && node.next != end_of_list) {
    walker.reject(ErrorCode::bad_freelist, end_of_list, node.next, at);
    return;
  }
  while (!walker.stopped() && node.next != end_of_list) {
    const Offset current = node.next;
    if (current % node_size != 0) {
      walker.reject(ErrorCode::bad_freelist, align_up(current, node_size), current, at);
      return;
    }
    if (!walker.meet(current, at)) return;
    at = current;
    node = Node(view.load(Word<std::uint64_t>{Place{current}}));
    structure.free.push_back({current, {current + node_size, node.size}, node.size == 0});
    if (node.size != 0) walker.check_segment(structure.free.back(), at + 4, at + 4);
  }
}

}  // namespace

Structure examine_crate(const MemoryView& view, const Walk& walk) {
  const Geometry& g = view.geometry();
  const auto h = static_cast<std::uint64_t>(g.header());
  const auto header = view.at<CrateHeader>(g.header());
  Structure structure{.prefix = view.prefix(),
                      .data_offset = static_cast<Size>(g.data_offset()),
                      .descriptor_size = node_size,
                      .allocated = header.allocated,
                      .discarded = header.discarded,
                      .min_segment_size = header.min_segment_size};
  Walker walker(walk, structure, structure.data_offset);
  if (walker.check_header(h + offsetof(CrateHeader, allocated), h + offsetof(CrateHeader, discarded), g.capacity())) {
    walk_nodes(view, walker, structure);
    if (!walker.stopped()) walker.check_together();
  }
  return structure;
}

}  // namespace rarena::detail::recovery
