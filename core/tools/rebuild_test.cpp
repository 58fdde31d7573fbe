// rarena rebuild and rarena create: what they change, and that they change nothing after an error.
#include "rebuild.hpp"

#include <sstream>

#include "create.hpp"
#include "tools_test_support.hpp"
#include "verify.hpp"

namespace rarena::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Rebuild : public Tools {
 protected:
  int run(const RebuildOptions& options, const std::string& input = "") {
    Said said;
    std::istringstream in(input);
    const int status = rebuild(options, in, said.console);
    out_ = said.out.str();
    err_ = said.err.str();
    return status;
  }
  void expect_refused(const RebuildOptions& options, int status, const std::string& message, const std::string& input = "") {
    const std::string before = read_file(options.file);
    EXPECT_EQ(run(options, input), status);
    EXPECT_EQ(err_, "rarena: " + message + "\n");
    EXPECT_EQ(out_, "");
    EXPECT_EQ(read_file(options.file), before);
  }
  bool sound(const std::string& file) {
    Said said;
    return verify({.files = {file}}, said.console) == done;
  }
  static Arena opened(const std::string& file) { return value_of(Arena::map(file, options(Freelist::optimistic, 0))); }

  std::string out_, err_;
};

// The live segments that Tools::fill() leaves, behind the 16 descriptors.
const std::vector<Extent> live{{368, 100}, {508, 20}, {588, 20}, {688, 208}};

TEST_F(Rebuild, RoundTrip) {
  const std::string file = closed_file();
  patch<std::uint32_t>(file, 36, 1);  // the lists are not trusted
  EXPECT_FALSE(sound(file));
  EXPECT_EQ(run({.file = file, .live = live}), done) << err_;
  EXPECT_THAT(
      out_,
      StartsWith(file + ": untrusted, because its seal fits nothing: the freelist is dropped, 3 segments of 180 bytes\n"));
  EXPECT_THAT(out_, HasSubstr("\ncursor                        896        896\n"));
  EXPECT_THAT(out_, HasSubstr("\nfree segments                   0          4\n"));
  EXPECT_THAT(out_, HasSubstr("\nunlisted bytes                784        348\n"));
  EXPECT_TRUE(sound(file));
  EXPECT_EQ(opened(file).free_segments().size(), 4U);
}

// The seal is good, so the library refuses the file; what is damaged is what a rebuild makes anew.
TEST_F(Rebuild, OfDamagedLists) {
  const std::string file = closed_file();
  const std::uint64_t first = detail::Link(peek<std::uint64_t>(file, 8)).next();
  patch<std::uint32_t>(file, first + 12, 0);
  reseal(file, 0);
  EXPECT_FALSE(sound(file));
  const std::string before = read_file(file);
  EXPECT_EQ(run({.file = file, .live = {{300, 10}, {305, 10}}}), refused);
  EXPECT_EQ(read_file(file), before) << "a live list that does not fit changes nothing";
  EXPECT_EQ(run({.file = file, .live = live}), done) << err_;
  EXPECT_THAT(out_, StartsWith(file + ": untrusted, because it was asked for: the freelist is dropped"));
  EXPECT_TRUE(sound(file));
  EXPECT_EQ(opened(file).free_segments().size(), 4U);
}

TEST_F(Rebuild, AfterADeadProcess) {
  const std::string file = dirty_file();
  EXPECT_EQ(run({.file = file, .live = live}), done) << err_;
  EXPECT_THAT(out_, StartsWith(file + ": process died: 0 marked segments are reclaimed, 0 bytes\n"));
  EXPECT_TRUE(sound(file));
}

TEST_F(Rebuild, ADryRunChangesNothing) {
  const std::string file = closed_file(), before = read_file(file);
  EXPECT_EQ(run({.file = file, .nothing_live = true, .dry_run = true}), done) << err_;
  EXPECT_THAT(out_, HasSubstr("\ncursor                        896        112\n"));
  EXPECT_THAT(out_, HasSubstr(file + ": dry run: the file is as it was\n"));
  EXPECT_EQ(read_file(file), before);
}

TEST_F(Rebuild, NothingLiveHasToBeSaid) {
  const std::string file = closed_file();
  const std::string message = file + ": expected live segments, found none; if nothing is live, say --nothing-live";
  expect_refused({.file = file}, unusable, message);
  expect_refused({.file = file, .live = {{368, 0}}}, unusable, message);
  expect_refused({.file = file, .live_file = "-"}, unusable, message, "# nothing\n");
  expect_refused({.file = file, .live = live, .nothing_live = true}, unusable,
                 file + ": expected no live segments with --nothing-live, found some");
  EXPECT_EQ(run({.file = file, .nothing_live = true}), done) << err_;
  EXPECT_EQ(opened(file).allocated(), 112U);
  EXPECT_TRUE(sound(file));
}

TEST_F(Rebuild, LiveSegmentsFromAFile) {
  const std::string file = closed_file(), list = folder_.file("live").string();
  const std::string text = "# of the index\n368:100\n508 20\n588:20\n\n688 208 # of the log\n";
  {
    open_raw(list, O_RDWR | O_CREAT);
  }
  write_file(list, 0, text.data(), text.size());
  EXPECT_EQ(run({.file = file, .live_file = list}), done) << err_;
  const auto first = opened(file).free_segments();
  EXPECT_EQ(run({.file = file, .live_file = "-"}, text), done) << err_;
  EXPECT_EQ(opened(file).free_segments(), first);
  EXPECT_EQ(run({.file = file, .live = live}), done) << err_;
  EXPECT_EQ(opened(file).free_segments(), first);
}

TEST_F(Rebuild, ABadListOfLiveSegments) {
  const std::string file = closed_file(), missing = folder_.file("missing").string();
  expect_refused({.file = file, .live_file = "-"}, unusable, "-: line 2: expected OFFSET:SIZE, found 'x'", "368:1\nx\n");
  expect_refused({.file = file, .live_file = missing}, unusable, missing + ": system call failed: No such file or directory");
  expect_refused({.file = file, .live = {{300, 100}, {350, 10}}}, refused,
                 file + ": segments overlap: [300, 400) ends behind 350, where the next one begins" + anew_if_a_file);
  expect_refused({.file = file, .live = {{800, 97}}}, refused,
                 file + ": out of range: [800, 897) is not inside the bytes in use, which end at 896");
}

TEST_F(Rebuild, AnErrorLeavesAnUntrustedFileAsItIs) {
  const std::string file = closed_file();
  patch<std::uint32_t>(file, 36, 1);
  expect_refused({.file = file, .live = {{800, 97}}}, refused,
                 file + ": out of range: [800, 897) is not inside the bytes in use, which end at 896");
}

TEST_F(Rebuild, FilesThatCannotBeRebuilt) {
  const std::string crate = golden("opt_r0.arena");
  const std::string message =
      crate + ": wrong format version: expected 2, found 0, that of the Rust crate, which can only be opened for reading";
  expect_refused({.file = crate, .nothing_live = true}, refused, message);
  expect_refused({.file = crate, .nothing_live = true, .dry_run = true}, refused, message);

  const std::string old = golden("v1_opt_r0.arena");
  expect_refused({.file = old, .nothing_live = true}, refused,
                 old + ": wrong format version: expected 2, found 1, that of rarena 0.1, which can only be opened for reading");
}

// A cursor beyond the end: what is live says where the data end.
TEST_F(Rebuild, ADamagedCursor) {
  for (const std::uint32_t cursor : {5000U, 111U, 0xffffffffU}) {
    const std::string file = closed_file();
    patch(file, 24, cursor);
    EXPECT_FALSE(sound(file));
    EXPECT_EQ(run({.file = file, .live = live}), done) << err_;
    EXPECT_THAT(out_, StartsWith(file + ": untrusted, because it was asked for: the freelist is dropped"));
    EXPECT_THAT(out_, HasSubstr("\ncursor                       4096        896\n"));
    EXPECT_TRUE(sound(file));
    EXPECT_EQ(opened(file).free_segments().size(), 4U);
    std::filesystem::remove(file);
  }
}

TEST_F(Rebuild, AFileThatWasCutShort) {
  const std::string file = closed_file();
  std::filesystem::resize_file(file, 700);  // 12 bytes of the last live segment are left
  EXPECT_EQ(run({.file = file, .live = live}), refused);
  EXPECT_EQ(err_, "rarena: " + file + ": out of range: [688, 896) is not inside the bytes in use, which end at 700\n");
  EXPECT_EQ(run({.file = file, .live = {{368, 100}, {508, 20}, {588, 20}, {688, 12}}}), done) << err_;
  EXPECT_THAT(out_, StartsWith(file + ": cut short: the cursor goes back by 196 bytes, to the end of the file\n" + file +
                               ": untrusted, because it was asked for: the freelist is dropped"));
  EXPECT_TRUE(sound(file));
}

TEST_F(Rebuild, AFileInUse) {
  const std::string file = closed_file();
  {
    const auto reader = opened(file);
    EXPECT_EQ(run({.file = file, .live = live}), unusable);
    EXPECT_EQ(err_, "rarena: " + file + ": file is in use by another arena\n");
    EXPECT_EQ(run({.file = file, .live = live, .dry_run = true}), done);
  }
  EXPECT_EQ(run({.file = file, .live = live}), done);
}

class Create : public Tools {
 protected:
  std::string path_ = folder_.file("new").string();
};

TEST_F(Create, WithEveryOption) {
  Said said;
  const Options wanted{.capacity = 4096,
                       .reserved = 9,
                       .minimum_segment_size = 33,
                       .magic_version = 500,
                       .freelist = Freelist::pessimistic,
                       .descriptor_reserve = 2};
  ASSERT_EQ(create({.file = path_, .arena = wanted}, said.console), done) << said.err.str();
  EXPECT_EQ(said.out.str(), path_ + ": created: 4096 bytes, 3968 of them for data; 2 descriptors made\n");
  const auto arena = value_of(Arena::map(path_, wanted));
  EXPECT_EQ(arena.capacity(), 4096U);
  EXPECT_EQ(arena.minimum_segment_size(), 33U);
  EXPECT_EQ(arena.spare_descriptors(), 2U);
  EXPECT_EQ(arena.recovery().opening, Recovery::Opening::clean);
}

TEST_F(Create, AnExistingFileIsNotTouched) {
  const std::string file = golden("opt_r0.arena"), before = read_file(file);
  Said said;
  EXPECT_EQ(create({.file = file, .arena = {.capacity = 1024}}, said.console), refused);
  EXPECT_EQ(said.err.str(), "rarena: " + file + ": file exists\n");
  EXPECT_EQ(read_file(file), before);
}

TEST_F(Create, Errors) {
  Said said;
  EXPECT_EQ(create({.file = path_, .arena = {.capacity = 112}}, said.console), refused);
  EXPECT_EQ(said.err.str(), "rarena: " + path_ + ": capacity too small: expected 113, found 112\n");
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(create({.file = path_ + "/x", .arena = {.capacity = 400}}, said.console), unusable);
}

}  // namespace
}  // namespace rarena::tools
