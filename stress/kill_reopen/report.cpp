#include "kill_reopen/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace rarena::stress {

namespace {

std::size_t index(auto value) { return static_cast<std::size_t>(value); }

std::uint64_t found(const Tallies& t, Recovery::Opening opening) { return t.found[index(opening)]; }

template <std::size_t N, class Name>
std::string all_of(const std::array<std::uint64_t, N>& numbers, Name name_of) {
  std::string text;
  for (std::size_t i = 0; i < N; ++i) text += fmt::format("{}{} {}", i == 0 ? "" : ", ", numbers[i], name_of(i));
  return text;
}

double per_second(std::uint64_t number, double seconds) { return seconds > 0 ? static_cast<double>(number) / seconds : 0; }

// The step that a killed child was in the middle of, if it is one that is counted.
std::optional<Middle> middle_of(const Seen& seen, Role role) {
  if (seen.phase == Phase::closing) return Middle::close;
  if (seen.phase != Phase::working) return std::nullopt;
  switch (role) {
    case Role::rebuild: return Middle::rebuild;
    case Role::truncate: return seen.grows ? Middle::growing : Middle::shrinking;
    case Role::take_over: return Middle::take_over;
    default: return std::nullopt;
  }
}

}  // namespace

void Tallies::add(const SideCycle& cycle) {
  cycles += 1;
  kills += cycle.killed ? 1 : 0;
  (cycle.killed ? kills_beside : finished) += 1;
  const bool creation = cycle.kind == SideCycle::Kind::creation;
  (creation ? creations : many_files) += 1;
  if (cycle.in_the_middle())
    in_the_middle[index(!creation ? Middle::many_files : cycle.two_creators() ? Middle::two_creations : Middle::creation)] += 1;
  for (const FoundFile& file : cycle.files) {
    if (creation)
      made += file.exists ? 1 : 0;
    else
      files_open += file.phases.front() == Phase::working ? 1 : 0;
  }
}

void Tallies::add(const Seen& seen, const Ending& ending, Role role, bool delaying) {
  cycles += 1;
  if (ending.by_kill) {
    kills += 1;
    delayed_kills += delaying ? 1 : 0;
    kills_in[index(seen.phase)] += 1;
    kills_of[index(role)] += 1;
    if (const auto middle = middle_of(seen, role)) in_the_middle[index(*middle)] += 1;
  } else {
    (ending.kind == Ending::Kind::finished ? finished : own_deaths) += 1;
  }
  found[index(seen.recovery.opening)] += 1;
  cut_openings += seen.cut_opening ? 1 : 0;
  cut_exclusives += seen.cut_exclusive ? 1 : 0;
  with_reclaimed += seen.recovery.reclaimed.segments != 0 ? 1 : 0;
  reclaimed.segments += seen.recovery.reclaimed.segments;
  reclaimed.bytes += seen.recovery.reclaimed.bytes;
  lost_bytes += seen.recovery.lost_bytes;
  leaked_bytes += seen.leaked_bytes;
  live_segments += seen.live_segments;
}

std::string table(const RunFacts& f, const Tallies& t) {
  std::string out;
  const auto line = [&](const char* what, const std::string& value) { out += fmt::format("{:28}{}\n", what, value); };
  using Opening = Recovery::Opening;
  line("seed", fmt::format("{}", f.seed));
  line("arena", fmt::format("{}, {} bytes, {} threads", f.freelist, f.capacity, f.threads));
  line("cycles", fmt::format("{} ({} killed, {} finished, {} died at their end)", t.cycles, t.kills, t.finished, t.own_deaths));
  line("kills by phase", all_of(t.kills_in, [](std::size_t i) { return name(static_cast<Phase>(i)); }));
  line("kills by role", all_of(t.kills_of, [](std::size_t i) { return name(static_cast<Role>(i)); }) +
                            fmt::format(", {} beside", t.kills_beside));
  line("in the middle of", all_of(t.in_the_middle, [](std::size_t i) { return name(static_cast<Middle>(i)); }));
  line("beside", fmt::format("{} creations ({} made), {} processes with many files ({} open)", t.creations, t.made,
                             t.many_files, t.files_open));
  line("kills on DelayingStore", fmt::format("{}", t.delayed_kills));
  line("a part of it was done",
       fmt::format("{} openings, {} rebuilds, compactions or rewinds", t.cut_openings, t.cut_exclusives));
  line("then the file was", fmt::format("{} process died, {} clean, {} untrusted", found(t, Opening::process_died),
                                        found(t, Opening::clean), found(t, Opening::untrusted)));
  line("reclaimed",
       fmt::format("{} segments, {} bytes, in {} cycles", t.reclaimed.segments, t.reclaimed.bytes, t.with_reclaimed));
  line("leaked until rebuilt", fmt::format("{} bytes, summed over cycles", t.leaked_bytes));
  line("seals overwritten",
       fmt::format("{} (lists damaged too: {}); {} bytes lost", t.broken_seals, t.damaged_lists, t.lost_bytes));
  line("live segments checked", fmt::format("{}", t.live_segments));
  line("reopened by the parent", fmt::format("{} (rebuilt: {})", t.reopenings, t.rebuilds));
  line("operations", fmt::format("{} allocations, {} refused, {} frees, {} in part, {} flushes, {} discards", t.operations[0],
                                 t.operations[1], t.operations[2], t.operations[3], t.operations[4], t.operations[5]));
  line("time", fmt::format("{:.1f} s, {:.1f} cycles per second", f.seconds, per_second(t.cycles, f.seconds)));
  return out;
}

namespace {

nlohmann::json middles_of(const Tallies& t) {
  nlohmann::json result;
  for (std::size_t i = 0; i < middles; ++i) result[name(static_cast<Middle>(i))] = t.in_the_middle[i];
  return result;
}

}  // namespace

nlohmann::json to_json(const RunFacts& f, const Tallies& t) {
  using Opening = Recovery::Opening;
  return {{"seed", f.seed},
          {"freelist", f.freelist},
          {"capacity", f.capacity},
          {"threads", f.threads},
          {"bug", f.bug},
          {"seconds", f.seconds},
          {"cycles", t.cycles},
          {"kills", t.kills},
          {"delayed_kills", t.delayed_kills},
          {"kills_by_phase", t.kills_in},
          {"kills_by_role", t.kills_of},
          {"kills_beside", t.kills_beside},
          {"in_the_middle", middles_of(t)},
          {"creations", t.creations},
          {"made", t.made},
          {"many_files", t.many_files},
          {"files_open", t.files_open},
          {"finished", t.finished},
          {"own_deaths", t.own_deaths},
          {"cut_openings", t.cut_openings},
          {"cut_exclusives", t.cut_exclusives},
          {"process_died", found(t, Opening::process_died)},
          {"clean", found(t, Opening::clean)},
          {"untrusted", found(t, Opening::untrusted)},
          {"reclaimed_cycles", t.with_reclaimed},
          {"reclaimed_segments", t.reclaimed.segments},
          {"reclaimed_bytes", t.reclaimed.bytes},
          {"lost_bytes", t.lost_bytes},
          {"leaked_bytes", t.leaked_bytes},
          {"live_segments", t.live_segments},
          {"broken_seals", t.broken_seals},
          {"damaged_lists", t.damaged_lists},
          {"reopenings", t.reopenings},
          {"rebuilds", t.rebuilds},
          {"operations", t.operations}};
}

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const std::string& text) {
  if (!terminal_) return;
  std::fprintf(stderr, "\r\033[K%s", text.c_str());
  std::fflush(stderr);
}

void ProgressLine::clear() { show(""); }

}  // namespace rarena::stress
