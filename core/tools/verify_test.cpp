// rarena verify: sound files of both formats, and each kind of damage with the byte it is at.
#include "verify.hpp"

#include <fstream>
#include <tuple>

#include "tools_test_support.hpp"

namespace rarena::tools {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class Verify : public Tools {
 protected:
  int run_with(const VerifyOptions& options) {
    Said said;
    const int status = verify(options, said.console);
    out_ = said.out.str();
    err_ = said.err.str();
    return status;
  }
  int run(const std::string& file, Size reserved = 0) { return run_with({.files = {file}, .reserved = reserved}); }

  // The damaged file is unsound, with this message about this byte, and is as it was afterwards.
  void expect_violation(const std::string& file, std::uint64_t at, const std::string& message, Size reserved = 0) {
    const std::string before = read_file(file);
    EXPECT_EQ(run(file, reserved), refused) << out_;
    EXPECT_THAT(out_, HasSubstr(file + ": byte " + std::to_string(at) + ": " + message + "\n"));
    EXPECT_EQ(err_, "");
    EXPECT_EQ(read_file(file), before);
  }
  // The same for a golden file, damaged by one word.
  template <class T>
  void expect_damage(std::uint64_t where, T value, std::uint64_t at, const std::string& message) {
    const std::string file = golden("opt_r0.arena");
    patch(file, where, value);
    expect_violation(file, at, message + anew);
    EXPECT_THAT(out_, HasSubstr("the library refuses to open this file"));
    std::filesystem::remove(file);
  }

  std::string out_, err_;
};

constexpr std::uint64_t node(std::uint32_t next, std::uint32_t size) { return next | std::uint64_t{size} << 32U; }

TEST_F(Verify, GoldenFilesAreSound) {
  EXPECT_EQ(run(golden("none_r0.arena")), done);
  EXPECT_THAT(out_, EndsWith("sound: a file of the Rust crate, which has no seal, 0 free segments of 0 bytes\n"));
  EXPECT_EQ(run(golden("opt_r0.arena")), done);
  EXPECT_THAT(out_, EndsWith("4 free segments of 140 bytes\n"));
  EXPECT_EQ(run(golden("pes_r64.arena"), 64), done) << out_;
}

TEST_F(Verify, GoldenFilesOfVersion1) {
  for (const auto& [name, reserved, text] : {std::tuple{"v1_none_r0.arena", 0U, "0 free segments of 0 bytes\n"},
                                             {"v1_opt_r0.arena", 0U, "4 free segments of 184 bytes\n"},
                                             {"v1_opt_r64.arena", 64U, "4 free segments of 184 bytes\n"},
                                             {"v1_pes_r64.arena", 64U, "4 free segments of 184 bytes\n"}}) {
    EXPECT_EQ(run(golden(name), reserved), done) << out_;
    EXPECT_THAT(out_, EndsWith(std::string(": sound: closed cleanly, ") + text));
  }
  const std::string killed = golden("v1_killed_r0.arena");
  EXPECT_EQ(run(killed), refused);
  EXPECT_THAT(
      out_, HasSubstr("UNSOUND: 1 violation\n" + killed + ": byte 36: untrusted seal: expected 350599083 at byte 36, found "));
  EXPECT_THAT(out_, EndsWith(": note: the library refuses to open this file for writing\n"));
}

TEST_F(Verify, DamagedPrefixOfAGoldenFile) {
  std::string file = golden("opt_r0.arena");
  patch<char>(file, 2, 'A');
  expect_violation(file, 2, "not an arena file: expected 97 at byte 2, found 65" + other_reserved);
  patch<char>(file, 2, 'a');
  patch<std::uint16_t>(file, 6, 9);
  expect_violation(file, 6, "wrong format version: expected 2, found 9");
  patch<std::uint16_t>(file, 6, 0);
  patch<char>(file, 1, 3);
  expect_violation(file, 1, "wrong freelist kind: expected 2, found 3");
  patch<char>(file, 1, 1);
  std::filesystem::resize_file(file, 32);
  expect_violation(file, 32, "file too small: expected 113, found 32");
}

TEST_F(Verify, DamagedHeaderOfAGoldenFile) {
  expect_damage<std::uint32_t>(16, 1025, 16, "damaged header: expected 1024 at byte 16, found 1025");
  expect_damage<std::uint32_t>(16, 31, 16, "damaged header: expected 32 at byte 16, found 31");
  expect_damage<std::uint32_t>(24, 593, 24, "damaged header: expected 592 at byte 24, found 593");
  expect_damage<std::uint32_t>(12, 1, 12, "damaged freelist: expected 4294967295 at byte 12, found 1");
  const std::string file = golden("opt_r0.arena");
  std::filesystem::resize_file(file, 600);  // the cursor is at 624
  expect_violation(file, 16, "damaged header: expected 600 at byte 16, found 624" + anew);
}

TEST_F(Verify, DamagedNodesOfAGoldenFile) {
  expect_damage(8, node(616 + 8, 0xffffffff), 8, "damaged freelist: expected 616 at byte 8, found 624");
  expect_damage(8, node(8, 0xffffffff), 8, "damaged freelist: expected 32 at byte 8, found 8");
  expect_damage(8, node(523, 0xffffffff), 8, "damaged freelist: expected 528 at byte 8, found 523");
  expect_damage(344, node(520, 35), 344, "damaged freelist: expected 0 at byte 344, found 520");  // a cycle
  expect_damage(344, node(96, 49), 348, "damaged freelist: expected 48 at byte 348, found 49");   // 48, 49: not in order
  expect_damage(520, node(344, 100), 524, "damaged freelist: expected 624 at byte 524, found 628");
  expect_damage(96, node(208, 34 + 80), 100, "damaged freelist: expected 35 at byte 100, found 114");
}

TEST_F(Verify, OverlapsInAGoldenFile) {
  const std::string file = golden("opt_r0.arena");
  patch(file, 520, node(344, 300 - 204));  // [528, 624): fine
  EXPECT_EQ(run(file), done) << out_;
  patch(file, 344, node(96, 90));
  patch(file, 8, node(344, 0xffffffff));
  patch(file, 96, node(424, 35));  // a node inside the free bytes of another one
  patch(file, 424, node(0xffffffff, 10));
  expect_violation(file, 352, "segments overlap: [352, 442) ends behind 424, where the next one begins" + anew_if_a_file);
}

TEST_F(Verify, ThePrefixIsElsewhere) {
  const std::string file = golden("pes_r64.arena");
  expect_violation(file, 0, "not an arena file: expected 0 at byte 0, found 192" + other_reserved);
  EXPECT_THAT(out_, EndsWith(": there is a valid prefix at byte 64: try --reserved 64\n"));
  expect_violation(file, 1024, "file too small: expected 5105, found 1024", 5000);
  EXPECT_THAT(out_, EndsWith("try --reserved 64\n"));
}

TEST_F(Verify, ClosedFiles) {
  EXPECT_EQ(run(closed_file(Freelist::pessimistic, 13), 13), done) << out_;
  EXPECT_THAT(out_, EndsWith("/arena: sound: closed cleanly, 3 free segments of 180 bytes\n"));
}

TEST_F(Verify, AFileInUseCannotBeRead) {
  const std::string file = folder_.file("arena").string();
  const auto arena = value_of(Arena::map_mut(file, options(Freelist::optimistic, 0)));
  EXPECT_EQ(run(file), unusable);
  EXPECT_EQ(out_, "");
  EXPECT_EQ(err_, "rarena: " + file + ": file is in use by another arena\n");
}

TEST_F(Verify, AReaderIsNoObstacle) {
  const std::string file = closed_file();
  const auto arena = value_of(Arena::map(file, options(Freelist::optimistic, 0)));
  EXPECT_EQ(run(file), done) << err_;
}

TEST_F(Verify, WhatCannotBeRead) {
  const std::string missing = folder_.file("missing").string();
  EXPECT_EQ(run(missing), unusable);
  EXPECT_EQ(err_, "rarena: " + missing + ": system call failed: No such file or directory\n");
  EXPECT_EQ(run(std::filesystem::temp_directory_path().string()), unusable);
  EXPECT_THAT(err_, HasSubstr("not a regular file"));
}

TEST_F(Verify, TheWorstOfSeveralFiles) {
  const std::string sound = golden("opt_r0.arena"), unsound = golden("pes_r64.arena"), missing = folder_.file("x").string();
  EXPECT_EQ(run_with({.files = {sound, unsound}}), refused);
  EXPECT_EQ(run_with({.files = {unsound, sound}}), refused);
  EXPECT_EQ(run_with({.files = {missing, unsound, sound}}), unusable);
  EXPECT_THAT(out_, HasSubstr(sound + ": sound"));
}

TEST_F(Verify, AFileLeftByADeadProcessIsSound) {
  const std::string file = dirty_file();
  EXPECT_EQ(run(file), done) << out_;
  EXPECT_THAT(out_, HasSubstr("sound: left by a process that died, 3 free segments of 180 bytes, 0 of them marked"));

  const std::uint64_t first = detail::Link(peek<std::uint64_t>(file, 8)).next();
  const detail::Link link(peek<std::uint64_t>(file, first));
  patch(file, first, link.marked_to(link.next()).bits());
  EXPECT_EQ(run(file), done) << out_;
  EXPECT_THAT(out_, HasSubstr("3 free segments of 180 bytes, 1 of them marked: opening the file unmarks these"));
}

TEST_F(Verify, ACopyOfAnOpenFileHasABadSeal) {
  const std::string file = dirty_file(), copy = folder_.file("copy").string();
  std::filesystem::copy_file(file, copy);
  EXPECT_EQ(run(copy), refused) << out_;
  EXPECT_THAT(out_, HasSubstr(copy + ": byte 36: untrusted seal: expected "));
  EXPECT_THAT(out_, EndsWith(": untrusted: it is a copy of a file that was open; remedy: opening the file for writing drops "
                             "the freelist, 3 segments of 180 bytes; rarena rebuild "
                             "makes one from what is live\n"));
}

TEST_F(Verify, AFlippedBitOfTheHeader) {
  const std::string file = closed_file();
  const auto seal = peek<std::uint32_t>(file, 36);
  patch<std::uint32_t>(file, 32, 20 ^ 1);
  const std::string bytes = read_file(file);
  const detail::MemoryView view(reinterpret_cast<const std::byte*>(bytes.data()), detail::Geometry::unified(0, 4096));
  const std::uint64_t lists = value_of(detail::examine_sound(view)).sum.value();
  const std::uint32_t expected = detail::clean_seal(view.prefix(), view.header(), view.annex(), lists);
  expect_violation(file, 36,
                   "untrusted seal: expected " + std::to_string(expected) + " at byte 36, found " + std::to_string(seal));
  EXPECT_THAT(out_, HasSubstr("UNSOUND: 1 violation\n"));
}

TEST_F(Verify, ADamagedDescriptor) {
  const std::string file = closed_file();
  const std::uint64_t first = detail::Link(peek<std::uint64_t>(file, 8)).next();
  const auto size = peek<std::uint32_t>(file, first + 12), cursor = peek<std::uint32_t>(file, 24);
  ASSERT_EQ(size, 80U);
  patch<std::uint32_t>(file, first + 8, cursor);
  EXPECT_EQ(run(file), refused);
  EXPECT_THAT(out_, HasSubstr("UNSOUND: 2 violations\n")) << "the seal covers the lists";
  EXPECT_THAT(out_, HasSubstr(": untrusted: its seal fits nothing; remedy: opening the file for writing drops the freelist"));
  reseal(file, 0);
  expect_violation(file, first + 8,
                   "damaged freelist: expected " + std::to_string(cursor) + " at byte " + std::to_string(first + 8) +
                       ", found " + std::to_string(cursor + 80) + anew);
  EXPECT_THAT(out_, HasSubstr("note: the library refuses to open this file; rarena rebuild makes its freelist anew"));
  patch<std::uint32_t>(file, first + 12, 0);  // and the order is wrong from here on
  reseal(file, 0);
  EXPECT_EQ(run(file), refused);
  EXPECT_THAT(out_, HasSubstr("UNSOUND: 2 violations\n"));
}

// The counter of an untrusted file is not believed, so it is no reason to refuse it.
TEST_F(Verify, AnUntrustedCounterHasARemedy) {
  const std::string file = closed_file();
  patch<std::uint32_t>(file, 28, 0xffffffff);
  EXPECT_EQ(run(file), refused);
  EXPECT_THAT(out_, HasSubstr("byte 28: damaged header"));
  EXPECT_THAT(out_, HasSubstr("remedy: opening the file for writing drops the freelist"));
}

TEST_F(Verify, UntrustedAndDamagedIsStillToBeOpened) {
  const std::string file = closed_file();
  patch<std::uint64_t>(file, 8, detail::Link(3952, false, 0).bits());
  expect_violation(file, 8, "damaged freelist: expected 880 at byte 8, found 3952" + anew);
  EXPECT_THAT(out_, HasSubstr("untrusted seal"));
  EXPECT_THAT(out_, HasSubstr("remedy: opening the file for writing drops the freelist, 0 segments of 0 bytes"));
  patch<std::uint32_t>(file, 24, 5000);
  expect_violation(file, 24, "damaged header: expected 4096 at byte 24, found 5000" + anew);
  EXPECT_THAT(out_, HasSubstr("note: the library refuses to open this file"));
}

TEST_F(Verify, ListsNoMoreThanAskedForAndCountsAll) {
  const std::string file = closed_file();
  const std::uint64_t first = detail::Link(peek<std::uint64_t>(file, 8)).next();
  for (std::uint64_t d = first, i = 0; i < 3; ++i, d = detail::Link(peek<std::uint64_t>(file, d)).next())
    patch<std::uint32_t>(file, d + 12, 0);
  patch<std::uint32_t>(file, 36, 1);
  EXPECT_EQ(run_with({.files = {file}, .most = 2}), refused);
  EXPECT_THAT(out_, HasSubstr("UNSOUND: 4 violations\n"));
  EXPECT_THAT(out_, HasSubstr(": 2 more violations are not listed (--most), 4 in all\n"));
  EXPECT_EQ(std::ranges::count(out_, '\n'), 5);
  EXPECT_EQ(run_with({.files = {file}, .most = 0}), refused);
  EXPECT_THAT(out_, Not(HasSubstr("byte ")));
}

TEST_F(Verify, Json) {
  const std::string sound = golden("opt_r0.arena"), unsound = closed_file(), missing = folder_.file("x").string();
  patch<std::uint32_t>(unsound, 24, 5000);
  EXPECT_EQ(run_with({.files = {sound, unsound, missing}, .json = true}), unusable);
  const json report = json::parse(out_);
  EXPECT_EQ(report["exit_status"], 2);
  EXPECT_EQ(report["files"][0]["status"], "sound");
  EXPECT_EQ(report["files"][0]["seal"], "unsealed");
  EXPECT_EQ(report["files"][0]["violations"], json::array());
  EXPECT_EQ(report["files"][1]["status"], "unsound");
  EXPECT_EQ(report["files"][1]["violation_count"], 2);
  EXPECT_EQ(report["files"][1]["violations"][0]["code"], "bad_seal");
  json second = json::parse(R"({"code": "bad_header", "at": 24, "expected": 4096, "found": 5000})");
  second["message"] = "damaged header: expected 4096 at byte 24, found 5000" + anew;
  EXPECT_EQ(report["files"][1]["violations"][1], second);
  EXPECT_EQ(report["files"][2]["status"], "unreadable");
  EXPECT_EQ(report["files"][2]["error"]["code"], "system");
  EXPECT_THAT(err_, HasSubstr("No such file"));
}

}  // namespace
}  // namespace rarena::tools
