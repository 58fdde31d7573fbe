// rarena verify: whether arena files are sound, lists and directory of roots, and every violation with its place.
//
// Reads only. Thread safety: one command, one thread. Invariants: REC-1; SEG-1, FL-1 (what a sound file has been shown to
// satisfy), REC-2 (whether its lists would be trusted).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../layout/extent.hpp"
#include "console.hpp"

namespace rarena::tools {

struct VerifyOptions {
  std::vector<std::string> files;
  Size reserved = 0;
  bool json = false;
  std::uint64_t most = 1000;  // violations that are listed per file; all are counted
};

// The largest of: done, a file is sound; refused, it is unsound; unusable, it could not be read.
int verify(const VerifyOptions& options, const Console& console);

}  // namespace rarena::tools
