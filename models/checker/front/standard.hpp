// The rest of what code that says `std::` needs, so that it can say `checker::` instead: with `namespace atomics = checker;` in
// its tests and `namespace atomics = std;` elsewhere, the same code is checked and shipped.
//
// Thread safety: functions, as the members that they call.
// Source: ISO C++23, [atomics.nonmembers], [atomics.alias].
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "atomic.hpp"

namespace checker {

using std::adopt_lock_t, std::adopt_lock, std::defer_lock_t, std::defer_lock, std::try_to_lock_t, std::try_to_lock;
using std::memory_order, std::memory_order_relaxed, std::memory_order_consume, std::memory_order_acquire,
    std::memory_order_release, std::memory_order_acq_rel, std::memory_order_seq_cst;

using atomic_bool = atomic<bool>;
using atomic_char = atomic<char>;
using atomic_short = atomic<short>;
using atomic_ushort = atomic<unsigned short>;
using atomic_int = atomic<int>;
using atomic_uint = atomic<unsigned>;
using atomic_long = atomic<long>;
using atomic_ulong = atomic<unsigned long>;
using atomic_llong = atomic<long long>;
using atomic_ullong = atomic<unsigned long long>;
using atomic_int8_t = atomic<std::int8_t>;
using atomic_uint8_t = atomic<std::uint8_t>;
using atomic_int16_t = atomic<std::int16_t>;
using atomic_uint16_t = atomic<std::uint16_t>;
using atomic_int32_t = atomic<std::int32_t>;
using atomic_uint32_t = atomic<std::uint32_t>;
using atomic_int64_t = atomic<std::int64_t>;
using atomic_uint64_t = atomic<std::uint64_t>;
using atomic_size_t = atomic<std::size_t>;
using atomic_ptrdiff_t = atomic<std::ptrdiff_t>;
using atomic_intptr_t = atomic<std::intptr_t>;
using atomic_uintptr_t = atomic<std::uintptr_t>;

template <class T>
using ValueOf = typename atomic<T>::value_type;
template <class T>
using DifferenceOf = typename atomic<T>::difference_type;

template <class T>
T atomic_load_explicit(const atomic<T>* a, memory_order order, Location where = Location::current()) {
  return a->load(order, where);
}
template <class T>
T atomic_load(const atomic<T>* a, Location where = Location::current()) {
  return a->load(memory_order_seq_cst, where);
}
template <class T>
void atomic_store_explicit(atomic<T>* a, ValueOf<T> value, memory_order order, Location where = Location::current()) {
  a->store(value, order, where);
}
template <class T>
void atomic_store(atomic<T>* a, ValueOf<T> value, Location where = Location::current()) {
  a->store(value, memory_order_seq_cst, where);
}
template <class T>
T atomic_exchange_explicit(atomic<T>* a, ValueOf<T> value, memory_order order, Location where = Location::current()) {
  return a->exchange(value, order, where);
}
template <class T>
T atomic_exchange(atomic<T>* a, ValueOf<T> value, Location where = Location::current()) {
  return a->exchange(value, memory_order_seq_cst, where);
}
template <class T>
bool atomic_compare_exchange_strong_explicit(atomic<T>* a, ValueOf<T>* expected, ValueOf<T> desired, memory_order order,
                                             memory_order failure, Location where = Location::current()) {
  return a->compare_exchange_strong(*expected, desired, order, failure, where);
}
template <class T>
bool atomic_compare_exchange_strong(atomic<T>* a, ValueOf<T>* expected, ValueOf<T> desired,
                                    Location where = Location::current()) {
  return a->compare_exchange_strong(*expected, desired, memory_order_seq_cst, where);
}
template <class T>
bool atomic_compare_exchange_weak_explicit(atomic<T>* a, ValueOf<T>* expected, ValueOf<T> desired, memory_order order,
                                           memory_order failure, Location where = Location::current()) {
  return a->compare_exchange_weak(*expected, desired, order, failure, where);
}
template <class T>
bool atomic_compare_exchange_weak(atomic<T>* a, ValueOf<T>* expected, ValueOf<T> desired,
                                  Location where = Location::current()) {
  return a->compare_exchange_weak(*expected, desired, memory_order_seq_cst, where);
}
template <class T>
T atomic_fetch_add_explicit(atomic<T>* a, DifferenceOf<T> value, memory_order order, Location where = Location::current()) {
  return a->fetch_add(value, order, where);
}
template <class T>
T atomic_fetch_add(atomic<T>* a, DifferenceOf<T> value, Location where = Location::current()) {
  return a->fetch_add(value, memory_order_seq_cst, where);
}
template <class T>
T atomic_fetch_sub_explicit(atomic<T>* a, DifferenceOf<T> value, memory_order order, Location where = Location::current()) {
  return a->fetch_sub(value, order, where);
}
template <class T>
T atomic_fetch_sub(atomic<T>* a, DifferenceOf<T> value, Location where = Location::current()) {
  return a->fetch_sub(value, memory_order_seq_cst, where);
}
template <class T>
T atomic_fetch_and_explicit(atomic<T>* a, ValueOf<T> value, memory_order order, Location where = Location::current()) {
  return a->fetch_and(value, order, where);
}
template <class T>
T atomic_fetch_and(atomic<T>* a, ValueOf<T> value, Location where = Location::current()) {
  return a->fetch_and(value, memory_order_seq_cst, where);
}
template <class T>
T atomic_fetch_or_explicit(atomic<T>* a, ValueOf<T> value, memory_order order, Location where = Location::current()) {
  return a->fetch_or(value, order, where);
}
template <class T>
T atomic_fetch_or(atomic<T>* a, ValueOf<T> value, Location where = Location::current()) {
  return a->fetch_or(value, memory_order_seq_cst, where);
}
template <class T>
T atomic_fetch_xor_explicit(atomic<T>* a, ValueOf<T> value, memory_order order, Location where = Location::current()) {
  return a->fetch_xor(value, order, where);
}
template <class T>
T atomic_fetch_xor(atomic<T>* a, ValueOf<T> value, Location where = Location::current()) {
  return a->fetch_xor(value, memory_order_seq_cst, where);
}

inline bool atomic_flag_test_and_set_explicit(atomic_flag* f, memory_order order, Location where = Location::current()) {
  return f->test_and_set(order, where);
}
inline bool atomic_flag_test_and_set(atomic_flag* f, Location where = Location::current()) {
  return f->test_and_set(memory_order_seq_cst, where);
}
inline bool atomic_flag_test_explicit(const atomic_flag* f, memory_order order, Location where = Location::current()) {
  return f->test(order, where);
}
inline bool atomic_flag_test(const atomic_flag* f, Location where = Location::current()) {
  return f->test(memory_order_seq_cst, where);
}
inline void atomic_flag_clear_explicit(atomic_flag* f, memory_order order, Location where = Location::current()) {
  f->clear(order, where);
}
inline void atomic_flag_clear(atomic_flag* f, Location where = Location::current()) { f->clear(memory_order_seq_cst, where); }

}  // namespace checker
