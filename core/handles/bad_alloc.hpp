// BadAlloc: why a container got no memory, as the exception that the standard library expects.
//
// A program is compiled with exceptions, because the headers of the library catch what the heap throws. Who wants none thrown
// asks the arena itself: its functions return errors.
//
// Thread safety: a value. Progress: wait-free.
#pragma once

#include <new>

#include "../layout/error.hpp"

namespace rarena {

/// What memory resources and allocators throw: a std::bad_alloc that says why.
class BadAlloc : public std::bad_alloc {
 public:
  explicit BadAlloc(const Error& error) noexcept : error_(error) {}
  /// What the arena has refused, and why.
  const Error& error() const noexcept { return error_; }
  /// The name of the error; error().message() says more.
  const char* what() const noexcept override { return name(error_.code); }

 private:
  Error error_;
};

/// Throws a BadAlloc.
[[noreturn]] void throw_bad_alloc(const Error& error);

}  // namespace rarena
