#include "sharing/worker.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/rarena.hpp"
#include "shared/pattern.hpp"
#include "shared/random.hpp"
#include "shared/status.hpp"
#include "shared/thread_time.hpp"
#include "sharing/journal.hpp"

namespace rarena::stress {

namespace {

using Clock = std::chrono::steady_clock;

template <class T>
T value_of(std::expected<T, Error> result, const char* what) {
  if (!result) throw std::runtime_error(fmt::format("{}: {}", what, result.error().message()));
  return *std::move(result);
}

void raise(const Cell& cell, std::uint64_t value) {
  if (value > cell.read()) const_cast<Cell&>(cell).write(value);
}

// Measures a call of the arena. The processor's time costs a system call, so it is read for long calls alone.
class Call {
 public:
  explicit Call(Desk& desk) : desk_(desk), begin_(Clock::now()), processor_(thread_time()) {}
  ~Call() {
    const auto took = Clock::now() - begin_;
    raise(desk_.slowest, static_cast<std::uint64_t>(std::chrono::nanoseconds(took).count()));
    raise(desk_.slowest_processor, static_cast<std::uint64_t>(1e9 * (thread_time() - processor_)));
    (void)desk_.operations.add(1);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 private:
  Desk& desk_;
  Clock::time_point begin_;
  double processor_;
};

// A planted bug: a lock in memory, which a dead process never gives back.
class SpinLock {
 public:
  SpinLock(Office& office, bool planted) : office_(planted ? &office : nullptr) {
    while (office_ != nullptr && office_->lock.add(1) != 0) {
      while (office_->lock.read() != 0 && office_->stop.read() == 0) continue;
      if (office_->stop.read() != 0) return;
    }
  }
  ~SpinLock() {
    if (office_ != nullptr) office_->lock.write(0);
  }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

 private:
  Office* office_;
};

class Worker {
 public:
  Worker(const SharingSettings& settings, Office& office, std::size_t number, std::uint64_t life)
      : settings_(settings), office_(office), desk_(office.desks[number]), number_(number),
        random_(settings.seed, number, life) {}

  void run() {
    while (office_.stop.read() == 0 && open()) {
      // Without a list a file stays full, and then has no room for the table of members when all have closed it.
      const bool stays = settings_.freelist == Freelist::none;
      const std::uint32_t steps = 1 + random_.below(4000);
      for (std::uint32_t i = 0; (stays || i < steps) && office_.stop.read() == 0; ++i) step();
      const auto closed = arena_->close();
      if (!closed) throw std::runtime_error("close: " + closed.error().message());
      arena_.reset();
    }
  }

 private:
  // false: all others have closed a full file, because the run is over, and it has no room for the table of members.
  bool open() {
    auto opened = Arena::map_mut(settings_.file(), settings_.options());
    if (!opened && opened.error().code == ErrorCode::insufficient_space && office_.stop.read() != 0) return false;
    arena_ = value_of(std::move(opened), "map_mut");
    if (arena_->recovery().opening == Recovery::Opening::untrusted)
      throw std::runtime_error(fmt::format("REC-2: untrusted: {}", describe(arena_->recovery().doubt)));
    journal_ = value_of(arena_->root<Journal>(journal_name(number_)), "root");
    for (const Journal::Entry* entry : journal_->live()) check(*entry);
    (void)desk_.openings.add(1);
    return true;
  }

  void check(const Journal::Entry& entry) const {
    if (const auto changed = first_change(arena_->data(), entry.segment(), entry.serial))
      throw std::runtime_error(fmt::format("SEG-1: byte {} of the live segment [{}, {}) of worker {} has changed", *changed,
                                           entry.offset, entry.segment().end(), number_));
  }

  // At most half of the file is live.
  bool has_room() const {
    std::uint64_t bytes = 0;
    for (const Journal::Entry* entry : journal_->live()) bytes += entry->size;
    return bytes < settings_.capacity / 2 / settings_.processes;
  }
  std::uint32_t size() { return random_.one_in(16) ? random_.magnitude(256, most()) : random_.magnitude(1, 256); }
  std::uint32_t most() const {
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(512, settings_.capacity / settings_.processes / 64));
  }

  void step() {
    Journal::Entry* const unused = journal_->unused();
    if (unused != nullptr && random_.below(16) < 9 && has_room())
      allocate(*unused);
    else
      free_one();
  }

  void allocate(Journal::Entry& entry) {
    const std::uint64_t serial = journal_->next_serial() * Office::most + number_;
    const std::uint32_t bytes = size();
    const auto given = [&] {
      const SpinLock lock(office_, settings_.bug == SharingBug::spin_lock);
      const Call call(desk_);
      return arena_->allocate(bytes, std::uint64_t{1} << random_.below(5), Fill::none);
    }();
    if (!given) {
      if (given.error().code != ErrorCode::insufficient_space) throw std::runtime_error("allocate: " + given.error().message());
      (void)desk_.refused.add(1);
      free_one();
      return;
    }
    paint(arena_->data(), given->segment, serial);
    Journal::write(entry, given->segment, serial);
  }

  void free_one() {
    const auto live = journal_->live();
    if (live.empty()) return;
    Journal::Entry& entry = *live[random_.below(live.size())];
    check(entry);
    const Extent segment = entry.segment();
    if (settings_.bug != SharingBug::free_first) Journal::forget(entry);
    const auto freed = [&] {
      const SpinLock lock(office_, settings_.bug == SharingBug::spin_lock);
      const Call call(desk_);
      return arena_->dealloc(segment.offset, segment.size);
    }();
    if (!freed) throw std::runtime_error("dealloc: " + freed.error().message());
    Journal::forget(entry);
  }

  const SharingSettings& settings_;
  Office& office_;
  Desk& desk_;
  std::size_t number_;
  Random random_;
  std::optional<Arena> arena_;
  Journal* journal_ = nullptr;
};

int reported(Office& office, const std::exception& wrong) {
  std::snprintf(office.wrong, sizeof office.wrong, "%s", wrong.what());
  return violated;
}

}  // namespace

int work(const SharingSettings& settings, Office& office, std::size_t number, std::uint64_t life) {
  try {
    Worker(settings, office, number, life).run();
    return held;
  } catch (const std::exception& wrong) {
    return reported(office, wrong);
  }
}

int watch(const SharingSettings& settings, Office& office) {
  try {
    Options options = settings.options();
    options.create = false;
    const auto arena = value_of(Arena::map(settings.file(), options), "map");
    std::size_t known = 0;
    while (office.stop.read() == 0) {
      const Size top = arena.allocated();
      if (top < arena.data_offset() || top > arena.capacity())
        throw std::runtime_error(fmt::format("CUR-1: the reader finds the cursor at {}", top));
      const auto roots = value_of(arena.roots(), "roots");
      if (roots.size() < known)
        throw std::runtime_error(fmt::format("REC-2: the reader finds {} roots, where there were {}", roots.size(), known));
      known = roots.size();
      for (const NamedRoot& root : roots) (void)value_of(arena.root<const Journal>(root.name), "root");
    }
    return held;
  } catch (const std::exception& wrong) {
    return reported(office, wrong);
  }
}

}  // namespace rarena::stress
