// Chunk: bytes of one allocation that one thread hands out from low to high without atomics; a magazine has one.
//
// The chunk is what has not been handed out yet, [next, end). What has been is the caller's, as any allocation is, and is freed
// through the source: any part of an allocation may be freed alone (Allocator::deallocate). So nobody keeps books of it.
//
// The chunk also takes back what ends where it begins. That need not be its own: who gives up [a, next) owns it, so
// [a, end) is the chunk's afterwards.
//
// Where the source has no room for a chunk, it is asked for the next one after a pause of requests (ChunkPause), because a
// refused request costs a look at the whole list, and often a merge. The chunk is empty meanwhile, and the source serves.
//
// Its bytes have no owner until they are handed out: so sanitizers see who uses them before, and models who hands them out
// twice, or without a hand-over.
//
// Thread safety: none; who hands a chunk to another thread orders that with what both do. Progress: wait-free; with a source,
// as its calls. Invariants: SEG-1, SEG-2, SEG-3.
#pragma once

#include <cstdint>
#include <utility>

#include "../bump/cursor.hpp"
#include "../freelist/free_segments.hpp"
#include "../words/word_store.hpp"

namespace rarena::detail {

// Whether a chunk of so many bytes serves a request: if it takes no more than a quarter of it.
constexpr bool fits_into_chunk(Request request, Size bytes) {
  return std::uint64_t{request.size} + request.alignment - 1 <= bytes / 4;
}

// When a chunk is asked for again that was refused: after 1, 2, 4, ... and from then on `longest` requests.
class ChunkPause {
 public:
  static constexpr std::uint16_t longest = 1024;

  // Counts a request, and says whether it asks.
  constexpr bool asks() {
    if (left_ == 0) return true;
    --left_;
    return false;
  }
  constexpr void refused() {
    left_ = length_;
    length_ = length_ < longest ? length_ * 2 : longest;
  }

 private:
  std::uint16_t left_ = 0, length_ = 1;
};

template <WordStore Store>
class Chunk {
 public:
  // Each chunk that is taken has so many bytes.
  constexpr explicit Chunk(Size bytes = 0) : bytes_(bytes) {}

  // Bytes for a request that is not empty, exclusively the caller's and not initialised; of this chunk.
  [[gnu::always_inline]] Carved take(const Store& store, Request request) {
    const Carved piece = WideArithmetic::carve(next_, request, end_);
    if (!piece) [[unlikely]]
      return {};
    next_ = piece.end;
    store.claim(piece.all());
    return piece;
  }

  // The same of this chunk or a new one. None: the request is to be served by the source itself, because it is larger than a
  // quarter of a chunk, or because there is no room for a new one, now or a short while ago.
  template <class Source>
  Carved take(const Source& source, const Store& store, Request request) {
    const Carved piece = take(store, request);
    return piece ? piece : refill_and_take(source, store, request);
  }

  // Takes back what the caller owns, which is not empty, if the chunk begins at its end. false: the caller still owns it.
  bool give_back(const Store& store, Extent segment) {
    if (segment.end() != next_) return false;
    store.release(segment);
    next_ = segment.offset;
    return true;
  }

  // Gives what has not been handed out back to the source. The chunk is empty then.
  template <class Source>
  void end(const Source& source, const Store& store) {
    const Extent left = forget();
    if (left.empty()) return;
    store.claim(left);
    source.take_back(left);
  }

  // What has not been handed out; and that which the chunk has no more.
  Extent left() const { return extent_between(next_, end_); }
  Extent forget() {
    const Extent lost = left();
    next_ = end_ = null_offset;
    return lost;
  }

  // The next request that needs a new chunk asks for one, even if one was refused: for who knows that there is more room now.
  void ask_again() { pause_ = ChunkPause(); }

 private:
  // Changes the chunk for a new one. The old one is given back first: where it is the topmost segment, the new one begins
  // there.
  template <class Source>
  [[gnu::noinline]] Carved refill_and_take(const Source& source, const Store& store, Request request) {
    if (!fits_into_chunk(request, bytes_) || !pause_.asks()) return {};
    end(source, store);
    const auto fresh = source.allocate({bytes_, descriptor_size});
    if (!fresh) {
      pause_.refused();
      return {};
    }
    ask_again();
    store.release(fresh->segment);
    next_ = fresh->segment.offset;
    end_ = static_cast<Offset>(fresh->segment.end());
    return take(store, request);
  }

  Offset next_ = null_offset, end_ = null_offset;
  Size bytes_;
  ChunkPause pause_;
};

}  // namespace rarena::detail
