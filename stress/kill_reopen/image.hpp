// Image: the bytes of a closed arena file, copied, and what the public parts of core make of them.
//
// Thread safety: values only. Nobody may be changing the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "core/memory/locked_file.hpp"
#include "core/recovery/index_region.hpp"
#include "core/recovery/recover.hpp"
#include "core/words/plain_store.hpp"

namespace rarena::stress {

class Image {
 public:
  Image() = default;
  explicit Image(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  std::span<const std::byte> bytes() const { return bytes_; }
  std::byte* data() { return bytes_.data(); }
  const std::byte* data() const { return bytes_.data(); }
  detail::Geometry geometry() const { return detail::recorded_geometry(bytes_, 0); }
  detail::MemoryView view() const { return {bytes_.data(), geometry()}; }

  void write(std::span<const detail::Plan::Write> writes) { detail::carry_out(writes, PlainStore(bytes_.data())); }
  // The file is longer, with zeros, or cut.
  void resize(std::size_t size) { bytes_.resize(size); }
  // The system notes that the process which had the file open last is dead.
  void note_death();
  // What no plan writes: both witness cells, which are the system's, and the hints of an index are those of the other image.
  void take_unplanned_of(const Image& other);

  friend bool operator==(const Image&, const Image&) = default;

 private:
  std::vector<std::byte> bytes_;
};

// The bytes of a file, and its identity. Throw std::runtime_error.
Image read_image(const std::filesystem::path& path);
detail::FileIdentity identity_of(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, std::uint64_t offset, std::span<const std::byte> bytes);

// What a walk shows, and the first violation.
detail::Examined examine_image(const Image& image);
// How the file was left.
detail::Left left_of(const Image& image, const detail::FileIdentity& identity);

// An image after an opening, but for the witness: what was written, and what it reports.
struct Recovered {
  Image image;
  detail::Structure structure;
  Recovery report;
  std::vector<detail::Plan::Write> writes;  // the marker is the last one of the seal
};
Recovered recovered(const Image& image, const detail::FileIdentity& identity);

// How many of the writes, in their order, lead from one image to the other; nullopt: no number of them. Where several do,
// the smallest.
std::optional<std::size_t> prefix_between(const Image& before, std::span<const detail::Plan::Write> writes, const Image& after);

}  // namespace rarena::stress
