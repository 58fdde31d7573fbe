// RootType: what a type is called in the directory of roots, so that a file is not read as what it is not.
//
// Another compiler names types otherwise, and a type that is renamed is the same: so nothing is taken from the compiler. A user
// names a type and counts its versions:
//
//     template <>
//     struct rarena::RootType<Account> {
//       static constexpr std::string_view name = "bank.Account";
//       static constexpr std::uint32_t version = 2;
//     };
//
// Numbers have their names, and std::vector, std::deque and std::basic_string of an ArenaAllocator the name and the version of
// what they hold. Any other type has no name: then only its size and alignment are compared.
//
// Thread safety: constants.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "../recovery/directory.hpp"
#include "arena_allocator.hpp"

namespace rarena {

/// The name and the version of a type, for its users to specialize. A name has at most 255 bytes.
template <class T>
struct RootType {
  /// What it is called in the directory; nothing: only size and alignment are compared.
  static constexpr std::string_view name = {};
  /// Which version of it this is. A root of another one is wrong_root_version.
  static constexpr std::uint32_t version = 0;
};

namespace detail {

// Names side by side, as one.
template <const std::string_view&... parts>
struct JoinedName {
  // All of them, one behind the other.
  static constexpr auto characters = [] {
    std::array<char, (parts.size() + ...)> all{};
    auto at = all.begin();
    ((at = std::copy(parts.begin(), parts.end(), at)), ...);
    return all;
  }();
  // The same as text. For ever valid.
  static constexpr std::string_view value{characters.data(), characters.size()};
};

}  // namespace detail

/// Of numbers: a letter for its kind, and its bits.
template <class T>
  requires std::integral<T> || std::floating_point<T>
struct RootType<T> {
  /// By the size.
  static constexpr std::array<std::string_view, 5> signed_names = {"i8", "i16", "i32", "i64", "i128"};
  /// The same.
  static constexpr std::array<std::string_view, 5> unsigned_names = {"u8", "u16", "u32", "u64", "u128"};
  /// The same.
  static constexpr std::array<std::string_view, 5> floating_names = {"f8", "f16", "f32", "f64", "f128"};
  /// That of this type.
  static constexpr std::string_view name = (std::floating_point<T>    ? floating_names
                                            : std::signed_integral<T> ? signed_names
                                                                      : unsigned_names)[std::bit_width(sizeof(T)) - 1];
  /// Numbers do not change.
  static constexpr std::uint32_t version = 0;
};

namespace detail {

// A container of an ArenaAllocator: its name in front of that of its elements.
template <class T, const std::string_view& container>
struct RootTypeOfContainer {
  // What stands between its name and its end.
  static constexpr std::string_view element = RootType<T>::name;
  // What closes it.
  static constexpr std::string_view end = ">";
  // Both together.
  static constexpr std::string_view name = JoinedName<container, element, end>::value;
  // That of its elements.
  static constexpr std::uint32_t version = RootType<T>::version;
};

// How the names of vectors begin.
inline constexpr std::string_view vector_name = "std::vector<";
// The same of deques.
inline constexpr std::string_view deque_name = "std::deque<";
// The same of strings.
inline constexpr std::string_view string_name = "std::string<";

}  // namespace detail

/// Of a vector.
template <class T>
struct RootType<std::vector<T, ArenaAllocator<T>>> : detail::RootTypeOfContainer<T, detail::vector_name> {};
/// Of a deque.
template <class T>
struct RootType<std::deque<T, ArenaAllocator<T>>> : detail::RootTypeOfContainer<T, detail::deque_name> {};
/// Of a string.
template <class T, class Traits>
struct RootType<std::basic_string<T, Traits, ArenaAllocator<T>>> : detail::RootTypeOfContainer<T, detail::string_name> {};

/// What a T is recorded as.
template <class T>
constexpr TypeTag tag_of() {
  using Root = RootType<std::remove_const_t<T>>;
  static_assert(Root::name.size() <= detail::longest_root_name, "the name of a type has at most 255 bytes");
  return {.name = Root::name, .version = Root::version, .size = sizeof(T), .alignment = alignof(T)};
}

}  // namespace rarena
