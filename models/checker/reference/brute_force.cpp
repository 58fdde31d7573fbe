// Counts the executions of a program by brute force: brute_force 'TEXT', or brute_force --seed N --shape S.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <exception>
#include <string>

#include "models/checker/reference/enumerate.hpp"
#include "models/checker/reference/random_program.hpp"

namespace {

using namespace checker::reference;

void print(const Program& program, const Limits& limits) {
  const Enumeration result = enumerate(program, limits);
  fmt::print("{}\n", to_text(program));
  if (result.racy)
    fmt::print("racy\n");
  else
    fmt::print("{} executions, no race\n", result.executions);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Counts the consistent executions of a small program (its language: program.hpp) by brute force");
  std::string text;
  std::string shape;
  std::uint64_t seed = 0;
  std::uint64_t count = 1;
  Limits limits;
  auto* text_option = app.add_option("program", text, "The program, for instance 'W x 1 rel; R y acq | W y 1 rel; R x acq'");
  auto* seed_option = app.add_option("--seed", seed, "The seed of a random program")->excludes(text_option);
  auto* shape_option = app.add_option("--shape", shape, "Its shape: general, message_passing, sequential, weak or races");
  app.add_option("--count", count, "How many programs, of this seed and those that follow")->needs(seed_option);
  app.add_option("--graphs", limits.graphs, "The most (partial) executions to look at")->capture_default_str();
  seed_option->needs(shape_option);
  shape_option->needs(seed_option);
  CLI11_PARSE(app, argc, argv);
  try {
    if (seed_option->count() == 0) {
      print(parse(text), limits);
      return 0;
    }
    for (std::uint64_t i = 0; i < count; ++i) print(random_program(seed + i, shape_of(shape)), limits);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "brute_force: {}\n", error.what());
    return 2;
  }
}
