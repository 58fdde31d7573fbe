// ForwardingStore: the base of a store around an engine's store. It hands every access on; who derives from it says what is
// different.
//
// It records no moments: a crash analysis sees what a wrapped store does, and not what its client has.
// Thread safety: that of the store inside.
#pragma once

#include <cstdint>

#include "client.hpp"

namespace rarena::models {

template <EngineStore Base>
class ForwardingStore {
 public:
  static constexpr bool concurrent = Base::concurrent;
  using LoopHead = typename Base::LoopHead;

  explicit ForwardingStore(Base base) : base_(base) {}

  template <class T>
  T load(Word<T> word, Site site, Location where = Location::current()) const {
    return base_.load(word, site, where);
  }
  template <class T>
  void store(Word<T> word, T value, Site site, Location where = Location::current()) const {
    base_.store(word, value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    return base_.compare_exchange_weak(word, expected, value, site, where);
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location where = Location::current()) const {
    return base_.fetch_add(word, value, site, where);
  }

  LoopHead loop_head() const { return base_.loop_head(); }
  void retry(LoopHead head, Location where = Location::current()) const { base_.retry(head, where); }
  void yield() const { base_.yield(); }
  void claim(Extent extent, Location where = Location::current()) const { base_.claim(extent, where); }
  void release(Extent extent, Location where = Location::current()) const { base_.release(extent, where); }
  void use(Extent extent, Location where = Location::current()) const { base_.use(extent, where); }
  void check(bool condition, const char* message, Location where = Location::current()) const {
    base_.check(condition, message, where);
  }

 protected:
  Base base_;
};

}  // namespace rarena::models
