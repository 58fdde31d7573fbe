// What the classic programs can read, and what they cannot: the exact sets of outcomes, in every order of the threads.
// Registers are in the order of their names; litmus_programs.hpp says what each program asks.
#include <gtest/gtest.h>

#include <utility>

#include "litmus_test_support.hpp"

namespace checker::litmus {
namespace {

constexpr auto last_x = &Shared::x, last_y = &Shared::y;

const Outcome both_missed = "00";

TEST(StoreBuffering, RelaxedMayMissBoth) { EXPECT_EQ(outcomes(store_buffering(relaxed, relaxed), r1, r2), all_bits(2)); }

TEST(StoreBuffering, ReleaseAcquireMayMissBoth) { EXPECT_EQ(outcomes(store_buffering(release, acquire), r1, r2), all_bits(2)); }

TEST(StoreBuffering, SeqCstForbidsToMissBoth) {
  EXPECT_EQ(outcomes(store_buffering(seq_cst, seq_cst), r1, r2), without(all_bits(2), {both_missed}));
}

TEST(StoreBuffering, SeqCstOnOneSideOnlyMayMissBoth) {
  EXPECT_EQ(outcomes(store_buffering(seq_cst, acquire), r1, r2), all_bits(2));
  EXPECT_EQ(outcomes(store_buffering(release, seq_cst), r1, r2), all_bits(2));
}

TEST(StoreBuffering, TwoSeqCstFencesForbidToMissBoth) {
  EXPECT_EQ(outcomes(store_buffering_fenced(seq_cst, seq_cst), r1, r2), without(all_bits(2), {both_missed}));
}

TEST(StoreBuffering, OneSeqCstFenceIsNotEnough) {
  EXPECT_EQ(outcomes(store_buffering_fenced(seq_cst, acq_rel), r1, r2), all_bits(2));
  EXPECT_EQ(outcomes(store_buffering_fenced(acq_rel, acq_rel), r1, r2), all_bits(2));
}

// x.exchange(1); r1 = y || y.exchange(1); r2 = x
Program exchange_buffering(M exchange, M read) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.exchange(1, exchange);
                     s.r1 = s.y.load(read);
                   },
                   [=, &s] {
                     s.y.exchange(1, exchange);
                     s.r2 = s.x.load(read);
                   }};
  };
}

TEST(StoreBuffering, ExchangesAreNoFences) {
  EXPECT_EQ(outcomes(exchange_buffering(acq_rel, acquire), r1, r2), all_bits(2));
  EXPECT_EQ(outcomes(exchange_buffering(seq_cst, relaxed), r1, r2), all_bits(2));
  EXPECT_EQ(outcomes(exchange_buffering(seq_cst, seq_cst), r1, r2), without(all_bits(2), {both_missed}));
}

TEST(StoreBuffering, ReadModifyWritesOfOneObjectBetweenForbidToMissBoth) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.z.fetch_add(0, acq_rel);
                     s.r1 = s.y.load(relaxed);
                   },
                   [&] {
                     s.y.store(1, relaxed);
                     s.z.fetch_add(0, acq_rel);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), without(all_bits(2), {both_missed}));
}

TEST(LoadBuffering, NobodyReadsFromTheFuture) {
  for (const auto& [read, write] :
       {std::pair{relaxed, relaxed}, {acquire, relaxed}, {relaxed, release}, {acquire, release}, {seq_cst, seq_cst}})
    EXPECT_EQ(outcomes(load_buffering(read, write), r1, r2), without(all_bits(2), {"11"}));
}

TEST(LoadBuffering, NoValueComesOutOfThinAir) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.r1 = s.x.load(relaxed);
                     s.y.store(s.r1, relaxed);
                   },
                   [&] {
                     s.r2 = s.y.load(relaxed);
                     s.x.store(s.r2, relaxed);
                   }};
  };
  EXPECT_EQ(outcomes(program, r1, r2), (Outcomes{"00"}));
}

const Outcome readers_disagree = "1010";

TEST(IndependentReads, ReadersMayDisagreeUnlessSeqCst) {
  EXPECT_EQ(outcomes(independent_reads(relaxed, relaxed, relaxed), r1, r2, r3, r4), all_bits(4));
  EXPECT_EQ(outcomes(independent_reads(release, acquire, acquire), r1, r2, r3, r4), all_bits(4));
  EXPECT_EQ(outcomes(independent_reads(seq_cst, acquire, seq_cst), r1, r2, r3, r4), all_bits(4));
}

TEST(IndependentReads, SeqCstReadersAgree) {
  EXPECT_EQ(outcomes(independent_reads(seq_cst, seq_cst, seq_cst), r1, r2, r3, r4), without(all_bits(4), {readers_disagree}));
}

TEST(IndependentReads, ReadersWithSeqCstFencesAgree) {
  EXPECT_EQ(outcomes(independent_reads(relaxed, relaxed, relaxed, true), r1, r2, r3, r4),
            without(all_bits(4), {readers_disagree}));
}

TEST(Coherence, ReadsOfOneThreadDoNotGoBack) {
  EXPECT_EQ(outcomes(read_twice, r1, r2), (Outcomes{"00", "01", "02", "11", "12", "22"}));
}

TEST(Coherence, AThreadReadsItsOwnWriteOrALaterOne) {
  EXPECT_EQ(outcomes(write_then_read, r1, last_x), (Outcomes{"11", "12", "22"}));
}

TEST(Coherence, AThreadDoesNotReadAnIncrementThatCameBeforeItsOwnWrite) {
  EXPECT_EQ(outcomes(write_then_read_beside_increment, r1, last_x), (Outcomes{"55", "56", "66"}));
}

TEST(Coherence, AThreadDoesNotReadWhatItWritesLaterNorWritesBelowWhatItRead) {
  EXPECT_EQ(outcomes(read_then_write, r1, last_x), (Outcomes{"01", "02", "21"}));
}

TEST(Coherence, WritesOfOneThreadStayInOrder) { EXPECT_EQ(outcomes(write_twice, last_x), (Outcomes{"2", "3"})); }

TEST(Coherence, ReadersAgreeOnTheOrderOfWrites) {
  const Program program = [](Shared& s) {
    return Threads{[&] { s.x.store(1, relaxed); }, [&] { s.x.store(2, relaxed); },
                   [&] {
                     s.r1 = s.x.load(relaxed);
                     s.r2 = s.x.load(relaxed);
                   },
                   [&] {
                     s.r3 = s.x.load(relaxed);
                     s.r4 = s.x.load(relaxed);
                   }};
  };
  const Outcomes pairs = {"00", "01", "02", "11", "12", "21", "22"};
  Outcomes all;
  for (const Outcome& one : pairs)
    for (const Outcome& other : pairs) all.insert(one + other);
  EXPECT_EQ(outcomes(program, r1, r2, r3, r4), without(all, {"1221", "2112"}));
}

const Outcome both_first_last = "11";  // 2+2W: the stores of 1, which come first in their threads, are both last

TEST(TwoWritesEach, OnlySeqCstForbidsThatBothFirstWritesAreLast) {
  const Outcomes all = {"11", "12", "21", "22"};
  EXPECT_EQ(outcomes(two_writes_each(relaxed), last_x, last_y), all);
  EXPECT_EQ(outcomes(two_writes_each(release), last_x, last_y), all);
  EXPECT_EQ(outcomes(two_writes_each(seq_cst), last_x, last_y), without(all, {both_first_last}));
  EXPECT_EQ(outcomes(two_writes_each(relaxed, true), last_x, last_y), without(all, {both_first_last}));
}

TEST(StoreThenRead, OnlySeqCstForbidsToMissAWriteAheadOfALaterOne) {
  const Outcomes all = {"01", "02", "11", "12"};
  EXPECT_EQ(outcomes(store_then_read(relaxed), r1, last_y), all);
  EXPECT_EQ(outcomes(store_then_read(seq_cst), r1, last_y), without(all, {"02"}));
}

TEST(ReadThenStore, SynchronizationOrdersWrites) {
  const Outcomes all = {"01", "02", "11", "12"};
  EXPECT_EQ(outcomes(read_then_store(relaxed, relaxed), r1, last_x), all);
  EXPECT_EQ(outcomes(read_then_store(release, relaxed), r1, last_x), all);
  EXPECT_EQ(outcomes(read_then_store(release, acquire), r1, last_x), without(all, {"12"}));
}

const Outcome heard_and_missed = "110";

TEST(WriteToReadCausality, ReleaseAcquireIsCausal) {
  EXPECT_EQ(outcomes(write_to_read_causality(relaxed, relaxed), r1, r2, r3), all_bits(3));
  EXPECT_EQ(outcomes(write_to_read_causality(release, relaxed), r1, r2, r3), all_bits(3));
  EXPECT_EQ(outcomes(write_to_read_causality(relaxed, acquire), r1, r2, r3), all_bits(3));
  EXPECT_EQ(outcomes(write_to_read_causality(release, acquire), r1, r2, r3), without(all_bits(3), {heard_and_missed}));
}

TEST(TwoFlags, HappensBeforeIsTransitiveThroughAcquireLoads) {
  EXPECT_EQ(outcomes(two_flags(acquire), r1, r2, r3), without(all_bits(3), {heard_and_missed}));
  EXPECT_EQ(outcomes(two_flags(relaxed), r1, r2, r3), all_bits(3));
}

TEST(ReadToWriteCausality, NeedsSeqCstFences) {
  EXPECT_EQ(outcomes(read_to_write_causality(false), r1, r2, r3), all_bits(3));
  EXPECT_EQ(outcomes(read_to_write_causality(true), r1, r2, r3), without(all_bits(3), {"100"}));
}

TEST(Atomicity, TwoIncrementsNeverReadTheSame) {
  const Program program = [](Shared& s) {
    return Threads{[&] { s.r1 = s.x.fetch_add(1, relaxed); }, [&] { s.r2 = s.x.fetch_add(1, relaxed); }};
  };
  EXPECT_EQ(outcomes(program, r1, r2, last_x), (Outcomes{"012", "102"}));
}

TEST(Atomicity, AnIncrementByLoadAndStoreMayBeLost) {
  const Program program = [](Shared& s) { return replicate(2, [&](int) { s.x.store(s.x.load(seq_cst) + 1, seq_cst); }); };
  EXPECT_EQ(outcomes(program, last_x), (Outcomes{"1", "2"}));
}

TEST(Atomicity, NoStoreComesBetweenTheHalvesOfAnIncrement) {
  const Program program = [](Shared& s) {
    return Threads{[&] { s.r1 = s.x.fetch_add(1, relaxed); }, [&] { s.x.store(5, relaxed); }};
  };
  EXPECT_EQ(outcomes(program, r1, last_x), (Outcomes{"05", "56"}));
}

TEST(Atomicity, ExchangesFormAChain) {
  const Program program = [](Shared& s) {
    return Threads{[&] { s.r1 = s.x.exchange(1, relaxed); }, [&] { s.r2 = s.x.exchange(2, relaxed); },
                   [&] { s.r3 = s.x.exchange(3, relaxed); }};
  };
  EXPECT_EQ(outcomes(program, r1, r2, r3, last_x), (Outcomes{"0123", "0312", "2013", "2301", "3021", "3102"}));
}

TEST(Atomicity, OneOfTwoCompareExchangesSucceeds) {
  const Program program = [](Shared& s) {
    return Threads{[&] { s.r1 = compare_exchange(s.x, 0, 1); }, [&] { s.r2 = compare_exchange(s.x, 0, 2); }};
  };
  EXPECT_EQ(outcomes(program, r1, r2, last_x), (Outcomes{"011", "202"}));
}

TEST(Atomicity, AFailedCompareExchangeMayReadAnOldValue) {
  const Program program = [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.x.store(2, relaxed);
                   },
                   [&] { s.r1 = compare_exchange(s.x, 2, 3); }};
  };
  EXPECT_EQ(outcomes(program, r1, last_x), (Outcomes{"02", "12", "23"}));
}

}  // namespace
}  // namespace checker::litmus
