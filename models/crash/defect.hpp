// Defects: planted bugs of opening, recovery, flushing and closing, each of which the crash analyses must find. What is shipped
// runs unchanged; a defect is a lie of the disk under it, or a change of what it is told or of the plan that it made.
//
// Thread safety: constants. Invariants: breaks REC-2 or REC-3, on purpose.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rarena::models::crash {

enum class Defect : std::uint8_t {
  none,
  keeps_marks,      // recovery leaves marked descriptors in the list as they are
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
  std::string_view about;
};

inline constexpr std::array defects = {
    DefectName{Defect::keeps_marks, "keeps_marks", "recovery leaves marked descriptors in the list as they are"},
    DefectName{Defect::marker_first, "marker_first", "recovery writes the dirty marker before it drops the lists"},
    DefectName{Defect::trusts_the_list, "trusts_the_list", "an opening after a power loss trusts the lists, as after a kill"},
    DefectName{Defect::no_marker_flush, "no_marker_flush", "an opening does not make its dirty marker durable"},
    DefectName{Defect::no_header_flush, "no_header_flush", "a flush makes the range durable, and not the header"},
    DefectName{Defect::no_close_flush, "no_close_flush", "a close seals bytes that are not durable"},
    DefectName{Defect::forgets_failure, "forgets_failure", "the process does not remember that a flush has failed"},
    DefectName{Defect::shrinks_first, "shrinks_first", "the file is shorter before the cursor that fits it is durable"},
    DefectName{Defect::named_first, "named_first", "a new file has its name before its bytes are durable"},
    DefectName{Defect::child_frees, "child_frees", "a child of fork frees what it has inherited"},
    DefectName{Defect::parent_seals, "parent_seals", "a parent closes a file that its child has taken over"},
    DefectName{Defect::trusts_copies, "trusts_copies", "an opening trusts sound lists without a note of the death"},
};

// nullopt: no defect is called so. "" is none.
constexpr std::optional<Defect> defect_named(std::string_view name) {
  if (name.empty()) return Defect::none;
  const auto* it = std::ranges::find(defects, name, &DefectName::name);
  return it == defects.end() ? std::nullopt : std::optional(it->defect);
}

}  // namespace rarena::models::crash
