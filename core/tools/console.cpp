#include "console.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

namespace rarena::tools {

int status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::system:
    case ErrorCode::identity_unknown:
    case ErrorCode::flush_failed:
    case ErrorCode::not_a_regular_file:
    case ErrorCode::in_use: return unusable;
    default: return refused;
  }
}

const char* identifier(ErrorCode code) {
  switch (code) {
    case ErrorCode::insufficient_space: return "insufficient_space";
    case ErrorCode::invalid_alignment: return "invalid_alignment";
    case ErrorCode::alignment_too_large: return "alignment_too_large";
    case ErrorCode::out_of_range: return "out_of_range";
    case ErrorCode::capacity_too_small: return "capacity_too_small";
    case ErrorCode::system: return "system";
    case ErrorCode::not_a_regular_file: return "not_a_regular_file";
    case ErrorCode::file_exists: return "file_exists";
    case ErrorCode::in_use: return "in_use";
    case ErrorCode::read_only: return "read_only";
    case ErrorCode::not_a_file: return "not_a_file";
    case ErrorCode::not_an_arena: return "not_an_arena";
    case ErrorCode::wrong_format_version: return "wrong_format_version";
    case ErrorCode::wrong_magic_version: return "wrong_magic_version";
    case ErrorCode::wrong_freelist: return "wrong_freelist";
    case ErrorCode::file_too_small: return "file_too_small";
    case ErrorCode::file_too_large: return "file_too_large";
    case ErrorCode::bad_header: return "bad_header";
    case ErrorCode::bad_freelist: return "bad_freelist";
    case ErrorCode::overlapping_segments: return "overlapping_segments";
    case ErrorCode::bad_seal: return "bad_seal";
    case ErrorCode::size_too_large: return "size_too_large";
    case ErrorCode::file_cut_short: return "file_cut_short";
    case ErrorCode::file_empty: return "file_empty";
    case ErrorCode::identity_unknown: return "identity_unknown";
    case ErrorCode::other_process: return "other_process";
    case ErrorCode::flush_failed: return "flush_failed";
    case ErrorCode::not_live: return "not_live";
    case ErrorCode::varint_overflow: return "varint_overflow";
    case ErrorCode::varint_overlong: return "varint_overlong";
    case ErrorCode::misaligned: return "misaligned";
    case ErrorCode::arena_not_open: return "arena_not_open";
    case ErrorCode::no_such_root: return "no_such_root";
    case ErrorCode::root_exists: return "root_exists";
    case ErrorCode::wrong_root_type: return "wrong_root_type";
    case ErrorCode::wrong_root_version: return "wrong_root_version";
    case ErrorCode::wrong_root_size: return "wrong_root_size";
    case ErrorCode::bad_directory: return "bad_directory";
    case ErrorCode::file_shared: return "file_shared";
    case ErrorCode::too_many_processes: return "too_many_processes";
  }
  std::unreachable();
}

int fail(const Console& console, std::string_view what, std::string_view message, int status) {
  console.err << "rarena: " << what << ": " << message << "\n";
  return status;
}

std::string text_of(const nlohmann::ordered_json& json) {
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace rarena::tools
