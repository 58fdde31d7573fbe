#include "members.hpp"

#include <algorithm>

#include "../words/ghosts.hpp"

namespace rarena::detail {

std::optional<Extent> member_table(const MemoryView& view) {
  const Geometry& g = view.geometry();
  if (!g.has_annex()) return std::nullopt;
  const Offset offset = view.load(g.members());
  const std::uint64_t end = std::uint64_t{offset} + member_table_size;
  if (offset < g.data_offset() || offset % member_table_alignment != 0 || end > g.capacity()) return std::nullopt;
  const Extent table{offset, member_table_size};
  ghosts::forget(view.bytes(table).data(), table.size);  // a damaged word leads anywhere
  const auto head = view.at<MemberTable>(Place{offset});
  if (head.magic != member_table_magic || head.cells != member_limit) return std::nullopt;
  return table;
}

std::optional<Extent> table_to_free(const MemoryView& view, const Structure& structure) {
  const auto table = member_table(view);
  if (!table || table->end() > structure.allocated) return std::nullopt;
  const auto touches = [&](Extent e) { return e.offset < table->end() && table->offset < e.end(); };
  const auto touches_slot = [&](Offset descriptor) { return touches({descriptor, descriptor_size}); };
  const bool listed = std::ranges::any_of(structure.free, [&](const ListedSegment& segment) {
    return touches(segment.extent) || touches_slot(segment.descriptor);
  });
  if (listed || std::ranges::any_of(structure.spare, touches_slot)) return std::nullopt;
  return table;
}

std::uint32_t witness_of(const MemoryView& view) {
  if (view.geometry().has_annex() && view.load(view.geometry().members()) == null_offset) return witness_word(view.annex());
  const auto table = member_table(view);
  if (!table) return 0;
  std::uint32_t all = 0;
  for (std::uint32_t i = 0; i < member_limit; ++i) {
    const auto word = view.at<std::uint32_t>(member_cell(table->offset, i));
    if (word == 0) continue;
    if ((word & owner_died) == 0) return word;
    all = owner_died;
  }
  return all;
}

}  // namespace rarena::detail
