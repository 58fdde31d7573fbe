// SharedChunk: a chunk (chunk.hpp) that any number of threads bump, in one word that lies on no arena's memory.
//
// The word says what has not been handed out yet: an extent. 0: the chunk has not begun, or has ended. All of it changes by one
// CAS:
//
//     take        hands out the front of it
//     give_back   takes back what ends where it begins
//     publish     a fresh chunk takes its place; who did that owns what was left of the old one, and frees it
//     end         nothing takes its place; so too where the source has no room for a fresh one. Requests are the source's then,
//                 until threads meet again and the chunk begins, because asking for one with each of them costs too much
//
// The word needs no tag. Nobody concludes anything from a word that was read but at a CAS that succeeds, and then the word says
// what is true at this moment: that [next, end) is the chunk's. If it was changed in between and has come back, these bytes
// have been given back to the source, and are the chunk's again: the CAS is right about them, too, and as it reads the newest
// word it synchronizes with whoever put them there last.
//
// Progress: lock-free: a CAS fails only because another thread changed the word (or spuriously); a refill tries once.
// Thread safety: any number of threads. Invariants: SEG-1, SEG-2, SEG-3.
#pragma once

#include <cstdint>
#include <optional>

#include "chunk.hpp"

namespace rarena::detail {

template <WordStore Store>
class SharedChunk {
 public:
  // `words` is the store of the word, which need not be that of the memory. Each chunk that is taken has so many bytes.
  SharedChunk(Store words, Word<std::uint64_t> word, Size bytes) : words_(words), word_(word), bytes_(bytes) {}

  // As Chunk::take, if the chunk has begun; and so the three below.
  template <class Source>
  Carved take(const Source& source, const Store& store, Request request) const {
    auto loop = words_.loop_head();
    std::uint64_t seen = words_.load(word_, Site::chunk_load);
    for (;;) {
      const auto fitted = fit(decode_extent(seen), request);
      if (!fitted) return seen == none ? Carved() : refill_and_take(source, store, request, seen);
      // Linearization point of an allocation from a shared chunk: success here.
      if (words_.compare_exchange_weak(word_, seen, encode(fitted->rest), Site::chunk_take)) {
        const Carved piece = carved(*fitted);
        store.claim(piece.all());
        return piece;
      }
      words_.retry(loop);
    }
  }
  bool give_back(const Store& store, Extent segment) const {
    auto loop = words_.loop_head();
    std::uint64_t seen = words_.load(word_, Site::chunk_load);
    while (decode_extent(seen).offset == segment.end()) {
      const Extent joined{segment.offset, segment.size + decode_extent(seen).size};
      store.release(segment);
      // Linearization point of a free into a shared chunk: success here.
      if (words_.compare_exchange_weak(word_, seen, encode(joined), Site::chunk_give_back)) return true;
      store.claim(segment);
      words_.retry(loop);
    }
    return false;
  }
  template <class Source>
  void end(const Source& source, const Store& store) const {
    auto loop = words_.loop_head();
    std::uint64_t seen = words_.load(word_, Site::chunk_load);
    while (!words_.compare_exchange_weak(word_, seen, none, Site::chunk_end)) words_.retry(loop);
    own_and_free(source, store, decode_extent(seen));
  }

  // Makes it begin, if it has not.
  template <class Source>
  void begin(const Source& source, const Store& store) const {
    if (has_begun()) return;
    if (const auto fresh = source.allocate({bytes_, descriptor_size})) publish(source, store, none, fresh->segment);
  }
  bool has_begun() const { return words_.load(word_, Site::chunk_load) != none; }

  // What has not been handed out, at this moment.
  Extent left() const { return decode_extent(words_.load(word_, Site::chunk_load)); }

 private:
  static constexpr std::uint64_t none = 0;
  static constexpr Carved carved(const Fitted& fitted) {
    return {fitted.padding.offset, fitted.used.offset, static_cast<Offset>(fitted.used.end())};
  }

  // The front of a fresh chunk, of which the rest takes the place of the word that was seen.
  template <class Source>
  [[gnu::noinline]] Carved refill_and_take(const Source& source, const Store& store, Request request,
                                           std::uint64_t seen) const {
    if (!fits_into_chunk(request, bytes_)) return {};
    const auto fresh = source.allocate({bytes_, descriptor_size});
    if (!fresh) {
      publish(source, store, seen, {});
      return {};
    }
    const Fitted fitted = *fit(fresh->segment, request);
    publish(source, store, seen, fitted.rest);
    return carved(fitted);
  }

  // Puts what the caller owns in the place of the word that was seen. What is left of that, or else what it was to get, is
  // freed.
  template <class Source>
  void publish(const Source& source, const Store& store, std::uint64_t seen, Extent chunk) const {
    if (!chunk.empty()) store.release(chunk);
    const bool done = words_.compare_exchange_weak(word_, seen, encode(chunk), Site::chunk_publish);
    own_and_free(source, store, done ? decode_extent(seen) : chunk);
  }
  template <class Source>
  static void own_and_free(const Source& source, const Store& store, Extent bytes) {
    if (bytes.empty()) return;
    store.claim(bytes);
    source.take_back(bytes);
  }

  Store words_;
  Word<std::uint64_t> word_;
  Size bytes_;
};

}  // namespace rarena::detail
