#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <string_view>

namespace checker {

namespace {

struct Numbers {
  std::mutex mutex;
  std::deque<std::string> values;  // by number
  std::map<std::string_view, std::uint64_t> numbers;
};
Numbers& numbers() {
  static Numbers& all = *new Numbers;  // objects with static storage may outlive any other
  return all;
}

}  // namespace

std::uint64_t number_of(const void* bytes, std::size_t size) {
  const std::string_view value(static_cast<const char*>(bytes), size);
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.numbers.find(value); found != all.numbers.end()) return found->second;
  all.values.emplace_back(value);
  all.numbers.emplace(all.values.back(), all.values.size() - 1);
  return all.values.size() - 1;
}

void value_of_number(std::uint64_t number, void* bytes, std::size_t size) {
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  std::memcpy(bytes, all.values.at(static_cast<std::size_t>(number)).data(), size);
}

std::string show_large(std::uint64_t number) {
  Numbers& all = numbers();
  const std::lock_guard lock(all.mutex);
  if (number >= all.values.size()) return fmt::format("#{}", number);
  const std::string& value = all.values[static_cast<std::size_t>(number)];
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
