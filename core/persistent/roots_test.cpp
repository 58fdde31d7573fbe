// Named roots: found again by name and type, in this process and in the next one; taken for nothing else; and never half there.
#include "roots.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "persistent_test_support.hpp"

namespace rarena::detail {
namespace {

struct Account {
  std::uint64_t number = 0;
  double balance = 0;
};
struct AccountOfNextYear {
  std::uint64_t number = 0;
  double balance = 0;
};
struct RenamedAccount {
  std::uint64_t number = 0;
  double balance = 0;
};
struct LargerAccount {
  std::uint64_t number = 0;
  double balance = 0;
  double credit = 0;
};
struct alignas(64) WideRoot {
  std::uint64_t number = 7;
};
struct ThrowingRoot {
  ThrowingRoot() { throw 7; }
};

}  // namespace
}  // namespace rarena::detail

template <>
struct rarena::RootType<rarena::detail::Account> {
  static constexpr std::string_view name = "bank.Account";
  static constexpr std::uint32_t version = 2;
};
template <>
struct rarena::RootType<rarena::detail::AccountOfNextYear> {
  static constexpr std::string_view name = "bank.Account";
  static constexpr std::uint32_t version = 3;
};
template <>
struct rarena::RootType<rarena::detail::RenamedAccount> {
  static constexpr std::string_view name = "bank.Customer";
  static constexpr std::uint32_t version = 2;
};
template <>
struct rarena::RootType<rarena::detail::LargerAccount> : rarena::RootType<rarena::detail::Account> {};

namespace rarena::detail {
namespace {

using namespace testing_support;

using RootNumbers = std::vector<std::uint64_t, ArenaAllocator<std::uint64_t>>;
using RootText = std::basic_string<char, std::char_traits<char>, ArenaAllocator<char>>;
using RootTexts = std::vector<RootText, ArenaAllocator<RootText>>;

static_assert(RootType<RootNumbers>::name == "std::vector<u64>" && RootType<RootTexts>::name == "std::vector<std::string<i8>>");
static_assert(RootType<std::vector<Account, ArenaAllocator<Account>>>::name == "std::vector<bank.Account>");
static_assert(RootType<std::vector<Account, ArenaAllocator<Account>>>::version == 2);
static_assert(RootType<std::deque<double, ArenaAllocator<double>>>::name == "std::deque<f64>");
static_assert(RootType<WideRoot>::name.empty());

template <class A>
std::vector<std::string> names_of(const A& arena) {
  std::vector<std::string> names;
  for (const NamedRoot& root : value_of(arena.roots())) names.push_back(root.name);
  return names;
}

class RootsTest : public EveryArena {};
INSTANTIATE_TEST_SUITE_P(All, RootsTest, ::testing::ValuesIn(combinations()), combination_name);

TEST_P(RootsTest, AreFoundByTheirNames) {
  run({.capacity = 8192}, [](const auto& arena) {
    EXPECT_TRUE(names_of(arena).empty());
    EXPECT_EQ(arena.template root<int>("one").error(), (Error{.code = ErrorCode::no_such_root}));
    int* const one = value_of(arena.template emplace_root<int>("one", 1));
    Account* const two = value_of(arena.template emplace_root<Account>("two", Account{5, 1.5}));
    value_of(arena.template emplace_root<char>("", 'x'));
    EXPECT_EQ(value_of(arena.template root<int>("one")), one);
    EXPECT_EQ(value_of(arena.template root<const Account>("two")), two);
    EXPECT_EQ(*value_of(arena.template root<char>("")), 'x');
    EXPECT_EQ(two->balance, 1.5);
    EXPECT_EQ(names_of(arena), (std::vector<std::string>{"", "two", "one"}));
  });
}

TEST_P(RootsTest, GiveEveryByteBack) {
  run({.capacity = 16384}, [](const auto& arena) {
    const Extent odd = take(arena, 3);
    for (const char* const name : {"a", "b", "c"}) value_of(arena.template emplace_root<RootNumbers>(name, 100U, 7U));
    for (const char* const name : {"b", "c", "a"}) {
      EXPECT_TRUE(arena.template remove_root<RootNumbers>(name));
      EXPECT_EQ(arena.template root<RootNumbers>(name).error().code, ErrorCode::no_such_root);
    }
    EXPECT_TRUE(names_of(arena).empty());
    expect_exact(arena, odd.size);
  });
}

TEST_P(RootsTest, AreTakenForNothingElse) {
  run({.capacity = 8192}, [](const auto& arena) {
    value_of(arena.template emplace_root<Account>("root"));
    EXPECT_EQ(arena.template root<RenamedAccount>("root").error().code, ErrorCode::wrong_root_type);
    EXPECT_EQ(arena.template root<int>("root").error().code, ErrorCode::wrong_root_type);
    const Error version = arena.template root<AccountOfNextYear>("root").error();
    EXPECT_EQ(version.code, ErrorCode::wrong_root_version);
    EXPECT_EQ(version.asked, 3U);
    EXPECT_EQ(version.there, 2U);
    const Error size = arena.template root<LargerAccount>("root").error();
    EXPECT_EQ(size.code, ErrorCode::wrong_root_size);
    EXPECT_EQ(size.asked, sizeof(LargerAccount));
    EXPECT_EQ(size.there, sizeof(Account));
    EXPECT_EQ(arena.template remove_root<int>("root").error().code, ErrorCode::wrong_root_type);
    EXPECT_TRUE(arena.template root<Account>("root")) << "nothing has removed it";
  });
}

TEST_P(RootsTest, OfOneNameThereIsOne) {
  run({.capacity = 8192}, [](const auto& arena) {
    int* const one = value_of(arena.template emplace_root<int>("one", 1));
    const Size before = arena.allocated();
    EXPECT_EQ(arena.template emplace_root<int>("one", 2).error(), (Error{.code = ErrorCode::root_exists}));
    EXPECT_EQ(*one, 1);
    EXPECT_EQ(arena.allocated(), before) << "what was made for it is free again";
    EXPECT_EQ(value_of(arena.template root_or_emplace<int>("one", 3)), one);
    EXPECT_EQ(*value_of(arena.template root_or_emplace<int>("two", 3)), 3);
    EXPECT_EQ(arena.template root_or_emplace<Account>("two").error().code, ErrorCode::wrong_root_type);
  });
}

TEST_P(RootsTest, GetAnAllocatorOfTheArena) {
  run({.capacity = 8192}, [](const auto& arena) {
    auto& texts = *value_of(arena.template emplace_root<RootTexts>("texts"));
    texts.emplace_back("a text that is too long for a string to hold inside itself");
    EXPECT_EQ(texts.get_allocator(), ArenaAllocator<char>(arena));
    EXPECT_EQ(texts[0].get_allocator(), ArenaAllocator<char>(arena));
  });
}

TEST_P(RootsTest, ThatCannotBeMadeLeaveNothing) {
  run({.capacity = 2048}, [](const auto& arena) {
    EXPECT_EQ(arena.template emplace_root<int>(std::string(256, 'x')).error(),
              (Error{.code = ErrorCode::size_too_large, .asked = 255, .there = 256}));
    EXPECT_TRUE(arena.template emplace_root<int>(std::string(255, 'x'), 1));
    EXPECT_TRUE(arena.template remove_root<int>(std::string(255, 'x')));
    EXPECT_THROW((void)arena.template emplace_root<ThrowingRoot>("bad"), int);
    EXPECT_THROW((void)arena.template emplace_root<RootNumbers>("large", 10000U), BadAlloc);
    const Extent all = fill_up(arena);
    EXPECT_EQ(arena.template emplace_root<int>("late").error().code, ErrorCode::insufficient_space);
    EXPECT_TRUE(names_of(arena).empty());
    expect_exact(arena, all.size);
  });
}

TEST_P(RootsTest, EndWhereARewindOrAClearGivesThemUp) {
  run({.capacity = 8192}, [](auto arena) {
    value_of(arena.template emplace_root<int>("low", 1));
    const Size top = arena.allocated();
    value_of(arena.template emplace_root<int>("high", 2));
    value_of(arena.template emplace_root<int>("higher", 3));
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(top)));
    EXPECT_EQ(names_of(arena), (std::vector<std::string>{"low"}));
    EXPECT_EQ(*value_of(arena.template root<int>("low")), 1);
    value_of(arena.template emplace_root<int>("again", 4));
    ASSERT_TRUE(arena.rewind(ArenaPosition::start(arena.data_offset())));
    EXPECT_TRUE(names_of(arena).empty());
    value_of(arena.template emplace_root<int>("once more", 5));
    ASSERT_TRUE(arena.clear());
    EXPECT_TRUE(names_of(arena).empty());
  });
}

TEST_P(RootsTest, AreLiveInARebuild) {
  run({.capacity = 8192}, [](auto arena) {
    value_of(arena.template emplace_root<int>("one", 1));
    take(arena, 100);
    const Extent kept = take(arena, 50);
    auto& numbers = *value_of(arena.template emplace_root<RootNumbers>("numbers", 10U, 7U));
    take(arena, 100);
    const Extent extent = extent_of(numbers);
    const std::vector<Extent> live{kept, extent};
    ASSERT_TRUE(arena.rebuild(live));
    const auto roots = value_of(arena.roots());
    ASSERT_EQ(roots.size(), 2U);
    expect_exact(arena, kept.size + std::uint64_t{extent.size} + roots[0].segment.size + roots[1].segment.size);
    EXPECT_EQ(*value_of(arena.template root<int>("one")), 1);
    EXPECT_EQ(numbers[9], 7U);
    const std::vector<Extent> named{kept, extent, roots[0].segment, roots[1].segment};
    EXPECT_TRUE(arena.rebuild(named)) << "who names them names nothing twice";
  });
}

TEST(Roots, NeedAnAlignmentThatTheArenaOffers) {
  const auto arena = value_of(Arena::alloc({.capacity = 4096}));
  EXPECT_EQ(arena.emplace_root<WideRoot>("wide").error().code, ErrorCode::alignment_too_large);
  const auto aligned = value_of(Arena::alloc({.capacity = 4096, .maximum_alignment = 64}));
  take(aligned, 3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(value_of(aligned.emplace_root<WideRoot>("wide"))) % 64, 0U);
  EXPECT_EQ(value_of(aligned.root<const WideRoot>("wide"))->number, 7U);
}

class RootsInAFile : public ::testing::Test {
 protected:
  Arena make() const { return value_of(Arena::map_mut(path, {.capacity = 8192, .create_new = true})); }
  Offset directory() const { return static_cast<Offset>(Geometry::unified(0, 8192).directory().place); }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};

TEST_F(RootsInAFile, AreFoundInTheNextProcessAtAnotherAddress) {
  void* before = nullptr;
  {
    const auto arena = make();
    before = arena.data();
    value_of(arena.emplace_root<RootTexts>("texts"))->emplace_back("hello");
    value_of(arena.emplace_root<Account>("account", Account{1, 2.5}));
  }
  void* const taken = ::mmap(before, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  {
    const auto arena = value_of(Arena::map_mut(path, {}));
    ASSERT_NE(static_cast<void*>(arena.data()), before);
    auto& texts = *value_of(arena.root<RootTexts>("texts"));
    EXPECT_EQ(texts.at(0), "hello");
    texts.emplace_back("world");
  }
  const auto reader = value_of(Arena::map(path, {}));
  EXPECT_EQ(value_of(reader.root<const RootTexts>("texts"))->at(1), "world");
  EXPECT_EQ(reader.root<Account>("account").error().code, ErrorCode::read_only) << "only a const one";
  EXPECT_EQ(reader.emplace_root<int>("one").error().code, ErrorCode::read_only);
  EXPECT_EQ(reader.remove_root<Account>("account").error().code, ErrorCode::read_only);
  EXPECT_EQ(names_of(reader), (std::vector<std::string>{"account", "texts"}));
  if (taken != MAP_FAILED) ::munmap(taken, 8192);
}

TEST_F(RootsInAFile, AnOldFileHasNone) {
  const auto arena = make();
  EXPECT_EQ(read_file(path).substr(directory(), 4), std::string(4, '\0'));
  value_of(arena.emplace_root<int>("one"));
  EXPECT_NE(read_file(path).substr(directory(), 4), std::string(4, '\0'));
  const auto old = std::filesystem::path(RARENA_SOURCE_DIR) / "core/recovery/golden/v1_opt_r0.arena";
  const auto reader = Arena::map(old, {.freelist = Freelist::optimistic});
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_TRUE(names_of(*reader).empty());
}

// Every bit of an entry but those of its link, which leads elsewhere or nowhere.
TEST_F(RootsInAFile, ADamagedEntryIsNoRoot) {
  Extent segment;
  {
    const auto arena = make();
    value_of(arena.emplace_root<Account>("account"));
    segment = value_of(arena.roots()).at(0).segment;
  }
  const std::string good = read_file(path);
  const std::size_t names = std::string_view("account").size() + RootType<Account>::name.size();
  for (std::size_t bit = 0; bit < 8 * (directory_entry_size + names); ++bit) {
    std::string bad = good;
    bad[segment.offset + bit / 8] = static_cast<char>(bad[segment.offset + bit / 8] ^ (1 << bit % 8));
    write_file(path, 0, bad.data(), bad.size());
    const auto reader = value_of(Arena::map(path, {}));
    const auto roots = reader.roots();
    const bool in_link = bit < 32;
    ASSERT_TRUE(in_link || !roots) << "bit " << bit;
    ASSERT_TRUE(roots || roots.error().code == ErrorCode::bad_directory) << "bit " << bit;
  }
}

TEST_F(RootsInAFile, ADamagedDirectoryIsForgottenOnlyIfAsked) {
  {
    const auto arena = make();
    value_of(arena.emplace_root<int>("one"));
    value_of(arena.emplace_root<int>("two"));
    const auto two = static_cast<Offset>(align_up(value_of(arena.roots()).at(0).segment.offset, directory_entry_alignment));
    std::memcpy(arena.get_pointer(two), &two, sizeof two);  // its own next
  }
  auto arena = value_of(Arena::map_mut(path, {}));
  const Size top = arena.allocated();
  EXPECT_EQ(arena.roots().error().code, ErrorCode::bad_directory);
  EXPECT_EQ(arena.root<int>("none").error().code, ErrorCode::bad_directory);
  EXPECT_EQ(arena.emplace_root<int>("three").error().code, ErrorCode::bad_directory);
  EXPECT_EQ(arena.rebuild({}).error().code, ErrorCode::bad_directory);
  EXPECT_EQ(arena.rewind(ArenaPosition::start(arena.data_offset())).error().code, ErrorCode::bad_directory);
  EXPECT_EQ(arena.allocated(), top);
  ASSERT_TRUE(arena.drop_roots());
  EXPECT_TRUE(names_of(arena).empty());
  EXPECT_TRUE(arena.rebuild({}));
  expect_exact(arena, 0);
}

// What somebody who opens the memory finds: the names with the values of the objects, or that the directory is damaged.
class RootsKilled : public ::testing::Test {
 protected:
  using Found = std::vector<std::pair<std::string, std::uint64_t>>;

  RootsKilled() {
    ShownStore::show = [] {};
    for (const std::uint64_t i : {1U, 2U, 3U})
      value_of(arena.emplace_root<std::uint64_t>("root " + std::to_string(i), i * ones));
  }
  ~RootsKilled() override {
    ShownStore::show = [] {};
  }
  Found found() const {
    const MemoryView view(arena.data(), geometry);
    const auto roots = list_roots(view, arena.allocated());
    if (!roots) return {{"damaged", 0}};
    Found all;
    for (const NamedRoot& root : *roots) all.emplace_back(root.name, view.at<std::uint64_t>(Place{root.object.offset}));
    return all;
  }
  // Whether each moment of a change finds what was there before or what is there afterwards, and both are found.
  template <class Change>
  bool old_or_new(Change change) {
    const Found before = found();
    std::vector<Found> moments;
    ShownStore::show = [&] { moments.push_back(found()); };
    change();
    ShownStore::show = [] {};
    const Found after = found();
    bool good = before != after && !moments.empty();
    for (const Found& moment : moments) good = good && (moment == before || moment == after);
    return good;
  }

  static constexpr std::uint64_t ones = 0x0101010101010101;
  BasicArena<ShownStore> arena = value_of(BasicArena<ShownStore>::alloc({.capacity = 8192, .unify = true}));
  Geometry geometry = Geometry::unified(0, 8192);
};

TEST_F(RootsKilled, WhileOneIsMade) {
  EXPECT_TRUE(old_or_new([&] { value_of(arena.emplace_root<std::uint64_t>("new", ones)); }));
}

TEST_F(RootsKilled, WhileOneIsRemoved) {
  for (const char* const name : {"root 2", "root 3", "root 1"})
    EXPECT_TRUE(old_or_new([&] { EXPECT_TRUE(arena.remove_root<std::uint64_t>(name)); })) << name;
}

TEST_F(RootsKilled, WhileAllAreForgottenOrCleared) {
  EXPECT_TRUE(old_or_new([&] { EXPECT_TRUE(arena.drop_roots()); }));
  value_of(arena.emplace_root<std::uint64_t>("new", ones));
  EXPECT_TRUE(old_or_new([&] { EXPECT_TRUE(arena.clear()); }));
}

TEST_F(RootsKilled, AnEntryThatIsPublishedBeforeItIsThereIsSeen) {
  const auto publish_first = [&] {
    LiveState<ShownStore>& state = *arena.state_of_scope();
    const auto layout = value_of(layout_of_entry("early", tag_of<std::uint64_t>()));
    const Allocation given = value_of(arena.allocate(layout.size, layout.alignment));
    EXPECT_TRUE(state.publish_root({.link = {}, .offset = given.used.offset, .head = {}, .name = "early", .type = {}}));
    write_entry(arena.data(), given, layout, "early", tag_of<std::uint64_t>());
  };
  EXPECT_FALSE(old_or_new(publish_first));
}

TEST_F(RootsKilled, ARootThatEndsBeforeItIsOutIsSeen) {
  const auto end_first = [&] {
    *value_of(arena.root<std::uint64_t>("root 2")) = 0;
    take(arena, 16);
    EXPECT_TRUE(arena.remove_root<std::uint64_t>("root 2"));
  };
  EXPECT_FALSE(old_or_new(end_first));
}

}  // namespace
}  // namespace rarena::detail
