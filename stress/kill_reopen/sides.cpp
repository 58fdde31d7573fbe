#include "kill_reopen/sides.hpp"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "core/arena/arena.hpp"
#include "kill_reopen/image.hpp"
#include "kill_reopen/planted_steps.hpp"
#include "kill_reopen/shared_memory.hpp"
#include "kill_reopen/worker.hpp"

namespace rarena::stress {

namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;
using Opening = Recovery::Opening;

constexpr std::chrono::seconds patience(30);
constexpr Size capacity = 8192;

// One log per process and file.
class Logs {
 public:
  explicit Logs(std::size_t count) : memory_(count * Log::size(1)), count_(count) {}
  Log operator[](std::size_t i) const { return {memory_.data() + i * Log::size(1), 1}; }
  std::size_t size() const { return count_; }

 private:
  SharedMemory memory_;
  std::size_t count_;
};

fs::path fresh_folder(const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

bool has_files_without_a_name(const fs::path& folder) {
  return FileHandle::open(folder.c_str(), O_RDWR | O_TMPFILE).has_value();
}

std::vector<std::string> names_but(const fs::path& folder, const std::vector<fs::path>& known) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (std::ranges::find(known, entry.path()) == known.end()) names.push_back(entry.path().filename());
  return names;
}

// Looks at a file, and then opens it, or makes it if it is not there.
FoundFile look_at(const fs::path& path, Options options, std::vector<Phase> reached) {
  FoundFile found{.phases = std::move(reached), .exists = fs::exists(path), .left = "", .refused = "", .unsound = ""};
  options.create = !found.exists;
  if (found.exists && fs::file_size(path) > detail::Geometry::unified(0, 0).data_offset()) {
    const Image image = read_image(path);
    const auto left = detail::left_as(image.view(), examine_image(image).structure.sum.value(), identity_of(path));
    found.left = left ? std::string(name(left->opening)) : left.error().message();
  }
  const auto arena = Arena::map_mut(path, options);
  if (!arena) {
    found.refused = arena.error().message();
    return found;
  }
  if (found.left != "" && found.left != name(arena->recovery().opening))
    found.unsound = std::string("its bytes say ") + found.left + ", map_mut says " + name(arena->recovery().opening);
  const detail::MemoryView view(arena->data(), detail::geometry_of_arena(*arena));
  if (const auto wrong = detail::examine_all(view).value().wrong) found.unsound = wrong->message();
  if (arena->capacity() < capacity / 2) found.unsound = "its capacity is " + std::to_string(arena->capacity());
  return found;
}

// Creation.

// Two that make one file may find that the other one has it.
void make(const fs::path& path, const Options& options, const Log& log, bool alone, const SideSettings& settings,
          Random random) {
  log.set_phase(Phase::opening);
  if (settings.plant == Plant::named_early || settings.plant == Plant::left_over)
    return make_in_sight(path, settings.plant == Plant::left_over, random);
  auto arena = Arena::map_mut(path, options);
  if (!arena) {
    const bool other_has_it = !alone && arena.error().code == ErrorCode::in_use;
    if (!other_has_it) complain(log, "REC-2: map_mut could not make the file: " + arena.error().message());
    return log.set_phase(Phase::starting);
  }
  log.set_phase(Phase::working);
  std::this_thread::sleep_for(microseconds(random.below(500)));
  log.set_phase(Phase::closing);
  if (const auto closed = arena->close(); !closed) complain(log, "REC-2: close failed: " + closed.error().message());
  log.set_phase(Phase::closed);
}

// The second creator is killed by a timer of its own, or not at all.
void die_soon(Random& random) {
  if (random.one_in(2)) return;
  const itimerval timer{.it_interval = {},
                        .it_value = {.tv_sec = 0, .tv_usec = static_cast<long>(random.magnitude(1, 20'000))}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

// How a process comes to have ended in the middle of this step, and at no later one.
bool is_step(Phase phase) { return phase == Phase::opening || phase == Phase::closing; }

Verdict violated(const std::string& text) { return std::unexpected(Violation{"REC-2", text}); }

// What a file may be after its last process had come so far.
bool possible(const FoundFile& file, Phase phase) {
  const bool clean = file.left == name(Opening::clean), died = file.left == name(Opening::process_died);
  switch (phase) {
    case Phase::working:
    case Phase::writing:
    case Phase::finished: return file.exists && died;
    case Phase::closed: return file.exists && clean;
    case Phase::closing: return file.exists && (clean || died);
    default: return !file.exists || clean || died;
  }
}

std::string text(const FoundFile& file) {
  std::string text = file.exists ? "it is " + (file.left.empty() ? std::string("none") : file.left) : "it does not exist";
  for (const Phase phase : file.phases) text += std::string("; a process was ") + name(phase);
  return text;
}

Verdict judge(const FoundFile& file) {
  if (!file.refused.empty())
    return violated((file.exists ? "a file that is there cannot be opened: " : "a file that is not there cannot be made: ") +
                    file.refused + "; " + text(file));
  if (!file.unsound.empty()) return violated(file.unsound + "; " + text(file));
  // Of two processes, the one that had the file last is not known.
  const bool some = std::ranges::any_of(file.phases, [&](Phase phase) { return possible(file, phase); });
  const bool made = std::ranges::any_of(file.phases, [](Phase phase) { return phase >= Phase::working; });
  const bool left = !file.exists || file.left == name(Opening::clean) || file.left == name(Opening::process_died);
  if (!some || !left || (made && !file.exists)) return violated("a file is not as its process left it: " + text(file));
  return {};
}

}  // namespace

bool SideCycle::in_the_middle() const {
  return killed && std::ranges::any_of(files, [](const FoundFile& f) { return std::ranges::any_of(f.phases, is_step); });
}

SideCycle run_creation(const SideSettings& settings, Random& random) {
  const fs::path folder = fresh_folder(settings.directory / "creation"), path = folder / "arena";
  const Options options{.capacity = capacity, .freelist = settings.freelist, .create = true};
  const bool two = random.one_in(2);
  const Logs logs(two ? 2 : 1);
  const Random first(random.next()), second(random.next());
  const bool kills = !random.one_in(6);
  const Kill kill = kills ? Kill{Phase::opening, microseconds(random.magnitude(1, 20'000))} : Kill{};
  const auto run = [&] {
    if (two && ::fork() == 0) {
      Random own = second;
      die_soon(own);
      make(path, options, logs[1], false, settings, own);
      ::_exit(0);
    }
    make(path, options, logs[0], !two, settings, first);
    return 0;
  };
  const Ending ending = run_process(run, logs[0], kill, patience);
  SideCycle cycle{
      .kind = SideCycle::Kind::creation, .files = {}, .other_names = {}, .complaints = {}, .killed = ending.by_kill};
  std::vector<Phase> reached;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    reached.push_back(logs[i].phase());
    if (const std::string complaint = logs[i].complaint(); !complaint.empty()) cycle.complaints.push_back(complaint);
  }
  if (has_files_without_a_name(folder)) cycle.other_names = names_but(folder, {path});
  cycle.files.push_back(look_at(path, options, reached));
  const bool undisturbed = ending.kind == Ending::Kind::finished && !two;
  if (undisturbed && settings.plant == Plant::none && !cycle.files.front().exists)
    cycle.complaints.emplace_back("REC-2: nobody was killed, and nobody has made the file");
  return cycle;
}

// Many files.

namespace {

class ManyFiles {
 public:
  ManyFiles(const std::vector<fs::path>& paths, const SideSettings& settings, const Logs& logs, Random random)
      : paths_(paths), settings_(settings), logs_(logs), random_(random), arenas_(paths.size()) {}

  // Until it is killed.
  int run() {
    for (;;) step(random_.below(paths_.size()));
  }

 private:
  void step(std::size_t i) {
    if (!arenas_[i]) return open(i);
    if (random_.one_in(40)) return close(i);
    if (random_.one_in(20)) return resize(i);
    const auto got = arenas_[i]->allocate(8 + random_.below(100), 1);
    if (got && random_.one_in(2)) must(i, arenas_[i]->dealloc(got->segment.offset, got->segment.size), "dealloc");
  }
  void open(std::size_t i) {
    logs_[i].set_phase(Phase::opening);
    auto opened = Arena::map_mut(paths_[i], {.capacity = capacity, .freelist = settings_.freelist, .create = true});
    must(i, opened, "map_mut");
    arenas_[i] = *std::move(opened);
    if (i == 0 && settings_.plant == Plant::one_unwatched) unwatch(*arenas_[i]);
    logs_[i].set_phase(Phase::working);
  }
  void close(std::size_t i) {
    logs_[i].set_phase(Phase::closing);
    must(i, arenas_[i]->close(), "close");
    arenas_[i].reset();
    logs_[i].set_phase(Phase::closed);
  }
  // The witness moves to another map.
  void resize(std::size_t i) {
    const auto least = std::max<Size>(arenas_[i]->allocated(), capacity / 2 + 1);
    must(i, arenas_[i]->truncate(least + random_.below(capacity)), "truncate");
  }
  template <class T>
  void must(std::size_t i, const std::expected<T, Error>& outcome, const char* what) const {
    if (!outcome) complain(logs_[i], std::string("REC-2: ") + what + " failed: " + outcome.error().message());
  }

  const std::vector<fs::path>& paths_;
  const SideSettings& settings_;
  const Logs& logs_;
  Random random_;
  std::vector<std::optional<Arena>> arenas_;
};

}  // namespace

SideCycle run_many(const SideSettings& settings, Random& random) {
  const fs::path folder = fresh_folder(settings.directory / "many");
  std::vector<fs::path> paths;
  for (unsigned i = 0, count = 2 + random.below(6); i < count; ++i) paths.push_back(folder / std::to_string(i));
  const Logs logs(paths.size());
  ManyFiles files(paths, settings, logs, Random(random.next()));
  const Kill kill{Phase::starting, microseconds(random.magnitude(1000, 60'000))};
  const Ending ending = run_process([&] { return files.run(); }, logs[0], kill, patience);
  SideCycle cycle{.kind = SideCycle::Kind::many, .files = {}, .other_names = {}, .complaints = {}, .killed = ending.by_kill};
  if (has_files_without_a_name(folder)) cycle.other_names = names_but(folder, paths);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (const std::string complaint = logs[i].complaint(); !complaint.empty()) cycle.complaints.push_back(complaint);
    cycle.files.push_back(look_at(paths[i], {.capacity = capacity, .freelist = settings.freelist}, {logs[i].phase()}));
  }
  return cycle;
}

Verdict judge(const SideCycle& cycle) {
  if (!cycle.complaints.empty()) {
    const std::string& first = cycle.complaints.front();
    return std::unexpected(
        Violation{first.substr(0, first.find(':')), first.substr(std::min(first.find(':') + 2, first.size()))});
  }
  for (const FoundFile& file : cycle.files)
    if (const Verdict verdict = judge(file); !verdict) return verdict;
  if (!cycle.other_names.empty()) return violated("a name is left in the folder: " + cycle.other_names.front());
  return {};
}

nlohmann::json to_json(const SideCycle& cycle) {
  nlohmann::json files = nlohmann::json::array();
  for (const FoundFile& f : cycle.files) {
    nlohmann::json reached = nlohmann::json::array();
    for (const Phase phase : f.phases) reached.push_back(static_cast<unsigned>(phase));
    files.push_back(
        {{"phases", reached}, {"exists", f.exists}, {"left", f.left}, {"refused", f.refused}, {"unsound", f.unsound}});
  }
  return {{"kind", static_cast<unsigned>(cycle.kind)},
          {"killed", cycle.killed},
          {"files", files},
          {"other_names", cycle.other_names},
          {"complaints", cycle.complaints}};
}

SideCycle side_cycle_from(const nlohmann::json& json) {
  SideCycle cycle{.kind = static_cast<SideCycle::Kind>(json.at("kind").get<unsigned>()),
                  .files = {},
                  .other_names = json.at("other_names"),
                  .complaints = json.at("complaints"),
                  .killed = json.at("killed")};
  for (const auto& f : json.at("files")) {
    std::vector<Phase> reached;
    for (const auto& phase : f.at("phases")) reached.push_back(static_cast<Phase>(phase.get<unsigned>()));
    cycle.files.push_back({reached, f.at("exists"), f.at("left"), f.at("refused"), f.at("unsound")});
  }
  return cycle;
}

}  // namespace rarena::stress
