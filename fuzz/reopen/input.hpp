// The input of the target reopen: two bytes of choices, and the image of a file.
//
//     byte 0   bits 0-1  kind of the options: 0 none, 1 optimistic, 2 pessimistic, 3 no kind
//              bits 2-4  reserved bytes of the options: index into `reserved_choices`
//              bit 5     magic version of the options: 0, or 0x1234
//              bits 6-7  the seal of the image: 0 as it is, 1 of a clean close, 2 of a file that is open, 3 zero
//     byte 1   bits 0-6  seed of the run on the open arena
//              bit 7     Options::drop_freelist
//     rest     the bytes of the file
//
// The seal of a file that is open is another one on every machine, so it is a choice: an input is the same everywhere. What of
// the annex depends on the machine is then filled in where it is 0: what this boot and this file are recorded as, and that the
// process has died. Anything else there stays, and says another boot, device or file, or another witness.
//
// Thread safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "core/arena/options.hpp"
#include "core/layout/geometry.hpp"
#include "core/layout/seal.hpp"
#include "core/recovery/index_region.hpp"
#include "core/recovery/structure.hpp"

namespace rarena::fuzz {

inline constexpr std::size_t input_head = 2;
inline constexpr std::size_t image_limit = 4096;
inline constexpr std::array<Size, 8> reserved_choices = {0, 1, 5, 7, 8, 16, 64, 0xffffffff};
inline constexpr std::uint16_t other_magic_version = 0x1234;

enum class Seal : std::uint8_t { as_it_is, clean, marker, zero };
inline constexpr unsigned seed_limit = 128;
constexpr const char* name(Seal seal) {
  constexpr std::array names = {"as it is", "of a clean close", "of a file that is open", "zero"};
  return names.at(static_cast<std::size_t>(seal));
}

struct Input {
  Options options;
  Seal seal = Seal::as_it_is;
  std::uint8_t seed = 0;
  std::vector<std::byte> image;  // without the choice of the seal
};

inline Input decode_input(std::span<const std::byte> bytes) {
  Input input;
  if (bytes.size() < input_head) return input;
  const auto choices = std::to_integer<std::uint8_t>(bytes[0]);
  input.options.freelist = static_cast<Freelist>(choices & 3U);
  input.options.reserved = reserved_choices.at(choices >> 2U & 7U);
  input.options.magic_version = (choices >> 5U & 1U) != 0 ? other_magic_version : std::uint16_t{0};
  input.seal = static_cast<Seal>(choices >> 6U);
  const auto run = std::to_integer<unsigned>(bytes[1]);
  input.seed = static_cast<std::uint8_t>(run % seed_limit);
  input.options.drop_freelist = run >= seed_limit;
  const auto image = bytes.subspan(input_head);
  input.image.assign(image.begin(), image.end());
  return input;
}

// `reserved` and the magic version must be among the choices.
inline std::vector<std::byte> encode_input(const Input& input) {
  unsigned reserved = 0;
  while (reserved + 1 < reserved_choices.size() && reserved_choices.at(reserved) != input.options.reserved) ++reserved;
  const auto kind = static_cast<unsigned>(input.options.freelist), seal = static_cast<unsigned>(input.seal);
  const unsigned magic = input.options.magic_version == other_magic_version ? 1 : 0;
  std::vector<std::byte> bytes(input_head + input.image.size());
  bytes[0] = static_cast<std::byte>(kind | reserved << 2U | magic << 5U | seal << 6U);
  bytes[1] = static_cast<std::byte>(input.seed % seed_limit + (input.options.drop_freelist ? seed_limit : 0));
  std::ranges::copy(input.image, bytes.begin() + input_head);
  return bytes;
}

namespace parts {

template <class T>
void put(std::vector<std::byte>& image, detail::Word<T> word, T value) {
  std::memcpy(image.data() + word.place, &value, sizeof value);
}

template <class T>
void put_where_zero(std::vector<std::byte>& image, detail::Word<T> word, T value) {
  T there{};
  std::memcpy(&there, image.data() + word.place, sizeof there);
  if (there == 0) put(image, word, value);
}

// The seal of a file of this identity that was open when its process died, as far as the annex says nothing else.
inline std::uint32_t seal_of_open(std::vector<std::byte>& image, const detail::Geometry& geometry,
                                  const std::optional<detail::FileIdentity>& identity) {
  const detail::IdentityMarks marks = identity ? detail::marks_of(*identity) : detail::IdentityMarks{};
  put_where_zero(image, geometry.boot(), marks.boot);
  put_where_zero(image, geometry.device(), marks.device);
  put_where_zero(image, geometry.file(), marks.file);
  const detail::MemoryView view(image.data(), geometry);
  put_where_zero(image, geometry.witness(view.annex().generation), detail::owner_died);
  const detail::Annex annex = view.annex();
  return detail::dirty_marker(annex.generation, {annex.boot, annex.device, annex.file});
}

}  // namespace parts

// Puts the chosen seal into an image that has room for one. `identity` is that of the file that it is for. In an image of
// format version 1 the seal of an open file is none: such files are only read.
inline void apply_seal(std::vector<std::byte>& image, std::uint64_t reserved, Seal seal,
                       const std::optional<detail::FileIdentity>& identity) {
  const auto size = static_cast<Size>(image.size()), front = static_cast<Size>(reserved);
  const detail::Geometry shortest = detail::Geometry::version_1(front, size);
  if (seal == Seal::as_it_is || image.size() < shortest.data_offset()) return;
  const detail::MemoryView old(image.data(), shortest);
  const std::uint16_t version = old.prefix().format_version;
  if (seal == Seal::zero || version == detail::format_version_1)
    return parts::put(image, shortest.seal(), seal == Seal::clean ? detail::clean_seal_1(old.prefix(), old.header()) : 0U);
  const detail::Geometry geometry = detail::recorded_geometry(image, reserved);
  if (version != detail::format_version || image.size() < geometry.data_offset()) return;
  const detail::MemoryView view(image.data(), geometry);
  if (seal == Seal::marker) return parts::put(image, geometry.seal(), parts::seal_of_open(image, geometry, identity));
  const std::uint64_t lists = detail::examine(view, {.violation = [](const Error&) { return true; }}).sum.value();
  parts::put(image, geometry.seal(), detail::clean_seal(view.prefix(), view.header(), view.annex(), lists));
}

}  // namespace rarena::fuzz
