// Histories as text:
//
//     rarena operations 1
//     arena backing=heap freelist=optimistic store=atomic unify=no capacity=1024 minimum=20
//     alloc 100 align 8 zero
//     alloc 40
//     free #0                 # the first live segment; #n counts round and round
//     free #0 split 8
//
// What follows a '#' that stands before a blank, or at the start of a line, is a comment. parse(print(history)) is the history.
//
// Thread safety: pure functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "models/operations/operation.hpp"

namespace rarena::operations {

inline constexpr std::string_view first_line = "rarena operations 1";

std::string print(const Operation& operation);
std::string print(const Setting& setting);
std::string print(const History& history);

// The history, or a sentence that begins with the number of the line, and says what was expected and found.
std::expected<History, std::string> parse(std::string_view text);

}  // namespace rarena::operations
