// The program itself: command lines and exit statuses, and its line of progress.
#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "progress.hpp"
#include "tools_test_support.hpp"

namespace rarena::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Program : public Tools {
 protected:
  // Runs `rarena ARGUMENTS` by the shell, and keeps what it says on both streams.
  int run(const std::string& arguments) {
    const std::string command = std::string("'") + RARENA_PROGRAM + "' " + arguments + " 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return -1;
    said_.clear();
    for (int c = 0; (c = std::getc(pipe)) != EOF;) said_.push_back(static_cast<char>(c));
    const int status = ::pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string said_;
};

TEST_F(Program, ExitStatuses) {
  const std::string sound = golden("opt_r0.arena"), elsewhere = golden("pes_r64.arena"), made = folder_.file("made").string();
  EXPECT_EQ(run("verify " + sound), 0) << said_;
  EXPECT_EQ(run("verify --json --reserved 64 " + elsewhere), 0) << said_;
  EXPECT_EQ(run("verify " + sound + " " + elsewhere), 1) << said_;
  EXPECT_EQ(run("verify " + sound + " " + elsewhere + " /nowhere"), 2) << said_;
  EXPECT_EQ(run("inspect --json " + sound), 0) << said_;
  EXPECT_EQ(run("inspect " + elsewhere), 1) << said_;
  EXPECT_EQ(run("dump " + sound), 0) << said_;
  EXPECT_EQ(run("dump --bytes 0x10:1K " + sound), 1) << said_;
  EXPECT_EQ(run("create " + made + " --capacity 4K --freelist pessimistic --magic-version 0x12"), 0) << said_;
  EXPECT_EQ(run("create " + made + " --capacity 4K"), 1) << said_;
  EXPECT_EQ(run("create " + made + "/x --capacity 4K"), 2) << said_;
  EXPECT_EQ(run("create " + made + "2 --capacity 4G"), 1) << said_;
  EXPECT_THAT(said_, HasSubstr("size too large: expected at most 4294967295, found 4294967296"));
  EXPECT_FALSE(std::filesystem::exists(made + "2"));
  EXPECT_EQ(run("rebuild " + made + " --live 112:100 122:1"), 1) << said_;
  EXPECT_EQ(run("rebuild " + made + " --live 112:100 --live 222:1"), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("\ncursor                        368        223\n"));
  EXPECT_EQ(run("rebuild " + made + " --live-file - < /dev/null"), 2) << said_;
  EXPECT_EQ(run("rebuild " + made + " --nothing-live"), 0) << said_;
}

TEST_F(Program, CreateTakesAMode) {
  const std::filesystem::path made = folder_.file("made");
  const auto mode_of = [&](const std::string& mode) {
    EXPECT_EQ(run("create " + made.string() + " --capacity 4K" + mode), 0) << said_;
    const auto permissions = static_cast<unsigned>(std::filesystem::status(made).permissions());
    std::filesystem::remove(made);
    return permissions;
  };
  const mode_t before = ::umask(02);
  EXPECT_EQ(mode_of(""), 0644U);
  EXPECT_EQ(mode_of(" --mode 400"), 0400U);
  EXPECT_EQ(mode_of(" --mode 0662"), 0660U) << "less the umask";
  ::umask(before);
}

TEST_F(Program, WrongUse) {
  for (const char* arguments :
       {"", "frobnicate", "inspect", "inspect x --width 0", "inspect x --reserved -1", "create x",
        "create x --capacity 17179869184G", "create x --capacity 1T", "create x --capacity 1K --freelist some",
        "create x --capacity 1K --magic-version 64K", "create x --capacity 1K --mode 648", "rebuild x --live 5",
        "rebuild x --live 1:2 --nothing-live", "rebuild x --live-file y --nothing-live", "verify", "verify x --most many",
        "dump x --bytes 5"}) {
    EXPECT_EQ(run(arguments), 2) << arguments << "\n" << said_;
    EXPECT_THAT(said_, StartsWith("rarena: ")) << arguments;
  }
}

TEST_F(Program, Help) {
  EXPECT_EQ(run("--help"), 0);
  EXPECT_THAT(said_, HasSubstr("Exit status: 0 done, or sound"));
  EXPECT_EQ(run("create --help"), 0);
  EXPECT_THAT(said_, HasSubstr("--mode MODE"));
  EXPECT_EQ(run("rebuild --help"), 0);
  EXPECT_THAT(said_, HasSubstr("and the named roots"));
  EXPECT_EQ(run("verify --help"), 0);
  EXPECT_EQ(run("--version"), 0);
  EXPECT_THAT(said_, StartsWith("rarena "));
}

TEST_F(Program, OutputThatCannotBeWritten) { EXPECT_EQ(run("inspect " + golden("opt_r0.arena") + " > /dev/full"), 2) << said_; }

TEST(ProgressLine, IsShownOnATerminalAndGoneAfterwards) {
  Said said;
  said.console.terminal = true;
  {
    Progress progress(said.console, "file", "bytes", 100, {});
    progress.show(7);
    progress.show(8);  // too soon
  }
  EXPECT_EQ(said.err.str(), "\r\x1b[Kfile: 7 of 100 bytes\r\x1b[K");
}

TEST(ProgressLine, IsNotShownElsewhereNorAtOnce) {
  Said said;
  {
    Progress(said.console, "file", "bytes", 100, {}).show(7);
  }
  said.console.terminal = true;
  {
    Progress(said.console, "file", "bytes").show(7);
  }
  EXPECT_EQ(said.err.str(), "");
}

}  // namespace
}  // namespace rarena::tools
