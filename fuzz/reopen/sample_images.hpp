// Images that real arenas leave behind, for seeds and tests.
//
// Thread safety: functions of their arguments; closed_image uses a file of its own in the folder for temporary files.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/arena/arena.hpp"

namespace rarena::fuzz {

// The file that an arena leaves behind that was made with `options`, used, and closed.
std::vector<std::byte> closed_image(const Options& options, const std::function<void(Arena&)>& use);

// Uses of an arena: free segments of four sizes between live ones; the same, and no byte above the cursor.
void make_holes(Arena& arena);
void make_holes_and_fill(Arena& arena);

// Marks the first free segment, as a thread leaves it that dies between its mark and the unlinking.
void mark_first(std::vector<std::byte>& image, Size reserved);

// Makes a closed file one that is open, with the root boundaries of its index in the list. Of machine, file and witness the
// annex says nothing.
void open_image(std::vector<std::byte>& image, Size reserved);

}  // namespace rarena::fuzz
