// The target reopen over a planted bug: see overlaps_open.hpp.
#include "fuzz/reopen/overlaps_open.hpp"
#include "fuzz/reopen/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rarena::fuzz::judge_input<rarena::fuzz::OpeningWithoutDisjointness>(data, size);
}
