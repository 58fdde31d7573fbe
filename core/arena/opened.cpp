#include "opened.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "../memory/file_map.hpp"
#include "../memory/locked_file.hpp"
#include "../memory/process.hpp"
#include "../recovery/members.hpp"
#include "validate.hpp"

namespace rarena::detail {

std::expected<Opened, Error> in_heap(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  const auto alignment = std::max(least_alignment_limit, static_cast<Size>(options.maximum_alignment));
  auto memory = VectorMemory::create(plan->capacity(), alignment, options.unify ? 0 : Geometry::pure_front);
  if (!memory) return std::unexpected(memory.error());
  return Opened{.memory = *std::move(memory), .geometry = *plan, .alignment_limit = alignment, .recovery = {}};
}

std::expected<Opened, Error> in_anonymous_map(const Options& options) {
  const auto plan = plan_geometry(options, options.unify);
  if (!plan) return std::unexpected(plan.error());
  auto memory = AnonymousMap::create(plan->capacity(), options.unify ? 0 : Geometry::pure_front,
                                     {.populate = options.populate, .huge = options.huge});
  if (!memory) return std::unexpected(memory.error());
  const Size alignment = memory->alignment();
  return Opened{.memory = *std::move(memory), .geometry = *plan, .alignment_limit = alignment, .recovery = {}};
}

std::size_t kept_descriptors(const Options& options) {
  return static_cast<std::size_t>(std::max<std::uint64_t>(kept_spare, options.descriptor_reserve));
}

std::optional<Error> reason_to_refuse(const Examined& examined, const Left& left, const Geometry& geometry) {
  if (!examined.wrong || left.doubt == Doubt::asked) return std::nullopt;
  const Error& wrong = *examined.wrong;
  const bool about_cursor = wrong.at == static_cast<std::uint64_t>(geometry.cursor().place);
  if (left.opening == Recovery::Opening::untrusted && !about_cursor) return std::nullopt;
  return wrong;
}

namespace {

std::optional<FileIdentity> known(const std::expected<FileIdentity, Error>& identity) {
  return identity ? std::optional(*identity) : std::nullopt;
}

Entrance entrance(const Options& options, FileAccess access) {
  return {.access = access, .shared = options.shared, .timeout_ms = options.lock_timeout_ms};
}

std::expected<Opened, Error> create(const std::filesystem::path& path, const Options& options) {
  const auto geometry = plan_geometry(options, true);
  if (!geometry) return std::unexpected(geometry.error());
  const Entrance who = entrance(options, FileAccess::read_write);
  auto made = LockedFile::create_new(path, geometry->capacity(), options.mode, who);
  if (!made) return std::unexpected(made.error());
  auto map = FileMap::map(std::move(made->file), FileAccess::read_write, options.populate);
  if (!map) return std::unexpected(map.error());
  if (const auto writable = map->allow_writing(); !writable) return std::unexpected(writable.error());
  const auto identity = known(map->identity());
  const Size alignment = map->alignment();
  return Opened{.memory = std::move(*map),
                .geometry = *geometry,
                .alignment_limit = alignment,
                .recovery = {.identified = identity.has_value()},
                .beginning = {.identity = identity, .name = std::move(made->name)},
                .shared = who.is_member()};
}

// How it was left. Who reads only may do so whichever file it is.
std::expected<Left, Error> left_for(const MemoryView& view, const Examined& examined, const Options& options, FileAccess access,
                                    const std::expected<FileIdentity, Error>& now) {
  auto left = left_as(view, examined.structure.sum.value(), now);
  if (!left && options.drop_freelist) return Left{Recovery::Opening::untrusted, Doubt::asked};
  if (!left && !may_write(access)) return Left{Recovery::Opening::untrusted, Doubt::identity_unknown};
  if (!left) return left;
  if (options.drop_freelist && left->opening != Recovery::Opening::unsealed)
    return Left{Recovery::Opening::untrusted, Doubt::asked};
  return left;
}

// A file that others have open at the same time, or may have: nothing is examined, because it changes meanwhile.
std::expected<Opened, Error> join(FileMap map, const Geometry& geometry, const Options& options, FileAccess access) {
  const MemoryView view(map.data(), geometry);
  const Annex annex = view.annex();
  const Header header = view.header();
  const auto bad = [&](Word<std::uint32_t> word, std::uint64_t bound, std::uint64_t found) {
    return std::unexpected(
        Error{.code = ErrorCode::bad_header, .asked = bound, .there = found, .at = static_cast<std::uint64_t>(word.place)});
  };
  if (header.allocated < geometry.data_offset()) return bad(geometry.cursor(), geometry.data_offset(), header.allocated);
  if (header.allocated > geometry.capacity()) return bad(geometry.cursor(), geometry.capacity(), header.allocated);
  const bool writing = may_write(access);
  if (writing && options.drop_freelist) return std::unexpected(Error{.code = ErrorCode::in_use});
  const std::uint32_t marker = dirty_marker(annex.generation, {annex.boot, annex.device, annex.file});
  if (writing && header.seal != marker) return bad(geometry.seal(), marker, header.seal);

  const Size alignment = map.alignment();
  const bool identified = map.identity().has_value();
  Opened opened{.memory = std::move(map),
                .geometry = geometry,
                .alignment_limit = alignment,
                .recovery = {.opening = Recovery::Opening::joined, .identified = identified},
                .shared = true};
  if (!writing)
    opened.structure = {.prefix = view.prefix(),
                        .annex = annex,
                        .data_offset = static_cast<Size>(geometry.data_offset()),
                        .allocated = header.allocated,
                        .discarded = header.discarded,
                        .min_segment_size = header.min_segment_size};
  return opened;
}

// An accepted file, with its report and what is to be done about it.
std::expected<Opened, Error> accept(FileMap map, const Geometry& geometry, const Options& options, FileAccess access) {
  const MemoryView view(map.data(), geometry);
  auto examined = examine_all(view);
  if (!examined) return std::unexpected(examined.error());
  const auto now = map.identity();
  const auto left = left_for(view, *examined, options, access, now);
  if (!left) return std::unexpected(left.error());
  if (const auto wrong = reason_to_refuse(*examined, *left, geometry)) return std::unexpected(*wrong);

  const bool writing = may_write(access);
  // Without the system's word that all have died, anybody's bytes may be there.
  const bool died = left->opening == Recovery::Opening::process_died;
  const auto table = died ? table_to_free(view, examined->structure) : std::nullopt;
  Recovered recovered = writing ? recover(view, std::move(examined->structure), *left, known(now), kept_descriptors(options))
                                : recover_for_reading(std::move(examined->structure), *left, geometry.capacity());
  recovered.report.identified = now.has_value();
  const Size alignment = map.alignment();
  Opened opened{.memory = std::move(map), .geometry = geometry, .alignment_limit = alignment, .recovery = recovered.report};
  if (writing) {
    opened.beginning.hints.emplace(geometry, recovered.structure);
    opened.beginning.table = table;
    opened.beginning.plan = std::move(recovered.plan), opened.beginning.undo = std::move(recovered.undo);
  } else {
    if (table) opened.recovery.unlisted_bytes -= table->size;
    opened.structure = std::move(recovered.structure);
  }
  return opened;
}

}  // namespace

std::expected<Opened, Error> open_existing_file(const std::filesystem::path& path, const Options& options, FileAccess access) {
  if (const auto followed = process::follow_forks(); !followed) return std::unexpected(followed.error());
  const Entrance who = entrance(options, access);
  auto file = LockedFile::open(path, who);
  if (!file) return std::unexpected(file.error());
  if (file->size() == 0 && options.create) return std::unexpected(Error{.code = ErrorCode::file_empty});
  if (const auto fits = check_size(file->size(), options.reserved); !fits) return std::unexpected(fits.error());
  auto map = FileMap::map(std::move(*file), access, options.populate);
  if (!map) return std::unexpected(map.error());

  const auto reserved = static_cast<Size>(options.reserved);  // check_size has seen it
  const Prefix prefix = MemoryView(map->data(), Geometry::unified(reserved, map->size())).prefix();
  const auto geometry = check_prefix(prefix, reserved, map->size());
  if (!geometry) return std::unexpected(geometry.error());
  if (const auto wanted = check_options(prefix, options, may_write(access)); !wanted) return std::unexpected(wanted.error());
  const auto recorded = geometry_of_file({map->data(), *geometry});
  if (!recorded) return std::unexpected(recorded.error());
  const bool beside_others = who.is_watcher() || (who.is_member() && map->company() == Company::others);
  if (beside_others) return join(std::move(*map), *recorded, options, access);
  auto opened = accept(std::move(*map), *recorded, options, access);
  if (opened) opened->shared = who.is_member();
  return opened;
}

std::expected<Opened, Error> open_file(const std::filesystem::path& path, const Options& options) {
  if (const auto followed = process::follow_forks(); !followed) return std::unexpected(followed.error());
  if (options.create_new) return create(path, options);
  auto opened = open_existing_file(path, options, FileAccess::read_write);
  if (opened || !options.create || opened.error() != system_error(ENOENT)) return opened;
  return create(behind_links(path), options);
}

}  // namespace rarena::detail
