// A file arena's memory: made new; or opened, locked, validated, and only then made writable and recovered.
//
// Nothing of a file is changed before all of it has been accepted: it is mapped for reading only. A file that is opened for
// writing gets its dirty marker, on the disk, before anything else can change: after a power loss it cannot look closed.
//
// Progress: blocking (system calls); bounded by the size of the file. Thread safety: functions of their arguments.
// Invariants: REC-1, REC-2, REC-3.
#pragma once

#include <cerrno>
#include <expected>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "../memory/file_map.hpp"
#include "../memory/locked_file.hpp"
#include "../memory/memory.hpp"
#include "../recovery/durability.hpp"
#include "../recovery/recover.hpp"
#include "../words/atomic_store.hpp"
#include "options.hpp"
#include "validate.hpp"

namespace rarena {

struct OpenedFile {
  Memory memory;
  Geometry geometry;
  Recovery recovery;                        // fresh: the memory is zero and to be formatted
  std::optional<Structure> structure = {};  // what there is, if it is open for reading only
};

// The file at `path`, opened for reading and writing, and made if the options say so. Errors: those of plan_geometry for a
// new file; for an existing one those of check_size, check_prefix and check_options, bad_header, and unless its seal is
// untrusted bad_freelist and overlapping_segments; not_a_regular_file, file_exists, in_use, system.
std::expected<OpenedFile, Error> open_file(const std::filesystem::path& path, const Options& options);

// An existing file. Errors: as open_file.
std::expected<OpenedFile, Error> open_existing_file(const std::filesystem::path& path, const Options& options,
                                                    FileAccess access);

namespace file_access {

inline std::expected<OpenedFile, Error> create(const std::filesystem::path& path, const Options& options) {
  const auto geometry = plan_geometry(options, true);
  if (!geometry) return std::unexpected(geometry.error());
  auto file = LockedFile::create_new(path, options.capacity);
  if (!file) return std::unexpected(file.error());
  auto map = FileMap::map(std::move(*file), FileAccess::read_write);
  std::expected<void, Error> writable;
  if (map) writable = map->allow_writing();
  if (!map || !writable) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);  // still locked: nobody has begun to use it
    return std::unexpected(map ? writable.error() : map.error());
  }
  return OpenedFile{std::move(*map), *geometry, {}};
}

// Of an untrusted memory nothing but the cursor has to be sound.
inline std::expected<Structure, Error> examine_for(Recovery::Opening opening, const MemoryView& view) {
  Structure seen;
  auto structure = examine_sound(view, &seen);
  if (structure || opening != Recovery::Opening::untrusted || structure.error().code == ErrorCode::system) return structure;
  const auto cursor = static_cast<std::uint64_t>(view.geometry().cursor().place);
  const bool bad_cursor = structure.error().code == ErrorCode::bad_header && structure.error().at == cursor;
  if (bad_cursor) return structure;
  return seen;
}

// Makes an accepted file writable, and carries out its recovery.
inline std::expected<void, Error> recover_file(FileMap& map, const MemoryView& view, const Plan& plan) {
  if (const auto writable = map.allow_writing(); !writable) return writable;
  return carry_out_durably(plan.writes(), AtomicStore(map.data()), map, view.geometry());
}

}  // namespace file_access

inline std::expected<OpenedFile, Error> open_existing_file(const std::filesystem::path& path, const Options& options,
                                                           FileAccess access) {
  auto file = LockedFile::open(path, access);
  if (!file) return std::unexpected(file.error());
  if (const auto fits = check_size(file->size(), options.reserved); !fits) return std::unexpected(fits.error());
  auto map = FileMap::map(std::move(*file), access);
  if (!map) return std::unexpected(map.error());

  const Prefix prefix = MemoryView(map->data(), Geometry::unified(options.reserved, map->size())).prefix();
  const auto geometry = check_prefix(prefix, options.reserved, map->size());
  if (!geometry) return std::unexpected(geometry.error());
  if (const auto wanted = check_options(prefix, options, may_write(access)); !wanted) return std::unexpected(wanted.error());

  const MemoryView view(map->data(), *geometry);
  const auto identity = map->identity();
  Recovery::Opening opening = opening_of(view, identity);
  if (options.drop_freelist && opening != Recovery::Opening::unsealed) opening = Recovery::Opening::untrusted;
  auto structure = file_access::examine_for(opening, view);
  if (!structure) return std::unexpected(structure.error());
  const Plan plan = plan_recovery(view, *structure, opening, dirty_marker(identity));
  const Recovery recovery = recover(*structure, opening);
  if (!may_write(access)) return OpenedFile{std::move(*map), *geometry, recovery, std::move(*structure)};
  if (const auto recovered = file_access::recover_file(*map, view, plan); !recovered) return std::unexpected(recovered.error());
  return OpenedFile{std::move(*map), *geometry, recovery};
}

inline std::expected<OpenedFile, Error> open_file(const std::filesystem::path& path, const Options& options) {
  if (options.create_new) return file_access::create(path, options);
  auto opened = open_existing_file(path, options, FileAccess::read_write);
  if (opened || !options.create || opened.error() != system_error(ENOENT)) return opened;
  auto created = file_access::create(path, options);
  if (created || created.error().code != ErrorCode::file_exists) return created;
  return open_existing_file(path, options, FileAccess::read_write);  // somebody else made it a moment ago
}

}  // namespace rarena
