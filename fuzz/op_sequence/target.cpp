// The target op_sequence: see target.hpp.
#include "fuzz/op_sequence/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return rarena::fuzz::judge_input(data, size,
                                   [](const rarena::operations::History& h) { return rarena::operations::judge(h); });
}
