// Arenas with an index: what their files hold when they are made, open, closed, left by a dead process or by a power loss, and
// what every exclusive operation leaves of it.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "../memory/memory_test_support.hpp"
#include "../recovery/index_region.hpp"
#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;

Structure structure_of(const Arena& arena) { return examine_sound({arena.data(), geometry_of_arena(arena)}).value(); }

Geometry geometry_in(const std::string& bytes) { return recorded_geometry(std::as_bytes(std::span(bytes)), 0); }

Structure structure_of(const std::string& bytes) {
  return examine_all({reinterpret_cast<const std::byte*>(bytes.data()), geometry_in(bytes)}).value().structure;
}

class IndexedFile : public ::testing::TestWithParam<Freelist> {
 protected:
  Arena open(bool anew = false) {
    Options how = options;
    how.create_new = anew;
    return value_of(Arena::map_mut(path, how));
  }
  // Free segments of many sizes between live ones.
  static std::vector<Extent> use(const Arena& arena) {
    std::vector<Extent> live, free;
    for (Size i = 0; i < 200; ++i) {
      free.push_back(take(arena, 24 + i * 7 % 90));
      live.push_back(take(arena, 1 + i % 5));
    }
    for (const Extent segment : free) give(arena, segment);
    return live;
  }
  // The hints say what is there, and every root stands in the list, unless others may.
  static void expect_index(const Arena& arena, bool others = false) {
    const Geometry g = geometry_of_arena(arena);
    const MemoryView view(arena.data(), g);
    const Structure s = structure_of(arena);
    EXPECT_GE(s.boundaries.size(), g.index_shape().roots);
    EXPECT_TRUE(others || s.boundaries.size() == g.index_shape().roots);
    std::vector<std::uint32_t> windows(g.index_shape().windows);
    Size largest = 0;
    for (const ListedSegment& segment : s.free) {
      windows[g.window_of(segment.extent.offset)] += segment.extent.size;
      largest = std::max(largest, segment.extent.size);
    }
    for (std::uint32_t i = 0; i < windows.size(); ++i) EXPECT_EQ(view.load(g.window(i)), windows[i]) << "window " << i;
    EXPECT_TRUE(arena.freelist() != Freelist::optimistic || view.load(g.largest()) >= largest);
  }

  Options options{.capacity = 64 * 1024, .freelist = GetParam(), .merging = Merging::on_request};
  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};
INSTANTIATE_TEST_SUITE_P(Kinds, IndexedFile, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

TEST_P(IndexedFile, IsFormattedWithItsRoots) {
  const auto arena = open(true);
  const Geometry g = geometry_of_arena(arena);
  EXPECT_EQ(g.index_shape(), IndexShape::usual(64 * 1024));
  EXPECT_EQ(MemoryView(arena.data(), g).annex().size, annex_size + g.index_shape().bytes());
  expect_index(arena);
}

TEST_P(IndexedFile, IsClosedWithoutBoundariesAndOpenedWithRoots) {
  std::vector<Extent> live, free;
  {
    const auto arena = open(true);
    live = use(arena);
    free = arena.free_segments();
    EXPECT_GT(structure_of(arena).boundaries.size(), geometry_of_arena(arena).index_shape().roots) << "tables were made";
    expect_index(arena, true);
  }
  const Structure closed = structure_of(read_file(path));
  EXPECT_TRUE(closed.boundaries.empty());
  EXPECT_EQ(closed.free.size(), free.size());
  const auto arena = open();
  EXPECT_EQ(arena.recovery().opening, Opening::clean);
  EXPECT_EQ(arena.free_segments(), free);
  expect_index(arena);
  for (const Extent segment : live) give(arena, segment);
  while (arena.allocate(20, 1, Fill::none)) {
  }
  EXPECT_TRUE(structure_of(arena).free.empty() || listed(arena).front() < 20 || GetParam() == Freelist::pessimistic);
}

TEST_P(IndexedFile, OfADeadProcessKeepsItsSegments) {
  ASSERT_EQ(in_child([&] {
              const auto arena = open(true);
              use(arena);
              be_killed();
              return 1;
            }),
            -SIGKILL);
  const Structure dead = structure_of(read_file(path));
  EXPECT_GT(dead.boundaries.size(), IndexShape::usual_roots);
  std::vector<Extent> free;
  for (const ListedSegment& segment : dead.free) free.push_back(segment.extent);
  {
    const auto reader = value_of(Arena::map(path, options));
    EXPECT_EQ(reader.recovery().opening, Opening::process_died);
    EXPECT_EQ(reader.free_segments(), free) << "boundaries are no segments";
  }
  const auto arena = open();
  EXPECT_EQ(arena.recovery().opening, Opening::process_died);
  EXPECT_EQ(arena.free_segments(), free);
  expect_index(arena);
}

TEST_P(IndexedFile, OfAnUntrustedMemoryIsMadeAnew) {
  std::string copy;
  {
    const auto arena = open(true);
    use(arena);
    copy = read_file(path);
  }
  write_file(path, 0, copy.data(), copy.size());
  const auto arena = open();
  EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
  EXPECT_TRUE(arena.free_segments().empty());
  expect_index(arena);
  use(arena);
  expect_index(arena, true);
}

TEST_P(IndexedFile, SurvivesEveryExclusiveOperation) {
  const std::pair<const char*, std::function<void(Arena&, const std::vector<Extent>&)>> operations[] = {
      {"rebuild", [](Arena& a, const auto& live) { a.rebuild(live).value(); }},
      {"compact", [](Arena& a, const auto&) { a.compact_freelist().value(); }},
      {"rewind", [](Arena& a, const auto& live) { a.rewind(ArenaPosition::start(live[100].end())).value(); }},
      {"clear", [](Arena& a, const auto&) { a.clear().value(); }},
      {"grow", [](Arena& a, const auto&) { a.truncate(100'000).value(); }},
      {"shrink", [](Arena& a, const auto&) { a.truncate(a.allocated() + 100).value(); }}};
  for (const auto& [name, operate] : operations) {
    SCOPED_TRACE(name);
    std::filesystem::remove(path);
    std::vector<Extent> free;
    const IndexShape shape = IndexShape::usual(64 * 1024);
    {
      auto arena = open(true);
      operate(arena, use(arena));
      const bool keeps = name == std::string("compact") || arena.capacity() != 64 * 1024;
      expect_index(arena, keeps);
      EXPECT_EQ(geometry_of_arena(arena).index_shape(), shape);
      const auto segments = take_all(arena, {30, 40, 50});
      give(arena, segments[1]);
      expect_index(arena, true);
      free = arena.free_segments();
      ASSERT_TRUE(arena.close());
    }
    EXPECT_EQ(geometry_in(read_file(path)).index_shape(), shape);
    const auto arena = open();
    EXPECT_EQ(arena.recovery().opening, Opening::clean);
    EXPECT_EQ(arena.free_segments(), free);
    expect_index(arena);
  }
}

TEST_P(IndexedFile, IsTakenOverWithItsSegments) {
  EXPECT_EQ(0, in_child([&] {
              auto arena = open(true);
              use(arena);
              const auto free = arena.free_segments();
              return in_child([&] {
                if (!arena.take_over()) return 1;
                if (arena.free_segments() != free || structure_of(arena).boundaries.size() != IndexShape::usual_roots) return 2;
                return arena.close() ? 0 : 3;
              });
            }));
  EXPECT_EQ(open().recovery().opening, Opening::clean);
}

TEST_P(IndexedFile, AnyMemoryMayHaveOne) {
  for (const Kind kind : {Kind::heap, Kind::heap_unified, Kind::map, Kind::map_unified}) {
    for (const Size reserved : {0U, 5U}) {
      Options how = options;
      how.reserved = reserved;
      const auto arena = make<Arena>(kind, how, folder);
      EXPECT_EQ(geometry_of_arena(arena).index_shape(), IndexShape::usual(64 * 1024));
      use(arena);
      expect_index(arena, true);
    }
  }
}

TEST_P(IndexedFile, ThereIsNoneWhereItFindsNoRoomOrNobodyAsks) {
  EXPECT_FALSE(geometry_of_arena(value_of(Arena::alloc({.capacity = 64 * 1024, .freelist = Freelist::none}))).has_index());
  Options how = options;
  how.index = 0;
  EXPECT_FALSE(geometry_of_arena(value_of(Arena::alloc(how))).has_index());
  how.index = std::nullopt;
  how.reserved = 64 * 1024 - 200;
  EXPECT_FALSE(geometry_of_arena(value_of(Arena::alloc(how))).has_index());
}

// REC-1: whatever the seal says, and though the lists may be dropped, nothing can be found in such a file.
TEST_P(IndexedFile, WhoseShapeCannotBeIsRefused) {
  {
    const auto arena = open(true);
    use(arena);
  }
  const std::string good = read_file(path);
  const Geometry g = geometry_in(good);
  const auto annex = static_cast<std::uint64_t>(g.annex()), head = static_cast<std::uint64_t>(g.index());
  struct Damage {
    std::uint64_t at;
    std::uint32_t value;
    Error error;
  };
  const auto bad = [](std::uint64_t expected, std::uint64_t found, std::uint64_t at) {
    return Error{.code = ErrorCode::bad_header, .asked = expected, .there = found, .at = at};
  };
  const std::uint64_t size = annex_size + g.index_shape().bytes();
  const std::uint32_t tables = g.index_shape().tables;
  const Damage damages[] = {
      {annex, 0, bad(64, 0, annex)},
      {annex, 0xffffffff, bad(64 * 1024 - annex - 1, 0xffffffff, annex)},
      {annex, static_cast<std::uint32_t>(size) + 16, bad(size, size + 16, annex)},
      {head + offsetof(IndexHead, window_shift), 77, bad(31, 77, head + offsetof(IndexHead, window_shift))},
      {head + offsetof(IndexHead, roots), 33, bad(32, 33, head + offsetof(IndexHead, roots))},
      {head + offsetof(IndexHead, tables), tables + 1, bad(size + table_size, size, annex)}};
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.at);
    for (const bool drops : {false, true}) {
      for (const std::uint32_t seal : {MemoryView(reinterpret_cast<const std::byte*>(good.data()), g).header().seal, 1U}) {
        write_file(path, damage.at, &damage.value, sizeof damage.value);
        write_file(path, static_cast<std::uint64_t>(g.seal().place), &seal, sizeof seal);
        const std::string before = read_file(path);
        Options how = options;
        how.drop_freelist = drops;
        for (const auto open : {&Arena::map_mut, &Arena::map, &Arena::map_copy, &Arena::map_copy_read_only}) {
          const auto opened = open(path, how);
          ASSERT_FALSE(opened);
          EXPECT_EQ(opened.error(), damage.error) << opened.error().message();
        }
        EXPECT_EQ(read_file(path), before);
        write_file(path, 0, good.data(), good.size());
      }
    }
  }
  EXPECT_EQ(open().recovery().opening, Opening::clean);
}

// Of an index nothing but its shape matters.
TEST_P(IndexedFile, WhoseHintsAndBoundariesAreAnythingIsOpened) {
  std::vector<Extent> free;
  {
    const auto arena = open(true);
    use(arena);
    free = arena.free_segments();
  }
  std::string bytes = read_file(path);
  const Geometry g = geometry_in(bytes);
  const auto begin = static_cast<std::size_t>(g.index());
  const std::string shape = bytes.substr(begin + offsetof(IndexHead, window_shift), 20);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.begin() + static_cast<std::ptrdiff_t>(g.data_offset()),
            '\xa5');
  bytes.replace(begin + offsetof(IndexHead, window_shift), shape.size(), shape);
  write_file(path, 0, bytes.data(), bytes.size());
  const auto arena = open();
  EXPECT_EQ(arena.recovery().opening, Opening::clean);
  EXPECT_EQ(arena.free_segments(), free);
  expect_index(arena);
}

}  // namespace
}  // namespace rarena::detail
