#include "back_off.hpp"

#include <thread>

namespace rarena::detail {

void let_others_run() noexcept { std::this_thread::yield(); }

}  // namespace rarena::detail
