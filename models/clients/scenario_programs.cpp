#include "scenario_programs.hpp"

#include "models/scenarios/all.hpp"

namespace rarena::models::clients {

namespace {

// In place of models/scenario/client.hpp. A segment is its number among those that the thread comes to own.
class Recorder {
 public:
  struct Token {
    unsigned number;
  };

  explicit Recorder(unsigned owned) : owned_(owned) {}

  Token own(unsigned k = 0) const { return {k}; }
  std::optional<Token> alloc(Size size, Size alignment = 1) {
    calls_.push_back(
        {.kind = Call::Kind::allocate, .size = size / granule, .alignment = alignment < granule ? 1 : alignment / granule});
    return Token{owned_++};
  }
  void free(Token segment) { calls_.push_back({.kind = Call::Kind::free, .own = segment.number}); }
  void give_up(Token segment) { calls_.push_back({.kind = Call::Kind::give_up, .own = segment.number}); }
  void alloc_and_free(Size size, Size alignment = 1) { free(*alloc(size, alignment)); }
  void walk() { calls_.push_back({.kind = Call::Kind::walk}); }
  void discard_freelist() { calls_.push_back({.kind = Call::Kind::discard}); }
  void flush() { calls_.push_back({.kind = Call::Kind::flush}); }
  void flush_header_and(Token segment) { calls_.push_back({.kind = Call::Kind::flush_own, .own = segment.number}); }

  const Thread& calls() const { return calls_; }

 private:
  unsigned owned_;
  Thread calls_;
};

template <Scenario S>
ClientProgram program_of(Freelist kind) {
  const Image image = S::image(kind);
  ClientProgram program{.parts = {image.parts().begin(), image.parts().end()}, .room = image.bytes_above(), .threads = {}};
  for (unsigned i = 0; i < S::info.threads; ++i) {
    Recorder recorder(program.owned(i));
    S::thread(recorder, i);
    program.threads.push_back(recorder.calls());
  }
  return program;
}

template <Scenario... S>
void look_for(ScenarioList<S...>, std::string_view name, Freelist kind, std::optional<ClientProgram>& found) {
  ((S::info.name == name ? void(found = program_of<S>(kind)) : void()), ...);
}

}  // namespace

std::optional<ClientProgram> program_of_scenario(std::string_view name, Freelist kind) {
  std::optional<ClientProgram> found;
  each_scenario_list([&](auto list) { look_for(list, name, kind, found); });
  return found;
}

}  // namespace rarena::models::clients
