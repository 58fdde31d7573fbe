// What the commands say about files with named roots: as they were closed, with damaged entries, and with roots that are free.
#include "../persistent/roots.hpp"

#include <span>
#include <sstream>

#include "../memory/memory_test_support.hpp"
#include "dump.hpp"
#include "inspect.hpp"
#include "rebuild.hpp"
#include "tools_test_support.hpp"
#include "verify.hpp"

namespace rarena::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Unnamed {
  char bytes[3];
};

class ToolsWithRoots : public Tools {
 protected:
  // Two roots and what is free between them; the second root has no name for its type, and its own name is no plain text.
  std::string closed() {
    const std::string path = folder_.file("arena").string();
    const auto arena = value_of(Arena::map_mut(path, options(Freelist::optimistic, 0)));
    value_of(arena.emplace_root<std::uint64_t>("seven", 7U));
    const Extent between = take(arena, 40);
    value_of(arena.emplace_root<Unnamed>("a\n\"b\""));
    take(arena, 8);
    give(arena, between);
    return path;
  }
  // What a command has written, besides that it ended with this status.
  template <class Command, class Options>
  std::string said(Command command, const Options& options, int expected) {
    Said said;
    EXPECT_EQ(command(options, said.console), expected) << said.out.str() << said.err.str();
    return said.out.str() + said.err.str();
  }
  std::string inspected(const std::string& path) { return said(inspect, InspectOptions{.file = path}, done); }
  json inspected_json(const std::string& path) {
    return json::parse(said(inspect, InspectOptions{.file = path, .json = true}, done));
  }
  std::string verified(const std::string& path, int expected) { return said(verify, VerifyOptions{.files = {path}}, expected); }
  std::string rebuilt(const std::string& path, int expected, bool without_roots = false) {
    std::istringstream none;
    const auto command = [&](const RebuildOptions& options, const Console& console) { return rebuild(options, none, console); };
    return said(command, RebuildOptions{.file = path, .nothing_live = true, .drop_roots = without_roots}, expected);
  }
  // What verify says of a file whose directory is damaged at this byte, and the library's own answer to that.
  std::string unsound(const std::string& path, std::uint64_t at, std::uint64_t asked, std::uint64_t there) {
    std::ostringstream text;
    text << path << ": UNSOUND: 1 violation\n"
         << path << ": byte " << at << ": damaged directory of roots: expected " << asked << " at byte " << at << ", found "
         << there << "; BasicArena::drop_roots forgets all roots, and what they hold stays allocated\n"
         << path << ": note: until BasicArena::drop_roots forgets all roots, the library finds, makes and removes none, and "
         << "refuses a rebuild, as rarena rebuild does without --drop-roots\n";
    return text.str();
  }
  static void drop_roots(const std::string& path) {
    EXPECT_TRUE(value_of(Arena::map_mut(path, {.magic_version = 7, .freelist = Freelist::optimistic})).drop_roots());
  }
};

TEST_F(ToolsWithRoots, InspectListsThem) {
  const std::string path = closed();
  EXPECT_THAT(inspected(path), HasSubstr("\nroots                 2, 104 bytes with their names\n"
                                         "root                  \"a\\n\\\"b\\\"\": no type name, version 0, 3 bytes at 509\n"
                                         "root                  \"seven\": type \"u64\", version 0, 8 bytes at 416\n"
                                         "structure             sound\n"));
  const json found = inspected_json(path);
  EXPECT_EQ(found["roots"], (json{{{"name", "a\n\"b\""},
                                   {"type", ""},
                                   {"version", 0},
                                   {"offset", 509},
                                   {"size", 3},
                                   {"alignment", 1},
                                   {"segment", {{"offset", 464}, {"size", 48}}}},
                                  {{"name", "seven"},
                                   {"type", "u64"},
                                   {"version", 0},
                                   {"offset", 416},
                                   {"size", 8},
                                   {"alignment", 8},
                                   {"segment", {{"offset", 368}, {"size", 56}}}}}));
  EXPECT_EQ(found["sound"], true);
}

// Each cell has 8 bytes: 14 of the header, 32 of descriptors, and the data.
TEST_F(ToolsWithRoots, TheMapShowsThem) {
  const std::string text = said(inspect, InspectOptions{.file = closed(), .width = 512}, done);
  const std::string descriptors(32, 'D'), root(7, 'R'), other(6, 'R');
  EXPECT_THAT(text,
              HasSubstr("|HHHHHHHHHHHHHH" + descriptors + root + "....." + other + "|\n|#" + std::string(63, ' ') + "|\n"));
  EXPECT_THAT(text, HasSubstr("\n  #  unlisted: live, or lost           112\n"));
  EXPECT_THAT(text, HasSubstr("\n  R  of the unlisted: roots            104\n"));
}

TEST_F(ToolsWithRoots, DumpShowsTheirWords) {
  const std::string text = said(dump, DumpOptions{.file = closed()}, done);
  for (const char* line :
       {"\ndirectory of roots, 2\n        84  0x000001d0          next              -> 464\n",
        "\n       464  0x00000170          next              -> 368\n",
        "\n       368  0x00000000          next              -> end\n",
        "\n       376  0x0000003800000170  extent            [368, 424), 56 bytes\n",
        "\n       384  0x000001a0          object            416\n", "\n       388  0x00000008          size              8\n",
        "\n       392  0x00000008          alignment         8\n", "\n       396  0x00000000          version           0\n",
        "\n       400  0x00000005          name size         \"seven\"\n",
        "\n       404  0x00000003          type size         \"u64\"\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST_F(ToolsWithRoots, NothingIsSaidOfThemWhereThereAreNone) {
  const std::string path = closed_file();
  EXPECT_THAT(inspected(path), Not(HasSubstr("root")));
  EXPECT_FALSE(inspected_json(path).contains("roots"));
  EXPECT_THAT(said(dump, DumpOptions{.file = path}, done), Not(HasSubstr("directory")));
  EXPECT_EQ(verified(path, done), path + ": sound: closed cleanly, 3 free segments of 180 bytes\n");
}

TEST_F(ToolsWithRoots, ASoundDirectoryIsKeptByARebuild) {
  const std::string path = closed();
  EXPECT_THAT(verified(path, done), HasSubstr(": sound: closed cleanly, 1 free segments of 40 bytes\n"));
  rebuilt(path, done);
  EXPECT_EQ(inspected_json(path)["roots"].size(), 2U);
  EXPECT_EQ(inspected_json(path)["unlisted_bytes"], 104) << "theirs, and no other is live";
  verified(path, done);
}

TEST_F(ToolsWithRoots, ADamagedEntryIsFoundAndStopsARebuild) {
  const std::string path = closed();
  const auto check = peek<std::uint32_t>(path, 372);
  patch<std::uint32_t>(path, 372, check ^ 1);
  EXPECT_EQ(verified(path, refused), unsound(path, 372, check, check ^ 1));
  const json found = inspected_json(path);
  EXPECT_EQ(found["sound"], false);
  EXPECT_EQ(found["roots"].size(), 1U) << "the one in front of it";
  EXPECT_THAT(said(dump, DumpOptions{.file = path}, done), HasSubstr("\nUNSOUND, 1 violation, the first: damaged directory"));
  const std::string before = read_file(path);
  EXPECT_THAT(rebuilt(path, refused), HasSubstr("rarena: " + path + ": damaged directory of roots: expected "));
  EXPECT_TRUE(read_file(path) == before);
  drop_roots(path);
  verified(path, done);
  rebuilt(path, done);
  EXPECT_EQ(inspected_json(path)["unlisted_bytes"], 0);
}

TEST_F(ToolsWithRoots, ARebuildForgetsThemIfToldTo) {
  const std::string path = closed();
  patch<std::uint32_t>(path, 372, peek<std::uint32_t>(path, 372) ^ 1);
  EXPECT_THAT(rebuilt(path, done, true), HasSubstr(path + ": all named roots are forgotten\n"));
  verified(path, done);
  EXPECT_TRUE(inspected_json(path)["roots"].empty());
  EXPECT_EQ(inspected_json(path)["unlisted_bytes"], 0) << "what they held is free";
}

TEST_F(ToolsWithRoots, AnEntryThatLeadsToNoEntry) {
  const std::string path = closed();
  patch<std::uint32_t>(path, 84, 4097);
  EXPECT_EQ(verified(path, refused), unsound(path, 4097, 520, 4097));
  patch<std::uint32_t>(path, 84, 368);
  patch<std::uint32_t>(path, 368, 368);
  EXPECT_EQ(verified(path, refused), unsound(path, 368, 0, 368)) << "its own next";
  Said said;
  EXPECT_EQ(verify({.files = {path}, .json = true}, said.console), refused);
  const json found = json::parse(said.out.str())["files"][0];
  EXPECT_EQ(found["violation_count"], 1);
  EXPECT_EQ(inspected_json(path)["roots"].size(), 1U);
  EXPECT_EQ(found["violations"][0]["code"], "bad_directory");
  EXPECT_EQ(found["violations"][0]["at"], 368);
}

// The seal does not cover the directory, and an entry with a check that fits may be of another moment.
TEST_F(ToolsWithRoots, ARootWithBytesOfOthers) {
  const std::string path = closed();
  patch(path, 472, Extent{400, 112});  // [464, 512) before
  const std::string bytes = read_file(path);
  patch(path, 468, detail::check_of_entry(std::as_bytes(std::span(bytes)).subspan(464, detail::directory_entry_size + 5)));
  const std::string text = verified(path, refused);
  EXPECT_THAT(text, HasSubstr(": UNSOUND: 2 violations\n"));
  EXPECT_THAT(text, HasSubstr("segments overlap: [368, 424) ends behind 400, where the next one begins"));
  EXPECT_THAT(text, HasSubstr("segments overlap: [400, 512) ends behind 424, where the next one begins"));
}

TEST_F(ToolsWithRoots, OfAProcessThatDied) {
  const std::string path = closed();
  EXPECT_EQ(detail::in_child([&] {
              const auto arena = Arena::map_mut(path, {.magic_version = 7, .freelist = Freelist::optimistic});
              if (!arena || !arena->emplace_root<int>("third", 3)) return 1;
              detail::leave(0);
            }),
            0);
  EXPECT_THAT(verified(path, done), HasSubstr(": sound: "));
  EXPECT_EQ(inspected_json(path)["seal"]["state"], "process_died");
  EXPECT_EQ(inspected_json(path)["roots"][0]["name"], "third");
}

// As a user does who frees what is not theirs.
TEST_F(ToolsWithRoots, ARootWhoseBytesAreFree) {
  const std::string path = closed();
  {
    const auto arena = value_of(Arena::map_mut(path, {.magic_version = 7, .freelist = Freelist::optimistic}));
    give(arena, {368, 56});
  }
  const std::string text = verified(path, refused);
  EXPECT_THAT(text, HasSubstr(": UNSOUND: 1 violation\n" + path +
                              ": byte 368: segments overlap: [368, 424) ends behind 368, where the next one begins" +
                              anew_if_a_file + "\n"));
  EXPECT_THAT(text, HasSubstr(": note: roots count as live: rarena rebuild makes a freelist without their bytes\n"));
  EXPECT_EQ(inspected_json(path)["roots"].size(), 2U);
  rebuilt(path, done);
  verified(path, done);
  EXPECT_EQ(inspected_json(path)["roots"].size(), 2U);
}

TEST_F(ToolsWithRoots, ACursorThatIsNone) {
  const std::string path = closed();
  for (const std::uint32_t cursor : {0xffffffffU, 5000U}) {
    patch(path, 24, cursor);
    EXPECT_EQ(inspected_json(path)["roots"].size(), 2U) << cursor;
    EXPECT_THAT(verified(path, refused), Not(HasSubstr("roots"))) << cursor;
  }
  patch<std::uint32_t>(path, 24, 400);
  const std::string text = verified(path, refused);
  EXPECT_THAT(text, HasSubstr("byte 464: damaged directory of roots: expected 400 at byte 464, found 464"));
  EXPECT_THAT(text, HasSubstr("rarena rebuild makes one from what is live; until BasicArena::drop_roots forgets all roots"));
}

}  // namespace
}  // namespace rarena::tools
