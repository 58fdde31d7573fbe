// Power losses while roots are made and removed: at each moment any pages that have changed may be on the disk besides those
// that flushes have made durable. Whatever they are, the directory is the old one or the new one, and what it leads to is
// complete.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "../arena/arena_test_support.hpp"
#include "../memory/failing_system_test_support.hpp"
#include "persistent_test_support.hpp"
#include "roots.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

class LostRoots : public ::testing::Test {
 protected:
  using ShownArena = BasicArena<ShownStore>;
  using Found = std::vector<std::pair<std::string, std::uint64_t>>;
  static constexpr std::size_t page = 4096, capacity = 65536;
  static constexpr std::uint64_t ones = 0x0101010101010101;

  LostRoots() {
    ShownStore::show = [] {};
    for (const std::uint64_t i : {1U, 2U, 3U}) {
      take(arena, 2 * page);  // so that each lies on a page of its own
      value_of(arena.emplace_root<std::uint64_t>("root " + std::to_string(i), i * ones));
    }
    take(arena, 2 * page);
    EXPECT_TRUE(arena.flush());
  }
  ~LostRoots() override {
    ShownStore::show = [] {};
    world::attach(nullptr);
  }

  // What somebody finds who opens a disk with these bytes.
  Found found(const std::string& disk) const {
    std::vector<std::uint64_t> aligned(capacity / sizeof(std::uint64_t));
    std::memcpy(aligned.data(), disk.data(), capacity);
    const MemoryView view(reinterpret_cast<const std::byte*>(aligned.data()), geometry);
    const auto roots = list_roots(view, view.header().allocated);
    if (!roots) return {{"damaged", 0}};
    Found all;
    for (const NamedRoot& root : *roots) all.emplace_back(root.name, view.at<std::uint64_t>(Place{root.object.offset}));
    return all;
  }
  Extent segment_of(const std::string& name) const {
    for (const NamedRoot& root : value_of(arena.roots()))
      if (root.name == name) return root.segment;
    return {};
  }
  std::string memory() const { return {reinterpret_cast<const char*>(arena.data()), capacity}; }
  // What is found on every disk that there may be now.
  void look(const world::Disk& disk, std::vector<Found>& all) const {
    const std::string now = memory();
    std::vector<std::size_t> changed;
    for (std::size_t at = 0; at < capacity; at += page)
      if (now.compare(at, page, disk.durable, at, page) != 0) changed.push_back(at);
    ASSERT_LE(changed.size(), 8U);
    for (std::size_t chosen = 0; chosen < std::size_t{1} << changed.size(); ++chosen) {
      std::string image = disk.durable;
      for (std::size_t i = 0; i < changed.size(); ++i)
        if ((chosen >> i & 1U) != 0) image.replace(changed[i], page, now, changed[i], page);
      all.push_back(found(image));
    }
  }
  // Whether that is always what was there before the change or what is there behind it, and durable at its end.
  template <class Change>
  bool old_or_new(Change change) {
    const Found before = found(memory());
    std::vector<Found> disks;
    world::Disk disk(arena.data(), capacity);
    world::attach(&disk);
    ShownStore::show = [&] { look(disk, disks); };
    change();
    ShownStore::show = [] {};
    const Found after = found(memory());
    bool good = before != after && found(disk.durable) == after && disks.size() > 1;
    for (const Found& each : disks) good = good && (each == before || each == after);
    return good;
  }

  TemporaryFolder folder;
  ShownArena arena = value_of(
      ShownArena::map_mut(folder.file("arena"), {.capacity = capacity, .reuse = Reuse::first, .index = 0, .create_new = true}));
  Geometry geometry = Geometry::unified(0, capacity);
};

TEST_F(LostRoots, OneThatIsMadeIsThereOrNot) {
  EXPECT_TRUE(old_or_new([&] { value_of(arena.emplace_root<std::uint64_t>("new", 4 * ones)); }));
}

TEST_F(LostRoots, OneThatIsRemovedIsThereOrNot) {
  for (const char* const name : {"root 2", "root 3", "root 1"}) {
    const bool good = old_or_new([&] {
      const Extent segment = segment_of(name);
      EXPECT_TRUE(arena.remove_root<std::uint64_t>(name));
      const Extent again = take(arena, segment.size);
      EXPECT_EQ(again, segment) << "its bytes serve somebody else";
      paint(arena, again, 0xff);
      take(arena, 16);
    });
    EXPECT_TRUE(good) << name;
  }
}

TEST_F(LostRoots, OneThatIsPublishedBeforeItIsDurableIsSeen) {
  const auto publish_first = [&] {
    const auto layout = value_of(layout_of_entry("early", tag_of<std::uint64_t>()));
    const Allocation given = value_of(arena.allocate(layout.size, layout.alignment));
    write_entry(arena.data(), given, layout, "early", tag_of<std::uint64_t>());
    ShownStore(arena.data()).store(geometry.directory(), given.used.offset, Site::plan_count);
    EXPECT_TRUE(arena.flush());
  };
  EXPECT_FALSE(old_or_new(publish_first));
}

TEST_F(LostRoots, OneWhoseLinkIsNotDurableIsSeen) {
  const auto flush_before_the_link = [&] {
    const auto layout = value_of(layout_of_entry("early", tag_of<std::uint64_t>()));
    const Allocation given = value_of(arena.allocate(layout.size, layout.alignment));
    const FoundEntry entry = write_entry(arena.data(), given, layout, "early", tag_of<std::uint64_t>());
    EXPECT_TRUE(arena.flush());
    NamedRoots roots;
    const auto no_flush = []() -> std::expected<void, Error> { return {}; };
    EXPECT_TRUE(
        roots.publish(ShownStore(arena.data()), {arena.data(), geometry}, [&] { return arena.allocated(); }, entry, no_flush));
    EXPECT_TRUE(arena.flush());
  };
  EXPECT_FALSE(old_or_new(flush_before_the_link));
}

TEST_F(LostRoots, OneThatIsFreedBeforeItIsOutForGoodIsSeen) {
  const auto free_first = [&] {
    LiveState<ShownStore>& state = *arena.state_of_scope();
    NamedRoots roots;
    const auto no_flush = [](Extent) -> std::expected<void, Error> { return {}; };
    const MemoryView view(arena.data(), geometry);
    const auto out = roots.take_out(
        ShownStore(arena.data()), view, [&] { return state.allocated(); }, "root 2", tag_of<std::uint64_t>(), no_flush);
    const Extent segment = value_of(out).head.segment;
    std::memset(arena.get_pointer(segment.offset), 0xff, segment.size);
    give(arena, segment);
    EXPECT_TRUE(arena.flush());
  };
  EXPECT_FALSE(old_or_new(free_first));
}

}  // namespace
}  // namespace rarena::detail
