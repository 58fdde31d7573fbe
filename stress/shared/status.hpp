// Exit statuses of the harnesses.
#pragma once

namespace rarena::stress {

enum Status { held = 0, violated = 1, could_not_run = 2 };

}  // namespace rarena::stress
