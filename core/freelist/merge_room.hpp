// MergeRoom: the scratch memory of one merge, which belongs to the thread that merges.
//
//   push(node)       appends; false: there is no more room, and nothing has changed
//   truncate(count)  keeps the first ones
//   seen()           what is there
//   order(count)     two arrays of that many keys, to sort them; empty spans: there is no room
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

namespace rarena::detail {

// A node of the list as the walk of a merge saw it: a segment; or the head or a boundary that a segment stands right behind.
struct SeenNode {
  static constexpr std::uint32_t none = 0xffffffff;

  Link link;                                   // its own, which leads to the one behind
  Extent extent{};                             // empty: no segment
  Offset descriptor = null_offset;             // null: the head
  std::uint32_t before = none, behind = none;  // the numbers of its neighbours, if these were seen beside it

  constexpr bool is_segment() const { return !extent.empty(); }
};

// What a merge sorts, apart from what it need not look at then.
struct MergeKey {
  Extent extent;
  std::uint32_t number = 0;  // of the segment
};

struct MergeOrder {
  std::span<MergeKey> keys, other;
};

template <class R>
concept MergeRoom = std::default_initializable<R> && requires(R& room, const SeenNode& node, std::size_t count) {
  { room.push(node) } -> std::same_as<bool>;
  { room.truncate(count) } -> std::same_as<void>;
  { room.seen() } -> std::same_as<std::span<SeenNode>>;
  { room.order(count) } -> std::same_as<MergeOrder>;
};

// On the heap.
class HeapRoom {
 public:
  bool push(const SeenNode& node) {
    if (count_ == capacity_ && !grow()) return false;
    seen_[count_++] = node;
    return true;
  }
  void truncate(std::size_t count) { count_ = count; }
  std::span<SeenNode> seen() { return {seen_.get(), count_}; }
  MergeOrder order(std::size_t count) {
    order_.reset(static_cast<MergeKey*>(std::malloc(2 * count * sizeof(MergeKey))));
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
    void* const memory = std::realloc(seen_.get(), capacity * sizeof(SeenNode));
    if (memory == nullptr) return false;
    (void)seen_.release();
    seen_.reset(static_cast<SeenNode*>(memory));
    capacity_ = capacity;
    return true;
  }

  std::unique_ptr<SeenNode[], Free> seen_;
  std::unique_ptr<MergeKey[], Free> order_;
  std::size_t count_ = 0, capacity_ = 0;
};

// An array, where nothing may be allocated.
template <std::size_t capacity>
class ArrayRoom {
 public:
  bool push(const SeenNode& node) {
    if (count_ == capacity) return false;
    seen_[count_++] = node;
    return true;
  }
  void truncate(std::size_t count) { count_ = count; }
  std::span<SeenNode> seen() { return {seen_.data(), count_}; }
  MergeOrder order(std::size_t count) { return {std::span(order_).first(count), std::span(other_).first(count)}; }

 private:
  std::array<SeenNode, capacity> seen_{};
  std::array<MergeKey, capacity> order_{}, other_{};
  std::size_t count_ = 0;
};

static_assert(MergeRoom<HeapRoom>);
static_assert(MergeRoom<ArrayRoom<8>>);

}  // namespace rarena::detail
