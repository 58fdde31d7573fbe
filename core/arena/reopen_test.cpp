// Reopening: the three conditions of a seal, the ways to open a file, a changed size, and what each does to the file.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "../memory/locked_file.hpp"
#include "../memory/memory_test_support.hpp"
#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;

class Reopen : public ::testing::TestWithParam<Freelist> {
 protected:
  // Three free segments and 300 live bytes.
  void SetUp() override {
    const auto arena = open();
    EXPECT_EQ(arena.recovery(), Recovery{});
    const auto segments = take_all(arena, {40, 80, 120});
    live = take(arena, 300);
    paint(arena, live, 0x5a);
    for (const Extent segment : segments) give(arena, segment);
    free = arena.free_segments();
    discarded = arena.discarded();
  }

  Arena open() { return value_of(Arena::map_mut(path, options)); }
  std::uint64_t read_word(std::uint64_t offset) const {
    std::uint64_t word = 0;
    std::memcpy(&word, read_file(path).data() + offset, sizeof word);
    return word;
  }
  void write_seal(std::uint32_t seal) { write_file(path, 36, &seal, sizeof seal); }
  std::uint32_t seal() const {
    std::uint32_t value = 0;
    std::memcpy(&value, read_file(path).data() + 36, sizeof value);
    return value;
  }
  IdentityMarks marks() const { return marks_of(value_of(value_of(LockedFile::open(path, FileAccess::read_only)).identity())); }
  Annex annex() const {
    const std::string bytes = read_file(path);
    return MemoryView(reinterpret_cast<const std::byte*>(bytes.data()), geometry).annex();
  }
  // The seal that the next opening writes.
  std::uint32_t marker() const { return dirty_marker(annex().generation + 1, marks()); }
  // Makes the closed file one of a process that has opened it and died. The witness says what is given.
  void die(std::uint32_t witness = owner_died) {
    const IdentityMarks now = marks();
    Annex dead = annex();
    dead.generation += 1;
    dead.boot = now.boot;
    dead.device = now.device;
    dead.file = now.file;
    dead.witness[dead.generation % 2].word = witness;
    write_file(path, static_cast<std::uint64_t>(geometry.annex()), &dead, sizeof dead);
    write_seal(dirty_marker(dead.generation, now));
  }
  std::uint64_t free_bytes() const {
    std::uint64_t bytes = 0;
    for (const Extent segment : free) bytes += segment.size;
    return bytes;
  }
  void expect_trusted(const Arena& arena, Opening opening) {
    EXPECT_EQ(arena.recovery().opening, opening);
    EXPECT_EQ(arena.recovery().kept, (Tally{free.size(), free_bytes()}));
    EXPECT_EQ(arena.recovery().dropped, Tally{});
    EXPECT_EQ(arena.recovery().lost_bytes, 0U);
    EXPECT_EQ(arena.recovery().unlisted_bytes, live.size);
    EXPECT_EQ(arena.free_segments(), free);
    EXPECT_TRUE(painted(arena, live, 0x5a));
    expect_exact(arena, live.size);
  }

  Options options{.capacity = 2048, .freelist = GetParam(), .create = true};
  const Geometry geometry = Geometry::unified(0, 2048);
  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
  std::vector<Extent> free;
  Extent live;
  Size discarded = 0;
};
INSTANTIATE_TEST_SUITE_P(All, Reopen, ::testing::Values(Freelist::none, Freelist::optimistic, Freelist::pessimistic));

TEST_P(Reopen, AfterACleanClose) { expect_trusted(open(), Opening::clean); }

TEST_P(Reopen, AfterADeath) {
  ASSERT_EQ(0, in_child([&] {
              auto* const arena = new Arena(open());  // not closed: the process ends
              (void)arena->allocate(64, 1, Fill::none);
              (void)arena->dealloc(arena->allocated() - 64, 64);
              return 0;
            }));
  expect_trusted(open(), Opening::process_died);
  expect_trusted(open(), Opening::clean);
}

// Only the bit that the system writes tells a death from a copy that was made while the process lived.
TEST_P(Reopen, WithoutTheSystemsWordADeathIsNotBelieved) {
  const std::string closed = read_file(path);
  const auto opened = [&] { return value_of(Arena::map(path, options)).recovery(); };
  die();
  EXPECT_EQ(opened().opening, Opening::process_died);
  for (const std::uint32_t word : {0U, 4711U}) {
    write_file(path, 0, closed.data(), closed.size());
    die(word);
    EXPECT_EQ(opened().opening, Opening::untrusted);
    EXPECT_EQ(opened().doubt, Doubt::copied_open);
  }
  write_file(path, 0, closed.data(), closed.size());
  die(unwitnessed | 4711U);
  EXPECT_EQ(opened().opening, Opening::untrusted);
  EXPECT_EQ(opened().doubt, Doubt::no_witness);
}

TEST_P(Reopen, AFileIsMarkedWhileItIsOpen) {
  const std::uint32_t expected = marker();
  EXPECT_NE(seal(), expected);
  const IdentityMarks known = marks();
  const Annex before = annex();
  EXPECT_EQ(before.witness[0].word | before.witness[1].word, 0U);
  const auto arena = open();
  EXPECT_EQ(seal(), expected);
  const Annex now = annex();
  EXPECT_EQ(now.generation, before.generation + 1);
  EXPECT_EQ((IdentityMarks{now.boot, now.device, now.file}), known);
  EXPECT_NE(witness_word(now), 0U);
  EXPECT_EQ(witness_word(now) & (owner_died | unwitnessed), 0U) << "a thread stands for this process";
  EXPECT_EQ(now.witness[before.generation % 2].word, 0U);
}

TEST_P(Reopen, AfterAPowerLossTheListIsDropped) {
  write_seal(0x12345678);
  {
    const auto arena = open();
    EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
    EXPECT_EQ(arena.recovery().kept, Tally{});
    EXPECT_EQ(arena.recovery().dropped, (Tally{free.size(), free_bytes()}));
    const std::uint64_t all = arena.allocated() - arena.data_offset();
    EXPECT_EQ(arena.recovery().unlisted_bytes, all) << "what the list named may be live by now";
    EXPECT_EQ(arena.recovery().lost_bytes, all - live.size);
    EXPECT_TRUE(arena.free_segments().empty());
    EXPECT_EQ(arena.spare_descriptors(), 0U);
    EXPECT_EQ(arena.discarded(), 0U);
    EXPECT_TRUE(painted(arena, live, 0x5a));
  }
  auto arena = open();
  EXPECT_EQ(arena.recovery().opening, Opening::clean);
  EXPECT_TRUE(arena.free_segments().empty());
  ASSERT_TRUE(arena.rebuild(std::vector{live}));
  EXPECT_TRUE(painted(arena, live, 0x5a));
  expect_exact(arena, live.size);
  EXPECT_TRUE(GetParam() == Freelist::none || arena.free_segments().front().size >= 200) << "rebuild brings it back, as one";
}

TEST_P(Reopen, ACopyOfAnOpenFileIsUntrusted) {
  const auto copy = folder.file("copy");
  {
    const auto arena = open();
    std::filesystem::copy_file(path, copy);
  }
  EXPECT_EQ(value_of(Arena::map_mut(copy, options)).recovery().opening, Opening::untrusted);
  expect_trusted(open(), Opening::clean);
}

TEST_P(Reopen, ACopyOfAClosedFileIsClean) {
  const auto copy = folder.file("copy");
  std::filesystem::copy_file(path, copy);
  expect_trusted(value_of(Arena::map_mut(copy, options)), Opening::clean);
}

TEST_P(Reopen, AnUntrustedListMayBeAnything) {
  const std::uint64_t wild = Link(0xfffffff0, false, 3).bits();
  write_file(path, 8, &wild, sizeof wild);
  write_file(path, 16, &wild, sizeof wild);
  write_seal(0);
  const auto arena = open();
  EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
  EXPECT_TRUE(arena.free_segments().empty());
  EXPECT_TRUE(painted(arena, live, 0x5a));
}

TEST_P(Reopen, AnUntrustedCounterIsNotBelieved) {
  const std::uint32_t wild = 0xffffffff;
  write_file(path, 28, &wild, sizeof wild);
  const auto arena = open();
  EXPECT_EQ(arena.recovery().opening, Opening::untrusted);
  EXPECT_EQ(arena.discarded(), 0U);
}

// An old list may name what has become live. What is freed later must not be counted twice: the file would be refused for ever.
TEST_P(Reopen, WhatAnUntrustedListNamedMayBeFreed) {
  if (GetParam() == Freelist::none) return;
  const std::uint64_t head = Link(read_word(8)).next();
  const std::uint64_t everything = encode(extent_between(live.offset, live.end()));
  write_file(path, head + 8, &everything, sizeof everything);
  write_seal(0);
  {
    auto arena = open();
    give(arena, live);
  }
  EXPECT_EQ(open().recovery().opening, Opening::clean);
}

// What is discarded of it later would be more than there is, and the file would be refused for ever.
TEST_P(Reopen, ACounterThatLeavesNoRoomForTheListIsRejected) {
  if (GetParam() == Freelist::none) return;
  const std::uint32_t all = open().allocated() - 112;
  write_file(path, 28, &all, sizeof all);
  reseal(path, 0);
  const std::uint64_t room = discarded + live.size;
  EXPECT_EQ(Arena::map_mut(path, options).error(),
            (Error{.code = ErrorCode::bad_header, .asked = room, .there = all, .at = 28}));
}

// Discarded bytes above the position are gone, and those that are live below it may be freed.
TEST_P(Reopen, AfterARewindWhatIsFreedIsNotCountedTwice) {
  const auto file = folder.file("rewound");
  Options making = options;
  making.descriptor_reserve = 0;
  {
    auto arena = value_of(Arena::map_mut(file, making));
    const auto segments = take_all(arena, {100, 100, 10});
    give(arena, segments[1]);
    ASSERT_TRUE(arena.discard_freelist());
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(static_cast<Size>(segments[0].end()))));
    give(arena, segments[0]);
    EXPECT_EQ(arena.allocated(), segments[0].offset);
    EXPECT_EQ(arena.discarded(), 0U);
  }
  EXPECT_TRUE(Arena::map_mut(file, making));
}

TEST_P(Reopen, AKindThatThereIsNotIsRejected) {
  const std::uint8_t kind = 3;
  write_file(path, 1, &kind, sizeof kind);
  auto wanted = options;
  wanted.freelist = Freelist{3};
  EXPECT_EQ(Arena::map_mut(path, wanted).error(), (Error{.code = ErrorCode::wrong_freelist, .asked = 2, .there = 3}));
}

TEST_P(Reopen, OptionsMayDropTheList) {
  if (GetParam() == Freelist::none) return;
  const std::uint64_t wild = Link(0xfffffff0, false, 3).bits();
  write_file(path, 8, &wild, sizeof wild);
  reseal(path, 0);
  EXPECT_EQ(Arena::map_mut(path, options).error().code, ErrorCode::bad_freelist);
  auto dropping = options;
  dropping.drop_freelist = true;
  auto arena = value_of(Arena::map_mut(path, dropping));
  ASSERT_TRUE(arena.rebuild(std::vector{live}));
  expect_exact(arena, live.size);
}

// A child that fork made and that ends normally has closed nothing: its parent is still at work.
TEST_P(Reopen, AForkedChildDoesNotSeal) {
  const auto arena = open();
  const std::uint32_t while_open = seal();
  EXPECT_EQ(0, in_child([&] {
              const Arena copy = std::move(const_cast<Arena&>(arena));  // its end closes
              return 0;
            }));
  EXPECT_EQ(seal(), while_open);
}

TEST_P(Reopen, ForReadingNothingChanges) {
  for (const bool trusted : {false, true}) {
    trusted ? die() : write_seal(0);
    const std::string before = read_file(path);
    for (const auto how : {Arena::map, Arena::map_copy_read_only}) {
      auto arena = value_of(how(path, options));
      EXPECT_TRUE(arena.read_only());
      EXPECT_FALSE(arena.is_on_disk());
      EXPECT_TRUE(painted(arena, live, 0x5a));
      EXPECT_EQ(arena.free_segments(), trusted ? free : std::vector<Extent>{});
      const Error error{.code = ErrorCode::read_only};
      EXPECT_EQ(arena.allocate(8, 1).error(), error);
      EXPECT_EQ(arena.dealloc(live.offset, live.size).error(), error);
      EXPECT_EQ(arena.discard_freelist().error(), error);
      EXPECT_EQ(arena.increase_discarded(1).error(), error);
      EXPECT_EQ(arena.set_minimum_segment_size(1).error(), error);
      EXPECT_EQ(arena.rebuild({}).error(), error);
      EXPECT_EQ(arena.compact_freelist().error(), error);
      EXPECT_EQ(arena.rewind(ArenaPosition::current(0)).error(), error);
      EXPECT_EQ(arena.clear().error(), error);
      EXPECT_EQ(arena.truncate(4096).error(), error);
      EXPECT_EQ(value_of(arena.get_bytes(live.offset, live.size)).size(), live.size);
      EXPECT_EQ(arena.get_bytes(arena.allocated(), 1).error().code, ErrorCode::out_of_range);
      EXPECT_EQ(arena.remaining(), arena.capacity() - arena.allocated());
      EXPECT_EQ(arena.discarded(), trusted ? discarded : 0);
    }
    EXPECT_EQ(read_file(path), before);
  }
}

TEST_P(Reopen, ACopyIsPrivate) {
  die();
  const std::string before = read_file(path);
  {
    auto copy = value_of(Arena::map_copy(path, options));
    expect_trusted(copy, Opening::process_died);
    const Extent mine = take(copy, 500);
    paint(copy, mine, 1);
    ASSERT_TRUE(copy.rebuild(std::vector{mine}));
    EXPECT_TRUE(copy.flush());
  }
  EXPECT_EQ(read_file(path), before);
}

TEST_P(Reopen, ReadersExcludeAWriterAndNotOneAnother) {
  {
    const auto reader = value_of(Arena::map(path, options));
    const auto another = value_of(Arena::map_copy(path, options));
    EXPECT_EQ(Arena::map_mut(path, options).error().code, ErrorCode::in_use);
  }
  const auto writer = open();
  EXPECT_EQ(Arena::map(path, options).error().code, ErrorCode::in_use);
}

TEST_P(Reopen, AFileGrowsAndShrinks) {
  {
    auto arena = open();
    const Size top = arena.allocated();
    ASSERT_TRUE(arena.truncate(100'000));
    EXPECT_EQ(arena.capacity(), 100'000U);
    EXPECT_TRUE(painted(arena, live, 0x5a));
    const Extent large = take(arena, 90'000);
    EXPECT_EQ(arena.truncate(2048).error().code, ErrorCode::capacity_too_small);
    give(arena, large);
    EXPECT_EQ(arena.allocated(), top);
    ASSERT_TRUE(arena.truncate(arena.allocated()));
    EXPECT_EQ(arena.remaining(), 0U);
    const auto copy = arena;  // NOLINT(performance-unnecessary-copy-initialization): a second handle is the point
    EXPECT_EQ(arena.truncate(4096).error().code, ErrorCode::in_use);
    EXPECT_EQ(std::filesystem::file_size(path), arena.capacity());
  }
  expect_trusted(open(), Opening::clean);
}

TEST_P(Reopen, OnlyTheLastCopyCloses) {
  {
    auto arena = open();
    auto copy = std::make_unique<Arena>(arena);
    EXPECT_EQ(arena.close().error().code, ErrorCode::in_use);
    take(arena, 10);  // nothing has changed
    copy.reset();
    EXPECT_TRUE(arena.close());
  }
  EXPECT_EQ(open().recovery().opening, Opening::clean);
}

TEST_P(Reopen, OnlyAFileIsTruncated) {
  EXPECT_EQ(value_of(Arena::alloc({})).truncate(2048).error().code, ErrorCode::not_a_file);
  EXPECT_EQ(value_of(Arena::map_anon({})).truncate(2048).error().code, ErrorCode::not_a_file);
  EXPECT_EQ(value_of(Arena::map_copy(path, options)).truncate(4096).error().code, ErrorCode::not_a_file);
}

}  // namespace
}  // namespace rarena::detail
