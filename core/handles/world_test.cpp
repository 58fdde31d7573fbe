// A world that fails: every system call of every operation fails once, and from then on for ever, with each error that the
// manual names for it; and every allocation fails once. What must hold afterwards:
//
//     visible    a call has returned an error, or the report of the opening or the next opening says what is amiss
//     no leak    no file and no map is left open
//     whole      a file whose opening failed is as it was, and a file that could not be made is not there
//     sound      the next opening succeeds, finds all that was live intact and not free, and says `clean` only if every flush
//                had succeeded
//
// Each operation prints how many faults there were ("world: ..."). `ACallThatNoOperationMakes` fails if a call of
// core/memory/system.hpp that can fail was never made to.
#include "magazine.hpp"
#include "shared_magazine.hpp"
#include "world_test_support.hpp"

#include <fcntl.h>
#include <sys/mman.h>

namespace rarena::detail {
namespace {

using namespace testing_support;

Options making(bool anew) {
  Options options = world_options;
  (anew ? options.create_new : options.create) = true;
  return options;
}

void work(Session& s, const Arena& arena) {
  auto bytes = arena.alloc_bytes(300);
  if (s.done(bytes)) s.flushed(bytes->flush());
  auto object = arena.alloc<std::uint64_t>(7U);
  if (s.done(object)) s.flushed(object->flush());
  if (bytes) s.flushed(arena.flush_range(bytes->offset(), bytes->size()));
  s.flushed(arena.flush_header());
  s.flushed(arena.flush());
}

void open_and_close(Session& s) {
  if (auto arena = s.open()) s.close(arena);
}

void grow(Session& s) {
  auto arena = s.open();
  if (!arena) return;
  const bool grown = s.done(arena->truncate(200'000));
  s.expect(arena->capacity() == (grown ? 200'000U : 20'000U));
  s.close(arena);
}

Options locking() {
  Options options = world_options;
  options.lock_meta = true;
  return options;
}

// The header is locked, in the larger map too, and pages of the user's.
void lock_and_grow(Session& s) {
  auto arena = s.open(locking());
  if (!arena) return;
  (void)s.done(arena->mlock(0, 20'000));
  (void)s.done(arena->munlock(0, 20'000));
  const bool grown = s.done(arena->truncate(200'000));
  s.expect(arena->capacity() == (grown ? 200'000U : 20'000U));
  s.close(arena);
}

void lock_memory(Session& s) { (void)s.opened(Arena::map_anon(locking())); }

// A file that is to go is gone, or somebody hears of it.
void create_and_remove(Session& s) {
  auto arena = s.open(making(true));
  if (!arena) return;
  work(s, *arena);
  const bool promised = s.done(arena->remove_on_drop(true));
  const bool closed = s.done(arena->close());
  const bool there = std::filesystem::exists(s.path());
  s.expect(there != promised || !closed);
}

void shrink(Session& s) {
  auto arena = s.open();
  if (!arena) return;
  const Size before = arena->capacity(), wanted = arena->allocated() + 10;
  const bool shrunk = s.done(arena->truncate(wanted));
  s.expect(arena->capacity() == (shrunk ? wanted : before));
  (void)s.done(arena->close());
}

void make_lists_anew(Session& s) {
  auto arena = s.open();
  if (!arena) return;
  const Size spare = arena->spare_descriptors();
  if (!s.done(arena->compact_freelist())) s.expect(arena->spare_descriptors() == spare);
  const Size top = arena->allocated();
  if (!s.done(arena->rebuild(s.live()))) s.expect(arena->allocated() == top);
  {
    auto above = arena->alloc_bytes(100);
    if (s.done(above)) {
      (void)s.done(arena->alloc_bytes(10));  // freed at once: now a rewind looks at the lists
      const bool rewound = s.done(arena->rewind(ArenaPosition::start(above->offset())));
      s.expect(above->owns() != rewound);
    }
  }
  s.close(arena);
}

void clear(Session& s) {
  auto arena = s.opened(Arena::alloc(world_options));
  if (!arena) return;
  const auto bytes = arena->alloc_bytes(100);
  if (!s.done(bytes)) return;
  const bool cleared = s.done(arena->clear());
  s.expect(bytes->owns() != cleared);
}

// A magazine of each kind, which give everything back.
void use_magazines(Session& s) {
  auto arena = s.open();
  if (!arena) return;
  const Size free_before = arena->remaining();
  if (auto magazine = arena->magazine(1024); s.done(magazine)) {
    const auto bytes = magazine->allocate(100, 1);
    if (s.done(bytes)) (void)s.done(magazine->dealloc(bytes->segment.offset, bytes->segment.size));
  }
  if (auto magazine = arena->sharded(1024); s.done(magazine)) {
    magazine->begin_here();
    const auto bytes = magazine->allocate(100, 1);
    if (s.done(bytes)) (void)s.done(magazine->dealloc(bytes->segment.offset, bytes->segment.size));
  }
  if (!s.visible()) s.expect(arena->remaining() == free_before);
  s.close(arena);
}

Options sharing(bool anew = false) {
  Options options = world_options;
  options.create = anew;
  options.shared = true;
  return options;
}

// Two processes, as far as the file knows: the first one and one who joins it; either may be the last one.
void share(Session& s, bool anew) {
  auto first = s.open(sharing(anew));
  if (!first) return;
  auto second = s.open(sharing());
  work(s, *first);
  if (second) work(s, *second);
  (void)s.done(first->close());  // it may leave as if it had died; that is no flush
  if (second) s.close(second);
}

void watch(Session& s) {
  auto writer = s.open(sharing());
  if (!writer) return;
  if (auto reader = s.opened(Arena::map(s.path(), sharing()))) {
    s.expect(reader->allocated() == writer->allocated());
    (void)s.done(reader->roots());
  }
  s.close(writer);
}

void take_over(Session& s, const Options& options) {
  auto arena = s.open(options);
  if (!arena) return;
  const auto flushed = arena->flush();
  s.flushed(flushed);
  const int status = in_child([&] {
    const bool taken = s.done(arena->take_over());
    s.expect(!taken || flushed);
    s.note(arena->recovery());
    s.expect(taken == arena->dealloc(s.live().front().offset, 0).has_value());
    if (taken) s.close(arena);
    arena.reset();
    return (s.visible() ? 1 : 0) + (taken ? 2 : 0) + (s.broken() ? 4 : 0);
  });
  s.expect(0 <= status && status < 4);
  if ((status & 1) != 0) s.done(std::expected<void, Error>(std::unexpect, Error{}));
  const bool lost = (status & 2) == 0 && world::failed_call() == Call::synchronize_map;
  s.expect(!lost || (arena->flush().error().code == ErrorCode::flush_failed && !arena->close()));
  if (!lost) (void)s.done(arena->close());
}

const std::vector<Operation> operations = {
    {"heap", Before::nothing, [](Session& s) { (void)s.opened(Arena::alloc(world_options)); }},
    {"heap_clear", Before::nothing, clear},
    {"anonymous_map", Before::nothing, [](Session& s) { (void)s.opened(Arena::map_anon(world_options)); }},
    {"create_work_close", Before::nothing,
     [](Session& s) {
       auto arena = s.open(making(true));
       if (!arena) return;
       work(s, *arena);
       s.close(arena);
     }},
    {"create_end", Before::nothing, [](Session& s) { (void)s.open(making(false)); }},
    {"create_through_a_link", Before::dangling_link, [](Session& s) { (void)s.open(making(false)); }},
    {"create_with_a_temporary_name", Before::nothing, [](Session& s) { (void)s.open(making(false)); }, false},
    {"open_work_close", Before::closed,
     [](Session& s) {
       auto arena = s.open();
       if (!arena) return;
       work(s, *arena);
       s.close(arena);
     }},
    {"open_end", Before::closed, [](Session& s) { (void)s.open(); }},
    {"open_dead_close", Before::dead, open_and_close},
    {"open_untrusted_close", Before::damaged_seal, open_and_close},
    {"map", Before::closed, [](Session& s) { (void)s.opened(Arena::map(s.path(), world_options)); }},
    {"map_dead", Before::dead, [](Session& s) { (void)s.opened(Arena::map(s.path(), world_options)); }},
    {"map_copy", Before::closed, [](Session& s) { (void)s.opened(Arena::map_copy(s.path(), world_options)); }},
    {"map_copy_read_only", Before::closed,
     [](Session& s) { (void)s.opened(Arena::map_copy_read_only(s.path(), world_options)); }},
    {"grow_close", Before::closed, grow},
    {"lock_grow_close", Before::closed, lock_and_grow},
    {"lock_anonymous_map", Before::nothing, lock_memory},
    {"create_remove", Before::nothing, create_and_remove},
    {"shrink_close", Before::closed, shrink},
    {"make_lists_anew_close", Before::closed, make_lists_anew},
    {"magazines_close", Before::closed, use_magazines},
    {"share_new", Before::nothing, [](Session& s) { share(s, true); }, true, true},
    {"share_closed", Before::closed, [](Session& s) { share(s, false); }, true, true},
    {"share_dead", Before::dead, [](Session& s) { share(s, false); }, true, true},
    {"watch", Before::closed, watch, true, true},
    {"take_over_in_a_child", Before::closed, [](Session& s) { take_over(s, world_options); }},
    {"lock_take_over_in_a_child", Before::closed, [](Session& s) { take_over(s, locking()); }},
};

class World : public ::testing::TestWithParam<std::size_t> {};

TEST_P(World, EveryCallFails) { expect_good_whatever_call_fails(operations[GetParam()]); }
TEST_P(World, EveryAllocationFails) { expect_good_whatever_allocation_fails(operations[GetParam()]); }

INSTANTIATE_TEST_SUITE_P(All, World, ::testing::Range(std::size_t{0}, operations.size()),
                         [](const auto& operation) { return operations[operation.param].name; });

// Bugs that must be found: operations that do what core must not do, and which must be found with some fault.
const std::vector<std::pair<Operation, Aftermath>> planted = {
    {{"says_nothing", Before::closed,
      [](Session& s) {
        if (auto arena = Arena::map_mut(s.path(), world_options)) (void)s.opened(*std::move(arena));
      }},
     Aftermath::silent},
    {{"leaks_a_file", Before::closed,
      [](Session& s) {
        if (!s.open()) (void)::open("/dev/null", O_RDONLY);
      }},
     Aftermath::file_leak},
    {{"leaks_a_map", Before::closed,
      [](Session& s) {
        if (s.open()) return;
        const int file = ::open(s.path().c_str(), O_RDONLY);
        (void)::mmap(nullptr, 1, PROT_READ, MAP_SHARED, file, 0);
        ::close(file);
      }},
     Aftermath::map_leak},
    {{"changes_a_file", Before::closed,
      [](Session& s) {
        if (!s.open()) std::filesystem::resize_file(s.path(), 30'000);
      }},
     Aftermath::changed},
    {{"leaves_a_file", Before::nothing,
      [](Session& s) {
        if (!s.open(making(true))) std::ofstream(s.path()) << "half";
      }},
     Aftermath::left_over},
    {{"loses_a_segment", Before::closed,
      [](Session& s) {
        auto arena = s.open();
        if (arena && !s.done(arena->flush())) *arena->get_pointer(s.live().front().offset) = {};
      }},
     Aftermath::lost},
    {{"forgets_a_failed_flush", Before::closed,
      [](Session& s) {
        auto arena = s.open();
        if (!arena) return;
        s.flushed(arena->flush());
        s.flushed({});
      }},
     Aftermath::lied},
    {{"throws", Before::nothing, [](Session&) { (void)std::vector<int>(100); }}, Aftermath::threw},
};

// In a child: what a process asks of the system once, it asks again in the other tests.
template <class Body>
bool holds_in_a_child(Body body) {
  return in_child([&] {
           body();
           return ::testing::Test::HasFailure() ? 1 : 0;
         }) == 0;
}

TEST(WorldOfPages, IsAskedForThemAsTheOptionsSay) {
  const TemporaryFolder folder;
  const auto flags_of = [](const std::expected<Arena, Error>& arena) { return arena ? world::last_map().flags : -1; };
  const Options lazy{.capacity = 20'000, .create = true}, eager{.capacity = 20'000, .create = true, .populate = true};
  EXPECT_TRUE(holds_in_a_child([&] {
    EXPECT_EQ(flags_of(Arena::map_anon(lazy)), MAP_PRIVATE | MAP_ANONYMOUS);
    EXPECT_EQ(flags_of(Arena::map_anon(eager)), MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE);
    for (const char* const when : {"made", "opened"}) {
      EXPECT_EQ(flags_of(Arena::map_mut(folder.file("lazy"), lazy)), MAP_SHARED) << when;
      EXPECT_EQ(flags_of(Arena::map_mut(folder.file("eager"), eager)), MAP_SHARED | MAP_POPULATE) << when;
    }
    EXPECT_EQ(flags_of(Arena::map_copy(folder.file("eager"), eager)), MAP_PRIVATE | MAP_POPULATE);
    auto arena = Arena::map_mut(folder.file("eager"), eager);
    EXPECT_TRUE(arena->truncate(40'000));
    EXPECT_EQ(world::last_map().flags, MAP_SHARED | MAP_POPULATE) << "the larger map";
  }));
}

TEST(WorldOfPages, HasHugeOnesOfAnySize) {
  for (const unsigned bits : {16U, 21U, 30U}) {
    EXPECT_TRUE(holds_in_a_child([&] {
      const auto arena = value_of(Arena::map_anon({.capacity = 5'000'000, .huge = static_cast<std::uint8_t>(bits)}));
      const auto [length, flags] = world::last_map();
      EXPECT_EQ(static_cast<unsigned>(flags) >> MAP_HUGE_SHIFT, bits);
      EXPECT_NE(flags & MAP_HUGETLB, 0);
      EXPECT_EQ(length % (std::size_t{1} << bits), 0U) << "whole pages, or they are never unmapped";
      EXPECT_EQ(arena.capacity(), 5'000'000U);
      EXPECT_TRUE(arena.allocate(arena.remaining(), 1));
    }));
  }
}

// Who has a file may take its name away between the opening of somebody else and his lock.
TEST(WorldOfNames, AFileThatLosesItsNameBeforeItIsLockedIsNotOpened) {
  const TemporaryFolder folder;
  const auto path = folder.file("arena"), other = folder.file("other");
  EXPECT_TRUE(holds_in_a_child([&] {
    for (const auto& [file, capacity] : {std::pair(path, 20'000U), std::pair(other, 30'000U)})
      EXPECT_TRUE(value_of(Arena::map_mut(file, {.capacity = capacity, .create = true})).close());
    world::before_lock([&] { std::filesystem::rename(other, path); });
    EXPECT_EQ(value_of(Arena::map_mut(path, {})).capacity(), 30'000U) << "the one that has the name now";
    world::before_lock([&] { std::filesystem::remove(path); });
    EXPECT_EQ(Arena::map_mut(path, {}).error(), system_error(ENOENT));
  }));
}

class WorldWithABug : public ::testing::TestWithParam<std::size_t> {};

TEST_P(WorldWithABug, IsFound) {
  const auto& [operation, expected] = planted[GetParam()];
  EXPECT_TRUE(found_with_some_fault(operation).contains(expected)) << "expected: " << name(expected);
}

INSTANTIATE_TEST_SUITE_P(All, WorldWithABug, ::testing::Range(std::size_t{0}, planted.size()),
                         [](const auto& bug) { return planted[bug.param].first.name; });

TEST(WorldCoverage, EveryCallThatCanFailIsMadeByAnOperation) {
  std::set<Call> made;
  for (const Operation& operation : operations)
    for (const Call call : calls_of(operation)) made.insert(call);
  for (std::size_t i = 0; i < call_count; ++i) {
    const auto call = static_cast<Call>(i);
    if (errors_of(call).empty() || call == Call::read_at) continue;  // pread is the tools', which read without a map
    EXPECT_TRUE(made.contains(call)) << name(call) << " is made by no operation: add one that does";
  }
}

}  // namespace
}  // namespace rarena::detail
