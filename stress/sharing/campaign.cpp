#include "sharing/campaign.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <new>
#include <system_error>
#include <thread>

#include "core/rarena.hpp"
#include "kill_reopen/shared_memory.hpp"
#include "shared/pattern.hpp"
#include "shared/random.hpp"
#include "shared/status.hpp"
#include "sharing/journal.hpp"
#include "sharing/worker.hpp"

namespace rarena::stress {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

pid_t start(const auto& life) {
  std::fflush(nullptr);
  const pid_t process = ::fork();
  if (process == -1) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) ::_exit(life());
  return process;
}

// The exit status, or minus the signal.
int end_of(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) == -1)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class Run {
 public:
  explicit Run(const SharingSettings& settings)
      : settings_(settings), memory_(sizeof(Office)), office_(*new(memory_.data()) Office), random_(settings.seed, 1000, 0),
        workers_(settings.processes) {}

  Campaign run() {
    std::filesystem::create_directories(settings_.directory);
    std::filesystem::remove(settings_.file());
    make_file();
    for (std::size_t i = 0; i < workers_.size(); ++i) start_worker(i);
    reader_ = start([&] { return watch(settings_, office_); });
    pass(settings_.calm_seconds, false);
    const bool counted = settings_.kills != 0;
    pass(counted ? 1e9 : settings_.seconds, true);
    end();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      campaign_.operations += office_.desks[i].operations.read();
      campaign_.refused += office_.desks[i].refused.read();
      campaign_.openings += office_.desks[i].openings.read();
    }
    if (!campaign_.violation) judge();
    return campaign_;
  }

 private:
  // With the journals of all workers.
  void make_file() {
    auto arena = Arena::map_mut(settings_.file(), settings_.options());
    if (!arena) throw std::runtime_error(arena.error().message());
    for (std::size_t i = 0; i < workers_.size(); ++i)
      if (const auto made = arena->emplace_root<Journal>(journal_name(i)); !made)
        throw std::runtime_error(made.error().message());
    if (const auto closed = arena->close(); !closed) throw std::runtime_error(closed.error().message());
  }
  void start_worker(std::size_t number) {
    workers_[number] = start([&, life = lives_++] { return work(settings_, office_, number, life); });
  }
  void violate(const std::string& what) {
    if (!campaign_.violation) campaign_.violation = office_.wrong[0] != 0 ? std::string(office_.wrong) : "PRG-1: " + what;
  }

  void found_wrong(std::string what) { campaign_.violation = std::move(what); }

  // Whether a process has ended that was not to.
  bool ended() {
    for (std::size_t i = 0; i <= workers_.size(); ++i) {
      pid_t& process = i < workers_.size() ? workers_[i] : reader_;
      int status = 0;
      if (process <= 0 || ::waitpid(process, &status, WNOHANG) != process) continue;
      process = -1;
      violate(fmt::format(
          "{} ended with {}", i < workers_.size() ? fmt::format("worker {}", i) : std::string("the reader"),
          WIFEXITED(status) ? fmt::format("status {}", WEXITSTATUS(status)) : fmt::format("signal {}", WTERMSIG(status))));
    }
    return campaign_.violation.has_value();
  }

  // Whether all of those who work have gone on, since so long ago at most.
  bool stuck() {
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < workers_.size(); ++i) done += office_.desks[i].operations.read();
    if (std::exchange(done_, done) != done) last_progress_ = Clock::now();
    if (Seconds(Clock::now() - last_progress_).count() < settings_.patience_seconds) return false;
    violate(fmt::format("no call has come back for {} s", settings_.patience_seconds));
    return true;
  }

  void pass(double seconds, bool killing) {
    const auto begin = Clock::now();
    auto next_sample = begin + std::chrono::seconds(1), next_kill = begin + until_next_kill();
    last_progress_ = begin;
    forget_slowest();
    while (Seconds(Clock::now() - begin).count() < seconds && !ended() && !stuck()) {
      if (settings_.kills != 0 && campaign_.kills >= settings_.kills) break;
      const auto now = Clock::now();
      if (killing && now >= next_kill) {
        kill_one();
        next_kill = now + until_next_kill();
      }
      if (now >= next_sample) {
        (killing ? campaign_.with_kills : campaign_.calm).push_back(sample());
        next_sample += std::chrono::seconds(1);
      }
      std::this_thread::sleep_until(std::min(now + std::chrono::milliseconds(5), killing ? next_kill : next_sample));
    }
  }

  std::chrono::microseconds until_next_kill() {
    return std::chrono::microseconds(random_.below(static_cast<std::uint64_t>(2000 * settings_.kill_every_ms) + 1));
  }
  void kill_one() {
    const std::size_t number = random_.below(workers_.size());
    ::kill(workers_[number], SIGKILL);
    const int status = end_of(workers_[number]);
    workers_[number] = -1;
    if (status != -SIGKILL) return violate(fmt::format("worker {} ended with status {}", number, status));
    ++campaign_.kills;
    start_worker(number);
  }

  void forget_slowest() {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      office_.desks[i].slowest.write(0);
      office_.desks[i].slowest_processor.write(0);
    }
  }
  Stretch sample() {
    Stretch all;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      all.slowest = std::max(all.slowest, office_.desks[i].slowest.read());
      all.slowest_processor = std::max(all.slowest_processor, office_.desks[i].slowest_processor.read());
    }
    forget_slowest();
    return all;
  }

  // Every second run ends by kills, so that nobody has closed the file.
  void end() {
    const bool by_kill = campaign_.violation || settings_.seed % 2 == 0;
    if (by_kill)
      for (const pid_t worker : workers_)
        if (worker > 0) ::kill(worker, SIGKILL);
    office_.stop.write(1);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i] <= 0) continue;
      const int status = end_of(workers_[i]);
      if (status != (by_kill ? -SIGKILL : held)) violate(fmt::format("worker {} ended with status {}", i, status));
    }
    if (reader_ > 0) {
      const int status = end_of(reader_);
      if (status != held) violate(fmt::format("the reader ended with status {}", status));
    }
  }

  void judge() {
    auto arena = opened();
    if (!arena) return;
    campaign_.ending = name(arena->recovery().opening);
    const bool closed = settings_.seed % 2 != 0;
    const auto expected = closed ? Recovery::Opening::clean : Recovery::Opening::process_died;
    if (arena->recovery().opening != expected)
      return found_wrong(fmt::format("REC-2: the file is {} ({}), expected {}", campaign_.ending,
                                     describe(arena->recovery().doubt), name(expected)));
    std::vector<Extent> live;
    std::uint64_t bytes = 0;
    const std::vector<NamedRoot> roots = arena->roots().value();
    for (const NamedRoot& root : roots) {
      bytes += root.segment.size;
      Journal& journal = *arena->root<Journal>(root.name).value();
      for (const Journal::Entry* entry : journal.live()) {
        live.push_back(entry->segment());
        bytes += entry->size;
        if (const auto changed = first_change(arena->data(), entry->segment(), entry->serial))
          return found_wrong(fmt::format("SEG-1: byte {} of the live segment [{}, {}) of {} has changed", *changed,
                                         entry->offset, entry->segment().end(), root.name));
      }
    }
    if (arena->recovery().unlisted_bytes < bytes)
      return found_wrong(
          fmt::format("SEG-2: {} bytes are live, and only {} in no list", bytes, arena->recovery().unlisted_bytes));
    if (const auto rebuilt = arena->rebuild(live); !rebuilt) return found_wrong("SEG-1: " + rebuilt.error().message());
    if (const auto ended = arena->close(); !ended) return found_wrong("REC-2: " + ended.error().message());
    const auto after = opened();
    if (after && after->recovery().unlisted_bytes != bytes)
      found_wrong(fmt::format("SEG-2: after the rebuild {} bytes are in no list, and {} are live",
                              after->recovery().unlisted_bytes, bytes));
  }

  std::optional<Arena> opened() {
    Options options = settings_.options();
    options.shared = options.create = false;
    auto arena = Arena::map_mut(settings_.file(), options);
    if (arena) return *std::move(arena);
    found_wrong("REC-2: the file cannot be opened: " + arena.error().message());
    return std::nullopt;
  }

  const SharingSettings& settings_;
  SharedMemory memory_;
  Office& office_;
  Random random_;
  std::vector<pid_t> workers_;
  pid_t reader_ = -1;
  std::uint64_t lives_ = 0, done_ = 0;
  Clock::time_point last_progress_;
  Campaign campaign_;
};

}  // namespace

Campaign run_campaign(const SharingSettings& settings) { return Run(settings).run(); }

}  // namespace rarena::stress
