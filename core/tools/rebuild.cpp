#include "rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <expected>
#include <fstream>
#include <istream>
#include <ostream>
#include <span>

#include "../arena/arena.hpp"
#include "image.hpp"
#include "numbers.hpp"

namespace rarena::tools {

namespace {

// The live segments of a list, and the status if there are none to be had.
std::expected<std::vector<Extent>, int> live_segments(const RebuildOptions& options, std::istream& input,
                                                      const Console& console) {
  std::vector<Extent> live = options.live;
  if (!options.live_file.empty()) {
    std::ifstream file;
    const bool from_input = options.live_file == "-";
    if (!from_input) file.open(options.live_file);
    if (!from_input && !file) return std::unexpected(fail(console, options.live_file, system_error(errno)));
    const auto listed = parse_extents(from_input ? input : file);
    if (!listed) return std::unexpected(fail(console, options.live_file, listed.error(), unusable));
    live.insert(live.end(), listed->begin(), listed->end());
  }
  const bool nothing = std::ranges::all_of(live, &Extent::empty);
  if (nothing == options.nothing_live) return live;
  return std::unexpected(fail(console, options.file,
                              nothing ? "expected live segments, found none; if nothing is live, say --nothing-live"
                                      : "expected no live segments with --nothing-live, found some",
                              unusable));
}

struct Account {
  std::uint64_t cursor = 0, discarded = 0, unused = 0;
  std::uint64_t free_segments = 0, free_bytes = 0, largest = 0;
  std::uint64_t unlisted = 0;
};

Account account_of(const Arena& arena) {
  Account a;
  a.cursor = arena.allocated();
  a.discarded = arena.discarded();
  a.unused = arena.spare_descriptors();
  for (const Extent segment : arena.free_segments()) {
    a.free_segments += 1;
    a.free_bytes += segment.size;
    a.largest = std::max<std::uint64_t>(a.largest, segment.size);
  }
  const std::uint64_t known = a.free_bytes + (a.free_segments + a.unused) * detail::descriptor_size + a.discarded;
  const std::uint64_t all = a.cursor - arena.data_offset();
  a.unlisted = known < all ? all - known : 0;
  return a;
}

void print_recovery(const RebuildOptions& options, const Recovery& r, std::ostream& out) {
  if (r.cut_bytes != 0)
    out << fmt::format("{}: cut short: the cursor goes back by {} bytes, to the end of the file\n", options.file, r.cut_bytes);
  if (r.opening == Recovery::Opening::untrusted)
    out << fmt::format("{}: untrusted, because {}: the freelist is dropped, {} segments of {} bytes\n", options.file,
                       describe(r.doubt), r.dropped.segments, r.dropped.bytes);
  if (r.opening == Recovery::Opening::process_died)
    out << fmt::format("{}: process died: {} marked segments are reclaimed, {} bytes\n", options.file, r.reclaimed.segments,
                       r.reclaimed.bytes);
}

void print_accounts(const Account& before, const Account& after, std::ostream& out) {
  const auto row = [&](const char* name, std::uint64_t old_value, std::uint64_t new_value) {
    out << fmt::format("{:<22} {:>10} {:>10}\n", name, old_value, new_value);
  };
  out << fmt::format("{:<22} {:>10} {:>10}\n", "", "before", "after");
  row("cursor", before.cursor, after.cursor);
  row("free segments", before.free_segments, after.free_segments);
  row("free bytes", before.free_bytes, after.free_bytes);
  row("largest free segment", before.largest, after.largest);
  row("descriptors linked", before.free_segments, after.free_segments);
  row("descriptors unused", before.unused, after.unused);
  row("discarded bytes", before.discarded, after.discarded);
  row("unlisted bytes", before.unlisted, after.unlisted);
}

// What the library accepts the file with: its own kind and magic version.
std::expected<Options, Refusal> options_of(const RebuildOptions& options) {
  const auto image = Image::open(options.file, options.reserved);
  if (!image) return std::unexpected(image.error());
  return Options{.reserved = options.reserved, .magic_version = image->prefix().magic_version, .freelist = image->kind()};
}

// Whether a file was refused for what a rebuild makes anew: its lists, or a cursor that lies beyond its end.
bool is_rebuilt(const Error& error) {
  return error.code == ErrorCode::bad_freelist || error.code == ErrorCode::overlapping_segments ||
         error.code == ErrorCode::bad_header || error.code == ErrorCode::file_cut_short;
}

struct Outcome {
  Recovery recovery;
  Account before, after;
};

std::expected<Outcome, Error> rebuilt(std::expected<Arena, Error> arena, std::span<const Extent> live, bool drop_roots) {
  if (!arena) return std::unexpected(arena.error());
  Outcome outcome{.recovery = arena->recovery(), .before = account_of(*arena), .after = {}};
  if (drop_roots)
    if (const auto dropped = arena->drop_roots(); !dropped) return std::unexpected(dropped.error());
  if (const auto done = arena->rebuild(live); !done) return std::unexpected(done.error());
  outcome.after = account_of(*arena);
  if (const auto closed = arena->close(); !closed) return std::unexpected(closed.error());
  return outcome;
}

}  // namespace

int rebuild(const RebuildOptions& options, std::istream& input, const Console& console) {
  const auto live = live_segments(options, input, console);
  if (!live) return live.error();
  auto wanted = options_of(options);
  if (!wanted) return fail(console, options.file, wanted.error());
  auto outcome = rebuilt(Arena::map_copy(options.file, *wanted), *live, options.drop_roots);
  if (!outcome && is_rebuilt(outcome.error())) {
    wanted->drop_freelist = true;
    outcome = rebuilt(Arena::map_copy(options.file, *wanted), *live, options.drop_roots);
  }
  if (outcome && !options.dry_run) outcome = rebuilt(Arena::map_mut(options.file, *wanted), *live, options.drop_roots);
  if (!outcome) return fail(console, options.file, outcome.error());

  print_recovery(options, outcome->recovery, console.out);
  if (options.drop_roots) console.out << options.file << ": all named roots are forgotten\n";
  print_accounts(outcome->before, outcome->after, console.out);
  if (options.dry_run) console.out << options.file << ": dry run: the file is as it was\n";
  return done;
}

}  // namespace rarena::tools
