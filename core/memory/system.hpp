// The system calls of core: all that it makes, each as a function of its own, so that a test can put a world in their place in
// which any of them fails. They are the calls of the same name and nothing more; they set errno as these do.
//
// Nothing else in core names a system call (`scripts/lab tidy --only system`). The tests of handles/world_test.cpp link another
// file instead of system.cpp (failing_system_test_support.cpp), which fails each of these calls in turn.
//
// Source: the manual, sections 2 and 3. Thread safety and progress: the system's.
#pragma once

#include <pthread.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace rarena::detail::os {

// Files and folders.
int open_at(int directory, const char* path, int flags, std::uint32_t mode) noexcept;
int close(int file) noexcept;
int lock(int file, int operation) noexcept;  // flock(2)
enum class Waiting : bool { no, yes };
int lock_byte(int file, short kind, std::int64_t at, Waiting waiting) noexcept;  // fcntl(2), F_OFD_SETLK and F_OFD_SETLKW
int byte_is_locked(int file, std::int64_t at) noexcept;                 // the same, F_OFD_GETLK: 1 if somebody else has it
int status(int file, struct stat* status) noexcept;                     // fstat(2)
int identity(int file, unsigned mask, struct statx* status) noexcept;   // statx(2) with AT_EMPTY_PATH
int allocate(int file, std::int64_t from, std::int64_t size) noexcept;  // posix_fallocate(3): returns the error
int truncate(int file, std::int64_t size) noexcept;                     // ftruncate(2)
int synchronize(int file) noexcept;                                     // fsync(2)
ssize_t read(int file, void* bytes, std::size_t size) noexcept;
ssize_t read_at(int file, void* bytes, std::size_t size, std::int64_t from) noexcept;  // pread(2)
int link_at(int from_directory, const char* from, int directory, const char* name, int flags) noexcept;
int unlink_at(int directory, const char* name) noexcept;
int can_access(const char* path) noexcept;  // access(2) with F_OK
ssize_t read_link(const char* path, char* target, std::size_t size) noexcept;

// Memory.
void* map(std::size_t length, int protection, int flags, int file) noexcept;  // mmap(2) at any address, from offset 0
int unmap(void* address, std::size_t length) noexcept;
int protect(void* address, std::size_t length, int protection) noexcept;
int synchronize_map(void* address, std::size_t length) noexcept;      // msync(2) with MS_SYNC
int lock_memory(const void* address, std::size_t length) noexcept;    // mlock(2)
int unlock_memory(const void* address, std::size_t length) noexcept;  // munlock(2)
void* zeroed(std::size_t size) noexcept;                              // calloc(3)
std::size_t page_size() noexcept;

// Processors.
int processor() noexcept;    // sched_getcpu(3)
long processors() noexcept;  // sysconf(3), those that are configured

// Time.
std::uint64_t now() noexcept;                    // clock_gettime(2), CLOCK_MONOTONIC, in nanoseconds
void sleep(std::uint64_t nanoseconds) noexcept;  // nanosleep(2): shorter, if a signal comes

// Processes and threads.
int process() noexcept;                                                     // getpid(2)
int at_fork(void (*before)(), void (*parent)(), void (*child)()) noexcept;  // pthread_atfork(3): returns the error
int make_thread(const pthread_attr_t* attributes, void* (*body)(void*), void* argument) noexcept;  // returns the error
long set_robust_list(void* head, std::size_t size) noexcept;

}  // namespace rarena::detail::os
