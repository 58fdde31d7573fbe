// The target reopen: see target.hpp and input.hpp.
#include "fuzz/reopen/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rarena::fuzz::judge_input<rarena::fuzz::ShippedOpening>(data, size);
}
