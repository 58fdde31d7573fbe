// A world in which any system call of core can fail, and any allocation: what the tests link instead of system.cpp.
//
// Each call is made for real, unless it is its turn to fail. Calls are numbered from 1 since World::watch(), those that cannot
// fail left out.
//
// Thread safety: one thread makes calls while the world is watched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rarena::detail::testing_support {

// Every function of core/memory/system.hpp: who adds one there has to add it here, or nothing links.
enum class Call : std::uint8_t {
  open_at,
  close,
  lock,
  lock_byte,
  byte_is_locked,
  status,
  identity,
  allocate,
  truncate,
  synchronize,
  read,
  read_at,
  link_at,
  unlink_at,
  can_access,
  read_link,
  map,
  unmap,
  protect,
  synchronize_map,
  lock_memory,
  unlock_memory,
  zeroed,
  page_size,
  processor,
  processors,
  now,
  sleep,
  process,
  at_fork,
  make_thread,
  set_robust_list,
  count
};
inline constexpr std::size_t call_count = static_cast<std::size_t>(Call::count);

std::string_view name(Call call);

// The errors that the manual names for a call; none: it cannot fail, or its failure changes nothing (close, munmap).
std::span<const int> errors_of(Call call);

// Which turn fails, and how.
struct Fault {
  std::size_t number = 0;  // 0: none
  int error = 0;
  bool for_ever = false;  // every later call of the same kind too
};

namespace world {

// From now on calls are counted, those of children of fork too, and the fault happens.
void watch(const Fault& fault);
// Ends that. Returns the calls that there were, in their order.
std::vector<Call> unwatch();
// Whether the fault has happened, and to which call; Call::count if not.
bool failed();
Call failed_call();
// Whether there are files without a name (O_TMPFILE).
void offer_unnamed_files(bool offered);

// Something else happens before the next file is locked: once.
void before_lock(std::function<void()> event);

// The last mmap that was asked for. The system has huge pages of every size: it gives others instead.
struct Mapped {
  std::size_t length = 0;
  int flags = 0;
};
Mapped last_map();

// A disk that holds what msync has written of one map: pages that have changed since they were last written. One write may
// fail: then its pages are lost, and called clean, as Linux does.
struct Disk {
  Disk(const std::byte* start, std::size_t size);
  void write(const std::byte* from, std::size_t length);

  const std::byte* memory;
  std::string durable;  // the disk
  std::string clean;    // as the system believes it to be
  bool fails_next = false;
  std::string at_truncation = {};  // the disk at the moment at which the file became shorter
};
// The disk behind the map that msync and ftruncate are called for from now on; nullptr: the real one alone.
void attach(Disk* disk);

// The n-th allocation by operator new since now fails, in children too; 0: none any more. Behind watch().
void fail_allocation(std::size_t number);
bool allocation_failed();

}  // namespace world

}  // namespace rarena::detail::testing_support
