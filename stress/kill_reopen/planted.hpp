// Planted bugs: the harness must find each. Shipped code stays free of switches: a bug is an adaptor around a store, or the
// public parts of core put together in the wrong order.
//
//     early_hand_out    claim_unlink says that it has unlinked the descriptor, and has not: its segment is handed out while a
//                       list still names it (recovery then makes a live segment free)
//     early_seal        an opening writes the dirty marker before it drops the lists of an untrusted file: if it is killed in
//                       between, the next opening trusts them
//
// Thread safety: as DelayingStore. Invariants: breaks REC-2, on purpose (early_hand_out: SEG-1).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/layout/link.hpp"
#include "core/recovery/plan.hpp"
#include "kill_reopen/delaying_store.hpp"

namespace rarena::stress {

enum class Plant : std::uint8_t { none, early_hand_out, early_seal };

// The descriptor of a segment that was taken whole is not pushed onto the spare stack either: the first search that meets it
// unlinks it, so only a crash before that shows the bug. An insertion under it may pass it by: that damages the list at once.
class EarlyHandOutStore : public DelayingStore {
 public:
  using DelayingStore::DelayingStore;

  template <class T>
  void store(Word<T> word, T value, Site site, Location where = Location::current()) const {
    const bool own = word.place == Place{linked_} && linked_ != null_offset;
    if (own && site == Site::spare_link) return;
    if (own && site == Site::insert_link) linked_ = null_offset;  // it serves again, and the insertion has unlinked it
    DelayingStore::store(word, value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    if (site == Site::claim_unlink) {
      linked_ = Link(expected).next();
      return true;
    }
    if (site == Site::spare_push && linked_ != null_offset && Link(value).next() == linked_) {
      linked_ = null_offset;
      return true;
    }
    return DelayingStore::compare_exchange_weak(word, expected, value, site, where);
  }

 private:
  static inline thread_local Offset linked_ = null_offset;
};

static_assert(WordStore<EarlyHandOutStore>);

// The writes of an opening, of which the last is the seal, in the order that the planted bug gives them.
inline std::vector<Plan::Write> ordered_by(Plant plant, const Plan& plan) {
  std::vector<Plan::Write> writes(plan.writes().begin(), plan.writes().end());
  if (plant == Plant::early_seal && !writes.empty()) std::ranges::rotate(writes, writes.end() - 1);
  return writes;
}

}  // namespace rarena::stress
