#include "engine.hpp"

#include <iostream>

namespace rarena::models {

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::held: return "held";
    case Verdict::violation: return "violation";
    case Verdict::incomplete: return "incomplete";
  }
  return "";
}

std::expected<Ending, std::string> Engine::simplest(const Job& job, const Bounds& bounds, const std::string&) {
  return run(job, bounds);
}

nlohmann::ordered_json to_json(const Ending& e, const std::string& finding) {
  nlohmann::ordered_json json = {{"verdict", name(e.verdict)},
                                 {"iterations", e.iterations},
                                 {"seconds", e.seconds},
                                 {"kind", e.violation ? e.violation->kind : ""},
                                 {"invariant", e.violation ? e.violation->invariant : ""},
                                 {"message", e.violation ? e.violation->message : e.message},
                                 {"suspects", e.suspects},
                                 {"finding", finding}};
  json.update(e.more);
  return json;
}

void print_refusal(std::string_view engine, const std::string& why) {
  const nlohmann::ordered_json result = {
      {"verdict", "error"}, {"iterations", 0}, {"seconds", 0.0}, {"message", why}, {"finding", ""}};
  std::cout << nlohmann::ordered_json{{"result", result}} << std::endl;
  std::cerr << engine << "_engine: " << why << std::endl;
}

}  // namespace rarena::models
