#include "kill_reopen/image.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace rarena::stress {

namespace {

template <class T>
T value_of(std::expected<T, Error> result, const std::filesystem::path& path) {
  if (!result) throw std::runtime_error(path.string() + ": " + result.error().message());
  return *std::move(result);
}

}  // namespace

Image read_image(const std::filesystem::path& path) {
  const FileHandle file = value_of(FileHandle::open(path.c_str(), O_RDONLY), path);
  std::vector<std::byte> bytes(std::filesystem::file_size(path));
  const auto read = detail::uninterrupted([&] { return ::pread(file.number(), bytes.data(), bytes.size(), 0); });
  if (read != static_cast<ssize_t>(bytes.size())) throw std::runtime_error(path.string() + ": cannot read all of it");
  return Image(std::move(bytes));
}

detail::FileIdentity identity_of(const std::filesystem::path& path) {
  return value_of(value_of(detail::LockedFile::open(path, detail::FileAccess::read_only), path).identity(), path);
}

void write_bytes(const std::filesystem::path& path, std::uint64_t offset, std::span<const std::byte> bytes) {
  const FileHandle file = value_of(FileHandle::open(path.c_str(), O_WRONLY), path);
  const auto written = ::pwrite(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (written != static_cast<ssize_t>(bytes.size())) throw std::runtime_error(path.string() + ": cannot write");
}

void Image::note_death() {
  const detail::Annex annex = view().annex();
  write(std::array{detail::Plan::Write{geometry().witness(annex.generation).place, detail::owner_died, false}});
}

void Image::take_unplanned_of(const Image& other) {
  const detail::Geometry g = geometry();
  const auto take = [&](detail::Place from, std::size_t size) {
    std::ranges::copy(other.bytes().subspan(static_cast<std::size_t>(from), size), bytes_.begin() + from);
  };
  take(g.witness(0).place, 2 * sizeof(detail::WitnessCell));
  if (!g.has_index()) return;
  take(g.index(), offsetof(detail::IndexHead, next_table));
  take(g.pressed().place, sizeof(std::uint32_t));
  take(g.window(0).place, static_cast<std::size_t>(g.index_shape().windows_bytes()));
}

detail::Examined examine_image(const Image& image) { return detail::examine_all(image.view()).value(); }

detail::Left left_of(const Image& image, const detail::FileIdentity& identity) {
  return detail::left_as(image.view(), examine_image(image).structure.sum.value(), identity).value();
}

Recovered recovered(const Image& image, const detail::FileIdentity& identity) {
  auto [report, structure, plan, undo] =
      detail::recover(image.view(), examine_image(image).structure, left_of(image, identity), identity);
  Image after = image;
  after.write(plan.writes());
  return {std::move(after), std::move(structure), report, {plan.writes().begin(), plan.writes().end()}};
}

std::optional<std::size_t> prefix_between(const Image& before, std::span<const detail::Plan::Write> writes,
                                          const Image& after) {
  Image image = before;
  if (image == after) return 0;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    image.write(writes.subspan(i, 1));
    const auto first = static_cast<std::size_t>(writes[i].place);
    // Most prefixes differ at once: look at the whole only where this write agrees.
    if (std::ranges::equal(image.bytes().subspan(first, 4), after.bytes().subspan(first, 4)) && image == after) return i + 1;
  }
  return std::nullopt;
}

}  // namespace rarena::stress
