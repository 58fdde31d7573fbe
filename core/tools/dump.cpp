#include "dump.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <span>
#include <string_view>

#include "image.hpp"
#include "progress.hpp"

namespace rarena::tools {

namespace {

// Writes one word a line: offset, value, name, meaning.
class Words {
 public:
  Words(std::ostream& out, const detail::MemoryView& view) : out_(out), view_(view) {}

  void title(std::string_view text) const { out_ << "\n" << text << "\n"; }

  template <class T>
  T load(std::uint64_t at) const {
    return view_.at<T>(static_cast<detail::Place>(at));
  }
  template <class T>
  void line(std::uint64_t at, std::string_view name, std::string_view meaning) const {
    constexpr std::size_t digits = 2 * sizeof(T);
    out_ << fmt::format("{:>10}  {:<18}  {:<16}  {}\n", at, fmt::format("{:#0{}x}", load<T>(at), digits + 2), name, meaning);
  }
  template <class T>
  void number(std::uint64_t at, std::string_view name) const {
    line<T>(at, name, std::to_string(load<T>(at)));
  }
  void link(std::uint64_t at, std::string_view name) const {
    const detail::Link link(load<std::uint64_t>(at));
    const std::string next = link.next() == null_offset ? "end" : std::to_string(link.next());
    line<std::uint64_t>(at, name, fmt::format("-> {}, {}tag {}", next, link.marked() ? "marked, " : "", link.tag()));
  }
  void extent(std::uint64_t at) const {
    const Extent e = detail::decode_extent(load<std::uint64_t>(at));
    line<std::uint64_t>(at, "extent", fmt::format("[{}, {}), {} bytes", e.offset, e.end(), e.size));
  }
  // The extent word of a boundary.
  void boundary(std::uint64_t at) const {
    const Extent e = detail::decode_extent(load<std::uint64_t>(at));
    line<std::uint64_t>(at, "boundary",
                        fmt::format("of size {}{}", e.size, e.offset == 0 ? "" : fmt::format(", table at {}", e.offset)));
  }
  // A word of the Rust crate's list.
  void node(std::uint64_t at, std::string_view name, bool sentinel) const {
    constexpr std::uint32_t end = 0xffffffff;
    const auto next = load<std::uint32_t>(at), size = load<std::uint32_t>(at + 4);
    const std::string where = next == end ? "end" : std::to_string(next);
    const std::string what = sentinel ? "" : size == 0 ? ", removed" : fmt::format(", {} bytes behind it", size);
    line<std::uint64_t>(at, name, fmt::format("-> {}{}", where, what));
  }

 private:
  std::ostream& out_;
  const detail::MemoryView& view_;
};

void print_prefix(const Words& words, const Image& image) {
  const std::uint64_t at = image.geometry().reserved();
  words.title("prefix");
  words.number<std::uint8_t>(at, "null byte");
  words.line<std::uint8_t>(at + 1, "freelist", name(image.kind()));
  words.line<std::uint16_t>(at + 2, "magic", std::string_view(detail::magic));
  words.number<std::uint16_t>(at + 4, "magic version");
  words.number<std::uint16_t>(at + 6, "format version");
}

void print_annex(const Words& words, const detail::Geometry& geometry) {
  const auto at = static_cast<std::uint64_t>(geometry.annex());
  words.title("annex");
  words.number<std::uint32_t>(at, "size");
  words.number<std::uint32_t>(at + 4, "capacity");
  words.number<std::uint64_t>(at + 8, "generation");
  words.number<std::uint32_t>(at + 16, "boot");
  words.number<std::uint32_t>(at + 20, "device");
  words.number<std::uint32_t>(at + 24, "file");
  words.number<std::uint32_t>(at + 28, "state");
  words.number<std::uint32_t>(at + 32, "witness, even");
  words.number<std::uint32_t>(at + 48, "witness, odd");
}

// Of the windows those in which something is free.
void print_index(const Words& words, const detail::Geometry& geometry) {
  const auto at = static_cast<std::uint64_t>(geometry.index());
  words.title("index");
  words.number<std::uint64_t>(at, "inserted");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, merged), "merged");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, merged) + 4, "merged below");
  words.number<std::uint64_t>(at + offsetof(detail::IndexHead, last), "last merge");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, segments), "segments");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, merging), "merging");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, largest), "largest");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, next_table), "next table");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, window_shift), "window shift");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, windows), "windows");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, first), "first");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, roots), "roots");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, tables), "tables");
  words.number<std::uint32_t>(at + offsetof(detail::IndexHead, pressed), "pressed");
  for (std::uint32_t i = 0; i < geometry.index_shape().windows; ++i) {
    const auto window = static_cast<std::uint64_t>(geometry.window(i).place);
    if (words.load<std::uint32_t>(window) != 0) words.number<std::uint32_t>(window, fmt::format("window {}", i));
  }
}

void print_header(const Words& words, const Image& image, const Findings& findings) {
  const auto at = static_cast<std::uint64_t>(image.geometry().header());
  words.title("header");
  if (image.of_the_crate()) {
    words.node(at, "sentinel", true);
    words.number<std::uint32_t>(at + 8, "allocated");
    words.number<std::uint32_t>(at + 12, "min_segment_size");
    words.number<std::uint32_t>(at + 16, "discarded");
    words.number<std::uint32_t>(at + 20, "unused");
    return;
  }
  words.link(at, "free_head");
  words.link(at + 8, "spare_head");
  words.number<std::uint32_t>(at + 16, "allocated");
  words.number<std::uint32_t>(at + 20, "discarded");
  words.number<std::uint32_t>(at + 24, "min_segment_size");
  words.line<std::uint32_t>(at + 28, "seal", rarena::name(findings.left.opening));
}

// As far as it can be followed.
void print_directory(const Words& words, const Image& image, const Findings& findings) {
  const detail::MemoryView& view = image.view();
  const detail::Word<std::uint32_t> first = image.geometry().directory();
  if (view.load(first) == null_offset) return;
  words.title(fmt::format("directory of roots, {}", findings.roots.size()));
  const auto print_next = [&](detail::Word<std::uint32_t> link) {
    const Offset next = view.load(link);
    const std::string meaning = next == null_offset ? "-> end" : fmt::format("-> {}", next);
    words.line<std::uint32_t>(static_cast<std::uint64_t>(link.place), "next", meaning);
  };
  print_next(first);
  const Size allocated = std::min(findings.structure.allocated, image.geometry().capacity());
  std::size_t left = findings.roots.size();  // then comes the end, or what is wrong
  (void)detail::walk_directory(view, allocated, [&](const detail::FoundEntry& entry) {
    if (left-- == 0) return false;
    const std::uint64_t at = entry.offset;
    print_next({detail::Place{entry.offset}});
    words.number<std::uint32_t>(at + offsetof(detail::DirectoryEntry, check), "check");
    words.extent(at + offsetof(detail::DirectoryEntry, segment));
    words.number<std::uint32_t>(at + offsetof(detail::DirectoryEntry, object), "object");
    words.number<std::uint32_t>(at + offsetof(detail::DirectoryEntry, size), "size");
    words.number<std::uint32_t>(at + offsetof(detail::DirectoryEntry, alignment), "alignment");
    words.number<std::uint32_t>(at + offsetof(detail::DirectoryEntry, version), "version");
    words.line<std::uint32_t>(at + offsetof(detail::DirectoryEntry, name_size), "name size", fmt::format("{:?}", entry.name));
    words.line<std::uint32_t>(at + offsetof(detail::DirectoryEntry, type_size), "type size", fmt::format("{:?}", entry.type));
    return true;
  });
}

void print_lists(const Words& words, const Image& image, const detail::Structure& s, Progress& progress) {
  std::uint64_t count = 0;
  auto boundary = s.boundaries.begin();
  const auto print_boundaries = [&](std::size_t before) {
    for (; boundary != s.boundaries.end() && boundary->position <= before; ++boundary) {
      words.link(boundary->descriptor, "link");
      words.boundary(std::uint64_t{boundary->descriptor} + 8);
      progress.show(++count);
    }
  };
  words.title(fmt::format("freelist, {} linked", s.free.size()));
  for (std::size_t i = 0; i < s.free.size(); ++i) {
    const detail::ListedSegment& segment = s.free[i];
    print_boundaries(i);
    if (image.of_the_crate()) {
      words.node(segment.descriptor, "node", false);
    } else {
      words.link(segment.descriptor, "link");
      words.extent(std::uint64_t{segment.descriptor} + 8);
    }
    progress.show(++count);
  }
  print_boundaries(s.free.size());
  if (image.of_the_crate()) return;
  words.title(fmt::format("unused descriptors, {}", s.spare.size()));
  for (const Offset descriptor : s.spare) {
    words.link(descriptor, "link");
    progress.show(++count);
  }
}

std::string hex_line(std::uint64_t at, std::span<const std::byte> bytes) {
  std::string hex, text;
  for (const std::byte b : bytes) {
    const auto value = std::to_integer<unsigned char>(b);
    hex += fmt::format(" {:02x}", value);
    text.push_back(value >= 0x20 && value < 0x7f ? static_cast<char>(value) : '.');
  }
  return fmt::format("{:08x}:{:<48}  {}\n", at, hex, text);
}

int dump_bytes(const DumpOptions& options, const Console& console) {
  const auto file = detail::LockedFile::open(options.file, detail::FileAccess::read_only);
  if (!file) return fail(console, options.file, file.error());
  const Extent range = *options.bytes;
  if (range.end() > file->size()) {
    const Error error{.code = ErrorCode::out_of_range, .asked = range.end(), .there = file->size(), .at = range.offset};
    return fail(console, options.file, error);
  }
  constexpr std::uint64_t chunk = 1 << 16, line = 16;
  std::vector<std::byte> buffer(chunk);
  Progress progress(console, options.file, "bytes", range.size);
  for (std::uint64_t at = range.offset; at < range.end(); at += chunk) {
    const auto bytes = std::span(buffer).first(std::min(chunk, range.end() - at));
    if (const auto read = file->read(at, bytes); !read) return fail(console, options.file, read.error());
    for (std::uint64_t i = 0; i < bytes.size(); i += line)
      console.out << hex_line(at + i, bytes.subspan(i, std::min(line, bytes.size() - i)));
    progress.show(at - range.offset);
  }
  return done;
}

}  // namespace

int dump(const DumpOptions& options, const Console& console) {
  if (options.bytes) return dump_bytes(options, console);
  const auto image = Image::open(options.file, options.reserved);
  if (!image) return fail(console, options.file, image.error());
  const Findings findings = check(*image, 1, console, options.file);
  const Words words(console.out, image->view());
  Progress progress(console, options.file, "descriptors shown");
  console.out << fmt::format("{}: {} bytes, data from {}\n", options.file, image->geometry().capacity(),
                             image->geometry().data_offset());
  print_prefix(words, *image);
  print_header(words, *image, findings);
  if (image->geometry().has_annex()) print_annex(words, image->geometry());
  if (image->geometry().has_index()) print_index(words, image->geometry());
  if (image->geometry().has_directory()) print_directory(words, *image, findings);
  print_lists(words, *image, findings.structure, progress);
  if (!findings.sound()) console.out << "\n" << summary_of(findings) << "\n";
  return done;
}

}  // namespace rarena::tools
