// What tests of persistent things share: a look at the memory behind each store.
#pragma once

#include <functional>

#include "../words/plain_store.hpp"

namespace rarena::detail::testing_support {

// A store that shows the memory behind each of its writes: what a process that dies there leaves in its file.
class ShownStore : public PlainStore {
 public:
  using PlainStore::PlainStore;
  inline static std::function<void()> show = [] {};

  template <class T>
  void store(Word<T> word, T value, Site site, Location where = {}) const {
    PlainStore::store(word, value, site, where);
    show();
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = {}) const {
    const bool done = PlainStore::compare_exchange_weak(word, expected, value, site, where);
    show();
    return done;
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location where = {}) const {
    const T old = PlainStore::fetch_add(word, value, site, where);
    show();
    return old;
  }
};

}  // namespace rarena::detail::testing_support
