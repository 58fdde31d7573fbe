// checker::var: what programs under test use in place of plain variables that threads share.
//
// Construct it before the check, outside its threads. It keeps its initial value: every execution starts from that, and outside
// a check an access reads or sets it.
//
// Thread safety: in a check two unordered accesses, one of which writes, are a data race, and reported; outside, none.
#pragma once

#include <string>
#include <utility>

#include "objects.hpp"
#include "places.hpp"

namespace checker {

template <Checkable T>
class var {
 public:
  explicit(false) var(T value, const char* name = nullptr, Location where = Location::current())
      : datum_(Objects::of_this_process().add(Objects::Sort::plain, to_bits(value), name, shown<T>(), where)) {}
  var() : var(T{}, nullptr, Location{}) {}
  ~var() { Objects::of_this_process().remove(Objects::Sort::plain, datum_); }
  var(const var&) = delete;
  var& operator=(var&) = delete;  // not of const ones: a value converts to these, too

  // What traces call it.
  void rename(std::string name) { Objects::of_this_process().rename(Objects::Sort::plain, datum_, std::move(name)); }

  T get(Location where = Location::current()) const {
    if (Execution* e = Execution::current()) return from_bits<T>(e->plain_read(datum_, where));
    return from_bits<T>(Objects::of_this_process().get(Objects::Sort::plain, datum_));
  }
  void set(T value, Location where = Location::current()) {
    if (Execution* e = Execution::current())
      e->plain_write(datum_, to_bits(value), where);
    else
      Objects::of_this_process().set(Objects::Sort::plain, datum_, to_bits(value));
  }
  // Reads and writes in one access. Returns the old value.
  T exchange(T value, Location where = Location::current()) {
    if (Execution* e = Execution::current()) return from_bits<T>(e->plain_exchange(datum_, to_bits(value), 0, where));
    return from_bits<T>(Objects::of_this_process().set(Objects::Sort::plain, datum_, to_bits(value)));
  }

  // An access by this conversion has no line; `get` has that of the user.
  explicit(false) operator T() const { return get(Location{}); }
  T operator=(Placed<T, var> right) {
    set(right.value, right.where);
    return right.value;
  }

  // A read and a write, as of a plain variable.
  friend T operator++(PlacedObject<var> left)
    requires std::is_arithmetic_v<T>
  {
    return left.object.change([](T old) { return static_cast<T>(old + 1); }, left.where).second;
  }
  friend T operator++(PlacedObject<var> left, int)
    requires std::is_arithmetic_v<T>
  {
    return left.object.change([](T old) { return static_cast<T>(old + 1); }, left.where).first;
  }
  friend T operator--(PlacedObject<var> left)
    requires std::is_arithmetic_v<T>
  {
    return left.object.change([](T old) { return static_cast<T>(old - 1); }, left.where).second;
  }
  friend T operator--(PlacedObject<var> left, int)
    requires std::is_arithmetic_v<T>
  {
    return left.object.change([](T old) { return static_cast<T>(old - 1); }, left.where).first;
  }
  T operator+=(Placed<T, var> right)
    requires std::is_arithmetic_v<T>
  {
    return change([&](T old) { return static_cast<T>(old + right.value); }, right.where).second;
  }
  T operator-=(Placed<T, var> right)
    requires std::is_arithmetic_v<T>
  {
    return change([&](T old) { return static_cast<T>(old - right.value); }, right.where).second;
  }

 private:
  template <class Change>
  std::pair<T, T> change(Change to, Location where) {
    const T old = get(where), now = to(old);
    set(now, where);
    return {old, now};
  }

  Cell datum_;
};

// Names the elements of an array or a container of objects: slots[0], slots[1], ...
template <class Elements>
void name_elements(Elements& elements, const std::string& name) {
  std::size_t i = 0;
  for (auto& element : elements) element.rename(name + "[" + std::to_string(i++) + "]");
}

}  // namespace checker
