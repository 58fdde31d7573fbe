// The objects of the program that is being set up on this thread of the system: what atomic.hpp registers and check.hpp runs.
//
// Thread safety: one program per thread of the system.
#pragma once

#include <cstring>
#include <type_traits>

#include "models/checker/explore/execution.hpp"

namespace checker {

template <class T>
concept Checkable = std::is_trivially_copyable_v<T> && sizeof(T) <= 8;

template <Checkable T>
std::uint64_t to_bits(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}
template <Checkable T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Objects by index. An index is free again when its object is destroyed.
class Objects {
 public:
  enum class Sort : bool { atomic, plain };

  static Objects& of_this_thread() {
    static thread_local Objects objects;
    return objects;
  }

  Cell add(Sort sort, std::uint64_t initial, const char* name);
  void remove(Sort sort, Cell cell);
  // An access outside a check, which acts on the initial value.
  Execution::Read access(Cell cell, const Request& request);
  std::uint64_t& initial(Sort sort, Cell cell) { return list(sort)[static_cast<std::size_t>(cell)].initial; }
  Program& program() { return program_; }

 private:
  std::vector<Object>& list(Sort sort) { return sort == Sort::atomic ? program_.cells : program_.data; }
  std::vector<Cell>& unused(Sort sort) { return sort == Sort::atomic ? unused_cells_ : unused_data_; }

  Program program_;
  std::vector<Cell> unused_cells_, unused_data_;
};

}  // namespace checker
