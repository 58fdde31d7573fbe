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

// Those that are one: without a list what is freed never serves again, and there is none to be damaged.
inline std::map<std::string, Freelist> lists_by_name() {
  auto kinds = freelists_by_name();
  kinds.erase("none");
  return kinds;
}

}  // namespace rarena::stress
