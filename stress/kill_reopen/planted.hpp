// Planted bugs: the harness must find each. Shipped code stays free of switches: a bug is an adaptor around a store, or the
// public parts of core put together in the wrong order.
//
//     early_hand_out    claim_unlink says that it has unlinked the descriptor, and has not: its segment is handed out while a
//                       list still names it (recovery then makes a live segment free)
//     early_seal        an opening writes the dirty marker before it drops the lists of an untrusted file: if it is killed in
//                       between, the next opening trusts them
//     no_witness        nobody watches a process that has the file open
//     one_unwatched     the same, of one of many files
//     late_witness      a child takes the file over before somebody watches it
//     late_lists        a rebuild writes its plan backwards
//     cut_too_far       a truncate makes the file shorter than what is allocated, for a moment
//     early_close       a close seals the file before the last change of its lists
//     named_early       a new file has its name before it is complete
//     left_over         a new file has another name, until it is complete
//
// Thread safety: as DelayingStore. Invariants: breaks REC-2, on purpose (early_hand_out: SEG-1; late_lists: REC-3).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/layout/link.hpp"
#include "core/recovery/plan.hpp"
#include "kill_reopen/delaying_store.hpp"

namespace rarena::stress {

enum class Plant : std::uint8_t {
  none,
  early_hand_out,
  early_seal,
  no_witness,
  one_unwatched,
  late_witness,
  late_lists,
  cut_too_far,
  early_close,
  named_early,
  left_over,
};

// The descriptor of a segment that was taken whole is not pushed onto the spare stack either: the first search that meets it
// unlinks it, so only a crash before that shows the bug. An insertion under it may pass it by: that damages the list at once.
class EarlyHandOutStore : public DelayingStore {
 public:
  using DelayingStore::DelayingStore;

  template <class T>
  void store(detail::Word<T> word, T value, detail::Site site, detail::Location where = detail::Location::current()) const {
    const bool own = word.place == detail::Place{linked_} && linked_ != null_offset;
    if (own && site == detail::Site::spare_link) return;
    if (own && site == detail::Site::insert_link) linked_ = null_offset;  // it serves again, and the insertion has unlinked it
    DelayingStore::store(word, value, site, where);
  }
  template <class T>
  bool compare_exchange_weak(detail::Word<T> word, T& expected, T value, detail::Site site,
                             detail::Location where = detail::Location::current()) const {
    if (site == detail::Site::claim_unlink) {
      linked_ = detail::Link(expected).next();
      return true;
    }
    if (site == detail::Site::spare_push && linked_ != null_offset && detail::Link(value).next() == linked_) {
      linked_ = null_offset;
      return true;
    }
    return DelayingStore::compare_exchange_weak(word, expected, value, site, where);
  }

 private:
  static inline thread_local Offset linked_ = null_offset;
};

static_assert(WordStore<EarlyHandOutStore>);

// Whether a write is of what vouches for the lists: the seal, and the annex.
inline bool vouches(const detail::Plan::Write& write, const detail::Geometry& geometry) {
  return write.place == geometry.seal().place || (write.place >= geometry.annex() && write.place < geometry.index());
}

// The writes of an opening in the order that the planted bug gives them.
inline std::vector<detail::Plan::Write> ordered_by(Plant plant, const detail::Plan& plan, const detail::Geometry& geometry) {
  std::vector<detail::Plan::Write> writes(plan.writes().begin(), plan.writes().end());
  const bool drops = std::ranges::any_of(writes, [&](const auto& w) { return w.place == geometry.free_head().place; });
  if (plant != Plant::early_seal || !drops) return writes;
  std::vector<detail::Plan::Write> early, late;
  for (const detail::Plan::Write& w : writes) (vouches(w, geometry) ? early : late).push_back(w);
  early.insert(early.end(), late.begin(), late.end());
  return early;
}

}  // namespace rarena::stress
