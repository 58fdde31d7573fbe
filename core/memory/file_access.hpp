// How a file is opened, and with that who else may have it open.
//
//                       map        memory       file       excludes
//     read_write        shared     writable     follows    every other opening
//     read_only         shared     read only    stays      read_write
//     copy              private    writable     stays      read_write
//     copy_read_only    private    read only    stays      read_write
//
// Thread safety: values only.
#pragma once

#include <cstdint>

namespace rarena::detail {

enum class FileAccess : std::uint8_t {
  read_write,      // what is written to the memory is written to the file
  read_only,       // nothing is written
  copy,            // what is written stays in the memory of this process, and ends with it
  copy_read_only,  // nothing is written, and the map is private
};

// Whether the memory may be written.
constexpr bool may_write(FileAccess access) { return access == FileAccess::read_write || access == FileAccess::copy; }

// Whether the map is private, so that nothing of it ever reaches the file.
constexpr bool is_copy(FileAccess access) { return access == FileAccess::copy || access == FileAccess::copy_read_only; }

}  // namespace rarena::detail
