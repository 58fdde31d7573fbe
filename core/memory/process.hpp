// Which process this is, told cheaply: a number that a child of fork does not share with its parent.
//
// Source: pthread_atfork(3). A child made by vfork or by a bare clone(2) is not told apart.
// Thread safety: any number of threads.
#pragma once

#include <cstdint>
#include <expected>
#include <mutex>

#include "../layout/error.hpp"

namespace rarena::detail::process {

// Changed only in a child of fork, before it has a second thread.
inline std::uint32_t generation = 0;
// The number of this process among its ancestors. Wait-free, one load.
inline std::uint32_t number() noexcept { return generation; }

// From now on number() follows forks. Errors: system. Blocking the first time.
[[nodiscard]] std::expected<void, Error> follow_forks() noexcept;

// What it guards is whole in a child, from then on: no other thread holds it when the process forks. Who holds it does not
// fork.
[[nodiscard]] std::mutex& fork_mutex() noexcept;

}  // namespace rarena::detail::process
