// Writes the seeds of the target reopen, made by real arenas: make_corpus FOLDER [FORMAT_0_FILE...]
//
// A file of the Rust crate (format 0) becomes a seed under its own name; its reserved bytes follow from its name, _rN. Seeds of
// format version 1, `version1_*`, are files that rarena 0.1 made: nothing makes them anew.
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
#include "fuzz/reopen/input.hpp"
#include "fuzz/reopen/sample_images.hpp"

namespace rarena::fuzz {
namespace {

using Use = std::function<void(Arena&)>;

void nothing(Arena&) {}

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
  constexpr Size small = 256, large = 512;
  write("empty", 0, 0, small, nothing, Seal::as_it_is);
  write("holes", 0, 0, large, make_holes, Seal::as_it_is);
  write("full_reserved", 5, other_magic_version, large, make_holes_and_fill, Seal::as_it_is);
  write("untrusted", 7, 0, large, make_holes, Seal::zero);
  write("process_died", 64, 0, large, make_holes, Seal::marker);
  if (kind == Freelist::none) return;
  write("marked", 0, 0, large, make_holes_and_fill, Seal::marker, true);
  write("marked_clean", 16, 0, large, make_holes, Seal::clean, true);
  const auto discarded = [](Arena& arena) {
    make_holes(arena);
    arena.discard_freelist().value();
  };
  const auto compacted = [](Arena& arena) {
    make_holes(arena);
    arena.compact_freelist().value();
  };
  write("discarded", 0, 0, large, discarded, Seal::as_it_is);
  write("compacted", 8, 0, large, compacted, Seal::as_it_is);
}

// Files that were open when something happened to them: what the annex says of it.
void write_seeds_of_annex(const std::filesystem::path& folder) {
  using Change = std::function<void(detail::Annex&)>;
  const Options options{.capacity = 512, .freelist = Freelist::pessimistic};
  const detail::Geometry geometry = detail::Geometry::unified(0, 512);
  const auto write = [&](const char* what, Seal seal, const Change& change, std::size_t size = 512) {
    Input input{.options = options, .seal = seal, .seed = 1, .image = closed_image(options, make_holes)};
    detail::Annex annex = detail::MemoryView(input.image.data(), geometry).annex();
    change(annex);
    std::memcpy(input.image.data() + geometry.annex(), &annex, sizeof annex);
    input.image.resize(size);
    write_seed(folder, std::string("annex_") + what, input);
  };
  constexpr std::uint32_t somebody = 77;
  write("copied_open", Seal::marker, [](detail::Annex& a) { a.witness[a.generation % 2].word = somebody; });
  write("no_witness", Seal::marker,
        [](detail::Annex& a) { a.witness[a.generation % 2].word = detail::unwitnessed | somebody; });
  write("other_boot", Seal::marker, [](detail::Annex& a) { a.boot = 1; });
  write("other_device", Seal::marker, [](detail::Annex& a) { a.device = 1; });
  write("other_file", Seal::marker, [](detail::Annex& a) { a.file = 1; });
  write("flush_failed", Seal::clean,
        [](detail::Annex& a) { a.state = static_cast<std::uint32_t>(detail::AnnexState::flush_failed); });
  write("lists_damaged", Seal::marker,
        [](detail::Annex& a) { a.state = static_cast<std::uint32_t>(detail::AnnexState::lists_damaged); });
  write("last_generation", Seal::marker, [](detail::Annex& a) { a.generation = ~std::uint64_t{0}; });
  write("made_longer", Seal::clean, [](detail::Annex& a) { a.capacity = 511; });
  write("cut_short", Seal::marker, [](detail::Annex&) {}, 200);
  write("size", Seal::clean, [](detail::Annex& a) { a.size = 80; });
}

// Files with an index, closed and left open, and one whose shape cannot be.
void write_seeds_of_index(Freelist kind, const std::string& kind_name, const std::filesystem::path& folder) {
  constexpr Size index = 640 + 256;  // all roots, and a table
  const Options options{.capacity = 512 + index, .freelist = kind, .index = index};
  const auto write = [&](const std::string& what, Seal seal, const std::function<void(std::vector<std::byte>&)>& change) {
    Input input{.options = options, .seal = seal, .seed = 1, .image = closed_image(options, make_holes_and_fill)};
    change(input.image);
    write_seed(folder, "index_" + kind_name + "_" + what, input);
  };
  const auto marked = [](std::vector<std::byte>& image) {
    open_image(image, 0);
    mark_first(image, 0);
  };
  write("closed", Seal::as_it_is, [](auto&) {});
  write("open", Seal::marker, [](auto& image) { open_image(image, 0); });
  write("marked", Seal::marker, marked);
  write("boundaries_sealed", Seal::clean, [](auto& image) { open_image(image, 0); });
  write("shape", Seal::clean, [](auto& image) {
    image.at(static_cast<std::size_t>(detail::recorded_geometry(image, 0).index()) + offsetof(IndexHead, roots)) =
        std::byte{33};
  });
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
  const detail::Prefix prefix = detail::MemoryView(image.data(), detail::Geometry::unified(reserved, 0)).prefix();
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
  rarena::fuzz::write_seeds_of_annex(folder);
  rarena::fuzz::write_seeds_of_index(Freelist::optimistic, "optimistic", folder);
  rarena::fuzz::write_seeds_of_index(Freelist::pessimistic, "pessimistic", folder);
  for (int i = 2; i < argc; ++i) rarena::fuzz::write_old_format(argv[i], folder);
}
