#include "bench/blocks.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <mutex>

namespace rarena::bench {

namespace {

constexpr int told = 10;

struct {
  std::mutex mutex;
  int broken = 0;
} noted;

}  // namespace

void note(const std::exception& error) {
  if (dynamic_cast<const Broken*>(&error) == nullptr) return;
  const std::scoped_lock guard(noted.mutex);
  if (++noted.broken <= told) fmt::print(stderr, "check failed: {}\n", error.what());
}

int broken() {
  const std::scoped_lock guard(noted.mutex);
  return noted.broken;
}

}  // namespace rarena::bench
