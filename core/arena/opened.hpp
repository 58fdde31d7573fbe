// The memory that an arena is to be laid over: made new; or a file that has been opened, locked and validated, with the plan of
// its recovery.
//
// Nothing of a file is changed before all of it has been accepted and all memory that is needed has been found: it is mapped
// for reading only, and what is to be written is a plan. A new file has no name before it is complete.
//
// Progress: blocking (system calls); bounded by the size of the file. Thread safety: functions of their arguments.
// Invariants: REC-1, REC-2, REC-3.
#pragma once

#include <cerrno>
#include <expected>
#include <filesystem>
#include <optional>
#include <utility>

#include "../memory/file_map.hpp"
#include "../memory/locked_file.hpp"
#include "../memory/memory.hpp"
#include "../memory/process.hpp"
#include "../recovery/recover.hpp"
#include "options.hpp"
#include "validate.hpp"

namespace rarena {

struct Opened {
  Memory memory;
  Geometry geometry;
  Size alignment_limit;                       // the largest alignment that may be asked for
  Recovery recovery;                          // fresh: the memory is zero and to be formatted
  std::optional<FileIdentity> identity = {};  // if it is known
  std::optional<NewName> name = {};           // that a new file is to have
  std::optional<Structure> structure = {};    // what there is, if it is open for reading only
  Plan plan = {}, undo = {};                  // what is to be written first, and what brings the bytes back
};

// The file at `path`, to be opened for reading and writing, and made if the options say so. Errors: those of plan_geometry for
// a new file; for an existing one those of check_size, check_prefix and check_options, bad_header, file_cut_short,
// identity_unknown, and unless its seal is untrusted bad_freelist and overlapping_segments; not_a_regular_file, file_empty,
// file_exists, in_use, system. Throws std::bad_alloc.
std::expected<Opened, Error> open_file(const std::filesystem::path& path, const Options& options);

// An existing file. Errors: as open_file.
std::expected<Opened, Error> open_existing_file(const std::filesystem::path& path, const Options& options, FileAccess access);

// Fresh memory. Errors: those of plan_geometry, system.
std::expected<Opened, Error> in_heap(const Options& options);
std::expected<Opened, Error> in_anonymous_map(const Options& options);

inline std::expected<Opened, Error> in_heap(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  const auto alignment = static_cast<Size>(options.maximum_alignment);
  auto memory = VectorMemory::create(plan->capacity(), alignment, options.unify ? 0 : Geometry::pure_front);
  if (!memory) return std::unexpected(memory.error());
  return Opened{.memory = *std::move(memory), .geometry = *plan, .alignment_limit = alignment, .recovery = {}};
}

inline std::expected<Opened, Error> in_anonymous_map(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  auto memory = AnonymousMap::create(plan->capacity(), options.unify ? 0 : Geometry::pure_front);
  if (!memory) return std::unexpected(memory.error());
  const Size alignment = memory->alignment();
  return Opened{.memory = *std::move(memory), .geometry = *plan, .alignment_limit = alignment, .recovery = {}};
}

namespace file_access {

inline std::optional<FileIdentity> known(const std::expected<FileIdentity, Error>& identity) {
  return identity ? std::optional(*identity) : std::nullopt;
}

inline std::expected<Opened, Error> create(const std::filesystem::path& path, const Options& options) {
  const auto geometry = plan_geometry(options, true);
  if (!geometry) return std::unexpected(geometry.error());
  auto made = LockedFile::create_new(path, geometry->capacity(), options.mode);
  if (!made) return std::unexpected(made.error());
  auto map = FileMap::map(std::move(made->file), FileAccess::read_write);
  if (!map) return std::unexpected(map.error());
  if (const auto writable = map->allow_writing(); !writable) return std::unexpected(writable.error());
  const auto identity = known(map->identity());
  const Size alignment = map->alignment();
  return Opened{.memory = std::move(*map),
                .geometry = *geometry,
                .alignment_limit = alignment,
                .recovery = {.identified = identity.has_value()},
                .identity = identity,
                .name = std::move(made->name)};
}

// What is wrong with a file that was left like this, if anything that matters is: of an untrusted one nothing but the cursor
// has to be sound, and not even that where the user says so.
inline std::optional<Error> fault(const Examined& examined, const Left& left, const Geometry& geometry) {
  if (!examined.wrong || left.doubt == Doubt::asked) return std::nullopt;
  const Error& wrong = *examined.wrong;
  const bool about_cursor = wrong.at == static_cast<std::uint64_t>(geometry.cursor().place);
  if (left.opening == Recovery::Opening::untrusted && !about_cursor) return std::nullopt;
  return wrong;
}

// How it was left. Who reads only may do so whichever file it is.
inline std::expected<Left, Error> left_for(const MemoryView& view, const Examined& examined, const Options& options,
                                           FileAccess access, const std::expected<FileIdentity, Error>& now) {
  auto left = left_as(view, examined.structure.sum.value(), now);
  if (!left && options.drop_freelist) return Left{Recovery::Opening::untrusted, Doubt::asked};
  if (!left && !may_write(access)) return Left{Recovery::Opening::untrusted, Doubt::identity_unknown};
  if (!left) return left;
  if (options.drop_freelist && left->opening != Recovery::Opening::unsealed)
    return Left{Recovery::Opening::untrusted, Doubt::asked};
  return left;
}

// An accepted file, with its report and what is to be done about it.
inline std::expected<Opened, Error> accept(FileMap map, const Geometry& geometry, const Options& options, FileAccess access) {
  const MemoryView view(map.data(), geometry);
  auto examined = examine_all(view);
  if (!examined) return std::unexpected(examined.error());
  const auto now = map.identity();
  const auto left = left_for(view, *examined, options, access, now);
  if (!left) return std::unexpected(left.error());
  if (const auto wrong = fault(*examined, *left, geometry)) return std::unexpected(*wrong);

  const bool writing = may_write(access);
  Recovered recovered = writing ? recover(view, std::move(examined->structure), *left, known(now))
                                : recover_for_reading(std::move(examined->structure), *left, geometry.capacity());
  recovered.report.identified = now.has_value();
  const Size alignment = map.alignment();
  Opened opened{.memory = std::move(map),
                .geometry = geometry,
                .alignment_limit = alignment,
                .recovery = recovered.report,
                .identity = known(now),
                .plan = std::move(recovered.plan),
                .undo = std::move(recovered.undo)};
  if (!writing) opened.structure = std::move(recovered.structure);
  return opened;
}

}  // namespace file_access

inline std::expected<Opened, Error> open_existing_file(const std::filesystem::path& path, const Options& options,
                                                       FileAccess access) {
  if (const auto followed = process::follow_forks(); !followed) return std::unexpected(followed.error());
  auto file = LockedFile::open(path, access);
  if (!file) return std::unexpected(file.error());
  if (file->size() == 0 && options.create) return std::unexpected(Error{.code = ErrorCode::file_empty});
  if (const auto fits = check_size(file->size(), options.reserved); !fits) return std::unexpected(fits.error());
  auto map = FileMap::map(std::move(*file), access);
  if (!map) return std::unexpected(map.error());

  const auto reserved = static_cast<Size>(options.reserved);  // check_size has seen it
  const Prefix prefix = MemoryView(map->data(), Geometry::unified(reserved, map->size())).prefix();
  const auto geometry = check_prefix(prefix, reserved, map->size());
  if (!geometry) return std::unexpected(geometry.error());
  if (const auto wanted = check_options(prefix, options, may_write(access)); !wanted) return std::unexpected(wanted.error());
  return file_access::accept(std::move(*map), *geometry, options, access);
}

inline std::expected<Opened, Error> open_file(const std::filesystem::path& path, const Options& options) {
  if (const auto followed = process::follow_forks(); !followed) return std::unexpected(followed.error());
  if (options.create_new) return file_access::create(path, options);
  auto opened = open_existing_file(path, options, FileAccess::read_write);
  if (opened || !options.create || opened.error() != system_error(ENOENT)) return opened;
  return file_access::create(behind_links(path), options);
}

}  // namespace rarena
