// What needs exceptions or type information of a program, and what one that is compiled without them has instead: an allocation
// of the heap that fails ends it, and so does an error that only an exception could bring to its caller.
//
// Thread safety: functions of their arguments.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <new>
#include <type_traits>
#include <utility>

#include "../layout/error.hpp"

namespace rarena::detail {

// What act() returns, or what otherwise() does if the heap had no room for act().
template <class Act, class Otherwise>
std::invoke_result_t<Act> within_heap(Act act, Otherwise otherwise) {
#if defined(__cpp_exceptions)
  try {
    return act();
  } catch (const std::bad_alloc&) {
    return otherwise();
  }
#else
  (void)otherwise;
  return act();
#endif
}

// The same for what returns a std::expected: then the error is system.
template <class Act>
std::invoke_result_t<Act> within_heap(Act act) {
  return within_heap(std::move(act), [] { return std::unexpected(system_error(ENOMEM)); });
}

template <class Exception>
[[noreturn]] void raise(Exception exception) {
#if defined(__cpp_exceptions)
  throw exception;
#else
  std::fprintf(stderr, "rarena: %s, in a program without exceptions\n", exception.what());
  std::abort();
#endif
}

// As dynamic_cast; without type information no object but `own` is known to be a To.
template <class To, class From>
const To* known_as(const From& object, const To& own) {
#if defined(__cpp_rtti)
  (void)own;
  return dynamic_cast<const To*>(&object);
#else
  return &object == static_cast<const From*>(&own) ? &own : nullptr;
#endif
}

}  // namespace rarena::detail
