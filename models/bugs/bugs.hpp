// The known bugs, read from bugs.json, which is compiled into the program: one row per bug, with what plants it, the scenario
// that shows it, and who must find it within what. Every red check of the project is a row there; the same run without the
// bug is its control, and must hold.
//
// A row has `name`, `kind`, `about`; `scenario` and `freelist`, where it has a scenario; `plant`; and `found_by`: per engine,
// analysis or harness, what it may spend and as the violation of which invariant it finds the bug. The kinds, and their
// plants:
//
//     code       a lie of a store (`lie`: lying_store.hpp), weaker orders (`orders`), or another part (`part`: variant.hpp);
//                `watch`: whether the invariants of the list are watched at every write, or only what follows counts
//     recovery   a lie of the disk under recovery, flushing or closing (models/crash/defect.hpp)
//     process    public parts of core put together in the wrong order, for processes that are killed (stress/kill_reopen)
//     file       an opening that believes too much (fuzz/reopen)
//
// Thread safety: constants. Errors: a file that is wrong throws std::invalid_argument.
#pragma once

#include <expected>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/words/orders.hpp"
#include "lying_store.hpp"
#include "models/scenario/image.hpp"

namespace rarena::models {

// A site's success order, other than the ledger's.
struct OtherOrder {
  Site site;
  Order order;
};

// Which part of the allocator is another one than the shipped: variant.hpp.
enum class OtherPart : std::uint8_t {
  none,
  wrapping_arithmetic,
  crate_list,
  no_boundaries,
  hoarding_merge,
  twice_given_chunk,
  kept_chunk,
  hoarding_chunk
};

struct Bug {
  std::string name = {}, kind = {}, about = {}, scenario = {};
  Freelist freelist = Freelist::none;
  Lie lie = Lie::none;
  OtherPart part = OtherPart::none;
  std::vector<OtherOrder> orders = {};
  bool watch = false;
  nlohmann::ordered_json found_by = nlohmann::ordered_json::object();
  nlohmann::ordered_json not_found_by = nlohmann::ordered_json::object();  // why not, where that is known

  // Whether the freelist is the format that the monitor knows.
  bool known_format() const { return part != OtherPart::crate_list; }
  bool is_of_code() const { return kind == "code"; }
  // Whether nothing of what engines check of every scenario is wrong with it.
  bool needs_a_crash() const { return found_by.size() == 1 && found_by.contains("crash"); }
};

std::span<const Bug> bugs();

// A bug of the file, or a row of the ledger made one step weaker, "weaken:SITE=ORDER". Or a sentence saying what there is.
std::expected<const Bug*, std::string> bug_named(std::string_view name);

// Every row of the ledger and every order that is one step weaker, as a bug of any scenario. The kill matrix runs them all;
// each must be found by some scenario, or `not_killed` of the file says why none can find it.
inline constexpr std::string_view weakened_prefix = "weaken:";
std::span<const Bug> weakened_rows();
// Empty: some scenario must find it.
std::string why_not_killed(Site site);

// The orders of the ledger, but for those of the bug. nullptr: the shipped code.
OrderTable orders_with(const Bug* bug);

}  // namespace rarena::models
