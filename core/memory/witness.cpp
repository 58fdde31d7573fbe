#include "witness.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <limits>

#include "../words/atomic_store.hpp"
#include "process.hpp"
#include "system.hpp"

namespace rarena::detail {

static_assert(owner_died == FUTEX_OWNER_DIED);

namespace {

constexpr Place node_place = 8;  // of the pointer in a cell

robust_list* node_of(std::byte* cell) noexcept { return reinterpret_cast<robust_list*>(cell + node_place); }

}  // namespace

// The thread, and the cells in the order of the list that the system follows. All members under the mutex.
class Watch {
 public:
  std::uint32_t add(Witness& witness) noexcept;
  void remove(Witness& witness, WitnessCell content) noexcept;
  void move(Witness& witness, std::byte* cell) noexcept;

  void lock() noexcept { ::pthread_mutex_lock(&mutex_); }
  void unlock() noexcept { ::pthread_mutex_unlock(&mutex_); }
  // In a child of fork, whose only thread holds the mutex.
  void start_anew() noexcept {
    changed_ = PTHREAD_COND_INITIALIZER;
    thread_ = 0;
    first_ = nullptr;
    unlock();
  }

 private:
  static constexpr std::uint32_t starting = std::numeric_limits<std::uint32_t>::max();

  static void* stand(void* watch) noexcept;
  // Makes the thread if there is none. Afterwards thread_ is its number, or 0.
  void ensure_thread() noexcept;
  bool make_thread() noexcept;
  // The system reads these links whenever it may be: each change is one store.
  void link(std::byte* cell, robust_list* next) noexcept {
    AtomicStore(cell).store(Word<std::uint64_t>{node_place}, std::uint64_t{std::bit_cast<std::uintptr_t>(next)},
                            Site::witness_store);
  }
  void set_word(std::byte* cell, std::uint32_t value) noexcept {
    AtomicStore(cell).store(Word<std::uint32_t>{0}, value, Site::witness_store);
  }
  void set_first(robust_list* node) noexcept { const_cast<robust_list* volatile&>(head_.list.next) = node; }
  robust_list* node_behind(const Witness& witness) noexcept {
    return witness.behind_ != nullptr ? node_of(witness.behind_->cell_) : &head_.list;
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed_ = PTHREAD_COND_INITIALIZER;
  std::uint32_t thread_ = 0;
  robust_list_head head_{};
  Witness* first_ = nullptr;
};

namespace {
constinit Watch watch;
}

void* Watch::stand(void* self) noexcept {
  auto& all = *static_cast<Watch*>(self);
  const bool registered = os::set_robust_list(&all.head_, sizeof all.head_) == 0;
  all.lock();
  all.thread_ = registered ? static_cast<std::uint32_t>(::gettid()) : 0;
  ::pthread_cond_broadcast(&all.changed_);
  all.unlock();
  while (registered) ::pause();
  return nullptr;
}

bool Watch::make_thread() noexcept {
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return false;
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // the thread inherits it: no handler of the user's runs there
  const bool made = os::make_thread(&attributes, [](void* self) { return stand(self); }, this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  return made;
}

void Watch::ensure_thread() noexcept {
  while (thread_ == starting) ::pthread_cond_wait(&changed_, &mutex_);
  if (thread_ != 0) return;
  head_.list.next = &head_.list;
  head_.futex_offset = -node_place;
  head_.list_op_pending = nullptr;
  thread_ = starting;
  if (!make_thread()) thread_ = 0;
  while (thread_ == starting) ::pthread_cond_wait(&changed_, &mutex_);
}

std::uint32_t Watch::add(Witness& witness) noexcept {
  ensure_thread();
  if (thread_ == 0) {
    const std::uint32_t nobody = unwitnessed | static_cast<std::uint32_t>(os::process());
    set_word(witness.cell_, nobody);
    return nobody;
  }
  witness.before_ = nullptr;
  witness.behind_ = first_;
  if (first_ != nullptr) first_->before_ = &witness;
  link(witness.cell_, node_behind(witness));
  set_word(witness.cell_, thread_);
  first_ = &witness;
  set_first(node_of(witness.cell_));
  return thread_;
}

// Both addresses have the same pointer behind them, so that only who leads here has to change.
void Watch::move(Witness& witness, std::byte* cell) noexcept {
  const bool listed = witness.before_ != nullptr || first_ == &witness;
  witness.cell_ = cell;
  if (!listed) return;
  if (witness.before_ != nullptr)
    link(witness.before_->cell_, node_of(cell));
  else
    set_first(node_of(cell));
}

void Watch::remove(Witness& witness, WitnessCell content) noexcept {
  if (witness.before_ != nullptr)
    link(witness.before_->cell_, node_behind(witness));
  else if (first_ == &witness)
    set_first(node_behind(witness));
  if (first_ == &witness) first_ = witness.behind_;
  if (witness.before_ != nullptr) witness.before_->behind_ = witness.behind_;
  if (witness.behind_ != nullptr) witness.behind_->before_ = witness.before_;
  witness.before_ = witness.behind_ = nullptr;
  set_word(witness.cell_, content.word);
  AtomicStore(witness.cell_).store(Word<std::uint64_t>{node_place}, content.next, Site::witness_store);
}

std::uint32_t Witness::begin(std::byte* cell) noexcept {
  end();
  std::memcpy(&before_begin_, cell, sizeof before_begin_);  // of a file that nobody else has open
  cell_ = cell;
  process_ = process::number();
  watch.lock();
  const std::uint32_t word = watch.add(*this);
  watch.unlock();
  return word;
}

void Witness::end_with(WitnessCell content) noexcept {
  std::byte* const cell = cell_;
  if (cell != nullptr && process_ == process::number()) {
    watch.lock();
    watch.remove(*this, content);
    watch.unlock();
  }
  cell_ = nullptr;
}

void Witness::move_to(std::byte* cell) noexcept {
  if (cell_ == nullptr || process_ != process::number()) return;
  watch.lock();
  watch.move(*this, cell);
  watch.unlock();
}

namespace witness {
void before_fork() noexcept { watch.lock(); }
void after_fork_in_parent() noexcept { watch.unlock(); }
void after_fork_in_child() noexcept { watch.start_anew(); }
}  // namespace witness

}  // namespace rarena::detail
