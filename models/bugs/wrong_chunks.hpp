// Chunks that are wrong in what becomes of their rest: the known bugs chunk_given_back_twice, chunk_used_after_return and
// hoarding_magazine.
//
// Thread safety and progress: as Chunk. Invariants: the first two break SEG-1, the last one what REC-2 promises of a kill: at
// most one chunk of a magazine.
#pragma once

#include <array>
#include <cstddef>

#include "core/arena/chunk.hpp"
#include "models/scenario/internals.hpp"

namespace rarena::models {

// There are two of it, as if a magazine were copied and not moved; both end.
template <WordStore Store>
class TwiceGivenChunk : public Chunk<Store> {
 public:
  using Chunk<Store>::Chunk;

  template <class Source>
  void end(const Source& source, const Store& store) {
    Chunk<Store> other = *this;
    Chunk<Store>::end(source, store);
    other.end(source, store);
  }
};

// It gives its bytes back, and hands them out all the same.
template <WordStore Store>
class KeptChunk : public Chunk<Store> {
 public:
  using Chunk<Store>::Chunk;

  template <class Source>
  void end(const Source& source, const Store& store) {
    Chunk<Store> other = *this;
    other.end(source, store);
  }
};

// It keeps what is left of every chunk until the end.
template <WordStore Store>
class HoardingChunk : public Chunk<Store> {
 public:
  using Chunk<Store>::Chunk;

  template <class Source>
  Carved take(const Source& source, const Store& store, Request request) {
    const Carved piece = Chunk<Store>::take(store, request);
    if (piece) return piece;
    hoard_[count_++ % hoard_.size()] = *this;
    this->forget();
    return Chunk<Store>::take(source, store, request);
  }
  template <class Source>
  void end(const Source& source, const Store& store) {
    Chunk<Store>::end(source, store);
    for (Chunk<Store>& old : hoard_) old.end(source, store);
  }

 private:
  std::array<Chunk<Store>, 4> hoard_;
  std::size_t count_ = 0;
};

}  // namespace rarena::models
