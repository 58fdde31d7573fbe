// A file of one JSON value, and its folder.
//
// Thread safety: as the file system.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace rarena::stress {

// Throws std::runtime_error if the file cannot be written.
inline void write_json(const std::filesystem::path& path, const nlohmann::json& value) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path);
  out << value.dump(2) << "\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace rarena::stress
