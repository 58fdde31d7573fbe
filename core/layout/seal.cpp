#include "seal.hpp"

namespace rarena {

namespace detail {

namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> crc_steps = crc_table();

constexpr std::uint32_t crc(std::span<const std::byte> bytes, std::uint32_t before = 0) {
  std::uint32_t crc = ~before;
  for (const std::byte b : bytes) crc = (crc >> 8U) ^ crc_steps[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xffU];
  return ~crc;
}

static_assert(crc(std::array{std::byte{'1'}, std::byte{'2'}, std::byte{'3'}, std::byte{'4'}, std::byte{'5'}, std::byte{'6'},
                             std::byte{'7'}, std::byte{'8'}, std::byte{'9'}}) == 0xe3069283U,
              "the check value of CRC-32C");
static_assert(crc({}) == 0);

template <class T>
constexpr std::uint32_t crc_of(const T& value, std::uint32_t before = 0) {
  return crc(std::bit_cast<std::array<std::byte, sizeof(T)>>(value), before);
}

constexpr std::uint32_t not_zero(std::uint32_t hash) { return hash != 0 ? hash : 1; }

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) { return crc(bytes, before); }

std::uint32_t clean_seal_1(const Prefix& prefix, const Header& header) {
  const auto bytes = std::bit_cast<std::array<std::byte, header_size>>(header);
  return crc32c(std::span(bytes).first<offsetof(Header, seal)>(), crc32c(encode(prefix)));
}

std::uint32_t clean_seal(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists) {
  const std::uint32_t fields = crc_of(annex.capacity, clean_seal_1(prefix, header));
  return crc_of(lists, fields);
}

IdentityMarks marks_of(const FileIdentity& identity) {
  return {.boot = not_zero(crc32c(identity.boot)),
          .device = not_zero(crc_of(identity.device)),
          .file = not_zero(crc_of(identity.birth, crc_of(identity.inode)))};
}

std::uint32_t dirty_marker(std::uint64_t generation, const IdentityMarks& marks) {
  return not_zero(crc_of(marks.file, crc_of(marks.device, crc_of(marks.boot, crc_of(generation)))));
}

Verdict verdict(const Prefix& prefix, const Header& header, const Annex& annex, std::uint64_t lists, const IdentityMarks& now,
                std::uint32_t witness) {
  if (annex.state == static_cast<std::uint32_t>(AnnexState::flush_failed)) return {Condition::untrusted, Doubt::flush_failed};
  if (annex.state == static_cast<std::uint32_t>(AnnexState::lists_damaged)) return {Condition::untrusted, Doubt::lists_damaged};
  const IdentityMarks then{annex.boot, annex.device, annex.file};
  if (header.seal != dirty_marker(annex.generation, then)) {
    if (header.seal == clean_seal(prefix, header, annex, lists)) return {Condition::clean, Doubt::none};
    return {Condition::untrusted, Doubt::damaged};
  }
  if (then == IdentityMarks{}) return {Condition::untrusted, Doubt::no_identity};
  if (now == IdentityMarks{}) return {Condition::unknown, Doubt::identity_unknown};
  if (then.boot != now.boot) return {Condition::untrusted, Doubt::other_boot};
  if (then.file != now.file) return {Condition::untrusted, Doubt::other_file};
  if (then.device != now.device) return {Condition::unknown, Doubt::other_device};
  if ((witness & owner_died) != 0) return {Condition::process_died, Doubt::none};
  return {Condition::untrusted, (witness & unwitnessed) != 0 ? Doubt::no_witness : Doubt::copied_open};
}

}  // namespace detail

const char* describe(Doubt doubt) {
  switch (doubt) {
    case Doubt::none: return "nothing";
    case Doubt::other_boot: return "it was open when the machine went down";
    case Doubt::other_file: return "it is a copy of a file that was open";
    case Doubt::other_device: return "it was open on a device of another number";
    case Doubt::copied_open: return "it was copied while it was open, and put back";
    case Doubt::no_witness: return "its process died, and no thread of it could be watched";
    case Doubt::no_identity: return "it was open while its identity could not be told";
    case Doubt::identity_unknown: return "it was not closed, and its identity cannot be told";
    case Doubt::flush_failed: return "a flush of its last writer had failed";
    case Doubt::lists_damaged: return "its lists were damaged when it was closed";
    case Doubt::damaged: return "its seal fits nothing";
    case Doubt::not_closed: return "it was not closed, or is damaged: a file of version 1 does not tell which";
    case Doubt::asked: return "it was asked for";
  }
  return "";
}

}  // namespace rarena
