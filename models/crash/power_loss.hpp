// PowerLoss: the power goes at any moment of an execution. Each page of the file is on the disk as it was at a moment of its
// own: any consistent cut within the one of the loss, and not before the last flush of the page that had returned. A page is as
// many bytes as one says; small pages can do what large ones can (a large one is small ones that happen to agree), so 8 is the
// worst.
//
// The file was closed cleanly and is opened by the shipped code before the scenario begins, and closed by it when all its
// threads have ended: the power may go there, too. What must be kept is the contract of core/recovery/durability.hpp: what was
// live when the file was closed, and what a thread owned when its flush_with_header, or a flush of everything, returned; both
// as long as they are not freed.
//
// Pages are chosen as far as recovery depends on them: first those of the words that say whether the lists are trusted (prefix,
// counters, seal). Where they are, all combinations of all pages; where they are not, recovery drops the lists whatever the
// other pages hold, and these are tried as new and as old as they can be.
//
// What is not shown: pages that are written in part; a disk that says it has written and has not.
// Thread safety: one thread. Invariants: REC-2, REC-3.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis.hpp"
#include "reopening.hpp"

namespace rarena::models::crash {

class PowerLoss {
 public:
  // `page`: bytes, a power of two from 8 to largest_memory.
  PowerLoss(const Image& image, unsigned slab, Defect defect, Size page);

  std::string operator()(History history);
  Counters counters() const;

 private:
  class Loss;
  class Combinations;

  // What a page may hold on the disk: numbers of its contents, and the ones that are as new and as old as can be.
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

  Size pages() const { return (geometry_.capacity() + page_size_ - 1) / page_size_; }
  void open();
  std::vector<Mark> marks_of(const Tape& tape, std::uint16_t seal_writes) const;
  std::vector<Mark> close(const History& history) const;
  std::uint64_t kept_in(const History& history, const Cut& cut) const;
  unsigned number_of(Page& page, std::string content);
  unsigned number_of(Page& page, Versions versions);

  Image image_;
  Geometry geometry_;
  Defect defect_;
  Size page_size_;
  Bytes start_;                // on the disk before the file is opened
  std::vector<Mark> opening_;  // what opening it does
  Reopening reopening_;
  Counters counters_;
  std::vector<Page> pages_;
  std::unordered_set<std::string> seen_;  // choices of versions, with what must be kept
  std::unordered_set<Fingerprint, Fingerprint::Hash> judged_;
};

static_assert(Analysis<PowerLoss>);

}  // namespace rarena::models::crash
