// What a user sees in a log, to the letter: the same text in a stream and through fmt. A program of its own, because with these
// headers GoogleTest prints the values otherwise than in other tests.
#include <gtest/gtest.h>

#include <iomanip>
#include <sstream>
#include <string>

#include "../arena/arena_test_support.hpp"
#include "../handles/fmt.hpp"
#include "../handles/stream.hpp"

namespace rarena {
namespace {

using namespace detail::testing_support;

static_assert(HasText<Arena> && HasText<unsync::Arena>);
static_assert(!HasText<int> && !HasText<std::string> && !HasText<const char*> && !HasText<Options>);

template <class T>
void expect_text(const T& value, const std::string& expected) {
  std::ostringstream stream;
  stream << value;
  EXPECT_EQ(stream.str(), expected);
  EXPECT_EQ(fmt::format("{}", value), expected);
}

TEST(Log, Errors) {
  expect_text(ErrorCode::insufficient_space, "insufficient space");
  expect_text(Error{.code = ErrorCode::insufficient_space, .asked = 100, .there = 32, .at = 96},
              "insufficient space: requested 100 bytes, 96 are free, of which the largest piece has 32");
  expect_text(system_error(ENOENT), "system call failed: No such file or directory");
}

TEST(Log, Extents) {
  expect_text(Extent{64, 100}, "[64, 164)");
  expect_text(Extent{}, "[0, 0)");
  expect_text(Extent{0xffffffff, 0xffffffff}, "[4294967295, 8589934590)");
  expect_text(Allocation{{64, 100}, {64, 100}}, "[64, 164)");
  expect_text(Allocation{{60, 116}, {64, 100}}, "[64, 164) of [60, 176)");
}

TEST(Log, Freelists) {
  expect_text(Freelist::none, "none");
  expect_text(Freelist::optimistic, "optimistic");
  expect_text(Freelist::pessimistic, "pessimistic");
}

TEST(Log, Recoveries) {
  expect_text(Recovery{}, "fresh");
  expect_text(Recovery{.opening = Recovery::Opening::clean, .kept = {1, 1}}, "clean; 1 free segment (1 byte) kept");
  expect_text(
      Recovery{.opening = Recovery::Opening::process_died,
               .witnessed = false,
               .kept = {3, 300},
               .reclaimed = {2, 96},
               .unlisted_bytes = 64},
      "process died; 3 free segments (300 bytes) kept; 2 free segments (96 bytes) of them reclaimed; 64 bytes unlisted; "
      "no thread stands for its process");
  expect_text(Recovery{.opening = Recovery::Opening::untrusted,
                       .doubt = Doubt::other_file,
                       .identified = false,
                       .dropped = {2, 50},
                       .lost_bytes = 82,
                       .cut_bytes = 7,
                       .unlisted_bytes = 500},
              "untrusted: it is a copy of a file that was open; 2 free segments (50 bytes) dropped; 82 bytes lost; 7 bytes cut "
              "off; 500 bytes unlisted; which file it is cannot be told");
}

TEST(Log, ArenasInMemory) {
  const std::string none = "0 bytes discarded";
  const auto heap = value_of(Arena::alloc({.capacity = 4096, .index = 0, .descriptor_reserve = 0}));
  expect_text(heap,
              "arena in heap memory, freelist pessimistic: cursor at 1 of 4096 bytes, 0 free segments (0 bytes), " + none);
  const auto pages = value_of(unsync::Arena::map_anon({.capacity = 4096, .freelist = Freelist::none}));
  const Extent freed = take(pages, 1);
  take(pages, 98);
  give(pages, freed);
  expect_text(pages,
              "arena in anonymous pages, freelist none: cursor at 100 of 4096 bytes, 0 free segments (0 bytes), 1 byte "
              "discarded");
}

TEST(Log, ArenasInFiles) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena");
  const std::string numbers = ": cursor at 688 of 4096 bytes, 1 free segment (96 bytes), 0 bytes discarded";
  {
    const auto arena = value_of(Arena::map_mut(path, {.capacity = 4096, .create_new = true}));
    const Extent freed = take(arena, 96);
    take(arena, 688 - arena.allocated());
    give(arena, freed);
    expect_text(arena, "arena in " + path.string() + ", freelist pessimistic" + numbers);
    expect_text(arena.recovery(), "fresh");
  }
  const auto copy = value_of(Arena::map_copy(path, {}));
  expect_text(copy, "arena in a private copy of " + path.string() + ", freelist pessimistic" + numbers);
  const auto read = value_of(Arena::map(path, {}));
  expect_text(read, "arena in " + path.string() + ", freelist pessimistic, read only" + numbers);
}

// As for strings.
TEST(Log, WidthsHoldForTheWholeText) {
  std::ostringstream stream;
  stream << std::setw(12) << std::setfill('.') << Extent{1, 2} << '|';
  EXPECT_EQ(stream.str(), "......[1, 3)|");
  EXPECT_EQ(fmt::format("{:.>12}|{:.3}", Extent{1, 2}, Freelist::optimistic), "......[1, 3)|opt");
}

}  // namespace
}  // namespace rarena
