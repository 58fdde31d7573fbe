// The target op_sequence over a planted bug: the one that RARENA_MUTANT names, or missed_fit. See planted.hpp.
#include <algorithm>

#include "fuzz/op_sequence/planted.hpp"
#include "fuzz/op_sequence/target.hpp"

namespace {

const rarena::models::Mutant& planted() {
  const char* const chosen = std::getenv("RARENA_MUTANT");
  const std::string_view name = chosen != nullptr ? chosen : "missed_fit";
  const auto* const mutant = std::ranges::find(rarena::models::corpus, name, &rarena::models::Mutant::name);
  if (mutant != rarena::models::corpus.end()) return *mutant;
  std::fprintf(stderr, "RARENA_MUTANT: expected a bug of models/corpus, found %s\n", chosen);
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rarena::models::Mutant& mutant = planted();
  return rarena::fuzz::judge_input(data, size,
                                   [](const rarena::operations::History& h) { return rarena::fuzz::judge_planted(h, mutant); });
}
