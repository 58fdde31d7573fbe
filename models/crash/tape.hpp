// Tape: what was written and flushed, in order, on the way of an exclusive operation: the word store and the disk that the
// shipped code of opening and closing is run on.
//
// Thread safety: one thread.
#pragma once

#include <cerrno>
#include <expected>
#include <optional>
#include <vector>

#include "core/layout/error.hpp"
#include "core/words/word_store.hpp"
#include "snapshot.hpp"

namespace rarena::models::crash {

struct Tape {
  struct Entry {
    std::optional<Moment> moment = {};  // nullopt: a write
    Place place = 0;                    // write
    std::uint64_t value = 0;            // write
    Extent extent = {};                 // of the moment
  };
  std::vector<Entry> entries;
  int deaf_flushes = 0;  // the disk does nothing about so many of the first ones, and says that it has
  int fails = 0;         // the flush with this number fails; 0: none
};

class TapeStore {
 public:
  static constexpr bool concurrent = false;
  struct LoopHead {};

  TapeStore(Bytes& bytes, const Geometry& geometry, Tape& tape) : bytes_(&bytes), geometry_(geometry), tape_(&tape) {}

  template <class T>
  T load(Word<T> word, Site, Location = {}) const {
    return static_cast<T>(word_at(*bytes_, geometry_, word.place));
  }
  template <class T>
  void store(Word<T> word, T value, Site, Location = {}) const {
    put_word(*bytes_, geometry_, word.place, value);
    tape_->entries.push_back({.place = word.place, .value = value});
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location = {}) const {
    const T found = load(word, site);
    if (found == expected) store(word, value, site);
    const bool done = found == expected;
    expected = found;
    return done;
  }
  template <class T>
  T fetch_add(Word<T> word, T value, Site site, Location = {}) const {
    const T old = load(word, site);
    store(word, static_cast<T>(old + value), site);
    return old;
  }
  LoopHead loop_head() const { return {}; }
  void retry(LoopHead, Location = {}) const {}
  void yield() const {}
  void claim(Extent, Location = {}) const {}
  void release(Extent, Location = {}) const {}

 private:
  Bytes* bytes_;
  Geometry geometry_;
  Tape* tape_;
};

static_assert(WordStore<TapeStore>);

class TapeDisk {
 public:
  explicit TapeDisk(Tape& tape) : tape_(&tape) {}
  std::expected<void, Error> flush(Extent range) const {
    const bool fails = tape_->fails > 0 && --tape_->fails == 0;
    if (tape_->deaf_flushes > 0)
      --tape_->deaf_flushes;
    else
      tape_->entries.push_back({.moment = fails ? Moment::lost : Moment::flush, .extent = range});
    if (fails) return std::unexpected(Error{.code = ErrorCode::system, .os_error = EIO});
    return {};
  }

 private:
  Tape* tape_;
};

}  // namespace rarena::models::crash
