// The monitor's checks of the list, each made to fail by a list that is wrong in one way.
#include "monitor.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rarena::models {
namespace {

// The words of a scenario's image, which a test may change.
class Words {
 public:
  explicit Words(const Image& image) {
    image.each_word([&](auto word, auto value) { words_[word.place] = value; });
  }
  const std::uint64_t* peek(Place place) const {
    const auto found = words_.find(place);
    return found == words_.end() ? nullptr : &found->second;
  }
  bool owned(Extent) const { return false; }
  std::uint64_t& at(Word<std::uint64_t> word) { return words_.at(word.place); }

 private:
  std::map<Place, std::uint64_t> words_;
};

class ListMonitor : public ::testing::TestWithParam<Freelist> {
 protected:
  std::string verdict() const {
    const char* const wrong = Monitor<Words>(words, image).after_write(Site::insert_publish, 0, 0, tag(1));
    return wrong == nullptr ? "" : wrong;
  }
  static std::uint64_t tag(std::uint64_t n) { return Link(0, false, n).bits(); }
  Offset descriptor(int n) const {
    Offset d = Link(*words.peek(image.geometry().free_head().place)).next();
    while (n-- > 0) d = Link(*words.peek(Geometry::link(d).place)).next();
    return d;
  }
  void resize(int n, Size size) {
    std::uint64_t& extent = words.at(Geometry::extent(descriptor(n)));
    extent = encode(Extent{decode_extent(extent).offset, size});
  }
  void mark(int n) {
    std::uint64_t& link = words.at(Geometry::link(descriptor(n)));
    link = Link(link).marked_to(Link(link).next()).bits();
  }

  Image image = Image(GetParam()).descriptors(3).free(2 * granule).free(3 * granule).free(4 * granule).pinned(granule);
  Words words{image};
};
INSTANTIATE_TEST_SUITE_P(Kinds, ListMonitor, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

TEST_P(ListMonitor, HoldsASortedList) {
  EXPECT_EQ(verdict(), "");
  mark(1);
  EXPECT_EQ(verdict(), "") << "a marked descriptor in its place";
}

TEST_P(ListMonitor, SeesAnUnsortedList) {
  resize(1, 9 * granule);
  EXPECT_TRUE(verdict().starts_with("FL-1")) << verdict();
}

TEST_P(ListMonitor, SeesAMarkedDescriptorOutOfItsPlace) {
  resize(1, 9 * granule);
  mark(1);
  EXPECT_TRUE(verdict().starts_with("REC-2")) << verdict();
}

TEST_P(ListMonitor, SeesACycle) {
  std::uint64_t& last = words.at(Geometry::link(descriptor(2)));
  last = Link(last).linked_to(descriptor(2)).bits();
  resize(2, decode_extent(*words.peek(Geometry::extent(descriptor(2)).place)).size);
  EXPECT_TRUE(verdict().starts_with("FL-1")) << verdict();
}

class BoundaryMonitor : public ListMonitor {
 protected:
  BoundaryMonitor() {
    image = Image(GetParam(), {.first = 4, .roots = 2}).descriptors(2).free(2 * granule).free(granule).pinned(granule);
    words = Words(image);
  }
  // Makes the n-th of the list its last.
  void make_last(int n) {
    const Offset moved = descriptor(n), before = descriptor(n - 1), last = descriptor(3);
    std::uint64_t& link = words.at(Geometry::link(moved));
    words.at(Geometry::link(before)) = Link(link).bits();
    words.at(Geometry::link(last)) = Link(moved, false, 0).bits();
    link = Link(null_offset, false, 0).bits();
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, BoundaryMonitor, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

TEST_P(BoundaryMonitor, HoldsBoundariesInFrontOfTheirSegments) { EXPECT_EQ(verdict(), ""); }

TEST_P(BoundaryMonitor, SeesABoundaryBehindASegmentOfItsRange) {
  make_last(2);
  EXPECT_TRUE(verdict().starts_with("FL-1")) << verdict();
}

TEST_P(BoundaryMonitor, SeesAClaimedBoundary) {
  const Place boundary = descriptor(0);
  const char* const wrong = Monitor<Words>(words, image).after_write(Site::claim_mark, boundary, 0, Link(0, true, 1).bits());
  EXPECT_TRUE(std::string(wrong).starts_with("FL-3: a boundary")) << wrong;
}

TEST_P(BoundaryMonitor, SeesATableThatIsNotLinked) {
  const Monitor<Words> monitor(words, image);
  EXPECT_EQ(monitor.after_write(Site::index_publish, 0, 0, 0), nullptr);
  std::uint64_t& extent = words.at(Geometry::extent(descriptor(0)));
  extent = encode(Extent{image.geometry().table(0), decode_extent(extent).size});
  const char* const wrong = monitor.after_write(Site::index_publish, 0, 0, 0);
  ASSERT_NE(wrong, nullptr);
  EXPECT_TRUE(std::string(wrong).starts_with("FL-1")) << wrong;
}

TEST_P(ListMonitor, SeesALinkToNoDescriptor) {
  std::uint64_t& last = words.at(Geometry::link(descriptor(2)));
  last = Link(last).linked_to(0x1000).bits();
  EXPECT_TRUE(verdict().starts_with("FL-2")) << verdict();
}

}  // namespace
}  // namespace rarena::models
