// A hash map in a file. Any number of threads read it and put into it, and a process may be killed at any moment.
// kv FILE put KEY VALUE | get KEY | del KEY | list | fill COUNT THREADS [crash] | check COUNT | repair
#include <rarena/rarena.hpp>

#include <iostream>
#include <string>
#include <thread>
#include <vector>
using Allocator = rarena::ArenaAllocator<char>;
using Text = std::basic_string<char, std::char_traits<char>, Allocator>;

struct Node {
  using allocator_type = Allocator;
  Node(std::string_view k, std::string_view v, const Allocator& a) : key(k, a), value(v, a) {}
  Text key, value;
  rarena::atomic_offset_ptr<Node> next;
};
struct Map {
  using allocator_type = Allocator;
  explicit Map(const Allocator& a) : allocator(a) {}
  rarena::atomic_offset_ptr<Node>& bucket(std::string_view key) {
    std::uint64_t hash = 14695981039346656037U;  // FNV-1a, which is the same in every process
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    return buckets[hash % std::size(buckets)];
  }
  void put(std::string_view key, std::string_view value) {
    Node *const node = allocator.new_object<Node>(key, value), *first = bucket(key).load();
    do node->next.store(first);
    while (!bucket(key).compare_exchange(first, node));
  }
  std::string_view get(std::string_view key) {
    for (Node* node = bucket(key).load(); node != nullptr; node = node->next.load())
      if (node->key == key) return node->value;
    return "(none)";
  }
  bool erase(std::string_view key) {  // while nobody else uses the map
    for (auto* link = &bucket(key); Node* const node = link->load(); link = &node->next) {
      if (node->key != key) continue;
      link->store(node->next.load());
      return allocator.delete_object(node), true;
    }
    return false;
  }
  void each(auto visit) {
    for (auto& head : buckets)
      for (Node* node = head.load(); node != nullptr; node = node->next.load()) visit(*node);
  }
  Allocator allocator;
  rarena::atomic_offset_ptr<Node> buckets[1024];
};

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  auto arena = rarena::Arena::map_mut(words.at(0), {.capacity = 64U << 20U, .magic_version = 7, .create = true});
  const auto root = arena ? arena->root_or_emplace<Map>("map") : std::unexpected(arena.error());
  if (!root) return std::cerr << "kv: " << words.at(0) << ": " << root.error().message() << '\n', 1;
  Map& map = **root;
  const std::string command = words.at(1);
  if (command == "put") map.put(words.at(2), words.at(3));
  if (command == "get") std::cout << map.get(words.at(2)) << '\n';
  if (command == "del") std::cout << map.erase(words.at(2)) << '\n';
  if (command == "list") map.each([](const Node& node) { std::cout << node.key << " = " << node.value << '\n'; });
  if (command == "fill") {
    std::vector<std::jthread> threads;
    for (int t = 0, n = std::stoi(words.at(3)); t < n; ++t)
      threads.emplace_back([&, t, n] {
        for (int i = t; i < std::stoi(words.at(2)); i += n) map.put("key" + std::to_string(i), std::string(i % 50, 'v'));
      });
    threads.clear();
    if (words.size() > 4) std::_Exit(9);
  }
  int bad = 0;
  for (int i = 0, n = command == "check" ? std::stoi(words.at(2)) : 0; i < n; ++i)
    bad += map.get("key" + std::to_string(i)).size() != i % 50U;
  std::vector<rarena::Extent> all;
  map.each([&](Node& n) { all.insert(all.end(), {map.allocator.extent_of(&n), extent_of(n.key), extent_of(n.value)}); });
  if (command == "repair" && !arena->rebuild(all)) return 1;
  std::cout << arena->recovery().unlisted_bytes << " bytes are used or lost, " << bad << " values are bad\n";
  return bad;
}
