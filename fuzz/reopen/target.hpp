// The target reopen, with any opening: judges one input, and ends the program with a readable report if something is wrong.
//
// Thread safety: one thread. Invariants: those of reopen_oracle.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "fuzz/reopen/describe.hpp"
#include "fuzz/reopen/input.hpp"
#include "fuzz/reopen/reopen_oracle.hpp"
#include "fuzz/replaying.hpp"

namespace rarena::fuzz {

template <class Opening>
int judge_input(const std::uint8_t* data, std::size_t size) {
  if (size < input_head || size > input_head + image_limit) return -1;  // keeps it out of the corpus
  static ImageFile file;
  Input input = decode_input(std::as_bytes(std::span(data, size)));
  apply_seal(input.image, input.options.reserved, input.seal, file.identity());
  ReopenOracle<Opening> oracle(file, input.image, input.options);
  const Report report = oracle.judge(input.seed, Effort{.ways = replaying ? Ways::all : Ways::by_seed});
  if (!report.wrong) return 0;
  std::fprintf(stderr, "FOUND: %s\n%s", report.wrong->c_str(), describe(input).c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace rarena::fuzz
