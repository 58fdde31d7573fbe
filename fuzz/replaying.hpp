// Whether a program of this folder replays files, which are few, or an engine drives it, which wants many inputs in a second.
//
// Thread safety: set before the first input.
#pragma once

namespace rarena::fuzz {

// Set by standalone_main.cpp: each input is then judged in every way that the target has.
inline bool replaying = false;

}  // namespace rarena::fuzz
