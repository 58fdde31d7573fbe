#include "bench/suite.hpp"

#include <exception>
#include <new>

namespace rarena::bench {

Failures Suite::failures_;

void Failures::add(const std::string& benchmark, const std::string& error) {
  const std::scoped_lock guard(mutex_);
  errors_.emplace(benchmark, error);
}

std::string Failures::of(const std::string& benchmark) const {
  const std::scoped_lock guard(mutex_);
  const auto found = errors_.find(benchmark);
  return found == errors_.end() ? "" : found->second;
}

std::vector<int> Suite::threads_of(std::initializer_list<int> threads, bool concurrent) const {
  if (!threads_.empty()) return concurrent && threads.size() > 1 ? threads_ : std::vector<int>();
  std::vector<int> counts;
  for (const int count : threads)
    if (count == *threads.begin() || (concurrent && (count <= 2 || !shortest_))) counts.push_back(count);
  return counts;
}

std::string error_of(const std::function<void()>& act) try {
  act();
  return "";
} catch (const std::bad_alloc&) {
  return Refused().what();
} catch (const std::exception& error) {
  note(error);
  return error.what();
}

}  // namespace rarena::bench
