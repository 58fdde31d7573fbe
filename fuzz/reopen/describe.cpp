#include "fuzz/reopen/describe.hpp"

#include <algorithm>
#include <cstdio>

#include "core/recovery/index_region.hpp"
#include "core/recovery/structure.hpp"

namespace rarena::fuzz {

namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char line[200];
  const int size = std::snprintf(line, sizeof line, pattern, values...);
  return {line, static_cast<std::size_t>(std::clamp<int>(size, 0, sizeof line - 1))};
}

std::string describe_lists(const detail::Structure& structure) {
  std::string text = format("  allocated %u, discarded %u, min_segment_size %u, data from %u\n", structure.allocated,
                            structure.discarded, structure.min_segment_size, structure.data_offset);
  for (const detail::ListedSegment& s : structure.free)
    text += format("  free: descriptor %u -> [%u, %u)%s\n", s.descriptor, s.extent.offset,
                   static_cast<unsigned>(s.extent.end()), s.marked ? ", marked" : "");
  for (const detail::ListedBoundary& b : structure.boundaries)
    text += format("  boundary %u behind %zu segments: key %u, table %u\n", b.descriptor, b.position, b.key, b.child);
  for (const Offset spare : structure.spare) text += format("  unused descriptor %u\n", spare);
  return text;
}

std::string describe(const detail::Annex& a) {
  return format(
      "  annex of %u bytes: capacity %u, generation %llu, boot %08x, device %08x, file %08x, state %u, witness %08x %08x\n",
      a.size, a.capacity, static_cast<unsigned long long>(a.generation), a.boot, a.device, a.file, a.state, a.witness[0].word,
      a.witness[1].word);
}

std::string dump(const std::vector<std::byte>& bytes) {
  constexpr std::size_t width = 16;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    const auto line = std::span(bytes).subspan(at, std::min(width, bytes.size() - at));
    if (std::ranges::all_of(line, [](std::byte b) { return b == std::byte{0}; })) continue;
    text += format("  %08zx:", at);
    for (const std::byte b : line) text += format(" %02x", std::to_integer<unsigned>(b));
    text += "\n";
  }
  return text;
}

}  // namespace

std::string describe(const Input& input) {
  const Options& o = input.options;
  std::string text = format("  options: reserved %u, magic version %u, freelist %u%s; seed %u; file of %zu bytes, seal %s\n",
                            static_cast<Size>(o.reserved), o.magic_version, static_cast<unsigned>(o.freelist),
                            o.drop_freelist ? ", dropped" : "", input.seed, input.image.size(), name(input.seal));
  const detail::Geometry geometry = detail::recorded_geometry(input.image, o.reserved);
  if (input.image.size() < geometry.data_offset()) return text + dump(input.image);
  const detail::MemoryView view(input.image.data(), geometry);
  if (view.prefix().format_version != detail::format_version) return text + dump(input.image);
  const auto go_on = [&](const Error& error) {
    text += "  the walk says: " + error.message() + "\n";
    return true;
  };
  const detail::Structure structure = detail::examine(view, {.violation = go_on});
  return text + describe_lists(structure) + describe(structure.annex) + dump(input.image);
}

}  // namespace rarena::fuzz
