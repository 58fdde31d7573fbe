// rarena dump: the words of an arena's header and lists, one a line, with their offsets; or any bytes of a file.
//
// Reads only. Thread safety: one command, one thread. Invariants: REC-1.
#pragma once

#include <optional>
#include <string>

#include "../layout/extent.hpp"
#include "console.hpp"

namespace rarena::tools {

struct DumpOptions {
  std::string file;
  Size reserved = 0;
  std::optional<Extent> bytes = std::nullopt;  // these and nothing else; the file need not be an arena
};

// `done` for damaged lists too, of which it shows what can be followed. Else the status of the error.
int dump(const DumpOptions& options, const Console& console);

}  // namespace rarena::tools
