// MergeRoom: the scratch memory of one merge, which belongs to the thread that merges.
//
//   push(seen)       appends; false: there is no more room, and nothing has changed
//   truncate(count)  keeps the first ones
//   seen()           what is there
//   order(count)     two arrays of that many numbers, to sort them; empty spans: there is no room
//
// Without room there is no merge, and no error. Progress: that of the memory. Thread safety: one thread.
// Invariants: none; a merge relies on nothing that another thread could write here.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "../layout/link.hpp"

namespace rarena {

// A segment as the walk of a merge saw it. What stands before and behind it is another one of these, or a boundary, the head or
// the end of the list.
struct SeenSegment {
  static constexpr std::uint32_t none = 0xffffffff;

  Link link;
  Link before_link;  // the link that led here; only where `before` is none
  Extent extent;
  Offset descriptor = null_offset;
  Offset boundary = null_offset;  // what stands before, where `before` is none; null: the head
  std::uint32_t before = none;    // number of the one before
  std::uint32_t behind = none;    // number of the one behind
};

struct MergeOrder {
  std::span<std::uint32_t> numbers, other;
};

template <class R>
concept MergeRoom = std::default_initializable<R> && requires(R& room, const SeenSegment& seen, std::size_t count) {
  { room.push(seen) } -> std::same_as<bool>;
  { room.truncate(count) } -> std::same_as<void>;
  { room.seen() } -> std::same_as<std::span<SeenSegment>>;
  { room.order(count) } -> std::same_as<MergeOrder>;
};

// On the heap.
class HeapRoom {
 public:
  bool push(const SeenSegment& seen) {
    if (count_ == capacity_ && !grow()) return false;
    seen_[count_++] = seen;
    return true;
  }
  void truncate(std::size_t count) { count_ = count; }
  std::span<SeenSegment> seen() { return {seen_.get(), count_}; }
  MergeOrder order(std::size_t count) {
    order_.reset(static_cast<std::uint32_t*>(std::malloc(2 * count * sizeof(std::uint32_t))));
    if (order_ == nullptr) return {};
    return {{order_.get(), count}, {order_.get() + count, count}};
  }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  bool grow() {
    constexpr std::size_t first = 256;
    const std::size_t capacity = capacity_ == 0 ? first : 2 * capacity_;
    void* const memory = std::realloc(seen_.get(), capacity * sizeof(SeenSegment));
    if (memory == nullptr) return false;
    (void)seen_.release();
    seen_.reset(static_cast<SeenSegment*>(memory));
    capacity_ = capacity;
    return true;
  }

  std::unique_ptr<SeenSegment[], Free> seen_;
  std::unique_ptr<std::uint32_t[], Free> order_;
  std::size_t count_ = 0, capacity_ = 0;
};

// An array, where nothing may be allocated.
template <std::size_t capacity>
class ArrayRoom {
 public:
  bool push(const SeenSegment& seen) {
    if (count_ == capacity) return false;
    seen_[count_++] = seen;
    return true;
  }
  void truncate(std::size_t count) { count_ = count; }
  std::span<SeenSegment> seen() { return {seen_.data(), count_}; }
  MergeOrder order(std::size_t count) { return {std::span(order_).first(count), std::span(other_).first(count)}; }

 private:
  std::array<SeenSegment, capacity> seen_{};
  std::array<std::uint32_t, capacity> order_{}, other_{};
  std::size_t count_ = 0;
};

static_assert(MergeRoom<HeapRoom>);
static_assert(MergeRoom<ArrayRoom<8>>);

}  // namespace rarena
