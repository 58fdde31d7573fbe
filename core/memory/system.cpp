#include "system.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace rarena::os {

int open_at(int directory, const char* path, int flags, std::uint32_t mode) noexcept {
  return ::openat(directory, path, flags, mode);
}
int close(int file) noexcept { return ::close(file); }
int lock(int file, int operation) noexcept { return ::flock(file, operation); }
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

int process() noexcept { return ::getpid(); }
int at_fork(void (*before)(), void (*parent)(), void (*child)()) noexcept { return ::pthread_atfork(before, parent, child); }
int make_thread(const pthread_attr_t* attributes, void* (*body)(void*), void* argument) noexcept {
  pthread_t thread;
  return ::pthread_create(&thread, attributes, body, argument);
}
long set_robust_list(void* head, std::size_t size) noexcept { return ::syscall(SYS_set_robust_list, head, size); }

}  // namespace rarena::os
