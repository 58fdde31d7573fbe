// checker::atomic and checker::var: what programs under test use in place of std::atomic and plain variables.
//
// Construct them before the check, outside its threads. They keep their initial values: every execution starts from those, and
// outside a check an access reads or sets the initial value.
//
// Thread safety: in a check, as the memory model says; outside, none.
#pragma once

#include <atomic>
#include <concepts>
#include <utility>

#include "objects.hpp"

namespace checker {

constexpr Order to_order(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return Order::relaxed;
    case std::memory_order_consume:
    case std::memory_order_acquire: return Order::acquire;
    case std::memory_order_release: return Order::release;
    case std::memory_order_acq_rel: return Order::acq_rel;
    case std::memory_order_seq_cst: return Order::seq_cst;
  }
  return Order::seq_cst;
}
// The failure order that a compare-exchange with one order has.
constexpr std::memory_order failure_of(std::memory_order order) {
  if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
  return order == std::memory_order_release ? std::memory_order_relaxed : order;
}

// The interface of std::atomic<T>, for trivially copyable T of at most 8 bytes, and `await`.
template <Checkable T>
class atomic {
  using M = std::memory_order;
  static constexpr M seq_cst = std::memory_order_seq_cst;

 public:
  using value_type = T;

  explicit(false) atomic(T value = T{}, const char* name = nullptr)
      : cell_(Objects::of_this_thread().add(Objects::Sort::atomic, to_bits(value), name)) {}
  ~atomic() { Objects::of_this_thread().remove(Objects::Sort::atomic, cell_); }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(M order = seq_cst, Location where = Location::current()) const {
    return from_bits<T>(read({.operation = Operation::load, .order = to_order(order), .where = where}).value);
  }
  void store(T value, M order = seq_cst, Location where = Location::current()) {
    if (Execution* e = Execution::current())
      e->write(cell_, {.order = to_order(order), .operand = to_bits(value), .mask = mask, .where = where});
    else
      Objects::of_this_thread().initial(Objects::Sort::atomic, cell_) = to_bits(value);
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

  T fetch_add(T value, M order = seq_cst, Location where = Location::current())
    requires std::integral<T>
  {
    return modify(Operation::add, to_bits(value), order, where);
  }
  T fetch_sub(T value, M order = seq_cst, Location where = Location::current())
    requires std::integral<T>
  {
    return modify(Operation::add, to_bits(static_cast<T>(T{} - value)), order, where);
  }
  T fetch_and(T value, M order = seq_cst, Location where = Location::current())
    requires std::integral<T>
  {
    return modify(Operation::bit_and, to_bits(value), order, where);
  }
  T fetch_or(T value, M order = seq_cst, Location where = Location::current())
    requires std::integral<T>
  {
    return modify(Operation::bit_or, to_bits(value), order, where);
  }
  T fetch_xor(T value, M order = seq_cst, Location where = Location::current())
    requires std::integral<T>
  {
    return modify(Operation::bit_xor, to_bits(value), order, where);
  }

  explicit(false) operator T() const { return load(); }
  T operator=(T value) {
    store(value);
    return value;
  }
  T operator++()
    requires std::integral<T>
  {
    return static_cast<T>(fetch_add(T{1}) + 1);
  }
  T operator++(int)
    requires std::integral<T>
  {
    return fetch_add(T{1});
  }
  T operator--()
    requires std::integral<T>
  {
    return static_cast<T>(fetch_sub(T{1}) - 1);
  }
  T operator--(int)
    requires std::integral<T>
  {
    return fetch_sub(T{1});
  }
  T operator+=(T value)
    requires std::integral<T>
  {
    return static_cast<T>(fetch_add(value) + value);
  }
  T operator-=(T value)
    requires std::integral<T>
  {
    return static_cast<T>(fetch_sub(value) - value);
  }
  T operator&=(T value)
    requires std::integral<T>
  {
    return static_cast<T>(fetch_and(value) & value);
  }
  T operator|=(T value)
    requires std::integral<T>
  {
    return static_cast<T>(fetch_or(value) | value);
  }
  T operator^=(T value)
    requires std::integral<T>
  {
    return static_cast<T>(fetch_xor(value) ^ value);
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
  static constexpr std::uint64_t mask = sizeof(T) == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * (sizeof(T) & 7)) - 1;

  Execution::Read read(const Request& request) const {
    if (Execution* e = Execution::current()) return e->read(cell_, request);
    return Objects::of_this_thread().access(cell_, request);
  }
  T modify(Operation operation, std::uint64_t operand, M order, Location where) {
    return from_bits<T>(
        read({.operation = operation, .order = to_order(order), .operand = operand, .mask = mask, .where = where}).value);
  }
  bool compare(Operation operation, T& expected, T desired, M order, M failure, Location where) {
    const auto [value, updated] = read({.operation = operation,
                                        .order = to_order(order),
                                        .failure = to_order(failure),
                                        .operand = to_bits(expected),
                                        .desired = to_bits(desired),
                                        .mask = mask,
                                        .where = where});
    if (!updated) expected = from_bits<T>(value);
    return updated;
  }

  Cell cell_;
};

// Plain data: two unordered accesses, one of which writes, are a data race.
template <Checkable T>
class var {
 public:
  explicit(false) var(T value = T{}, const char* name = nullptr)
      : datum_(Objects::of_this_thread().add(Objects::Sort::plain, to_bits(value), name)) {}
  ~var() { Objects::of_this_thread().remove(Objects::Sort::plain, datum_); }
  var(const var&) = delete;
  var& operator=(const var&) = delete;

  T get(Location where = Location::current()) const {
    if (Execution* e = Execution::current()) return from_bits<T>(e->plain_read(datum_, where));
    return from_bits<T>(initial_value());
  }
  void set(T value, Location where = Location::current()) {
    if (Execution* e = Execution::current())
      e->plain_write(datum_, to_bits(value), where);
    else
      initial_value() = to_bits(value);
  }
  // Reads and writes in one access. Returns the old value.
  T exchange(T value, Location where = Location::current()) {
    if (Execution* e = Execution::current()) return from_bits<T>(e->plain_exchange(datum_, to_bits(value), 0, where));
    return from_bits<T>(std::exchange(initial_value(), to_bits(value)));
  }

  explicit(false) operator T() const { return get(); }
  T operator=(T value) {
    set(value);
    return value;
  }

 private:
  std::uint64_t& initial_value() const { return Objects::of_this_thread().initial(Objects::Sort::plain, datum_); }

  Cell datum_;
};

inline void atomic_thread_fence(std::memory_order order, Location where = Location::current()) {
  if (Execution* e = Execution::current()) e->fence({.order = to_order(order), .where = where});
}

// A violation if false; in threads, and in Options::finally.
inline void require(bool condition, std::string_view message = "requirement", Location where = Location::current()) {
  if (Execution* e = Execution::current()) e->require(condition, message, where);
}

// Leaves out executions in which the condition is false.
inline void assume(bool condition, Location where = Location::current()) {
  if (Execution* e = Execution::current(); e && !condition) e->block(Obstacle::assumption, where);
}

// Any of 0 .. options - 1.
inline unsigned choose(unsigned options, Location where = Location::current()) {
  Execution* e = Execution::current();
  return e ? e->choose(options, where) : 0;
}

// The head of a retry loop, and the way back to it. A pass that wrote nothing since its own head would only be repeated: it is
// not explored, because the executions in which the values it read change in time stand for it. The loop must carry nothing
// from one pass to the next but what its head reads again, or what a failed compare-exchange of its own has found, if the first
// expected value was loaded with its failure order. A loop that nobody can end is reported as a livelock.
inline LoopHead loop_head() {
  const Execution* e = Execution::current();
  return e ? e->loop_head() : LoopHead{};
}
inline void retry(LoopHead head, Location where = Location::current()) {
  if (Execution* e = Execution::current()) e->retry(head, where);
}

}  // namespace checker
