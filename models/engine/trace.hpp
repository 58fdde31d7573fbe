// The trace of a replayed execution, of engines that run one interleaving at a time: one line per access of the algorithm,
// in the order of execution, with the site of the ledger, the decoded value, the order, and the line of the shipped code.
//
// Accesses are recorded without allocating and printed afterwards: an allocation inside an iteration would be a choice of
// Relacy's scheduler, and the iteration another one.
//
// Thread safety: the engine's fibers.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "models/scenario/describe.hpp"

namespace rarena::models {

struct Step {
  enum class Kind : std::uint8_t {
    read,
    stale_read,
    write,
    exchange,
    failed_exchange,
    failed_stale_exchange,
    spurious_failure,
    ghost
  };
  Kind kind;
  unsigned thread;
  const char* what;  // the ledger's name of the site, or of the ghost
  Place place;
  std::uint64_t before, after;  // of a failed exchange: found, wanted; of a ghost: the extent in `before`
  Order order;
  Location where;
};

class Trace {
 public:
  // Before the threads run: the only allocation.
  void prepare() { steps_.reserve(longest); }
  void start() { steps_.clear(); }
  void add(const Step& step) {
    if (steps_.size() < longest) steps_.push_back(step);
  }
  // A run without end is shown by its beginning and its last steps.
  void print(const Geometry& geometry) const {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_.size() > shown && i == shown - shown_last) {
        i = steps_.size() - shown_last;
        fmt::print("  ... {} steps left out ...\n", i - (shown - shown_last));
      }
      print(geometry, steps_[i]);
    }
    std::fflush(stdout);
  }

 private:
  static constexpr std::size_t longest = 2500, shown = 250, shown_last = 30;

  static void print(const Geometry& geometry, const Step& s) {
    const bool ghost = s.kind == Step::Kind::ghost;
    fmt::print("  thread {}  {:<17} {:<24} {:<62} {:<8} {}\n", s.thread, s.what,
               ghost ? describe_extent(decode_extent(s.before)) : describe_place(geometry, s.place), describe(geometry, s),
               ghost ? "" : name(s.order), describe_location(s.where));
  }

  static std::string describe(const Geometry& g, const Step& s) {
    const std::string before = describe_value(g, s.place, s.before), after = describe_value(g, s.place, s.after);
    switch (s.kind) {
      case Step::Kind::read: return "read " + before;
      case Step::Kind::stale_read: return "read " + before + "  (not the newest value)";
      case Step::Kind::write: return "write " + after;
      case Step::Kind::exchange: return "CAS " + before + "  =>  " + after;
      case Step::Kind::failed_exchange: return "CAS fails: found " + before + ", wanted " + after;
      case Step::Kind::failed_stale_exchange: return "CAS fails: found " + before + " (not the newest value), wanted " + after;
      case Step::Kind::spurious_failure: return "CAS fails spuriously at " + before;
      case Step::Kind::ghost: return "";
    }
    return "";
  }

  std::vector<Step> steps_;
};

}  // namespace rarena::models
