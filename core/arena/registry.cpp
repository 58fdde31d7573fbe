#include "registry.hpp"

#include <cstddef>
#include <mutex>
#include <new>
#include <shared_mutex>

namespace rarena::detail {

namespace {

// Never destroyed: whatever is static, it is there behind the last arena.
std::shared_mutex& registry_mutex() noexcept {
  alignas(std::shared_mutex) static std::byte place[sizeof(std::shared_mutex)];
  static std::shared_mutex* const mutex = new (place) std::shared_mutex;
  return *mutex;
}
constinit Registration* first_registration = nullptr;

}  // namespace

void Registration::begin(const std::byte* memory, const OpenArena& arena) noexcept {
  end();
  const std::scoped_lock guard(registry_mutex());
  memory_ = memory;
  arena_ = arena;
  behind_ = first_registration;
  if (behind_ != nullptr) behind_->before_ = this;
  first_registration = this;
}

void Registration::move_to(const std::byte* memory) noexcept {
  const std::scoped_lock guard(registry_mutex());
  if (memory_ != nullptr) memory_ = memory;
}

void Registration::end() noexcept {
  const std::scoped_lock guard(registry_mutex());
  if (memory_ == nullptr) return;
  (before_ != nullptr ? before_->behind_ : first_registration) = behind_;
  if (behind_ != nullptr) behind_->before_ = before_;
  before_ = behind_ = nullptr;
  memory_ = nullptr;
}

OpenArena Registration::find(const std::byte* memory) noexcept {
  const std::shared_lock guard(registry_mutex());
  for (const Registration* each = first_registration; each != nullptr; each = each->behind_)
    if (each->memory_ == memory) return each->arena_;
  return {};
}

}  // namespace rarena::detail
