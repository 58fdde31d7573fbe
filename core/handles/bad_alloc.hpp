// BadAlloc: why a container got no memory, as the exception that the standard library expects.
//
// A program without exceptions is ended instead (words/exceptions.hpp). Who wants to go on asks the arena itself: its functions
// return errors.
//
// Thread safety: a value. Progress: wait-free.
#pragma once

#include <new>

#include "../layout/error.hpp"

namespace rarena {

/// What memory resources and allocators throw: a std::bad_alloc that says why.
class BadAlloc : public std::bad_alloc {
 public:
  /// The exception for this error.
  explicit BadAlloc(const Error& error) noexcept : error_(error) {}
  /// What the arena has refused, and why.
  const Error& error() const noexcept { return error_; }
  /// The name of the error; error().message() says more.
  const char* what() const noexcept override { return name(error_.code); }

 private:
  Error error_;
};

}  // namespace rarena
