// The boot id of the machine: a random number that the system draws each time it starts.
//
// Source: random(4), /proc/sys/kernel/random/boot_id. Thread safety: any number of threads.
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

#include "../layout/error.hpp"

namespace rarena::detail {

using BootId = std::array<std::byte, 16>;

// The id of this boot. What was read is kept, a failure is not. Errors: system (ENODATA: what the system tells is no boot id).
// Blocking (system calls) where it is not known yet.
[[nodiscard]] std::expected<BootId, Error> boot_id() noexcept;

// The 16 bytes written as a UUID of 36 characters, 01234567-89ab-cdef-0123-456789abcdef; nullopt if `text` is none.
[[nodiscard]] std::optional<BootId> parse_boot_id(std::string_view text) noexcept;

}  // namespace rarena::detail
