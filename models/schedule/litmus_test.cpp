// The weak memory and the scheduler against litmus programs: the outcomes that many random inputs reach are exactly those of
// RC11 without load buffering.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "random_bytes.hpp"
#include "scheduler.hpp"

namespace rarena::models::schedule {
namespace {

constexpr unsigned inputs = 20'000;
constexpr auto relaxed = Order::relaxed, acquire = Order::acquire, release = Order::release, acq_rel = Order::acq_rel;
constexpr unsigned x = 1, y = 2;  // words, 0 at the start
constexpr std::uint64_t not_read = 9;

class Litmus {
 public:
  using Thread = std::function<void(Litmus&)>;
  using Outcomes = std::set<std::string>;

  explicit Litmus(std::vector<Thread> threads)
      : threads_(std::move(threads)), scheduler_([this](unsigned i) { threads_[i](*this); }) {}

  // What the registers hold at the end of each execution, a digit each.
  Outcomes outcomes(unsigned registers) {
    Outcomes all;
    RandomBytes random;
    for (unsigned seed = 1; seed <= inputs; ++seed) {
      memory_.reset();
      for (const unsigned word : {x, y}) memory_.initialise(word, 0);
      registers_ = {not_read, not_read, not_read, not_read};
      raced_ = false;
      published_ = {};
      EXPECT_EQ(scheduler_.run(static_cast<unsigned>(threads_.size()), random(seed)), Scheduler::End::all_ended);
      for (unsigned i = 0; i < at_end_.size(); ++i) registers_[i] = memory_.newest(at_end_[i]);
      std::string outcome;
      for (unsigned i = 0; i < registers; ++i) outcome += std::to_string(registers_[i]);
      all.insert(raced_ ? outcome + " race" : outcome);
    }
    return all;
  }

  std::uint64_t read(unsigned word, Order order) {
    const Age age = scheduler_.step();
    return memory_.load(scheduler_.thread(), word, order, age).value;
  }
  void read(unsigned word, Order order, unsigned reg) { registers_[reg] = read(word, order); }
  void write(unsigned word, std::uint64_t value, Order order) {
    scheduler_.step();
    memory_.store(scheduler_.thread(), word, value, order, 0);
  }
  std::uint64_t add(unsigned word, std::uint64_t value, Order order) {
    scheduler_.step();
    return memory_.fetch_add(scheduler_.thread(), word, value, ~std::uint64_t{0}, order, 0).value;
  }
  WeakMemory::Exchange exchange(unsigned word, std::uint64_t expected, std::uint64_t value, Order order, Order failure) {
    const Age age = scheduler_.step();
    return memory_.exchange(scheduler_.thread(), word, expected, value, order, failure, age, 0);
  }
  void set(unsigned reg, std::uint64_t value) { registers_[reg] = value; }

  // The first registers hold the last values of these words.
  void show_at_end(std::vector<unsigned> words) { at_end_ = std::move(words); }

  // One plain object.
  void touch() {
    raced_ = raced_ || !memory_.sees(scheduler_.thread(), published_);
    published_ = memory_.use(scheduler_.thread());
  }

 private:
  std::vector<Thread> threads_;
  std::vector<unsigned> at_end_;
  Scheduler scheduler_;
  WeakMemory memory_;
  std::array<std::uint64_t, 4> registers_{};
  WeakMemory::Use published_;
  bool raced_ = false;
};

using Outcomes = Litmus::Outcomes;

Outcomes outcomes(unsigned registers, std::vector<Litmus::Thread> threads) {
  return Litmus(std::move(threads)).outcomes(registers);
}

TEST(Litmus, StoreBufferingIsAllowedWhateverTheOrders) {
  for (const auto& [writes, reads] : {std::pair(relaxed, relaxed), std::pair(release, acquire)})
    EXPECT_EQ(outcomes(2, {[=](Litmus& l) { l.write(x, 1, writes), l.read(y, reads, 0); },
                           [=](Litmus& l) { l.write(y, 1, writes), l.read(x, reads, 1); }}),
              (Outcomes{"00", "01", "10", "11"}));
}

Outcomes message_passing(Order flag_write, Order flag_read) {
  return outcomes(2, {[=](Litmus& l) { l.write(x, 1, relaxed), l.write(y, 1, flag_write); },
                      [=](Litmus& l) { l.read(y, flag_read, 0), l.read(x, relaxed, 1); }});
}

TEST(Litmus, MessagePassingNeedsReleaseAndAcquire) {
  EXPECT_EQ(message_passing(release, acquire), (Outcomes{"00", "01", "11"}));
  EXPECT_EQ(message_passing(relaxed, acquire), (Outcomes{"00", "01", "10", "11"}));
  EXPECT_EQ(message_passing(release, relaxed), (Outcomes{"00", "01", "10", "11"}));
  EXPECT_EQ(message_passing(relaxed, relaxed), (Outcomes{"00", "01", "10", "11"}));
}

TEST(Litmus, PayloadRacesUnlessTheFlagSynchronizes) {
  const auto touched_after_flag = [](Order flag_write, Order flag_read) {
    return outcomes(1, {[=](Litmus& l) { l.touch(), l.write(y, 1, flag_write); },
                        [=](Litmus& l) {
                          const auto flag = l.read(y, flag_read);
                          l.set(0, flag);
                          if (flag == 1) l.touch();
                        }});
  };
  EXPECT_EQ(touched_after_flag(release, acquire), (Outcomes{"0", "1"}));
  EXPECT_EQ(touched_after_flag(relaxed, acquire), (Outcomes{"0", "1 race"}));
  EXPECT_EQ(touched_after_flag(release, relaxed), (Outcomes{"0", "1 race"}));
}

TEST(Litmus, LoadBufferingNeverOccurs) {
  EXPECT_EQ(outcomes(2, {[](Litmus& l) { l.read(x, relaxed, 0), l.write(y, 1, relaxed); },
                         [](Litmus& l) { l.read(y, relaxed, 1), l.write(x, 1, relaxed); }}),
            (Outcomes{"00", "01", "10"}));
}

TEST(Litmus, IndependentReadsOfIndependentWritesDisagree) {
  const auto iriw = outcomes(4, {[](Litmus& l) { l.write(x, 1, release); }, [](Litmus& l) { l.write(y, 1, release); },
                                 [](Litmus& l) { l.read(x, acquire, 0), l.read(y, acquire, 1); },
                                 [](Litmus& l) { l.read(y, acquire, 2), l.read(x, acquire, 3); }});
  EXPECT_EQ(iriw.size(), 16U);
  EXPECT_TRUE(iriw.contains("1010"));
}

TEST(Litmus, ReadsOfOneWordNeverGoBack) {
  EXPECT_EQ(outcomes(2, {[](Litmus& l) { l.write(x, 1, relaxed), l.write(x, 2, relaxed); },
                         [](Litmus& l) { l.read(x, relaxed, 0), l.read(x, relaxed, 1); }}),
            (Outcomes{"00", "01", "02", "11", "12", "22"}));
}

TEST(Litmus, AThreadReadsNothingOlderThanItsOwnWrite) {
  EXPECT_EQ(outcomes(1, {[](Litmus& l) { l.write(x, 1, relaxed), l.read(x, relaxed, 0); },
                         [](Litmus& l) { l.write(x, 2, relaxed); }}),
            (Outcomes{"1", "2"}));
}

TEST(Litmus, AnUnorderedWriteIsBehindAllOthers) {
  // 2+2W: RC11 allows that both words end as 1.
  Litmus program({[](Litmus& l) { l.write(x, 1, relaxed), l.write(y, 2, relaxed); },
                  [](Litmus& l) { l.write(y, 1, relaxed), l.write(x, 2, relaxed); }});
  program.show_at_end({x, y});
  EXPECT_EQ(program.outcomes(2), (Outcomes{"12", "21", "22"}));
}

Outcomes release_sequence(const Litmus::Thread& middle) {
  return outcomes(2, {[](Litmus& l) { l.write(x, 1, relaxed), l.write(y, 1, release); }, middle,
                      [](Litmus& l) { l.read(y, acquire, 0), l.read(x, relaxed, 1); }});
}

TEST(Litmus, ReadModifyWritesContinueAReleaseSequence) {
  const auto added = release_sequence([](Litmus& l) { l.add(y, 2, relaxed); });
  EXPECT_TRUE(added.contains("31"));
  EXPECT_FALSE(added.contains("30"));
  EXPECT_TRUE(added.contains("20"));
}

TEST(Litmus, ARelaxedStoreEndsAReleaseSequence) {
  const auto own = outcomes(2, {[](Litmus& l) { l.write(x, 1, relaxed), l.write(y, 1, release), l.write(y, 2, relaxed); },
                                [](Litmus& l) { l.read(y, acquire, 0), l.read(x, relaxed, 1); }});
  EXPECT_EQ(own, (Outcomes{"00", "01", "11", "20", "21"}));
}

TEST(Litmus, SynchronizationIsTransitive) {
  const auto wrc = [](Order order_write, Order order_read) {
    return outcomes(
        3, {[](Litmus& l) { l.write(x, 1, relaxed); }, [=](Litmus& l) { l.read(x, relaxed, 0), l.write(y, 1, order_write); },
            [=](Litmus& l) { l.read(y, order_read, 1), l.read(x, relaxed, 2); }});
  };
  EXPECT_TRUE(wrc(relaxed, relaxed).contains("110"));
  EXPECT_EQ(wrc(relaxed, relaxed).size(), 8U);
  EXPECT_FALSE(wrc(release, acquire).contains("110"));
}

TEST(Litmus, ReadModifyWritesAreAtomic) {
  EXPECT_EQ(outcomes(3, {[](Litmus& l) { l.set(0, l.add(x, 1, relaxed)); }, [](Litmus& l) { l.set(1, l.add(x, 1, relaxed)); },
                         [](Litmus& l) { l.set(2, l.add(x, 1, relaxed)); }}),
            (Outcomes{"012", "021", "102", "120", "201", "210"}));
}

TEST(Litmus, AFailingExchangeReadsOldMessagesWithItsFailureOrder) {
  const auto failing = [](Order failure) {
    return outcomes(2, {[](Litmus& l) { l.write(x, 1, relaxed), l.write(y, 1, release); },
                        [=](Litmus& l) {
                          l.set(0, l.exchange(y, 5, 6, acq_rel, failure).read.value);
                          l.read(x, relaxed, 1);
                        }});
  };
  EXPECT_EQ(failing(relaxed), (Outcomes{"00", "01", "10", "11"}));
  EXPECT_EQ(failing(acquire), (Outcomes{"00", "01", "11"}));
}

TEST(Litmus, AWeakExchangeFailsSpuriouslyAFewTimes) {
  const auto failures = outcomes(1, {[](Litmus& l) {
                                   unsigned failed = 0;
                                   while (!l.exchange(x, 0, 1, relaxed, relaxed).done) ++failed;
                                   l.set(0, failed);
                                 }});
  EXPECT_EQ(failures, (Outcomes{"0", "1", "2"}));
}

TEST(Litmus, AWordIsUnwrittenForWhoeverHasNotSeenItsFirstWrite) {
  WeakMemory memory;
  memory.reset();
  memory.store(0, x, 1, Order::release, 0);
  EXPECT_FALSE(memory.load(1, x, acquire, Age::oldest).written);
  EXPECT_TRUE(memory.load(1, x, acquire, Age::newest).written);
  EXPECT_TRUE(memory.load(1, x, acquire, Age::oldest).written);
}

}  // namespace
}  // namespace rarena::models::schedule
