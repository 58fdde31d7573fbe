#include "inspect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "byte_map.hpp"
#include "image.hpp"

namespace rarena::tools {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t row_width = 64;

struct Report {
  const InspectOptions& options;
  const Image& image;
  Findings findings;
  ByteCounts counts;
  std::string picture;
  const detail::ListedSegment* largest = nullptr;  // or no segment
  std::uint64_t marked = 0;
};

Report report_of(const InspectOptions& options, const Image& image, const Console& console) {
  Report report{options, image, check(image, 1, console, options.file), {}, {}};
  const detail::Structure& s = report.findings.structure;
  report.counts = count_bytes(image.geometry(), s);
  report.picture = draw(image.geometry(), s, options.width, report.findings.roots);
  const auto size = [](const detail::ListedSegment& segment) { return segment.extent.size; };
  if (!s.free.empty()) report.largest = &*std::ranges::max_element(s.free, {}, size);
  report.marked = static_cast<std::uint64_t>(std::ranges::count(s.free, true, &detail::ListedSegment::marked));
  return report;
}

std::string seal_text(const Image& image, const Findings& findings) {
  switch (findings.left.opening) {
    case Recovery::Opening::unsealed: return "none: a file of the Rust crate has no seal";
    case Recovery::Opening::clean: return fmt::format("{:#010x}, clean: the last writer closed the file", image.seal());
    case Recovery::Opening::process_died:
      return fmt::format("{:#010x}, process died: the last writer did not close the file, but the machine has run since",
                         image.seal());
    default: return fmt::format("{:#010x}, {}", image.seal(), doubt_of(findings));
  }
}

// Tables that were handed out, as far as there are any.
std::uint32_t tables_made(const Image& image) {
  const detail::Geometry& g = image.geometry();
  return std::min(image.view().load(g.next_table()), g.index_shape().tables);
}

void print_index(const Image& image, const detail::Structure& s, const auto& row) {
  const detail::Geometry& g = image.geometry();
  const detail::IndexShape& shape = g.index_shape();
  row("index", fmt::format("{} bytes at {}: {} windows of {} bytes", shape.bytes(), g.index(), shape.windows,
                           std::uint64_t{1} << shape.window_shift));
  row("boundaries", fmt::format("{} linked; {} roots, {} of {} tables made", s.boundaries.size(), shape.roots,
                                tables_made(image), shape.tables));
}

ordered_json index_json(const Image& image, const detail::Structure& s) {
  const detail::Geometry& g = image.geometry();
  const detail::IndexShape& shape = g.index_shape();
  return {{"offset", g.index()},
          {"bytes", shape.bytes()},
          {"windows", shape.windows},
          {"window_shift", shape.window_shift},
          {"first", shape.first},
          {"roots", shape.roots},
          {"tables", shape.tables},
          {"tables_made", tables_made(image)},
          {"boundaries", s.boundaries.size()}};
}

std::uint64_t bytes_of(const std::vector<NamedRoot>& roots) {
  std::uint64_t bytes = 0;
  for (const NamedRoot& root : roots) bytes += root.segment.size;
  return bytes;
}

// Names may hold any bytes.
void print_roots(const std::vector<NamedRoot>& roots, const auto& row) {
  row("roots", fmt::format("{}, {} bytes with their names", roots.size(), bytes_of(roots)));
  for (const NamedRoot& root : roots) {
    const std::string type = root.type.empty() ? "no type name" : fmt::format("type {:?}", root.type);
    row("root", fmt::format("{:?}: {}, version {}, {} bytes at {}", root.name, type, root.version, root.object.size,
                            root.object.offset));
  }
}

ordered_json roots_json(const std::vector<NamedRoot>& roots) {
  ordered_json all = ordered_json::array();
  for (const NamedRoot& root : roots)
    all.push_back({{"name", root.name},
                   {"type", root.type},
                   {"version", root.version},
                   {"offset", root.object.offset},
                   {"size", root.object.size},
                   {"alignment", root.alignment},
                   {"segment", {{"offset", root.segment.offset}, {"size", root.segment.size}}}});
  return all;
}

void print_table(const Report& r, std::ostream& out) {
  const auto row = [&](std::string_view name, const auto& value) { out << fmt::format("{:<21} {}\n", name, value); };
  const detail::Structure& s = r.findings.structure;
  const detail::Geometry& g = r.image.geometry();
  row("file", r.options.file);
  row("format version", s.prefix.format_version);
  row("freelist", name(s.kind()));
  row("magic version", s.prefix.magic_version);
  row("capacity", g.capacity());
  row("reserved", g.reserved());
  row("data offset", g.data_offset());
  row("cursor", s.allocated);
  row("remaining", r.counts.remaining);
  row("discarded", s.discarded);
  row("minimum segment size", s.min_segment_size);
  row("seal", seal_text(r.image, r.findings));
  if (g.has_annex()) row("generation", s.annex.generation);
  if (g.has_annex() && s.annex.capacity != g.capacity()) row("recorded capacity", s.annex.capacity);
  if (g.has_index()) print_index(r.image, s, row);
  row("free segments", fmt::format("{}, {} bytes", s.free.size(), r.counts.free));
  row("largest free segment",
      r.largest == nullptr ? "none" : fmt::format("{} bytes at {}", r.largest->extent.size, r.largest->extent.offset));
  row("marked segments", r.marked);
  row("descriptors", fmt::format("{} linked, {} unused, {} bytes", s.free.size(), s.spare.size(), r.counts.descriptors));
  row("unlisted bytes", fmt::format("{}: live, or lost by a crash", r.counts.unlisted));
  if (!r.findings.roots.empty()) print_roots(r.findings.roots, row);
  row("structure", summary_of(r.findings));
}

void print_picture(const Report& r, std::ostream& out) {
  const std::string& picture = r.picture;
  const detail::Geometry& g = r.image.geometry();
  out << fmt::format("\nmap: {} cells of {} bytes, each showing what most of its bytes are\n", picture.size(),
                     (r.image.geometry().capacity() + picture.size() - 1) / picture.size());
  for (std::size_t at = 0; at < picture.size(); at += row_width) out << "|" << picture.substr(at, row_width) << "|\n";
  const auto row = [&](char cell, std::string_view name, std::uint64_t bytes) {
    out << fmt::format("  {}  {:<26} {:>10}\n", cell, name, bytes);
  };
  row(Legend::header, "reserved bytes", r.counts.reserved);
  row(Legend::header,
      g.has_index()   ? "prefix to index"
      : g.has_annex() ? "prefix, header and annex"
                      : "prefix and header",
      r.counts.header);
  row(Legend::descriptor, "descriptors", r.counts.descriptors);
  row(Legend::free, "free", r.counts.free);
  row(Legend::unlisted, "unlisted: live, or lost", r.counts.unlisted);
  row(Legend::unlisted, "discarded, place unknown", r.counts.discarded);
  if (!r.findings.roots.empty()) row(Legend::root, "of the unlisted: roots", bytes_of(r.findings.roots));
  row(Legend::remaining, "above the cursor", r.counts.remaining);
}

ordered_json seal_json(const Image& image, const Findings& findings) {
  ordered_json seal{{"state", identifier(findings.left.opening)}};
  if (findings.left.doubt != Doubt::none) seal["doubt"] = describe(findings.left.doubt);
  if (image.of_the_crate()) return seal;
  seal["value"] = image.seal();
  seal["of_a_clean_close"] = findings.seal_of_a_clean_close;
  return seal;
}

ordered_json summary(const Report& r) {
  const detail::Structure& s = r.findings.structure;
  const detail::Geometry& g = r.image.geometry();
  ordered_json json{
      {"file", r.options.file},
      {"format_version", s.prefix.format_version},
      {"freelist", name(s.kind())},
      {"magic_version", s.prefix.magic_version},
      {"capacity", g.capacity()},
      {"reserved", g.reserved()},
      {"data_offset", g.data_offset()},
      {"cursor", s.allocated},
      {"remaining", r.counts.remaining},
      {"discarded", s.discarded},
      {"minimum_segment_size", s.min_segment_size},
      {"seal", seal_json(r.image, r.findings)},
      {"free", {{"segments", s.free.size()}, {"bytes", r.counts.free}, {"marked", r.marked}}},
      {"descriptors",
       {{"size", s.descriptor_size}, {"linked", s.free.size()}, {"unused", s.spare.size()}, {"bytes", r.counts.descriptors}}},
      {"unlisted_bytes", r.counts.unlisted},
      {"sound", r.findings.sound()},
      {"violation_count", r.findings.violation_count},
      {"first_violation", nullptr}};
  if (g.has_annex()) json["annex"] = {{"capacity", s.annex.capacity}, {"generation", s.annex.generation}};
  if (g.has_index()) json["index"] = index_json(r.image, s);
  if (!r.findings.roots.empty()) json["roots"] = roots_json(r.findings.roots);
  if (!r.findings.sound()) json["first_violation"] = r.findings.violations.front().message();
  json["free"]["largest"] = nullptr;
  if (r.largest != nullptr) json["free"]["largest"] = {{"offset", r.largest->extent.offset}, {"size", r.largest->extent.size}};
  json["bytes"] = {{"reserved", r.counts.reserved},  {"header", r.counts.header},       {"descriptors", r.counts.descriptors},
                   {"free", r.counts.free},          {"discarded", r.counts.discarded}, {"unlisted", r.counts.unlisted},
                   {"remaining", r.counts.remaining}};
  json["map"] = r.picture;
  return json;
}

// The lists can be long: they are written as they are gone through, and not made into JSON values first.
void print_json(const Report& r, std::ostream& out) {
  std::string text = text_of(summary(r));
  text.resize(text.size() - std::string_view("\n}").size());
  out << text << ",\n \"free_segments\": [";
  const char* separator = "\n  ";
  for (const detail::ListedSegment& s : r.findings.structure.free) {
    out << separator
        << fmt::format(R"({{"descriptor": {}, "offset": {}, "size": {}, "marked": {}}})", s.descriptor, s.extent.offset,
                       s.extent.size, s.marked);
    separator = ",\n  ";
  }
  out << "],\n \"spare_descriptors\": [";
  separator = "";
  for (const Offset spare : r.findings.structure.spare) {
    out << separator << spare;
    separator = ", ";
  }
  out << "]\n}\n";
}

}  // namespace

int inspect(const InspectOptions& options, const Console& console) {
  const auto image = Image::open(options.file, options.reserved);
  if (!image) return fail(console, options.file, image.error());
  const Report report = report_of(options, *image, console);
  if (options.json) {
    print_json(report, console.out);
  } else {
    print_table(report, console.out);
    print_picture(report, console.out);
  }
  return done;
}

}  // namespace rarena::tools
