// A sorted map in a file: a skip list. Any number of threads read it, insert into it and replace values, without locks, and a
// process may be killed at any moment.
//
//     skip_list FILE put KEY VALUE | get KEY | list | work KEYS THREADS ROUNDS | check KEYS
//
// Source: W. Pugh, "Skip lists: a probabilistic alternative to balanced trees", CACM 33(6), 1990. Nodes are never taken out.
// The levels above the lowest one only make the way shorter: one that a dead process has not linked there is found anyway.
#include <rarena/rarena.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

using Allocator = rarena::ArenaAllocator<char>;
using Text = std::basic_string<char, std::char_traits<char>, Allocator>;

constexpr int levels = 12;

struct Node {
  using allocator_type = Allocator;
  Node(std::string_view k, const Allocator& a) : key(k, a) {}
  Text key;
  rarena::atomic_offset_ptr<Text> value;
  rarena::atomic_offset_ptr<Node> next[levels];
};

// What a search for a key passes: in each level the last node before it, and the one behind that.
struct Way {
  std::array<Node*, levels> before, behind;
};

struct SkipList {
  using allocator_type = Allocator;
  explicit SkipList(const Allocator& a) : allocator(a), first("", a) {}

  // The node of the key, or nothing.
  Node* find(std::string_view key, Way& way) {
    Node* node = &first;
    for (int level = levels; level-- > 0;) {
      Node* next = node->next[level].load();
      for (; next != nullptr && next->key < key; next = node->next[level].load()) node = next;
      way.before[level] = node;
      way.behind[level] = next;
    }
    return way.behind[0] != nullptr && way.behind[0]->key == key ? way.behind[0] : nullptr;
  }
  // Returns the value that was there before, which others may still be reading.
  Text* put(std::string_view key, std::string_view value) {
    Text* const text = allocator.new_object<Text>(value);
    Node* node = nullptr;
    Way way;
    do {
      if (Node* const there = find(key, way)) {
        if (node != nullptr) allocator.delete_object(node);  // somebody has been quicker
        return there->value.exchange(text);
      }
      if (node == nullptr) node = allocator.new_object<Node>(key);
      node->value.store(text);
      node->next[0].store(way.behind[0]);
    } while (!way.before[0]->next[0].compare_exchange(way.behind[0], node));
    for (int level = 1; level < height(key); ++level) link(node, level, way);
    return nullptr;
  }
  void link(Node* node, int level, Way& way) {
    do {
      find(node->key, way);
      node->next[level].store(way.behind[level]);
    } while (!way.before[level]->next[level].compare_exchange(way.behind[level], node));
  }
  // One of four nodes is in the next level, too. Which ones, the key says.
  static int height(std::string_view key) {
    const std::size_t mixed = std::hash<std::string_view>()(key) * 0x9e3779b97f4a7c15U;
    return 1 + std::min(levels - 1, std::countl_zero(mixed | 1U) / 2);
  }
  void each(auto visit) {
    for (Node* node = first.next[0].load(); node != nullptr; node = node->next[0].load()) visit(*node);
  }

  Allocator allocator;
  Node first;  // in front of all keys
};

// When nobody reads any more what has been replaced. A thread that reads says so, with the number of the present epoch. What
// was replaced in an epoch is freed when nobody reads who has begun in it or before. It is this process's, and not in the file.
class Epochs {
 public:
  void begin_reading(std::size_t thread) {
    reading_[thread].store(now_.load());
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
  void end_reading(std::size_t thread) { reading_[thread].store(0, std::memory_order_release); }
  // Ends the present epoch, and returns it.
  std::uint64_t end_epoch() { return now_.fetch_add(1); }
  bool nobody_reads_since(std::uint64_t epoch) const {
    std::atomic_thread_fence(std::memory_order_seq_cst);
    for (const auto& each : reading_)
      if (const std::uint64_t since = each.load(); since != 0 && since <= epoch) return false;
    return true;
  }

 private:
  std::atomic<std::uint64_t> now_ = 1;
  std::array<std::atomic<std::uint64_t>, 64> reading_{};
};

// One thread at work on the list.
class Session {
 public:
  Session(SkipList& list, Epochs& epochs, std::size_t thread) : list_(list), epochs_(epochs), thread_(thread) {}
  ~Session() {
    while (!replaced_.empty()) free_replaced();
  }
  // Shows the value of the key, if there is one: it stays as it is until visit returns.
  void read(std::string_view key, auto visit) {
    epochs_.begin_reading(thread_);
    Way way;
    if (const Node* const node = list_.find(key, way)) visit(std::as_const(*node->value.load()));
    epochs_.end_reading(thread_);
  }
  void put(std::string_view key, std::string_view value) {
    if (Text* const before = list_.put(key, value)) replaced_.emplace_back(epochs_.end_epoch(), before);
    if (replaced_.size() > 16) free_replaced();
  }

 private:
  void free_replaced() {
    std::erase_if(replaced_, [&](const auto& each) {
      const bool free = epochs_.nobody_reads_since(each.first);
      if (free) list_.allocator.delete_object(each.second);
      return free;
    });
  }
  SkipList& list_;
  Epochs& epochs_;
  std::size_t thread_;
  std::vector<std::pair<std::uint64_t, Text*>> replaced_;
};

std::string key_of(int i) { return "key " + std::to_string(i); }
// Whether it is a value that `work` has put under the key, whole.
bool fits(std::string_view value, const std::string& key) {
  return value.starts_with(key + " = ") && value.ends_with(" that is long enough to be allocated on its own");
}

// Each thread puts every key so many times, and reads others meanwhile. How many values were not whole, or did not stay.
int work(SkipList& list, int keys, int threads, int rounds) {
  Epochs epochs;
  std::atomic<int> bad = 0;
  std::vector<std::jthread> pool;
  for (int t = 0; t < threads; ++t)
    pool.emplace_back([&, t] {
      Session session(list, epochs, static_cast<std::size_t>(t));
      for (int i = 0; i < keys * rounds; ++i) {
        const std::string key = key_of((i * 7 + t * 13) % keys), other = key_of((i * 11 + t * 5) % keys);
        session.put(key, key + " = " + std::to_string(i) + " that is long enough to be allocated on its own");
        session.read(other, [&](const Text& value) {
          const std::string first(value);
          std::this_thread::yield();  // so that others replace it meanwhile
          bad += !fits(first, other) || std::string_view(value) != first;
        });
      }
    });
  pool.clear();
  return bad;
}

// The bytes of a closed file that neither the list nor its root holds, nor the arena.
std::int64_t lost_bytes(const rarena::Arena& arena, SkipList& list) {
  auto lost = static_cast<std::int64_t>(arena.recovery().unlisted_bytes);
  const auto roots = arena.roots();
  for (const rarena::NamedRoot& root : *roots) lost -= root.segment.size;
  list.each([&](const Node& node) {
    const Text* const value = node.value.load();
    for (const rarena::Extent e :
         {list.allocator.extent_of(&node), list.allocator.extent_of(value), extent_of(node.key), extent_of(*value)})
      lost -= e.size;
  });
  return lost;
}

// How much is wrong with a list of so many keys.
int check(SkipList& list, int keys) {
  int bad = 0, count = 0;
  std::string before;
  list.each([&](const Node& node) {
    const std::string key(node.key);
    bad += key <= before || !fits(*node.value.load(), key);
    before = key;
    ++count;
  });
  Way way;
  for (int i = 0; i < keys; ++i) bad += list.find(key_of(i), way) == nullptr;
  return bad + (count != keys);
}

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  // What is freed serves again at once, so that the file stays small.
  const rarena::Options options{.capacity = 64U << 20U, .magic_version = 8, .reuse = rarena::Reuse::first, .create = true};
  auto arena = rarena::Arena::map_mut(words.at(0), options);
  const auto root = arena ? arena->root_or_emplace<SkipList>("skip list") : std::unexpected(arena.error());
  if (!root) return std::cerr << "skip_list: " << words.at(0) << ": " << root.error().message() << '\n', 1;
  SkipList& list = **root;
  Epochs epochs;
  Session session(list, epochs, 0);
  const std::string& command = words.at(1);
  int bad = 0;
  if (command == "put") session.put(words.at(2), words.at(3));
  if (command == "get") session.read(words.at(2), [](const Text& value) { std::cout << value << '\n'; });
  if (command == "list") list.each([](const Node& node) { std::cout << node.key << " = " << *node.value.load() << '\n'; });
  if (command == "work") bad = work(list, std::stoi(words.at(2)), std::stoi(words.at(3)), std::stoi(words.at(4)));
  if (command == "check") {
    bad = check(list, std::stoi(words.at(2)));
    std::cout << lost_bytes(*arena, list) << " bytes are lost\n";
  }
  std::cout << bad << " are bad\n";
  return bad == 0 ? 0 : 1;
}
