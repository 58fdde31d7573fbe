// Named roots in a world that fails, as handles/world_test.cpp has it: while they are made, found, removed and forgotten, every
// system call fails with each of its errors, once and for ever, and every allocation fails once.
#include <gtest/gtest.h>

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "../handles/world_test_support.hpp"
#include "arena_allocator.hpp"
#include "roots.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

using Number = std::uint64_t;
using Numbers = std::vector<int, ArenaAllocator<int>>;

// A list of roots may find no memory. It never finds damage.
void list_roots_of(Session& s, const Arena& arena) {
  const auto roots = arena.roots();
  s.expect(s.done(roots) || roots.error().code == ErrorCode::system);
}

// What somebody finds who opens the file next: the value of the root `number`, if it is there.
std::optional<Number> number_in_the_file(Session& s) {
  const auto arena = s.opened(Arena::map(s.path(), world_options));
  if (!arena) return std::nullopt;
  list_roots_of(s, *arena);
  const auto root = arena->root<const Number>("number");
  return root ? std::optional(**root) : std::nullopt;
}

// A root that was promised is there afterwards, and one whose making failed is there as a whole or not at all.
void make_root(Session& s) {
  auto arena = s.open();
  if (!arena) return;
  const bool made = s.done(arena->emplace_root<Number>("number", 7U));
  const auto root = arena->root<Number>("number");
  s.expect(root ? **root == 7 : !made);
  s.close(arena);
  arena.reset();
  if (const auto found = number_in_the_file(s))
    s.expect(*found == 7);
  else
    s.expect(!made || s.visible());
}

// The second call finds what the first one made. A container asks the arena, and may throw what that says.
void make_root_if_none(Session& s) {
  auto arena = s.open();
  if (!arena) return;
  try {
    const auto first = arena->root_or_emplace<Numbers>("numbers", 3U, 5);
    const bool made = s.done(first);
    const auto second = arena->root_or_emplace<Numbers>("numbers");
    if (s.done(second))
      s.expect((*second)->size() == (made ? 3U : (*second)->size()) && (!made || *first == *second));
    else
      s.expect(!made);
  } catch (const std::bad_alloc&) {
    (void)s.done(std::expected<void, Error>(std::unexpect, Error{}));
  }
  list_roots_of(s, *arena);
  s.close(arena);
}

// What was removed or forgotten is found no more, neither now nor later, even if the disk failed.
void give_up_roots(Session& s, bool all) {
  auto arena = s.open();
  if (!arena) return;
  const bool made = s.done(arena->emplace_root<Number>("number", 7U)), other = s.done(arena->emplace_root<Number>("other", 8U));
  const bool given_up = s.done(all ? arena->drop_roots() : arena->remove_root<Number>("number"));
  s.expect(!given_up || all || made);
  s.expect(!given_up || arena->root<Number>("number").error().code == ErrorCode::no_such_root);
  const auto left = arena->roots();
  if (s.done(left)) s.expect(!given_up || left->size() <= (all ? 0U : 1U));
  if (left && given_up && other) s.expect(left->size() == (all ? 0U : 1U));
  s.close(arena);
  arena.reset();
  if (given_up) s.expect(!number_in_the_file(s));
}

const std::vector<Operation> with_roots = {
    {"make_root_close", Before::closed, make_root},
    {"make_root_if_none_close", Before::closed, make_root_if_none},
    {"remove_root_close", Before::closed, [](Session& s) { give_up_roots(s, false); }},
    {"drop_roots_close", Before::closed, [](Session& s) { give_up_roots(s, true); }},
};

class WorldOfRoots : public ::testing::TestWithParam<std::size_t> {};

TEST_P(WorldOfRoots, EveryCallFails) { expect_good_whatever_call_fails(with_roots[GetParam()]); }
TEST_P(WorldOfRoots, EveryAllocationFails) { expect_good_whatever_allocation_fails(with_roots[GetParam()]); }

INSTANTIATE_TEST_SUITE_P(All, WorldOfRoots, ::testing::Range(std::size_t{0}, with_roots.size()),
                         [](const auto& operation) { return with_roots[operation.param].name; });

// A bug that must be found: who says that there is a root whose making has failed.
TEST(WorldOfRootsWithABug, IsFound) {
  const Operation promises_a_root{"promises_a_root", Before::closed, [](Session& s) {
                                    auto arena = s.open();
                                    if (!arena) return;
                                    (void)s.done(arena->emplace_root<Number>("number", 7U));
                                    s.expect(arena->root<Number>("number").has_value());
                                  }};
  EXPECT_TRUE(found_with_some_fault(promises_a_root).contains(Aftermath::broken));
}

}  // namespace
}  // namespace rarena::detail
