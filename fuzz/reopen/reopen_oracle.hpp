// The reopen oracle: any bytes as a file, opened in every way. What it says is wrong is a defect of core.
//
// An engine has the other ways chosen by the seed of the input, one for each (Ways::by_seed); a replay takes all of them.
//
//     every opening    either an error of the closed set that a file can have, or an arena that oracle::sound holds of; the
//                      four ways of opening agree, and so does unsync::Arena; how the file was left, and why it is not trusted,
//                      is what expected_opening.hpp says
//     rejected         the file is the same bytes (REC-1); the lists are no reason where they are not trusted
//     read only, copy  the file is the same bytes
//     map_mut          of prefix, header and data only header and links of descriptors may have changed (REC-2), the annex is
//                      that of the next opening; put back as a copy of the open file, it is untrusted; opened once more as if
//                      the process had died right there, it gives the same lists and changes nothing else (REC-3); then a run
//                      (exercise.hpp); closed and opened again it was closed cleanly and holds what it held
//     formats 0, 1     a sound snapshot or an error; never for writing
//
// Thread safety: one thread. Invariants: SEG-1, SEG-2, FL-1, FL-2, FL-4, REC-1, REC-2, REC-3 (checked).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/arena/arena.hpp"
#include "fuzz/reopen/expected_opening.hpp"
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

// The ways of opening that a file is judged in. Arena::map_mut is always one of them, up to the file as it was just opened: its
// verdict is what the others are compared with.
enum class Ways : std::uint8_t {
  all,
  by_seed,  // the life of a file that Arena::map_mut has opened, or one other way: way_of(seed)
  writing,  // only Arena::map_mut, with the life of the file
};

enum class Way : std::uint8_t {
  life,       // Arena::map_mut, and what follows: dead, opened again, used, closed, opened again
  unsync,     // the same, and with unsync::Arena too
  read_only,  // map and map_copy_read_only
  copy,       // map_copy
};
inline constexpr std::uint64_t ways = 4;
constexpr Way way_of(std::uint64_t seed) { return static_cast<Way>(seed % ways); }

struct Effort {
  unsigned steps = 24;  // of the run on an accepted file
  oracle::Operations operations = oracle::Operations::all;
  Ways ways = Ways::all;
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
    if (report.wrong || effort.ways == Ways::writing) return report;
    const auto takes = [&](Way way) { return effort.ways == Ways::all || way_of(seed) == way; };
    if (takes(Way::read_only)) report.wrong = reading(outcome.verdict);
    if (!report.wrong && takes(Way::copy)) report.wrong = copying(outcome.verdict);
    if (!report.wrong && takes(Way::unsync)) report.wrong = other_store(seed, effort, outcome);
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
  Verdict closed(const detail::Structure& before, const oracle::Exercise<Store>& run, Outcome& outcome);
  Verdict other_store(std::uint64_t seed, const Effort& effort, const Outcome& expected);
  Verdict reading(const std::expected<void, Error>& writable);
  Verdict copying(const std::expected<void, Error>& writable);
  Verdict snapshot(const std::expected<Arena, Error>& arena, const std::expected<void, Error>& expected, const char* how) const;

  template <WordStore Store>
  Verdict opened_again(const detail::Structure& structure, std::uint64_t seed, const Effort& effort, Outcome& outcome);
  // What an opening for writing may have made of these bytes.
  Verdict opening_of(const Bytes& before, const Bytes& now, const detail::Structure& structure, bool released = false) const;
  Verdict annex_of_opening(const Bytes& before, const Bytes& now) const;
  static Verdict annex_of_close(const Bytes& now, std::uint64_t reserved);
  Verdict rejected(const Error& error) const;
  // Whether the report of an opening of these bytes is the expected one.
  Verdict reported(const Recovery& recovery, const Bytes& bytes, const Options& options, bool writable) const;
  Options trusting() const {
    Options options = options_;
    options.drop_freelist = false;
    return options;
  }
  Verdict unmodified(const char* how) const {
    if (file_.holds(image_)) return std::nullopt;
    return std::string("REC-1: ") + how + " has modified the file";
  }
  bool old_format() const;

  ImageFile& file_;
  Bytes image_;
  Options options_;
};

namespace parts {

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
    case ErrorCode::file_cut_short:
    case ErrorCode::identity_unknown:
    case ErrorCode::bad_freelist:
    case ErrorCode::overlapping_segments: return true;
    default: return false;
  }
}

inline std::string describe(const std::expected<void, Error>& verdict) {
  return verdict ? std::string("accepted") : "rejected (" + verdict.error().message() + ")";
}

inline bool same_lists(const detail::Structure& a, const detail::Structure& b) {
  return a.free == b.free && a.spare == b.spare && a.allocated == b.allocated && a.discarded == b.discarded &&
         a.min_segment_size == b.min_segment_size;
}

inline std::string describe(Recovery::Opening opening, Doubt doubt) {
  return std::string(name(opening)) + " (" + rarena::describe(doubt) + ")";
}

inline bool about_lists(const Error& error) {
  return error.code == ErrorCode::bad_freelist || error.code == ErrorCode::overlapping_segments ||
         error.code == ErrorCode::bad_header || error.code == ErrorCode::file_cut_short;
}

// The system's note that the process that had a file open is dead.
inline void note_death(std::vector<std::byte>& bytes, std::uint64_t reserved) {
  const FileWords words(bytes, reserved);
  constexpr std::array<std::byte, 4> dead = {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0x40}};
  std::ranges::copy(dead, bytes.begin() + static_cast<std::ptrdiff_t>(words.witness_at(words.generation())));
}

// The lists in the bytes of a file, as far as they can be followed.
inline detail::Structure lists_in(const std::vector<std::byte>& bytes, std::uint64_t reserved) {
  return oracle::walk({bytes.data(), detail::recorded_geometry(bytes, reserved)}).structure;
}

// Whether an opening has released descriptors where that is its task: many were unused, fewer are, and every byte is accounted
// for as before.
inline bool released(const detail::Structure& before, const detail::Structure& after) {
  return before.spare.size() > std::max<std::size_t>(16, before.free.size() / 4) && after.spare.size() < before.spare.size() &&
         after.unlisted_bytes() == before.unlisted_bytes() && after.discarded == before.discarded &&
         after.min_segment_size == before.min_segment_size;
}

inline Tally kept(const detail::Structure& structure) { return {structure.free.size(), structure.free_bytes()}; }

}  // namespace parts

template <class Opening>
bool ReopenOracle<Opening>::old_format() const {
  const std::uint64_t at = options_.reserved + offsetof(detail::Prefix, format_version);
  return at + 2 <= image_.size() && image_[at] <= std::byte{1} && image_[at + 1] == std::byte{0};
}

template <class Opening>
template <WordStore Store>
oracle::Verdict ReopenOracle<Opening>::writing(std::uint64_t seed, const Effort& effort, Outcome& outcome) {
  file_.write(image_);
  auto arena = Opening::template map_mut<BasicArena<Store>>(file_.path(), options_);
  if (arena) return accepted<Store>(*std::move(arena), seed, effort, outcome);
  outcome.verdict = std::unexpected(arena.error());
  if (Verdict wrong = unmodified("an opening that rejected it")) return wrong;
  return rejected(arena.error());
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::rejected(const Error& error) const {
  if (!parts::is_verdict(error.code) || error.message().empty())
    return "REC-1: rejected with an error that no file has: " + error.message();
  const bool unknown = error.code == ErrorCode::identity_unknown;
  if (!unknown && !parts::about_lists(error)) return std::nullopt;
  const FileWords words(image_, options_.reserved);
  const bool about_index = error.code == ErrorCode::bad_header &&
                           (error.at == words.annex_at() || (error.at >= words.index_at() && error.at < words.index_at() + 64));
  if (about_index == words.index_fits())
    return "REC-1: rejected for an index that can be, or not for one that cannot: " + error.message();
  if (about_index) return std::nullopt;
  // All that comes before has been accepted, and the words are there.
  const ExpectedOpening expected = expected_opening(image_, options_, file_.identity(), true);
  if (unknown != expected.refused)
    return "REC-2: expected a file that is " + parts::describe(expected.opening, expected.doubt) +
           ", rejected: " + error.message();
  const bool about_cursor = error.at == words.header_at() + offsetof(detail::Header, allocated);
  if (unknown || expected.opening != Recovery::Opening::untrusted) return std::nullopt;
  if (about_cursor && expected.doubt != Doubt::asked) return std::nullopt;
  return "REC-2: rejected for lists that nobody trusts: " + error.message();
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::reported(const Recovery& recovery, const Bytes& bytes, const Options& options,
                                                bool writable) const {
  const ExpectedOpening expected = expected_opening(bytes, options, file_.identity(), writable);
  if (!expected.refused && recovery.opening == expected.opening && recovery.doubt == expected.doubt) return std::nullopt;
  return "REC-2: expected " +
         (expected.refused ? "that the file is refused" : parts::describe(expected.opening, expected.doubt)) + ", found " +
         parts::describe(recovery.opening, recovery.doubt);
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::opening_of(const Bytes& before, const Bytes& now, const detail::Structure& structure,
                                                  bool released) const {
  if (now.size() != before.size()) return "REC-2: opening has changed the size of the file";
  Bytes expected = now;  // but for what may have changed
  const auto allow = [&](std::uint64_t begin, std::uint64_t size) {
    const auto changed = std::span(before).subspan(begin, size);
    std::ranges::copy(changed, expected.begin() + static_cast<std::ptrdiff_t>(begin));
  };
  const FileWords words(now, options_.reserved);
  allow(words.header_at(), detail::header_size);
  allow(words.annex_at(), words.annex_size());  // and the index behind it, but for its shape
  if (words.annex_size() > detail::annex_size && words.shape() != FileWords(before, options_.reserved).shape())
    return "REC-2: opening has changed the shape of the index";
  for (const detail::ListedSegment& segment : structure.free)
    allow(segment.descriptor, released ? detail::descriptor_size : sizeof(std::uint64_t));
  if (released)
    for (const Offset spare : structure.spare) allow(spare, detail::descriptor_size);
  if (expected == before) return annex_of_opening(before, now);
  const auto at = std::ranges::mismatch(expected, before).in1 - expected.begin();
  return "REC-2: opening has changed byte " + std::to_string(at);
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::annex_of_opening(const Bytes& before, const Bytes& now) const {
  const FileWords was(before, options_.reserved), is(now, options_.reserved);
  const std::uint64_t generation = is.generation();
  if (is.annex_size() != was.annex_size() || is.capacity() != now.size() || is.state() != 0)
    return "REC-2: the annex of an open file has size " + std::to_string(is.annex_size()) + ", capacity " +
           std::to_string(is.capacity()) + ", state " + std::to_string(is.state());
  if (generation == was.generation() || generation % 2 == was.generation() % 2)
    return "REC-2: opening has made generation " + std::to_string(generation) + " of " + std::to_string(was.generation());
  if (generation < was.generation() && was.generation() != std::numeric_limits<std::uint64_t>::max())
    return "REC-2: opening counts the generation down to " + std::to_string(generation);
  if (generation == 0) return "REC-2: the generation of an open file is that of memory";
  if (is.marks() != expected_marks(file_.identity()) || is.seal() != is.dirty_seal())
    return "REC-2: an open file does not say which it is";
  if (is.members() != 0) return "REC-2: a file that nobody shares has a table of members";
  const auto other = static_cast<std::ptrdiff_t>(was.witness_at(was.generation()));
  constexpr auto size = std::ptrdiff_t{sizeof(detail::WitnessCell)};
  Bytes cell(before.begin() + other, before.begin() + other + size);
  if (was.generation() % 2 == 1)
    std::fill_n(cell.begin() + offsetof(detail::WitnessCell, other), sizeof detail::WitnessCell::other, std::byte{});
  if (!std::equal(cell.begin(), cell.end(), now.begin() + other))
    return "REC-2: opening has changed the witness of the opening before it";
  const std::uint32_t witness = is.witness(generation);
  if (witness == 0 || witness >= detail::owner_died) return "REC-2: the witness of an open file is " + std::to_string(witness);
  return std::nullopt;
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::annex_of_close(const Bytes& now, std::uint64_t reserved) {
  const FileWords words(now, reserved);
  if (words.marks() != Marks{} || words.state() != 0 || words.witness(words.generation()) != 0 || words.members() != 0)
    return "REC-2: the annex of a closed file still says who had it open";
  if (words.capacity() != now.size()) return "REC-2: a closed file records a capacity of " + std::to_string(words.capacity());
  return std::nullopt;
}

template <class Opening>
template <WordStore Store>
oracle::Verdict ReopenOracle<Opening>::accepted(std::optional<BasicArena<Store>> arena, std::uint64_t seed,
                                                const Effort& effort, Outcome& outcome) {
  if (old_format()) return "REC-1: a file of an earlier format is open for writing";
  const oracle::Walked walked = oracle::walk(oracle::memory_of(*arena));
  const detail::Structure& structure = walked.structure;
  if (Verdict wrong = oracle::sound(*arena, walked, {})) return *wrong + " (just opened)";
  const Recovery recovery = arena->recovery();
  if (Verdict wrong = reported(recovery, image_, options_, true)) return wrong;
  outcome.opened = file_.bytes();
  const detail::Structure before = parts::lists_in(image_, options_.reserved);
  const bool released = recovery.opening != Recovery::Opening::untrusted && parts::released(before, structure);
  if (Verdict wrong = opening_of(image_, outcome.opened, structure, released)) return wrong;
  if (recovery.kept != parts::kept(released ? before : structure))
    return "REC-2: what recovery says it kept is not what the lists hold";
  if (recovery.opening == Recovery::Opening::untrusted && !structure.free.empty())
    return "REC-2: the lists of an untrusted file were kept";
  arena.reset();  // closes it, and what follows takes that back
  const bool short_life = effort.ways == Ways::by_seed && way_of(seed) != Way::life && way_of(seed) != Way::unsync;
  if (short_life) return std::nullopt;
  return opened_again<Store>(structure, seed, effort, outcome);
}

// The process died right after opening; or a copy that was made then is put back.
template <class Opening>
template <WordStore Store>
oracle::Verdict ReopenOracle<Opening>::opened_again(const detail::Structure& structure, std::uint64_t seed,
                                                    const Effort& effort, Outcome& outcome) {
  const bool identified = file_.identity().has_value();
  file_.write(outcome.opened);
  if (const auto copy = Arena::map(file_.path(), trusting()); !copy)
    return "REC-2: a copy of the open file is rejected: " + copy.error().message();
  else if (copy->recovery().doubt != (identified ? Doubt::copied_open : Doubt::no_identity))
    return "REC-2: a copy of the open file counts as " + parts::describe(copy->recovery().opening, copy->recovery().doubt);

  Bytes left = outcome.opened;
  parts::note_death(left, options_.reserved);
  file_.write(left);
  auto again = BasicArena<Store>::map_mut(file_.path(), trusting());
  if (!again) return "REC-3: opened and not closed, the file is rejected: " + again.error().message();
  const auto expected = identified ? Recovery::Opening::process_died : Recovery::Opening::untrusted;
  if (again->recovery().opening != expected)
    return std::string("REC-3: opened and not closed, the file counts as ") + name(again->recovery().opening);
  if (identified) {
    if (!parts::same_lists(oracle::walk(oracle::memory_of(*again)).structure, structure))
      return "REC-3: opened again, the lists are others";
    // Boundaries leave the list and come back: of an arena without them no link changes.
    const bool links = FileWords(left, options_.reserved).annex_size() != detail::annex_size;
    if (Verdict wrong = opening_of(left, file_.bytes(), links ? structure : detail::Structure{}))
      return "REC-3: opening again: " + *wrong;
  }

  oracle::Exercise<Store> run(*again, seed, effort.operations);
  if (Verdict wrong = run.check()) return *wrong + " (opened again)";
  if (Verdict wrong = run.run(effort.steps)) return wrong;
  const detail::Structure before = oracle::walk(oracle::memory_of(*again)).structure;
  if (const auto done = again->close(); !done) return "REC-2: it cannot be closed: " + done.error().message();
  return closed(before, run, outcome);
}

template <class Opening>
template <WordStore Store>
oracle::Verdict ReopenOracle<Opening>::closed(const detail::Structure& before, const oracle::Exercise<Store>& run,
                                              Outcome& outcome) {
  const std::string trail = "\n  steps:" + run.history();
  outcome.closed = file_.bytes();
  if (Verdict wrong = annex_of_close(outcome.closed, options_.reserved)) return *wrong + trail;
  const auto arena = BasicArena<Store>::map_mut(file_.path(), trusting());
  if (!arena) return "REC-2: what was closed is rejected: " + arena.error().message() + trail;
  if (arena->recovery().opening != Recovery::Opening::clean)
    return std::string("REC-2: what was closed counts as ") + name(arena->recovery().opening) + trail;
  const oracle::Walked walked = oracle::walk(oracle::memory_of(*arena));
  if (!parts::same_lists(walked.structure, before) && !parts::released(before, walked.structure))
    return "REC-2: closed and opened again, the lists are others" + trail;
  if (arena->recovery().kept != parts::kept(before))
    return "REC-2: closed and opened again, recovery did not keep the list" + trail;
  const Bytes now = file_.bytes();
  for (const auto& held : run.held())
    if (!std::equal(held.bytes.begin(), held.bytes.end(), now.begin() + held.extent.offset))
      return "REC-2: closed and opened again, the bytes of " + oracle::text(held.extent) + " are others" + trail;
  if (Verdict wrong = oracle::sound(*arena, walked, run.live())) return *wrong + " (closed and opened again)" + trail;
  return std::nullopt;
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::other_store(std::uint64_t seed, const Effort& effort, const Outcome& expected) {
  Outcome found;
  if (Verdict wrong = writing<PlainStore>(seed, effort, found)) return *wrong + " (unsync)";
  if (found.verdict != expected.verdict)
    return "REC-1: Arena " + parts::describe(expected.verdict) + ", unsync::Arena " + parts::describe(found.verdict);
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
    return std::string("REC-1: ") + how + " has " + parts::describe(found) + ", expected " + parts::describe(expected);
  if (!arena) return std::nullopt;
  Verdict wrong = reported(arena->recovery(), image_, options_, !arena->read_only());
  if (!wrong) wrong = arena->read_only() ? oracle::sound_snapshot(*arena) : oracle::sound(*arena, {});
  return wrong ? *wrong + " (" + how + ")" : wrong;
}

// A file of an earlier format is refused for writing, as is one of which nobody can tell which it is, and what the reading says
// of it only has to be right in itself.
template <class Opening>
oracle::Verdict ReopenOracle<Opening>::reading(const std::expected<void, Error>& writable) {
  file_.write(image_);
  std::expected<void, Error> expected = writable;
  const bool only_read = !writable && (writable.error().code == ErrorCode::identity_unknown ||
                                       (old_format() && writable.error().code == ErrorCode::wrong_format_version));
  {
    const auto arena = Arena::map(file_.path(), options_);
    if (only_read) expected = arena ? std::expected<void, Error>() : std::unexpected(arena.error());
    if (!arena && (!parts::is_verdict(arena.error().code) || arena.error().code == ErrorCode::identity_unknown))
      return "REC-1: rejected with an error that no file has: " + arena.error().message();
    if (Verdict wrong = snapshot(arena, expected, "map")) return wrong;
  }
  return snapshot(Arena::map_copy_read_only(file_.path(), options_), expected, "map_copy_read_only");
}

template <class Opening>
oracle::Verdict ReopenOracle<Opening>::copying(const std::expected<void, Error>& writable) {
  file_.write(image_);
  auto copy = Arena::map_copy(file_.path(), options_);
  if (Verdict wrong = snapshot(copy, writable, "map_copy")) return wrong;
  if (!copy) return std::nullopt;
  oracle::Exercise<AtomicStore> run(*copy, 0);
  constexpr unsigned few = 4;
  if (Verdict wrong = run.run(few)) return *wrong + " (map_copy)";
  return unmodified("a run on map_copy");
}

}  // namespace rarena::fuzz
