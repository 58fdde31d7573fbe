// The reopen oracle: any bytes as a file, opened in every way. What it says is wrong is a defect of core.
//
//     every opening    either an error of the closed set that a file can have, or an arena that oracle::sound holds of; the
//                      four ways of opening agree, and so does unsync::Arena
//     rejected         the file is the same bytes (REC-1)
//     read only, copy  the file is the same bytes
//     map_mut          only header and links of descriptors may have changed (REC-2); opened once more as if the process had
//                      died right there, it gives the same lists and changes nothing (REC-3); then a run (exercise.hpp);
//                      closed and opened again it was closed cleanly and holds what it held
//     format 0         a sound snapshot or an error; never for writing
//
// Thread safety: one thread. Invariants: SEG-1, SEG-2, FL-1, FL-2, FL-4, REC-1, REC-2, REC-3 (checked).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/arena/arena.hpp"
#include "fuzz/reopen/image_file.hpp"
#include "models/oracle/exercise.hpp"
#include "models/oracle/sound_arena.hpp"

namespace rarena::fuzz {

// How the arena under test opens a file for writing. The planted bugs have another one.
struct ShippedOpening {
  template <class A>
  static std::expected<A, Error> map_mut(const std::filesystem::path& path, const Options& options) {
    return A::map_mut(path, options);
  }
};

struct Effort {
  unsigned steps = 24;  // of the run on an accepted file
  oracle::Operations operations = oracle::Operations::all;
  bool every_way = true;  // else only Arena::map_mut, and not unsync::Arena, map and the copies
};

struct Report {
  oracle::Verdict wrong = std::nullopt;  // what is wrong with core; begins with the ID of an invariant
  bool accepted = false;                 // by map_mut
};

// What an opening made of a file, for comparison.
struct Outcome {
  std::expected<void, Error> verdict = {};
  std::vector<std::byte> opened = {}, closed = {};
};

template <class Opening = ShippedOpening>
class ReopenOracle {
 public:
  ReopenOracle(ImageFile& file, std::span<const std::byte> image, const Options& options)
      : file_(file), image_(image.begin(), image.end()), options_(options) {}

  Report judge(std::uint64_t seed, const Effort& effort) {
    Outcome outcome;
    Report report{.wrong = writing<AtomicStore>(seed, effort, outcome), .accepted = outcome.verdict.has_value()};
    if (report.wrong || !effort.every_way) return report;
    report.wrong = reading(outcome.verdict);
    if (!report.wrong) report.wrong = other_store(seed, effort, outcome);
    return report;
  }

 private:
  using Bytes = std::vector<std::byte>;
  using Verdict = oracle::Verdict;

  template <WordStore Store>
  Verdict writing(std::uint64_t seed, const Effort& effort, Outcome& outcome);
  template <WordStore Store>
  Verdict accepted(std::optional<BasicArena<Store>> arena, std::uint64_t seed, const Effort& effort, Outcome& outcome);
  template <WordStore Store>
  Verdict closed(const Structure& before, const oracle::Exercise<Store>& run, Outcome& outcome);
  Verdict other_store(std::uint64_t seed, const Effort& effort, const Outcome& expected);
  Verdict reading(const std::expected<void, Error>& writable);
  Verdict snapshot(const std::expected<Arena, Error>& arena, const std::expected<void, Error>& expected, const char* how) const;

  Verdict only_links_changed(const Bytes& now, const Structure& structure) const;
  Verdict unmodified(const char* how) const {
    if (file_.bytes() == image_) return std::nullopt;
    return std::string("REC-1: ") + how + " has modified the file";
  }
  bool old_format() const;
  Recovery::Opening expected_when_open() const {
    return file_.identity() ? Recovery::Opening::process_died : Recovery::Opening::untrusted;
  }

  ImageFile& file_;
  Bytes image_;
  Options options_;
};

namespace detail {

// Whether a file that is only opened can have this error.
constexpr bool is_verdict(ErrorCode code) {
  switch (code) {
    case ErrorCode::file_too_small:
    case ErrorCode::file_too_large:
    case ErrorCode::not_an_arena:
    case ErrorCode::wrong_format_version:
    case ErrorCode::wrong_magic_version:
    case ErrorCode::wrong_freelist:
    case ErrorCode::bad_header:
    case ErrorCode::bad_freelist:
    case ErrorCode::overlapping_segments: return true;
    default: return false;
  }
}

inline std::string describe(const std::expected<void, Error>& verdict) {
  return verdict ? std::string("accepted") : "rejected (" + verdict.error().message() + ")";
}

inline bool same_lists(const Structure& a, const Structure& b) {
  return a.free == b.free && a.spare == b.spare && a.allocated == b.allocated && a.discarded == b.discarded &&
         a.min_segment_size == b.min_segment_size;
}

inline Tally kept(const Structure& structure) { return {structure.free.size(), structure.free_bytes()}; }

}  // namespace detail

template <class Opening>
bool ReopenOracle<Opening>::old_format() const {
  const std::uint64_t at = std::uint64_t{options_.reserved} + offsetof(Prefix, format_version);
  return at + 2 <= image_.size() && image_[at] == std::byte{0} && image_[at + 1] == std::byte{0};
}

template <class Opening>
template <WordStore Store>
oracle::Verdict ReopenOracle<Opening>::writing(std::uint64_t seed, const Effort& effort, Outcome& outcome) {
  file_.write(image_);
  auto arena = Opening::template map_mut<BasicArena<Store>>(file_.path(), options_);
  if (arena) return accepted<Store>(*std::move(arena), seed, effort, outcome);
  outcome.verdict = std::unexpected(arena.error());
  if (Verdict wrong = unmodified("an opening that rejected it")) return wrong;
  if (!detail::is_verdict(arena.error().code) || arena.error().message().empty())
    return "REC-1: rejected with an error that no file has: " + arena.error().message();
  return std::nullopt;
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::only_links_changed(const Bytes& now, const Structure& structure) const {
  if (now.size() != image_.size()) return "REC-2: opening has changed the size of the file";
  std::vector<bool> may_change(now.size());
  const auto allow = [&](std::uint64_t begin, std::uint64_t size) {
    for (std::uint64_t i = begin; i < begin + size; ++i) may_change[i] = true;
  };
  allow(structure.data_offset - header_size, header_size);
  for (const ListedSegment& segment : structure.free) allow(segment.descriptor, sizeof(std::uint64_t));
  for (std::size_t i = 0; i < now.size(); ++i)
    if (now[i] != image_[i] && !may_change[i]) return "REC-2: opening has changed byte " + std::to_string(i);
  return std::nullopt;
}

template <class Opening>
template <WordStore Store>
oracle::Verdict ReopenOracle<Opening>::accepted(std::optional<BasicArena<Store>> arena, std::uint64_t seed,
                                                const Effort& effort, Outcome& outcome) {
  if (old_format()) return "REC-1: a file of the Rust crate is open for writing";
  if (Verdict wrong = oracle::sound(*arena, {})) return *wrong + " (just opened)";
  outcome.opened = file_.bytes();
  const Structure structure = oracle::walk(oracle::memory_of(*arena)).structure;
  if (Verdict wrong = only_links_changed(outcome.opened, structure)) return wrong;
  const Recovery& recovery = arena->recovery();
  if (recovery.kept != detail::kept(structure)) return "REC-2: what recovery says it kept is not what the lists hold";
  if (recovery.opening == Recovery::Opening::untrusted && !structure.free.empty())
    return "REC-2: the lists of an untrusted file were kept";

  arena.reset();  // closes it, and the next line takes that back: the process died right after opening
  file_.write(outcome.opened);
  auto again = BasicArena<Store>::map_mut(file_.path(), options_);
  if (!again) return "REC-3: opened and not closed, the file is rejected: " + again.error().message();
  if (again->recovery().opening != expected_when_open())
    return std::string("REC-3: opened and not closed, the file counts as ") + name(again->recovery().opening);
  if (file_.identity()) {
    if (!detail::same_lists(oracle::walk(oracle::memory_of(*again)).structure, structure))
      return "REC-3: opened again, the lists are others";
    if (file_.bytes() != outcome.opened) return "REC-3: opening again has changed the file";
  }

  oracle::Exercise<Store> run(*again, seed, effort.operations);
  if (Verdict wrong = run.check()) return *wrong + " (opened again)";
  if (Verdict wrong = run.run(effort.steps)) return wrong;
  const Structure before = oracle::walk(oracle::memory_of(*again)).structure;
  again = std::unexpected(Error{});  // closes
  return closed(before, run, outcome);
}

template <class Opening>
template <WordStore Store>
oracle::Verdict ReopenOracle<Opening>::closed(const Structure& before, const oracle::Exercise<Store>& run, Outcome& outcome) {
  const std::string trail = "\n  steps:" + run.history();
  outcome.closed = file_.bytes();
  const auto arena = BasicArena<Store>::map_mut(file_.path(), options_);
  if (!arena) return "REC-2: what was closed is rejected: " + arena.error().message() + trail;
  if (arena->recovery().opening != Recovery::Opening::clean)
    return std::string("REC-2: what was closed counts as ") + name(arena->recovery().opening) + trail;
  if (!detail::same_lists(oracle::walk(oracle::memory_of(*arena)).structure, before))
    return "REC-2: closed and opened again, the lists are others" + trail;
  if (arena->recovery().kept != detail::kept(before))
    return "REC-2: closed and opened again, recovery did not keep the list" + trail;
  const Bytes now = file_.bytes();
  for (const auto& held : run.held())
    if (!std::equal(held.bytes.begin(), held.bytes.end(), now.begin() + held.extent.offset))
      return "REC-2: closed and opened again, the bytes of " + oracle::text(held.extent) + " are others" + trail;
  if (Verdict wrong = oracle::sound(*arena, run.live())) return *wrong + " (closed and opened again)" + trail;
  return std::nullopt;
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::other_store(std::uint64_t seed, const Effort& effort, const Outcome& expected) {
  Outcome found;
  if (Verdict wrong = writing<PlainStore>(seed, effort, found)) return *wrong + " (unsync)";
  if (found.verdict != expected.verdict)
    return "REC-1: Arena " + detail::describe(expected.verdict) + ", unsync::Arena " + detail::describe(found.verdict);
  if (found.opened != expected.opened) return "REC-2: Arena and unsync::Arena recover the file in different ways";
  if (found.closed != expected.closed) return "SEG-2: Arena and unsync::Arena leave different files behind the same run";
  return std::nullopt;
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::snapshot(const std::expected<Arena, Error>& arena,
                                                const std::expected<void, Error>& expected, const char* how) const {
  if (Verdict wrong = unmodified(how)) return wrong;
  const std::expected<void, Error> found = arena ? std::expected<void, Error>() : std::unexpected(arena.error());
  if (found != expected)
    return std::string("REC-1: ") + how + " has " + detail::describe(found) + ", expected " + detail::describe(expected);
  if (!arena) return std::nullopt;
  Verdict wrong = arena->read_only() ? oracle::sound_snapshot(*arena) : oracle::sound(*arena, {});
  return wrong ? *wrong + " (" + how + ")" : wrong;
}

// A file of the Rust crate is refused for writing, and what the reading says of it only has to agree with itself.
template <class Opening>
oracle::Verdict ReopenOracle<Opening>::reading(const std::expected<void, Error>& writable) {
  file_.write(image_);
  std::expected<void, Error> expected = writable;
  const bool refused_format = old_format() && !writable && writable.error().code == ErrorCode::wrong_format_version;
  {
    const auto arena = Arena::map(file_.path(), options_);
    if (refused_format) expected = arena ? std::expected<void, Error>() : std::unexpected(arena.error());
    if (!arena && !detail::is_verdict(arena.error().code))
      return "REC-1: rejected with an error that no file has: " + arena.error().message();
    if (Verdict wrong = snapshot(arena, expected, "map")) return wrong;
  }
  if (Verdict wrong = snapshot(Arena::map_copy_read_only(file_.path(), options_), expected, "map_copy_read_only")) return wrong;
  auto copy = Arena::map_copy(file_.path(), options_);
  if (Verdict wrong = snapshot(copy, writable, "map_copy")) return wrong;
  if (!copy) return std::nullopt;
  oracle::Exercise<AtomicStore> run(*copy, 0);
  constexpr unsigned few = 4;
  if (Verdict wrong = run.run(few)) return *wrong + " (map_copy)";
  return unmodified("a run on map_copy");
}

}  // namespace rarena::fuzz
