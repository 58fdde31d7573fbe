// rarena inspect: what it says of the crate's files to the byte, and that its numbers add up.
#include "inspect.hpp"

#include "tools_test_support.hpp"

namespace rarena::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Inspect : public Tools {
 protected:
  std::string text(const InspectOptions& options) {
    Said said;
    EXPECT_EQ(inspect(options, said.console), done) << said.err.str();
    EXPECT_EQ(said.err.str(), "");
    return said.out.str();
  }
  json as_json(const std::string& file, Size reserved = 0) {
    return json::parse(text({.file = file, .reserved = reserved, .json = true}));
  }
};

struct Usable {
  Offset node;
  Size bytes;
};

void expect_free(const json& found, std::initializer_list<Usable> expected) {
  json segments = json::array();
  for (const auto [node, bytes] : expected)
    segments.push_back({{"descriptor", node}, {"offset", node + 8}, {"size", bytes}, {"marked", false}});
  EXPECT_EQ(found["free_segments"], segments);
  EXPECT_EQ(found["free"]["segments"], expected.size());
  EXPECT_EQ(found["descriptors"]["linked"], expected.size());
  EXPECT_EQ(found["spare_descriptors"], json::array());
}

void expect_sum(const json& found) {
  std::uint64_t sum = 0;
  for (const auto& bytes : found["bytes"]) sum += bytes.get<std::uint64_t>();
  EXPECT_EQ(sum, found["capacity"]);
  EXPECT_EQ(found["bytes"]["free"], found["free"]["bytes"]);
  EXPECT_EQ(found["bytes"]["unlisted"], found["unlisted_bytes"]);
  EXPECT_EQ(found["bytes"]["remaining"], found["remaining"]);
  EXPECT_EQ(found["cursor"].get<std::uint64_t>() + found["remaining"].get<std::uint64_t>(), found["capacity"]);
}

TEST_F(Inspect, GoldenFiles) {
  const json none = as_json(golden("none_r0.arena"));
  expect_free(none, {});
  EXPECT_EQ(none["freelist"], "none");
  EXPECT_EQ(none["discarded"], 184);
  EXPECT_EQ(none["free"]["largest"], nullptr);

  const json optimistic = as_json(golden("opt_r0.arena"));
  expect_free(optimistic, {{520, 48}, {344, 35}, {96, 32}, {208, 25}});
  EXPECT_EQ(optimistic["free"]["largest"], (json{{"offset", 528}, {"size", 48}}));

  const json pessimistic = as_json(golden("pes_r64.arena"), 64);
  expect_free(pessimistic, {{272, 25}, {160, 32}, {408, 35}, {584, 48}});
  EXPECT_EQ(pessimistic["magic_version"], 0x1234);
  EXPECT_EQ(pessimistic["cursor"], 688);
  EXPECT_EQ(pessimistic["data_offset"], 96);
  EXPECT_EQ(pessimistic["discarded"], 32);

  for (const json& found : {none, optimistic, pessimistic}) {
    expect_sum(found);
    EXPECT_EQ(found["format_version"], 0);
    EXPECT_EQ(found["capacity"], 1024);
    EXPECT_EQ(found["minimum_segment_size"], 20);
    EXPECT_EQ(found["seal"], (json{{"state", "unsealed"}}));
    EXPECT_EQ(found["sound"], true);
    EXPECT_EQ(found["unlisted_bytes"], 592 - 32 * (found["freelist"] == "none" ? 0 : 1) - found["discarded"].get<int>() -
                                           found["free"]["bytes"].get<int>());
  }
}

TEST_F(Inspect, TheTableOfAGoldenFile) {
  const std::string file = golden("opt_r0.arena"), table = text({.file = file});
  for (const char* row : {"format version        0\n", "freelist              optimistic\n", "cursor                624\n",
                          "remaining             400\n", "seal                  none: a file of the Rust crate has no seal\n",
                          "free segments         4, 140 bytes\n", "largest free segment  48 bytes at 528\n",
                          "descriptors           4 linked, 0 unused, 32 bytes\n", "structure             sound\n",
                          "|HH####D..####D.######D..########D...###                         |\n",
                          "  .  free                              140\n", "  #  discarded, place unknown           32\n"})
    EXPECT_THAT(table, HasSubstr(row));
}

TEST_F(Inspect, AGoldenFileOfVersion1) {
  const json found = as_json(golden("v1_pes_r64.arena"), 64);
  expect_sum(found);
  EXPECT_EQ(found["format_version"], 1);
  EXPECT_EQ(found["data_offset"], 104);
  EXPECT_EQ(found["cursor"], 800);
  EXPECT_EQ(found["seal"]["state"], "clean");
  EXPECT_EQ(found["seal"]["value"], found["seal"]["of_a_clean_close"]);
  EXPECT_EQ(found["free"]["bytes"], 184);
  EXPECT_EQ(found["unlisted_bytes"], 408);
  EXPECT_FALSE(found.contains("annex"));
  const json killed = as_json(golden("v1_killed_r0.arena"));
  EXPECT_EQ(killed["seal"]["state"], "untrusted");
  EXPECT_EQ(killed["seal"]["doubt"], "it was not closed, or is damaged: a file of version 1 does not tell which");
}

TEST_F(Inspect, TheAnnex) {
  const std::string file = closed_file();
  EXPECT_EQ(as_json(file)["annex"], (json{{"capacity", 4096}, {"generation", 1}}));
  EXPECT_THAT(text({.file = file}), HasSubstr("\ngeneration            1\n"));
  EXPECT_THAT(text({.file = file}), Not(HasSubstr("recorded capacity")));
  EXPECT_THAT(text({.file = file}), HasSubstr("prefix, header and annex"));
  std::filesystem::resize_file(file, 4000);
  EXPECT_EQ(as_json(file)["sound"], true) << "nothing that was allocated is gone";
  EXPECT_THAT(text({.file = file}), HasSubstr("\nrecorded capacity     4096\n"));
}

TEST_F(Inspect, RowsOfTheMap) {
  const std::string table = text({.file = golden("opt_r0.arena"), .width = 130});
  EXPECT_EQ(std::ranges::count(table, '|'), 6);
  EXPECT_THAT(table, HasSubstr("map: 130 cells of 8 bytes"));
}

TEST_F(Inspect, FilesOfThisFormat) {
  for (const Freelist kind : {Freelist::none, Freelist::optimistic, Freelist::pessimistic}) {
    const std::string file = closed_file(kind, 13);
    const json found = as_json(file, 13);
    expect_sum(found);
    EXPECT_EQ(found["seal"]["state"], "clean");
    EXPECT_EQ(found["seal"]["value"], found["seal"]["of_a_clean_close"]);
    EXPECT_EQ(found["bytes"]["reserved"], 13);
    EXPECT_EQ(found["unlisted_bytes"], 348);
    const bool listed = kind != Freelist::none;
    EXPECT_EQ(found["free"]["bytes"], listed ? 180 : 0);
    EXPECT_EQ(found["spare_descriptors"].size(), listed ? 13U : 0U);
    EXPECT_EQ(found["descriptors"]["unused"], listed ? 13 : 0);
    std::filesystem::remove(file);
  }
}

TEST_F(Inspect, HowItWasLeft) {
  const std::string file = dirty_file();
  EXPECT_EQ(as_json(file)["seal"]["state"], "process_died");
  EXPECT_THAT(text({.file = file}), HasSubstr(", process died: the last writer did not close the file"));
  patch<std::uint32_t>(file, 36, 1);
  EXPECT_EQ(as_json(file)["seal"]["state"], "untrusted");
  EXPECT_THAT(text({.file = file}), HasSubstr("seal                  0x00000001, untrusted"));
  EXPECT_THAT(text({.file = file}), HasSubstr("structure             UNSOUND, 1 violation, the first: untrusted seal"));
}

TEST_F(Inspect, MarkedSegments) {
  const std::string file = dirty_file();
  const std::uint64_t first = detail::Link(peek<std::uint64_t>(file, 8)).next();
  const detail::Link link(peek<std::uint64_t>(file, first));
  patch(file, first, link.marked_to(link.next()).bits());
  const json found = as_json(file);
  EXPECT_EQ(found["free"]["marked"], 1);
  EXPECT_EQ(found["free_segments"][0]["marked"], true);
  EXPECT_EQ(found["free_segments"][1]["marked"], false);
}

TEST_F(Inspect, ADamagedHeaderIsShownAsItIs) {
  const std::string file = closed_file();
  for (const std::uint32_t cursor : {0U, 5000U, 0xffffffffU}) {
    patch(file, 24, cursor);
    const json found = as_json(file);
    EXPECT_EQ(found["cursor"], cursor);
    EXPECT_EQ(found["sound"], false);
    EXPECT_EQ(found["violation_count"], 2);
    EXPECT_THAT(text({.file = file}), HasSubstr("UNSOUND, 2 violations"));
  }
}

TEST_F(Inspect, Refusals) {
  Said said;
  const std::string file = golden("pes_r64.arena");
  EXPECT_EQ(inspect({.file = file}, said.console), refused);
  EXPECT_EQ(said.err.str(), "rarena: " + file + ": not an arena file: expected 0 at byte 0, found 192" + other_reserved +
                                "; there is a valid prefix at "
                                "byte 64: try --reserved 64\n");
  EXPECT_EQ(inspect({.file = folder_.file("missing").string()}, said.console), unusable);
  EXPECT_EQ(said.out.str(), "");
}

TEST_F(Inspect, ANameThatIsNoText) {
  const std::string file = folder_.file("\xff").string();
  std::filesystem::copy_file(golden("opt_r0.arena"), file);
  EXPECT_EQ(as_json(file)["capacity"], 1024);
}

}  // namespace
}  // namespace rarena::tools
