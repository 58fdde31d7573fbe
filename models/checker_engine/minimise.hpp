// Minimises a violation of the checker: a program with as few threads, calls and parts of the image as show a violation of the
// same invariant, and of its executions one with the fewest context switches, then the fewest reads of old stores, then the
// fewest steps.
//
// Every candidate runs exhaustively, up to a maximum of executions; one that reaches it undecided is not taken, and counted.
// Of the executions of the least program, those that an interleaving explains come before the others.
//
// Thread safety: one at a time per thread of the system.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "models/clients/program.hpp"
#include "run.hpp"
#include "switches.hpp"

namespace rarena::models::checking {

struct MinimiseOptions {
  std::uint64_t maximum_executions = 300'000;  // of a candidate, and of the least program's executions when one is chosen
  std::string artifact;                        // where the least violation goes; "": nowhere
};

struct Minimised {
  Names names;            // of the artifact
  std::string invariant;  // what is violated, before and after
  clients::ClientProgram from, to;
  StepOrder order;  // of the execution that was chosen
  std::uint64_t candidates = 0, undecided = 0;
  std::uint64_t executions = 0;  // of all candidates and of the choice
  std::uint64_t violating = 0;   // executions to choose from
  bool all_seen = false;         // these were all
  std::string twin;              // the least program without the bug: held, violation or incomplete; "": there is no bug
  double seconds = 0;
  std::string trace;
  std::string artifact;
};
nlohmann::ordered_json to_json(const Minimised& minimised);

// Or a sentence saying why it cannot be done.
std::expected<Minimised, std::string> minimise(const Artifact& artifact, const MinimiseOptions& options);

// Whether an execution of the program violates the invariant, within so many executions. nullopt: undecided.
std::optional<bool> violates(const clients::ClientProgram& program, const Names& names, const std::string& invariant,
                             std::uint64_t maximum_executions, unsigned weak_failures, std::uint64_t& executions);

}  // namespace rarena::models::checking
