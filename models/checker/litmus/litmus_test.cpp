// The counts of litmus-counts.tsv: exact, in every order of the threads.
//
// Expected counts are in the file alone, by name. Its path is the compile definition CHECKER_LITMUS_COUNTS, in quotes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>

#include "litmus_rows.hpp"
#include "litmus_test_support.hpp"

namespace checker::litmus {

void PrintTo(const Row& row, std::ostream* out) { *out << row.title(); }

namespace {

const Counts& golden() {
  static const Counts counts = read_counts(CHECKER_LITMUS_COUNTS);
  return counts;
}

class LitmusCount : public testing::TestWithParam<Row> {};

TEST_P(LitmusCount, IsExact) {
  const Row& row = GetParam();
  ASSERT_TRUE(golden().contains(row.name)) << "litmus-counts.tsv has no row \"" << row.name << '"';
  const std::uint64_t expected = golden().at(row.name);
  Options options;
  options.check_duplicates = expected < 5000;
  Shared shared;
  for_each_order(row.program(shared), [&](Threads threads) {
    const Result result = check(options, std::move(threads));
    EXPECT_EQ(result.verdict, Verdict::held) << describe(result);
    EXPECT_EQ(result.counters.complete, expected);
    EXPECT_EQ(result.counters.blocked, 0U);
    EXPECT_EQ(result.counters.bound, 0U);
    EXPECT_EQ(result.counters.duplicates, 0U);
  });
}

// The number of the row and the letters and digits of its title.
std::string name_of_test(const testing::TestParamInfo<Row>& info) {
  std::string name = info.index < 10 ? "0" : "";
  name += std::to_string(info.index) + '_';
  for (const char c : info.param.title()) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      name += c;
    else if (name.back() != '_')
      name += '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rows, LitmusCount, testing::ValuesIn(rows()), name_of_test);

TEST(LitmusCounts, EveryRowOfTheFileHasAProgram) {
  std::set<std::string> run;
  for (const Row& row : rows()) run.insert(row.name);
  for (const auto& [name, count] : golden()) EXPECT_TRUE(run.contains(name)) << "no program for \"" << name << '"';
}

TEST(LitmusCounts, NoProgramIsThereTwice) {
  std::set<std::string> titles;
  for (const Row& row : rows()) EXPECT_TRUE(titles.insert(row.title()).second) << row.title();
}

// A file with this text, gone with the object. Tests run beside each other: each process has a name of its own.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(testing::TempDir() + "litmus-counts-of-test-" + std::to_string(::getpid()) + ".tsv") {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::remove(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string error_of(const std::string& text) {
  const TemporaryFile file(text);
  try {
    read_counts(file.path());
  } catch (const std::runtime_error& error) {
    return std::string(error.what()).substr(file.path().size());
  }
  return "none";
}

TEST(ReadCounts, ReadsRowsAndSkipsComments) {
  const TemporaryFile file("# comment\nprogram\tcomplete\nSB: a b\t4\n# comment\nMP\t3\n");
  EXPECT_EQ(read_counts(file.path()), (Counts{{"SB: a b", 4}, {"MP", 3}}));
}

TEST(ReadCounts, SaysWhatIsWrong) {
  EXPECT_EQ(error_of("SB\t4\n"), ":1: expected the heading program, tab, complete, found \"SB\t4\"");
  EXPECT_EQ(error_of("program\tcomplete\nSB 4\n"), ":2: expected a name, a tab and a count, found \"SB 4\"");
  EXPECT_EQ(error_of("program\tcomplete\nSB\t4x\n"), ":2: expected a name, a tab and a count, found \"SB\t4x\"");
  EXPECT_EQ(error_of("program\tcomplete\nSB\t4\nSB\t4\n"), ":3: expected a new name, found \"SB\t4\"");
  EXPECT_EQ(error_of("program\tcomplete\n"), ": expected rows, found none");
  EXPECT_THROW(read_counts("no/such/file"), std::runtime_error);
}

}  // namespace
}  // namespace checker::litmus
