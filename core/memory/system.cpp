#include "system.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace rarena::detail::os {

namespace {

struct flock byte_lock(short kind, std::int64_t at) noexcept {
  return {.l_type = kind, .l_whence = SEEK_SET, .l_start = at, .l_len = 1, .l_pid = 0};
}

}  // namespace

int open_at(int directory, const char* path, int flags, std::uint32_t mode) noexcept {
  return ::openat(directory, path, flags, mode);
}
int close(int file) noexcept { return ::close(file); }
int lock(int file, int operation) noexcept { return ::flock(file, operation); }
int lock_byte(int file, short kind, std::int64_t at, Waiting waiting) noexcept {
  struct flock lock = byte_lock(kind, at);
  return ::fcntl(file, waiting == Waiting::yes ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
}
int byte_is_locked(int file, std::int64_t at) noexcept {
  struct flock lock = byte_lock(F_WRLCK, at);
  if (::fcntl(file, F_OFD_GETLK, &lock) == -1) return -1;
  return lock.l_type != F_UNLCK ? 1 : 0;
}
int status(int file, struct stat* status) noexcept { return ::fstat(file, status); }
int identity(int file, unsigned mask, struct statx* status) noexcept { return ::statx(file, "", AT_EMPTY_PATH, mask, status); }
int allocate(int file, std::int64_t from, std::int64_t size) noexcept { return ::posix_fallocate(file, from, size); }
int truncate(int file, std::int64_t size) noexcept { return ::ftruncate(file, size); }
int synchronize(int file) noexcept { return ::fsync(file); }
ssize_t read(int file, void* bytes, std::size_t size) noexcept { return ::read(file, bytes, size); }
ssize_t read_at(int file, void* bytes, std::size_t size, std::int64_t from) noexcept {
  return ::pread(file, bytes, size, from);
}
int link_at(int from_directory, const char* from, int directory, const char* name, int flags) noexcept {
  return ::linkat(from_directory, from, directory, name, flags);
}
int unlink_at(int directory, const char* name) noexcept { return ::unlinkat(directory, name, 0); }
int can_access(const char* path) noexcept { return ::access(path, F_OK); }
ssize_t read_link(const char* path, char* target, std::size_t size) noexcept { return ::readlink(path, target, size); }

void* map(std::size_t length, int protection, int flags, int file) noexcept {
  return ::mmap(nullptr, length, protection, flags, file, 0);
}
int unmap(void* address, std::size_t length) noexcept { return ::munmap(address, length); }
int protect(void* address, std::size_t length, int protection) noexcept { return ::mprotect(address, length, protection); }
int synchronize_map(void* address, std::size_t length) noexcept { return ::msync(address, length, MS_SYNC); }
int lock_memory(const void* address, std::size_t length) noexcept { return ::mlock(address, length); }
int unlock_memory(const void* address, std::size_t length) noexcept { return ::munlock(address, length); }
void* zeroed(std::size_t size) noexcept { return std::calloc(1, size); }
std::size_t page_size() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

int processor() noexcept { return ::sched_getcpu(); }
long processors() noexcept { return ::sysconf(_SC_NPROCESSORS_CONF); }

std::uint64_t now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}
void sleep(std::uint64_t nanoseconds) noexcept {
  const timespec time{.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000U),
                      .tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000U)};
  ::nanosleep(&time, nullptr);
}

int process() noexcept { return ::getpid(); }
int at_fork(void (*before)(), void (*parent)(), void (*child)()) noexcept { return ::pthread_atfork(before, parent, child); }
int make_thread(const pthread_attr_t* attributes, void* (*body)(void*), void* argument) noexcept {
  pthread_t thread;
  return ::pthread_create(&thread, attributes, body, argument);
}
long set_robust_list(void* head, std::size_t size) noexcept { return ::syscall(SYS_set_robust_list, head, size); }

}  // namespace rarena::detail::os
