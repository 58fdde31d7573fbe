#include "fuzz/reopen/sample_images.hpp"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "core/recovery/index_region.hpp"
#include "core/words/plain_store.hpp"

namespace rarena::fuzz {

namespace {

Extent take(const Arena& arena, Size size) {
  const Extent segment = arena.allocate(size, 1, Fill::none).value().segment;
  std::memset(arena.get_pointer(segment.offset), 'x', segment.size);
  return segment;
}

}  // namespace

void make_holes(Arena& arena) {
  std::vector<Extent> free;
  for (const Size size : {24U, 40U, 21U, 33U}) {
    free.push_back(take(arena, size));
    take(arena, 9);
  }
  for (const Extent segment : free) arena.dealloc(segment.offset, segment.size).value();
}

void make_holes_and_fill(Arena& arena) {
  make_holes(arena);
  if (arena.remaining() != 0) take(arena, arena.remaining());
}

std::vector<std::byte> closed_image(const Options& options, const std::function<void(Arena&)>& use) {
  const auto path = std::filesystem::temp_directory_path() / ("rarena-image-" + std::to_string(::getpid()));
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

void mark_first(std::vector<std::byte>& image, Size reserved) {
  const detail::Geometry geometry = detail::recorded_geometry(image, reserved);
  const detail::MemoryView view(image.data(), geometry);
  const detail::Structure structure = detail::examine(view, {});
  const detail::Word<std::uint64_t> word = detail::Geometry::link(structure.free.front().descriptor);
  const detail::Link link(view.load(word));
  const std::uint64_t marked = link.marked_to(link.next()).bits();
  std::memcpy(image.data() + word.place, &marked, sizeof marked);
}

void open_image(std::vector<std::byte>& image, Size reserved) {
  const detail::MemoryView view(image.data(), detail::recorded_geometry(image, reserved));
  const auto recovered =
      detail::recover(view, detail::examine(view, {}), {Recovery::Opening::clean, Doubt::none}, std::nullopt);
  detail::carry_out(recovered.plan.writes(), PlainStore(image.data()));
}

}  // namespace rarena::fuzz
