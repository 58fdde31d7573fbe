// The boot id of the machine: a random number that the system draws each time it starts.
//
// Source: random(4), /proc/sys/kernel/random/boot_id. Thread safety: any number of threads.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace rarena {

using BootId = std::array<std::byte, 16>;

// The id of this boot, read once per process; nullopt if the system does not tell. Blocking (system calls) the first time.
std::optional<BootId> boot_id() noexcept;

// The 16 bytes written as a UUID of 36 characters, 01234567-89ab-cdef-0123-456789abcdef; nullopt if `text` is none.
std::optional<BootId> parse_boot_id(std::string_view text) noexcept;

}  // namespace rarena
