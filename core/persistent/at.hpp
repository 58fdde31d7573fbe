// What lies in an arena already, as objects and as handles: BasicArena::at and adopt.
//
// Thread safety: as BasicArena. Progress: wait-free; blocking in checked builds. Invariants: SEG-1 (only what is allocated).
#pragma once

#include <cstdint>
#include <expected>
#include <new>
#include <type_traits>
#include <utility>

#include "../handles/bytes.hpp"
#include "../handles/owned.hpp"
#include "../layout/range.hpp"

namespace rarena {

/// What can be found again by another process.
template <class T>
concept Restorable = std::is_object_v<T> && !std::is_array_v<T> && !std::is_polymorphic_v<T>;

template <WordStore Store>
template <class T>
std::expected<T*, Error> PersistentAccess<Store>::at(std::uint64_t offset) const {
  static_assert(Restorable<T>, "an object without virtual functions");
  if (!std::is_const_v<T> && self().read_only()) return std::unexpected(Error{.code = ErrorCode::read_only});
  if (alignof(T) > self().maximum_alignment())
    return std::unexpected(
        Error{.code = ErrorCode::alignment_too_large, .asked = alignof(T), .there = self().maximum_alignment()});
  if (offset % alignof(T) != 0)
    return std::unexpected(Error{.code = ErrorCode::misaligned, .asked = alignof(T), .there = offset});
  const auto there = self().ask([&](const auto& state) { return state.check_live(offset, sizeof(T)); });
  if (!there) return std::unexpected(there.error());
  return std::launder(reinterpret_cast<T*>(self().get_pointer(offset)));
}

template <WordStore Store>
std::expected<BasicBytes<Store>, Error> PersistentAccess<Store>::adopt(Extent segment) const {
  return adopt_used(segment, segment);
}

template <WordStore Store>
template <class T>
std::expected<BasicOwned<T, Store>, Error> PersistentAccess<Store>::adopt(Extent segment) const {
  const auto fitted = detail::fit(segment, {sizeof(T), alignof(T)});
  if (!fitted)
    return std::unexpected(Error{.code = ErrorCode::out_of_range,
                                 .asked = detail::align_up(segment.offset, alignof(T)) + sizeof(T),
                                 .there = segment.end(),
                                 .at = segment.offset});
  if (const auto object = at<T>(fitted->used.offset); !object) return std::unexpected(object.error());
  auto bytes = adopt_used(segment, fitted->used);
  if (!bytes) return std::unexpected(bytes.error());
  return BasicOwned<T, Store>(*std::move(bytes));
}

template <WordStore Store>
std::expected<BasicBytes<Store>, Error> PersistentAccess<Store>::adopt_used(Extent segment, Extent used) const {
  return self().change([&](auto& state) -> std::expected<BasicBytes<Store>, Error> {
    if (state.foreign()) return std::unexpected(Error{.code = ErrorCode::other_process});
    const auto live = state.check_live(segment.offset, segment.size);
    if (!live) return std::unexpected(live.error());
    return BasicBytes<Store>(state, {segment, used});
  });
}

}  // namespace rarena
