// Tests of reading and parsing the boot id.
#include "boot_id.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "memory_test_support.hpp"

namespace rarena::detail {
namespace {

constexpr BootId of(std::array<unsigned char, 16> bytes) {
  BootId id{};
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = std::byte{bytes[i]};
  return id;
}

TEST(BootId, IsThatOfTheSystem) {
  const std::string text = content_of("/proc/sys/kernel/random/boot_id");
  if (text.empty()) GTEST_SKIP() << "this system has no boot id";
  ASSERT_EQ(text.size(), 37U);
  const auto id = boot_id();
  ASSERT_TRUE(id.has_value());
  EXPECT_NE(*id, BootId{});
  EXPECT_EQ(*id, parse_boot_id(text.substr(0, 36)));
  EXPECT_EQ(*boot_id(), *id);
}

TEST(BootId, IsParsedFromDigitsInTheirOrder) {
  const auto wanted = of({0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10});
  EXPECT_EQ(parse_boot_id("01234567-89ab-cdef-fedc-ba9876543210"), wanted);
  EXPECT_EQ(parse_boot_id("01234567-89AB-CDEF-FEDC-BA9876543210"), wanted);
}

TEST(BootId, RefusesEveryOtherText) {
  const std::string good = "01234567-89ab-cdef-fedc-ba9876543210";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char wrong : {'g', '-', '+', ' ', 'x', '\0', '0'}) {
      std::string text = good;
      text[at] = wrong;
      const bool valid = (wrong == '0' && good[at] != '-') || text == good;
      EXPECT_EQ(parse_boot_id(text).has_value(), valid) << text;
    }
    EXPECT_FALSE(parse_boot_id(good.substr(0, at)).has_value());
  }
  EXPECT_FALSE(parse_boot_id(good + "\n").has_value());
}

}  // namespace
}  // namespace rarena::detail
