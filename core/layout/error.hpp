// The closed set of errors, and their text. Every error says what was asked (or expected) and what was there.
//
// Thread safety: values only.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "prefix.hpp"

namespace rarena {

enum class ErrorCode : std::uint8_t {
  insufficient_space,    // asked: bytes requested;           there: bytes left above the cursor
  invalid_alignment,     // asked: the alignment;             there: 0 (it must be a power of two)
  alignment_too_large,   // asked: the alignment;             there: what this memory guarantees
  out_of_range,          // asked: end of the range;          there: end of the bytes in use; at: start of the range
  capacity_too_small,    // asked: smallest possible;         there: the capacity given
  system,                // a system call failed: os_error
  not_a_regular_file,    // the path names a directory, a device or a FIFO
  file_exists,           // create_new, and the file exists
  in_use,                // another arena has the file open in a way that excludes this one
  read_only,             // the arena was opened for reading only
  not_a_file,            // only the size of a file arena changes, and this memory is none
  not_an_arena,          // asked: the value at byte `at`;    there: what was found
  wrong_format_version,  // asked, there: versions
  wrong_magic_version,   // asked, there: versions
  wrong_freelist,        // asked, there: kinds
  file_too_small,        // asked: smallest possible size;    there: size of the file
  file_too_large,        // asked: largest possible size;     there: size of the file
  bad_header,            // asked: the bound of the field at byte `at`; there: its value
  bad_freelist,          // asked: what the list needs at byte `at`;    there: what was found
  overlapping_segments,  // asked: end of a segment;          there: where the next one begins; at: where the first begins
  bad_seal,              // asked: the seal of a clean close; there: the seal at byte `at`
};

// Progress of every use: wait-free, no allocation until message().
struct Error {
  ErrorCode code{};
  std::uint64_t asked = 0;
  std::uint64_t there = 0;
  std::uint64_t at = 0;
  int os_error = 0;

  // One line of English without a full stop.
  std::string message() const;

  friend bool operator==(const Error&, const Error&) = default;
};

constexpr Error system_error(int os_error) { return {.code = ErrorCode::system, .os_error = os_error}; }

constexpr const char* name(ErrorCode code) {
  switch (code) {
    case ErrorCode::insufficient_space: return "insufficient space";
    case ErrorCode::invalid_alignment: return "invalid alignment";
    case ErrorCode::alignment_too_large: return "alignment too large";
    case ErrorCode::out_of_range: return "out of range";
    case ErrorCode::capacity_too_small: return "capacity too small";
    case ErrorCode::system: return "system call failed";
    case ErrorCode::not_a_regular_file: return "not a regular file";
    case ErrorCode::file_exists: return "file exists";
    case ErrorCode::in_use: return "file is in use by another arena";
    case ErrorCode::not_an_arena: return "not an arena file";
    case ErrorCode::wrong_format_version: return "wrong format version";
    case ErrorCode::wrong_magic_version: return "wrong magic version";
    case ErrorCode::wrong_freelist: return "wrong freelist kind";
    case ErrorCode::file_too_small: return "file too small";
    case ErrorCode::file_too_large: return "file too large";
    case ErrorCode::bad_header: return "damaged header";
    case ErrorCode::bad_freelist: return "damaged freelist";
    case ErrorCode::read_only: return "arena is open for reading only";
    case ErrorCode::not_a_file: return "arena is not in a file";
    case ErrorCode::overlapping_segments: return "segments overlap";
    case ErrorCode::bad_seal: return "untrusted seal";
  }
  std::unreachable();
}

inline std::string Error::message() const {
  const auto n = [](std::uint64_t v) { return std::to_string(v); };
  std::string head = name(code);
  switch (code) {
    case ErrorCode::insufficient_space:
      return head + ": requested " + n(asked) + " bytes, " + n(there) + " remain above the cursor and no free segment fits";
    case ErrorCode::invalid_alignment: return head + ": " + n(asked) + " is not a power of two";
    case ErrorCode::alignment_too_large: return head + ": requested " + n(asked) + ", this memory guarantees " + n(there);
    case ErrorCode::out_of_range:
      return head + ": [" + n(at) + ", " + n(asked) + ") is not inside the bytes in use, which end at " + n(there);
    case ErrorCode::not_a_regular_file:
    case ErrorCode::file_exists:
    case ErrorCode::in_use:
    case ErrorCode::read_only:
    case ErrorCode::not_a_file: return head;
    case ErrorCode::overlapping_segments:
      return head + ": [" + n(at) + ", " + n(asked) + ") ends behind " + n(there) + ", where the next one begins";
    case ErrorCode::wrong_format_version:
      return head + ": expected " + n(asked) + ", found " + n(there) +
             (there == crate_format_version ? ", that of the Rust crate, which can only be opened for reading" : "");
    case ErrorCode::system: return head + ": " + std::strerror(os_error);
    case ErrorCode::not_an_arena:
    case ErrorCode::bad_header:
    case ErrorCode::bad_seal:
    case ErrorCode::bad_freelist: return head + ": expected " + n(asked) + " at byte " + n(at) + ", found " + n(there);
    default: return head + ": expected " + n(asked) + ", found " + n(there);
  }
}

}  // namespace rarena
