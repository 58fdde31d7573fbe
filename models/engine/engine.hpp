// Engine: the contract of a model-checking engine: run a job, and replay what it found. All else of an engine program is the
// same for all: the list of what there is, names, findings, shrinking (main.cpp, shrink.hpp).
//
// An engine knows scenarios, bugs and the store that it supplies, and no names on disk or command lines. A new engine is a
// folder with a store (memory.hpp helps those that run one interleaving at a time), a class of this contract, and
// make_engine().
//
// Thread safety: one job at a time per process. Errors: sentences that say what was expected and found.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "finding.hpp"
#include "job.hpp"

namespace CLI {
class App;
}

namespace rarena::models {

enum class Verdict : std::uint8_t { held, violation, incomplete };
std::string_view name(Verdict verdict);

// How a run has ended. What it held for is what the bounds say, and no more.
struct Ending {
  Verdict verdict = Verdict::held;
  std::uint64_t iterations = 0;  // executions, or what the engine counts
  double seconds = 0;
  std::optional<Violation> violation = {};
  std::string message = {};                                               // if there is something else to say
  nlohmann::ordered_json more = nlohmann::ordered_json::object();         // what only this engine counts
  nlohmann::ordered_json at = nlohmann::ordered_json::object();           // where, in the terms of the analysis
  nlohmann::ordered_json attachments = nlohmann::ordered_json::object();  // what replays the violation
  std::vector<std::string> suspects = {};
};

struct Replayed {
  bool reproduced = false;
  std::string what;  // the violation, or what was expected and found instead
};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  virtual std::string_view name() const = 0;
  // What a run shows, in one line.
  virtual std::string_view about() const = 0;
  // The default first.
  virtual std::vector<std::string> schedulers() const = 0;
  virtual std::vector<std::string> analyses() const { return {AnalysisSpec{}.name}; }
  // Whether bounds 1, 2, ..., N are run each, or the last alone covers them.
  virtual std::string_view bounds() const { return "each"; }

  // Prints lines of progress. Or what is wrong with the job or the bounds.
  virtual std::expected<Ending, std::string> run(const Job& job, const Bounds& bounds) = 0;
  // Prints the execution of a finding step by step, on the present code. `raw`: with all that the engine itself can tell.
  virtual std::expected<Replayed, std::string> replay(const Job& job, const Finding& finding, bool raw) = 0;
  // Of the executions of a job that violate an invariant the simplest, if the engine can choose; else the first it finds.
  virtual std::expected<Ending, std::string> simplest(const Job& job, const Bounds& bounds, const std::string& invariant);

  // Completes the bounds of a command line from the environment. Empty: done; or what is wrong with them.
  virtual std::string prepare(Bounds&) { return ""; }
  // What only this engine has: options of `run`, and commands of its own, which hand over their exit status.
  virtual void add_options(CLI::App&, AnalysisSpec&, Bounds&) {}
  virtual void add_commands(CLI::App&, std::function<void(int)>) {}
};

// The engine of this program.
std::unique_ptr<Engine> make_engine();

// The JSON of a result line, {"result": ...}. `finding`: the file, or empty.
nlohmann::ordered_json to_json(const Ending& ending, const std::string& finding);

// Says why an engine could not run: a result line for scripts/lab, a sentence on standard error for people.
void print_refusal(std::string_view engine, const std::string& why);

}  // namespace rarena::models
