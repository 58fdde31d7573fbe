// The objects of programs under test: what atomic.hpp registers and check.hpp runs.
//
// There is one list of them in a process, because a test may make its objects on one thread of the system and check them on
// another. A check works on a copy of it.
//
// Thread safety: the list is locked. An object may be used by one thread of the system at a time, as any plain object.
#pragma once

#include <cstring>
#include <mutex>
#include <type_traits>

#include "models/checker/explore/execution.hpp"
#include "values.hpp"

namespace checker {

// Objects by index. An index is free again when its object is destroyed.
class Objects {
 public:
  enum class Sort : bool { atomic, plain };
  using Show = std::string(std::uint64_t);

  static Objects& of_this_process();

  // Throws std::length_error where there are too many.
  Cell add(Sort sort, std::uint64_t value, const char* name, Show* show, Location where);
  void remove(Sort sort, Cell cell);
  void rename(Sort sort, Cell cell, std::string name);
  // Outside a check an access acts on the initial value.
  Execution::Read access(Cell cell, const Request& request);
  std::uint64_t get(Sort sort, Cell cell);
  std::uint64_t set(Sort sort, Cell cell, std::uint64_t value);  // returns the old one

  // What a check starts from.
  Program copy();
  // For tests of the checker, which run it by hand.
  Program& program() { return program_; }

 private:
  std::vector<Object>& list(Sort sort) { return sort == Sort::atomic ? program_.cells : program_.data; }
  std::vector<Cell>& unused(Sort sort) { return sort == Sort::atomic ? unused_cells_ : unused_data_; }

  std::mutex mutex_;
  Program program_;
  std::vector<Cell> unused_cells_, unused_data_;
};

}  // namespace checker
