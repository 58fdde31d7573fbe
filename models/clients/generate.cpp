#include "generate.hpp"

#include <algorithm>

namespace rarena::models::clients {

namespace {

ClientProgram empty_program(const Start& start, unsigned threads) {
  ClientProgram program;
  program.threads.resize(threads);
  if (start.name == "room") program.room = 3 * granule;
  if (start.name == "index") program.index = {.first = 4, .roots = 3};
  if (start.name == "list" || start.merges)
    program.parts = {{Part::Kind::descriptors, 0, 2},
                     {Part::Kind::free, 0, 2 * granule},
                     {Part::Kind::free, 0, 3 * granule},
                     {Part::Kind::pinned, 0, granule}};
  if (start.name != "owned") return program;
  for (unsigned t = 0; t < threads; ++t) program.parts.push_back({Part::Kind::owned, t, 2 * granule});
  program.parts.push_back({Part::Kind::pinned, 0, granule});
  program.room = 2 * granule;
  return program;
}

// All sequences of so many calls of one thread.
class Sequences {
 public:
  Sequences(const Start& start, Freelist kind, unsigned owned) : start_(start), kind_(kind), live_(owned, true) {}

  std::vector<Calls> run(unsigned calls) {
    extend(calls);
    return std::move(all_);
  }

 private:
  void extend(unsigned left) {
    if (left == 0) return all_.push_back(thread_);
    for (const Size size : {Size{1}, start_.large}) {
      live_.push_back(true);
      with({.kind = Call::Kind::allocate, .size = size}, left);
      live_.pop_back();
    }
    for (unsigned own = 0; own < live_.size(); ++own) {
      if (!live_[own]) continue;
      live_[own] = false;
      with({.kind = Call::Kind::free, .own = own}, left);
      live_[own] = true;
    }
    if (kind_ != Freelist::none) with({.kind = start_.merges ? Call::Kind::merge : Call::Kind::discard}, left);
  }
  void with(const Call& call, unsigned left) {
    thread_.push_back(call);
    extend(left - 1);
    thread_.pop_back();
  }

  const Start& start_;
  Freelist kind_;
  std::vector<bool> live_;
  Calls thread_;
  std::vector<Calls> all_;
};

// Every way to give each thread of `program` from `thread` on one of the sequences, so that `left` calls are used up.
class Programs {
 public:
  Programs(ClientProgram program, std::vector<std::vector<Calls>> by_length)
      : program_(std::move(program)), by_length_(std::move(by_length)) {}

  Generated run(unsigned calls) {
    extend(0, calls);
    return std::move(generated_);
  }

 private:
  void extend(std::size_t thread, unsigned left) {
    const auto threads = program_.threads.size();
    if (thread == threads) return keep();
    const auto others = static_cast<unsigned>(threads - thread - 1);
    for (unsigned length = others == 0 ? left : 1; length + others <= left && length < by_length_.size(); ++length)
      for (const Calls& sequence : by_length_[length]) {
        program_.threads[thread] = sequence;
        extend(thread + 1, left - length);
      }
  }
  void keep() {
    ++generated_.before_symmetry;
    if (std::ranges::is_sorted(program_.threads)) generated_.programs.push_back(program_);
  }

  ClientProgram program_;
  std::vector<std::vector<Calls>> by_length_;
  Generated generated_;
};

}  // namespace

const Start* start_named(std::string_view name) {
  const auto* it = std::ranges::find(starts, name, &Start::name);
  return it == starts.end() ? nullptr : it;
}

Generated generate(const Start& start, Freelist kind, unsigned threads, unsigned calls) {
  const ClientProgram program = empty_program(start, threads);
  std::vector<std::vector<Calls>> by_length(1);
  for (unsigned length = 1; length <= calls; ++length)
    by_length.push_back(Sequences(start, kind, program.owned(0)).run(length));
  return Programs(program, std::move(by_length)).run(calls);
}

}  // namespace rarena::models::clients
