// PageLoss: what is left of a file is made of pages, each as it was at a moment of its own. A page is as many bytes as one
// says; small pages can do what large ones can (a large one is small ones that happen to agree), so 8 is the worst.
//
//     power    any consistent cut within the one of the loss, and not before the last flush of the page that had returned
//     failing  the same, and one flush has failed (failed_flush.hpp)
//     evicted  one flush has failed and the process has died since: pages that it dropped may be what the disk has of them
//     shrink   as power; the file has been made smaller in the end, and is as long as it was or as it should be
//     copy     any cut within the one of the copy's end, and not before that of its beginning
//
// The file was closed cleanly and is opened by the shipped code before the scenario begins, and closed by it when all its
// threads have ended: the power may go there, too (life.hpp). What must be kept is the contract of
// core/recovery/durability.hpp: what was live when the file was closed, and what a thread owned when its flush returned; of a
// copy what was live when it was begun; all as long as they are not freed. And from when it is open until it is closed the
// file is not taken for a closed one, and then it is; after a flush that failed it never is.
//
// Pages are chosen as far as recovery depends on them: first those of the words that say whether the lists are trusted
// (counters, seal, annex). Where they may be, all combinations of all pages; where not, recovery drops the lists whatever the
// other pages hold, and these are tried as new and as old as they can be.
//
// What is not shown: pages that are written in part; a disk that says it has written and has not; a kill between the failure of
// a flush in the system and the store that notes it.
// Thread safety: one thread. Invariants: REC-2, REC-3.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis.hpp"
#include "life.hpp"
#include "reopening.hpp"

namespace rarena::models::crash {

class PageLoss {
 public:
  // `mode`: not kill, not fork. `page`: bytes, a power of two from 8 to largest_memory.
  PageLoss(const Image& image, unsigned slab, Mode mode, Defect defect, Size page);

  std::string operator()(History history);
  Counters counters() const;

 private:
  class Loss;
  class Combinations;

  // What a page may hold: numbers of its contents, and the ones that are as new and as old as can be.
  struct Versions {
    std::vector<unsigned> all;  // in order
    unsigned newest = 0, oldest = 0;

    friend auto operator<=>(const Versions&, const Versions&) = default;
  };
  struct Page {
    bool decides = false;  // it has words that say whether the lists are trusted
    std::vector<std::string> contents;
    std::unordered_map<std::string, unsigned> numbers;
    std::map<Versions, unsigned> versions;
    std::vector<const Versions*> by_number;
    unsigned unwritten = 0;  // the number of the versions of a page that an execution does not write
  };
  // What is demanded of what is left.
  struct Demand {
    std::uint64_t kept = 0;  // units
    Claim claim = Claim::none;
    Size smaller = 0;  // bytes that the file may have, too; 0: it has its own
  };

  Size pages() const { return (geometry_.capacity() + page_size_ - 1) / page_size_; }
  Demand demand_of(const History& history, const Cut& cut, const Cut* copied_since) const;
  std::uint64_t kept_in(const History& history, const Cut& cut, const Cut* copied_since) const;
  Claim claim_in(const History& history, const Cut& cut) const;
  unsigned number_of(Page& page, std::string content);
  unsigned number_of(Page& page, Versions versions);
  Reopening& reopening_of(Size capacity);
  std::string judge(Bytes file, const Demand& demand, Size capacity);

  std::string with_failures(const History& threads);
  std::string lose_or_evict(const History& history);
  std::string copied(const History& threads);
  std::string happened() const;

  Image image_;
  Geometry geometry_;
  Units units_;
  unsigned slab_;
  Mode mode_;
  Defect defect_;
  Size page_size_;
  Life life_;
  Counters counters_;
  std::map<Size, Reopening> reopenings_;  // by capacity
  std::vector<Page> pages_;
  std::unordered_set<std::string> seen_;  // choices of versions, with what is demanded
  std::unordered_set<Fingerprint, Fingerprint::Hash> judged_;
};

static_assert(Analysis<PageLoss>);

}  // namespace rarena::models::crash
