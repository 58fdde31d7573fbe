// A sorted map in a file: a skip list. Any number of threads read it, insert into it and replace values, without locks, and a
// process may be killed at any moment.
//
//     skip_list FILE put KEY VALUE | get KEY | list | work KEYS THREADS ROUNDS | check KEYS
//
// The list is in skip_list.hpp.
#include "skip_list.hpp"

#include <rarena/rarena.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using Text = std::basic_string<char, std::char_traits<char>, rarena::ArenaAllocator<char>>;

struct InAFile {
  using Allocator = rarena::ArenaAllocator<char>;
  using Key = Text;
  using Value = Text;
  using KeyView = std::string_view;
  using ValueView = std::string_view;
  template <class T>
  using Pointer = rarena::atomic_offset_ptr<T>;
  template <class T>
  using Atomic = std::atomic<T>;
  static void fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }
  static void wait() { std::this_thread::yield(); }
  static constexpr int levels = 12, sessions = 64;
  // One of four nodes is in the next level, too. Which ones, the key says.
  static int height(std::string_view key) {
    const std::size_t mixed = std::hash<std::string_view>()(key) * 0x9e3779b97f4a7c15U;
    return 1 + std::min(levels - 1, std::countl_zero(mixed | 1U) / 2);
  }
};
using List = SkipList<InAFile>;

std::string key_of(int i) { return "key " + std::to_string(i); }
// Whether it is a value that `work` has put under the key, whole.
bool fits(std::string_view value, const std::string& key) {
  return value.starts_with(key + " = ") && value.ends_with(" that is long enough to be allocated on its own");
}

// Each thread puts every key so many times, and reads others meanwhile. How many values were not whole, or did not stay.
int work(List& list, int keys, int threads, int rounds) {
  Epochs<InAFile> epochs;
  std::atomic<int> bad = 0;
  std::vector<std::jthread> pool;
  for (int t = 0; t < threads; ++t)
    pool.emplace_back([&, t] {
      Session<InAFile> session(list, epochs, static_cast<std::size_t>(t));
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
std::int64_t lost_bytes(const rarena::Arena& arena, List& list) {
  auto lost = static_cast<std::int64_t>(arena.recovery().unlisted_bytes);
  const auto roots = arena.roots();
  for (const rarena::NamedRoot& root : *roots) lost -= root.segment.size;
  list.each([&](const List::Node& node) {
    const Text* const value = node.value.load();
    for (const rarena::Extent e :
         {list.allocator.extent_of(&node), list.allocator.extent_of(value), extent_of(node.key), extent_of(*value)})
      lost -= e.size;
  });
  return lost;
}

// How much is wrong with a list of so many keys.
int check(List& list, int keys) {
  int bad = 0, count = 0;
  std::string before;
  list.each([&](const List::Node& node) {
    const std::string key(node.key);
    bad += key <= before || !fits(*node.value.load(), key);
    before = key;
    ++count;
  });
  List::Way way;
  for (int i = 0; i < keys; ++i) bad += list.find(key_of(i), way) == nullptr;
  return bad + (count != keys);
}

int main(int count, char** arguments) try {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  // What is freed serves again at once, so that the file stays small.
  const rarena::Options options{.capacity = 64U << 20U, .magic_version = 8, .reuse = rarena::Reuse::first, .create = true};
  auto arena = rarena::Arena::map_mut(words.at(0), options);
  const auto root = arena ? arena->root_or_emplace<List>("skip list") : std::unexpected(arena.error());
  if (!root) return std::cerr << "skip_list: " << words.at(0) << ": " << root.error().message() << '\n', 1;
  List& list = **root;
  Epochs<InAFile> epochs;
  Session<InAFile> session(list, epochs, 0);
  const std::string& command = words.at(1);
  int bad = 0;
  if (command == "put") session.put(words.at(2), words.at(3));
  if (command == "get") session.read(words.at(2), [](const Text& value) { std::cout << value << '\n'; });
  if (command == "list")
    list.each([](const List::Node& node) { std::cout << node.key << " = " << *node.value.load() << '\n'; });
  if (command == "work") bad = work(list, std::stoi(words.at(2)), std::stoi(words.at(3)), std::stoi(words.at(4)));
  if (command == "check") {
    bad = check(list, std::stoi(words.at(2)));
    std::cout << lost_bytes(*arena, list) << " bytes are lost\n";
  }
  std::cout << bad << " are bad\n";
  return bad == 0 ? 0 : 1;
} catch (const std::out_of_range&) {
  std::cerr << "usage: skip_list FILE put KEY VALUE | get KEY | list | work KEYS THREADS ROUNDS | check KEYS\n";
  return 2;
} catch (const std::exception& error) {
  std::cerr << "skip_list: " << error.what() << '\n';
  return 1;
}
