// The skip list of skip_list.cpp, and when what it has replaced may be freed.
//
// Source: W. Pugh, "Skip lists: a probabilistic alternative to balanced trees", CACM 33(6), 1990. Nodes are never taken out.
// The levels above the lowest one only make the way shorter: one that a dead process has not linked there is found anyway.
//
// `Types` says what it is made of, so that a model checker runs it as well as a file:
//
//     Key, Value        what a node holds, made of a KeyView and a ValueView
//     Allocator         makes objects and deletes them, as rarena::ArenaAllocator
//     Pointer<T>        a pointer that threads share, as rarena::atomic_offset_ptr
//     Atomic<T>         as std::atomic
//     fence(), wait()   a sequentially consistent fence; other threads may run first
//     levels, sessions  how many there are at most
//     height(key)       in how many levels the node of a key is, from 1 to `levels`
//
// Thread safety: any number of threads, each with a session of its own. Progress: lock-free, O(nodes), those that are inserted
// meanwhile included; a session waits at its end for those that read what it has replaced.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

template <class Types>
struct Node {
  using allocator_type = typename Types::Allocator;
  Node(typename Types::KeyView k, const allocator_type& a) : key(k, a) {}
  typename Types::Key key;
  typename Types::template Pointer<typename Types::Value> value;
  typename Types::template Pointer<Node> next[Types::levels];
};

// What a search for a key passes: in each level the last node before it, and the one behind that.
template <class Types>
struct Way {
  std::array<Node<Types>*, Types::levels> before, behind;
};

template <class Types>
struct SkipList {
  using allocator_type = typename Types::Allocator;
  using KeyView = typename Types::KeyView;
  using Value = typename Types::Value;
  using Node = ::Node<Types>;
  using Way = ::Way<Types>;
  static constexpr int levels = Types::levels;
  explicit SkipList(const allocator_type& a) : allocator(a), first(KeyView(), a) {}

  // The node of the key, or nothing.
  Node* find(KeyView key, Way& way) {
    Node* node = &first;
    for (int level = levels; level-- > 0;) {
      Node* next = node->next[level].load();
      for (; next != nullptr && next->key < key; next = node->next[level].load()) node = next;
      way.before[level] = node;
      way.behind[level] = next;
    }
    return way.behind[0] != nullptr && way.behind[0]->key == key ? way.behind[0] : nullptr;
  }
  // Returns the value that was there before, which others may still be reading. Throws what the allocator throws; then nothing
  // is lost.
  Value* put(KeyView key, typename Types::ValueView view) {
    Value* const value = allocator.template new_object<Value>(view);
    Node* node = nullptr;
    Way way;
    do {
      if (Node* const there = find(key, way)) {
        if (node != nullptr) allocator.delete_object(node);  // somebody has been quicker
        return there->value.exchange(value);
      }
      if (node == nullptr) node = node_for(key, value);
      node->value.store(value);
      node->next[0].store(way.behind[0]);
    } while (!way.before[0]->next[0].compare_exchange(way.behind[0], node));
    for (int level = 1; level < Types::height(key); ++level) link(node, level, way);
    return nullptr;
  }
  Node* node_for(KeyView key, Value* value) {
    try {
      return allocator.template new_object<Node>(key);
    } catch (...) {
      allocator.delete_object(value);
      throw;
    }
  }
  void link(Node* node, int level, Way& way) {
    do {
      find(node->key, way);
      node->next[level].store(way.behind[level]);
    } while (!way.before[level]->next[level].compare_exchange(way.behind[level], node));
  }
  void each(auto visit) {
    for (Node* node = first.next[0].load(); node != nullptr; node = node->next[0].load()) visit(*node);
  }

  allocator_type allocator;
  Node first;  // in front of all keys
};

// When nobody reads any more what has been replaced. A thread that reads says so, with the number of the present epoch. What
// was replaced in an epoch is freed when nobody reads who has begun in it or before. It is this process's, and not in the file.
template <class Types>
class Epochs {
 public:
  void begin_reading(std::size_t thread) {
    reading_[thread].store(now_.load());
    Types::fence();
  }
  void end_reading(std::size_t thread) { reading_[thread].store(0, std::memory_order_release); }
  // Ends the present epoch, and returns it.
  std::uint64_t end_epoch() { return now_.fetch_add(1); }
  bool nobody_reads_since(std::uint64_t epoch) const {
    Types::fence();
    for (const auto& each : reading_)
      if (const std::uint64_t since = each.load(); since != 0 && since <= epoch) return false;
    return true;
  }

 private:
  typename Types::template Atomic<std::uint64_t> now_ = 1;
  std::array<typename Types::template Atomic<std::uint64_t>, Types::sessions> reading_{};
};

// One thread at work on the list.
template <class Types, class EpochsOfIt = Epochs<Types>>
class Session {
 public:
  using List = SkipList<Types>;
  using KeyView = typename Types::KeyView;
  Session(List& list, EpochsOfIt& epochs, std::size_t thread) : list_(list), epochs_(epochs), thread_(thread) {}
  ~Session() {
    for (free_replaced(); !replaced_.empty(); free_replaced()) Types::wait();
  }
  // Shows the value of the key, if there is one: it stays as it is until visit returns.
  void read(KeyView key, auto visit) {
    const Reading reading(epochs_, thread_);
    typename List::Way way;
    if (const auto* const node = list_.find(key, way)) visit(std::as_const(*node->value.load()));
  }
  void put(KeyView key, typename Types::ValueView value) {
    if (replaced_.size() == replaced_.capacity())
      replaced_.reserve(2 * replaced_.size() + 16);  // may throw; later nothing does
    if (auto* const before = list_.put(key, value)) replaced_.emplace_back(epochs_.end_epoch(), before);
    if (replaced_.size() > 16) free_replaced();
  }

 private:
  // Ends where `visit` throws, too: otherwise nothing that is replaced from then on would ever be freed.
  struct Reading {
    Reading(EpochsOfIt& all, std::size_t number) : epochs(all), thread(number) { epochs.begin_reading(thread); }
    ~Reading() { epochs.end_reading(thread); }
    EpochsOfIt& epochs;
    std::size_t thread;
  };
  void free_replaced() {
    std::erase_if(replaced_, [&](const auto& each) {
      const bool free = epochs_.nobody_reads_since(each.first);
      if (free) list_.allocator.delete_object(each.second);
      return free;
    });
  }
  List& list_;
  EpochsOfIt& epochs_;
  std::size_t thread_;
  std::vector<std::pair<std::uint64_t, typename Types::Value*>> replaced_;
};
