// Histories as bytes and as text, both ways.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/operations/bytes.hpp"
#include "models/operations/text.hpp"
#include "models/oracle/random.hpp"

namespace rarena::operations {
namespace {

std::vector<std::uint8_t> some_bytes(oracle::Random& random) {
  std::vector<std::uint8_t> bytes(random.below(120));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return bytes;
}

TEST(Codec, AnyBytesAreAHistoryThatHasBytesAndText) {
  oracle::Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const History history = decode(some_bytes(random));
    ASSERT_EQ(decode(encode(history)), history) << print(history);
    const auto parsed = parse(print(history));
    ASSERT_TRUE(parsed) << parsed.error() << "\n" << print(history);
    ASSERT_EQ(*parsed, history) << print(history);
  }
}

TEST(Codec, EveryKindAppears) {
  for (unsigned kind = 0; kind < Operation::kinds; ++kind) {
    const Operation operation = plain({static_cast<Operation::Kind>(kind), 7, false, 300});
    const History history{{}, {operation}};
    EXPECT_EQ(decode(encode(history)), history) << print(operation);
    EXPECT_EQ(parse(print(history)).value(), history) << print(operation);
  }
}

TEST(Text, IsReadAsItIsDocumented) {
  const auto history = parse(
      "# a comment\nrarena operations 1\n\narena capacity=2000 freelist=pessimistic\n"
      "alloc 100 align 8 zero\n  alloc 40\nfree #0   # the first\nfree #0 split 8\nalloc 4294967297\ntruncate 4294967300\n");
  ASSERT_TRUE(history) << history.error();
  EXPECT_EQ(history->setting.capacity, 2000);
  EXPECT_EQ(history->setting.freelist, Freelist::pessimistic);
  ASSERT_EQ(history->operations.size(), 6U);
  EXPECT_EQ(history->operations[0], (Operation{Operation::Kind::allocate, 3, true, 100}));
  EXPECT_EQ(history->operations[3], (Operation{Operation::Kind::free_split, 0, false, 8}));
  EXPECT_EQ(history->operations[4].amount, four_gigabytes + 1);
  EXPECT_EQ(history->operations[5], (Operation{Operation::Kind::truncate, 0, false, four_gigabytes + 4}));
}

struct BadText {
  const char* text;
  const char* error;
};

class BadTexts : public testing::TestWithParam<BadText> {};

TEST_P(BadTexts, GetASentence) {
  const auto parsed = parse(std::string("rarena operations 1\narena\n") + GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, BadTexts,
    testing::Values(
        BadText{"fly", "line 3: expected an operation, found 'fly'"},
        BadText{"alloc", "line 3: expected after alloc a size below 65536, or not further than that from 4294967296"},
        BadText{"alloc 70000", "line 3: expected after alloc a size below 65536, or not further than that from 4294967296"},
        BadText{"alloc 7 align 5", "line 3: expected after align a power of two up to 8192, or 0 or 3, found '5'"},
        BadText{"alloc 7 align", "line 3: expected the end of the line, found 'align'"},
        BadText{"alloc 7\nclear now",
                "line 4: expected 'clear' with #n and %n below 256 and n below 65536, or a size near 4294967296"},
        BadText{
            "free #0 front 4294967297",
            "line 3: expected 'free #n', 'free #n front n', 'free #n back n', 'free #n split n' with #n and %n below 256 and n "
            "below 65536, or a size near 4294967296"},
        BadText{"flush #256",
                "line 3: expected 'flush #n' with #n and %n below 256 and n below 65536, or a size near 4294967296"}));

TEST(Text, BadHeadsGetASentence) {
  EXPECT_EQ(parse("").error(), "line 0: expected 'rarena operations 1', found the end");
  EXPECT_EQ(parse("rarena operations 2\n").error(), "line 1: expected 'rarena operations 1', found 'rarena operations 2'");
  EXPECT_EQ(parse("rarena operations 1\n").error(), "line 1: expected 'arena ...', found the end");
  EXPECT_EQ(parse("rarena operations 1\nclear\n").error(), "line 2: expected 'arena', found 'clear'");
  const auto field = parse("rarena operations 1\narena capacity=70000\n");
  ASSERT_FALSE(field);
  EXPECT_TRUE(field.error().ends_with("found 'capacity=70000'")) << field.error();
  EXPECT_FALSE(parse("rarena operations 1\narena alignment=6\n"));
  EXPECT_FALSE(parse("rarena operations 1\narena backing\n"));
}

}  // namespace
}  // namespace rarena::operations
