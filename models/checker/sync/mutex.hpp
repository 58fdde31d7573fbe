// mutex, recursive_mutex, shared_mutex and the locks that hold them, as those of the standard library.
//
// A lock synchronizes with the unlock before it. To unlock what the thread does not hold, and to lock what it holds, is misuse,
// because C++ does not define it. A try_lock may fail spuriously, as a weak compare-exchange does.
//
// Thread safety: to be used by the threads of a check. Progress: a thread that waits for ever is a deadlock, and reported.
// Source: ISO C++23, [thread.mutex.requirements].
#pragma once

#include <mutex>
#include <shared_mutex>
#include <utility>

#include "caller.hpp"

namespace checker {

class mutex {
 public:
  explicit(false) mutex(const char* name = nullptr, Location where = Location::current()) : owner_(0, name, where) {}

  void lock(Location where = Location::current()) {
    for (;;) {
      unsigned found = 0;
      if (owner_.compare_exchange_strong(found, sync::caller(), sync::acquire, sync::relaxed, where)) return;
      if (found == sync::caller()) sync::misuse("a thread locks a mutex that it holds", where);
      sync::wait_for_another(where);
    }
  }
  bool try_lock(Location where = Location::current()) {
    unsigned found = 0;
    if (owner_.compare_exchange_weak(found, sync::caller(), sync::acquire, sync::relaxed, where)) return true;
    if (found == sync::caller()) sync::misuse("a thread tries to lock a mutex that it holds", where);
    return false;
  }
  void unlock(Location where = Location::current()) {
    if (owner_.exchange(0, sync::release, where) != sync::caller())
      sync::misuse("a thread unlocks a mutex that it does not hold", where);
  }

 private:
  atomic<unsigned> owner_;  // sync::caller(); 0: nobody
};

class recursive_mutex {
 public:
  explicit(false) recursive_mutex(const char* name = nullptr, Location where = Location::current()) : state_(0, name, where) {}

  void lock(Location where = Location::current()) {
    while (!locks<false>(where)) sync::wait_for_another(where);
  }
  bool try_lock(Location where = Location::current()) { return locks<true>(where); }
  void unlock(Location where = Location::current()) {
    const unsigned state = state_.load(sync::relaxed, where);
    if ((state & owner) != sync::caller()) sync::misuse("a thread unlocks a mutex that it does not hold", where);
    if (state / once > 1)
      state_.store(state - once, sync::relaxed, where);
    else
      state_.store(0, sync::release, where);
  }

 private:
  static constexpr unsigned owner = 255, once = 256;

  template <bool weak>
  bool locks(Location where) {
    unsigned found = 0;
    if (weak ? state_.compare_exchange_weak(found, once | sync::caller(), sync::acquire, sync::relaxed, where)
             : state_.compare_exchange_strong(found, once | sync::caller(), sync::acquire, sync::relaxed, where))
      return true;
    if ((found & owner) != sync::caller()) return false;
    state_.store(found + once, sync::relaxed, where);
    return true;
  }

  atomic<unsigned> state_;  // the owner, and how often it has locked
};

class shared_mutex {
 public:
  explicit(false) shared_mutex(const char* name = nullptr, Location where = Location::current()) : state_(0, name, where) {}

  void lock(Location where = Location::current()) {
    for (;;) {
      unsigned found = 0;
      if (state_.compare_exchange_strong(found, exclusive | sync::caller(), sync::acquire, sync::relaxed, where)) return;
      refuse_owner(found, where);
      sync::wait_for_another(where);
    }
  }
  bool try_lock(Location where = Location::current()) {
    unsigned found = 0;
    if (state_.compare_exchange_weak(found, exclusive | sync::caller(), sync::acquire, sync::relaxed, where)) return true;
    refuse_owner(found, where);
    return false;
  }
  void unlock(Location where = Location::current()) {
    if (state_.exchange(0, sync::release, where) != (exclusive | sync::caller()))
      sync::misuse("a thread unlocks a mutex that it does not hold", where);
  }

  void lock_shared(Location where = Location::current()) {
    for (;;) {
      const auto [found, locked] = state_.fetch_add_unless(exclusive, 1, sync::acquire, sync::relaxed, where);
      if (locked) return;
      refuse_owner(found, where);
      sync::wait_for_another(where);
    }
  }
  // Here it does not fail spuriously.
  bool try_lock_shared(Location where = Location::current()) {
    return state_.fetch_add_unless(exclusive, 1, sync::acquire, sync::relaxed, where).second;
  }
  void unlock_shared(Location where = Location::current()) {
    const unsigned before = state_.fetch_sub(1, sync::release, where);
    if (before == 0 || (before & exclusive) != 0) sync::misuse("a thread unlocks a shared mutex that nobody shares", where);
  }

 private:
  static constexpr unsigned exclusive = 0x8000'0000;

  static void refuse_owner(unsigned found, Location where) {
    if (found == (exclusive | sync::caller())) sync::misuse("a thread locks a mutex that it holds", where);
  }

  atomic<unsigned> state_;  // how many share it; or `exclusive` and the owner
};

// The locks of the standard library work, too; these know the line that they stand in.
template <class Mutex>
class lock_guard {
 public:
  explicit lock_guard(Mutex& m, Location where = Location::current()) : mutex_(m), where_(where) { mutex_.lock(where); }
  ~lock_guard() { mutex_.unlock(where_); }
  lock_guard(const lock_guard&) = delete;
  lock_guard& operator=(const lock_guard&) = delete;

 private:
  Mutex& mutex_;
  Location where_;
};

template <class Mutex>
class shared_lock {
 public:
  explicit shared_lock(Mutex& m, Location where = Location::current()) : mutex_(m), where_(where) { mutex_.lock_shared(where); }
  ~shared_lock() { mutex_.unlock_shared(where_); }
  shared_lock(const shared_lock&) = delete;
  shared_lock& operator=(const shared_lock&) = delete;

 private:
  Mutex& mutex_;
  Location where_;
};

template <class Mutex>
class unique_lock {
 public:
  explicit unique_lock(Mutex& m, Location where = Location::current()) : mutex_(&m), where_(where) { lock(where); }
  unique_lock(Mutex& m, std::defer_lock_t, Location where = Location::current()) : mutex_(&m), where_(where) {}
  unique_lock(unique_lock&& other) noexcept
      : mutex_(std::exchange(other.mutex_, nullptr)), owns_(std::exchange(other.owns_, false)), where_(other.where_) {}
  unique_lock& operator=(unique_lock&&) = delete;
  ~unique_lock() {
    if (owns_) mutex_->unlock(where_);
  }

  void lock(Location where = Location::current()) {
    mutex_->lock(where);
    owns_ = true;
  }
  bool try_lock(Location where = Location::current()) { return owns_ = mutex_->try_lock(where); }
  void unlock(Location where = Location::current()) {
    mutex_->unlock(where);
    owns_ = false;
  }
  bool owns_lock() const { return owns_; }
  Mutex* mutex() const { return mutex_; }

 private:
  Mutex* mutex_;
  bool owns_ = false;
  Location where_;
};

}  // namespace checker
