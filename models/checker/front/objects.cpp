#include "objects.hpp"

#include <stdexcept>

#include "models/checker/rc11/consistency.hpp"

namespace checker {

Cell Objects::add(Sort sort, std::uint64_t initial, const char* name) {
  if (Execution::current()) throw std::logic_error("checker objects must be constructed before the check, not by its threads");
  auto& objects = list(sort);
  Cell cell = static_cast<Cell>(objects.size());
  if (unused(sort).empty()) {
    objects.emplace_back();
  } else {
    cell = unused(sort).back();
    unused(sort).pop_back();
  }
  const char* prefix = sort == Sort::atomic ? "atomic " : "var ";
  objects[static_cast<std::size_t>(cell)] = {.initial = initial, .name = name ? name : prefix + std::to_string(cell)};
  return cell;
}

void Objects::remove(Sort sort, Cell cell) {
  unused(sort).push_back(cell);
  if (unused(sort).size() < list(sort).size()) return;
  list(sort).clear();
  unused(sort).clear();
}

Execution::Read Objects::access(Cell cell, const Request& request) {
  std::uint64_t& value = initial(Sort::atomic, cell);
  const std::uint64_t before = value;
  return {before, apply(request, value)};
}

}  // namespace checker
