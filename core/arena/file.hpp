// A file arena's memory: made new, or opened, locked, validated, and only then mapped.
//
// Progress: blocking (system calls). Thread safety: functions of their arguments. Invariants: REC-1.
#pragma once

#include <cerrno>
#include <expected>
#include <filesystem>
#include <system_error>
#include <utility>

#include "../memory/file_map.hpp"
#include "../memory/locked_file.hpp"
#include "../memory/memory.hpp"
#include "options.hpp"
#include "validate.hpp"

namespace rarena {

// Whether a memory is still zero and to be formatted, or holds an arena already.
enum class Content : bool { fresh, existing };

struct OpenedFile {
  Memory memory;
  Geometry geometry;
  Content content;
};

// The memory of the file at `path`, as the options want it. Errors: those of plan_geometry for a new file, those of
// validate for an existing one, not_a_regular_file, file_exists, in_use, system.
std::expected<OpenedFile, Error> open_file(const std::filesystem::path& path, const Options& options);

namespace file_access {

inline std::expected<OpenedFile, Error> create(const std::filesystem::path& path, const Options& options) {
  const auto geometry = plan_geometry(options, true);
  if (!geometry) return std::unexpected(geometry.error());
  auto file = LockedFile::create_new(path, options.capacity);
  if (!file) return std::unexpected(file.error());
  auto map = FileMap::map(std::move(*file));
  if (const auto allowed = map ? map->allow_writing() : std::unexpected(map.error()); !allowed) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);  // still locked: nobody has begun to use it
    return std::unexpected(allowed.error());
  }
  return OpenedFile{std::move(*map), *geometry, Content::fresh};
}

inline std::expected<OpenedFile, Error> open_existing(const std::filesystem::path& path, const Options& options) {
  auto file = LockedFile::open(path);
  if (!file) return std::unexpected(file.error());
  if (const auto valid = validate(*file, options); !valid) return std::unexpected(valid.error());
  auto map = FileMap::map(std::move(*file));
  if (!map) return std::unexpected(map.error());
  if (const auto allowed = map->allow_writing(); !allowed) return std::unexpected(allowed.error());
  const Geometry geometry = Geometry::unified(options.reserved, map->size());
  return OpenedFile{std::move(*map), geometry, Content::existing};
}

}  // namespace file_access

inline std::expected<OpenedFile, Error> open_file(const std::filesystem::path& path, const Options& options) {
  if (options.create_new) return file_access::create(path, options);
  auto opened = file_access::open_existing(path, options);
  if (opened || !options.create || opened.error() != system_error(ENOENT)) return opened;
  auto created = file_access::create(path, options);
  if (created || created.error().code != ErrorCode::file_exists) return created;
  return file_access::open_existing(path, options);  // somebody else made it a moment ago
}

}  // namespace rarena
