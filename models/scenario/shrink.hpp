// Shrinks a client program that shows something: fewer threads, then fewer calls, then a simpler image, in which order
// a candidate is tried. The result is locally minimal: without any one thread, call or part of the image, or with any one size
// one unit smaller, it no longer shows it, or is no program.
//
// Source: as models/operations/minimise.hpp, with single steps only: these programs are small, and a candidate is dear.
// Thread safety: one thread.
#pragma once

#include <functional>

#include "program.hpp"

namespace rarena::models {

// `shows`: whether a program still shows it; the given one does. Only programs that make sense are asked about.
ClientProgram shrink(ClientProgram program, const std::function<bool(const ClientProgram&)>& shows);

// Without a thread: what it owns is nobody's in the program then.
ClientProgram without_thread(const ClientProgram& program, unsigned thread);
// Without a call, and the frees of what it allocates.
ClientProgram without_call(const ClientProgram& program, unsigned thread, std::size_t call);

}  // namespace rarena::models
