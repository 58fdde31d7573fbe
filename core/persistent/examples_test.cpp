// The programs of the folder example, each run several times: what one process has left, the next one finds at another address.
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <fstream>
#include <set>
#include <string>

#include "../arena/arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

struct Ran {
  int status = -1;
  std::string output;
};

class Examples : public ::testing::Test {
 protected:
  // An example with this file and these words.
  Ran run(const std::string& program, const std::string& words) const {
    const std::string command =
        std::string(RARENA_EXAMPLES) + "/example_" + program + " " + folder.file("arena").string() + " " + words + " 2>&1";
    FILE* const pipe = ::popen(command.c_str(), "r");
    Ran ran;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) ran.output += static_cast<char>(c);
    ran.status = WEXITSTATUS(::pclose(pipe));
    return ran;
  }
  static bool has(const Ran& ran, const std::string& text) { return ran.output.find(text) != std::string::npos; }
  // Whether the system maps a file where it likes.
  static bool addresses_are_random() {
    std::ifstream setting("/proc/sys/kernel/randomize_va_space");
    int value = 0;
    return (setting >> value) && value != 0;
  }

  TemporaryFolder folder;
};

TEST_F(Examples, NotesAreFoundByAnotherProcessAtAnotherAddress) {
  EXPECT_EQ(run("notes", "add 'a short one' 'a note that is too long for a string to hold inside itself'").status, 0);
  std::set<std::string> addresses;
  for (int i = 0; i < 20; ++i) {
    const Ran ran = run("notes", i % 2 == 0 ? "list" : "add again");
    EXPECT_EQ(ran.status, 0);
    EXPECT_TRUE(has(ran, "\na short one\na note that is too long for a string to hold inside itself\n")) << ran.output;
    addresses.insert(ran.output.substr(0, ran.output.find('\n')));
  }
  EXPECT_TRUE(addresses.size() > 1 || !addresses_are_random());
}

TEST_F(Examples, NotesAreNoMap) {
  EXPECT_EQ(run("notes", "add one").status, 0);
  const Ran ran = run("kv", "list");
  EXPECT_NE(ran.status, 0) << "the file is of another version";
  EXPECT_TRUE(has(ran, "wrong magic version")) << ran.output;
}

TEST_F(Examples, AMapKeepsWhatWasPutIntoIt) {
  EXPECT_EQ(run("kv", "put one 1").status, 0);
  EXPECT_EQ(run("kv", "put two 2").status, 0);
  EXPECT_TRUE(has(run("kv", "get one"), "1\n"));
  EXPECT_TRUE(has(run("kv", "list"), "two = 2\n"));
  EXPECT_TRUE(has(run("kv", "del two"), "1\n"));
  EXPECT_TRUE(has(run("kv", "get two"), "(none)\n"));
}

TEST_F(Examples, AMapIsFilledByThreadsAndSurvivesItsProcess) {
  EXPECT_EQ(run("kv", "fill 5000 4 crash").status, 9);
  const Ran checked_map = run("kv", "check 5000");
  EXPECT_TRUE(has(checked_map, " 0 values are bad")) << checked_map.output;
  EXPECT_EQ(checked_map.status, 0);
  EXPECT_NE(run("kv", "check 5001").status, 0) << "one is not there";
  EXPECT_EQ(run("kv", "repair").status, 0);
  EXPECT_EQ(run("kv", "check 5000").status, 0);
}

TEST_F(Examples, ASkipListIsSorted) {
  for (const char* const key : {"c", "a", "b", "a"}) EXPECT_EQ(run("skip_list", std::string("put ") + key + " 1").status, 0);
  EXPECT_TRUE(has(run("skip_list", "list"), "a = 1\nb = 1\nc = 1\n"));
  EXPECT_TRUE(has(run("skip_list", "get b"), "1\n"));
  EXPECT_FALSE(has(run("skip_list", "get d"), "1\n"));
}

TEST_F(Examples, ASkipListSaysHowItIsUsed) {
  const Ran ran = run("skip_list", "put a");
  EXPECT_EQ(ran.status, 2);
  EXPECT_TRUE(has(ran, "usage: skip_list FILE put KEY VALUE")) << ran.output;
}

TEST_F(Examples, ASkipListIsSharedByThreadsAndLosesNoByte) {
  const Ran work = run("skip_list", "work 20 4 500");
  EXPECT_EQ(work.status, 0) << work.output;
  const Ran ran = run("skip_list", "check 20");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(has(ran, "0 bytes are lost\n")) << ran.output;
  EXPECT_NE(run("skip_list", "check 21").status, 0) << "one is not there";
}

TEST_F(Examples, ASkipListThatFreesWhatIsBeingReadIsSeen) {
  bool seen = false;
  for (int i = 0; i < 20 && !seen; ++i) seen = run("frees_at_once", "work 20 4 500").status != 0;
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace rarena::detail
