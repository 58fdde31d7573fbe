#include "registry.hpp"

#include <pthread.h>

#include <mutex>
#include <shared_mutex>

namespace rarena {

namespace {

// It is there before the first arena and behind the last one, whatever is static: std::shared_mutex promises neither.
class RegistryMutex {
 public:
  void lock() noexcept { ::pthread_rwlock_wrlock(&mutex_); }
  void lock_shared() noexcept { ::pthread_rwlock_rdlock(&mutex_); }
  void unlock() noexcept { ::pthread_rwlock_unlock(&mutex_); }
  void unlock_shared() noexcept { unlock(); }

 private:
  pthread_rwlock_t mutex_ = PTHREAD_RWLOCK_INITIALIZER;
};

constinit RegistryMutex registry_mutex;
constinit Registration* first_registration = nullptr;

}  // namespace

void Registration::begin(const std::byte* memory, const OpenArena& arena) noexcept {
  end();
  const std::scoped_lock guard(registry_mutex);
  memory_ = memory;
  arena_ = arena;
  behind_ = first_registration;
  if (behind_ != nullptr) behind_->before_ = this;
  first_registration = this;
}

void Registration::move_to(const std::byte* memory) noexcept {
  const std::scoped_lock guard(registry_mutex);
  if (memory_ != nullptr) memory_ = memory;
}

void Registration::end() noexcept {
  const std::scoped_lock guard(registry_mutex);
  if (memory_ == nullptr) return;
  (before_ != nullptr ? before_->behind_ : first_registration) = behind_;
  if (behind_ != nullptr) behind_->before_ = before_;
  before_ = behind_ = nullptr;
  memory_ = nullptr;
}

OpenArena Registration::find(const std::byte* memory) noexcept {
  const std::shared_lock guard(registry_mutex);
  for (const Registration* each = first_registration; each != nullptr; each = each->behind_)
    if (each->memory_ == memory) return each->arena_;
  return {};
}

}  // namespace rarena
