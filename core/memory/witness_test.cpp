// Tests of the witness: the system notes the death of a process in every cell that it watches, and in no other.
#include "witness.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "memory_test_support.hpp"
#include "process.hpp"

namespace rarena::detail {
namespace {

// Memory that a child shares with its parent, as a file would be; each test sees what the dead left there.
class Witnesses : public testing::Test {
 protected:
  static constexpr std::size_t count = 32, bytes = 4096;

  void SetUp() override {
    ASSERT_TRUE(process::follow_forks());
    file_ = ::memfd_create("cells", MFD_CLOEXEC);
    ASSERT_NE(file_, -1);
    ASSERT_EQ(::ftruncate(file_, bytes), 0);
    cells_ = map();
    ASSERT_NE(cells_, nullptr);
  }
  void TearDown() override {
    ::munmap(cells_, bytes);
    ::close(file_);
  }

  std::byte* map() const {
    void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
    return at == MAP_FAILED ? nullptr : static_cast<std::byte*>(at);
  }
  std::byte* at(std::size_t n) const { return cells_ + n * sizeof(WitnessCell); }
  WitnessCell cell(std::size_t n) const {
    WitnessCell value;
    std::memcpy(&value, at(n), sizeof value);
    return value;
  }
  std::uint32_t word(std::size_t n) const { return cell(n).word; }
  bool empty(std::size_t n) const { return cell(n).word == 0 && cell(n).other == 0 && cell(n).next == 0; }
  void put(std::size_t n, const WitnessCell& value) const { std::memcpy(at(n), &value, sizeof value); }

  std::byte* cells_ = nullptr;
  int file_ = -1;
};

bool is_thread_of_this_process(std::uint32_t thread) {
  return fs::exists("/proc/self/task/" + std::to_string(thread)) && thread != static_cast<std::uint32_t>(::getpid());
}

TEST_F(Witnesses, AThreadStandsForALivingProcess) {
  EXPECT_EQ(0, in_child([&] {
              Witness witness;
              const std::uint32_t told = witness.begin(at(0));
              if (told != word(0) || !is_thread_of_this_process(told)) return 1;
              Witness second;
              if (second.begin(at(1)) != told || word(1) != told) return 2;  // one for all cells
              put(31, {told, 0, 0});
              witness.end();
              second.end();
              return 0;
            }));
  EXPECT_NE(word(31), 0U);
  EXPECT_FALSE(is_thread_of_this_process(word(31))) << "it was the child's";
}

TEST_F(Witnesses, EveryKindOfDeathIsNoted) {
  const auto die = [&](std::size_t n, auto last) {
    return in_child([&] {
      Witness* const witness = new Witness;  // nobody ends it
      witness->begin(at(n));
      return word(n) == 0 ? 99 : last();
    });
  };
  EXPECT_EQ(die(0, be_killed), -SIGKILL);
  EXPECT_EQ(die(1,
                [] {
                  std::signal(SIGTERM, SIG_DFL);
                  return ::raise(SIGTERM);
                }),
            -SIGTERM);
  EXPECT_EQ(die(2, [] { return 3; }), 3) << "an exit that ends no arena";
  EXPECT_EQ(die(3, [] { return ::execl("/bin/true", "true", nullptr); }), 0) << "another program in the same process";
  for (std::size_t n = 0; n < 4; ++n) EXPECT_EQ(word(n), owner_died) << n;
  EXPECT_TRUE(empty(4));
}

TEST_F(Witnesses, AnEndClearsTheCell) {
  put(0, {5, 0, 77});
  put(1, {5, 0, 77});
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness ended;
    ended.begin(at(0));
    ended.end();
    if (!empty(0)) return 1;
    ended.end();  // nothing more to end
    {
      Witness scoped;
      scoped.begin(at(1));
    }
    if (!empty(1)) return 2;
    return be_killed();
  }));
  EXPECT_TRUE(empty(0) && empty(1)) << "and nobody writes there afterwards";
}

TEST_F(Witnesses, AWithdrawalPutsBackWhatWasThere) {
  put(0, {owner_died, 0, 0x7f00'1234'5678});
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness witness;
    witness.begin(at(0));
    if (word(0) == owner_died) return 1;
    witness.withdraw();
    return be_killed();
  }));
  EXPECT_EQ(word(0), owner_died);
  EXPECT_EQ(cell(0).next, 0x7f00'1234'5678U);
}

TEST_F(Witnesses, ANewBeginningEndsTheOneBefore) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness witness;
    witness.begin(at(0));
    witness.begin(at(1));
    return empty(0) ? be_killed() : 1;
  }));
  EXPECT_TRUE(empty(0));
  EXPECT_EQ(word(1), owner_died);
}

TEST_F(Witnesses, OfManyThoseThatAreLeftAreNoted) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::vector<std::size_t> order(count);
    for (std::size_t n = 0; n < count; ++n) order[n] = n;
    std::mt19937_64 random(seed);
    std::ranges::shuffle(order, random);
    const std::size_t ended = seed < 2 ? count - seed : random() % count;
    for (std::size_t n = 0; n < count; ++n) put(n, {});
    ASSERT_EQ(-SIGKILL, in_child([&] {
      std::deque<Witness> all(count);
      for (std::size_t n = 0; n < count; ++n) all[n].begin(at(n));
      for (std::size_t i = 0; i < ended; ++i) all[order[i]].end();
      if (ended > 2) {  // and again, where the list has gaps
        all[order[0]].begin(at(order[0]));
        all[order[1]].begin(at(order[1]));
        all[order[1]].end();
      }
      return be_killed();
    }));
    for (std::size_t i = 0; i < count; ++i) {
      const bool left = i >= ended || (ended > 2 && i == 0);
      EXPECT_EQ(word(order[i]), left ? owner_died : 0) << "seed " << seed << ", cell " << order[i];
    }
  }
}

// The bytes of a file that was mapped anew: the old map goes away.
TEST_F(Witnesses, ACellMayMove) {
  for (const std::size_t moved : {0U, 1U, 2U}) {
    for (std::size_t n = 0; n < 3; ++n) put(n, {});
    ASSERT_EQ(-SIGKILL, in_child([&] {
      std::array<Witness, 3> all;
      std::byte* const first = map();
      for (std::size_t n = 0; n < 3; ++n) all[n].begin(n == moved ? first + n * sizeof(WitnessCell) : at(n));
      std::byte* const second = map();
      all[moved].move_to(second + moved * sizeof(WitnessCell));
      if (first == nullptr || second == nullptr || ::munmap(first, bytes) != 0) return 1;
      return be_killed();
    }));
    for (std::size_t n = 0; n < 3; ++n) EXPECT_EQ(word(n), owner_died) << "cell " << n << ", moved " << moved;
  }
}

TEST_F(Witnesses, ACellThatMovedEndsWhereItIs) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness below, witness, above;
    below.begin(at(0));
    std::byte* const first = map();
    witness.begin(first + sizeof(WitnessCell));
    above.begin(at(2));
    witness.move_to(at(1));
    ::munmap(first, bytes);
    witness.end();
    return empty(1) ? be_killed() : 1;
  }));
  EXPECT_EQ(word(0), owner_died);
  EXPECT_TRUE(empty(1));
  EXPECT_EQ(word(2), owner_died);
}

TEST_F(Witnesses, OneThatWatchesNothingMovesNowhere) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness none, ended;
    none.move_to(at(0));
    ended.begin(at(1));
    ended.end();
    ended.move_to(at(2));
    return be_killed();
  }));
  for (std::size_t n = 0; n < 3; ++n) EXPECT_TRUE(empty(n)) << n;
}

// A bug that must be found: who unmaps a cell without a move breaks the list there.
TEST_F(Witnesses, ACellThatWasUnmappedWithoutAMoveIsNotNoted) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness behind, gone;
    behind.begin(at(0));
    std::byte* const first = map();
    gone.begin(first + sizeof(WitnessCell));
    if (first == nullptr || ::munmap(first, bytes) != 0) return 1;
    return be_killed();
  }));
  EXPECT_NE(word(0), owner_died);
  EXPECT_NE(word(1), owner_died);
}

TEST_F(Witnesses, AForkedChildLeavesItsParentsCellsAlone) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness witness, own;
    const std::uint32_t told = witness.begin(at(0));
    const int killed = in_child([&] {
      if (own.begin(at(1)) == told) return 1;  // a thread of its own
      return be_killed();
    });
    if (killed != -SIGKILL || word(0) != told || word(1) != owner_died) return 2;
    const int ended = in_child([&] {
      witness.move_to(at(5));
      witness.end();
      return 0;
    });
    if (ended != 0 || word(0) != told || !empty(5)) return 3;
    const int withdrawn = in_child([&] {
      witness.withdraw();
      return 0;
    });
    if (withdrawn != 0 || word(0) != told) return 4;
    if (own.begin(at(2)) != told) return 5;  // the parent's thread is still there
    return be_killed();
  }));
  EXPECT_EQ(word(0), owner_died);
  EXPECT_EQ(word(2), owner_died);
}

// The older of two cells is in a list that goes through the newer one, which the child shares.
TEST_F(Witnesses, AForkedChildMovesNoCellOfItsParent) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    Witness older, newer;
    older.begin(at(0));
    newer.begin(at(1));
    const WitnessCell before = cell(1);
    const int moved = in_child([&] {
      older.move_to(at(5));
      return 0;
    });
    return moved == 0 && cell(1).next == before.next ? be_killed() : 1;
  }));
  EXPECT_EQ(word(0), owner_died);
  EXPECT_EQ(word(1), owner_died);
  EXPECT_TRUE(empty(5));
}

TEST_F(Witnesses, WhereNoThreadCanBeMadeTheCellSaysSo) {
  EXPECT_EQ(-SIGKILL, in_child([&] {
    pthread_attr_t usual, huge;  // no stack of this size can be mapped
    if (::pthread_getattr_default_np(&usual) != 0 || ::pthread_attr_init(&huge) != 0 ||
        ::pthread_attr_setstacksize(&huge, std::size_t{1} << 46U) != 0 || ::pthread_setattr_default_np(&huge) != 0)
      return 1;
    Witness without, ended, with;
    const std::uint32_t nobody = unwitnessed | static_cast<std::uint32_t>(::getpid());
    if (without.begin(at(0)) != nobody || word(0) != nobody) return 2;
    if (ended.begin(at(1)) != nobody) return 3;
    ended.end();
    without.move_to(at(0));
    if (::pthread_setattr_default_np(&usual) != 0) return 4;
    if (!is_thread_of_this_process(with.begin(at(2)))) return 5;  // tried again
    put(31, {nobody, 0, 0});
    return be_killed();
  }));
  EXPECT_EQ(word(0), word(31)) << "nobody stood for it";
  EXPECT_NE(word(31), 0U);
  EXPECT_TRUE(empty(1));
  EXPECT_EQ(word(2), owner_died);
}

}  // namespace
}  // namespace rarena::detail
