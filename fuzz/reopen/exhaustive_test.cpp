// Every value of every byte of prefix and header, and every flipped bit of every descriptor, of three small images: with the
// seal as it is, with that of a clean close, and with the marker of a process that died. Each goes through the reopen oracle,
// with a short run of allocations and frees.
#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include "fuzz/reopen/describe.hpp"
#include "fuzz/reopen/image_file.hpp"
#include "fuzz/reopen/input.hpp"
#include "fuzz/reopen/reopen_oracle.hpp"
#include "fuzz/reopen/sample_images.hpp"

namespace rarena::fuzz {
namespace {

enum class Sample : std::uint8_t { optimistic, pessimistic_reserved, process_died_marked };
// An opening costs a hundred microseconds: one image of so many is opened in every way, the others with map_mut alone.
constexpr unsigned every_way_each = 64;

constexpr std::array sample_names = {"optimistic", "pessimistic_reserved", "process_died_marked"};
constexpr std::array seal_names = {"AsItIs", "Clean", "Marker"};

Input make_sample(Sample sample, const ImageFile& file) {
  Input input;
  input.options = {.capacity = 320, .freelist = Freelist::optimistic, .descriptor_reserve = 2};
  if (sample == Sample::pessimistic_reserved) {
    input.options.freelist = Freelist::pessimistic;
    input.options.reserved = 5;
    input.options.magic_version = other_magic_version;
  }
  input.image = closed_image(input.options, make_holes_and_fill);
  if (sample == Sample::process_died_marked) {
    mark_first(input.image, input.options.reserved);
    apply_seal(input.image, input.options.reserved, Seal::marker, file.identity());
  }
  return input;
}

class Exhaustive : public ::testing::TestWithParam<std::tuple<Sample, Seal>> {
 protected:
  // Judges the sample with one byte changed.
  void judge_with(std::size_t at, std::byte value) {
    Input changed = sample_;
    changed.image[at] = value;
    apply_seal(changed.image, changed.options.reserved, std::get<Seal>(GetParam()), file_.identity());
    const Effort effort{
        .steps = 6, .operations = oracle::Operations::allocations, .every_way = (accepted_ + rejected_) % every_way_each == 0};
    const Report report = ReopenOracle(file_, changed.image, changed.options).judge(at, effort);
    (report.accepted ? accepted_ : rejected_) += 1;
    ASSERT_FALSE(report.wrong) << *report.wrong << "\nbyte " << at << " = " << std::to_integer<int>(value) << "\n"
                               << describe(changed);
  }

  Geometry geometry() const { return Geometry::unified(sample_.options.reserved, static_cast<Size>(sample_.image.size())); }
  // The descriptors that a list reaches.
  std::vector<Offset> descriptors() const {
    const Structure structure = oracle::walk({sample_.image.data(), geometry()}).structure;
    std::vector<Offset> all = structure.spare;
    for (const ListedSegment& segment : structure.free) all.push_back(segment.descriptor);
    return all;
  }
  void print(const char* what) const { std::cout << what << ": " << accepted_ << " accepted, " << rejected_ << " rejected\n"; }

  ImageFile file_;
  Input sample_ = make_sample(std::get<Sample>(GetParam()), file_);
  unsigned accepted_ = 0, rejected_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Images, Exhaustive,
                         ::testing::Combine(::testing::Values(Sample::optimistic, Sample::pessimistic_reserved,
                                                              Sample::process_died_marked),
                                            ::testing::Values(Seal::as_it_is, Seal::clean, Seal::marker)),
                         [](const auto& test) {
                           return std::string(sample_names.at(static_cast<std::size_t>(std::get<Sample>(test.param)))) + "_" +
                                  seal_names.at(static_cast<std::size_t>(std::get<Seal>(test.param)));
                         });

TEST_P(Exhaustive, EveryValueOfEveryByteOfPrefixAndHeader) {
  const auto begin = static_cast<std::size_t>(geometry().prefix());
  for (std::size_t at = begin; at < geometry().data_offset(); ++at) {
    for (unsigned value = 0; value < 256; ++value) ASSERT_NO_FATAL_FAILURE(judge_with(at, static_cast<std::byte>(value)));
  }
  print("prefix and header");
  EXPECT_GT(accepted_, 0U);
  EXPECT_GT(rejected_, 0U);
}

TEST_P(Exhaustive, EveryBitOfEveryDescriptor) {
  ASSERT_GE(descriptors().size(), 4U);
  for (const Offset descriptor : descriptors()) {
    for (std::size_t at = descriptor; at < descriptor + std::size_t{descriptor_size}; ++at) {
      for (unsigned bit = 0; bit < 8; ++bit)
        ASSERT_NO_FATAL_FAILURE(judge_with(at, sample_.image[at] ^ static_cast<std::byte>(1U << bit)));
    }
  }
  print("descriptors");
  EXPECT_GT(accepted_, 0U);
  EXPECT_GT(rejected_, 0U);
}

}  // namespace
}  // namespace rarena::fuzz
