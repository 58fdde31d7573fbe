// Client: one thread of a scenario at work on the shipped allocator. Keeps the books that the final check needs.
//
// Thread safety: one client per thread. Invariants: SEG-1 (what is returned lies where it may), SEG-3 (every live
// segment is written through the engine's race-checked payload).
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "core/arena/allocator.hpp"
#include "core/arena/shared_chunk.hpp"
#include "core/recovery/durability.hpp"
#include "core/words/word_store.hpp"
#include "outcome.hpp"

namespace rarena::models {

// What an engine's store offers beyond WordStore: race-checked payload, and checks that end the run as a violation.
template <class S>
concept EngineStore =
    WordStore<S> && requires(const S& store, Extent extent, bool condition, const char* message, Location where) {
      { store.use(extent, where) } -> std::same_as<void>;                // the owner writes its bytes
      { store.check(condition, message, where) } -> std::same_as<void>;  // message: "ID: what is wrong"
    };

// What a crash must respect: moments between the steps of a thread. The store of an engine that analyses crashes records them.
enum class Moment : std::uint8_t {
  live,     // the caller has the segment from now on
  freed,    // and here no longer
  flush,    // of the range: has returned
  durable,  // what is live in the range is durable from now on, as long as it is live
  // Of models/crash alone.
  lost,     // a flush of the range has failed
  opened,   // the file is open from now on, and says so durably
  closing,  // and from now on it may say that it is closed
  closed,   // and now says it durably
  resized,  // the file is as long as the range
  named,    // the file has its name
};

template <class S>
concept RecordsMoments = requires(const S& store, Moment moment, Extent range) { store.moment(moment, range); };

// Magazine: a chunk of its own, as core/arena/chunk.hpp has it. `chunk`: of how many bytes that of all threads is.
template <EngineStore Store, class Allocator, class Magazine>
class Client {
 public:
  Client(Store store, const Allocator& allocator, Magazine magazine, Size chunk, const Image& image, unsigned thread,
         Outcome::Thread& books)
      : store_(store), allocator_(allocator), magazine_(magazine), shared_(store, shared_chunk, chunk), image_(image),
        thread_(thread), books_(books) {
    for (unsigned k = 0; !image.owned_by(thread, k).empty(); ++k) add(image.owned_by(thread, k));
  }

  // The k-th segment that this thread owns at the start.
  Extent own(unsigned k = 0) const { return image_.owned_by(thread_, k); }

  // Allocates and writes. nullopt: no space.
  std::optional<Extent> alloc(Request request) {
    begin("allocate");
    return received(allocator_.allocate(request), request);
  }
  // The same through the magazine.
  std::optional<Extent> take(Request request) { return take_from(magazine_, request); }
  // The same through the chunk of all threads.
  std::optional<Extent> take_shared(Request request) { return take_from(shared_, request); }

  // Writes once more, then frees.
  void free(Extent segment) {
    let_go(segment);
    begin("deallocate");
    store_.check(allocator_.deallocate(segment).has_value(), "SEG-1: an owned segment is out of range");
  }
  void put_back(Extent segment) { return_to(magazine_, segment); }
  void return_shared(Extent segment) { return_to(shared_, segment); }
  void end_magazine() {
    begin("deallocate");
    magazine_.end(allocator_, store_);
  }
  void end_shared() {
    begin("deallocate");
    shared_.end(allocator_, store_);
  }

  // Writes once more, and leaves the segment to nobody.
  void give_up(Extent segment) {
    let_go(segment);
    store_.release(segment);
    begin("increase_discarded");
    store_.check(allocator_.give_up(segment.size).has_value(), "SEG-2: an owned segment is accounted for");
  }

  // Takes a snapshot of the list and of the unused descriptors, which may be stale.
  void walk() {
    begin("walk");
    const Geometry geometry = image_.geometry();
    allocator_.segments().walk([&](Extent e) {
      store_.check(e.offset >= geometry.data_offset() && e.end() <= geometry.capacity(), "FL-1: a walk saw no free segment");
    });
    allocator_.segments().walk_spare([](Offset) {});
  }

  void merge() {
    begin("merge");
    allocator_.segments().merge();
  }

  void discard_freelist() {
    begin("discard_freelist");
    allocator_.segments().discard_all();
  }

  // Arena::flush: everything below the cursor.
  void flush() {
    begin("flush");
    make_durable({0, allocator_.cursor().allocated()});
  }
  // Arena::flush_header_and_range: a segment, and what says that it is not free.
  void flush_header_and(Extent segment) {
    begin("flush");
    store_.check(allocator_.check_allocated(segment.offset, segment.size).has_value(),
                 "SEG-1: an owned segment is out of range");
    make_durable(segment);
  }

 private:
  struct Disk {
    const Client& client;
    std::expected<void, Error> flush(Extent range) const {
      client.record(Moment::flush, range);
      return {};
    }
  };
  void make_durable(Extent range) {
    store_.check(disk_.flush(Disk{*this}, range, store_, image_.geometry()).has_value(), "model: the disk failed");
    record(Moment::durable, range);
  }
  void record(Moment moment, Extent range) const {
    if constexpr (RecordsMoments<Store>) store_.moment(moment, range);
  }
  // For stores that count the steps of a call.
  void begin(const char* call) const {
    if constexpr (requires { store_.begin_call(call); }) store_.begin_call(call);
  }
  template <class AnyChunk>
  std::optional<Extent> take_from(AnyChunk& chunk, Request request) {
    begin("allocate");
    const Carved piece = chunk.take(allocator_, store_, request);
    return received(piece ? Allocation{piece.all(), piece.used()} : allocator_.allocate(request), request);
  }
  template <class AnyChunk>
  void return_to(AnyChunk& chunk, Extent segment) {
    let_go(segment);
    begin("deallocate");
    if (chunk.give_back(store_, segment)) return;
    store_.check(allocator_.deallocate(segment).has_value(), "SEG-1: an owned segment is out of range");
  }
  std::optional<Extent> received(const std::optional<Allocation>& allocation, Request request) {
    if (!allocation) {
      ++books_.refused;
      return std::nullopt;
    }
    ++books_.allocated;
    const Extent segment = allocation->segment, used = allocation->used;
    store_.check(used.size == request.size && used.offset % request.alignment == 0,
                 "SEG-1: an allocation is not what was asked for");
    store_.check(segment.offset <= used.offset && used.end() <= segment.end(), "SEG-1: an allocation lies outside its segment");
    store_.use(segment);
    add(segment);
    record(Moment::live, segment);
    return segment;
  }
  void let_go(Extent segment) {
    store_.use(segment);
    remove(segment);
    record(Moment::freed, segment);
  }
  void add(Extent segment) {
    store_.check(books_.live_count < books_.live.size(), "model: a scenario thread owns too many segments");
    books_.live[books_.live_count++] = segment;
  }
  void remove(Extent segment) {
    for (unsigned i = 0; i < books_.live_count; ++i) {
      if (books_.live[i] != segment) continue;
      books_.live[i] = books_.live[--books_.live_count];
      return;
    }
    store_.check(false, "model: a scenario thread frees what it does not own");
  }

  Store store_;
  const Allocator& allocator_;
  Magazine magazine_;
  SharedChunk<Store> shared_;
  const Image& image_;
  unsigned thread_;
  Outcome::Thread& books_;
  DiskRecord disk_;  // here no flush fails: those that do are models/crash's
};

}  // namespace rarena::models
