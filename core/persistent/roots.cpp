#include "roots.hpp"

#include <algorithm>
#include <cstring>

namespace rarena::detail {

std::expected<EntryLayout, Error> layout_of_entry(std::string_view name, const TypeTag& type) {
  if (name.size() > longest_root_name)
    return std::unexpected(Error{.code = ErrorCode::size_too_large, .asked = longest_root_name, .there = name.size()});
  EntryLayout layout;
  layout.alignment = std::max(directory_entry_alignment, type.alignment);
  layout.object = align_up(directory_entry_size + name.size() + type.name.size(), type.alignment);
  layout.size = layout.object + type.size;
  return layout;
}

FoundEntry write_entry(std::byte* memory, const Allocation& allocation, const EntryLayout& layout, std::string_view name,
                       const TypeTag& type) {
  const Offset offset = allocation.used.offset;
  DirectoryEntry head{.next = null_offset,
                      .check = 0,
                      .segment = allocation.segment,
                      .object = offset + static_cast<Offset>(layout.object),
                      .size = type.size,
                      .alignment = type.alignment,
                      .version = type.version,
                      .name_size = static_cast<Size>(name.size()),
                      .type_size = static_cast<Size>(type.name.size())};
  std::byte* const entry = memory + offset;
  char* const names = reinterpret_cast<char*>(entry + directory_entry_size);
  std::ranges::copy(type.name, std::ranges::copy(name, names).out);
  std::memcpy(entry, &head, sizeof head);
  head.check = check_of_entry({entry, directory_entry_size + name.size() + type.name.size()});
  std::memcpy(entry, &head, sizeof head);
  return {.link = {}, .offset = offset, .head = head, .name = name, .type = type.name};
}

}  // namespace rarena::detail
