#include "error.hpp"

#include <cstring>
#include <utility>

#include "prefix.hpp"

namespace rarena {

const char* name(ErrorCode code) {
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
    case ErrorCode::size_too_large: return "size too large";
    case ErrorCode::file_cut_short: return "file was cut short";
    case ErrorCode::file_empty: return "file is empty";
    case ErrorCode::identity_unknown: return "identity of the file unknown";
    case ErrorCode::other_process: return "arena belongs to another process";
    case ErrorCode::flush_failed: return "an earlier flush failed";
    case ErrorCode::not_live: return "bytes are not live";
    case ErrorCode::varint_overflow: return "varint too large for its type";
    case ErrorCode::varint_overlong: return "varint longer than it needs to be";
    case ErrorCode::misaligned: return "offset is not aligned";
    case ErrorCode::arena_not_open: return "arena of an allocator is not open";
    case ErrorCode::no_such_root: return "no root of this name";
    case ErrorCode::root_exists: return "root exists";
    case ErrorCode::wrong_root_type: return "root is of another type";
    case ErrorCode::wrong_root_version: return "root is of another version of its type";
    case ErrorCode::wrong_root_size: return "root has another size than its type";
    case ErrorCode::bad_directory: return "damaged directory of roots";
    case ErrorCode::file_shared: return "file is shared by processes";
    case ErrorCode::too_many_processes: return "too many processes share the file";
  }
  std::unreachable();
}

namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }

// What can be done about a file that is refused.
const char* remedy(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_an_arena:
      return " (if it is an arena: was it made with other reserved bytes? --reserved, Options::reserved)";
    case ErrorCode::overlapping_segments:
      return "; if a file's lists say so, Options::drop_freelist opens it without them, and `rarena rebuild` makes them anew "
             "from "
             "what is live";
    case ErrorCode::bad_header:
    case ErrorCode::bad_freelist:
    case ErrorCode::file_cut_short:
      return "; Options::drop_freelist opens it without its lists, and `rarena rebuild` makes them anew from what is live";
    case ErrorCode::file_empty: return ": remove it, and the arena can be made under its name";
    case ErrorCode::identity_unknown: return "; try again, or open it with Options::drop_freelist, as after a power loss";
    case ErrorCode::other_process: return "; BasicArena::take_over() makes a forked child its owner";
    case ErrorCode::arena_not_open: return ": open it for writing before its containers grow or end";
    case ErrorCode::file_shared: return ": open it with one rarena::Arena and without Options::shared for this";
    case ErrorCode::no_such_root: return ": BasicArena::emplace_root makes it, BasicArena::roots lists those that there are";
    case ErrorCode::root_exists: return ": BasicArena::root finds it, BasicArena::remove_root removes it";
    case ErrorCode::wrong_root_type: return "; BasicArena::roots says what it was made as";
    case ErrorCode::wrong_root_version: return "; open it as the version that it was made with, and convert what it holds";
    case ErrorCode::wrong_root_size:
      return "; a type that has changed needs another RootType::version, or it was compiled differently";
    case ErrorCode::bad_directory: return "; BasicArena::drop_roots forgets all roots, and what they hold stays allocated";
    default: return "";
  }
}

std::string expected_found(const Error& e) { return ": expected " + number(e.asked) + ", found " + number(e.there); }
std::string expected_found_at(const Error& e) {
  return ": expected " + number(e.asked) + " at byte " + number(e.at) + ", found " + number(e.there);
}

std::string details(const Error& e) {
  switch (e.code) {
    case ErrorCode::insufficient_space:
      return ": requested " + number(e.asked) + " bytes, " + number(e.at) + " are free, of which the largest piece has " +
             number(e.there);
    case ErrorCode::invalid_alignment: return ": " + number(e.asked) + " is not a power of two";
    case ErrorCode::size_too_large: return ": expected at most " + number(e.asked) + ", found " + number(e.there);
    case ErrorCode::alignment_too_large:
      return ": requested " + number(e.asked) + ", this memory guarantees " + number(e.there);
    case ErrorCode::out_of_range:
      return ": [" + number(e.at) + ", " + number(e.asked) + ") is not inside the bytes in use, which end at " +
             number(e.there);
    case ErrorCode::not_live:
      return ": [" + number(e.at) + ", " + number(e.asked) +
             ") is free already, or the arena's own: a double free, or a wrong offset or size";
    case ErrorCode::not_a_regular_file:
    case ErrorCode::file_exists:
    case ErrorCode::in_use:
    case ErrorCode::read_only:
    case ErrorCode::file_empty:
    case ErrorCode::other_process:
    case ErrorCode::arena_not_open:
    case ErrorCode::no_such_root:
    case ErrorCode::root_exists:
    case ErrorCode::file_shared:
    case ErrorCode::not_a_file: return "";
    case ErrorCode::misaligned: return ": " + number(e.there) + " is no multiple of " + number(e.asked);
    case ErrorCode::file_cut_short:
      return ": its arena ends at byte " + number(e.asked) + ", the file at byte " + number(e.there);
    case ErrorCode::overlapping_segments:
      return ": [" + number(e.at) + ", " + number(e.asked) + ") ends behind " + number(e.there) + ", where the next one begins";
    case ErrorCode::wrong_format_version:
      if (e.there == detail::crate_format_version)
        return expected_found(e) + ", that of the Rust crate, which can only be opened for reading";
      if (e.there == detail::format_version_1)
        return expected_found(e) + ", that of rarena 0.1, which can only be opened for reading";
      return expected_found(e);
    case ErrorCode::system:
    case ErrorCode::flush_failed: return std::string(": ") + std::strerror(e.os_error);
    case ErrorCode::identity_unknown:
      return e.os_error != 0 ? std::string(": ") + std::strerror(e.os_error)
                             : ": its device has another number than when it was open, as after a new mount";
    case ErrorCode::not_an_arena:
    case ErrorCode::bad_header:
    case ErrorCode::bad_seal:
    case ErrorCode::bad_directory:
    case ErrorCode::bad_freelist:
    case ErrorCode::varint_overflow:
    case ErrorCode::varint_overlong: return expected_found_at(e);
    default: return expected_found(e);
  }
}

}  // namespace

std::string Error::message() const { return std::string(name(code)) + details(*this) + remedy(code); }

}  // namespace rarena
