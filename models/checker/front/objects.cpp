#include "objects.hpp"

#include <limits>
#include <stdexcept>
#include <utility>

#include "models/checker/rc11/consistency.hpp"

namespace checker {

namespace {

constexpr std::size_t most_objects = std::numeric_limits<Cell>::max();

}  // namespace

Objects& Objects::of_this_process() {
  static Objects& objects = *new Objects;  // objects with static storage may outlive any other
  return objects;
}

Cell Objects::add(Sort sort, std::uint64_t value, const char* name, Show* show, Location where) {
  if (Execution* e = Execution::current())
    e->misuse("checker objects must be constructed before the check, not by its threads", where);
  const std::lock_guard lock(mutex_);
  auto& objects = list(sort);
  auto cell = static_cast<Cell>(objects.size());
  if (!unused(sort).empty()) {
    cell = unused(sort).back();
    unused(sort).pop_back();
  } else if (objects.size() == most_objects) {
    throw std::length_error("expected at most " + std::to_string(most_objects) +
                            " checker objects of a sort at a time, found one more: only those that threads use need be ones");
  } else {
    objects.emplace_back();
  }
  const char* prefix = sort == Sort::atomic ? "atomic " : "var ";
  objects[static_cast<std::size_t>(cell)] = {
      .initial = value, .name = name ? name : prefix + std::to_string(cell), .show = show};
  return cell;
}

// A destructor has no place in the source of its own. The object is gone whatever it was that destroyed it.
void Objects::remove(Sort sort, Cell cell) {
  {
    const std::lock_guard lock(mutex_);
    unused(sort).push_back(cell);
    if (unused(sort).size() == list(sort).size()) {
      list(sort).clear();
      unused(sort).clear();
    }
  }
  if (Execution* e = Execution::current())
    e->misuse("checker objects must live as long as the check; one is destroyed by its threads", {});
}

void Objects::rename(Sort sort, Cell cell, std::string name) {
  const std::lock_guard lock(mutex_);
  list(sort)[static_cast<std::size_t>(cell)].name = std::move(name);
}

Execution::Read Objects::access(Cell cell, const Request& request) {
  const std::lock_guard lock(mutex_);
  std::uint64_t& value = program_.cell(cell).initial;
  const std::uint64_t before = value;
  return {before, apply(request, value)};
}

std::uint64_t Objects::get(Sort sort, Cell cell) {
  const std::lock_guard lock(mutex_);
  return list(sort)[static_cast<std::size_t>(cell)].initial;
}

std::uint64_t Objects::set(Sort sort, Cell cell, std::uint64_t value) {
  const std::lock_guard lock(mutex_);
  return std::exchange(list(sort)[static_cast<std::size_t>(cell)].initial, value);
}

Program Objects::copy() {
  const std::lock_guard lock(mutex_);
  return program_;
}

}  // namespace checker
