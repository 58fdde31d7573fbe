#include "kill_reopen/campaign.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/arena/arena.hpp"
#include "kill_reopen/reopen.hpp"

namespace rarena::stress {

namespace {

using std::chrono::microseconds;

constexpr std::chrono::seconds patience(30), short_patience(3);
constexpr std::uint32_t no_end = 1'000'000;  // steps of a child that is killed at work

// With an index that has boundaries and some tables, however small the file is.
Options options_of(const Settings& settings) {
  return {.capacity = settings.capacity, .freelist = settings.freelist, .index = settings.capacity / 16};
}

// What a planted bug is a bug of; any other role would seldom show it.
std::optional<Role> role_of(Plant plant) {
  switch (plant) {
    case Plant::late_witness: return Role::take_over;
    case Plant::late_lists: return Role::rebuild;
    case Plant::cut_too_far: return Role::truncate;
    default: return std::nullopt;
  }
}

bool beside(Plant plant) { return plant == Plant::one_unwatched || plant == Plant::named_early || plant == Plant::left_over; }

}  // namespace

Campaign::Campaign(const Settings& settings)
    : settings_(settings), random_(settings.seed), path_(settings.directory / "arena"),
      started_(std::chrono::steady_clock::now()), shared_(std::make_unique<SharedMemory>(Log::size(settings.threads))) {
  std::filesystem::create_directories(settings.directory);
  std::filesystem::remove(path_);
  Options options = options_of(settings);
  options.create_new = true;
  if (const auto made = Arena::map_mut(path_, options); !made)
    throw std::runtime_error(path_.string() + ": " + made.error().message());
}

Campaign::~Campaign() = default;

double Campaign::seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count(); }

bool Campaign::over() const {
  if (settings_.seconds > 0 && seconds() >= settings_.seconds) return true;
  return settings_.kills > 0 ? tallies_.kills >= settings_.kills : tallies_.cycles >= settings_.cycles;
}

std::optional<Artifact> Campaign::run() {
  while (!over()) {
    const bool aside = random_.one_in(beside(settings_.plant) ? 2 : 8);
    if (auto violated = aside ? side_cycle() : cycle()) {
      progress_.clear();
      return violated;
    }
    progress_.show(fmt::format("{} cycles, {} kills, {} reclaimed, {:.0f} s", tallies_.cycles, tallies_.kills,
                               tallies_.reclaimed.segments, seconds()));
  }
  progress_.clear();
  return std::nullopt;
}

ChildTask Campaign::next_task() {
  ChildTask task{.path = path_,
                 .options = options_of(settings_),
                 .seed = random_.next(),
                 .first_serial = (tallies_.cycles + 1) << 40U,
                 .workers = random_.one_in(2) ? settings_.threads : 1 + random_.below(settings_.threads),
                 .delaying = !random_.one_in(3),
                 .closes = !random_.one_in(4),
                 .plant = settings_.plant};
  if (openings_to_kill_ > 0) {
    task.role = Role::open;
  } else {
    constexpr std::array others = {Role::open,   Role::open,     Role::rebuild,  Role::rebuild,   Role::compact,
                                   Role::rewind, Role::truncate, Role::truncate, Role::take_over, Role::take_over};
    task.role = random_.below(100) < 50 ? Role::work : others[random_.below(others.size())];
    if (const auto role = role_of(settings_.plant); role && random_.one_in(2)) task.role = *role;
  }
  return task;
}

// Where to strike. A child that is to come to its end has few steps.
Kill Campaign::next_kill(const ChildTask& task) {
  const std::uint32_t what = random_.below(100);
  if (what < 8 && openings_to_kill_ == 0) return {};
  if (what < 16) return {Phase::starting, microseconds(random_.below(1500))};
  const bool short_lived = task.role != Role::work;
  if (task.role == Role::open && task.delaying && what < 60) return {Phase::writing, microseconds(random_.below(600))};
  if (what < (short_lived ? 60U : 24U)) return {Phase::opening, microseconds(random_.below(1500))};
  if (what < 85)
    return {Phase::working, microseconds(short_lived ? random_.magnitude(1, 2000) : random_.magnitude(20, 20'000))};
  return {task.closes ? Phase::closing : Phase::working, microseconds(random_.below(1500))};
}

// More than is allocated, and not so much that nothing is ever full again.
void Campaign::choose_capacity() {
  const detail::Header header = read_image(path_).view().header();
  const std::uint64_t most = std::uint64_t{2} * settings_.capacity, least = std::min<std::uint64_t>(header.allocated, most);
  Log(shared_->data(), settings_.threads).set_position(static_cast<Offset>(least + random_.below(most - least + 1)));
}

// The end of a live segment, so that none lies on both sides.
void Campaign::choose_position() {
  const Log log(shared_->data(), settings_.threads);
  const std::vector<LiveSegment> live = log.live();
  const std::uint64_t begin = read_image(path_).geometry().data_offset();
  log.set_position(static_cast<Offset>(live.empty() ? begin : live[random_.below(live.size())].segment.end()));
}

std::optional<Violation> Campaign::judge_ending(const Ending& ending) const {
  if (ending.kind == Ending::Kind::crashed) return Violation{"SEG-1", fmt::format("a child ended by signal {}", ending.number)};
  if (ending.kind == Ending::Kind::stuck)
    return Violation{"PRG-1", fmt::format("a child did not end within {} s", patience.count())};
  if (ending.kind == Ending::Kind::finished && ending.number != 0 && ending.number != complained)
    return Violation{"SEG-1", fmt::format("a child ended with status {}", ending.number)};
  return std::nullopt;
}

Artifact Campaign::artifact_of(const Violation& violation, const Evidence& evidence) const {
  return {violation, evidence, command_line()};
}

std::string Campaign::command_line() const {
  return fmt::format("--seed {} --freelist {} --capacity {} --threads {} (cycle {})", settings_.seed, name(settings_.freelist),
                     settings_.capacity, settings_.threads, tallies_.cycles + 1);
}

std::optional<Artifact> Campaign::side_cycle() {
  const SideSettings side{.directory = settings_.directory, .freelist = settings_.freelist, .plant = settings_.plant};
  const bool many = settings_.plant == Plant::one_unwatched || (!beside(settings_.plant) && random_.one_in(2));
  const SideCycle cycle = many ? run_many(side, random_) : run_creation(side, random_);
  tallies_.add(cycle);
  if (const Verdict v = judge(cycle); !v) return Artifact{v.error(), cycle, command_line()};
  return std::nullopt;
}

std::optional<Artifact> Campaign::cycle() {
  const Log log(shared_->data(), settings_.threads);
  ChildTask task = next_task();
  const Kill kill = next_kill(task);
  task.steps = !kill.phase || *kill.phase == Phase::closing ? 20 + random_.below(200) : no_end;
  if (task.role == Role::rewind) choose_position();
  if (task.role == Role::truncate) choose_capacity();
  Evidence evidence{.role = task.role,
                    .identity = identity_of(path_),
                    .before = read_image(path_),
                    .after = {},
                    .log_before = LogCopy(log),
                    .log_after = LogCopy(log)};
  const Ending ending =
      run_process([&] { return run_child(task, log); }, log, kill, settings_.plant == Plant::none ? patience : short_patience);
  evidence.after = read_image(path_);
  evidence.log_after = LogCopy(log);

  const auto seen = judge(evidence);
  if (!seen) return artifact_of(seen.error(), evidence);
  if (const auto violation = judge_ending(ending)) return artifact_of(*violation, evidence);
  tallies_.add(*seen, ending, task.role, task.delaying);
  for (std::size_t i = 0; i < counts; ++i) tallies_.operations[i] += log.total(static_cast<Count>(i));
  if (const Verdict v = follow_up(log.live()); !v) return artifact_of(v.error(), evidence);
  log.settle();
  if (random_.one_in(10)) break_seal();
  return std::nullopt;
}

Verdict Campaign::follow_up(const std::vector<LiveSegment>& live) {
  if (openings_to_kill_ > 0) {
    --openings_to_kill_;
    return {};
  }
  if (random_.one_in(6)) {
    openings_to_kill_ = 1 + random_.below(4);
    return {};
  }
  if (random_.one_in(3)) return {};
  return reopen_by_parent(live);
}

Verdict Campaign::reopen_by_parent(const std::vector<LiveSegment>& live) {
  const bool rebuilds = !random_.one_in(5);
  tallies_.reopenings += 1;
  tallies_.rebuilds += rebuilds ? 1 : 0;
  return reopen({.path = path_, .options = options_of(settings_), .live = live, .rebuilds = rebuilds});
}

// What a power loss leaves of the seal, and now and then of a list: a free segment that is somebody's.
void Campaign::break_seal() {
  const Image image = read_image(path_);
  const detail::Structure structure = examine_image(image).structure;
  const auto write = [&](detail::Place place, const auto& value) {
    write_bytes(path_, static_cast<std::uint64_t>(place), std::as_bytes(std::span(&value, 1)));
  };
  Image broken = image;
  std::uint32_t seal = 0;
  do {
    seal = static_cast<std::uint32_t>(random_.next());
    broken.write(std::array{detail::Plan::Write{image.geometry().seal().place, seal, false}});
  } while (left_of(broken, identity_of(path_)) != detail::Left{Recovery::Opening::untrusted, Doubt::damaged});
  write(image.geometry().seal().place, seal);
  tallies_.broken_seals += 1;
  if (!random_.one_in(3)) openings_to_kill_ = 1 + random_.below(3);

  const std::vector<LiveSegment> live = Log(shared_->data(), settings_.threads).live();
  if (!settings_.damages || structure.free.empty() || live.empty() || !random_.one_in(2)) return;
  const Offset descriptor = structure.free[random_.below(structure.free.size())].descriptor;
  write(detail::Geometry::extent(descriptor).place, detail::encode(live[random_.below(live.size())].segment));
  tallies_.damaged_lists += 1;
}

}  // namespace rarena::stress
