#include "file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "patience.hpp"
#include "system.hpp"

namespace rarena::detail::file_lock {

namespace {

using Outcome = std::expected<void, Error>;

// No arena reaches there: its offsets have 32 bits.
enum class Byte : std::int64_t { gate = std::int64_t{1} << 40, members, readers, roots };
// In the order in which they are given back: who comes through the gate finds no trace of who has gone.
constexpr Byte all_bytes[] = {Byte::members, Byte::readers, Byte::roots, Byte::gate};

Outcome outcome(int result) noexcept {
  if (result != -1) return {};
  const bool busy = errno == EWOULDBLOCK || errno == EACCES;
  return std::unexpected(busy ? Error{.code = ErrorCode::in_use} : system_error(errno));
}

bool is_busy(const Error& error) noexcept { return error.code == ErrorCode::in_use; }

Outcome take(const FileHandle& file, Byte byte, short kind, os::Waiting waiting = os::Waiting::no) noexcept {
  return outcome(uninterrupted([&] { return os::lock_byte(file.number(), kind, static_cast<std::int64_t>(byte), waiting); }));
}

void release(const FileHandle& file, Byte byte) noexcept { static_cast<void>(take(file, byte, F_UNLCK)); }

std::expected<bool, Error> held_by_others(const FileHandle& file, Byte byte) noexcept {
  const int held = os::byte_is_locked(file.number(), static_cast<std::int64_t>(byte));
  if (held == -1) return std::unexpected(system_error(errno));
  return held == 1;
}

// Whoever is behind the gate works and does not wait, so that this is not what a user's patience is about.
Outcome pass_gate(const FileHandle& file) noexcept {
  Patience patience(gate_timeout_ms);
  for (;;) {
    const Outcome inside = take(file, Byte::gate, F_WRLCK);
    if (inside || !is_busy(inside.error()) || !patience.wait()) return inside;
  }
}

// Nobody has that byte. Error: in_use.
Outcome check_free(const FileHandle& file, Byte byte) noexcept {
  const auto held = held_by_others(file, byte);
  if (!held) return std::unexpected(held.error());
  if (*held) return std::unexpected(Error{.code = ErrorCode::in_use});
  return {};
}

// One of the members, behind the gate: alone for as long as it is there, or one of several.
std::expected<Company, Error> join(const FileHandle& file) noexcept {
  const Outcome alone = take(file, Byte::members, F_WRLCK);
  if (!alone && !is_busy(alone.error())) return std::unexpected(alone.error());
  if (const Outcome joined = take(file, Byte::members, F_RDLCK); !joined) return std::unexpected(joined.error());
  return alone ? Company::none : Company::others;
}

std::expected<Company, Error> enter_as_member(const FileHandle& file) noexcept {
  if (const Outcome inside = pass_gate(file); !inside) return std::unexpected(inside.error());
  const auto company = join(file);
  if (!company) return company;
  if (const Outcome free = check_free(file, Byte::readers); !free) return std::unexpected(free.error());
  return company;
}

// Where the system has no such locks there are no members either.
Outcome enter_as_reader(const FileHandle& file) noexcept {
  const Outcome taken = take(file, Byte::readers, F_RDLCK);
  if (!taken && !is_busy(taken.error())) {
    const int error = taken.error().os_error;
    return error == EINVAL || error == ENOLCK || error == EOPNOTSUPP ? Outcome() : taken;
  }
  return taken ? check_free(file, Byte::members) : taken;
}

Outcome lock_whole(const FileHandle& file, const Entrance& who) noexcept {
  const bool alone = who.access == FileAccess::read_write && !who.shared;
  return outcome(uninterrupted([&] { return os::lock(file.number(), (alone ? LOCK_EX : LOCK_SH) | LOCK_NB); }));
}

}  // namespace

std::expected<Company, Error> enter(const FileHandle& file, const Entrance& who) noexcept {
  if (const Outcome locked = lock_whole(file, who); !locked) return std::unexpected(locked.error());
  std::expected<Company, Error> entered = Company::none;
  if (who.is_member()) {
    entered = enter_as_member(file);
  } else if (who.access != FileAccess::read_write && !who.is_watcher()) {
    if (const Outcome reads = enter_as_reader(file); !reads) entered = std::unexpected(reads.error());
  }
  if (!entered) leave(file);
  return entered;
}

void settle(const FileHandle& file) noexcept { release(file, Byte::gate); }

std::expected<Company, Error> prepare_to_leave(const FileHandle& file) noexcept {
  if (const Outcome inside = pass_gate(file); !inside) return std::unexpected(inside.error());
  return join(file);
}

void leave(const FileHandle& file) noexcept {
  for (const Byte byte : all_bytes) release(file, byte);
  static_cast<void>(os::lock(file.number(), LOCK_UN));
}

}  // namespace rarena::detail::file_lock

namespace rarena::detail {

std::expected<RootsLock, Error> RootsLock::take(const FileHandle* file, short kind) noexcept {
  if (file != nullptr) {
    const auto taken = file_lock::take(*file, file_lock::Byte::roots, kind, os::Waiting::yes);
    if (!taken) return std::unexpected(taken.error());
  }
  return RootsLock(file);
}

std::expected<RootsLock, Error> RootsLock::to_read(const FileHandle* file) noexcept { return take(file, F_RDLCK); }
std::expected<RootsLock, Error> RootsLock::to_change(const FileHandle* file) noexcept { return take(file, F_WRLCK); }

RootsLock::~RootsLock() {
  if (file_ != nullptr) file_lock::release(*file_, file_lock::Byte::roots);
}

}  // namespace rarena::detail
