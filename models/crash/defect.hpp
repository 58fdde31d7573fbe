// Defects: how the known bugs of kind recovery are planted (models/bugs): bugs of opening, recovery, flushing and closing,
// each of which the crash analyses must find. What is shipped runs unchanged; a defect is a lie of the disk under it, or a
// change of what it is told or of the plan that it made.
//
// Thread safety: constants. Invariants: breaks REC-2 or REC-3, on purpose.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "models/bugs/bugs.hpp"

namespace rarena::models::crash {

enum class Defect : std::uint8_t {
  none,
  keeps_marks,      // recovery leaves marked descriptors in the list as they are
  keeps_tables,     // recovery writes nothing to the boundaries of the index
  marker_first,     // recovery writes the dirty marker before the rest of its plan
  trusts_the_list,  // an opening after a power loss takes it for a process kill
  no_marker_flush,  // the marker of an opening is not made durable
  no_header_flush,  // flush_with_header makes the range durable, and not the header
  no_close_flush,   // a close seals bytes that are not durable
  forgets_failure,  // the process does not remember that a flush has failed
  shrinks_first,    // the file is made shorter before what makes it sound is durable
  named_first,      // a new file has its name before it is durable
  child_frees,      // a child ends its handles as if they were its own
  parent_seals,     // a parent closes what its child has taken over
  trusts_copies,    // an opening trusts lists that are sound, although no death is noted
};

struct DefectName {
  Defect defect;
  std::string_view name;
};

// By the names that models/bugs/bugs.json has.
inline constexpr std::array defects = {
    DefectName{Defect::keeps_marks, "keeps_marks"},         DefectName{Defect::keeps_tables, "keeps_tables"},
    DefectName{Defect::marker_first, "marker_first"},       DefectName{Defect::trusts_the_list, "trusts_the_list"},
    DefectName{Defect::no_marker_flush, "no_marker_flush"}, DefectName{Defect::no_header_flush, "no_header_flush"},
    DefectName{Defect::no_close_flush, "no_close_flush"},   DefectName{Defect::forgets_failure, "forgets_failure"},
    DefectName{Defect::shrinks_first, "shrinks_first"},     DefectName{Defect::named_first, "named_first"},
    DefectName{Defect::child_frees, "child_frees"},         DefectName{Defect::parent_seals, "parent_seals"},
    DefectName{Defect::trusts_copies, "trusts_copies"},
};

// What a known bug plants in recovery: nothing if it is one of code. nullopt: it is one of recovery that is not here.
inline std::optional<Defect> defect_of(const Bug* bug) {
  if (bug == nullptr || bug->is_of_code()) return Defect::none;
  const auto* it = std::ranges::find(defects, bug->name, &DefectName::name);
  return it == defects.end() ? std::nullopt : std::optional(it->defect);
}

}  // namespace rarena::models::crash
