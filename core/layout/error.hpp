// The closed set of errors, and their text. Every error says what was asked (or expected) and what was there.
//
// Thread safety: values only.
#pragma once

#include <cstdint>
#include <string>

namespace rarena {

/// What can go wrong. Behind each code: what the numbers of its Error mean, in bytes where nothing else is said.
enum class ErrorCode : std::uint8_t {
  insufficient_space,    ///< asked: bytes requested;           there: of the largest piece;   at: free in total
  invalid_alignment,     ///< asked: the alignment;             there: 0 (it must be a power of two)
  alignment_too_large,   ///< asked: the alignment;             there: what this memory guarantees
  out_of_range,          ///< asked: end of the range;          there: end of the bytes in use; at: start of the range
  capacity_too_small,    ///< asked: smallest possible;         there: the capacity given
  system,                ///< a system call failed: os_error
  not_a_regular_file,    ///< the path names a directory, a device or a FIFO
  file_exists,           ///< create_new, and the file exists
  in_use,                ///< another arena has the file open in a way that excludes this one
  read_only,             ///< the arena was opened for reading only
  not_a_file,            ///< size and name are a file arena's, and this memory is none
  not_an_arena,          ///< asked: the value at byte `at`;    there: what was found
  wrong_format_version,  ///< asked, there: versions
  wrong_magic_version,   ///< asked, there: versions
  wrong_freelist,        ///< asked, there: kinds
  file_too_small,        ///< asked: smallest possible size;    there: size of the file
  file_too_large,        ///< asked: largest possible size;     there: size of the file
  bad_header,            ///< asked: the bound of the field at byte `at`; there: its value
  bad_freelist,          ///< asked: what the list needs at byte `at`;    there: what was found
  overlapping_segments,  ///< asked: end of a segment;          there: where the next one begins; at: where the first begins
  bad_seal,              ///< asked: the seal of a clean close; there: the seal at byte `at`
  size_too_large,        ///< asked: largest possible;          there: the capacity, or another size, that was given
  file_cut_short,        ///< asked: the cursor at byte `at`;   there: size of the file
  file_empty,            ///< `create`, and there is a file of 0 bytes
  identity_unknown,      ///< which file this is, in which boot, cannot be told: os_error, or 0: its device has another number
  other_process,         ///< the arena belongs to another process: this one is its child, or the other one took it over
  flush_failed,          ///< a flush failed earlier, with os_error: what is on the disk is not known any more
  not_live,              ///< checked builds. asked: end of the range;  there: 0;  at: its start
  varint_overflow,       ///< asked: the largest possible last byte;  there: the byte at `at`
  varint_overlong,       ///< asked: the bytes that the number needs; there: the bytes that it took; at: where it begins
  misaligned,            ///< asked: the alignment of the type;     there: the offset, which is no multiple of it
  arena_not_open,        ///< an allocator's arena has been closed, or is only read
  no_such_root,          ///< nothing has the name in the directory
  root_exists,           ///< something has the name in the directory
  wrong_root_type,       ///< asked, there: numbers of types (RootType)
  wrong_root_version,    ///< asked, there: versions of one type
  wrong_root_size,       ///< asked, there: bytes of one version of one type;  at: its offset
  bad_directory,         ///< asked: what the directory of roots needs at byte `at`; there: what was found
  file_shared,           ///< other processes may have the file open (Options::shared), and this is for one that has it alone
  too_many_processes,    ///< asked: processes that may share a file; there: those that do
};

/// What went wrong, as a value: the code, and the numbers that belong to it. Wait-free, no allocation until message().
struct Error {
  ErrorCode code{};         ///< What kind of error; it says what the numbers mean.
  std::uint64_t asked = 0;  ///< What was asked for, or expected.
  std::uint64_t there = 0;  ///< What was there instead.
  std::uint64_t at = 0;     ///< Where: an offset in bytes.
  int os_error = 0;         ///< What the system said, as errno; 0: nothing.

  /// One line of English without a full stop: the code, its numbers, and what can be done where that is known. Throws
  /// std::bad_alloc.
  [[nodiscard]] std::string message() const;

  /// Whether code and numbers are the same.
  friend bool operator==(const Error&, const Error&) = default;
};

/// The error of a system call that failed with this errno.
[[nodiscard]] constexpr Error system_error(int os_error) { return {.code = ErrorCode::system, .os_error = os_error}; }

/// The code in words, as message() begins. For ever valid.
[[nodiscard]] const char* name(ErrorCode code);

}  // namespace rarena
