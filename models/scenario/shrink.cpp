#include "shrink.hpp"

#include <algorithm>
#include <utility>

namespace rarena::models {

namespace {

// Takes a segment out of those that a thread comes to own: its frees go, and higher numbers count down.
void forget(Calls& calls, unsigned own) {
  std::erase_if(calls, [&](const Call& c) { return c.names_own() && c.own == own; });
  for (Call& c : calls)
    if (c.names_own() && c.own > own) --c.own;
}

ClientProgram without_part(const ClientProgram& program, std::size_t part) {
  ClientProgram smaller = program;
  const Part& gone = program.parts[part];
  if (gone.kind == Part::Kind::owned) {
    const auto before = std::count_if(program.parts.begin(), program.parts.begin() + static_cast<std::ptrdiff_t>(part),
                                      [&](const Part& p) { return p.kind == Part::Kind::owned && p.thread == gone.thread; });
    forget(smaller.threads[gone.thread], static_cast<unsigned>(before));
  }
  smaller.parts.erase(smaller.parts.begin() + static_cast<std::ptrdiff_t>(part));
  return smaller;
}

class Shrinker {
 public:
  Shrinker(ClientProgram program, const std::function<bool(const ClientProgram&)>& shows)
      : best_(std::move(program)), shows_(shows) {}

  ClientProgram run() {
    while (drop_a_thread() || drop_a_call() || drop_a_part() || lower_a_number()) {
    }
    return best_;
  }

 private:
  bool accept(ClientProgram candidate) {
    if (candidate == best_ || !wrong_with(candidate).empty() || !shows_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }
  template <class Change>
  bool change(Change change) {
    ClientProgram candidate = best_;
    change(candidate);
    return accept(std::move(candidate));
  }

  bool drop_a_thread() {
    for (auto t = static_cast<unsigned>(best_.threads.size()); best_.threads.size() > 1 && t-- > 0;)
      if (accept(without_thread(best_, t))) return true;
    return false;
  }
  bool drop_a_call() {
    for (unsigned t = 0; t < best_.threads.size(); ++t)
      for (std::size_t c = best_.threads[t].size(); c-- > 0;)
        if (accept(without_call(best_, t, c))) return true;
    return false;
  }
  bool drop_a_part() {
    for (std::size_t i = best_.parts.size(); i-- > 0;)
      if (accept(without_part(best_, i))) return true;
    return best_.room != 0 && change([](ClientProgram& p) { p.room = 0; });
  }
  // The least first: what lies between is tried in steps of one.
  template <class Number>
  bool lower(Number least, Number step, const std::function<Number&(ClientProgram&)>& number) {
    const Number now = number(best_);
    if (now <= least) return false;
    return change([&](ClientProgram& p) { number(p) = least; }) || change([&](ClientProgram& p) { number(p) = now - step; });
  }
  bool lower_a_number() {
    for (std::size_t i = 0; i < best_.parts.size(); ++i) {
      const Size unit = best_.parts[i].kind == Part::Kind::descriptors ? 1 : granule;
      if (lower<Size>(unit, unit, [i](ClientProgram& p) -> Size& { return p.parts[i].size; })) return true;
    }
    for (std::size_t t = 0; t < best_.threads.size(); ++t)
      for (std::size_t c = 0; c < best_.threads[t].size(); ++c)
        if (best_.threads[t][c].allocates() && lower_call(t, c)) return true;
    return lower<Size>(granule, granule, [](ClientProgram& p) -> Size& { return p.room; });
  }
  bool lower_call(std::size_t t, std::size_t c) {
    const auto call = [t, c](ClientProgram& p) -> Call& { return p.threads[t][c]; };
    return lower<Size>(1, 1, [&](ClientProgram& p) -> Size& { return call(p).size; }) ||
           (call(best_).alignment > 1 && change([&](ClientProgram& p) { call(p).alignment /= 2; }));
  }

  ClientProgram best_;
  const std::function<bool(const ClientProgram&)>& shows_;
};

}  // namespace

ClientProgram without_thread(const ClientProgram& program, unsigned thread) {
  ClientProgram smaller = program;
  smaller.threads.erase(smaller.threads.begin() + thread);
  for (Part& part : smaller.parts) {
    if (part.kind != Part::Kind::owned) continue;
    if (part.thread == thread) part = {Part::Kind::pinned, 0, part.size};
    if (part.thread > thread) --part.thread;
  }
  return smaller;
}

ClientProgram without_call(const ClientProgram& program, unsigned thread, std::size_t call) {
  ClientProgram smaller = program;
  Calls& calls = smaller.threads[thread];
  const auto at = calls.begin() + static_cast<std::ptrdiff_t>(call);
  const auto own = program.owned(thread) +
                   static_cast<unsigned>(std::count_if(calls.begin(), at, [](const Call& c) { return c.allocates(); }));
  const bool allocates = at->allocates();
  calls.erase(at);
  if (allocates) forget(calls, own);
  return smaller;
}

ClientProgram shrink(ClientProgram program, const std::function<bool(const ClientProgram&)>& shows) {
  return Shrinker(std::move(program), shows).run();
}

}  // namespace rarena::models
