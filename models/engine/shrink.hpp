// Shrinks a finding of any engine and any of its analyses: to a program with as few threads, calls and parts of the image as
// show a violation of the same invariant, and, where the engine can choose, to the simplest of its executions.
//
// Every candidate runs as the finding's own run did, up to a maximum of executions. One that ends undecided is not taken, and
// counted; one that a bounded engine does not find is not taken either, so the result is least as far as the engine sees.
// What a scenario demands besides the invariants may be nonsense of a part of it; then a candidate counts only if its control
// holds.
//
// Thread safety: one at a time.
#pragma once

#include <expected>
#include <string>

#include "engine.hpp"

namespace rarena::models {

struct Shrunk {
  ClientProgram from, to;
  Finding finding;  // of the least program
  std::uint64_t candidates = 0, undecided = 0;
  std::uint64_t executions = 0;  // of all candidates
  std::string control;           // verdict of the least program without the bug; "": there is no bug
  double seconds = 0;
  Ending ending;  // of the run that chose the finding
};
nlohmann::ordered_json to_json(const Shrunk& shrunk);

// `maximum`: executions of a candidate; 0: no limit. Or a sentence saying why it cannot be done.
std::expected<Shrunk, std::string> shrink(Engine& engine, const Finding& finding, std::uint64_t maximum);

// What a run has found, as a finding.
Finding finding_of(const Engine& engine, const Job& job, const Bounds& bounds, const Ending& ending);

}  // namespace rarena::models
