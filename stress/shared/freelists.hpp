// The kinds of freelist by their names, for options and files.
#pragma once

#include <map>
#include <string>

#include "core/layout/prefix.hpp"

namespace rarena::stress {

inline std::map<std::string, Freelist> freelists_by_name() {
  std::map<std::string, Freelist> kinds;
  for (const Freelist kind : all_freelists) kinds.emplace(name(kind), kind);
  return kinds;
}

}  // namespace rarena::stress
