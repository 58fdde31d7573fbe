// Console: where a command writes, and how it ends.
//
// Results go to `out`, everything else to `err`, errors as "rarena: FILE: message". A command returns its exit status; it
// does not end the process, so tests call it with streams of their own.
//
// Thread safety: one command, one thread.
#pragma once

#include <cstdint>
#include <expected>
#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "../layout/error.hpp"

namespace rarena::tools {

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  // whether `err` is one: then slow work shows how far it is
};

// Exit statuses. The larger one is the worse, so the status of several files is the largest of theirs.
inline constexpr int done = 0;
inline constexpr int refused = 1;   // verify: unsound. Others: the library refused
inline constexpr int unusable = 2;  // wrong use, or a file that could not be read

// Why a file is not an arena that can be looked at, and a hint what to try, or "".
struct Refusal {
  Error error;
  std::string hint = {};

  std::string message() const { return error.message() + (hint.empty() ? "" : "; " + hint); }
};

// unusable, if the file could not be read or written at all; else refused.
int status_of(const Error& error);

// The name of an error as it is spelled in the library: part of the JSON output, so it does not change.
const char* identifier(ErrorCode code);

// Writes "rarena: WHAT: MESSAGE", and returns `status`.
int fail(const Console& console, std::string_view what, std::string_view message, int status);
inline int fail(const Console& console, std::string_view what, const Error& error) {
  return fail(console, what, error.message(), status_of(error));
}
inline int fail(const Console& console, std::string_view what, const Refusal& refusal) {
  return fail(console, what, refusal.message(), status_of(refusal.error));
}

// JSON with one member a line. A file's name may be no UTF-8; what is not is replaced.
std::string text_of(const nlohmann::ordered_json& json);

}  // namespace rarena::tools
