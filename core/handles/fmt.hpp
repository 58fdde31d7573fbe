// The same values for the library fmt, from version 9 on; users include <rarena/fmt.hpp>. Nothing else of core needs fmt.
//
//     fmt::print("{}\n{:>40}\n", arena, error);
//
// What they look like is in core/arena/text.hpp. Widths, fills and precisions are those of strings.
//
// Source: https://fmt.dev/9.1.0/api.html#formatting-user-defined-types. Thread safety: as text_of.
#pragma once

#include <fmt/format.h>

#include "../arena/text.hpp"

/// Formats what text_of says, as a string. Throws std::bad_alloc.
template <rarena::HasText T>
struct fmt::formatter<T, char> : fmt::formatter<fmt::string_view, char> {
  template <class Context>
  auto format(const T& value, Context& context) const {
    return fmt::formatter<fmt::string_view, char>::format(rarena::text_of(value), context);
  }
};
