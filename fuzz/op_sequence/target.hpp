// The target op_sequence, over any opening: runs a history on the arena and on the reference, and compares after every
// operation. A difference is made small, written as text, and ends the program.
//
// Thread safety: one thread. Invariants: those of models/operations/subject.hpp.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <string>

#include "fuzz/op_sequence/input.hpp"
#include "models/operations/judge.hpp"
#include "models/operations/minimise.hpp"

namespace rarena::fuzz {

// Writes what was found to the folder RARENA_ARTIFACTS, if there is one, and says how to see it again.
inline void keep(const std::string& artifact) {
  const char* const folder = std::getenv("RARENA_ARTIFACTS");
  if (folder == nullptr) return;
  std::filesystem::create_directories(folder);
  const std::string path = std::string(folder) + "/op_sequence-" + std::to_string(std::hash<std::string>()(artifact)) + ".ops";
  std::ofstream(path) << artifact;
  std::fprintf(stderr, "artifact: %s\nagain: scripts/repro %s\n", path.c_str(), path.c_str());
}

template <class Judge>
int judge_input(const std::uint8_t* data, std::size_t size, Judge judge) {
  const std::span bytes(data, size);
  const auto history = history_of(bytes);
  if (!history || history->operations.size() > history_limit / operations::operation_bytes) return -1;  // not for the corpus
  if (!judge(*history)) return 0;
  const auto small = operations::minimise(*history, [&](const operations::History& h) { return judge(h).has_value(); });
  const auto finding = judge(small);
  const std::string artifact = operations::artifact(small, *finding);
  std::fprintf(stderr, "FOUND: %s\n%s", finding->message.c_str(), artifact.c_str());
  keep(artifact);
  std::fflush(stderr);
  std::abort();
}

}  // namespace rarena::fuzz
