// Exercise: a bounded, seeded run of allocations, frees and exclusive operations on an open arena, judged after each step.
//
//     SEG-1, FL-1     sound_arena.hpp, with everything that the run owns as live
//     SEG-2           the bytes without account stay as many as they were; after a rebuild they are 0
//     FL-2            what is painted into a segment, and what lies in bytes that were neither free nor descriptors when the
//                     run began (somebody may own them), is there until it is given up
//     FL-4            a refused request fits neither above the cursor nor into the segments that its kind looks at
//
// The same seed over the same bytes does the same on every kind of arena, so two runs may be compared.
//
// Thread safety: one run, one thread, and nobody else uses the arena.
// Invariants: SEG-1, SEG-2, FL-1, FL-2, FL-4 (checked).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "core/arena/arena.hpp"
#include "core/words/ghosts.hpp"
#include "models/oracle/random.hpp"
#include "models/oracle/sound_arena.hpp"

namespace rarena::oracle {

// What a run consists of.
enum class Operations : std::uint8_t {
  allocations,  // allocate and dealloc
  all,          // these, discard_freelist, set_minimum_segment_size, compact_freelist, rewind, rebuild
};

template <WordStore Store>
class Exercise {
 public:
  // The bytes below the cursor that are in no list are held as live until a rewind or a rebuild gives them up.
  Exercise(BasicArena<Store>& arena, std::uint64_t seed, Operations operations = Operations::all)
      : arena_(arena), random_(seed), operations_(operations) {
    hold_unlisted();
  }

  // Does `steps` steps. The message of a violation ends with the steps that led there.
  Verdict run(unsigned steps) {
    for (unsigned i = 0; i < steps; ++i) {
      judged_ = false;
      Verdict wrong = step();
      if (!wrong) wrong = judged_ ? unchanged() : check();
      if (wrong) return *wrong + "\n  steps:" + history();
    }
    return std::nullopt;
  }

  // SEG-1, SEG-2, FL-1 and FL-2 as of now.
  Verdict check() const;

  // What must still be there when the arena is opened again.
  struct Held {
    Extent extent;
    std::vector<std::byte> bytes;
    bool ours = true;  // else somebody may own it, or it counts as discarded: it must not be freed
  };
  const std::vector<Held>& held() const { return held_; }
  // Their extents.
  std::vector<Extent> live() const;
  // The steps so far.
  std::string history() const;

 private:
  struct Step {
    const char* what;
    std::uint64_t a, b;
  };

  // FL-2 alone.
  Verdict unchanged() const;
  Verdict step();
  Verdict allocate();
  Verdict refused(std::uint64_t size, std::uint64_t alignment, const Error& error) const;
  Verdict deallocate();
  Verdict discard();
  Verdict rewind();
  Verdict rebuild();

  void hold_unlisted();
  void hold(Extent segment);
  void log(const char* what, std::uint64_t a = 0, std::uint64_t b = 0) { steps_.push_back({what, a, b}); }
  void settle_account() { account_ = unaccounted(arena_, live()); }
  Size some_size();

  BasicArena<Store>& arena_;
  Random random_;
  Operations operations_;
  std::vector<Held> held_;
  std::vector<Step> steps_;
  std::int64_t account_ = 0;
  bool judged_ = false;  // the step has asked for all but FL-2, and has since painted only what is its own
};

template <WordStore Store>
std::vector<Extent> Exercise<Store>::live() const {
  std::vector<Extent> result;
  result.reserve(held_.size());
  for (const Held& held : held_) result.push_back(held.extent);
  return result;
}

template <WordStore Store>
std::string Exercise<Store>::history() const {
  std::string result;
  for (const Step& step : steps_) result += std::string(" ") + step.what + "(" + text(step.a) + ", " + text(step.b) + ")";
  return result;
}

// The complement of what the lists name.
template <WordStore Store>
void Exercise<Store>::hold_unlisted() {
  const detail::Structure structure = walk(memory_of(arena_)).structure;
  auto parts = parts::parts_of(structure, {});
  std::ranges::sort(parts, {}, [](const parts::Part& part) { return part.extent.offset; });
  std::uint64_t begin = structure.data_offset;
  parts.push_back({{structure.allocated, 0}, "cursor"});
  for (const parts::Part& part : parts) {
    if (part.extent.offset > begin) {
      const Extent gap = detail::extent_between(begin, part.extent.offset);
      const std::byte* const bytes = arena_.get_pointer(gap.offset);
      detail::ghosts::forget(bytes, gap.size);  // discarded ones among them are poisoned
      held_.push_back({gap, {bytes, bytes + gap.size}, false});
    }
    begin = std::max(begin, part.extent.end());
  }
  settle_account();
}

template <WordStore Store>
void Exercise<Store>::hold(Extent segment) {
  if (segment.empty()) return;
  const auto color = static_cast<int>(random_.below(255) + 1);
  std::memset(arena_.get_pointer(segment.offset), color, segment.size);
  held_.push_back({segment, std::vector(segment.size, static_cast<std::byte>(color))});
}

template <WordStore Store>
Verdict Exercise<Store>::check() const {
  const std::vector<Extent> all = live();
  if (Verdict wrong = sound(arena_, all, account_)) return wrong;
  return unchanged();
}

template <WordStore Store>
Verdict Exercise<Store>::unchanged() const {
  for (const Held& held : held_)
    if (std::memcmp(arena_.get_pointer(held.extent.offset), held.bytes.data(), held.bytes.size()) != 0)
      return "FL-2: the bytes of the live segment " + text(held.extent) + " have changed";
  return std::nullopt;
}

template <WordStore Store>
Verdict Exercise<Store>::step() {
  const std::uint64_t choice = random_.below(operations_ == Operations::all ? 64 : 54);
  if (choice < 32) return allocate();
  if (choice < 54) return deallocate();
  if (choice < 57) return discard();
  if (choice < 60) {
    constexpr std::array<Size, 5> sizes = {0, 1, 20, 48, 0xffffffff};
    const Size size = sizes.at(random_.below(sizes.size()));
    log("set_minimum_segment_size", size);
    if (!arena_.set_minimum_segment_size(size)) return "SEG-2: set_minimum_segment_size failed";
    return std::nullopt;
  }
  if (choice < 62) {
    log("compact_freelist");
    if (const auto done = arena_.compact_freelist(); !done) return "SEG-2: compact_freelist: " + done.error().message();
    return std::nullopt;
  }
  return choice == 62 ? rewind() : rebuild();
}

template <WordStore Store>
Size Exercise<Store>::some_size() {
  switch (random_.below(8)) {
    case 0: return static_cast<Size>(random_.below(3));
    case 1: return arena_.remaining();
    case 2: return arena_.remaining() - static_cast<Size>(random_.below(40));  // may wrap: then it must be refused
    case 3: return static_cast<Size>(random_.below(arena_.capacity()));
    default: return static_cast<Size>(random_.below(90));
  }
}

template <WordStore Store>
Verdict Exercise<Store>::allocate() {
  const Size size = some_size();
  const std::uint64_t alignment = std::uint64_t{1} << (random_.below(4) == 0 ? random_.below(14) : random_.below(4));
  const Fill fill = random_.below(4) == 0 ? Fill::zero : Fill::none;
  log("allocate", size, alignment);
  const auto allocation = arena_.allocate(size, alignment, fill);
  if (!allocation) return refused(size, alignment, allocation.error());
  const Extent used = allocation->used, segment = allocation->segment;
  if (used.size != size) return "SEG-1: asked for " + text(size) + " bytes, found " + text(used);
  if (size == 0) return segment.empty() ? std::nullopt : Verdict("SEG-1: an empty allocation owns " + text(segment));
  if (used.offset % alignment != 0) return "SEG-1: " + text(used) + " is not aligned to " + text(alignment);
  if (used.offset < segment.offset || used.end() > segment.end())
    return "SEG-1: the used bytes " + text(used) + " are not in their segment " + text(segment);
  // Before it is painted: painting what is not ours would be a fault of the run.
  std::vector<Extent> all = live();
  all.push_back(segment);
  if (Verdict wrong = sound(arena_, all, account_)) return wrong;
  judged_ = true;
  const std::byte* const bytes = arena_.get_pointer(used.offset);
  if (fill == Fill::zero && std::any_of(bytes, bytes + size, [](std::byte b) { return b != std::byte{0}; }))
    return "FL-2: bytes that were to be zero are not: " + text(used);
  hold(segment);
  return std::nullopt;
}

template <WordStore Store>
Verdict Exercise<Store>::refused(std::uint64_t size, std::uint64_t alignment, const Error& error) const {
  if (alignment > arena_.maximum_alignment()) {
    if (error.code == ErrorCode::alignment_too_large) return std::nullopt;
    return "FL-4: expected the error of a large alignment, found: " + error.message();
  }
  if (error.code != ErrorCode::insufficient_space) return "FL-4: expected that there is no room, found: " + error.message();
  const detail::Request request{static_cast<Size>(size), static_cast<Size>(alignment)};
  if (detail::fit(detail::extent_between(arena_.allocated(), arena_.capacity()), request))
    return "FL-4: refused, but it fits above the cursor, " + text(arena_.allocated());
  for (const Extent segment : arena_.free_segments()) {
    if (fit(segment, request)) return "FL-4: refused, but it fits into " + text(segment);
    if (arena_.freelist() == Freelist::optimistic) break;  // looks at the first only
  }
  return std::nullopt;
}

// All, the front or the back of a segment, in one call or two.
template <WordStore Store>
Verdict Exercise<Store>::deallocate() {
  const auto ours = std::ranges::count_if(held_, &Held::ours);
  if (ours == 0) return std::nullopt;
  auto nth = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(ours)));
  Held& held = *std::ranges::find_if(held_, [&](const Held& h) { return h.ours && nth-- == 0; });
  const Extent segment = held.extent;
  const auto cut = static_cast<Size>(random_.below(std::uint64_t{segment.size} + 1));
  const Extent front{segment.offset, cut}, back = detail::extent_between(std::uint64_t{segment.offset} + cut, segment.end());
  Extent given = segment;
  const std::uint64_t how = random_.below(4);
  if (how == 0) {
    given = front;
    held = {back, {held.bytes.begin() + cut, held.bytes.end()}};
  } else if (how == 1) {
    given = back;
    held = {front, {held.bytes.begin(), held.bytes.begin() + cut}};
  } else {
    std::swap(held, held_.back());
    held_.pop_back();
  }
  std::erase_if(held_, [](const Held& h) { return h.extent.empty(); });
  log("dealloc", given.offset, given.size);
  if (const auto done = arena_.dealloc(given.offset, given.size); !done) return "SEG-2: dealloc: " + done.error().message();
  return std::nullopt;
}

template <WordStore Store>
Verdict Exercise<Store>::discard() {
  std::uint64_t expected = 0;
  for (const Extent segment : arena_.free_segments()) expected += segment.size;
  log("discard_freelist");
  const auto discarded = arena_.discard_freelist();
  if (!discarded) return "SEG-2: discard_freelist: " + discarded.error().message();
  if (*discarded != expected)
    return "SEG-2: discard_freelist: expected " + text(expected) + " bytes, found " + text(*discarded);
  return std::nullopt;
}

template <WordStore Store>
Verdict Exercise<Store>::rewind() {
  const Size begin = arena_.data_offset(), top = arena_.allocated();
  const auto position = static_cast<Size>(begin + random_.below(std::uint64_t{top - begin} + 1));
  log("rewind", position);
  if (const auto done = arena_.rewind(ArenaPosition::start(position)); !done) return "SEG-2: rewind: " + done.error().message();
  for (Held& held : held_) {
    if (held.extent.end() <= position) continue;
    held.extent.size = held.extent.offset < position ? position - held.extent.offset : 0;
    held.bytes.resize(held.extent.size);
  }
  std::erase_if(held_, [](const Held& h) { return h.extent.empty(); });
  settle_account();  // how many discarded bytes lay above the position is not recorded
  if (arena_.allocated() != position) return "CUR-1: rewind left the cursor at " + text(arena_.allocated());
  return std::nullopt;
}

// With all that is held, or a part of it.
template <WordStore Store>
Verdict Exercise<Store>::rebuild() {
  const std::uint64_t drop = random_.below(4);  // of four segments
  std::erase_if(held_, [&](const Held&) { return random_.below(4) < drop; });
  log("rebuild, live segments:", held_.size());
  const std::vector<Extent> all = live();
  if (const auto done = arena_.rebuild(all); !done) return "SEG-2: rebuild: " + done.error().message();
  for (Held& held : held_) held.ours = true;
  account_ = 0;
  return std::nullopt;
}

}  // namespace rarena::oracle
