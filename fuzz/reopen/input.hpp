// The input of the target reopen: two bytes of choices, and the image of a file.
//
//     byte 0   bits 0-1  kind of the options: 0 none, 1 optimistic, 2 pessimistic, 3 no kind
//              bits 2-4  reserved bytes of the options: index into `reserved_choices`
//              bit 5     magic version of the options: 0, or 0x1234
//              bits 6-7  the seal of the image: 0 as it is, 1 of a clean close, 2 the marker of this boot and file, 3 zero
//     byte 1   seed of the run on the open arena
//     rest     the bytes of the file
//
// The seal is a choice because the marker is another one on every machine: an input is the same everywhere.
//
// Thread safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/arena/options.hpp"
#include "core/layout/geometry.hpp"
#include "core/layout/seal.hpp"
#include "core/recovery/view.hpp"

namespace rarena::fuzz {

inline constexpr std::size_t input_head = 2;
inline constexpr std::size_t image_limit = 4096;
inline constexpr std::array<Size, 8> reserved_choices = {0, 1, 5, 7, 8, 16, 64, 0xffffffff};
inline constexpr std::uint16_t other_magic_version = 0x1234;

enum class Seal : std::uint8_t { as_it_is, clean, marker, zero };
constexpr const char* name(Seal seal) {
  constexpr std::array names = {"as it is", "of a clean close", "the marker of this boot", "zero"};
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
  input.seed = std::to_integer<std::uint8_t>(bytes[1]);
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
  bytes[1] = static_cast<std::byte>(input.seed);
  std::ranges::copy(input.image, bytes.begin() + input_head);
  return bytes;
}

// Puts the chosen seal into an image that has room for one. `identity` is that of the file that it is for.
inline void apply_seal(std::vector<std::byte>& image, Size reserved, Seal seal, const std::optional<FileIdentity>& identity) {
  const Geometry geometry = Geometry::unified(reserved, static_cast<Size>(image.size()));
  if (seal == Seal::as_it_is || image.size() < geometry.data_offset()) return;
  const MemoryView view(image.data(), geometry);
  std::uint32_t word = 0;
  if (seal == Seal::clean) word = clean_seal(view.prefix(), view.header());
  if (seal == Seal::marker) word = dirty_marker(identity);
  std::memcpy(image.data() + geometry.seal().place, &word, sizeof word);
}

}  // namespace rarena::fuzz
