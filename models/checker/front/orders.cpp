#include "orders.hpp"

#include <stdexcept>
#include <string>

namespace checker {

namespace {

const char* name(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return "relaxed";
    case std::memory_order_consume: return "consume";
    case std::memory_order_acquire: return "acquire";
    case std::memory_order_release: return "release";
    case std::memory_order_acq_rel: return "acq_rel";
    case std::memory_order_seq_cst: return "seq_cst";
  }
  return "unknown";
}

}  // namespace

void forbidden_order(const char* operation, std::memory_order order, const char* expected, Location where) {
  const std::string message = std::string("the order of ") + operation + ": expected " + expected + ", found " + name(order);
  if (Execution* e = Execution::current()) e->misuse(message, where);
  throw std::invalid_argument(message + " (" + where.file_name() + ":" + std::to_string(where.line()) + ")");
}

}  // namespace checker
