// Program: what is checked. Atomic objects and plain ones by index, the threads, and what must hold when they have ended.
//
// An object is its index, never an address, so that an execution is a function of its choices. Thread safety: none; a program
// is set up and checked by one thread of the system.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "graph.hpp"

namespace checker {

struct Object {
  std::uint64_t initial = 0;
  std::string name;
  bool written = true;                           // false: to read the initial value is a violation
  std::string (*show)(std::uint64_t) = nullptr;  // its values in traces
};

// What a judge says of a complete execution.
struct Judgement {
  explicit(false) Judgement(std::string what = {}, bool has_interleaving = true)
      : wrong(std::move(what)), interleaved(has_interleaving) {}
  explicit(false) Judgement(const char* what) : Judgement(std::string(what)) {}
  std::string wrong;  // empty: nothing
  bool interleaved;   // some interleaving explains it; counted, no more
};

struct Program {
  std::vector<Object> cells;  // atomic objects
  std::vector<Object> data;   // plain objects
  std::vector<std::function<void()>> threads;
  std::function<void()> finally;                 // runs alone when all threads have ended
  std::function<Judgement(const Graph&)> judge;  // of every complete execution

  // For traces: names of Request::label (0 is none), and how a value of a cell is shown. Empty: decimal, large values
  // hexadecimal.
  std::vector<std::string> labels;
  std::function<std::string(Cell, std::uint64_t)> show_value, show_datum;

  Object& cell(Cell c) { return cells[static_cast<std::size_t>(c)]; }
  const Object& cell(Cell c) const { return cells[static_cast<std::size_t>(c)]; }
  const Object& datum(Cell c) const { return data[static_cast<std::size_t>(c)]; }
};

}  // namespace checker
