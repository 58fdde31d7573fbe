// FileLock: who may have a file open beside whom.
//
//                        writer   members   reader   watcher
//     writer             no       no        no       no         map_mut
//     members            no       yes       no       yes        map_mut with Options::shared
//     reader             no       no        yes      yes        map, map_copy, map_copy_read_only
//     watcher            no       yes       yes      yes        map with Options::shared
//
// Two kinds of locks of the system make that table, and both end with the process however it ends. flock(2) tells the writer,
// who has it exclusively, from all others. Bytes that lie behind every arena tell the others apart, by the locks of open file
// descriptions (fcntl(2), F_OFD_SETLK):
//
//     gate      exclusive, for as long as a member opens or closes
//     members   shared, by each member for its life. Who gets it exclusively behind the gate has found that there is no other
//               one: the first one, who recovers the file, or the last one, who seals it
//     readers   shared, by each reader for its life
//     roots     exclusive, for as long as a member changes the directory of roots; shared, for as long as somebody reads it
//
// A member and a reader each take their byte first and look at the other one's next: one of the two may give up in vain, and
// never do both stay.
//
// A child of fork shares all locks of its parent, and they last until both have let go, or one of them says so.
//
// Source: flock(2), fcntl(2). Thread safety: functions of a file. Progress: blocking (the system), where nothing else is said.
// Invariants: SEG-1 (nobody changes what another one takes for unchanging).
#pragma once

#include <cstdint>
#include <expected>
#include <utility>

#include "../layout/error.hpp"
#include "file_access.hpp"
#include "file_handle.hpp"

namespace rarena::detail {

// Who comes, and how long he waits for those who exclude him.
struct Entrance {
  FileAccess access = FileAccess::read_write;
  bool shared = false;
  std::uint64_t timeout_ms = 0;

  bool is_member() const { return shared && access == FileAccess::read_write; }
  bool is_watcher() const { return shared && access == FileAccess::read_only; }
};

// Whether there are members, for one who is behind the gate.
enum class Company : std::uint8_t {
  none,    // and nobody else becomes one before the gate is open again
  others,  // at the moment of asking
};

// The longest time that a member waits at the gate, in milliseconds.
inline constexpr std::uint64_t gate_timeout_ms = 10'000;

namespace file_lock {

// Takes the locks of one who comes, and waits for nobody but at the gate. A member is behind it then, until settle(). After an
// error there are no locks. Errors: in_use; system.
[[nodiscard]] std::expected<Company, Error> enter(const FileHandle& file, const Entrance& who) noexcept;

// A member has opened the file: others may come.
void settle(const FileHandle& file) noexcept;

// A member goes: behind the gate, whether it is the last one. Errors: in_use (it has waited at the gate long enough), system.
[[nodiscard]] std::expected<Company, Error> prepare_to_leave(const FileHandle& file) noexcept;

// No lock any more, of its children of fork neither.
void leave(const FileHandle& file) noexcept;

}  // namespace file_lock

// The directory of roots of a file that processes share, for as long as it lives. Of one that they do not it is nobody's else.
class RootsLock {
 public:
  // Waits for whoever has it; nullptr: nobody. Errors: system.
  [[nodiscard]] static std::expected<RootsLock, Error> to_read(const FileHandle* file) noexcept;
  [[nodiscard]] static std::expected<RootsLock, Error> to_change(const FileHandle* file) noexcept;

  RootsLock(RootsLock&& other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
  RootsLock& operator=(RootsLock&&) = delete;
  ~RootsLock();

 private:
  explicit RootsLock(const FileHandle* file) noexcept : file_(file) {}
  [[nodiscard]] static std::expected<RootsLock, Error> take(const FileHandle* file, short kind) noexcept;

  const FileHandle* file_;
};

}  // namespace rarena::detail
