// NamedRoots: the changes of the directory of roots while an arena is at work.
//
// Everybody else finds either the old directory or the new one, whenever the process dies: one store publishes an entry that is
// complete, and one store takes it out. On a disk, what an entry needs is durable before it is published, and it is out for
// good before its bytes are given up.
//
// Roots are looked for once in the life of a process, not in its loops, and a change has to wait for the disk anyway. So one
// thread at a time is in the directory, under a mutex, and of the processes that share a file one, or readers, under a lock of
// the file; no order of memory has to be argued about.
//
// Errors of all where processes share the file: system. Thread safety: any number of threads; not beside exclusive operations.
// A child of fork that is made while another thread is inside cannot use the directory. Progress: blocking; O(roots).
// Invariants: REC-2 (the order of stores and flushes).
#pragma once

#include <expected>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../memory/file_lock.hpp"
#include "../recovery/directory.hpp"
#include "../recovery/durability.hpp"

namespace rarena::detail {

class NamedRoots {
 public:
  // From now on other processes are in the directory, too. The file outlives it.
  void share(const FileHandle& file) { file_ = &file; }

  // `allocated()` reads the cursor: under the mutex, because an older one may lie below what another thread has just published.

  // Puts an entry that lies in the memory, complete but for its link, in front. flush() makes all that is allocated durable,
  // the link with it: an entry that has another one on the disk loses those behind it. Errors: root_exists, bad_directory;
  // those of the flush.
  template <WordStore Store, class Flush>
  [[nodiscard]] std::expected<void, Error> publish(const Store& store, const MemoryView& view, const auto& allocated,
                                                   const FoundEntry& entry, Flush flush) {
    const std::scoped_lock guard(mutex_);
    const auto lock = RootsLock::to_change(file_);
    if (!lock) return std::unexpected(lock.error());
    const auto there = has_root(view, allocated(), entry.name);
    if (!there) return std::unexpected(there.error());
    if (*there) return std::unexpected(Error{.code = ErrorCode::root_exists});
    const Word<std::uint32_t> first = view.geometry().directory();
    store.store(Word<std::uint32_t>{Place{entry.offset}}, view.load(first), Site::plan_count);
    if (const auto flushed = flush(); !flushed) return flushed;
    store.store(first, entry.offset, Site::plan_count);
    return {};
  }

  // Takes out the entry of a name, which must be of that type. flush(range) makes that durable. Errors: those of find_root;
  // those of the flush: then it is out of the memory, and what the disk says is not known.
  template <WordStore Store, class Flush>
  [[nodiscard]] std::expected<FoundEntry, Error> take_out(const Store& store, const MemoryView& view, const auto& allocated,
                                                          std::string_view name, const TypeTag& type, Flush flush) {
    const std::scoped_lock guard(mutex_);
    const auto lock = RootsLock::to_change(file_);
    if (!lock) return std::unexpected(lock.error());
    auto found = find_root(view, allocated(), name, type);
    if (!found) return found;
    store.store(found->link, found->head.next, Site::plan_count);
    const bool by_annex = found->link.place == view.geometry().directory().place;
    const Extent changed =
        by_annex ? header_range(view.geometry()) : Extent{static_cast<Offset>(found->link.place), directory_entry_size};
    if (const auto flushed = flush(changed); !flushed) return std::unexpected(flushed.error());
    return found;
  }

  // Forgets all of them.
  template <WordStore Store>
  [[nodiscard]] std::expected<void, Error> drop(const Store& store, const Geometry& geometry) {
    const std::scoped_lock guard(mutex_);
    const auto lock = RootsLock::to_change(file_);
    if (!lock) return std::unexpected(lock.error());
    store.store(geometry.directory(), std::uint32_t{null_offset}, Site::plan_count);
    return {};
  }

  // What `question` finds, while nobody changes anything.
  template <class Question>
  std::invoke_result_t<Question> ask(Question question) {
    const std::scoped_lock guard(mutex_);
    const auto lock = RootsLock::to_read(file_);
    if (!lock) return std::unexpected(lock.error());
    return question();
  }

 private:
  std::mutex mutex_;
  const FileHandle* file_ = nullptr;  // that processes share
};

}  // namespace rarena::detail
