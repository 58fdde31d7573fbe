// rarena dump: every word with its place, in both formats, and bytes of any file.
#include "dump.hpp"

#include <limits>

#include "tools_test_support.hpp"

namespace rarena::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Dump : public Tools {
 protected:
  std::string text(const DumpOptions& options) {
    Said said;
    EXPECT_EQ(dump(options, said.console), done) << said.err.str();
    return said.out.str();
  }
};

TEST_F(Dump, AGoldenFile) {
  const std::string text = this->text({.file = golden("opt_r0.arena")});
  for (const char* line : {"\n         1  0x01                freelist          optimistic\n",
                           "\n         8  0xffffffff00000208  sentinel          -> 520\n",
                           "\n        16  0x00000270          allocated         624\n", "\nfreelist, 4 linked\n",
                           "\n       520  0x0000003000000158  node              -> 344, 48 bytes behind it\n",
                           "\n       344  0x0000002300000060  node              -> 96, 35 bytes behind it\n",
                           "\n       208  0x00000019ffffffff  node              -> end, 25 bytes behind it\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

// The example of core/FORMAT.md begins like this.
TEST_F(Dump, AFileOfThisFormat) {
  const std::string file = folder_.file("arena").string();
  {
    const auto arena = value_of(Arena::map_mut(
        file, {.capacity = 320, .reserved = 5, .magic_version = 3, .freelist = Freelist::optimistic, .create_new = true}));
    const auto segments = take_all(arena, {24, 30, 20});
    give(arena, segments[0]);
    give(arena, segments[1]);
  }
  const std::string text = this->text({.file = file, .reserved = 5});
  for (const char* line :
       {"\n         5  0x00                null byte         0\n", "\n         9  0x0003              magic version     3\n",
        "\n        16  0x000000004000000d  free_head         -> 208, tag 2\n",
        "\n        24  0x000000006000000e  spare_head        -> 224, tag 3\n",
        "\n        32  0x00000140          allocated         320\n", "  seal              clean\n",
        "\nannex\n        48  0x00000040          size              64\n",
        "\n        52  0x00000140          capacity          320\n", "\n        56  0x0000000000000001  generation        1\n",
        "\n        64  0x00000000          boot              0\n", "\n        76  0x00000000          state             0\n",
        "\n        80  0x00000000          witness, even     0\n", "\n        96  0x00000000          witness, odd      0\n",
        "\nfreelist, 2 linked\n", "\n       208  0x0000000020000007  link              -> 112, tag 1\n",
        "\n       216  0x0000001e00000098  extent            [152, 182), 30 bytes\n",
        "\n       112  0x0000000040000000  link              -> end, tag 2\n",
        "\nunused descriptors, 6\n       224  0x000000001000000f  link              -> 240, marked, tag 0\n",
        "\n       304  0x0000000030000000  link              -> end, marked, tag 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("UNSOUND")));
}

TEST_F(Dump, ADamagedListIsShownAsFarAsItGoes) {
  const std::string file = closed_file();
  const std::uint64_t first = detail::Link(peek<std::uint64_t>(file, 8)).next();
  patch(file, first, detail::Link(static_cast<Offset>(first), false, 5).bits());
  reseal(file, 0);
  const std::string text = this->text({.file = file});
  EXPECT_THAT(text, HasSubstr("freelist, 1 linked\n"));
  EXPECT_THAT(text,
              HasSubstr("UNSOUND, 1 violation, the first: damaged freelist: expected 0 at byte " + std::to_string(first)));
}

TEST_F(Dump, Bytes) {
  const std::string file = golden("pes_r64.arena");
  EXPECT_EQ(text({.file = file, .bytes = Extent{62, 20}}),
            "0000003e: ce cf 00 02 61 6c 34 12 00 00 10 01 00 00 ff ff  ....al4.........\n"
            "0000004e: ff ff b0 02                                      ....\n");
  EXPECT_EQ(text({.file = file, .bytes = Extent{1024, 0}}), "");
}

TEST_F(Dump, BytesInChunks) {
  const std::string file = folder_.file("any").string();
  {
    open_raw(file, O_RDWR | O_CREAT);
    std::filesystem::resize_file(file, 200'000);
  }
  patch<char>(file, 199'999, 'x');
  const std::string text = this->text({.file = file, .bytes = Extent{1, 199'999}});
  EXPECT_EQ(std::ranges::count(text, '\n'), 12'500);
  EXPECT_THAT(text, HasSubstr("00030d31: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 78     ..............x\n"));
}

TEST_F(Dump, BytesBehindTheEnd) {
  Said said;
  const std::string file = golden("opt_r0.arena");
  EXPECT_EQ(dump({.file = file, .bytes = Extent{1020, 5}}, said.console), refused);
  EXPECT_EQ(said.err.str(),
            "rarena: " + file + ": out of range: [1020, 1025) is not inside the bytes in use, which end at 1024\n");
  EXPECT_EQ(dump({.file = file + "x", .bytes = Extent{0, 5}}, said.console), unusable);
  EXPECT_EQ(dump({.file = file, .reserved = 3}, said.console), refused);
  EXPECT_EQ(dump({.file = file, .bytes = Extent{0xffffffff, 0xffffffff}}, said.console), refused);
}

}  // namespace
}  // namespace rarena::tools
