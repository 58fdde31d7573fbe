// For tests: a program of the reference (reference/program.hpp), made of the checker's objects.
//
// Thread safety: as the objects.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/reference/program.hpp"

namespace checker {

class ReferenceProgram {
 public:
  explicit ReferenceProgram(reference::Program program) : program_(std::move(program)) {}

  // They refer to this object.
  std::vector<std::function<void()>> threads() {
    std::vector<std::function<void()>> all;
    for (const auto& thread : program_.threads) all.emplace_back([this, &thread] { run(thread); });
    return all;
  }
  unsigned weak_failures() const { return program_.weak_failures; }

 private:
  static std::memory_order order_of(reference::Order order) {
    switch (order) {
      case reference::Order::relaxed: return std::memory_order_relaxed;
      case reference::Order::acquire: return std::memory_order_acquire;
      case reference::Order::release: return std::memory_order_release;
      case reference::Order::acq_rel: return std::memory_order_acq_rel;
      case reference::Order::seq_cst: return std::memory_order_seq_cst;
    }
    throw std::logic_error("expected an order, found none");
  }

  void run(const std::vector<reference::Instruction>& thread) {
    unsigned reg = 0;
    for (const auto& instruction : thread)
      if (!instruction.guard || *instruction.guard == reg) reg = execute(instruction, reg);
  }

  // Returns what the register is then.
  unsigned execute(const reference::Instruction& i, unsigned reg) {
    using enum reference::Operation;
    auto& cell = cells_[i.location];
    unsigned expected = i.expected.with(reg);
    switch (i.operation) {
      case load: return cell.load(order_of(i.order));
      case store: cell.store(i.value.with(reg), order_of(i.order)); return reg;
      case fetch_add: return cell.fetch_add(i.value.with(reg), order_of(i.order));
      case exchange: return cell.exchange(i.value.with(reg), order_of(i.order));
      case cas_strong:
        cell.compare_exchange_strong(expected, i.value.with(reg), order_of(i.order), order_of(i.failure));
        return expected;
      case cas_weak:
        cell.compare_exchange_weak(expected, i.value.with(reg), order_of(i.order), order_of(i.failure));
        return expected;
      case fence: checker::atomic_thread_fence(order_of(i.order)); return reg;
      case lock: mutexes_[i.location].lock(); return 0;
      case unlock: mutexes_[i.location].unlock(); return reg;
      case plain_read: return plain_.get();
      case plain_write: plain_.set(i.value.with(reg)); return reg;
    }
    throw std::logic_error("expected an operation, found none");
  }

  const reference::Program program_;
  std::array<atomic<unsigned>, reference::atomic_locations> cells_;
  std::array<mutex, reference::atomic_locations> mutexes_;
  var<unsigned> plain_;
};

}  // namespace checker
