// rarena rebuild: makes the freelist of an arena file the exact complement of what is live.
//
// Which bytes are live, only the user of a file can say; what is not named is free afterwards, and its bytes may be
// overwritten by the next allocation. The segments of named roots are live without being listed. With `dry_run` all of it
// happens to a private copy, and the file stays as it is.
//
// Thread safety: one command, one thread. Invariants: by Arena::rebuild.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "../layout/extent.hpp"
#include "console.hpp"

namespace rarena::tools {

struct RebuildOptions {
  std::string file;
  Size reserved = 0;
  std::vector<Extent> live = {};
  std::string live_file = {};  // or "": more live segments; "-" is `input`
  bool nothing_live = false;   // said explicitly; else no live segment is wrong use
  bool drop_roots = false;     // all named roots are forgotten first: what they held is free unless it is named
  bool dry_run = false;
};

// `done`, or the status of the error. All of it is tried on a private copy first: a file that cannot be opened, or not be
// rebuilt from these segments, stays as it is.
int rebuild(const RebuildOptions& options, std::istream& input, const Console& console);

}  // namespace rarena::tools
