// Every value of every byte of prefix and header, every flipped bit of the annex and of every descriptor, every capacity that
// the annex may record near one that matters, and every length that a file may be cut to, of four small images, one with an
// index: with the seal as it is, with that of a clean close, and with that of a file that is open. Each goes through the reopen
// oracle, with a short run of allocations and frees.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
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

enum class Sample : std::uint8_t { optimistic, pessimistic_reserved, process_died_marked, index_left_open };
// An opening costs a hundred microseconds: one image of so many is opened in every way, the others with map_mut alone.
constexpr unsigned every_way_each = 64;

constexpr std::array sample_names = {"optimistic", "pessimistic_reserved", "process_died_marked", "index_left_open"};
constexpr std::array seal_names = {"AsItIs", "Clean", "Marker"};

Input make_sample(Sample sample, const ImageFile& file) {
  Input input;
  input.options = {.capacity = 384, .freelist = Freelist::optimistic, .descriptor_reserve = 2};
  if (sample == Sample::pessimistic_reserved) {
    input.options.freelist = Freelist::pessimistic;
    input.options.reserved = 5;
    input.options.magic_version = other_magic_version;
  }
  if (sample == Sample::index_left_open) {
    input.options.freelist = Freelist::pessimistic;
    input.options.index = 640 + 256;  // all roots, and a table
    input.options.capacity += *input.options.index;
  }
  input.image = closed_image(input.options, make_holes_and_fill);
  if (sample == Sample::index_left_open) {
    open_image(input.image, static_cast<Size>(input.options.reserved));
    apply_seal(input.image, input.options.reserved, Seal::marker, file.identity());
  }
  if (sample == Sample::process_died_marked) {
    mark_first(input.image, static_cast<Size>(input.options.reserved));
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
    judge(changed, "byte " + std::to_string(at) + " = " + std::to_string(std::to_integer<int>(value)), at);
  }
  void judge_with_bit(std::size_t at, unsigned bit) { judge_with(at, sample_.image[at] ^ static_cast<std::byte>(1U << bit)); }

  void judge(Input changed, const std::string& change, std::uint64_t seed) {
    apply_seal(changed.image, changed.options.reserved, std::get<Seal>(GetParam()), file_.identity());
    const bool every_way = (accepted_ + rejected_) % every_way_each == 0;
    const Effort effort{
        .steps = 6, .operations = oracle::Operations::allocations, .ways = every_way ? Ways::all : Ways::writing};
    const Report report = ReopenOracle(file_, changed.image, changed.options).judge(seed, effort);
    (report.accepted ? accepted_ : rejected_) += 1;
    ASSERT_FALSE(report.wrong) << *report.wrong << "\n" << change << "\n" << describe(changed);
  }

  detail::Geometry geometry() const { return detail::recorded_geometry(sample_.image, sample_.options.reserved); }
  // A closed file whose lists have changed under its seal is one whose seal fits nothing: accepted, and its lists are dropped.
  bool lists_are_sealed() const {
    return std::get<Seal>(GetParam()) == Seal::as_it_is && std::get<Sample>(GetParam()) < Sample::process_died_marked;
  }
  // But the seal sums up descriptors and segments, not marks, nor a last link that leads nowhere: the walk finds these.
  bool breaks_lists_under_their_seal(std::size_t at, unsigned bit) const {
    std::vector<std::byte> image = sample_.image;
    const std::uint64_t before = oracle::walk({image.data(), geometry()}).structure.sum.value();
    image[at] ^= static_cast<std::byte>(1U << bit);
    const oracle::Walked walked = oracle::walk({image.data(), geometry()});
    return walked.violation && walked.structure.sum.value() == before;
  }
  // The descriptors that a list reaches.
  std::vector<Offset> descriptors() const {
    const detail::Structure structure = oracle::walk({sample_.image.data(), geometry()}).structure;
    std::vector<Offset> all = structure.spare;
    for (const detail::ListedSegment& segment : structure.free) all.push_back(segment.descriptor);
    return all;
  }
  void print(const char* what) const { std::cout << what << ": " << accepted_ << " accepted, " << rejected_ << " rejected\n"; }

  ImageFile file_;
  Input sample_ = make_sample(std::get<Sample>(GetParam()), file_);
  unsigned accepted_ = 0, rejected_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Images, Exhaustive,
                         ::testing::Combine(::testing::Values(Sample::optimistic, Sample::pessimistic_reserved,
                                                              Sample::process_died_marked, Sample::index_left_open),
                                            ::testing::Values(Seal::as_it_is, Seal::clean, Seal::marker)),
                         [](const auto& test) {
                           return std::string(sample_names.at(static_cast<std::size_t>(std::get<Sample>(test.param)))) + "_" +
                                  seal_names.at(static_cast<std::size_t>(std::get<Seal>(test.param)));
                         });

TEST_P(Exhaustive, EveryValueOfEveryByteOfPrefixAndHeader) {
  const auto begin = static_cast<std::size_t>(geometry().prefix());
  for (std::size_t at = begin; at < static_cast<std::size_t>(geometry().annex()); ++at) {
    for (unsigned value = 0; value < 256; ++value) ASSERT_NO_FATAL_FAILURE(judge_with(at, static_cast<std::byte>(value)));
  }
  print("prefix and header");
  EXPECT_GT(accepted_, 0U);
  EXPECT_GT(rejected_, 0U);
}

TEST_P(Exhaustive, EveryBitOfTheAnnex) {
  const auto begin = static_cast<std::size_t>(geometry().annex());
  for (std::size_t at = begin; at < begin + detail::annex_size; ++at)
    for (unsigned bit = 0; bit < 8; ++bit) ASSERT_NO_FATAL_FAILURE(judge_with_bit(at, bit));
  print("annex");
  EXPECT_GT(accepted_, 0U);
  EXPECT_GT(rejected_, 0U);
}

class ExhaustiveIndex : public Exhaustive {};
INSTANTIATE_TEST_SUITE_P(Images, ExhaustiveIndex,
                         ::testing::Combine(::testing::Values(Sample::index_left_open),
                                            ::testing::Values(Seal::as_it_is, Seal::clean, Seal::marker)),
                         [](const auto& test) {
                           return std::string(seal_names.at(static_cast<std::size_t>(std::get<Seal>(test.param))));
                         });

// Hints may be anything, the shape nothing else.
TEST_P(ExhaustiveIndex, EveryBit) {
  const auto begin = static_cast<std::size_t>(geometry().index());
  for (std::size_t at = begin; at < geometry().data_offset(); ++at) {
    const bool shape =
        at - begin >= offsetof(detail::IndexHead, window_shift) && at - begin < offsetof(detail::IndexHead, pressed);
    for (unsigned bit = 0; bit < 8; ++bit) {
      if (!shape && at % 5 != bit % 5) continue;
      ASSERT_NO_FATAL_FAILURE(judge_with_bit(at, bit));
    }
  }
  print("index");
  EXPECT_GT(accepted_, 0U);
  EXPECT_GT(rejected_, 0U);
}

TEST_P(Exhaustive, EveryValueOfStateAndWitness) {
  const detail::Geometry g = geometry();
  for (const auto word : {g.state(), g.witness(0), g.witness(1), g.members()}) {
    const auto first = static_cast<std::size_t>(word.place);
    for (const std::size_t at : {first, first + 3}) {
      for (unsigned value = 0; value < 256; ++value) ASSERT_NO_FATAL_FAILURE(judge_with(at, static_cast<std::byte>(value)));
    }
  }
  print("state and witness");
  EXPECT_GT(accepted_, 0U);
}

// A capacity below the size is that of a file that somebody made longer, one above it that of a file that somebody cut.
TEST_P(Exhaustive, CapacitiesAndLengths) {
  const auto size = static_cast<Size>(sample_.image.size());
  const Size cursor = detail::MemoryView(sample_.image.data(), geometry()).header().allocated;
  const auto begin = static_cast<Size>(geometry().data_offset());
  const auto put_capacity = [&](Input& changed, Size capacity) {
    std::memcpy(changed.image.data() + geometry().capacity_record().place, &capacity, sizeof capacity);
  };
  for (const Size near : {Size{0}, begin, cursor, size, 2 * size, Size{1} << 31U, ~Size{0}}) {
    for (const Size capacity : {near - 1, near, near + 1}) {
      Input changed = sample_;
      put_capacity(changed, capacity);
      ASSERT_NO_FATAL_FAILURE(judge(changed, "capacity " + std::to_string(capacity), capacity));
    }
  }
  for (Size length = 0; length <= 2 * size; ++length) {
    for (const bool recorded : {true, false}) {
      Input changed = sample_;
      if (!recorded) put_capacity(changed, 0);
      changed.image.resize(length);
      ASSERT_NO_FATAL_FAILURE(judge(changed, "length " + std::to_string(length), length));
    }
  }
  print("capacities and lengths");
  EXPECT_GT(accepted_, 0U);
  EXPECT_GT(rejected_, 0U);
}

TEST_P(Exhaustive, EveryBitOfEveryDescriptor) {
  ASSERT_GE(descriptors().size(), 4U);
  unsigned broken = 0;
  for (const Offset descriptor : descriptors()) {
    for (std::size_t at = descriptor; at < descriptor + std::size_t{detail::descriptor_size}; ++at)
      for (unsigned bit = 0; bit < 8; ++bit) {
        ASSERT_NO_FATAL_FAILURE(judge_with_bit(at, bit));
        broken += breaks_lists_under_their_seal(at, bit) ? 1 : 0;
      }
  }
  print("descriptors");
  EXPECT_GT(accepted_, 0U);
  if (lists_are_sealed())
    EXPECT_EQ(rejected_, broken);
  else
    EXPECT_GT(rejected_, broken);
}

}  // namespace
}  // namespace rarena::fuzz
