// Crashes at every moment: the shipped code recovers, and each planted bug is found and replayed. And what the analyses judge
// in memory is what an arena makes of a real file.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/rarena.hpp"
#include "models/crash/process_kill.hpp"
#include "models/scenarios/contention.hpp"
#include "run.hpp"

namespace rarena::models::checking {
namespace {

RunOptions job(const char* scenario, const char* freelist, const char* mode, const char* defect = "", const char* mutant = "") {
  RunOptions options;
  options.names = {scenario, freelist, mutant};
  options.crash = CrashNames{.mode = mode, .defect = defect};
  return options;
}

class Crashes : public testing::TestWithParam<const char*> {};

TEST_P(Crashes, AreRecovered) {
  for (const char* scenario : {"abandoned_unlink", "flush_of_listed", "flush_of_everything", "slab_from_segment"}) {
    const auto ending = run(job(scenario, "optimistic", GetParam()));
    ASSERT_TRUE(ending) << ending.error();
    EXPECT_EQ(ending->report.result.verdict, checker::Verdict::held)
        << scenario << ": " << ending->report.result.violation->message;
    ASSERT_TRUE(ending->crash);
    EXPECT_GT(ending->crash->files, 30U);
    EXPECT_GT(ending->crash->recoveries, ending->crash->files);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Crashes,
                         testing::Values("kill", "power", "failing", "evicted", "shrink", "fork", "create", "copy"),
                         [](const auto& test) { return std::string(test.param); });

struct Twin {
  const char *mode, *defect, *mutant, *scenario;
  const char* freelist = "pessimistic";
  friend void PrintTo(const Twin& twin, std::ostream* out) { *out << twin.defect << twin.mutant; }
};

class Twins : public testing::TestWithParam<Twin> {};

TEST_P(Twins, AreFoundAndReplayed) {
  const Twin& twin = GetParam();
  RunOptions options = job(twin.scenario, twin.freelist, twin.mode, twin.defect, twin.mutant);
  options.artifact = testing::TempDir() + "rarena_crash_test_" + twin.mode + twin.defect + twin.mutant + ".json";
  const auto ending = run(options);
  ASSERT_TRUE(ending) << ending.error();
  ASSERT_TRUE(ending->report.result.violation);
  EXPECT_TRUE(invariant_of(*ending->report.result.violation).starts_with("REC-")) << ending->report.result.violation->message;
  auto artifact = read_artifact(options.artifact);
  ASSERT_TRUE(artifact) << artifact.error();
  auto reproduced = replay(*artifact);
  ASSERT_TRUE(reproduced) << reproduced.error();
  EXPECT_TRUE(*reproduced);
  if (artifact->crash->defect.empty()) return;
  artifact->crash->defect = "";  // the shipped recovery survives that crash
  reproduced = replay(*artifact);
  ASSERT_TRUE(reproduced) << reproduced.error();
  EXPECT_FALSE(*reproduced);
}

INSTANTIATE_TEST_SUITE_P(
    Corpus, Twins,
    testing::Values(
        Twin{"kill", "keeps_marks", "", "flush_of_listed"}, Twin{"kill", "", "no_confirmation", "two_allocators_two_segments"},
        Twin{"power", "marker_first", "", "flush_of_listed"}, Twin{"power", "trusts_the_list", "", "flush_of_listed"},
        Twin{"power", "no_marker_flush", "", "three_threads_one_call"}, Twin{"power", "no_header_flush", "", "flush_of_bumped"},
        Twin{"power", "no_close_flush", "", "flush_of_listed"}, Twin{"failing", "forgets_failure", "", "flush_of_everything"},
        Twin{"evicted", "forgets_failure", "", "flush_of_everything"},
        Twin{"shrink", "shrinks_first", "", "cursor_hand_over", "none"}, Twin{"fork", "child_frees", "", "flush_of_everything"},
        Twin{"fork", "parent_seals", "", "flush_of_everything"}, Twin{"create", "named_first", "", "bump_vs_bump", "none"},
        Twin{"copy", "trusts_copies", "", "free_vs_allocate"}),
    [](const auto& test) { return fmt::format("{}_{}{}", test.param.mode, test.param.defect, test.param.mutant); });

TEST(CrashNames, ThatAreWrongGetASentence) {
  EXPECT_EQ(crash_of({.mode = "earthquake", .defect = ""}).error(),
            "no crash is called 'earthquake'; expected one of kill, power, failing, evicted, shrink, fork, create, copy");
  EXPECT_TRUE(
      crash_of({.mode = "kill", .defect = "x"}).error().starts_with("no defect is called 'x'; expected one of keeps_marks"));
  EXPECT_EQ(crash_of({.mode = "power", .defect = "", .page = 12}).error(),
            "expected pages of a power of two, 8 to 512 bytes, found 12");
}

// A page that holds both the header and the segment hides that the header was not flushed: small pages are the worst.
TEST(Pages, AreAsLargeAsOneSays) {
  for (const Size page : {8U, 64U, 512U}) {
    RunOptions options = job("flush_of_bumped", "pessimistic", "power");
    options.crash->page = page;
    EXPECT_EQ(run(options)->report.result.verdict, checker::Verdict::held) << page;
    options.crash->defect = "no_header_flush";
    EXPECT_EQ(run(options)->report.result.verdict == checker::Verdict::violation, page < 512) << page;
  }
}

// Files that kills of an execution leave, as real files with the marker of this machine's boot.
TEST(RealFiles, AreOpenedAsTheAnalysisOpensThem) {
  const Image image = AbandonedUnlink::image(Freelist::optimistic);
  const Geometry g = image.geometry();
  const auto path = std::filesystem::path(testing::TempDir()) / "rarena_crash_test.arena";
  unsigned opened = 0;
  const auto open_really = [&](const crash::Bytes& bytes, std::uint64_t) {
    crash::Bytes ours = bytes;
    crash::note_death(ours, g);
    crash::Tape tape;
    ASSERT_EQ(crash::Reopening(g, image.kind(), 2, crash::Defect::none).open(ours, 1, tape), "");
    const Structure expected = examine(MemoryView(ours.data.data(), g), {});
    std::filesystem::remove(path);
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data.data()), g.capacity());
    const auto marks = marks_of(LockedFile::open(path, FileAccess::read_only)->identity().value());
    crash::Bytes marked = bytes;
    crash::note_death(marked, g);
    crash::put_word(marked, g, g.boot().place, marks.boot);
    crash::put_word(marked, g, g.device().place, marks.device);
    crash::put_word(marked, g, g.file().place, marks.file);
    crash::put_word(marked, g, g.seal().place, dirty_marker(1, marks));
    std::ofstream(path, std::ios::binary | std::ios::in).write(reinterpret_cast<const char*>(marked.data.data()), g.capacity());
    const auto arena = Arena::map_mut(path, Options{.reserved = g.reserved(), .freelist = image.kind()});
    ASSERT_TRUE(arena) << arena.error().message();
    EXPECT_EQ(arena->recovery().opening, Recovery::Opening::process_died);
    std::vector<Extent> free;
    for (const ListedSegment& segment : expected.free) free.push_back(segment.extent);
    EXPECT_EQ(arena->free_segments(), free);
    EXPECT_EQ(arena->allocated(), expected.allocated);
    ++opened;
  };
  const auto analysis = std::make_shared<crash::ProcessKill>(image, 2, crash::Defect::none, open_really);
  const Use explore = [&](const checker::Program& shared) {
    checker::Program program = shared;
    const ArenaProgram arena(image, OrderTable{});
    program.judge = [&](const checker::Graph& graph) { return checker::Judgement((*analysis)(history_of(arena, graph))); };
    EXPECT_EQ(checker::Explorer(program, {}).run().result.verdict, checker::Verdict::held);
  };
  with_program<AbandonedUnlink, Shipped>({.kind = Freelist::optimistic}, explore);
  EXPECT_GT(opened, 50U);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace rarena::models::checking
