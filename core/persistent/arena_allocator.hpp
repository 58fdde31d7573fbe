// ArenaAllocator: the allocator for containers that lie in an arena themselves, and are found again when its file is reopened.
//
// It holds the distance to where the memory of its arena begins, and its pointers are distances too (offset_ptr.hpp). So a
// container in a file says nothing about a process. To allocate or free, it asks the registry of this process which arena has
// its memory there (core/arena/registry.hpp); to read, it asks nobody.
//
// Which containers store nothing but the pointers of their allocator, and so can be found again, depends on their library:
//
//     libstdc++ 12       std::vector, std::deque, std::basic_string. Not std::list, std::forward_list, std::map, std::set and
//                        those with a hash table: their nodes hold raw pointers, and they do not compile with this allocator
//     Boost.Container    all of them
//
// Elements that take an allocator get this one (uses-allocator construction): strings in a vector in a file lie in the file.
// What else an element holds must be at home in a file as well: no raw pointers, no virtual functions, no references.
//
// Two allocators are equal if they have one arena. None is carried along when a container is assigned or swapped, so each
// container stays in its own arena. A container that is copied has the allocator of the one that it was copied from.
//
// A container changes by several stores. A process that dies inside a change may leave it as no container ever is, and the
// next one finds it so; what has to survive that needs a change that one store publishes (atomic_offset_ptr.hpp).
//
// A container is as long-lived as its bytes. Whether it outlives a clear or rewind of the arena, only its user knows; a checked
// build ends the program where it then gives back what is not live. BasicArena::rebuild must be told of what it holds
// (extent_of).
//
// Thread safety: any number of threads may use allocators of one Arena, as they may use it. Progress: as BasicArena::allocate
// and dealloc, and one search of the registry for each call. Invariants: SEG-2 (whole_pieces.hpp).
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../arena/arena.hpp"
#include "../handles/bad_alloc.hpp"
#include "../words/exceptions.hpp"
#include "offset_ptr.hpp"

namespace rarena {

namespace detail {

// What allocators of all types do: bytes of the arena whose memory begins there. Errors: arena_not_open; as allocate.
[[nodiscard]] std::expected<void*, Error> allocate_in(const std::byte* memory, std::size_t size, std::size_t alignment);
// Gives them back, if the arena is still there.
void deallocate_in(const std::byte* memory, const void* bytes, std::size_t size) noexcept;
// What so many bytes there have become: they are rounded.
Extent extent_in(const std::byte* memory, const void* bytes, std::size_t size);

// Whether T is a node of a container of libstdc++ that links its nodes with raw pointers, whatever its allocator says. Its
// name is all that can be known of it without its header.
template <class T>
constexpr bool is_node_of_raw_pointers() {
  const std::string_view name = __PRETTY_FUNCTION__;
  const std::string_view type = name.substr(name.find("T = ") + 4);
  for (const std::string_view node :
       {"std::_List_node<", "std::_Fwd_list_node<", "std::_Rb_tree_node<", "std::__detail::_Hash_node<"})
    if (std::is_class_v<T> && type.starts_with(node)) return true;
  return false;
}

}  // namespace detail

/// An allocator of objects in an arena, which may lie in the arena itself.
template <class T>
class ArenaAllocator {
 public:
  /// What it allocates.
  using value_type = T;
  /// What it gives: a pointer that is found again.
  using pointer = offset_ptr<T>;
  /// Containers keep their arena when they are assigned or swapped.
  using propagate_on_container_copy_assignment = std::false_type;
  /// The same.
  using propagate_on_container_move_assignment = std::false_type;
  /// The same.
  using propagate_on_container_swap = std::false_type;
  /// There are many arenas.
  using is_always_equal = std::false_type;

  /// One of an arena, which it does not keep open. What is allocated may outlive the arena, in its file.
  template <WordStore Store>
  ArenaAllocator(const BasicArena<Store>& arena) noexcept : memory_(arena.data()) {}
  /// One of the same arena for another type.
  template <class U>
  ArenaAllocator(const ArenaAllocator<U>& other) noexcept : memory_(other.memory()) {}

  /// Room for so many objects. Throws BadAlloc, whose error is that of BasicArena::allocate, or arena_not_open.
  [[nodiscard]] pointer allocate(std::size_t count) {
    static_assert(!detail::is_node_of_raw_pointers<T>(),
                  "the nodes of this container hold raw pointers: it cannot be found again (see arena_allocator.hpp)");
    const auto bytes = detail::allocate_in(memory(), bytes_of(count), alignof(T));
    if (!bytes) detail::raise(BadAlloc(bytes.error()));
    return pointer(static_cast<T*>(*bytes));
  }
  /// Gives back what `allocate(count)` has given.
  void deallocate(pointer objects, std::size_t count) noexcept {
    detail::deallocate_in(memory(), objects.get(), bytes_of(count));
  }

  /// Makes an object, which gets this allocator if it takes one.
  template <class U, class... Arguments>
  void construct(U* object, Arguments&&... arguments) {
    std::uninitialized_construct_using_allocator(object, *this, std::forward<Arguments>(arguments)...);
  }

  /// Makes one object of any type in the arena, which gets this allocator if it takes one. Throws BadAlloc, and what its
  /// constructor throws.
  template <class U, class... Arguments>
  [[nodiscard]] U* new_object(Arguments&&... arguments) {
    ArenaAllocator<U> allocator(*this);
    Guard<U> room{allocator, allocator.allocate(1)};
    construct(room.object.get(), std::forward<Arguments>(arguments)...);
    return std::exchange(room.object, nullptr).get();
  }
  /// Destroys it and gives it back.
  template <class U>
  void delete_object(U* object) noexcept {
    std::destroy_at(object);
    ArenaAllocator<U>(*this).deallocate(object, 1);
  }

  /// All that was allocated for so many objects: what a rebuild has to be told of.
  template <class U>
  Extent extent_of(const U* objects, std::size_t count = 1) const {
    return detail::extent_in(memory(), objects, ArenaAllocator<U>::bytes_of(count));
  }

  /// Where the memory of its arena begins.
  const std::byte* memory() const noexcept { return memory_.get(); }

  /// Whether both have one arena.
  template <class U>
  bool operator==(const ArenaAllocator<U>& other) const noexcept {
    return memory() == other.memory();
  }

 private:
  template <class U>
  friend class ArenaAllocator;

  // Gives the room for an object back if it was not made.
  template <class U>
  struct Guard {
    ArenaAllocator<U>& allocator;
    offset_ptr<U> object;
    ~Guard() {
      if (object != nullptr) allocator.deallocate(object, 1);
    }
  };

  // One that is too large for any arena, if the product is.
  static constexpr std::size_t bytes_of(std::size_t count) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    return count <= most / sizeof(T) ? count * sizeof(T) : most;
  }

  offset_ptr<const std::byte> memory_;
};

/// All that a vector or a string has allocated for its elements, but not what those have: what a rebuild has to be told of. A
/// string that holds its characters inside itself has nothing. There is none for std::deque: where its blocks and the table of
/// them lie is known to its library alone. So an arena that holds one cannot be rebuilt from its containers.
template <class T>
Extent extent_of(const std::vector<T, ArenaAllocator<T>>& vector) {
  return vector.get_allocator().extent_of(vector.data(), vector.capacity());
}
/// The same of a string.
template <class T, class Traits>
Extent extent_of(const std::basic_string<T, Traits, ArenaAllocator<T>>& text) {
  const void* const characters = text.data();
  const bool inside = !std::less<>()(characters, static_cast<const void*>(&text)) &&
                      std::less<>()(characters, static_cast<const void*>(&text + 1));
  return inside ? Extent{} : text.get_allocator().extent_of(text.data(), text.capacity() + 1);
}

}  // namespace rarena
