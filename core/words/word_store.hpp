// WordStore: the pluggable layer under the algorithm. Everything shared is reached through it.
//
// A store is a handle: cheap to copy, and all copies name the same words. It offers
//
//   load(word, site)                                   atomic load
//   store(word, value, site)                           atomic store
//   compare_exchange_weak(word, expected, value, site) atomic; may fail although the value is as expected, and then
//                                                      leaves the value read in `expected`
//   fetch_add(word, value, site)                       atomic; returns the old value
//
// on words of 32 and 64 bits, each with the orders that the ledger has for the site. A last, defaulted parameter is the
// source location of the call: engines show it, production ignores it.
//
//   loop_head() / retry(head)   mark the head of a retry loop and the way back to it. Production waits there, longer each
//                               time; engines prune, bound or count there. A loop carries nothing from one pass to the next
//                               but values that its head would read again, and what it waits by.
//   yield()                     other threads may run first, because what the caller has not found may be in their hands.
//                               Production gives up the processor; engines do nothing, and nothing depends on it.
//   claim(extent)               the caller now owns these bytes exclusively; until
//   release(extent)             it gives them up. Both are ghosts: nothing in production, (un)poisoning in sanitizer
//                               builds, a checked ownership transfer in the engines (SEG-1, SEG-3). `release` comes before
//                               the write that makes the bytes available, `claim` after the one that took them.
//   concurrent                  whether other threads may be at work (a constant).
//
// Progress: every function is wait-free in production. Thread safety: as the implementation says.
// Invariants: FL-2 (only words of the header, of descriptors and of the directory of roots are passed in).
#pragma once

#include <concepts>
#include <cstdint>
#include <source_location>

#include "../layout/extent.hpp"
#include "../layout/word.hpp"
#include "orders.hpp"

namespace rarena::detail {

using Location = std::source_location;

template <class S, class T>
concept StoresWordsOf = requires(const S& store, Word<T> word, T value, T& expected, Site site, Location where) {
  { store.load(word, site, where) } -> std::same_as<T>;
  { store.store(word, value, site, where) } -> std::same_as<void>;
  { store.compare_exchange_weak(word, expected, value, site, where) } -> std::same_as<bool>;
  { store.fetch_add(word, value, site, where) } -> std::same_as<T>;
};

template <class S>
concept WordStore = std::copyable<S> && StoresWordsOf<S, std::uint32_t> && StoresWordsOf<S, std::uint64_t> &&
                    requires(const S& store, Extent extent, typename S::LoopHead& head, Location where) {
                      { store.loop_head() } -> std::same_as<typename S::LoopHead>;
                      { store.retry(head, where) } -> std::same_as<void>;
                      { store.yield() } -> std::same_as<void>;
                      { store.claim(extent, where) } -> std::same_as<void>;
                      { store.release(extent, where) } -> std::same_as<void>;
                      { S::concurrent } -> std::convertible_to<bool>;
                    };

}  // namespace rarena::detail

namespace rarena {

/// What an arena is written against: how words are read and written (core/words/word_store.hpp).
using detail::WordStore;

}  // namespace rarena
