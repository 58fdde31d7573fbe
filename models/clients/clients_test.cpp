// Client programs: their text, what is generated, what is shrunk, and the specification against the reference arena.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "generate.hpp"
#include "models/reference_arena/reference_arena.hpp"
#include "models/scenario/shrink.hpp"
#include "specification.hpp"

namespace rarena::models::clients {
namespace {

constexpr Freelist lists[] = {Freelist::none, Freelist::optimistic, Freelist::pessimistic};

ClientProgram program(std::string_view text) {
  auto parsed = parse(text);
  EXPECT_TRUE(parsed) << parsed.error();
  return parsed.value_or(ClientProgram{});
}

TEST(Text, ComesBackAsItWas) {
  const char* const text = "descriptors 3, free 2, abandoned 1, owned 3 by 1, pinned 1, room 2; a 2, f 0 | f 0, a 1 @ 4, d, w";
  const ClientProgram p = program(text);
  EXPECT_EQ(print(p), text);
  EXPECT_EQ(p.parts[3], (Part{Part::Kind::owned, 1, 3 * granule}));
  EXPECT_EQ(p.room, 2 * granule);
  EXPECT_EQ(p.threads[1][1], (Call{.kind = Call::Kind::allocate, .size = 1, .alignment = 4}));
  EXPECT_EQ(print(program("  room 1 ;a 1|w ")), "room 1; a 1 | w");
  EXPECT_TRUE(p.image(Freelist::none).all_descriptors().empty()) << "without a freelist nobody needs them";
}

TEST(Text, SaysWhatComesBeforeTheParts) {
  const char* const text = "index 1 2 tables 2 walk 0, unit 1, descriptors 2, free 3, owned 2 by 0, room 4; f 0, a 3 | m";
  const ClientProgram p = program(text);
  EXPECT_EQ(print(p), text);
  EXPECT_EQ(p.index, (IndexShape{.first = 1, .roots = 2, .tables = 2}));
  EXPECT_EQ(p.walk, 0U);
  EXPECT_EQ(p.parts[1], (Part{Part::Kind::free, 0, 3}));
  const Geometry g = p.image(Freelist::pessimistic).geometry();
  EXPECT_EQ(g.data_offset(), 112 + 64 + 2 * 16 + 2 * 256U);
  EXPECT_EQ(g.capacity(), g.data_offset() + 32 + 3 + 2 + 4);
  EXPECT_FALSE(p.image(Freelist::none).geometry().has_index());
  EXPECT_EQ(program("merges, room 1; a 1").merging, Merging::automatic);
  for (const char* other : {"index 4 3, descriptors 1, free 2; m", "merges, room 1; a 1"})
    EXPECT_EQ(print(program(other)), other);
}

TEST(Text, HasMagazines) {
  const char* const text = "chunk 4, owned 1 by 0, shared 3, room 9; t 1, u 1, t 2 @ 4, e | c 1, c 2 @ 2, r 0, x";
  const ClientProgram p = program(text);
  EXPECT_EQ(print(p), text);
  EXPECT_EQ(p.chunk, 4 * granule);
  EXPECT_EQ(p.threads[0][2], (Call{.kind = Call::Kind::take, .size = 2, .alignment = 4}));
  std::uint64_t left = 0;
  p.image(Freelist::none).each_word([&](auto word, std::uint64_t value) { left = word.place == 0 ? value : left; });
  EXPECT_EQ(decode_extent(left), (Extent{112 + granule, 3 * granule}));
}

TEST(Text, BadOnesGetAReason) {
  const auto reason = [](std::string_view text) {
    const auto parsed = parse(text);
    EXPECT_FALSE(parsed) << text;
    return parsed ? "" : parsed.error();
  };
  EXPECT_NE(reason("room 1").find("expected a ';'"), std::string::npos);
  EXPECT_NE(reason("rom 1; w").find("expected 'descriptors N'"), std::string::npos);
  EXPECT_NE(reason("owned 1; w").find("'owned N by THREAD'"), std::string::npos);
  EXPECT_NE(reason("free 1 by 0; w").find("'owned N by THREAD'"), std::string::npos);
  EXPECT_NE(reason("room 1; a").find("expected 'a N'"), std::string::npos);
  EXPECT_NE(reason("room 1; a 0").find("expected a size from 1"), std::string::npos);
  EXPECT_NE(reason("room 1; a 1 @ 3").find("power of two"), std::string::npos);
  EXPECT_NE(reason("room 1; f 0").find("owns no such segment"), std::string::npos);
  EXPECT_NE(reason("owned 1 by 0; f 0, f 0").find("owns no such segment"), std::string::npos);
  EXPECT_NE(reason("owned 1 by 2; w").find("there are 1 threads"), std::string::npos);
  EXPECT_NE(reason("free 1; w").find("a descriptor in front"), std::string::npos);
  EXPECT_NE(reason("room 30; w").find("at most 28 granules"), std::string::npos);
  EXPECT_NE(reason("index 4 5, room 1; w").find("1 to 4 roots"), std::string::npos);
  EXPECT_NE(reason("index 4 1 tables 3 walk 0, room 1; w").find("at most 2 tables"), std::string::npos);
  EXPECT_NE(reason("room 1, index 4 1; w").find("in front of all parts"), std::string::npos);
  EXPECT_NE(reason("unit 1, room 1; w").find("only behind an index"), std::string::npos);
  EXPECT_NE(reason("index 4 1, unit 3, room 1; w").find("divides 16"), std::string::npos);
  EXPECT_NE(reason("index 4 1, unit 1, owned 3 by 0, descriptors 1; w").find("multiples of 16"), std::string::npos);
  EXPECT_NE(reason("index 4 1, unit 1, room 65; w").find("64 units of data"), std::string::npos);
  EXPECT_NE(reason("room 4; t 1, e").find("'chunk N' in front"), std::string::npos);
  EXPECT_NE(reason("chunk 4, room 4; t 1").find("does not end it"), std::string::npos);
  EXPECT_NE(reason("chunk 4, room 4; t 1, u 0, e, t 1").find("does not end it"), std::string::npos);
  EXPECT_NE(reason("chunk 4, room 4; c 1").find("'shared N' in the image"), std::string::npos);
  EXPECT_NE(reason("chunk 4, shared 1, shared 1; c 1").find("one shared chunk"), std::string::npos);
  EXPECT_NE(reason("room 1; w | w | w | w | w").find("1 to 4 threads"), std::string::npos);
  EXPECT_NE(reason("room 1; w, w, w, w, w, w, w, w, w").find("at most 8 calls"), std::string::npos);
}

TEST(Generated, AreAllProgramsOfTheirSizeUpToTheNamesOfThreads) {
  const Generated two = generate(*start_named("list"), Freelist::optimistic, 2, 2);
  EXPECT_EQ(two.before_symmetry, 9U) << "a small, a large or a discard, twice";
  EXPECT_EQ(two.programs.size(), 6U);
  for (const Start& start : starts)
    for (const unsigned threads : {2U, 3U}) {
      const Generated all = generate(start, Freelist::pessimistic, threads, 4);
      std::set<std::string> texts;
      for (const ClientProgram& p : all.programs) {
        EXPECT_EQ(wrong_with(p), "");
        EXPECT_EQ(p.calls(), 4U);
        EXPECT_TRUE(texts.insert(print(p)).second);
        for (unsigned t = 1; t < threads; ++t) EXPECT_EQ(p.owned(t), p.owned(0)) << "the threads start alike";
      }
      EXPECT_LT(all.programs.size(), all.before_symmetry);
    }
  EXPECT_EQ(generate(*start_named("room"), Freelist::none, 1, 2).programs.size(), 6U) << "a a, a f";
  EXPECT_EQ(start_named("no_such"), nullptr);
}

// A random history of one thread, as a program and on the reference arena.
struct History {
  ClientProgram program;
  std::string expected;

  History(Freelist kind, unsigned seed) {
    constexpr unsigned most = 7;  // of 8 granules another free segment would be broken up for descriptors
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    program.room = (20 + below(24)) * granule;
    program.threads.resize(1);
    auto arena = reference::ReferenceArena::make({.capacity = Image(kind).cursor() + program.room,
                                                  .reserved = 8,
                                                  .maximum_alignment = 64,
                                                  .minimum_segment_size = granule,
                                                  .unify = true,
                                                  .freelist = kind,
                                                  .merging = Merging::on_request,
                                                  .descriptor_reserve = 0},
                                                 reference::Backing::heap, 4096);
    std::vector<Extent> own;
    OutcomeText outcome;
    for (unsigned i = 0; i < 16; ++i) {
      const unsigned k = own.empty() ? 0 : below(static_cast<unsigned>(own.size()));
      if (below(8) == 0) {
        program.threads[0].push_back({.kind = Call::Kind::discard});
        arena->discard_freelist();
        outcome.add(done);
      } else if (below(2) == 0 || own.empty() || own[k].empty()) {
        const Call call{.kind = Call::Kind::allocate, .size = 1 + below(most), .alignment = 1U << below(3)};
        program.threads[0].push_back(call);
        const auto granted = arena->allocate(call.size * granule, call.alignment * granule);
        own.push_back(granted ? granted->segment : Extent{});
        outcome.add(granted ? granules(granted->segment) : refused);
      } else if (const Extent mine = std::exchange(own[k], Extent{}); below(4) == 0) {
        program.threads[0].push_back({.kind = Call::Kind::give_up, .own = k});
        EXPECT_TRUE(arena->increase_discarded(mine.size));
        outcome.add(done);
      } else {
        program.threads[0].push_back({.kind = Call::Kind::free, .own = k});
        EXPECT_TRUE(arena->dealloc(mine));
        outcome.add(done);
      }
    }
    outcome.add(static_cast<std::uint16_t>(arena->allocated() / granule));
    outcome.add(static_cast<std::uint16_t>(arena->spare().size()));
    outcome.add(static_cast<std::uint16_t>(arena->discarded() / granule));
    for (const auto& listed : arena->list()) outcome.add(granules(listed.segment));
    expected = outcome.text();
  }
  static Granules granules(Extent e) {
    return {static_cast<std::uint16_t>(e.offset / granule), static_cast<std::uint16_t>(e.size / granule)};
  }
};

TEST(Specification, IsTheReferenceArenaIfOneThreadCalls) {
  for (const Freelist kind : lists)
    for (unsigned seed = 0; seed < 2'000; ++seed) {
      const History h(kind, seed);
      const Outcomes found = Specification(h.program, kind, 16).outcomes(Orders::steps);
      ASSERT_EQ(found.all.size(), 1U) << print(h.program);
      ASSERT_TRUE(found.contains(h.expected)) << print(h.program) << "\nexpected " << describe(h.program, h.expected)
                                              << "\nfound " << describe(h.program, *found.all.begin());
    }
}

TEST(Specification, ARefusalBesideASplitNeedsItsSteps) {
  const ClientProgram p = program("descriptors 1, free 4; a 1 | a 1");
  const Specification s(p, Freelist::optimistic, 2);
  EXPECT_EQ(s.outcomes(Orders::calls).all.size(), 2U) << "who comes first";
  EXPECT_EQ(s.outcomes(Orders::quiet).all, s.outcomes(Orders::calls).all);
  EXPECT_EQ(s.outcomes(Orders::steps).all.size(), 4U) << "or the second finds the list empty while the rest is on its way back";
  Before before;
  before.add(0, 1);
  EXPECT_EQ(s.outcomes(Orders::steps, before).all.size(), 1U);
}

TEST(Specification, AMissAtTheCursorIsNoWholeCallsEither) {
  const ClientProgram p = program("descriptors 1, free 3, owned 2 by 1; a 2 | f 0, a 3");
  const Specification s(p, Freelist::optimistic, 2);
  unsigned both_looked_elsewhere = 0;
  const Outcomes calls = s.outcomes(Orders::calls);
  for (const std::string& outcome : s.outcomes(Orders::steps).all) both_looked_elsewhere += !calls.contains(outcome);
  EXPECT_GT(both_looked_elsewhere, 0U);
  for (const std::string& outcome : s.outcomes(Orders::quiet).all) EXPECT_TRUE(calls.contains(outcome));
}

TEST(Shrink, TakesAwayWhatIsNotNeeded) {
  const ClientProgram p = program(
      "descriptors 3, free 2, free 3, owned 4 by 0, owned 2 by 2, pinned 1, room 2; a 2, f 0, f 1 | w, d | f 0, a 3 @ 4, f 1");
  const auto has_free_of_own = [](const ClientProgram& q) {
    for (unsigned t = 0; t < q.threads.size(); ++t)
      for (const Call& c : q.threads[t])
        if (c.kind == Call::Kind::free && c.own >= q.owned(t)) return true;
    return false;
  };
  EXPECT_EQ(print(shrink(p, has_free_of_own)), "room 0; a 1, f 0");
  EXPECT_EQ(print(without_thread(p, 0)),
            "descriptors 3, free 2, free 3, pinned 4, owned 2 by 1, pinned 1, room 2; w, d | f 0, a 3 @ 4, f 1");
  EXPECT_EQ(print(without_call(p, 0, 0)),
            "descriptors 3, free 2, free 3, owned 4 by 0, owned 2 by 2, pinned 1, room 2; f 0 | w, d | f 0, a 3 @ 4, f 1");
}

}  // namespace
}  // namespace rarena::models::clients
