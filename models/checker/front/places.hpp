// How operators know the line of the user that they stand in: their operand is converted, and the conversion has a default
// argument.
//
// Thread safety: values.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "models/checker/graph/event.hpp"

namespace checker {

// The right side of an operator of an object, which is not another such object: they cannot be assigned.
template <class T, class Object>
struct Placed {
  T value;
  Location where;
  template <class U>
    requires(!std::same_as<std::remove_cvref_t<U>, Object>) && std::convertible_to<U, T>
  explicit(false) Placed(U&& u, Location w = Location::current()) : value(static_cast<T>(std::forward<U>(u))), where(w) {}
};

// The object that an operator changes.
template <class Object>
struct PlacedObject {
  Object& object;
  Location where;
  explicit(false) PlacedObject(Object& o, Location w = Location::current()) : object(o), where(w) {}
};

}  // namespace checker
