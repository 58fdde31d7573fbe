// The index region of a file: where it may say that it lies, what the walk finds wrong with boundaries, and that no mixture of
// pages from before and behind an opening or a close is taken for a clean file. REC-1, REC-2, FL-1.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "recovery_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;
using Opening = Recovery::Opening;

Error error_of(const std::expected<Geometry, Error>& geometry) { return geometry ? Error{} : geometry.error(); }

std::uint64_t at_byte(auto word) { return static_cast<std::uint64_t>(word.place); }

std::vector<Error> all_violations(const MemoryView& view) {
  std::vector<Error> found;
  examine(view, {.violation = [&](const Error& error) {
            found.push_back(error);
            return true;
          }});
  return found;
}

History with_index(Freelist kind, std::uint64_t seed, int steps = 120) {
  constexpr Size room = 3000;
  const IndexShape index = small_index(room);
  History history(kind, room + static_cast<Size>(index.bytes()), seed, 20, index);
  history.live_on(steps);
  return history;
}

class Boundaries : public ::testing::TestWithParam<Freelist> {
 protected:
  void SetUp() override {
    for (std::uint64_t seed = 0; free().size() < 4; ++seed) history_ = with_index(GetParam(), seed);
    history_.plant();
  }
  std::vector<ListedSegment> free() { return history_.structure().free; }
  std::vector<ListedBoundary> boundaries() { return history_.structure().boundaries; }
  const Geometry& geometry() const { return history_.geometry(); }
  void set(Word<std::uint64_t> word, std::uint64_t value) { history_.store().store(word, value, Site::plan_link); }
  Link link(Offset descriptor) { return Link(history_.view().load(Geometry::link(descriptor))); }
  bool found(const Error& error) {
    const auto all = all_violations(history_.view());
    return std::ranges::find(all, error) != all.end();
  }
  static Error bad_freelist(std::uint64_t expected, std::uint64_t there, std::uint64_t at) {
    return {.code = ErrorCode::bad_freelist, .asked = expected, .there = there, .at = at};
  }

  History history_ = with_index(GetParam(), 0);
};
INSTANTIATE_TEST_SUITE_P(Kinds, Boundaries, ::testing::Values(Freelist::optimistic, Freelist::pessimistic));

TEST_P(Boundaries, AreNoSegments) {
  EXPECT_TRUE(all_violations(history_.view()).empty());
  const IndexShape& shape = geometry().index_shape();
  EXPECT_EQ(boundaries().size(), shape.roots + 3 * table_boundaries + table_boundaries / 2);
  EXPECT_EQ(history_.structure().unlisted_bytes(), live_bytes(history_.live())) << "SEG-2";
  for (const ListedBoundary& b : boundaries()) EXPECT_TRUE(geometry().is_boundary(b.descriptor));
  for (const ListedSegment& s : free()) EXPECT_FALSE(geometry().is_boundary(s.descriptor));
  EXPECT_NE(history_.structure().sum.value(), history_.structure().sum_of_segments().value());
}

TEST_P(Boundaries, AreNeverMarked) {
  const Offset some = boundaries()[3].descriptor;
  const Link good = link(some);
  set(Geometry::link(some), Link(good.next(), true, good.tag()).bits());
  EXPECT_TRUE(found(bad_freelist(good.bits(), Link(good.next(), true, good.tag()).bits(), some)));
}

TEST_P(Boundaries, AreMetOnce) {
  const Offset first = boundaries().front().descriptor, last = boundaries().back().descriptor;
  set(Geometry::link(last), Link(first, false, 9).bits());
  EXPECT_TRUE(found(bad_freelist(null_offset, first, last)));
}

TEST_P(Boundaries, AreInTheFreelistOnly) {
  const Offset unlinked = geometry().table(3) + 15 * descriptor_size;
  set(geometry().spare_head(), Link(unlinked, false, 0).bits());
  EXPECT_TRUE(found(bad_freelist(geometry().data_offset(), unlinked, at_byte(geometry().spare_head()))));
}

TEST_P(Boundaries, LieInTheirRegion) {
  const Offset window = geometry().root(0) - descriptor_size;
  set(geometry().free_head(), Link(window, false, 0).bits());
  EXPECT_TRUE(found(bad_freelist(geometry().root(0), window, at_byte(geometry().free_head()))));
}

// A key may be that of the boundary before it, and never that of a segment before it; no segment stands before its range.
TEST_P(Boundaries, StandInOrder) {
  const bool ascending = GetParam() == Freelist::pessimistic;
  const auto all = boundaries();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto word = Geometry::extent(all[i].descriptor);
    const std::uint64_t before = history_.view().load(word);
    const auto with_key = [&](Size key) { set(word, encode(Extent{all[i].child, key})); };
    const std::size_t position = all[i].position;
    if (position > 0) {
      const Size size = free()[position - 1].extent.size;
      const Size next = ascending ? size + 1 : size - 1;
      if (i == 0 || all[i - 1].position != position) {
        with_key(size);
        EXPECT_TRUE(found(bad_freelist(next, size, at_byte(word) + 4))) << i;
        with_key(next);
        EXPECT_FALSE(found(bad_freelist(next, size, at_byte(word) + 4))) << i;
        with_key(ascending ? size - 1 : size + 1);
        EXPECT_TRUE(found(bad_freelist(size, ascending ? size - 1 : size + 1, at_byte(word) + 4))) << i;
      }
    }
    if (position < free().size() && (i + 1 == all.size() || all[i + 1].position != position)) {
      const Extent behind = free()[position].extent;
      const Size beyond = ascending ? behind.size + 1 : behind.size - 1;
      with_key(beyond);
      EXPECT_TRUE(found(bad_freelist(beyond, behind.size, at_byte(Geometry::extent(free()[position].descriptor)) + 4))) << i;
      with_key(behind.size);
      EXPECT_FALSE(found(bad_freelist(behind.size, behind.size, at_byte(Geometry::extent(free()[position].descriptor)) + 4)));
    }
    set(word, before);
  }
  EXPECT_TRUE(all_violations(history_.view()).empty());
}

TEST_P(Boundaries, HaveChildrenThatWereHandedOut) {
  const Geometry& g = geometry();
  const auto word = Geometry::extent(g.root(6));
  const Size key = decode_extent(history_.view().load(word)).size;
  const Offset first = g.table(0), last = g.table(3);
  for (const Offset wrong :
       {g.root(0), first - descriptor_size, first + 1, first + descriptor_size, last + table_size, ~Offset{0}}) {
    set(word, encode(Extent{wrong, key}));
    EXPECT_TRUE(found(bad_freelist(wrong < first ? first : last, wrong, at_byte(word)))) << wrong;
  }
  set(word, encode(Extent{last, key}));
  EXPECT_TRUE(all_violations(history_.view()).empty());
  history_.store().store(g.next_table(), 3U, Site::plan_count);
  EXPECT_TRUE(found(bad_freelist(g.table(2), last, at_byte(word)))) << "nobody has taken it yet";
  history_.store().store(g.next_table(), 0U, Site::plan_count);
  EXPECT_TRUE(found(bad_freelist(null_offset, last, at_byte(word)))) << "nobody has taken any";
  history_.store().store(g.next_table(), ~0U, Site::plan_count);
  EXPECT_TRUE(all_violations(history_.view()).empty()) << "all of them, and some tries behind that";
}

TEST_P(Boundaries, UnderACleanSealAreNotBelieved) {
  const std::uint32_t seal = clean_seal(history_.view().prefix(), history_.view().header(), history_.view().annex(),
                                        history_.structure().sum_of_segments().value());
  history_.seal(seal);
  EXPECT_EQ(history_.opening(), Opening::untrusted);
  close_cleanly(history_);
  EXPECT_EQ(history_.opening(), Opening::clean);
}

// Pages reach the disk in any order. Whatever mixture of them a power loss leaves, a clean seal over it vouches for lists that
// were sealed, without boundaries.
class PowerLoss {
 public:
  PowerLoss(History& history, std::mt19937_64& random) : history_(history), random_(random), old_(bytes()) { sealed(); }

  // These lists may be vouched for.
  void sealed() { lists_.push_back(history_.structure().sum_of_segments().value()); }

  // How a mixture of the bytes before and now is opened.
  Opening lose(std::size_t page) {
    const std::vector<std::byte> now = bytes();
    for (std::size_t at = 0; at < now.size(); at += page)
      if (random_() % 2 == 0)
        std::ranges::copy(std::span(old_).subspan(at, std::min(page, old_.size() - at)), history_.data() + at);
    const Opening opening = history_.opening();
    const Structure found = history_.structure();
    const bool meant = std::ranges::find(lists_, found.sum.value()) != lists_.end();
    EXPECT_TRUE(opening != Opening::clean || (meant && found.boundaries.empty()));
    EXPECT_NE(opening, Opening::process_died);
    std::ranges::copy(now, history_.data());
    return opening;
  }

 private:
  std::vector<std::byte> bytes() { return {history_.data(), history_.data() + history_.geometry().capacity()}; }

  History& history_;
  std::mt19937_64& random_;
  std::vector<std::byte> old_;
  std::vector<std::uint64_t> lists_;
};

TEST_P(Boundaries, AMixtureOfPagesIsNeverTrustedWithOtherLists) {
  std::mt19937_64 random(7);
  std::size_t clean = 0, untrusted = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    History history = with_index(GetParam(), seed, static_cast<int>(20 + seed * 3));
    if (seed % 2 == 0) history.plant();  // what an earlier opening has left in the region
    close_cleanly(history);
    PowerLoss loss(history, random);
    const Plan plan = recover(history.view(), history.structure(), {Opening::clean, Doubt::none}, this_file).plan;
    for (const Plan::Write& write : plan.writes()) {
      carry_out(std::span(&write, 1), history.store());
      for (const std::size_t page : {16U, 64U, 512U}) (loss.lose(page) == Opening::clean ? clean : untrusted) += 1;
    }
    const auto [closing, lists] = plan_closing(history.view(), history.structure());
    PowerLoss second(history, random);
    carry_out(closing.writes(), history.store());
    second.sealed();
    for (const std::size_t page : {16U, 64U, 512U}) (second.lose(page) == Opening::clean ? clean : untrusted) += 1;
  }
  EXPECT_GT(clean, 0U);
  EXPECT_GT(untrusted, clean);
}

// The red one of the test above: lists whose boundaries are not summed up are trusted in mixtures.
TEST_P(Boundaries, ASumWithoutThemWouldTrustMixtures) {
  history_.seal(clean_seal(history_.view().prefix(), history_.view().header(), history_.view().annex(),
                           history_.structure().sum_of_segments().value()));
  const auto left = left_as(history_.view(), history_.structure().sum_of_segments().value(), this_file);
  EXPECT_EQ(left.value().opening, Opening::clean);
}

// Where a file says that its index lies.
class RecordedIndex : public ::testing::Test {
 protected:
  static constexpr Size capacity = 8000;

  RecordedIndex() : memory_(capacity) {
    put(geometry_.annex(), geometry_size());
    put(geometry_.index(), head_of(shape_));
  }
  Size geometry_size() const { return static_cast<Size>(annex_size + shape_.bytes()); }
  template <class T>
  void put(Place place, const T& value) {
    std::memcpy(memory_.data() + place, &value, sizeof value);
  }
  std::expected<Geometry, Error> recorded() const { return geometry_of_file({memory_.data(), Geometry::unified(0, capacity)}); }
  // The error with this shape, whose size is recorded.
  Error error_with(const IndexShape& shape) {
    put(geometry_.annex(), static_cast<Size>(annex_size + shape.bytes()));
    put(geometry_.index(), head_of(shape));
    return error_of(recorded());
  }
  static Error bad(std::uint64_t expected, std::uint64_t found, std::uint64_t at) {
    return {.code = ErrorCode::bad_header, .asked = expected, .there = found, .at = at};
  }
  std::uint64_t field(std::size_t offset) const { return static_cast<std::uint64_t>(geometry_.index()) + offset; }

  IndexShape shape_ = small_index(capacity);
  Geometry geometry_ = Geometry::unified(0, capacity, shape_);
  std::vector<std::byte> memory_;
};

TEST_F(RecordedIndex, IsTakenFromTheFile) {
  ASSERT_TRUE(recorded());
  EXPECT_EQ(recorded()->index_shape(), shape_);
  EXPECT_EQ(recorded()->data_offset(), geometry_.data_offset());
  EXPECT_EQ(recorded_geometry(memory_, 0).data_offset(), geometry_.data_offset());
}

TEST_F(RecordedIndex, MayBeNone) {
  put(geometry_.annex(), annex_size);
  ASSERT_TRUE(recorded());
  EXPECT_EQ(recorded()->data_offset(), Geometry::unified(0, capacity).data_offset());
  EXPECT_FALSE(geometry_of_file({memory_.data(), Geometry::version_1(0, capacity)})->has_index());
}

TEST_F(RecordedIndex, HasASizeThatFits) {
  constexpr std::uint64_t annex = 48;
  for (const Size size : {0U, 1U, 63U, 65U, 80U, 127U}) {
    put(geometry_.annex(), size);
    EXPECT_EQ(error_of(recorded()), bad(annex_size, size, annex));
  }
  for (const Size size : {capacity - Size{annex}, capacity, 0xffffffffU}) {
    put(geometry_.annex(), size);
    EXPECT_EQ(error_of(recorded()), bad(capacity - annex - 1, size, annex));
  }
  for (const Size size : {geometry_size() - 16, geometry_size() + 16, geometry_size() - 1}) {
    put(geometry_.annex(), size);
    EXPECT_EQ(error_of(recorded()), bad(geometry_size(), size, annex));
  }
  put(geometry_.annex(), geometry_size());
  EXPECT_TRUE(recorded());
  EXPECT_EQ(recorded_geometry(std::span(memory_).first(100), 0).data_offset(), 112U) << "too short to record anything";
}

TEST_F(RecordedIndex, HasAShapeThatCanBe) {
  const auto with = [&](auto change) {
    IndexShape shape = shape_;
    change(shape);
    return shape;
  };
  EXPECT_EQ(error_with(with([](IndexShape& s) { s.window_shift = 32; })),
            bad(31, 32, field(offsetof(IndexHead, window_shift))));
  EXPECT_EQ(error_with(with([](IndexShape& s) { s.first = 33; })), bad(32, 33, field(offsetof(IndexHead, first))));
  EXPECT_EQ(error_with(with([](IndexShape& s) { s.first = 17; })), bad(15, 16, field(offsetof(IndexHead, roots))));
  EXPECT_EQ(error_with(with([](IndexShape& s) { s.roots = 0; })), bad(0, 4, field(offsetof(IndexHead, tables))));
  EXPECT_EQ(error_with(with([](IndexShape& s) { s.window_shift = 31; })), Error{});
  EXPECT_EQ(error_with(with([](IndexShape& s) { s.first = 16; })), Error{});
  put(geometry_.annex(), annex_size + index_head_size);
  put(geometry_.index(), head_of(IndexShape{}));
  EXPECT_EQ(error_of(recorded()), bad(annex_size, annex_size + index_head_size, 48)) << "a head of nothing";
}

// Sums of a shape do not wrap.
TEST_F(RecordedIndex, MayNotBeHuge) {
  for (const IndexShape& huge : {IndexShape{12, 0xffffffff, 0, 16, 4}, IndexShape{12, 4, 0, 16, 0xffffffff}}) {
    put(geometry_.annex(), static_cast<Size>(annex_size + huge.bytes()));
    put(geometry_.index(), head_of(huge));
    EXPECT_EQ(error_of(recorded()).code, ErrorCode::bad_header);
  }
}

// The hints of a list at rest.
TEST_P(Boundaries, TheHintsAreThoseOfTheSegments) {
  const Geometry& g = geometry();
  const Structure s = history_.structure();
  for (std::uint32_t i = 0; i < g.index_shape().windows; ++i) history_.store().store(g.window(i), 77U, Site::plan_count);
  for (const auto word : {g.segments(), g.merging(), g.largest(), g.pressed()})
    history_.store().store(word, 99U, Site::plan_count);
  for (const auto word : {g.inserted(), g.merged(), g.last_merge()}) set(word, 99);
  ListHints(g, s).write(history_.store());
  Size largest = 0;
  std::vector<std::uint32_t> windows(g.index_shape().windows);
  for (const ListedSegment& segment : s.free) {
    largest = std::max(largest, segment.extent.size);
    windows[g.window_of(segment.extent.offset)] += segment.extent.size;
  }
  for (std::uint32_t i = 0; i < windows.size(); ++i) EXPECT_EQ(history_.view().load(g.window(i)), windows[i]) << i;
  EXPECT_EQ(history_.view().load(g.segments()), s.free.size());
  EXPECT_EQ(history_.view().load(g.largest()), largest);
  EXPECT_EQ(history_.view().load(g.merging()), 0U);
  EXPECT_EQ(history_.view().load(g.pressed()), 0U);
  EXPECT_NE(history_.view().load(g.inserted()), history_.view().load(g.merged())) << "a merge may help";
  ListHints(g).write(history_.store());
  EXPECT_EQ(history_.view().load(g.inserted()), history_.view().load(g.merged())) << "there is nothing to merge";
}

}  // namespace
}  // namespace rarena::detail
