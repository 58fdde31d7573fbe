// An input as text: the options, what header and lists say, and a hex dump without the zeros.
//
// Thread safety: a function of its argument.
#pragma once

#include <string>

#include "fuzz/reopen/input.hpp"

namespace rarena::fuzz {

std::string describe(const Input& input);

}  // namespace rarena::fuzz
