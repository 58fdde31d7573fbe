// The target op_sequence over a known bug: the one that RARENA_BUG names, or missed_fit. See planted.hpp.
#include "fuzz/op_sequence/planted.hpp"
#include "fuzz/op_sequence/target.hpp"

namespace {

const rarena::models::Bug& planted() {
  const char* const chosen = std::getenv("RARENA_BUG");
  const auto bug = rarena::models::bug_named(chosen != nullptr ? chosen : "missed_fit");
  if (bug && (*bug)->is_of_code()) return **bug;
  std::fprintf(stderr, "RARENA_BUG: %s\n", bug ? "expected a bug of code" : bug.error().c_str());
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rarena::models::Bug& bug = planted();
  return rarena::fuzz::judge_input(data, size,
                                   [](const rarena::operations::History& h) { return rarena::fuzz::judge_planted(h, bug); });
}
