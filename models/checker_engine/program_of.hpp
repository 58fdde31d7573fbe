// The program of a job: a scenario on the checker, as an analysis wraps it.
//
// Thread safety: one check at a time per thread of the system.
#pragma once

#include <functional>

#include "analysis.hpp"

namespace rarena::models::checking {

// What is done with a program, which lives as long as the call.
using Use = std::function<void(const checker::Program&)>;

void with_program(const Job& job, const Changes& changes, const Use& use);

}  // namespace rarena::models::checking
