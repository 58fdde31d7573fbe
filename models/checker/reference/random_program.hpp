// Random programs: what the checker is compared with brute force on. The same on every platform for a seed and a shape.
//
// A shape is what a program is good at showing. General programs rarely notice lost synchronization, and those shaped like
// message passing rarely notice lost revisits, so every shape is needed.
//
// Thread safety: functions of their arguments.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/checker/reference/program.hpp"

namespace checker::reference {

enum class Shape : std::uint8_t {
  general,          // any operation and order on few locations: revisits, atomicity
  message_passing,  // data published through flags, RMW chains, relays and fences: synchronization
  sequential,       // mostly seq_cst, with sc fences
  weak,             // weak CASes that may fail spuriously
  races,            // as message_passing, with plain data: races and their absence
  locks             // critical sections of one mutex or two, plain data in them and sometimes beside them: races, deadlocks
};

inline constexpr std::array all_shapes = {Shape::general, Shape::message_passing, Shape::sequential,
                                          Shape::weak,    Shape::races,           Shape::locks};

std::string_view name_of(Shape shape);
// Throws std::invalid_argument for a name that no shape has.
Shape shape_of(std::string_view name);

// 2 to 4 threads and at most 8 instructions; with locks, 12.
Program random_program(std::uint64_t seed, Shape shape);

}  // namespace checker::reference
