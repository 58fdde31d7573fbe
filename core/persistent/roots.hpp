// Named roots: BasicArena::root, emplace_root, root_or_emplace, remove_root and roots.
//
//     auto numbers = arena.root_or_emplace<std::vector<int, ArenaAllocator<int>>>("numbers");
//
// A root and its entry in the directory (core/layout/directory.hpp) are one allocation. Whenever the process dies, the next one
// finds the root or does not, and what it finds is complete. A process that dies in between may lose the bytes of what it was
// making or removing, as it loses any allocation that nobody knows of (REC-2); a rebuild finds them.
//
// Thread safety: as core/arena/named_roots.hpp. Progress: blocking. Invariants: SEG-1, SEG-2, REC-2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../handles/bytes.hpp"
#include "../words/exceptions.hpp"
#include "arena_allocator.hpp"
#include "at.hpp"
#include "root_type.hpp"

namespace rarena {

namespace detail {

// Where an entry has its object, and how long both are together, counted from the entry.
struct EntryLayout {
  // Where the object begins.
  std::uint64_t object = 0;
  // The bytes of both.
  std::uint64_t size = 0;
  // What the entry has to be aligned to.
  Size alignment = 1;
};

// Errors: size_too_large (of a name).
[[nodiscard]] std::expected<EntryLayout, Error> layout_of_entry(std::string_view name, const TypeTag& type);

// Writes an entry into an allocation, with 0 for its link.
FoundEntry write_entry(std::byte* memory, const Allocation& allocation, const EntryLayout& layout, std::string_view name,
                       const TypeTag& type);

}  // namespace detail

template <WordStore Store>
template <class T>
std::expected<T*, Error> PersistentAccess<Store>::root(std::string_view name) const {
  static_assert(Restorable<T>, "an object without virtual functions");
  const auto object = self().ask([&](const auto& state) { return state.find_root(name, tag_of<T>()); });
  if (!object) return std::unexpected(object.error());
  return at<T>(*object);
}

template <WordStore Store>
template <class T, class... Arguments>
std::expected<T*, Error> PersistentAccess<Store>::emplace_root(std::string_view name, Arguments&&... arguments) const {
  static_assert(Restorable<T> && !std::is_const_v<T>, "an object without virtual functions");
  const TypeTag type = tag_of<T>();
  const auto layout = detail::layout_of_entry(name, type);
  if (!layout) return std::unexpected(layout.error());
  return self().change([&](auto& state) -> std::expected<T*, Error> {
    const auto allocation = state.allocate(layout->size, layout->alignment, Fill::zero);
    if (!allocation) return std::unexpected(allocation.error());
    BasicBytes<Store> bytes(state, *allocation);
    const detail::FoundEntry entry = detail::write_entry(self().data(), *allocation, *layout, name, type);
    T* const object = reinterpret_cast<T*>(bytes.data() + layout->object);
    std::uninitialized_construct_using_allocator(object, ArenaAllocator<std::byte>(self()),
                                                 std::forward<Arguments>(arguments)...);
    if (const auto published = state.publish_root(entry); !published) {
      std::destroy_at(object);
      return std::unexpected(published.error());
    }
    (void)bytes.detach();
    if (const auto durable = state.make_roots_durable(); !durable) return std::unexpected(durable.error());
    return object;
  });
}

template <WordStore Store>
template <class T, class... Arguments>
std::expected<T*, Error> PersistentAccess<Store>::root_or_emplace(std::string_view name, Arguments&&... arguments) const {
  auto found = root<T>(name);
  if (found || found.error().code != ErrorCode::no_such_root) return found;
  auto made = emplace_root<T>(name, std::forward<Arguments>(arguments)...);
  if (made || made.error().code != ErrorCode::root_exists) return made;
  return root<T>(name);  // another thread has been quicker
}

template <WordStore Store>
template <class T>
std::expected<void, Error> PersistentAccess<Store>::remove_root(std::string_view name) const {
  return self().change([&](auto& state) -> std::expected<void, Error> {
    const auto found = state.take_out_root(name, tag_of<T>());
    if (!found) return std::unexpected(found.error());
    std::destroy_at(std::launder(reinterpret_cast<T*>(self().get_pointer(found->head.object))));
    return state.deallocate(found->head.segment.offset, found->head.segment.size);
  });
}

template <WordStore Store>
std::expected<std::vector<NamedRoot>, Error> PersistentAccess<Store>::roots() const {
  return detail::within_heap([&] { return self().ask([](const auto& state) { return state.roots(); }); });
}

}  // namespace rarena
