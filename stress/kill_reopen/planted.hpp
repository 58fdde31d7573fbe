// Planted bugs: the harness must find each. Shipped code stays free of switches: a bug is an adaptor around a store, or the
// public parts of core put together in the wrong order.
//
//     early_hand_out    claim_unlink says that it has unlinked the descriptor, and has not: its segment is handed out while a
//                       list still names it
//     early_seal        an opening writes the dirty marker before it drops the lists of an untrusted file: if it is killed in
//                       between, the next opening trusts them
//
// Thread safety: as DelayingStore. Invariants: breaks REC-2, on purpose (early_hand_out: SEG-1 and FL-1 too).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/recovery/plan.hpp"
#include "kill_reopen/delaying_store.hpp"

namespace rarena::stress {

enum class Plant : std::uint8_t { none, early_hand_out, early_seal };

class EarlyHandOutStore : public DelayingStore {
 public:
  using DelayingStore::DelayingStore;

  template <class T>
  bool compare_exchange_weak(Word<T> word, T& expected, T value, Site site, Location where = Location::current()) const {
    if (site == Site::claim_unlink && Delays::one_in(8)) return true;
    return DelayingStore::compare_exchange_weak(word, expected, value, site, where);
  }
};

static_assert(WordStore<EarlyHandOutStore>);

// The writes of an opening, of which the last is the seal, in the order that the planted bug gives them.
inline std::vector<Plan::Write> ordered_by(Plant plant, const Plan& plan) {
  std::vector<Plan::Write> writes(plan.writes().begin(), plan.writes().end());
  if (plant == Plant::early_seal && !writes.empty()) std::ranges::rotate(writes, writes.end() - 1);
  return writes;
}

}  // namespace rarena::stress
