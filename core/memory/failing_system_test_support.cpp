#include "failing_system_test_support.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>
#include <utility>

#include "system.hpp"

namespace rarena::detail::testing_support {

namespace {

bool watched = false;
Fault plan;

// What has happened so far: one count with the children of fork, for whom the parent waits.
struct Progress {
  bool fired = false;
  Call kind = Call::count;  // of the call that failed
  std::size_t made = 0;
  std::array<Call, 4096> calls = {};
  std::size_t allocations = 0;
  bool an_allocation_failed = false;
};
Progress* so_far = nullptr;

world::Disk* attached = nullptr;
bool unnamed_files = true;
world::Mapped mapped;
std::function<void()> event_before_lock;

std::uint64_t slept = 0;  // nanoseconds that nobody has waited for

std::size_t allocation_to_fail = 0;

// The error of this call, if it is its turn; 0: it is made.
int turn(Call call) {
  if (!watched || errors_of(call).empty()) return 0;
  if (so_far->made < so_far->calls.size()) so_far->calls[so_far->made] = call;
  ++so_far->made;
  const bool again = so_far->fired && plan.for_ever && call == so_far->kind;
  if (!again && (so_far->fired || so_far->made != plan.number)) return 0;
  so_far->fired = true;
  so_far->kind = call;
  return plan.error;
}

bool fails(Call call) {
  const int error = turn(call);
  if (error != 0) errno = error;
  return error != 0;
}

}  // namespace

std::string_view name(Call call) {
  static constexpr std::string_view names[] = {
      "openat",       "close",   "flock",         "fcntl",     "fcntl",  "fstat",          "statx",          "posix_fallocate",
      "ftruncate",    "fsync",   "read",          "pread",     "linkat", "unlinkat",       "access",         "readlink",
      "mmap",         "munmap",  "mprotect",      "msync",     "mlock",  "munlock",        "calloc",         "sysconf",
      "sched_getcpu", "sysconf", "clock_gettime", "nanosleep", "getpid", "pthread_atfork", "pthread_create", "set_robust_list"};
  static_assert(std::size(names) == call_count);
  return names[static_cast<std::size_t>(call)];
}

std::span<const int> errors_of(Call call) {
  static constexpr std::array open_at = {EACCES,       EDQUOT, EINTR,  EIO,     ELOOP,  EMFILE,  ENFILE,
                                         ENAMETOOLONG, ENODEV, ENOENT, ENOMEM,  ENOSPC, ENOTDIR, EOPNOTSUPP,
                                         EOVERFLOW,    EPERM,  EROFS,  ETXTBSY, EINVAL, EISDIR};
  static constexpr std::array lock = {EBADF, EINTR, EINVAL, ENOLCK, EWOULDBLOCK};
  static constexpr std::array lock_byte = {EAGAIN, EACCES, EBADF, EINTR, EINVAL, ENOLCK};
  static constexpr std::array byte_is_locked = {EBADF, EINVAL, EOVERFLOW};
  static constexpr std::array status = {EBADF, EFAULT, ENOMEM, EOVERFLOW, EIO};
  static constexpr std::array identity = {EACCES, EBADF, EINVAL, ENOENT, ENOMEM, ENOSYS};
  static constexpr std::array allocate = {EBADF, EFBIG, EINTR, EINVAL, ENODEV, ENOSPC, EOPNOTSUPP, EDQUOT, EIO};
  static constexpr std::array truncate = {EFBIG, EINTR, EINVAL, EIO, EPERM, EROFS, ETXTBSY};
  // The last one is not in the manual: it is what some file systems say of a folder.
  static constexpr std::array synchronize = {EBADF, EINTR, EIO, ENOSPC, EROFS, EINVAL, EDQUOT, EOPNOTSUPP};
  static constexpr std::array read = {EAGAIN, EINTR, EIO, EISDIR, EINVAL};
  static constexpr std::array link_at = {EACCES, EDQUOT, EEXIST, EIO,   ELOOP, EMLINK,
                                         ENOENT, ENOMEM, ENOSPC, EPERM, EROFS, EXDEV};
  static constexpr std::array unlink_at = {EACCES, EBUSY, EIO, ENOENT, ENOMEM, EPERM, EROFS};
  static constexpr std::array can_access = {EACCES, ENOENT, ENOMEM};
  static constexpr std::array read_link = {EACCES, EIO, ELOOP, ENOMEM, EINVAL};
  static constexpr std::array map = {EACCES, EAGAIN, EBADF, EINVAL, ENFILE, ENODEV, ENOMEM, EOVERFLOW, EPERM};
  static constexpr std::array protect = {EACCES, EINVAL, ENOMEM};
  static constexpr std::array synchronize_map = {EBUSY, EINVAL, EIO, ENOMEM, EINTR};
  static constexpr std::array lock_memory = {EAGAIN, EINVAL, ENOMEM, EPERM};
  static constexpr std::array unlock_memory = {EINVAL, ENOMEM};
  static constexpr std::array no_memory = {ENOMEM};
  static constexpr std::array make_thread = {EAGAIN, EINVAL, EPERM};
  static constexpr std::array robust = {EINVAL, ENOSYS};
  switch (call) {
    case Call::open_at: return open_at;
    case Call::lock: return lock;
    case Call::lock_byte: return lock_byte;
    case Call::byte_is_locked: return byte_is_locked;
    case Call::status: return status;
    case Call::identity: return identity;
    case Call::allocate: return allocate;
    case Call::truncate: return truncate;
    case Call::synchronize: return synchronize;
    case Call::read:
    case Call::read_at: return read;
    case Call::link_at: return link_at;
    case Call::unlink_at: return unlink_at;
    case Call::can_access: return can_access;
    case Call::read_link: return read_link;
    case Call::map: return map;
    case Call::protect: return protect;
    case Call::synchronize_map: return synchronize_map;
    case Call::lock_memory: return lock_memory;
    case Call::unlock_memory: return unlock_memory;
    case Call::zeroed:
    case Call::at_fork: return no_memory;
    case Call::make_thread: return make_thread;
    case Call::set_robust_list: return robust;
    case Call::close:
    case Call::unmap:
    case Call::page_size:
    case Call::processor:
    case Call::processors:
    case Call::now:
    case Call::sleep:
    case Call::process:
    case Call::count: break;
  }
  return {};
}

namespace world {

void watch(const Fault& fault) {
  plan = fault;
  if (so_far == nullptr) {
    void* const shared = ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    so_far = static_cast<Progress*>(shared);
  }
  *so_far = {};
  watched = true;
}

std::vector<Call> unwatch() {
  watched = false;
  const auto& calls = so_far->calls;
  return {calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(std::min(so_far->made, calls.size()))};
}

bool failed() { return so_far->fired; }
Call failed_call() { return so_far->kind; }
void offer_unnamed_files(bool offered) { unnamed_files = offered; }
void before_lock(std::function<void()> event) { event_before_lock = std::move(event); }
Mapped last_map() { return mapped; }

Disk::Disk(const std::byte* start, std::size_t size)
    : memory(start), durable(reinterpret_cast<const char*>(start), size), clean(durable) {}

void Disk::write(const std::byte* from, std::size_t length) {
  constexpr std::size_t page = 4096;
  const auto begin = static_cast<std::size_t>(from - memory), end = std::min(begin + length, clean.size());
  for (std::size_t at = begin / page * page; at < end; at += page) {
    const std::size_t size = std::min(page, clean.size() - at);
    if (std::memcmp(clean.data() + at, memory + at, size) == 0) continue;
    std::memcpy(clean.data() + at, memory + at, size);
    if (!fails_next) std::memcpy(durable.data() + at, memory + at, size);
  }
}

void attach(Disk* disk) { attached = disk; }

void fail_allocation(std::size_t number) {
  allocation_to_fail = number;
  if (number == 0) return;
  so_far->allocations = 0;
  so_far->an_allocation_failed = false;
}

bool allocation_failed() { return so_far->an_allocation_failed; }

}  // namespace world

namespace {

void* allocated(std::size_t size) {
  if (allocation_to_fail != 0 && ++so_far->allocations == allocation_to_fail) {
    so_far->an_allocation_failed = true;
    return nullptr;
  }
  return std::malloc(size != 0 ? size : 1);
}

}  // namespace

}  // namespace rarena::detail::testing_support

namespace rarena::detail::os {

using testing_support::Call;
using testing_support::fails;
using testing_support::turn;
namespace world = testing_support::world;

int open_at(int directory, const char* path, int flags, std::uint32_t mode) noexcept {
  if (!testing_support::unnamed_files && (flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return fails(Call::open_at) ? -1 : ::openat(directory, path, flags, mode);
}
int close(int file) noexcept { return ::close(file); }
int lock(int file, int operation) noexcept {
  if (auto event = std::exchange(testing_support::event_before_lock, nullptr)) event();
  const bool gives_back = operation == LOCK_UN;  // it cannot fail
  return !gives_back && fails(Call::lock) ? -1 : ::flock(file, operation);
}
int lock_byte(int file, short kind, std::int64_t at, Waiting waiting) noexcept {
  struct flock lock{.l_type = kind, .l_whence = SEEK_SET, .l_start = at, .l_len = 1, .l_pid = 0};
  if (kind == F_UNLCK) return ::fcntl(file, F_OFD_SETLK, &lock);  // it cannot fail
  return fails(Call::lock_byte) ? -1 : ::fcntl(file, waiting == Waiting::yes ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
}
int byte_is_locked(int file, std::int64_t at) noexcept {
  struct flock lock{.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1, .l_pid = 0};
  if (fails(Call::byte_is_locked) || ::fcntl(file, F_OFD_GETLK, &lock) == -1) return -1;
  return lock.l_type != F_UNLCK ? 1 : 0;
}
int status(int file, struct stat* status) noexcept { return fails(Call::status) ? -1 : ::fstat(file, status); }
int identity(int file, unsigned mask, struct statx* status) noexcept {
  return fails(Call::identity) ? -1 : ::statx(file, "", AT_EMPTY_PATH, mask, status);
}
int allocate(int file, std::int64_t from, std::int64_t size) noexcept {
  const int error = turn(Call::allocate);
  return error != 0 ? error : ::posix_fallocate(file, from, size);
}
int truncate(int file, std::int64_t size) noexcept {
  if (testing_support::attached != nullptr)
    testing_support::attached->at_truncation = testing_support::attached->durable.substr(0, static_cast<std::size_t>(size));
  return fails(Call::truncate) ? -1 : ::ftruncate(file, size);
}
int synchronize(int file) noexcept { return fails(Call::synchronize) ? -1 : ::fsync(file); }
ssize_t read(int file, void* bytes, std::size_t size) noexcept { return fails(Call::read) ? -1 : ::read(file, bytes, size); }
ssize_t read_at(int file, void* bytes, std::size_t size, std::int64_t from) noexcept {
  return fails(Call::read_at) ? -1 : ::pread(file, bytes, size, from);
}
int link_at(int from_directory, const char* from, int directory, const char* name, int flags) noexcept {
  return fails(Call::link_at) ? -1 : ::linkat(from_directory, from, directory, name, flags);
}
int unlink_at(int directory, const char* name) noexcept { return fails(Call::unlink_at) ? -1 : ::unlinkat(directory, name, 0); }
int can_access(const char* path) noexcept { return fails(Call::can_access) ? -1 : ::access(path, F_OK); }
ssize_t read_link(const char* path, char* target, std::size_t size) noexcept {
  return fails(Call::read_link) ? -1 : ::readlink(path, target, size);
}

void* map(std::size_t length, int protection, int flags, int file) noexcept {
  testing_support::mapped = {length, flags};
  if ((flags & MAP_HUGETLB) != 0) flags &= MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  return fails(Call::map) ? MAP_FAILED : ::mmap(nullptr, length, protection, flags, file, 0);
}
int unmap(void* address, std::size_t length) noexcept { return ::munmap(address, length); }
int protect(void* address, std::size_t length, int protection) noexcept {
  return fails(Call::protect) ? -1 : ::mprotect(address, length, protection);
}
int synchronize_map(void* address, std::size_t length) noexcept {
  if (world::Disk* const disk = testing_support::attached; disk != nullptr) {
    disk->write(static_cast<const std::byte*>(address), length);
    if (std::exchange(disk->fails_next, false)) {
      errno = EIO;
      return -1;
    }
  }
  return fails(Call::synchronize_map) ? -1 : ::msync(address, length, MS_SYNC);
}
int lock_memory(const void* address, std::size_t length) noexcept {
  return fails(Call::lock_memory) ? -1 : ::mlock(address, length);
}
int unlock_memory(const void* address, std::size_t length) noexcept {
  return fails(Call::unlock_memory) ? -1 : ::munlock(address, length);
}
void* zeroed(std::size_t size) noexcept { return fails(Call::zeroed) ? nullptr : std::calloc(1, size); }
std::size_t page_size() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

int processor() noexcept { return ::sched_getcpu(); }
long processors() noexcept { return ::sysconf(_SC_NPROCESSORS_CONF); }

std::uint64_t now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec) +
         testing_support::slept;
}
void sleep(std::uint64_t nanoseconds) noexcept { testing_support::slept += nanoseconds; }

int process() noexcept { return ::getpid(); }
int at_fork(void (*before)(), void (*parent)(), void (*child)()) noexcept {
  const int error = turn(Call::at_fork);
  return error != 0 ? error : ::pthread_atfork(before, parent, child);
}
int make_thread(const pthread_attr_t* attributes, void* (*body)(void*), void* argument) noexcept {
  const int error = turn(Call::make_thread);
  pthread_t thread;
  return error != 0 ? error : ::pthread_create(&thread, attributes, body, argument);
}
long set_robust_list(void* head, std::size_t size) noexcept {
  return fails(Call::set_robust_list) ? -1 : ::syscall(SYS_set_robust_list, head, size);
}

}  // namespace rarena::detail::os

void* operator new(std::size_t size) {
  if (void* const bytes = rarena::detail::testing_support::allocated(size)) return bytes;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return rarena::detail::testing_support::allocated(size);
}
void operator delete(void* bytes) noexcept { std::free(bytes); }
void operator delete(void* bytes, std::size_t) noexcept { std::free(bytes); }
