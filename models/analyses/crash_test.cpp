// Crashes at every moment: the shipped code recovers, and each planted bug is found and replayed. And what the analyses judge
// in memory is what an arena makes of a real file.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/rarena.hpp"
#include "crash.hpp"
#include "models/catalogue/names.hpp"
#include "models/checker/explore/explorer.hpp"
#include "models/checker_engine/engine.hpp"
#include "models/checker_engine/program_of.hpp"
#include "models/crash/defect.hpp"
#include "models/crash/process_kill.hpp"
#include "models/engine/shrink.hpp"
#include "table.hpp"

namespace rarena::models::checking {
namespace {

Job job(const std::string& scenario, const std::string& freelist, const std::string& mode, const std::string& bug = "") {
  return job_of({scenario, freelist, bug}, {.name = "crash", .options = {{"mode", mode}}}).value();
}

class Crashes : public testing::TestWithParam<const char*> {};

TEST_P(Crashes, AreRecovered) {
  for (const char* scenario :
       {"abandoned_unlink", "flush_of_listed", "flush_of_everything", "slab_from_segment", "merge_vs_split"}) {
    const auto ending = CheckerEngine(analyses()).run(job(scenario, "optimistic", GetParam()), {});
    ASSERT_TRUE(ending) << ending.error();
    EXPECT_EQ(ending->verdict, Verdict::held) << scenario << ": " << ending->violation->message;
    const auto crash = ending->more["crash"];
    EXPECT_GT(crash["files"], 30U);
    EXPECT_GT(crash["recoveries"], crash["files"]);
  }
}

TEST_P(Crashes, AreRecoveredWithAnIndex) {
  for (const char* scenario : {"index_vs_list", "two_runs_behind_boundaries", "two_tables_descending"}) {
    const auto ending = CheckerEngine(analyses()).run(job(scenario, "optimistic", GetParam()), {.maximum = 500});
    ASSERT_TRUE(ending) << ending.error();
    EXPECT_NE(ending->verdict, Verdict::violation) << scenario << ": " << ending->violation->message;
    EXPECT_GT(ending->more["crash"]["files"], 20U) << scenario;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Crashes,
                         testing::Values("kill", "power", "failing", "evicted", "shrink", "fork", "create", "copy"),
                         [](const auto& test) { return std::string(test.param); });

// One merge alone, and one that comes before an allocation is refused: the members of one run, and nothing before it has taken
// any.
TEST(Kills, OfAMergeLoseOneRunAtMost) {
  for (const char* kind : {"optimistic", "pessimistic"})
    for (const char* program : {"index 4 3, descriptors 4, free 2, free 2, pinned 1, free 3, free 3, pinned 1; m",
                                "merges, index 4 1, descriptors 2, free 1, free 1, pinned 1; a 2"}) {
      const auto ending = CheckerEngine(analyses()).run(job(program, kind, "kill"), {});
      ASSERT_TRUE(ending) << ending.error();
      EXPECT_EQ(ending->verdict, Verdict::held) << ending->violation->message;
      EXPECT_EQ(ending->more["lost"]["ranges"], 1U) << program;
      EXPECT_EQ(ending->more["lost"]["descriptors"], 2U) << program;
    }
}

// A bug that a mode finds. Every bug of recovery, and those of code that the table names for it.
struct Found {
  std::string mode;
  const Bug* bug;
  friend void PrintTo(const Found& found, std::ostream* out) { *out << found.mode << " " << found.bug->name; }
};

std::vector<Found> all_found() {
  std::vector<Found> all;
  for (const Bug& bug : bugs()) {
    if (!bug.found_by.contains("crash")) continue;
    const auto& modes = bug.found_by["crash"]["mode"];
    for (const auto& mode : modes.is_array() ? modes : nlohmann::ordered_json::array({modes})) all.push_back({mode, &bug});
  }
  return all;
}

class CrashBugs : public testing::TestWithParam<Found> {};

TEST_P(CrashBugs, AreFoundAndReplayed) {
  const auto& [mode, bug] = GetParam();
  CheckerEngine engine{analyses()};
  const Job with_bug = job(bug->scenario, std::string(name(bug->freelist)), mode, bug->name);
  const auto ending = engine.run(with_bug, {});
  ASSERT_TRUE(ending) << ending.error();
  ASSERT_TRUE(ending->violation);
  EXPECT_TRUE(ending->violation->invariant.starts_with("REC-")) << ending->violation->message;
  const Finding finding = finding_of(engine, with_bug, {}, *ending);
  auto replayed = engine.replay(with_bug, finding, false);
  ASSERT_TRUE(replayed) << replayed.error();
  EXPECT_TRUE(replayed->reproduced);
  if (bug->is_of_code()) return;
  Job control = with_bug;  // the shipped recovery survives that crash
  control.bug = nullptr;
  replayed = engine.replay(control, finding, false);
  ASSERT_TRUE(replayed) << replayed.error();
  EXPECT_FALSE(replayed->reproduced);
}

INSTANTIATE_TEST_SUITE_P(Bugs, CrashBugs, testing::ValuesIn(all_found()),
                         [](const auto& test) { return test.param.mode + "_" + test.param.bug->name; });

TEST(BugsOfRecovery, AreAllPlanted) {
  for (const Bug& bug : bugs())
    if (bug.kind == "recovery") {
      EXPECT_NE(crash::defect_of(&bug).value_or(crash::Defect::none), crash::Defect::none) << bug.name;
    }
}

TEST(CrashOptions, ThatAreWrongGetASentence) {
  Job wrong = job("bump_vs_bump", "none", "earthquake");
  EXPECT_EQ(CheckerEngine(analyses()).run(wrong, {}).error(),
            "no crash is called 'earthquake'; expected one of kill, power, failing, evicted, shrink, fork, create, copy");
  wrong.analysis.options = {{"mode", "power"}, {"page", 12}};
  EXPECT_EQ(CheckerEngine(analyses()).run(wrong, {}).error(), "expected pages of a power of two, 8 to 1024 bytes, found 12");
}

// A page that holds both the header and the segment hides that the header was not flushed: small pages are the worst.
TEST(Pages, AreAsLargeAsOneSays) {
  for (const Size page : {8U, 64U, 512U}) {
    Job shipped = job("flush_of_bumped", "pessimistic", "power"),
        bug = job("flush_of_bumped", "pessimistic", "power", "no_header_flush");
    shipped.analysis.options["page"] = bug.analysis.options["page"] = page;
    EXPECT_EQ(CheckerEngine(analyses()).run(shipped, {})->verdict, Verdict::held) << page;
    EXPECT_EQ(CheckerEngine(analyses()).run(bug, {})->verdict == Verdict::violation, page < 512) << page;
  }
}

// Files that kills of an execution leave, as real files with the marker of this machine's boot.
class RealFiles : public testing::TestWithParam<const char*> {};

TEST_P(RealFiles, AreOpenedAsTheAnalysisOpensThem) {
  const Job killed = job(GetParam(), "optimistic", "kill");
  const Image image = killed.image();
  const Geometry g = image.geometry();
  const auto path = std::filesystem::path(testing::TempDir()) / "rarena_crash_test.arena";
  unsigned opened = 0;
  const auto open_really = [&](const crash::Bytes& bytes, std::uint64_t) {
    crash::Bytes ours = bytes;
    crash::note_death(ours, g);
    crash::Tape tape;
    ASSERT_EQ(crash::Reopening(image, 2, crash::Defect::none).open(ours, 1, tape), "");
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
  with_program(killed, {}, explore);
  EXPECT_GT(opened, 50U);
  std::filesystem::remove(path);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, RealFiles, testing::Values("abandoned_unlink", "merge_behind_boundaries"));

}  // namespace
}  // namespace rarena::models::checking
