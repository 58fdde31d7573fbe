// Client programs on the checker: one that a job names by its text, and all that are generated for a start and a size.
//
// Every complete execution is judged as those of scenarios are, and its outcome is compared with the specification
// (client_oracle.hpp). Thread safety: one at a time per thread of the system.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "models/clients/generate.hpp"
#include "run.hpp"

namespace rarena::models::checking {

// Calls use(program) with a client program, under the judge and what `examine` says; freelist and mutant by name. "": done.
std::string with_client(const clients::ClientProgram& program, const Names& names, const Examine& examine, const Use& use,
                        const Halting* halting = nullptr, const Crash* crash = nullptr);

// The same with the program that names.scenario is the text of, and the oracle.
std::string with_client_named(const Names& names, const Use& use, const Halting* halting = nullptr,
                              const Crash* crash = nullptr);

struct ClientsOptions {
  std::string start = "list";
  unsigned threads = 2;
  unsigned calls = 2;          // of all threads together
  bool whole_calls = false;    // demand that some order of whole calls explains every outcome, which is not promised
  double maximum_seconds = 0;  // 0: no limit. A program that it cuts short counts as cut
  RunOptions run;              // names.freelist and mutant, weak failures, executions per program, shards, artifact
};

struct ClientsEnding {
  std::uint64_t before_symmetry = 0;  // programs, if the threads' names count
  std::uint64_t programs = 0;         // to be run here
  std::uint64_t done = 0;             // all of whose executions were seen
  std::uint64_t cut = 0;              // that were stopped at the maximum of executions
  std::uint64_t executions = 0, complete = 0, not_interleaved = 0;
  std::uint64_t outcomes = 0;
  std::uint64_t need_steps = 0;            // outcomes that no order of whole calls explains
  std::uint64_t programs_need_steps = 0;   // programs with such outcomes
  std::uint64_t unexplained = 0;           // outcomes of executions without an interleaving that no order of steps explains
  std::uint64_t programs_unexplained = 0;  // programs with such outcomes
  std::uint64_t most_executions = 0;       // of one program
  double seconds = 0;
  std::string program;  // violation: of which; else ""
  std::optional<checker::Violation> violation = {};
  std::string message;  // what is wrong, if no execution shows it
  std::string artifact;

  bool wrong() const { return violation.has_value() || !message.empty(); }
};
nlohmann::ordered_json to_json(const ClientsEnding& ending);

// Or a sentence saying what is wrong with the options. Prints lines of progress.
std::expected<ClientsEnding, std::string> run_clients(const ClientsOptions& options);

}  // namespace rarena::models::checking
