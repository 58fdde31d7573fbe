// Notes in a file: a vector of strings, which each process finds where the file is mapped now.
//
//     notes FILE add TEXT... | list
#include <rarena/rarena.hpp>

#include <iostream>
#include <string>
#include <vector>

using Text = std::basic_string<char, std::char_traits<char>, rarena::ArenaAllocator<char>>;
using Notes = std::vector<Text, rarena::ArenaAllocator<Text>>;

int fail(const std::string& file, const rarena::Error& error) {
  std::cerr << "notes: " << file << ": " << error.message() << '\n';
  return 1;
}

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() < 2) return std::cerr << "usage: notes FILE add TEXT... | list\n", 2;
  auto arena = rarena::Arena::map_mut(words[0], {.capacity = 1U << 20U, .create = true});
  if (!arena) return fail(words[0], arena.error());
  const auto notes = arena->root_or_emplace<Notes>("notes");
  if (!notes) return fail(words[0], notes.error());

  if (words[1] == "add") {
    try {
      for (std::size_t i = 2; i < words.size(); ++i) (*notes)->emplace_back(words[i]);
    } catch (const rarena::BadAlloc& full) {
      return fail(words[0], full.error());
    }
  }
  std::cout << "the notes are at " << static_cast<const void*>(*notes) << '\n';
  for (const Text& note : **notes) std::cout << note << '\n';
  const auto closed = arena->close();
  return closed ? 0 : fail(words[0], closed.error());
}
