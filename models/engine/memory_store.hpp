// MemoryStore: the word store over the memory of a model-checking engine, which knows places, values of 64 bits and sites.
//
// Thread safety: that of the memory: one of the engine's threads at a time.
#pragma once

#include <cstdint>

#include "models/scenario/client.hpp"

namespace rarena::models {

template <class Memory>
class MemoryStore {
 public:
  static constexpr bool concurrent = true;
  using LoopHead = typename Memory::LoopHead;

  explicit MemoryStore(Memory& memory) : memory_(&memory) {}

  template <class T>
  T load(Word<T> word, Site site, Location where = Location::current()) const {
    return static_cast<T>(memory_->load(word.place, site, where));
  }
  template <class T>
  void store(Word<T> word, T value, Site site, Location where = Location::current()) const {
    memory_->store(word.place, value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    std::uint64_t wide = expected;
    const bool done = memory_->compare_exchange_weak(word.place, wide, value, site, where);
    expected = static_cast<T>(wide);
    return done;
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location where = Location::current()) const {
    return static_cast<T>(memory_->fetch_add(word.place, value, static_cast<T>(~T{0}), site, where));
  }

  LoopHead loop_head() const { return memory_->loop_head(); }
  void retry(LoopHead head, Location where = Location::current()) const { memory_->retry(head, where); }
  void yield() const {}

  void claim(Extent extent, Location where = Location::current()) const { memory_->claim(extent, where); }
  void release(Extent extent, Location where = Location::current()) const { memory_->release(extent, where); }
  void use(Extent extent, Location where = Location::current()) const { memory_->use(extent, where); }
  void check(bool condition, const char* message, Location where = Location::current()) const {
    memory_->check(condition, message, where);
  }
  void moment(Moment moment, Extent range, Location where = Location::current()) const
    requires requires(Memory& memory) { memory.moment(moment, range, where); }
  {
    memory_->moment(moment, range, where);
  }

 private:
  Memory* memory_;
};

}  // namespace rarena::models
