// Subject: the arena of a run, as its loads use it: segments are stamped and compared, refusals looked at, and a planted bug is
// in here.
//
// Thread safety: of the arena; `alone` says that one thread uses it. Invariants: SEG-1 (checked: the stamp of a segment is
// there until it is freed).
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/rarena.hpp"
#include "long_runs/numbers.hpp"
#include "long_runs/settings.hpp"
#include "shared/cell.hpp"
#include "shared/pattern.hpp"

namespace rarena::stress {

// A violation; the text begins with what was violated, and a colon.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The one place that says how arenas of long_runs merge.
template <class AnyOptions>
void merge_as_planted(AnyOptions& options, Bug bug) {
  if constexpr (requires { options.merging; })
    if (bug == Bug::no_merging) options.merging = decltype(options.merging)::on_request;
}

inline Options options_of(const Settings& settings) {
  Options options{.capacity = settings.capacity, .freelist = settings.freelist, .descriptor_reserve = settings.reserve};
  merge_as_planted(options, settings.bug);
  return options;
}

// Throws std::runtime_error.
template <class Arena>
Arena make_arena(const Options& options) {
  auto arena = Arena::map_anon(options);
  if (!arena) throw std::runtime_error("cannot make the arena: " + arena.error().message());
  return std::move(*arena);
}

// Which calls a leak forgets.
class Forgetting {
 public:
  explicit Forgetting(Bug bug) : forgets_(bug == Bug::leak) {}
  bool next() { return forgets_ && frees_.add(1) % 1000 == 999; }

 private:
  bool forgets_;
  Cell frees_;
};

// A serial for stamps that the segment itself says.
inline std::byte stamp_at(std::uint64_t place, Extent segment) {
  return painted_byte(static_cast<Offset>(place), segment.size ^ std::uint64_t{segment.offset} << 32U);
}

template <class Arena>
class Subject {
 public:
  Subject(const Options& options, const Settings& settings)
      : arena_(make_arena<Arena>(options)), forgetting_(settings.bug), alone_(settings.threads == 1),
        eager_(settings.bug == Bug::eager_merging) {}

  std::optional<Extent> allocate(Size size) {
    const auto given = arena_.allocate(size, 1, Fill::none);
    if (!given) {
      if (given.error().code != ErrorCode::insufficient_space) throw Violation("FL-4: allocate: " + given.error().message());
      if (eager_) (void)arena_.merge();
      if (alone_) look_at_refusal(size);
      return std::nullopt;
    }
    const Extent segment = given->segment;
    for (const std::uint64_t end : {std::uint64_t{segment.offset}, segment.end() - 1})
      arena_.data()[end] = stamp_at(end, segment);
    return segment;
  }

  void free(Extent segment) {
    for (const std::uint64_t end : {std::uint64_t{segment.offset}, segment.end() - 1})
      if (arena_.data()[end] != stamp_at(end, segment))
        throw Violation(fmt::format("SEG-1: the byte at {} of the live segment [{}, {}) is not what its owner wrote", end,
                                    segment.offset, segment.end()));
    if (forgetting_.next()) return;
    const auto done = arena_.dealloc(segment.offset, segment.size);
    if (!done) throw Violation("SEG-1: dealloc of an owned segment: " + done.error().message());
  }

  const Arena& arena() const { return arena_; }
  // Refusals that were looked at, those of them that had a run of free bytes as long as the request, and the first of these.
  std::uint64_t looked_at() const { return looked_at_; }
  std::uint64_t missed() const { return missed_; }
  const std::string& first_missed() const { return first_missed_; }

 private:
  // It takes a walk: all of the first ones, then one in a thousand.
  void look_at_refusal(Size size) {
    if (++refusals_ > 64 && refusals_ % 1000 != 0) return;
    ++looked_at_;
    const std::uint64_t run = largest_run(arena_.free_segments(), arena_.allocated(), arena_.capacity());
    if (run < size) return;
    if (missed_++ == 0) first_missed_ = fmt::format("a request of {} bytes, although {} in a row are free", size, run);
  }

  Arena arena_;
  Forgetting forgetting_;
  bool alone_, eager_;
  std::uint64_t refusals_ = 0, looked_at_ = 0, missed_ = 0;
  std::string first_missed_;
};

}  // namespace rarena::stress
