// The memory that an arena is to be laid over: made new; or a file that has been opened, locked and validated, with the plan of
// its recovery.
//
// Nothing of a file is changed before all of it has been accepted and all memory that is needed has been found: it is mapped
// for reading only, and what is to be written is a plan. A new file has no name before it is complete.
//
// Progress: blocking (system calls); bounded by the size of the file. Thread safety: functions of their arguments.
// Invariants: REC-1, REC-2, REC-3.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>

#include "../memory/file_access.hpp"
#include "../memory/memory.hpp"
#include "../memory/new_name.hpp"
#include "../recovery/index_region.hpp"
#include "../recovery/recover.hpp"
#include "options.hpp"

namespace rarena::detail {

// What is left to do when all memory that an arena needs has been found.
struct Beginning {
  std::optional<FileIdentity> identity = {};  // of a new file, if it is known
  std::optional<NewName> name = {};           // that it is to have
  Plan plan = {}, undo = {};                  // of a file that was there: what is to be written, and what brings the bytes back
  std::optional<ListHints> hints = {};        // of its list
  std::optional<Extent> table = {};           // of members that have all died, in no list: to be freed
};

struct Opened {
  Memory memory;
  Geometry geometry;
  Size alignment_limit;                     // the largest alignment that may be asked for
  Recovery recovery;                        // fresh: the memory is zero and to be formatted
  std::optional<Structure> structure = {};  // what there is, if it is open for reading only
  Beginning beginning = {};                 // what comes next, if it is not
  bool shared = false;                      // other processes may change it
};

// The file at `path`, to be opened for reading and writing, and made if the options say so. Errors: those of plan_geometry for
// a new file; for an existing one those of check_size, check_prefix and check_options, bad_header, file_cut_short,
// identity_unknown, and unless its seal is untrusted bad_freelist and overlapping_segments; not_a_regular_file, file_empty,
// file_exists, in_use, system. Of a file that others share the lists are not looked at. Throws std::bad_alloc.
[[nodiscard]] std::expected<Opened, Error> open_file(const std::filesystem::path& path, const Options& options);

// An existing file. Errors: as open_file.
[[nodiscard]] std::expected<Opened, Error> open_existing_file(const std::filesystem::path& path, const Options& options,
                                                              FileAccess access);

// Fresh memory. Errors: those of plan_geometry, system.
[[nodiscard]] std::expected<Opened, Error> in_heap(const Options& options);
[[nodiscard]] std::expected<Opened, Error> in_anonymous_map(const Options& options);

// So many unused descriptors are not released: those that the user has reserved, or a slab.
std::size_t kept_descriptors(const Options& options);

// What is wrong with a file that was left like this, if anything that matters is: of an untrusted one nothing but the cursor
// has to be sound, and not even that where the user says so.
[[nodiscard]] std::optional<Error> reason_to_refuse(const Examined& examined, const Left& left, const Geometry& geometry);

}  // namespace rarena::detail
