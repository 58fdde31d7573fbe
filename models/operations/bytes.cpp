#include "models/operations/bytes.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace rarena::operations {

namespace {

// The flags of a wide amount, in the place of the choice; above an allocation's exponent.
constexpr unsigned zero_flag = 0x10, below_flag = 0x20, above_flag = 0x40;
constexpr std::uint16_t no_alignment = 3;
constexpr unsigned alignments = 12;  // 2^0 to 2^10, and none

constexpr std::uint16_t word(std::uint8_t low, std::uint8_t high) { return static_cast<std::uint16_t>(low | high << 8U); }
constexpr std::uint8_t low(std::uint64_t value) { return static_cast<std::uint8_t>(value & 0xffU); }
constexpr std::uint8_t high(std::uint64_t value) { return static_cast<std::uint8_t>(value >> 8U & 0xffU); }

Setting decode_setting(std::span<const std::uint8_t, setting_bytes> b) {
  const unsigned exponent = b[6] % alignments;
  return {.backing = static_cast<Backing>(b[0] % 3),
          .freelist = static_cast<Freelist>(b[1] % 3),
          .store = static_cast<StoreKind>(b[2] % 2),
          .unify = b[3] % 2 != 0,
          .capacity = word(b[4], b[5]),
          .reserved = b[7],
          .alignment = exponent == alignments - 1 ? no_alignment : static_cast<std::uint16_t>(1U << exponent),
          .minimum = word(b[8], b[9]),
          .reserve = b[10],
          .retries = b[11],
          .merging = static_cast<Merging>(b[3] / 2 % 2),
          .index = static_cast<std::uint16_t>(word(b[12], b[13]) % index_limit),
          .reuse = static_cast<Reuse>(b[3] / 4 % 2)};
}

std::array<std::uint8_t, setting_bytes> encode(const Setting& s) {
  const bool none = s.alignment == no_alignment;
  const auto exponent = static_cast<std::uint8_t>(none ? alignments - 1 : unsigned(std::countr_zero(s.alignment)));
  return {static_cast<std::uint8_t>(s.backing),
          static_cast<std::uint8_t>(s.freelist),
          static_cast<std::uint8_t>(s.store),
          static_cast<std::uint8_t>(static_cast<unsigned>(s.unify) + 2 * static_cast<unsigned>(s.merging) +
                                    4 * static_cast<unsigned>(s.reuse)),
          low(s.capacity),
          high(s.capacity),
          exponent,
          s.reserved,
          low(s.minimum),
          high(s.minimum),
          s.reserve,
          s.retries,
          low(s.index),
          high(s.index)};
}

Operation decode_operation(std::span<const std::uint8_t> b) {
  Operation operation{
      .kind = static_cast<Operation::Kind>(b[0] % Operation::kinds), .choice = b[1], .amount = word(b[2], b[3])};
  if (!has_wide_amount(operation.kind)) return plain(operation);
  if ((b[1] & below_flag) != 0 && is_amount(operation.kind, four_gigabytes - 1))
    operation.amount += four_gigabytes - sizes;
  else if ((b[1] & above_flag) != 0)
    operation.amount += four_gigabytes;
  if (operation.kind != Operation::Kind::allocate) return plain(operation);
  operation.zero = (b[1] & zero_flag) != 0;
  operation.choice = b[1] & 0xfU;
  return operation;
}

std::array<std::uint8_t, operation_bytes> encode(const Operation& o) {
  unsigned choice = o.choice;
  if (o.zero) choice |= zero_flag;
  if (has_wide_amount(o.kind)) {
    if (o.amount >= four_gigabytes)
      choice |= above_flag;
    else if (o.amount >= sizes)
      choice |= below_flag;
  }
  return {static_cast<std::uint8_t>(o.kind), static_cast<std::uint8_t>(choice), low(o.amount), high(o.amount)};
}

}  // namespace

History decode(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, setting_bytes> setting{};
  const std::size_t head = std::min(bytes.size(), setting_bytes);
  std::ranges::copy(bytes.first(head), setting.begin());
  History history{.setting = decode_setting(setting), .operations = {}};
  bytes = bytes.subspan(head);
  for (; bytes.size() >= operation_bytes; bytes = bytes.subspan(operation_bytes))
    history.operations.push_back(decode_operation(bytes.first(operation_bytes)));
  return history;
}

std::vector<std::uint8_t> encode(const History& history) {
  const auto setting = encode(history.setting);
  std::vector<std::uint8_t> bytes(setting.begin(), setting.end());
  for (const Operation& operation : history.operations) {
    const auto record = encode(operation);
    bytes.insert(bytes.end(), record.begin(), record.end());
  }
  return bytes;
}

}  // namespace rarena::operations
