// Bugs that must be found: the oracles report faults that are planted for them, and nothing without.
#include "fuzz/reopen/reopen_oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/memory/file_map.hpp"
#include "core/memory/locked_file.hpp"
#include "core/words/plain_store.hpp"
#include "fuzz/reopen/input.hpp"
#include "fuzz/reopen/overlaps_open.hpp"
#include "fuzz/reopen/sample_images.hpp"

namespace rarena::fuzz {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// An open arena, and its words.
class SoundArena : public ::testing::Test {
 protected:
  void SetUp() override { make_holes(arena_); }

  detail::Structure structure() const { return oracle::walk(oracle::memory_of(arena_)).structure; }
  template <class T>
  void put(detail::Word<T> word, T value) {
    std::memcpy(arena_.data() + word.place, &value, sizeof value);
  }
  void expect_wrong(const std::string& begin, const std::string& part) const {
    EXPECT_THAT(oracle::sound(arena_, {}).value_or("nothing is wrong"), ::testing::AllOf(StartsWith(begin), HasSubstr(part)));
  }

  Options options_{.capacity = 512, .unify = true, .freelist = Freelist::optimistic};
  Arena arena_ = Arena::alloc(options_).value();
  const detail::MemoryView view_ = oracle::memory_of(arena_);
};

TEST_F(SoundArena, NothingIsWrongWithAnArena) {
  EXPECT_EQ(oracle::sound(arena_, {}), std::nullopt);
  EXPECT_EQ(oracle::sound(arena_, {}, 36), std::nullopt) << "four live segments of 9 bytes";
}

TEST_F(SoundArena, AnOverlapOfTwoFreeSegments) {
  const detail::Structure before = structure();
  Extent moved = before.free[1].extent;
  moved.offset = before.free[0].extent.offset + 1;
  put(detail::Geometry::extent(before.free[1].descriptor), detail::encode(moved));
  expect_wrong("SEG-1", "overlaps");
}

TEST_F(SoundArena, AnOverlapWithALiveSegment) {
  const Extent free = structure().free[0].extent;
  const std::vector<Extent> live = {{free.offset + 3, 1}};
  EXPECT_THAT(oracle::sound(arena_, live).value_or(""), StartsWith("SEG-1: free segment"));
}

TEST_F(SoundArena, ADescriptorInAFreeSegment) {
  const detail::Structure before = structure();
  put(detail::Geometry::extent(before.free[0].descriptor),
      detail::encode(Extent{before.spare.front() - 1, before.free[0].extent.size}));
  expect_wrong("SEG-1", "descriptor [");
}

TEST_F(SoundArena, ASegmentInTheHeaderOrAboveTheCursor) {
  const Offset descriptor = structure().free[0].descriptor;
  const Size size = structure().free[0].extent.size;
  put(detail::Geometry::extent(descriptor), detail::encode(Extent{arena_.data_offset() - 1, size}));
  expect_wrong("SEG-1", "header");
  put(detail::Geometry::extent(descriptor), detail::encode(Extent{arena_.allocated() - size + 1, size}));
  expect_wrong("SEG-1", "above the cursor");
}

TEST_F(SoundArena, ADisorder) {
  const detail::Structure before = structure();
  Extent smaller = before.free[0].extent;
  smaller.size = before.free[1].extent.size - 1;
  put(detail::Geometry::extent(before.free[0].descriptor), detail::encode(smaller));
  expect_wrong("FL-1", "stands behind");
}

TEST_F(SoundArena, ACircle) {
  const detail::Structure before = structure();
  put(detail::Geometry::link(before.spare.back()), detail::Link(before.spare.front(), true, 7).bits());
  expect_wrong("FL-1", "damaged freelist");
}

TEST_F(SoundArena, BytesWithoutAccount) {
  put(view_.geometry().discarded(), arena_.discarded() + 1);
  EXPECT_THAT(oracle::sound(arena_, {}, 36).value_or(""), StartsWith("SEG-2: expected 36 bytes without account, found 35"));
}

TEST_F(SoundArena, MoreDiscardedBytesThanThereAre) {
  put(view_.geometry().discarded(), arena_.allocated() - arena_.data_offset() + 1);
  expect_wrong("SEG-2", "count as discarded");
}

// Somebody writes into what an arena has handed out.
TEST_F(SoundArena, AChangeOfLiveBytes) {
  oracle::Exercise<AtomicStore> run(arena_, 1);
  ASSERT_EQ(run.check(), std::nullopt);
  const Offset live = run.live().front().offset;
  *arena_.get_pointer(live) ^= std::byte{1};
  EXPECT_THAT(run.check().value_or(""), StartsWith("FL-2"));
}

detail::Geometry geometry_of(const Options& options, Size capacity) {
  return detail::Geometry::unified(static_cast<Size>(options.reserved), capacity);
}

class ReopenOracleTest : public ::testing::Test {
 protected:
  template <class Opening = ShippedOpening>
  std::string judge(Seal seal = Seal::as_it_is, std::uint64_t seed = 1, Ways ways = Ways::all) {
    std::vector<std::byte> image = image_;
    apply_seal(image, options_.reserved, seal, file_.identity());
    const Effort effort{.operations = oracle::Operations::allocations, .ways = ways};
    const Report report = ReopenOracle<Opening>(file_, image, options_).judge(seed, effort);
    accepted_ = report.accepted;
    return report.wrong.value_or("nothing");
  }
  // Lets the first two free segments overlap.
  void overlap() {
    const detail::MemoryView view(image_.data(), geometry_of(options_, static_cast<Size>(image_.size())));
    const detail::Structure structure = oracle::walk(view).structure;
    Extent moved = structure.free[1].extent;
    moved.offset = structure.free[0].extent.offset + 1;
    const std::uint64_t word = detail::encode(moved);
    std::memcpy(image_.data() + detail::Geometry::extent(structure.free[1].descriptor).place, &word, sizeof word);
  }

  ImageFile file_;
  Options options_{.capacity = 512};
  std::vector<std::byte> image_ = closed_image(options_, make_holes);
  bool accepted_ = false;
};

TEST_F(ReopenOracleTest, NothingIsWrongWithTheShippedOpening) {
  for (const Seal seal : {Seal::as_it_is, Seal::clean, Seal::marker, Seal::zero}) {
    EXPECT_EQ(judge(seal), "nothing") << name(seal);
    EXPECT_TRUE(accepted_);
  }
  overlap();
  EXPECT_EQ(judge(Seal::clean), "nothing");
  EXPECT_FALSE(accepted_);
}

TEST_F(ReopenOracleTest, AnOpeningWithoutTheCheckOfDisjointness) {
  EXPECT_EQ(judge<OpeningWithoutDisjointness>(), "nothing");
  overlap();
  EXPECT_THAT(judge<OpeningWithoutDisjointness>(Seal::clean), StartsWith("SEG-1"));
}

// Changes the arena behind the shipped opening.
template <class Change>
struct ChangedBehind {
  template <class A>
  static std::expected<A, Error> map_mut(const std::filesystem::path& path, const Options& options) {
    const auto file = detail::FileMap::map(detail::LockedFile::open(path).value()).value();
    const detail::Header before = detail::MemoryView(file.data(), geometry_of(options, file.size())).header();
    {
      auto closed = std::move(const_cast<detail::FileMap&>(file));
    }
    auto arena = A::map_mut(path, options);
    if (arena) Change::change(*arena, geometry_of(options, arena->capacity()), before);
    return arena;
  }
};

struct KeepUntrustedLists {
  static void change(auto& arena, const detail::Geometry& geometry, const detail::Header& before) {
    std::memcpy(arena.data() + geometry.header(), &before, offsetof(detail::Header, allocated));
  }
};

TEST_F(ReopenOracleTest, AnOpeningThatKeepsUntrustedLists) {
  EXPECT_EQ(judge<ChangedBehind<KeepUntrustedLists>>(Seal::clean), "nothing");
  EXPECT_THAT(judge<ChangedBehind<KeepUntrustedLists>>(Seal::zero), StartsWith("REC-2"));
  overlap();
  EXPECT_THAT(judge<ChangedBehind<KeepUntrustedLists>>(Seal::zero), StartsWith("SEG-1"));
}

struct WriteToData {
  static void change(auto& arena, const detail::Geometry&, const detail::Header&) {
    *arena.get_pointer(arena.allocated() - 1) ^= std::byte{1};
  }
};

TEST_F(ReopenOracleTest, AnOpeningThatWritesToData) {
  EXPECT_THAT(judge<ChangedBehind<WriteToData>>(), StartsWith("REC-2: opening has changed byte"));
}

struct WriteToDataUnsync {
  template <class A>
  static std::expected<A, Error> map_mut(const std::filesystem::path& path, const Options& options) {
    if constexpr (std::same_as<A, unsync::Arena>) return ChangedBehind<WriteToData>::map_mut<A>(path, options);
    return A::map_mut(path, options);
  }
};

// What every way begins with is judged whatever the seed is; what one way has, where the seed chooses it.
TEST_F(ReopenOracleTest, TheSeedChoosesTheWay) {
  for (std::uint64_t seed = 0; seed < ways; ++seed) {
    EXPECT_THAT(judge<ChangedBehind<WriteToData>>(Seal::clean, seed, Ways::by_seed), StartsWith("REC-2: opening has changed"));
    const bool chosen = way_of(seed) == Way::unsync;
    EXPECT_EQ(judge<WriteToDataUnsync>(Seal::clean, seed, Ways::by_seed) != "nothing", chosen) << seed;
    EXPECT_NE(judge<WriteToDataUnsync>(Seal::clean, seed), "nothing") << seed;
  }
}

// Words of the annex that an opening for writing owes, and words that it must leave alone.
template <class Wrong>
struct WritesToAnnex {
  static void change(auto& arena, const detail::Geometry& geometry, const detail::Header&) {
    PlainStore store(arena.data());
    Wrong::write(store, geometry);
  }
};

struct OldGeneration {
  static void write(PlainStore& store, const detail::Geometry& g) {
    store.fetch_add(g.generation(), ~std::uint64_t{0}, detail::Site::plan_count);
  }
};
struct OldCapacity {
  static void write(PlainStore& store, const detail::Geometry& g) {
    store.store(g.capacity_record(), 7U, detail::Site::plan_count);
  }
};
struct NoMarks {
  static void write(PlainStore& store, const detail::Geometry& g) { store.store(g.boot(), 0U, detail::Site::plan_count); }
};
struct NoWitness {
  static void write(PlainStore& store, const detail::Geometry& g) {
    for (const std::uint64_t cell : {0U, 1U}) store.store(g.witness(cell), 0U, detail::Site::witness_store);
  }
};
struct SomeMembers {
  static void write(PlainStore& store, const detail::Geometry& g) { store.store(g.members(), 16U, detail::Site::plan_count); }
};
struct OtherWitness {
  static void write(PlainStore& store, const detail::Geometry& g) {
    const std::uint64_t before = store.load(g.generation(), detail::Site::owner_load) + 1;
    store.store(g.witness(before), 77U, detail::Site::witness_store);
  }
};

TEST_F(ReopenOracleTest, AnOpeningThatWritesAnotherAnnex) {
  EXPECT_THAT(judge<ChangedBehind<WritesToAnnex<OldGeneration>>>(), StartsWith("REC-2: opening has made generation"));
  EXPECT_THAT(judge<ChangedBehind<WritesToAnnex<OldCapacity>>>(), StartsWith("REC-2: the annex of an open file has size"));
  EXPECT_THAT(judge<ChangedBehind<WritesToAnnex<NoMarks>>>(), StartsWith("REC-2: an open file does not say which it is"));
  EXPECT_THAT(judge<ChangedBehind<WritesToAnnex<NoWitness>>>(), StartsWith("REC-2: the witness of an open file is 0"));
  EXPECT_THAT(judge<ChangedBehind<WritesToAnnex<SomeMembers>>>(), StartsWith("REC-2: a file that nobody shares has a table"));
  EXPECT_THAT(judge<ChangedBehind<WritesToAnnex<OtherWitness>>>(), StartsWith("REC-2: opening has changed the witness of"));
}

// Changes words of the file before the shipped opening, which then decides upon other ones than were there.
template <class Change>
struct ChangedBefore {
  template <class A>
  static std::expected<A, Error> map_mut(const std::filesystem::path& path, const Options& options) {
    {
      auto file = detail::FileMap::map(detail::LockedFile::open(path).value()).value();
      file.allow_writing().value();
      const detail::Geometry geometry = geometry_of(options, file.size());
      detail::Annex annex = detail::MemoryView(file.data(), geometry).annex();
      Change::change(annex);
      std::memcpy(file.data() + geometry.annex(), &annex, sizeof annex);
    }
    return A::map_mut(path, options);
  }
};

// What decides whether lists are trusted, left out one at a time.
struct BelievesEveryWitness {
  static void change(detail::Annex& annex) { annex.witness[annex.generation % 2].word |= detail::owner_died; }
};
struct BelievesEveryState {
  static void change(detail::Annex& annex) { annex.state = 0; }
};

class Doubts : public ReopenOracleTest {
 protected:
  detail::Annex annex() const { return detail::MemoryView(image_.data(), geometry()).annex(); }
  void put(const detail::Annex& annex) { std::memcpy(image_.data() + geometry().annex(), &annex, sizeof annex); }
  detail::Geometry geometry() const { return geometry_of(options_, static_cast<Size>(image_.size())); }
  ExpectedOpening expected(Seal seal) const {
    std::vector<std::byte> image = image_;
    apply_seal(image, options_.reserved, seal, file_.identity());
    return expected_opening(image, options_, file_.identity(), true);
  }
};

TEST_F(Doubts, AnOpeningThatTrustsACopyOfAnOpenFile) {
  detail::Annex changed = annex();
  changed.witness[changed.generation % 2].word = 77;
  put(changed);
  EXPECT_EQ(expected(Seal::marker).doubt, Doubt::copied_open);
  EXPECT_EQ(judge(Seal::marker), "nothing");
  EXPECT_THAT(judge<ChangedBefore<BelievesEveryWitness>>(Seal::marker),
              StartsWith("REC-2: expected untrusted (it was copied while it was open, and put back), found process died"));
}

TEST_F(Doubts, AnOpeningThatTrustsAFileWhoseFlushFailed) {
  detail::Annex changed = annex();
  changed.state = static_cast<std::uint32_t>(detail::AnnexState::flush_failed);
  put(changed);
  EXPECT_EQ(judge(Seal::clean), "nothing");
  EXPECT_THAT(judge<ChangedBefore<BelievesEveryState>>(Seal::clean),
              StartsWith("REC-2: expected untrusted (a flush of its last writer had failed), found clean"));
}

// Each doubt, from the words of the annex; and core agrees.
TEST_F(Doubts, AreFoundInTheAnnex) {
  const detail::Annex closed = annex();
  const auto doubt = [&](auto change, Seal seal = Seal::marker) {
    detail::Annex changed = closed;
    change(changed);
    put(changed);
    EXPECT_EQ(judge(seal), "nothing");
    return expected(seal).doubt;
  };
  EXPECT_EQ(doubt([](detail::Annex&) {}), Doubt::none);
  EXPECT_EQ(doubt([](detail::Annex& a) { a.boot = 1; }), Doubt::other_boot);
  EXPECT_EQ(doubt([](detail::Annex& a) { a.file = 1; }), Doubt::other_file);
  EXPECT_EQ(doubt([](detail::Annex& a) { a.device = 1; }), Doubt::identity_unknown);
  EXPECT_EQ(doubt([](detail::Annex& a) { a.witness[a.generation % 2].word = detail::unwitnessed | 77; }), Doubt::no_witness);
  EXPECT_EQ(doubt([](detail::Annex& a) { a.witness[a.generation % 2].word = 77; }), Doubt::copied_open);
  EXPECT_EQ(doubt([](detail::Annex& a) { a.state = 2; }), Doubt::lists_damaged);
  EXPECT_EQ(doubt([](detail::Annex& a) { a.state = 3; }), Doubt::none) << "no state that anybody writes";
  EXPECT_EQ(doubt([](detail::Annex& a) { a.capacity += 1; }, Seal::as_it_is), Doubt::damaged) << "the seal covers the capacity";
  EXPECT_EQ(doubt([](detail::Annex& a) { a.generation += 1; }, Seal::as_it_is), Doubt::none)
      << "it does not cover the generation";
  EXPECT_EQ(doubt([](detail::Annex& a) { a.generation = ~std::uint64_t{0}; }), Doubt::none) << "the last one";
}

TEST_F(Doubts, NobodyKnewWhichFileItIs) {
  const std::uint32_t seal = detail::dirty_marker(annex().generation, {});
  std::memcpy(image_.data() + geometry().seal().place, &seal, sizeof seal);
  EXPECT_EQ(expected(Seal::as_it_is).doubt, Doubt::no_identity);
  EXPECT_EQ(judge(Seal::as_it_is), "nothing");
}

// The seal covers the lists: one that another list fits is no more than damage.
TEST_F(ReopenOracleTest, ASealDoesNotFitOtherLists) {
  overlap();
  EXPECT_EQ(judge(Seal::as_it_is), "nothing");
  EXPECT_TRUE(accepted_) << "without its lists";
}

TEST_F(ReopenOracleTest, ListsAreDroppedWhereThatIsAskedFor) {
  options_.drop_freelist = true;
  overlap();
  for (const Seal seal : {Seal::as_it_is, Seal::clean, Seal::marker, Seal::zero}) {
    EXPECT_EQ(judge(seal), "nothing") << name(seal);
    EXPECT_TRUE(accepted_);
  }
}

TEST_F(ReopenOracleTest, AFileThatWasCutShort) {
  image_.resize(image_.size() / 2);
  EXPECT_EQ(judge(Seal::marker), "nothing");
  EXPECT_FALSE(accepted_);
  options_.drop_freelist = true;
  EXPECT_EQ(judge(Seal::marker), "nothing");
  EXPECT_TRUE(accepted_);
}

// Writes its marker before it has made up its mind.
struct MarksFirst {
  template <class A>
  static std::expected<A, Error> map_mut(const std::filesystem::path& path, const Options& options) {
    auto arena = A::map_mut(path, options);
    if (arena) return arena;
    auto file = detail::FileMap::map(detail::LockedFile::open(path).value()).value();
    file.allow_writing().value();
    *file.data() ^= std::byte{1};
    return arena;
  }
};

TEST_F(ReopenOracleTest, AnOpeningThatModifiesWhatItRejects) {
  EXPECT_EQ(judge<MarksFirst>(), "nothing");
  overlap();
  EXPECT_THAT(judge<MarksFirst>(Seal::clean), StartsWith("REC-1: an opening that rejected it has modified the file"));
}

}  // namespace
}  // namespace rarena::fuzz
