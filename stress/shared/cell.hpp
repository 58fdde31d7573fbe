// Cell: one word that many threads read and write, and that orders nothing, but for `publish` and `observe`. A harness counts
// and shows with it what its threads do, and adds no edge that would hide a race from ThreadSanitizer.
//
// Thread safety: any number of threads, and signal handlers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/words/atomic_store.hpp"

namespace rarena::stress {

class Cell {
 public:
  std::uint64_t read() const { return store().load(word, detail::Site::statistics_load); }
  void write(std::uint64_t value) { store().store(word, value, detail::Site::min_segment_store); }
  std::uint64_t add(std::uint64_t value) { return store().fetch_add(word, value, detail::Site::discarded_add); }

  // Who observes a value sees what was written before it was published.
  void publish(std::uint64_t value) { store().store(word, value, detail::Site::plan_link); }
  std::uint64_t observe() const { return store().load(word, detail::Site::walk_link); }

 private:
  static constexpr detail::Word<std::uint64_t> word{};
  AtomicStore store() const { return AtomicStore(bytes_); }

  alignas(64) mutable std::byte bytes_[64] = {};
};

static_assert(detail::row(detail::Site::statistics_load).order == detail::Order::relaxed &&
              detail::row(detail::Site::min_segment_store).order == detail::Order::relaxed &&
              detail::row(detail::Site::discarded_add).order ==
                  detail::Order::release);  // and the reads that would acquire it are relaxed

}  // namespace rarena::stress
