#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

namespace checker {

namespace {

struct Numbers {
  std::mutex mutex;
  std::unordered_map<std::uint64_t, std::string> values;
};
Numbers& numbers() {
  static Numbers& all = *new Numbers;  // objects with static storage may outlive any other
  return all;
}

// FNV-1a, 64 bits: a value has the same number in every process, so that a violation can be replayed in another one.
std::uint64_t hash(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return sum;
}

}  // namespace

std::uint64_t number_of(const void* bytes, std::size_t size) {
  const std::string_view value(static_cast<const char*>(bytes), size);
  const std::uint64_t number = hash(value);
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  const auto [found, is_new] = all.values.try_emplace(number, value);
  if (!is_new && found->second != value) throw std::logic_error("two large values have one number: change one of them");
  return number;
}

void value_of_number(std::uint64_t number, void* bytes, std::size_t size) {
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  std::memcpy(bytes, all.values.at(number).data(), size);
}

std::string show_large(std::uint64_t number) {
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  const auto found = all.values.find(number);
  if (found == all.values.end()) return fmt::format("#{:x}", number);
  const std::string& value = found->second;
  std::string text;
  for (std::size_t i = 0; i < value.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, value.data() + i, std::min<std::size_t>(8, value.size() - i));
    text += fmt::format("{}{:#x}", i == 0 ? "{" : ", ", word);
  }
  return text + "}";
}

std::string show_real(double value) { return fmt::format("{}", value); }

}  // namespace checker
