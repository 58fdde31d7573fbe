// rarena create: a new, empty arena file.
//
// Thread safety: one command, one thread.
#pragma once

#include <string>

#include "../arena/options.hpp"
#include "console.hpp"

namespace rarena::tools {

struct CreateOptions {
  std::string file;
  Options arena = {};
};

// `done`, or the status of the error. A file that exists is not touched.
int create(const CreateOptions& options, const Console& console);

}  // namespace rarena::tools
