// Subject: an arena under test, made to do what an expected arena says, and compared with it after each operation.
//
//     results     of every call: what was granted, or the error, to the byte
//     state       cursor, capacity, discarded bytes, the list with its descriptors, the unused descriptors: exactly
//     FL-5        with an index, when merges are made is the arena's own affair, but for those that a request needs: several
//                 states may be expected, and each difference is one from the first of them
//     SEG-1, FL-1, SEG-2    models/oracle, on the memory itself
//     FL-2        what is painted into live segments and reserved bytes is there until it is given up; zeros where asked for
//     FL-3        a link that has changed has another tag
//     REC-2       an opening reports what it found, and nothing is lost by it
//
// `Opening` says which arena: shipped.hpp, or a planted bug. Thread safety: one thread.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <expected>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/operations/expected_arena.hpp"
#include "models/operations/scratch_file.hpp"
#include "models/oracle/sound_arena.hpp"

namespace rarena::operations {

using oracle::text;
using oracle::Verdict;

// What an opening offers: a new arena, one that is opened again (file arenas), and which operations its arena has.
template <class O>
concept ArenaOpening =
    requires(const O& opening, const Setting& setting, const std::filesystem::path& path, Operation::Kind kind) {
      { opening.make(setting, path) } -> std::same_as<std::expected<std::unique_ptr<typename O::Arena>, Error>>;
      { O::supports(kind) } -> std::same_as<bool>;
    };

template <ArenaOpening Opening>
class Subject {
 public:
  explicit Subject(const Setting& setting, Opening opening = {}) : setting_(setting), opening_(opening) {
    if (setting.backing == Backing::file) file_.emplace();
  }

  // Makes the arena, and judges what came of it. True: there is one.
  std::expected<bool, std::string> make(const std::expected<ExpectedArena, Error>& expected);

  // Does the calls of one operation, and judges what each returns; then the arena against what is expected after it. `states`
  // are those that the arena may be in, before and afterwards.
  Verdict run(const Operation& operation, std::vector<ExpectedArena>& states);

 private:
  using Arena = typename Opening::Arena;
  using Name = Call::Name;
  // What a link was when it was last seen, and in which look at all of them.
  struct SeenLink {
    detail::Link link;
    std::uint64_t look = 0;
  };

  using Possible = ExpectedArena::Possible;
  // What a call has returned.
  struct Returned {
    std::expected<void, Error> result = {};
    Granted granted = {};
  };
  static std::vector<Possible> all_possible(const Operation& operation, const std::vector<ExpectedArena>& states);
  // Erases those that are not so; what is wrong with the first, if all are not.
  template <class Wrong>
  static Verdict keep(std::vector<Possible>& possible, Wrong wrong);

  Returned call(const Call& call);
  static Verdict wrong_with(const Call& call, const Returned& returned);
  Verdict take(const Call& call, const Returned& returned);
  std::expected<void, Error> perform(const Call& call);
  std::expected<void, Error> open_again(const Call& call);
  Verdict agrees(std::vector<Possible>& possible);
  Verdict same_numbers(const ReferenceArena& expected) const;
  static Verdict same_lists(const ReferenceArena& expected, const detail::Structure& found);
  Verdict same_bytes(const ExpectedArena& expected) const;
  Verdict new_tags(const detail::Structure& structure);
  void paint(Extent extent);

  Setting setting_;
  Opening opening_;
  std::optional<ScratchFile> file_;  // if it is a file arena
  std::unique_ptr<Arena> arena_;
  // What live segments and reserved bytes hold, by offset; the others are not looked at, and nobody writes them.
  std::unique_ptr<std::byte[]> shadow_;
  std::vector<SeenLink> links_;  // by place, in words
  std::uint64_t look_ = 1;
  std::uint8_t color_ = 0;
};

namespace parts {

inline std::string named(const std::expected<void, Error>& result) { return result ? "success" : result.error().message(); }

inline std::string named(std::span<const reference::Listed> list) {
  std::string line;
  for (const auto& l : list) line += " " + text(l.segment) + " by " + text(l.descriptor);
  return line.empty() ? " nothing" : line;
}

inline std::string named(std::span<const Offset> offsets) {
  std::string line;
  for (const Offset offset : offsets) line += " " + text(offset);
  return line.empty() ? " nothing" : line;
}

inline Verdict differs(const char* what, std::uint64_t expected, std::uint64_t found) {
  if (expected == found) return std::nullopt;
  return std::string(what) + ": expected " + text(expected) + ", found " + text(found);
}

}  // namespace parts

template <ArenaOpening Opening>
std::expected<bool, std::string> Subject<Opening>::make(const std::expected<ExpectedArena, Error>& expected) try {
  auto made = opening_.make(setting_, file_ ? file_->path() : std::filesystem::path());
  std::expected<void, Error> wanted, found;
  if (!expected) wanted = std::unexpected(expected.error());
  if (!made) found = std::unexpected(made.error());
  if (wanted != found)
    return std::unexpected("SEG-1: making the arena: expected " + parts::named(wanted) + ", found " + parts::named(found));
  if (!made) return false;
  arena_ = std::move(*made);
  shadow_ = std::make_unique_for_overwrite<std::byte[]>(std::size_t{1} << 16U);
  paint({0, arena_->reserved()});
  std::vector<Possible> possible = {{.calls = {}, .after = *expected}};
  if (const Verdict wrong = agrees(possible)) return std::unexpected(*wrong);
  return true;
} catch (const std::exception& thrown) {  // as run()
  return std::unexpected(thrown.what());
}

template <ArenaOpening Opening>
auto Subject<Opening>::all_possible(const Operation& operation, const std::vector<ExpectedArena>& states)
    -> std::vector<Possible> {
  std::vector<Possible> all;
  for (const ExpectedArena& state : states)
    for (Possible& one : state.possible(operation)) all.push_back(std::move(one));
  return all;
}

template <ArenaOpening Opening>
template <class Wrong>
Verdict Subject<Opening>::keep(std::vector<Possible>& possible, Wrong wrong) {
  const Verdict first = wrong(possible.front());
  std::erase_if(possible, [&](const Possible& one) { return wrong(one).has_value(); });
  return possible.empty() ? first : std::nullopt;
}

template <ArenaOpening Opening>
Verdict Subject<Opening>::run(const Operation& operation, std::vector<ExpectedArena>& states) {
  std::vector<Possible> possible = all_possible(operation, states);
  try {
    for (std::size_t i = 0; i < possible.front().calls.size(); ++i) {
      const Call& made = possible.front().calls[i];
      const Returned returned = call(made);
      if (Verdict wrong = keep(possible, [&](const Possible& one) { return wrong_with(one.calls[i], returned); })) return wrong;
      if (Verdict wrong = take(possible.front().calls[i], returned)) return wrong;
    }
    if (Verdict wrong = agrees(possible)) return wrong;
  } catch (const std::exception& thrown) {  // the shipped arena throws nothing; planted bugs say so what they did
    return thrown.what();
  }
  states.clear();
  for (Possible& one : possible)
    if (std::ranges::find(states, one.after.arena().left(), [](const auto& s) { return s.arena().left(); }) == states.end())
      states.push_back(std::move(one.after));
  return std::nullopt;
}

template <ArenaOpening Opening>
auto Subject<Opening>::call(const Call& call) -> Returned {
  if (call.name != Name::allocate) return {.result = perform(call)};
  const auto found = arena_->allocate(call.size, call.alignment, call.zero ? Fill::zero : Fill::none);
  if (!found) return {.result = std::unexpected(found.error())};
  return {.granted = {found->segment, found->used}};
}

template <ArenaOpening Opening>
Verdict Subject<Opening>::wrong_with(const Call& call, const Returned& returned) {
  if (returned.result != call.result) {
    const char* const invariant = call.name == Name::allocate ? "FL-4" : "SEG-2";
    return std::string(invariant) + ": expected " + parts::named(call.result) + ", found " + parts::named(returned.result);
  }
  if (returned.granted == call.granted) return std::nullopt;
  const auto named = [](const Granted& g) { return text(g.used) + " in " + text(g.segment); };
  return "SEG-1: expected " + named(call.granted) + ", found " + named(returned.granted);
}

// What an allocation was granted is painted, and was zero if that was asked for.
template <ArenaOpening Opening>
Verdict Subject<Opening>::take(const Call& call, const Returned& returned) {
  if (call.name != Name::allocate || !returned.result) return std::nullopt;
  const Extent used = returned.granted.used;
  const std::byte* const bytes = arena_->data() + used.offset;
  if (call.zero && std::any_of(bytes, bytes + used.size, [](std::byte b) { return b != std::byte{}; }))
    return "FL-2: expected zeros in " + text(used);
  paint(returned.granted.segment);
  return std::nullopt;
}

template <ArenaOpening Opening>
std::expected<void, Error> Subject<Opening>::perform(const Call& call) {
  const std::uint64_t size = call.size;
  switch (call.name) {
    case Name::dealloc: return arena_->dealloc(call.extent.offset, call.extent.size);
    case Name::increase_discarded: return arena_->increase_discarded(size);
    case Name::set_minimum: return arena_->set_minimum_segment_size(size);
    case Name::discard_freelist: {
      const auto bytes = arena_->discard_freelist();
      if (bytes && *bytes != call.bytes)
        return std::unexpected(Error{.code = ErrorCode::bad_freelist, .asked = call.bytes, .there = *bytes});
      return bytes ? std::expected<void, Error>() : std::unexpected(bytes.error());
    }
    case Name::merge: {
      const auto joined = arena_->merge();
      if (joined && *joined != call.bytes)
        return std::unexpected(Error{.code = ErrorCode::bad_freelist, .asked = call.bytes, .there = *joined});
      return joined ? std::expected<void, Error>() : std::unexpected(joined.error());
    }
    default: break;
  }
  if constexpr (Opening::exclusive) {
    ++look_;  // whoever is alone may begin tags anew
    switch (call.name) {
      case Name::flush: return arena_->flush_header_and_range(call.extent.offset, call.extent.size);
      case Name::clear: return arena_->clear();
      case Name::rewind_start: return arena_->rewind(ArenaPosition::start(size));
      case Name::rewind_end: return arena_->rewind(ArenaPosition::end(size));
      case Name::rewind_down: return arena_->rewind(ArenaPosition::current(-static_cast<std::int64_t>(size)));
      case Name::compact: return arena_->compact_freelist();
      case Name::rebuild: return arena_->rebuild(call.live);
      case Name::truncate: return arena_->truncate(size);
      default: return open_again(call);
    }
  }
  std::unreachable();
}

// The process dies: its pages are in the cache as they are, nobody has sealed the file, and the system has noted the death. A
// power loss may leave any seal. A copy that was made before the death does not have the note.
template <ArenaOpening Opening>
std::expected<void, Error> Subject<Opening>::open_again(const Call& call) {
  std::vector<std::byte> left;
  const detail::Geometry geometry = detail::geometry_of_arena(*arena_);
  if (call.name != Name::reopen) left = file_->bytes();
  arena_.reset();
  if (call.name == Name::power_loss) left.at(static_cast<std::size_t>(geometry.seal().place)) ^= std::byte{0x5a};
  if (call.name == Name::crash) {
    const std::uint64_t generation = detail::MemoryView(left.data(), geometry).annex().generation;
    std::memcpy(left.data() + geometry.witness(generation).place, &detail::owner_died, sizeof detail::owner_died);
  }
  if (call.name != Name::reopen) file_->overwrite(left);
  auto opened = opening_.open(setting_, file_->path());
  if (!opened) return std::unexpected(opened.error());
  arena_ = std::move(*opened);
  const auto expected = [&]() -> detail::Left {
    switch (call.name) {
      case Name::reopen: return {Recovery::Opening::clean, Doubt::none};
      case Name::crash: return {Recovery::Opening::process_died, Doubt::none};
      case Name::copied: return {Recovery::Opening::untrusted, Doubt::copied_open};
      default: return {Recovery::Opening::untrusted, Doubt::damaged};
    }
  }();
  const Recovery& found = arena_->recovery();
  if (expected == detail::Left{found.opening, found.doubt}) return {};
  return std::unexpected(Error{.code = ErrorCode::bad_seal,
                               .asked = static_cast<std::uint64_t>(expected.opening),
                               .there = static_cast<std::uint64_t>(found.opening),
                               .at = static_cast<std::uint64_t>(found.doubt)});
}

template <ArenaOpening Opening>
Verdict Subject<Opening>::agrees(std::vector<Possible>& possible) {
  const oracle::Walked walked = oracle::walk(oracle::memory_of(*arena_));
  const auto differs = [&](const Possible& one) {
    const ReferenceArena& reference = one.after.arena();
    return oracle::parts::first_of({same_numbers(reference), same_lists(reference, walked.structure)});
  };
  if (Verdict wrong = keep(possible, differs)) return wrong;
  const ExpectedArena& expected = possible.front().after;
  const ReferenceArena& reference = expected.arena();
  const std::int64_t account = reference.unaccounted(expected.live_bytes());
  if (account < 0 || (reference.exact() && account != 0))
    return "SEG-2: the reference itself has " + text(account) + " bytes without account";
  return oracle::parts::first_of(
      {oracle::sound(*arena_, walked, expected.live(), account), same_bytes(expected), new_tags(walked.structure)});
}

template <ArenaOpening Opening>
Verdict Subject<Opening>::same_numbers(const ReferenceArena& expected) const {
  using parts::differs;
  return oracle::parts::first_of(
      {differs("CUR-1: the cursor", expected.allocated(), arena_->allocated()),
       differs("SEG-2: discarded bytes", expected.discarded(), arena_->discarded()),
       differs("SEG-1: capacity", expected.capacity(), arena_->capacity()),
       differs("SEG-1: remaining bytes", expected.capacity() - expected.allocated(), arena_->remaining()),
       differs("SEG-1: data_offset", expected.data_offset(), arena_->data_offset()),
       differs("FL-1: minimum_segment_size", expected.minimum_segment_size(), arena_->minimum_segment_size()),
       differs("FL-2: spare descriptors", expected.spare().size(), arena_->spare_descriptors())});
}

template <ArenaOpening Opening>
Verdict Subject<Opening>::same_lists(const ReferenceArena& expected, const detail::Structure& found) {
  const auto listed = [](const detail::ListedSegment& segment) {
    return reference::Listed{segment.descriptor, segment.extent};
  };
  if (const auto list = found.free | std::views::transform(listed); !std::ranges::equal(list, expected.list()))
    return "FL-1: the list: expected" + parts::named(expected.list()) + ", found" +
           parts::named(std::vector<reference::Listed>(list.begin(), list.end()));
  if (!std::ranges::equal(found.spare, expected.spare() | std::views::reverse)) {
    const std::vector<Offset> spare(expected.spare().rbegin(), expected.spare().rend());
    return "FL-2: unused descriptors: expected" + parts::named(spare) + ", found" + parts::named(found.spare);
  }
  return std::nullopt;
}

template <ArenaOpening Opening>
Verdict Subject<Opening>::same_bytes(const ExpectedArena& expected) const {
  const auto same = [&](Extent e) { return std::memcmp(arena_->data() + e.offset, shadow_.get() + e.offset, e.size) == 0; };
  for (const Extent e : expected.live())
    if (!same(e)) return "FL-2: the bytes of the live segment " + text(e) + " have changed";
  if (!same({0, arena_->reserved()})) return "FL-2: the reserved bytes have changed";
  return std::nullopt;
}

template <ArenaOpening Opening>
Verdict Subject<Opening>::new_tags(const detail::Structure& structure) {
  const detail::MemoryView view = oracle::memory_of(*arena_);
  ++look_;
  Verdict wrong;
  const auto see = [&](detail::Word<std::uint64_t> word) {
    const auto at = static_cast<std::size_t>(word.place + detail::Place{detail::Geometry::pure_front}) / sizeof(std::uint64_t);
    if (at >= links_.size()) links_.resize(at + 1);
    const SeenLink now{detail::Link(view.load(word)), look_};
    const SeenLink before = std::exchange(links_[at], now);
    if (before.look + 1 == look_ && before.link != now.link && before.link.tag() == now.link.tag())
      wrong = "FL-3: the link at byte " + text(word.place) + " has changed and its tag has not";
  };
  see(view.geometry().free_head());
  see(view.geometry().spare_head());
  for (const detail::ListedBoundary& boundary : structure.boundaries) see(detail::Geometry::link(boundary.descriptor));
  for (const detail::ListedSegment& segment : structure.free) see(detail::Geometry::link(segment.descriptor));
  for (const Offset spare : structure.spare) see(detail::Geometry::link(spare));
  return wrong;
}

template <ArenaOpening Opening>
void Subject<Opening>::paint(Extent extent) {
  ++color_;
  if (extent.empty()) return;
  std::memset(arena_->data() + extent.offset, color_, extent.size);
  std::memset(shadow_.get() + extent.offset, color_, extent.size);
}

}  // namespace rarena::operations
