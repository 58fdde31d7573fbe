#include "text.hpp"

namespace rarena {

namespace {

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string tally_text(const Tally& tally) {
  return counted(tally.segments, "free segment") + " (" + counted(tally.bytes, "byte") + ")";
}

std::string memory_text(const ArenaProperties& arena) {
  if (!arena.is_map()) return "heap memory";
  if (!arena.is_map_file()) return "anonymous pages";
  const bool copy = !arena.is_on_disk() && !arena.read_only();
  return (copy ? "a private copy of " : "") + arena.path()->string();
}

}  // namespace

std::string text_of(const Error& error) { return error.message(); }
std::string text_of(ErrorCode code) { return name(code); }
std::string text_of(Freelist kind) { return std::string(name(kind)); }

// One piece after the other: of a string literal in front of a temporary string, g++ 12 -O3 warns for nothing.
std::string text_of(Extent extent) {
  std::string text = "[";
  text += std::to_string(extent.offset);
  text += ", ";
  text += std::to_string(extent.end());
  return text += ")";
}

std::string text_of(const Allocation& allocation) {
  const auto& [segment, used] = allocation;
  return segment == used ? text_of(used) : text_of(used) + " of " + text_of(segment);
}

std::string text_of(const Recovery& recovery) {
  std::string text = name(recovery.opening);
  if (recovery.doubt != Doubt::none) text += std::string(": ") + describe(recovery.doubt);
  const auto segments = [&](const Tally& tally, const char* what) {
    if (tally.segments != 0) text += "; " + tally_text(tally) + " " + what;
  };
  const auto bytes = [&](std::uint64_t count, const char* what) {
    if (count != 0) text += "; " + counted(count, "byte") + " " + what;
  };
  segments(recovery.kept, "kept");
  segments(recovery.reclaimed, "of them reclaimed");
  segments(recovery.dropped, "dropped");
  bytes(recovery.lost_bytes, "lost");
  bytes(recovery.cut_bytes, "cut off");
  bytes(recovery.unlisted_bytes, "unlisted");
  if (!recovery.identified) text += "; which file it is cannot be told";
  if (!recovery.witnessed) text += "; no thread stands for its process";
  return text;
}

std::string text_of(const ArenaProperties& arena, const detail::ArenaNumbers& numbers) {
  const char* const access = arena.read_only() ? ", read only" : "";
  return "arena in " + memory_text(arena) + ", freelist " + text_of(arena.freelist()) + access + ": cursor at " +
         std::to_string(numbers.allocated) + " of " + counted(arena.capacity(), "byte") + ", " + tally_text(numbers.free) +
         ", " + counted(numbers.discarded, "byte") + " discarded";
}

}  // namespace rarena
