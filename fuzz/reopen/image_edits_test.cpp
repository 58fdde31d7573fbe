// What the mutator of reopen makes: sound images are accepted with their lists, edits stay within the limit.
#include "fuzz/reopen/image_edits.hpp"

#include <gtest/gtest.h>

#include "fuzz/reopen/describe.hpp"
#include "fuzz/reopen/image_file.hpp"
#include "fuzz/reopen/input.hpp"
#include "fuzz/reopen/sample_images.hpp"
#include "models/oracle/sound_arena.hpp"

namespace rarena::fuzz {
namespace {

TEST(SoundImages, AreAcceptedWithTheirLists) {
  oracle::Random random(1);
  ImageFile file;
  std::uint64_t listed = 0;
  for (unsigned i = 0; i < 300; ++i) {
    const Options options{.reserved = reserved_choices.at(i % 7), .freelist = static_cast<Freelist>(i % 3)};
    Image image = sound_image(options, image_limit, random);
    apply_seal(image, options.reserved, i % 2 == 0 ? Seal::clean : Seal::marker, file.identity());
    file.write(image);
    const auto arena = Arena::map_mut(file.path(), options);
    ASSERT_TRUE(arena) << arena.error().message();
    EXPECT_EQ(oracle::sound(*arena, {}), std::nullopt);
    EXPECT_EQ(arena->recovery().dropped, Tally{});
    listed += arena->recovery().kept.segments;
  }
  EXPECT_GT(listed, 300U);
}

TEST(SoundImages, AreEmptyWhereNothingFits) {
  oracle::Random random(1);
  EXPECT_TRUE(sound_image({.reserved = 0xffffffff}, image_limit, random).empty());
  EXPECT_TRUE(sound_image({.freelist = static_cast<Freelist>(3)}, image_limit, random).empty());
}

TEST(Edits, ChangeAnImageWithinItsLimit) {
  oracle::Random random(2);
  const Options options{.capacity = 512};
  const Image image = closed_image(options, make_holes);
  unsigned changed = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    Image edited = image;
    edit_image(edited, options, 600, random);
    ASSERT_LE(edited.size(), 600U);
    changed += edited != image ? 1 : 0;
  }
  EXPECT_GT(changed, 1500U);
}

TEST(Inputs, ComeBackFromTheirBytes) {
  Input input;
  input.options = {
      .reserved = 64, .magic_version = other_magic_version, .freelist = Freelist::pessimistic, .drop_freelist = true};
  input.seal = Seal::marker;
  input.seed = 9;
  input.image = {std::byte{1}, std::byte{2}};
  const Input back = decode_input(encode_input(input));
  EXPECT_EQ(back.options.reserved, 64U);
  EXPECT_TRUE(back.options.drop_freelist);
  EXPECT_EQ(back.options.magic_version, other_magic_version);
  EXPECT_EQ(back.options.freelist, Freelist::pessimistic);
  EXPECT_EQ(back.seal, Seal::marker);
  EXPECT_EQ(back.seed, 9);
  EXPECT_EQ(back.image, input.image);
}

TEST(Descriptions, SayWhatTheListsHold) {
  Input input;
  input.options = {.capacity = 512};
  input.image = closed_image(input.options, make_holes);
  const std::string text = describe(input);
  EXPECT_NE(text.find("free: descriptor"), std::string::npos) << text;
  EXPECT_NE(text.find("unused descriptor"), std::string::npos) << text;
}

}  // namespace
}  // namespace rarena::fuzz
