// The arena of this repository, in anonymous pages or in a file, with the primitives allocate and dealloc; and with handles.
#pragma once

#include <stdexcept>
#include <utility>

#include "bench/peer.hpp"
#include "bench/temporary_folder.hpp"
#include "core/rarena.hpp"

namespace rarena::bench {

template <class A>
A arena_or_throw(std::expected<A, Error> made) {
  if (!made) throw std::runtime_error(made.error().message());
  return *std::move(made);
}

// `Kind` has the name, the store, the options, and how the arena is made.
template <class Kind>
class ArenaPeer {
 public:
  using Store = typename Kind::Store;
  using Block = bench::Block;
  static constexpr auto name = Kind::name;
  static constexpr bool threads = Store::concurrent;
  static constexpr bool stays = true;
  static constexpr bool bounded = true;

  explicit ArenaPeer(std::size_t bytes) : arena_(kind_.make(bytes)), memory_(arena_.data()) {}

  Block allocate(std::size_t size) { return allocate(size, Fill::none); }
  Block allocate_zeroed(std::size_t size) { return allocate(size, Fill::zero); }
  void free(const Block& block)
    requires(Kind::freelist != Freelist::none)
  {
    (void)arena_.dealloc(static_cast<std::uint64_t>(block.memory - memory_), block.size);
  }
  void reset() { (void)arena_.clear(); }
  Size position() const { return arena_.allocated(); }
  void rewind(Size position) { (void)arena_.rewind(ArenaPosition::start(position)); }
  std::pmr::memory_resource* resource()
    requires(Kind::freelist != Freelist::none)
  {
    return &resource_;
  }

 private:
  Block allocate(std::size_t size, Fill fill) {
    const auto given = arena_.allocate(size, 1, fill);
    if (!given) return {};
    // At alignment 1 a segment begins with what was asked for.
    return {memory_ + given->segment.offset, given->segment.size};
  }

  [[no_unique_address]] Kind kind_;
  BasicArena<Store> arena_;
  std::byte* memory_;
  BasicMemoryResource<Store> resource_{arena_};
};

template <WordStore S, Freelist kind, Reuse reuse = Reuse::at_exhaustion>
struct Anonymous {
  using Store = S;
  static constexpr Freelist freelist = kind;
  static BasicArena<S> make(std::size_t bytes) {
    return arena_or_throw(BasicArena<S>::map_anon({.capacity = bytes, .freelist = kind, .reuse = reuse}));
  }
};
struct Pessimistic : Anonymous<AtomicStore, Freelist::pessimistic> {
  static constexpr std::string_view name = "arena";
};
struct Optimistic : Anonymous<AtomicStore, Freelist::optimistic> {
  static constexpr std::string_view name = "arena-optimistic";
};
struct NoFreelist : Anonymous<AtomicStore, Freelist::none> {
  static constexpr std::string_view name = "arena-none";
};
struct FirstOfAllFree : Anonymous<AtomicStore, Freelist::pessimistic, Reuse::first> {
  static constexpr std::string_view name = "arena-reuse-first";
};
struct OneThread : Anonymous<PlainStore, Freelist::pessimistic> {
  static constexpr std::string_view name = "arena-unsync";
};
struct InFile {
  using Store = AtomicStore;
  static constexpr std::string_view name = "arena-file";
  static constexpr Freelist freelist = Freelist::pessimistic;
  Arena make(std::size_t bytes) const {
    return arena_or_throw(Arena::map_mut(folder.path() / "arena", {.capacity = bytes, .create_new = true}));
  }
  TemporaryFolder folder;
};

// What most users write: alloc_bytes, and the end of the handle.
class HandlePeer {
 public:
  struct Block {
    std::byte* memory = nullptr;
    std::size_t size = 0;
    Bytes handle;
  };
  static constexpr std::string_view name = "arena-handles";
  static constexpr bool threads = true;
  static constexpr bool stays = true;
  static constexpr bool bounded = true;

  explicit HandlePeer(std::size_t bytes) : arena_(Pessimistic::make(bytes)) {}

  Block allocate(std::size_t size) { return allocate(size, Fill::none); }
  Block allocate_zeroed(std::size_t size) { return allocate(size, Fill::zero); }
  void free(Block& block) { block.handle = {}; }
  void reset() { (void)arena_.clear(); }

 private:
  Block allocate(std::size_t size, Fill fill) {
    auto given = arena_.alloc_bytes(size, fill);
    if (!given) return {};
    std::byte* const memory = given->data();
    return {memory, size, *std::move(given)};
  }

  Arena arena_;
};

static_assert(Keeps<ArenaPeer<Pessimistic>> && Resets<ArenaPeer<NoFreelist>> && !Frees<ArenaPeer<NoFreelist>>);
static_assert(Keeps<HandlePeer> && !HasResource<HandlePeer>);

}  // namespace rarena::bench
