// Writes the seeds of the target reopen, made by real arenas: make_corpus FOLDER [FORMAT_0_FILE...]
//
// A file of the Rust crate (format 0) becomes a seed under its own name; its reserved bytes follow from its name, _rN.
// The result is the same on every machine. Exit status: 0 written, 2 wrong use.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "core/arena/arena.hpp"
#include "fuzz/reopen/image_file.hpp"
#include "fuzz/reopen/input.hpp"

namespace rarena::fuzz {
namespace {

using Use = std::function<void(Arena&)>;

Extent take(Arena& arena, Size size) {
  const Extent segment = arena.allocate(size, 1, Fill::none).value().segment;
  std::memset(arena.get_pointer(segment.offset), 'x', segment.size);
  return segment;
}

void give(Arena& arena, Extent segment) { arena.dealloc(segment.offset, segment.size).value(); }

// Free segments of four sizes between live ones.
void holes(Arena& arena) {
  std::vector<Extent> free;
  for (const Size size : {40U, 72U, 33U, 96U}) {
    free.push_back(take(arena, size));
    take(arena, 24);
  }
  for (const Extent segment : free) give(arena, segment);
}

void full(Arena& arena) {
  holes(arena);
  if (arena.remaining() != 0) take(arena, arena.remaining());
}

void nothing(Arena&) {}

// The file that an arena leaves behind that was made with `options` and used.
std::vector<std::byte> closed_image(const Options& options, const Use& use) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "rarena-make-corpus";
  std::filesystem::remove(path);
  {
    Options made = options;
    made.create_new = true;
    Arena arena = Arena::map_mut(path, made).value();
    use(arena);
  }
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::filesystem::remove(path);
  const auto image = std::as_bytes(std::span(bytes));
  return {image.begin(), image.end()};
}

// As a thread leaves the first free segment that dies between its mark and the unlinking.
void mark_first(std::vector<std::byte>& image, Size reserved) {
  const Geometry geometry = Geometry::unified(reserved, static_cast<Size>(image.size()));
  const MemoryView view(image.data(), geometry);
  const Word<std::uint64_t> word = Geometry::link(Link(view.load(geometry.free_head())).next());
  const Link link(view.load(word));
  const std::uint64_t marked = link.marked_to(link.next()).bits();
  std::memcpy(image.data() + word.place, &marked, sizeof marked);
}

void write_seed(const std::filesystem::path& folder, const std::string& name, const Input& input) {
  const std::vector<std::byte> bytes = encode_input(input);
  std::ofstream file(folder / name, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  std::printf("%s: %zu bytes\n", name.c_str(), bytes.size());
}

void write_seeds_of(Freelist kind, const std::string& kind_name, const std::filesystem::path& folder) {
  const auto write = [&](const std::string& what, Size reserved, std::uint16_t magic, Size capacity, const Use& use, Seal seal,
                         bool marked = false) {
    const Options options{.capacity = capacity, .reserved = reserved, .magic_version = magic, .freelist = kind};
    Input input{.options = options, .seal = seal, .seed = 1, .image = closed_image(options, use)};
    if (marked) mark_first(input.image, reserved);
    write_seed(folder, kind_name + "_" + what, input);
  };
  constexpr Size small = 256, large = 640;
  write("empty", 0, 0, small, nothing, Seal::as_it_is);
  write("holes", 0, 0, large, holes, Seal::as_it_is);
  write("full_reserved", 5, other_magic_version, large, full, Seal::as_it_is);
  write("untrusted", 7, 0, large, holes, Seal::zero);
  write("process_died", 64, 0, large, holes, Seal::marker);
  if (kind == Freelist::none) return;
  write("marked", 0, 0, large, full, Seal::marker, true);
  write("marked_clean", 16, 0, large, holes, Seal::clean, true);
  write("discarded", 0, 0, large, [](Arena& arena) { full(arena), arena.discard_freelist().value(); }, Seal::as_it_is);
  const auto compacted = [](Arena& arena) {
    holes(arena);
    arena.compact_freelist().value();
  };
  write("compacted", 8, 0, large, compacted, Seal::as_it_is);
}

void write_old_format(const std::filesystem::path& source, const std::filesystem::path& folder) {
  std::ifstream file(source, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  const auto image = std::as_bytes(std::span(bytes));
  const std::string name = source.stem().string();
  Input input;
  input.image.assign(image.begin(), image.end());
  const Size reserved = name.ends_with("_r64") ? 64 : 0;
  input.options = {.reserved = reserved};
  const Prefix prefix = MemoryView(image.data(), Geometry::unified(reserved, 0)).prefix();
  input.options.magic_version = prefix.magic_version;
  input.options.freelist = static_cast<Freelist>(prefix.freelist);
  write_seed(folder, "format0_" + name, input);
}

}  // namespace
}  // namespace rarena::fuzz

int main(int argc, char** argv) {
  using rarena::Freelist;
  if (argc < 2 || !std::filesystem::is_directory(argv[1])) {
    std::fprintf(stderr, "usage: make_corpus FOLDER [FORMAT_0_FILE...]\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  rarena::fuzz::write_seeds_of(Freelist::none, "none", folder);
  rarena::fuzz::write_seeds_of(Freelist::optimistic, "optimistic", folder);
  rarena::fuzz::write_seeds_of(Freelist::pessimistic, "pessimistic", folder);
  for (int i = 2; i < argc; ++i) rarena::fuzz::write_old_format(argv[i], folder);
}
