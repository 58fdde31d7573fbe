// Job: what an engine is asked to run: a scenario, a kind of freelist, the shipped code or a known bug, an analysis, and how
// far.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>

#include "models/bugs/bugs.hpp"
#include "models/scenario/scenario.hpp"

namespace rarena::models {

// As command lines and findings have them. `scenario` may be the text of a program; `bug` is empty for the shipped code.
struct Names {
  std::string scenario, freelist, bug;
};

// What else may befall an execution, and what is judged of it: `executions` is nothing, and the invariants. The other
// analyses are an engine's own, with options of their own.
struct AnalysisSpec {
  std::string name = "executions";
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
};

struct Job {
  Scenario scenario;
  Freelist freelist = Freelist::none;
  const Bug* bug = nullptr;  // nullptr: the shipped code
  AnalysisSpec analysis = {};

  Names names() const;
  Image image() const { return scenario.program.image(freelist); }
};

// Or a sentence saying what is unknown, or does not go together.
std::expected<Job, std::string> job_of(const Names& names, AnalysisSpec analysis = {});

// How far a run goes. Not every engine has every bound.
struct Bounds {
  std::string scheduler = {};         // empty: the first of the engine's
  unsigned bound = 1;                 // of the scheduler `bound`
  std::uint64_t first = 1;            // random: number of the first execution, which is its seed, or is drawn with `seed`
  std::uint64_t iterations = 10'000;  // random: how many
  std::uint64_t seed = 1;
  unsigned weak_failures = 1;  // how often a weak compare-exchange may fail spuriously, per execution
  std::uint64_t maximum = 0;   // executions; 0: no limit
  unsigned shards = 1, shard = 0;
  std::string invariant = {};  // only violations of this one count; empty: all
};
nlohmann::ordered_json to_json(const Bounds& bounds);  // what decides a run: neither shards nor a filter
Bounds bounds_of(const nlohmann::ordered_json& json);

// "scenario recycle, freelist optimistic, bug crate_protocol, analysis halting"
std::string describe(const Job& job);

}  // namespace rarena::models
