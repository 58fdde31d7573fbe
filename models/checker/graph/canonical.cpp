#include "canonical.hpp"

namespace checker {

namespace {

class Key {
 public:
  void put(int number) {
    text_.push_back(static_cast<char>(number));
    text_.push_back(static_cast<char>(number >> 8));
  }
  void name(const Graph& g, Stamp s) {
    put(s < 0 ? s : g[s].thread);
    put(s < 0 ? s : g[s].index);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

constexpr int separator = -9;

}  // namespace

std::string canonical_key(const Graph& g) {
  Key key;
  for (int t = 0; t < g.threads(); ++t) {
    for (const Stamp s : g.thread(t)) {
      const Event& e = g[s];
      key.put(static_cast<int>(e.kind) | (e.spurious ? 256 : 0));
      if (e.kind == Kind::choice) key.put(static_cast<int>(e.value));
      if (e.kind == Kind::read) key.name(g, e.source);
    }
    key.put(separator);
  }
  for (Cell c = 0; c < g.cells(); ++c) {
    for (const Stamp s : g.coherence(c)) key.name(g, s);
    key.put(separator);
  }
  return key.take();
}

}  // namespace checker
