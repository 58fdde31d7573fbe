#include "thread_magazine.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "../memory/process.hpp"
#include "../words/exceptions.hpp"

namespace rarena::detail {

namespace {

// Whether the thread's roster has ended: it may be asked after that, where the roster may not.
constinit thread_local bool thread_has_ended = false;

}  // namespace

// Which magazines this thread has.
class ThreadMagazines::Roster {
 public:
  static Roster& mine() {
    static thread_local Roster roster;
    return roster;
  }
  Roster() = default;
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;
  ~Roster() {
    thread_has_ended = true;
    last_ = {};
    for (const Entry& entry : entries_) entry.all->end_of_thread(entry.place);
  }

  Magazine* find(const ThreadMagazines& all) const {
    const auto at = std::ranges::find(entries_, &all, [](const Entry& entry) { return entry.all.get(); });
    return at == entries_.end() ? nullptr : &at->place->magazine;
  }
  // Throws std::bad_alloc, and then there is no new one.
  Magazine* add(const std::shared_ptr<ThreadMagazines>& all, Magazine magazine) {
    last_ = {};
    std::erase_if(entries_, [](const Entry& entry) { return entry.all->has_ended(); });
    entries_.reserve(entries_.size() + 1);
    entries_.push_back({all, all->make_slot(std::move(magazine))});
    return &entries_.back().place->magazine;
  }

 private:
  struct Entry {
    std::shared_ptr<ThreadMagazines> all;
    Place place;
  };
  std::vector<Entry> entries_;
};

Magazine* ThreadMagazines::find() const {
  if (thread_has_ended) return nullptr;
  last_ = {this, Roster::mine().find(*this)};
  return last_.magazine;
}

Magazine* ThreadMagazines::mine_or_new(const std::shared_ptr<ThreadMagazines>& all, const Arena& arena) {
  if (Magazine* const there = all->mine()) return there;
  if (thread_has_ended) return nullptr;
  auto made = arena.magazine(all->bytes_);
  if (!made) return nullptr;
  const auto add = [&] { return Roster::mine().add(all, *std::move(made)); };
  last_ = {all.get(), within_heap(add, [] { return static_cast<Magazine*>(nullptr); })};
  return last_.magazine;
}

ThreadMagazines::Place ThreadMagazines::make_slot(Magazine magazine) {
  const std::scoped_lock guard(process::fork_mutex());
  slots_.push_front(Slot{std::move(magazine), process::number()});
  return slots_.begin();
}

void ThreadMagazines::end_of_thread(Place place) {
  const std::scoped_lock guard(process::fork_mutex());
  if (!ended_) slots_.erase(place);
}

bool ThreadMagazines::has_ended() const {
  const std::scoped_lock guard(process::fork_mutex());
  return ended_;
}

// A parent's thread may have been in the middle of a call when the process forked.
void ThreadMagazines::forget_lost() {
  const Magazine* const own = mine();
  for (Slot& slot : slots_)
    if (slot.process != process::number() && &slot.magazine != own) slot.magazine.forget();
}

void ThreadMagazines::end() {
  const std::scoped_lock guard(process::fork_mutex());
  forget_lost();
  slots_.clear();
  ended_ = true;
}

void ThreadMagazines::give_back() {
  const std::scoped_lock guard(process::fork_mutex());
  forget_lost();
  for (Slot& slot : slots_) slot.magazine.give_back();
}

std::uint64_t ThreadMagazines::unused() const {
  const std::scoped_lock guard(process::fork_mutex());
  std::uint64_t bytes = 0;
  for (const Slot& slot : slots_) bytes += slot.magazine.unused().size;
  return bytes;
}

ThreadMagazineSource::ThreadMagazineSource(const Arena& arena, std::uint64_t bytes)
    : arena_(arena), data_(arena.data()), magazines_(std::make_shared<ThreadMagazines>(bytes)) {
  if (const auto possible = arena.magazine(bytes); !possible) raise(BadAlloc(possible.error()));
  if (const auto followed = process::follow_forks(); !followed) raise(BadAlloc(followed.error()));
}

}  // namespace rarena::detail
