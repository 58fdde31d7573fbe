#include "directory.hpp"

#include <algorithm>
#include <iterator>

#include "../layout/seal.hpp"
#include "../words/ghosts.hpp"

namespace rarena::detail {

namespace {

std::unexpected<Error> bad(std::uint64_t at, std::uint64_t asked, std::uint64_t there) {
  return std::unexpected(Error{.code = ErrorCode::bad_directory, .asked = asked, .there = there, .at = at});
}

std::string_view text(const MemoryView& view, Extent range) {
  const auto bytes = view.bytes(range);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A damaged directory leads anywhere, into free bytes too, and a sanitizer would end the program before it is an error.
void show(const MemoryView& view, Extent range) { ghosts::forget(view.bytes(range).data(), range.size); }

// A number for a message.
std::uint32_t number_of_type(std::string_view name) { return crc32c(std::as_bytes(std::span(name))); }

std::expected<void, Error> check_type(const DirectoryEntry& found, std::string_view type, const TypeTag& wanted) {
  const auto wrong = [&](ErrorCode code, std::uint64_t asked, std::uint64_t there) {
    return std::unexpected(Error{.code = code, .asked = asked, .there = there, .at = found.object});
  };
  if (type != wanted.name) return wrong(ErrorCode::wrong_root_type, number_of_type(wanted.name), number_of_type(type));
  if (found.version != wanted.version) return wrong(ErrorCode::wrong_root_version, wanted.version, found.version);
  if (found.size != wanted.size) return wrong(ErrorCode::wrong_root_size, wanted.size, found.size);
  if (found.alignment != wanted.alignment) return wrong(ErrorCode::wrong_root_size, wanted.alignment, found.alignment);
  return {};
}

}  // namespace

std::uint32_t check_of_entry(std::span<const std::byte> bytes) { return crc32c(bytes.subspan(directory_entry_checked_from)); }

std::expected<FoundEntry, Error> read_entry(const MemoryView& view, Size allocated, Offset offset) {
  const std::uint64_t begin = view.geometry().data_offset();
  if (offset % directory_entry_alignment != 0 || offset < begin || std::uint64_t{offset} + directory_entry_size > allocated)
    return bad(offset, allocated, offset);
  show(view, {offset, directory_entry_size});
  const auto head = view.at<DirectoryEntry>(Place{offset});
  if (head.name_size > longest_root_name) return bad(offset, longest_root_name, head.name_size);
  if (head.type_size > longest_root_name) return bad(offset, longest_root_name, head.type_size);
  const Extent names{offset + directory_entry_size, head.name_size + head.type_size};
  if (names.end() > allocated) return bad(offset, allocated, names.end());
  show(view, names);
  const std::uint32_t check = check_of_entry(view.bytes(extent_between(offset, names.end())));
  if (head.check != check) return bad(offset + offsetof(DirectoryEntry, check), check, head.check);
  // What has passed the check may still be an entry of another moment, or of another arena.
  const Extent segment = head.segment;
  const std::uint64_t object_end = std::uint64_t{head.object} + head.size;
  const bool ordered = begin <= segment.offset && segment.offset <= offset && names.end() <= head.object &&
                       object_end <= segment.end() && segment.end() <= allocated;
  if (!ordered) return bad(offset, allocated, segment.end());
  return FoundEntry{.link = {},
                    .offset = offset,
                    .head = head,
                    .name = text(view, {names.offset, head.name_size}),
                    .type = text(view, {names.offset + head.name_size, head.type_size})};
}

std::expected<FoundEntry, Error> find_root(const MemoryView& view, Size allocated, std::string_view name, const TypeTag& type) {
  FoundEntry found;
  const auto walked = walk_directory(view, allocated, [&](const FoundEntry& entry) {
    if (entry.name == name) found = entry;
    return found.offset == null_offset;
  });
  if (!walked) return std::unexpected(walked.error());
  if (found.offset == null_offset) return std::unexpected(Error{.code = ErrorCode::no_such_root});
  if (const auto same = check_type(found.head, found.type, type); !same) return std::unexpected(same.error());
  return found;
}

std::expected<bool, Error> has_root(const MemoryView& view, Size allocated, std::string_view name) {
  bool found = false;
  const auto walked = walk_directory(view, allocated, [&](const FoundEntry& entry) {
    found = entry.name == name;
    return !found;
  });
  if (!walked) return std::unexpected(walked.error());
  return found;
}

NamedRoot named(const FoundEntry& entry) {
  return {.name = std::string(entry.name),
          .type = std::string(entry.type),
          .version = entry.head.version,
          .object = {entry.head.object, entry.head.size},
          .alignment = entry.head.alignment,
          .segment = entry.head.segment};
}

std::expected<std::vector<NamedRoot>, Error> list_roots(const MemoryView& view, Size allocated) {
  std::vector<NamedRoot> roots;
  const auto walked = walk_directory(view, allocated, [&](const FoundEntry& entry) {
    roots.push_back(named(entry));
    return true;
  });
  if (!walked) return std::unexpected(walked.error());
  return roots;
}

std::expected<std::vector<Extent>, Error> live_with_roots(const MemoryView& view, Size allocated,
                                                          std::span<const Extent> live) {
  // In order, so that it takes no look at all of them for each root. Of what overlaps the rebuild says so, whatever is added.
  std::vector<Extent> sorted(live.begin(), live.end());
  std::erase_if(sorted, [](Extent extent) { return extent.empty(); });
  std::ranges::sort(sorted, {}, &Extent::offset);
  std::vector<Extent> all(live.begin(), live.end());
  const auto walked = walk_directory(view, allocated, [&](const FoundEntry& entry) {
    const Extent segment = entry.head.segment;
    const auto behind = std::ranges::upper_bound(sorted, segment.offset, {}, &Extent::offset);
    if (behind == sorted.begin() || std::prev(behind)->end() < segment.end()) all.push_back(segment);
    return true;
  });
  if (!walked) return std::unexpected(walked.error());
  return all;
}

std::expected<Plan, Error> plan_cut_of_directory(const MemoryView& view, Size allocated, Offset position) {
  Plan plan;
  Word<std::uint32_t> link = view.geometry().directory();  // of the last entry that stays
  bool gone = false;
  const auto walked = walk_directory(view, allocated, [&](const FoundEntry& entry) {
    const bool stays = entry.head.segment.end() <= position;
    if (stays && gone) plan.set(link, entry.offset);
    if (stays) link = {Place{entry.offset}};
    gone = !stays;
    return true;
  });
  if (!walked) return std::unexpected(walked.error());
  if (gone) plan.set(link, null_offset);
  return plan;
}

}  // namespace rarena::detail
