// checker::atomic and checker::atomic_flag: what programs under test use in place of those of the standard library.
//
// Construct them before the check, outside its threads. They keep their initial values: every execution starts from those, and
// outside a check an access reads or sets the initial value.
//
// Thread safety: in a check, as the memory model says; outside, none.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>

#include "objects.hpp"
#include "orders.hpp"
#include "places.hpp"

namespace checker {

// What fetch_add takes: for a pointer a number of elements.
template <class T>
concept Addable = (std::integral<T> && !std::same_as<T, bool>) || std::same_as<T, float> || std::same_as<T, double> ||
                  (std::is_pointer_v<T> && std::is_object_v<std::remove_pointer_t<T>>);
template <class T>
concept Bitwise = std::integral<T> && !std::same_as<T, bool>;

// The interface of std::atomic<T>, for trivially copyable T of any size, and `await`. wait and notify are not there yet.
template <Checkable T>
class atomic {
  using M = std::memory_order;
  static constexpr M seq_cst = std::memory_order_seq_cst;

 public:
  using value_type = T;
  using difference_type = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;

  explicit(false) atomic(T value, const char* name = nullptr, Location where = Location::current())
      : cell_(Objects::of_this_process().add(Objects::Sort::atomic, to_bits(value), name, shown<T>(), where)) {}
  atomic() : atomic(T{}, nullptr, Location{}) {}
  ~atomic() { Objects::of_this_process().remove(Objects::Sort::atomic, cell_); }
  atomic(const atomic&) = delete;
  atomic& operator=(atomic&) = delete;  // not of const ones: a value converts to these, too

  // What traces call it.
  void rename(std::string name) { Objects::of_this_process().rename(Objects::Sort::atomic, cell_, std::move(name)); }

  T load(M order = seq_cst, Location where = Location::current()) const {
    return from_bits<T>(read({.operation = Operation::load, .order = reading("a load", order, where), .where = where}).value);
  }
  void store(T value, M order = seq_cst, Location where = Location::current()) {
    const Order o = writing("a store", order, where);
    if (Execution* e = Execution::current())
      e->write(cell_, {.order = o, .operand = to_bits(value), .mask = mask, .where = where});
    else
      Objects::of_this_process().set(Objects::Sort::atomic, cell_, to_bits(value));
  }
  T exchange(T value, M order = seq_cst, Location where = Location::current()) {
    return modify(Operation::exchange, to_bits(value), order, where);
  }
  bool compare_exchange_strong(T& expected, T desired, M order, M failure, Location where = Location::current()) {
    return compare(Operation::compare, expected, desired, order, failure, where);
  }
  bool compare_exchange_strong(T& expected, T desired, M order = seq_cst, Location where = Location::current()) {
    return compare(Operation::compare, expected, desired, order, failure_of(order), where);
  }
  bool compare_exchange_weak(T& expected, T desired, M order, M failure, Location where = Location::current()) {
    return compare(Operation::compare_weak, expected, desired, order, failure, where);
  }
  bool compare_exchange_weak(T& expected, T desired, M order = seq_cst, Location where = Location::current()) {
    return compare(Operation::compare_weak, expected, desired, order, failure_of(order), where);
  }

  T fetch_add(difference_type value, M order = seq_cst, Location where = Location::current())
    requires Addable<T>
  {
    return modify(adding, step(value), order, where);
  }
  T fetch_sub(difference_type value, M order = seq_cst, Location where = Location::current())
    requires Addable<T>
  {
    return modify(adding, step(negative(value)), order, where);
  }
  // Adds only where none of the bits is set. Returns the old value, and whether it has added; where it has not, the order is
  // that of the failure. What waits for room, or for another to be done, is made of it.
  std::pair<T, bool> fetch_add_unless(T bits, T value, M order, M failure, Location where = Location::current())
    requires Bitwise<T>
  {
    const auto [old, updated] = read({.operation = Operation::add_unless,
                                      .order = to_order(order),
                                      .failure = reading("a fetch_add_unless that fails", failure, where),
                                      .operand = to_bits(value),
                                      .desired = to_bits(bits),
                                      .mask = mask,
                                      .where = where});
    return {from_bits<T>(old), updated};
  }
  T fetch_and(T value, M order = seq_cst, Location where = Location::current())
    requires Bitwise<T>
  {
    return modify(Operation::bit_and, to_bits(value), order, where);
  }
  T fetch_or(T value, M order = seq_cst, Location where = Location::current())
    requires Bitwise<T>
  {
    return modify(Operation::bit_or, to_bits(value), order, where);
  }
  T fetch_xor(T value, M order = seq_cst, Location where = Location::current())
    requires Bitwise<T>
  {
    return modify(Operation::bit_xor, to_bits(value), order, where);
  }

  // An access by this conversion has no line; `load` has that of the user.
  explicit(false) operator T() const { return load(seq_cst, Location{}); }
  T operator=(Placed<T, atomic> right) {
    store(right.value, seq_cst, right.where);
    return right.value;
  }
  friend T operator++(PlacedObject<atomic> left)
    requires Addable<T> && (!std::floating_point<T>)
  {
    return static_cast<T>(left.object.fetch_add(1, seq_cst, left.where) + 1);
  }
  friend T operator++(PlacedObject<atomic> left, int)
    requires Addable<T> && (!std::floating_point<T>)
  {
    return left.object.fetch_add(1, seq_cst, left.where);
  }
  friend T operator--(PlacedObject<atomic> left)
    requires Addable<T> && (!std::floating_point<T>)
  {
    return static_cast<T>(left.object.fetch_sub(1, seq_cst, left.where) - 1);
  }
  friend T operator--(PlacedObject<atomic> left, int)
    requires Addable<T> && (!std::floating_point<T>)
  {
    return left.object.fetch_sub(1, seq_cst, left.where);
  }
  T operator+=(Placed<difference_type, atomic> right)
    requires Addable<T>
  {
    return static_cast<T>(fetch_add(right.value, seq_cst, right.where) + right.value);
  }
  T operator-=(Placed<difference_type, atomic> right)
    requires Addable<T>
  {
    return static_cast<T>(fetch_sub(right.value, seq_cst, right.where) - right.value);
  }
  T operator&=(Placed<T, atomic> right)
    requires Bitwise<T>
  {
    return static_cast<T>(fetch_and(right.value, seq_cst, right.where) & right.value);
  }
  T operator|=(Placed<T, atomic> right)
    requires Bitwise<T>
  {
    return static_cast<T>(fetch_or(right.value, seq_cst, right.where) | right.value);
  }
  T operator^=(Placed<T, atomic> right)
    requires Bitwise<T>
  {
    return static_cast<T>(fetch_xor(right.value, seq_cst, right.where) ^ right.value);
  }

  // A load that waits: the thread goes on only where the value read satisfies the predicate. If it never can, that is a
  // deadlock.
  template <class Predicate>
  T await(Predicate predicate, M order = seq_cst, Location where = Location::current()) const {
    for (;;) {
      const T value = load(order, where);
      Execution* e = Execution::current();
      if (!e || predicate(value)) return value;
      e->block(Obstacle::await, where);
    }
  }

  static constexpr bool is_always_lock_free = true;
  bool is_lock_free() const { return true; }

 private:
  static constexpr std::uint64_t mask = sizeof(T) >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * (sizeof(T) & 7)) - 1;
  static constexpr Operation adding = std::same_as<T, float>    ? Operation::add_float
                                      : std::same_as<T, double> ? Operation::add_double
                                                                : Operation::add;

  static std::uint64_t step(difference_type value) {
    if constexpr (std::is_pointer_v<T>)
      return static_cast<std::uint64_t>(value) * sizeof(std::remove_pointer_t<T>);
    else
      return to_bits<T>(value);
  }
  static difference_type negative(difference_type value) {
    return static_cast<difference_type>(std::integral<difference_type> ? difference_type{} - value : -value);
  }

  Execution::Read read(const Request& request) const {
    if (Execution* e = Execution::current()) return e->read(cell_, request);
    return Objects::of_this_process().access(cell_, request);
  }
  T modify(Operation operation, std::uint64_t operand, M order, Location where) {
    return from_bits<T>(
        read({.operation = operation, .order = to_order(order), .operand = operand, .mask = mask, .where = where}).value);
  }
  bool compare(Operation operation, T& expected, T desired, M order, M failure, Location where) {
    const auto [value, updated] = read({.operation = operation,
                                        .order = to_order(order),
                                        .failure = reading("a compare-exchange that fails", failure, where),
                                        .operand = to_bits(expected),
                                        .desired = to_bits(desired),
                                        .mask = mask,
                                        .where = where});
    if (!updated) expected = from_bits<T>(value);
    return updated;
  }

  Cell cell_;
};

// The interface of std::atomic_flag.
class atomic_flag {
  using M = std::memory_order;
  static constexpr M seq_cst = std::memory_order_seq_cst;

 public:
  explicit(false) atomic_flag(bool value = false, const char* name = nullptr, Location where = Location::current())
      : flag_(value, name, where) {}

  bool test_and_set(M order = seq_cst, Location where = Location::current()) { return flag_.exchange(true, order, where); }
  void clear(M order = seq_cst, Location where = Location::current()) { flag_.store(false, order, where); }
  bool test(M order = seq_cst, Location where = Location::current()) const { return flag_.load(order, where); }

 private:
  atomic<bool> flag_;
};

}  // namespace checker
