// What the commands say about files with an index: closed, left by a dead process, and damaged.
#include "../recovery/index_region.hpp"
#include "dump.hpp"
#include "inspect.hpp"
#include "tools_test_support.hpp"
#include "verify.hpp"

namespace rarena::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ToolsWithAnIndex : public Tools {
 protected:
  static constexpr Size index_bytes = 640 + 2 * detail::table_size;  // head, 16 windows, 32 roots, two tables

  static Options with_index() {
    Options made = options(Freelist::pessimistic, 0);
    made.index = index_bytes;
    return made;
  }
  std::string closed() {
    const std::string path = folder_.file("arena").string();
    fill(value_of(Arena::map_mut(path, with_index())));
    return path;
  }
  std::string dead() {
    const std::string path = folder_.file("arena").string();
    const pid_t child = ::fork();
    if (child == 0) {
      const auto arena = Arena::map_mut(path, with_index());
      if (arena) fill(*arena);
      ::_exit(arena ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return path;
  }
  static detail::Geometry geometry_in(const std::string& path) {
    const std::string bytes = read_file(path);
    return detail::recorded_geometry(std::as_bytes(std::span(bytes)), 0);
  }
  template <class Command, class Options>
  std::string said(Command command, const Options& options, int expected) {
    Said said;
    EXPECT_EQ(command(options, said.console), expected) << said.err.str();
    return said.out.str();
  }
  std::string verified(const std::string& path, int expected) { return said(verify, VerifyOptions{.files = {path}}, expected); }
};

TEST_F(ToolsWithAnIndex, InspectShowsIt) {
  const std::string text = said(inspect, InspectOptions{.file = closed()}, done);
  EXPECT_THAT(text, HasSubstr("\nindex                 1152 bytes at 112: 16 windows of 4096 bytes\n"));
  EXPECT_THAT(text, HasSubstr("\nboundaries            0 linked; 32 roots, 0 of 2 tables made\n"));
  EXPECT_THAT(text, HasSubstr("prefix to index                  1264\n"));
  EXPECT_THAT(text, HasSubstr("\nstructure             sound\n"));
}

TEST_F(ToolsWithAnIndex, InspectCountsBoundaries) {
  const std::string path = dead();
  EXPECT_THAT(said(inspect, InspectOptions{.file = path}, done), HasSubstr("\nboundaries            32 linked;"));
  const json report = json::parse(said(inspect, InspectOptions{.file = path, .json = true}, done));
  EXPECT_EQ(report["index"]["offset"], 112);
  EXPECT_EQ(report["index"]["bytes"], index_bytes);
  EXPECT_EQ(report["index"]["windows"], 16);
  EXPECT_EQ(report["index"]["window_shift"], 12);
  EXPECT_EQ(report["index"]["first"], 0);
  EXPECT_EQ(report["index"]["roots"], 32);
  EXPECT_EQ(report["index"]["tables"], 2);
  EXPECT_EQ(report["index"]["tables_made"], 0);
  EXPECT_EQ(report["index"]["boundaries"], 32);
  EXPECT_EQ(report["free"]["segments"], 3);
  EXPECT_EQ(report["descriptors"]["linked"], 3);
  std::uint64_t all = 0;
  for (const auto& [name, bytes] : report["bytes"].items()) all += bytes.get<std::uint64_t>();
  EXPECT_EQ(all, 4096U);
  const json without = json::parse(said(inspect, InspectOptions{.file = golden("v1_opt_r0.arena"), .json = true}, done));
  EXPECT_FALSE(without.contains("index"));
}

TEST_F(ToolsWithAnIndex, DumpShowsItsWords) {
  const std::string path = dead();
  const std::string text = said(dump, DumpOptions{.file = path}, done);
  EXPECT_THAT(text, HasSubstr("\nindex\n       112  0x0000000000000003  inserted          3\n"));
  EXPECT_THAT(text, HasSubstr("       164  0x00000020          roots             32\n"));
  EXPECT_THAT(text, HasSubstr("       176  0x000000b4          window 0          180\n"));
  EXPECT_THAT(text, Not(HasSubstr("window 1 ")));
  EXPECT_THAT(text, HasSubstr("  boundary          of size 1\n"));
  EXPECT_THAT(text, HasSubstr("  boundary          of size 2147483648\n"));
  const std::size_t key = text.find("boundary          of size 64\n"), segment = text.find("80 bytes\n");
  EXPECT_TRUE(key != std::string::npos && segment != std::string::npos && key < segment) << "in the order of the list";
}

TEST_F(ToolsWithAnIndex, VerifySaysWhatIsWrongWithABoundary) {
  const std::string path = dead();
  EXPECT_THAT(verified(path, done), HasSubstr("3 free segments of 180 bytes"));
  const detail::Geometry g = geometry_in(path);
  const auto child = static_cast<std::uint64_t>(detail::Geometry::extent(g.root(0)).place);
  patch(path, child, std::uint32_t{g.table(0)});
  EXPECT_THAT(verified(path, refused), HasSubstr(": byte " + std::to_string(child) + ": damaged freelist: expected 0 at byte " +
                                                 std::to_string(child) + ", found " + std::to_string(g.table(0))));
}

TEST_F(ToolsWithAnIndex, VerifyRefusesAShapeThatCannotBe) {
  const std::string path = closed();
  EXPECT_THAT(verified(path, done), HasSubstr("closed cleanly, 3 free segments"));
  patch(path, 48, std::uint32_t{80});
  EXPECT_THAT(verified(path, refused), HasSubstr(": byte 48: damaged header: expected 64 at byte 48, found 80"));
  patch(path, 48, detail::annex_size + index_bytes);
  patch(path, 112 + offsetof(detail::IndexHead, roots), std::uint32_t{40});
  EXPECT_THAT(verified(path, refused), HasSubstr(": byte 164: damaged header: expected 32 at byte 164, found 40"));
}

}  // namespace
}  // namespace rarena::tools
