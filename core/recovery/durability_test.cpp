// Which ranges a disk is asked to make durable, and which words of hints are written at all.
#include "durability.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "recovery_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

// Remembers the ranges that were flushed; the one with this number fails.
struct FakeDisk {
  std::vector<Extent>* ranges;
  std::optional<std::size_t> fails = std::nullopt;

  std::expected<void, Error> flush(Extent range) const {
    ranges->push_back(range);
    if (fails && ranges->size() == *fails + 1) return std::unexpected(system_error(EIO));
    return {};
  }
};

class Flushes : public ::testing::Test {
 protected:
  std::expected<void, Error> flush(Extent range, std::optional<std::size_t> fails = std::nullopt) {
    ranges.clear();
    return record->flush(FakeDisk{&ranges, fails}, range, memory.store(), memory.geometry());
  }
  std::uint32_t state() { return memory.store().load(memory.geometry().state(), Site::plan_count); }

  TestMemory<PlainStore> memory{4096};
  Extent header = header_range(memory.geometry());
  std::vector<Extent> ranges;
  std::unique_ptr<DiskRecord> record = std::make_unique<DiskRecord>();
};

TEST_F(Flushes, OfARangeTheHeaderComesLast) {
  ASSERT_TRUE(flush({1000, 100}));
  EXPECT_EQ(ranges, (std::vector<Extent>{{1000, 100}, header}));
}

TEST_F(Flushes, OfWhatTheHeaderIsInAreOne) {
  for (const Extent range : {Extent{0, 1000}, header}) {
    ASSERT_TRUE(flush(range));
    EXPECT_EQ(ranges, (std::vector<Extent>{range}));
  }
}

TEST_F(Flushes, OfWhatHasAPartOfTheHeaderAreTwo) {
  const auto end = static_cast<Offset>(header.end());
  for (const Extent range : {Extent{0, end - 1}, Extent{header.offset + 1, 1000}, Extent{end, 1000}}) {
    ASSERT_TRUE(flush(range));
    EXPECT_EQ(ranges, (std::vector<Extent>{range, header}));
  }
}

TEST_F(Flushes, ThatFailAreRemembered) {
  for (const std::size_t failing : {std::size_t{0}, std::size_t{1}}) {
    record = std::make_unique<DiskRecord>();
    memory.store().store(memory.geometry().state(), std::uint32_t{0}, Site::plan_count);
    EXPECT_FALSE(flush({1000, 100}, failing));
    EXPECT_EQ(state(), static_cast<std::uint32_t>(AnnexState::flush_failed));
    EXPECT_EQ(flush({0, 1000}).error().code, ErrorCode::flush_failed);
    EXPECT_TRUE(ranges.empty()) << "the disk is not asked again";
  }
}

// A store that counts the words that are written.
class CountingStore : public PlainStore {
 public:
  CountingStore(std::byte* memory, std::size_t& count) : PlainStore(memory), count_(&count) {}
  template <class T>
  void store(Word<T> word, T value, Site site, Location location = {}) const {
    ++*count_;
    PlainStore::store(word, value, site, location);
  }

 private:
  std::size_t* count_;
};

TEST(HintsOfAList, AreWrittenWhereTheyDiffer) {
  TestMemory<PlainStore> memory(65536, 16, small_index(65536));
  const Geometry& g = memory.geometry();
  constexpr std::size_t counters = 7;
  std::size_t written = 0;
  const CountingStore store(memory.data(), written);
  const auto write = [&](const ListHints& hints) {
    written = 0;
    hints.write(store);
    return written;
  };
  ListHints hints(g);
  EXPECT_EQ(write(hints), counters) << "all windows are 0";
  for (const Offset offset : {5000U, 5100U, 9000U, 60000U}) hints.add({offset, 50});
  EXPECT_EQ(write(hints), counters + 3);
  EXPECT_EQ(write(hints), counters) << "no window has changed";
  written = 0;
  ListHints::write_none(store, g, 10000);
  EXPECT_EQ(written, counters + 2) << "above 10,000 there was nothing";
  written = 0;
  ListHints::write_none(store, g, 65000);
  EXPECT_EQ(written, counters) << "nothing was listed since";
}

}  // namespace
}  // namespace rarena::detail
