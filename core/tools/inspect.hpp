// rarena inspect: what an arena file holds, as a table and a picture, or as JSON.
//
// Reads only. Thread safety: one command, one thread. Invariants: REC-1.
#pragma once

#include <cstddef>
#include <string>

#include "../layout/extent.hpp"
#include "console.hpp"

namespace rarena::tools {

struct InspectOptions {
  std::string file;
  Size reserved = 0;
  bool json = false;
  std::size_t width = 64;  // cells of the picture; more than 64 are several rows
};

// `done` for a file whose lists are damaged too: it says so. Else the status of the error.
int inspect(const InspectOptions& options, const Console& console);

}  // namespace rarena::tools
