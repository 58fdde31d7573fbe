// What the tests of a world that fails share: operations as data, their faults, and the judgement of what a fault has left.
//
// Each case is a process of its own: threads, statics and open files begin anew.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "../memory/failing_system_test_support.hpp"
#include "../memory/memory_test_support.hpp"
#include "owned.hpp"

namespace rarena::detail::testing_support {

inline constexpr Options world_options{.capacity = 20000, .freelist = Freelist::pessimistic, .index = 2000};
inline constexpr unsigned live_color = 0x5a;

// What an operation is told, and what it must not be told.
class Session {
 public:
  explicit Session(std::filesystem::path path, std::vector<Extent> live) : path_(std::move(path)), live_(std::move(live)) {}

  // A call of the interface. Whether it succeeded.
  template <class T>
  bool done(const std::expected<T, Error>& result) {
    if (!result) visible_ = true;
    return result.has_value();
  }
  // One that promises durability.
  void flushed(const std::expected<void, Error>& result) {
    if (done(result))
      lied_ = lied_ || flush_failed_;
    else
      flush_failed_ = true;
  }
  std::optional<Arena> opened(std::expected<Arena, Error> arena) {
    if (!done(arena)) return std::nullopt;
    opened_ = true;
    note(arena->recovery());
    return *std::move(arena);
  }
  std::optional<Arena> open(const Options& options = world_options) { return opened(Arena::map_mut(path_, options)); }
  void close(std::optional<Arena>& arena) { flushed(arena->close()); }
  void note(const Recovery& recovery) { visible_ = visible_ || !recovery.identified || !recovery.witnessed; }
  void expect(bool holds) { broken_ = broken_ || !holds; }

  const std::filesystem::path& path() const { return path_; }
  const std::vector<Extent>& live() const { return live_; }
  bool has_opened() const { return opened_; }
  bool visible() const { return visible_; }
  bool lied() const { return lied_; }
  bool broken() const { return broken_; }

 private:
  std::filesystem::path path_;
  std::vector<Extent> live_;
  bool opened_ = false, visible_ = false, flush_failed_ = false, lied_ = false, broken_ = false;
};

// The file that an operation finds.
enum class Before : std::uint8_t { nothing, dangling_link, closed, dead, damaged_seal };

struct Operation {
  const char* name;
  Before before;
  std::function<void(Session&)> run;
  bool unnamed_files = true;  // whether the file system offers them
  bool shares = false;        // the file with other processes
};

// What a fault has left. `good` and `not_reached` are fine.
enum class Aftermath : int {
  good,
  not_reached,
  threw,
  broken,
  silent,
  file_leak,
  map_leak,
  changed,
  left_over,
  rejected,
  lost,
  lied,
  sealed
};
inline const char* name(Aftermath left) {
  constexpr std::array words = {"good",
                                "not reached",
                                "threw",
                                "broke a promise",
                                "silent",
                                "leaked a file",
                                "leaked a map",
                                "changed a file that it did not open",
                                "left a file behind",
                                "the next opening fails",
                                "lost what was live",
                                "a flush succeeded after one had failed",
                                "sealed as clean after a flush had failed"};
  const auto index = static_cast<std::size_t>(left);
  return index < words.size() ? words[index] : "ended by a signal";
}

// The bytes of files as operations find them.
class Samples {
 public:
  Samples() {
    const auto path = folder_.file("sample");
    for (std::string* const bytes : {&closed_, &dead_}) {
      std::filesystem::remove(path);
      EXPECT_EQ(0, in_child([&] { return make(path, bytes == &dead_); }));
      *bytes = read_file(path);
    }
    damaged_ = closed_;
    damaged_[static_cast<std::size_t>(Geometry::unified(0, 20000).seal().place)] ^= 1;
  }

  const std::string& bytes(Before before) const {
    static const std::string none;
    if (before == Before::closed) return closed_;
    if (before == Before::dead) return dead_;
    return before == Before::damaged_seal ? damaged_ : none;
  }
  // Puts the file there.
  void prepare(Before before, const std::filesystem::path& path) const {
    if (before == Before::dangling_link) std::filesystem::create_symlink("target", path);
    if (bytes(before).empty()) return;
    std::ofstream(path, std::ios::binary) << bytes(before);
    if (before == Before::dead) adopt(path);
  }
  std::vector<Extent> live(Before before) const { return bytes(before).empty() ? std::vector<Extent>() : live_; }

 private:
  // 60 segments, every second one freed; the others are live and painted.
  static int make(const std::filesystem::path& path, bool die) {
    Options options = world_options;
    options.create_new = true;
    auto arena = value_of(Arena::map_mut(path, options));
    for (const Extent e : segments_of(arena)) paint(arena, e, live_color);
    if (die) leave(0);
    return 0;
  }
  static std::vector<Extent> segments_of(const Arena& arena) {
    std::vector<Extent> all, kept;
    for (Size i = 0; i < 60; ++i) all.push_back(take(arena, 50 + i));
    for (std::size_t i = 0; i < 60; ++i) {
      if (i % 2 == 0)
        kept.push_back(all[i]);
      else
        give(arena, all[i]);
    }
    return kept;
  }
  static std::vector<Extent> live_segments() {
    const auto arena =
        value_of(Arena::alloc({.capacity = 20000, .unify = true, .freelist = Freelist::pessimistic, .index = 2000}));
    return segments_of(arena);  // heap and file are laid out alike
  }
  // The process died with this very file open.
  static void adopt(const std::filesystem::path& path) {
    const std::string bytes = read_file(path);
    const Geometry g = Geometry::unified(0, static_cast<Size>(bytes.size()));
    Annex annex{};
    std::memcpy(&annex, bytes.data() + g.annex(), sizeof annex);
    const IdentityMarks marks = marks_of(value_of(value_of(LockedFile::open(path, FileAccess::read_only)).identity()));
    annex.boot = marks.boot;
    annex.device = marks.device;
    annex.file = marks.file;
    const std::uint32_t seal = dirty_marker(annex.generation, marks);
    write_file(path, static_cast<std::uint64_t>(g.annex()), &annex, sizeof annex);
    write_file(path, static_cast<std::uint64_t>(g.seal().place), &seal, sizeof seal);
  }

  TemporaryFolder folder_;
  std::string closed_, dead_, damaged_;
  std::vector<Extent> live_ = live_segments();
};

// One operation with one fault, in a folder of its own.
class Attempt {
 public:
  Attempt(const Samples& samples, const Operation& operation) : operation_(operation), path_(folder_.file("arena")) {
    samples.prepare(operation.before, path_);
    if (std::filesystem::is_regular_file(path_)) bytes_ = read_file(path_);
    names_ = names();
    session_.emplace(path_, samples.live(operation.before));
  }

  // `allocation`: the one that fails instead of a call; 0: none.
  Aftermath run(const Fault& fault, std::size_t allocation) {
    fault_ = fault;
    const int files = open_files();
    const bool threw = happen(allocation);
    reached_ = allocation != 0 ? world::allocation_failed() : world::failed();
    if (threw) return Aftermath::threw;
    if (!reached_ && fault.number + allocation != 0) return Aftermath::not_reached;
    if (session_->broken()) return Aftermath::broken;
    if (session_->lied()) return Aftermath::lied;
    if (open_files() != files) return Aftermath::file_leak;
    if (maps() != 0) return Aftermath::map_leak;
    if (!session_->has_opened() && !bytes_.empty() && read_file(path_) != bytes_) return Aftermath::changed;
    if (left_over()) return Aftermath::left_over;
    return next_opening();
  }
  // The calls that the operation makes, without a fault.
  std::vector<Call> calls() {
    (void)happen(0);
    return calls_;
  }

 private:
  bool happen(std::size_t allocation) {
    bool threw = false;
    world::offer_unnamed_files(operation_.unnamed_files);
    world::watch(fault_);
    world::fail_allocation(allocation);
    try {
      operation_.run(*session_);
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    world::fail_allocation(0);
    calls_ = world::unwatch();
    return threw;
  }
  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path_.parent_path()))
      all.insert(entry.path().filename().string());
    return all;
  }
  bool left_over() const {
    if (world::failed_call() == Call::unlink_at) return false;  // nothing else can take the name away
    auto now = names();
    for (const auto& name : names_) now.erase(name);
    if (session_->has_opened()) now.erase(operation_.before == Before::dangling_link ? "target" : "arena");
    return !now.empty();
  }
  static int open_files() {
    int count = 0;
    DIR* const files = ::opendir("/proc/self/fd");
    while (::readdir(files) != nullptr) ++count;
    ::closedir(files);
    return count;
  }
  int maps() const {
    std::ifstream all("/proc/self/maps");
    int count = 0;
    for (std::string line; std::getline(all, line);)
      count += line.find(path_.parent_path().string()) != std::string::npos ? 1 : 0;
    return count;
  }
  // Errors that are answered by doing the same in another way, or that say that there is nothing to do.
  bool answered() const {
    if (fault_.error == EINTR) return true;
    switch (world::failed_call()) {
      case Call::open_at:
        if (fault_.error == ENOENT && bytes_.empty()) return true;  // so it is
        return fault_.error == EOPNOTSUPP || fault_.error == EINVAL || fault_.error == EISDIR;
      case Call::synchronize: return fault_.error == EINVAL || fault_.error == EOPNOTSUPP;
      case Call::identity: return !fault_.for_ever;  // what was not told once is asked again
      case Call::lock_byte:
        if (fault_.error == EAGAIN || fault_.error == EACCES) return !fault_.for_ever;    // who is at the gate is waited for
        return !operation_.shares && (fault_.error == EINVAL || fault_.error == ENOLCK);  // then nobody can share the file
      case Call::can_access:
      case Call::read_link:
      case Call::unlink_at: return true;
      default: return false;
    }
  }
  Aftermath next_opening() {
    const bool there = std::filesystem::exists(path_);
    if (!there) return session_->visible() || bytes_.empty() ? Aftermath::good : Aftermath::lost;
    Recovery::Opening how{};
    {
      const auto reader = Arena::map(path_, world_options);
      if (!reader) return Aftermath::rejected;
      how = reader->recovery().opening;
    }
    if (reached_ && !session_->visible() && how == Recovery::Opening::clean && !answered()) return Aftermath::silent;
    const Call failed = world::failed_call();
    const bool lost_pages = failed == Call::synchronize_map ||
                            (failed == Call::synchronize && fault_.error != EINVAL && fault_.error != EOPNOTSUPP);
    if (reached_ && session_->has_opened() && lost_pages && fault_.error != EINTR && operation_.before != Before::dead &&
        how == Recovery::Opening::clean)
      return Aftermath::sealed;
    const auto arena = Arena::map_mut(path_, world_options);
    if (!arena) return Aftermath::rejected;
    std::vector<bool> free(std::size_t{arena->capacity()} + 1);
    for (const Extent e : arena->free_segments()) std::fill_n(free.begin() + e.offset, e.size, true);
    for (const Extent e : session_->live())
      if (e.end() > arena->allocated() || !painted(*arena, e, live_color) ||
          std::count(free.begin() + e.offset, free.begin() + static_cast<std::ptrdiff_t>(e.end()), true) != 0)
        return Aftermath::lost;
    return Aftermath::good;
  }

  const Operation& operation_;
  TemporaryFolder folder_;
  std::filesystem::path path_;
  std::string bytes_;
  std::set<std::string> names_;
  std::optional<Session> session_;
  std::vector<Call> calls_;
  Fault fault_;
  bool reached_ = false;
};

// Thousands of cases are thousands of files: in memory, where the system offers that. What a disk does is the matter of others.
inline const Samples& samples() {
  if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  static const Samples all;
  return all;
}

// scripts/test adds these lines up.
inline void report(const Operation& operation, int faults, const char* kind, bool failed) {
  std::cout << "world: " << operation.name << ": " << faults << " faults of " << kind
            << (failed ? ", and failures" : ", nothing silent, leaked or damaged") << "\n";
}

inline Aftermath attempt(const Operation& operation, const Fault& fault, std::size_t allocation) {
  const int status = in_child([&] { return static_cast<int>(Attempt(samples(), operation).run(fault, allocation)); });
  return static_cast<Aftermath>(status);
}

inline std::vector<Call> calls_of(const Operation& operation) {
  std::vector<Call> calls;
  TemporaryFolder folder;
  const auto file = folder.file("calls");
  in_child([&] {
    const auto made = Attempt(samples(), operation).calls();
    std::ofstream out(file, std::ios::binary);
    for (const Call call : made) out.put(static_cast<char>(call));
    return 0;
  });
  for (const char call : read_file(file)) calls.push_back(static_cast<Call>(call));
  return calls;
}

// Every call once and for ever, with each of its errors.
inline void expect_good_whatever_call_fails(const Operation& operation) {
  const std::vector<Call> calls = calls_of(operation);
  int faults = 0;
  EXPECT_EQ(attempt(operation, {}, 0), Aftermath::good) << "without a fault";
  for (std::size_t n = 1; n <= calls.size(); ++n) {
    for (const int error : errors_of(calls[n - 1])) {
      for (const bool for_ever : {false, true}) {
        if (for_ever && error == EINTR) continue;  // then a call is repeated for ever, as it should be
        const Aftermath left = attempt(operation, {n, error, for_ever}, 0);
        EXPECT_EQ(left, Aftermath::good) << operation.name << ": call " << n << ", " << name(calls[n - 1]) << ", fails "
                                         << (for_ever ? "for ever" : "once") << " with " << strerrorname_np(error) << ": "
                                         << name(left);
        ++faults;
      }
    }
  }
  report(operation, faults, "system calls", ::testing::Test::HasFailure());
}

inline void expect_good_whatever_allocation_fails(const Operation& operation) {
  int faults = 0;
  for (std::size_t n = 1;; ++n) {
    const Aftermath left = attempt(operation, {}, n);
    if (left == Aftermath::not_reached) break;
    EXPECT_EQ(left, Aftermath::good) << operation.name << ": allocation " << n << " fails: " << name(left);
    ++faults;
  }
  report(operation, faults, "allocations", ::testing::Test::HasFailure());
}

// What is found of an operation with a bug: with each call that fails, and with the first allocation.
inline std::set<Aftermath> found_with_some_fault(const Operation& operation) {
  std::set<Aftermath> found{attempt(operation, {}, 1)};
  const auto calls = calls_of(operation);
  for (std::size_t n = 1; n <= calls.size(); ++n) found.insert(attempt(operation, {n, EIO, false}, 0));
  return found;
}

}  // namespace rarena::detail::testing_support
