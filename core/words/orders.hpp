// The ordering ledger: one row per atomic access site of the algorithm. Memory orders live here and nowhere else.
//
// Code names a site, never an order: `store.load(word, Site::find_head)`. The atomic store resolves it at compile time;
// the checkers copy the table (OrderTable) and may weaken one row of the copy. A row names the sites it
// synchronizes with, or says why no edge is needed; partners are symmetric, and the compiler checks it.
//
// No seq_cst and no standalone fence is needed. Definition of release sequences: C++20 (a release write and the RMWs
// that follow it). Thread safety: constants. Invariants: SEG-3 rests on cursor_* and on the list's rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace rarena::detail {

enum class Order : std::uint8_t { relaxed, acquire, release, acq_rel };
enum class Access : std::uint8_t { load, store, compare_exchange, fetch_add };

enum class Site : std::uint8_t {
  // cursor and counters
  cursor_load,
  cursor_take,
  cursor_give_back,
  discarded_add,
  discarded_load,
  min_segment_load,
  min_segment_store,
  statistics_load,
  // search of the freelist
  find_head,
  find_link,
  find_extent,
  find_validate,
  find_help,
  confirm_head,
  // claim
  claim_mark,
  claim_unlink,
  // insert
  insert_extent,
  insert_tag,
  insert_link,
  insert_publish,
  // index: where a search begins
  index_child,
  index_room,
  index_take,
  index_publish,
  // hints
  hint_load,
  hint_store,
  hint_add,
  hint_exchange,
  hint_insert,
  hint_known,
  hint_raise,
  hint_lower,
  // descriptor supply
  spare_load,
  spare_next,
  spare_pop,
  spare_top,
  spare_tag,
  spare_link,
  spare_push,
  slab_link,
  slab_extent,
  // chunks that threads share
  chunk_load,
  chunk_take,
  chunk_give_back,
  chunk_publish,
  chunk_end,
  // snapshot of the freelist
  walk_head,
  walk_link,
  walk_extent,
  // plans of exclusive operations
  plan_link,
  plan_count,
  // who has a file open, and what went wrong with it
  owner_load,
  witness_store,
  failure_store,
  count,
};

inline constexpr std::size_t site_count = static_cast<std::size_t>(Site::count);

// The sites a row synchronizes with.
class Partners {
 public:
  constexpr Partners(std::initializer_list<Site> sites) : size_(sites.size()) { std::ranges::copy(sites, sites_.begin()); }
  constexpr const Site* begin() const { return sites_.data(); }
  constexpr const Site* end() const { return sites_.data() + size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr bool contain(Site site) const { return std::find(begin(), end(), site) != end(); }

 private:
  std::array<Site, 7> sites_{};
  std::size_t size_;
};

struct Row {
  Site site;
  const char* name;
  Access access;
  Order order;
  Order failure;  // of a failed compare_exchange, else relaxed
  Partners partners;
  std::string_view why;
};

// clang-format off: a table
inline constexpr std::array<Row, site_count> ledger = {{
    // cursor and counters
    {Site::cursor_load, "cursor_load", Access::load, Order::relaxed, Order::relaxed, {},
     "a guess that the CAS checks; an owner of [a, b) already sees a cursor of at least b, by coherence"},
    {Site::cursor_take, "cursor_take", Access::compare_exchange, Order::acquire, Order::relaxed,
     {Site::cursor_give_back, Site::plan_count},
     "bytes above the cursor may have had an owner: what that owner wrote happens-before the next one (SEG-3)"},
    {Site::cursor_give_back, "cursor_give_back", Access::compare_exchange, Order::release, Order::relaxed,
     {Site::cursor_take},
     "hands the owner's writes to whoever takes the bytes next; the RMWs in between continue the release sequence"},
    {Site::discarded_add, "discarded_add", Access::fetch_add, Order::release, Order::relaxed, {Site::discarded_load},
     "the claim of what is discarded happens-before its count: whoever has seen the count does not find it free as well"},
    {Site::discarded_load, "discarded_load", Access::load, Order::acquire, Order::relaxed, {Site::discarded_add},
     "as discarded_add: a walk that follows must not count a segment as free that is counted as discarded already"},
    {Site::min_segment_load, "min_segment_load", Access::load, Order::relaxed, Order::relaxed, {},
     "a threshold: any value it ever had is sound"},
    {Site::min_segment_store, "min_segment_store", Access::store, Order::relaxed, Order::relaxed, {},
     "a threshold: any value it ever had is sound"},
    {Site::statistics_load, "statistics_load", Access::load, Order::relaxed, Order::relaxed, {},
     "a number for the user, exact at quiescence"},
    // search of the freelist
    {Site::find_head, "find_head", Access::load, Order::acquire, Order::relaxed,
     {Site::find_help, Site::claim_unlink, Site::insert_publish, Site::plan_link},
     "the descriptor it names must be seen as its inserter left it, and its segment as its last owner left it (SEG-3)"},
    {Site::find_link, "find_link", Access::load, Order::acquire, Order::relaxed,
     {Site::find_help, Site::claim_unlink, Site::insert_publish, Site::insert_link, Site::plan_link},
     "as find_head; and who sees the link of a re-insertion must see in find_validate that the descriptor had been "
     "unlinked"},
    {Site::find_extent, "find_extent", Access::load, Order::acquire, Order::relaxed, {Site::insert_extent},
     "who sees the extent of a re-insertion must see in find_validate that the descriptor had been unlinked: otherwise "
     "a confirming search could stop too early, at a size that belongs elsewhere"},
    {Site::find_validate, "find_validate", Access::load, Order::relaxed, Order::relaxed, {},
     "compared with a value already acquired; coherence with find_link and find_extent forbids an older one"},
    {Site::find_help, "find_help", Access::compare_exchange, Order::release, Order::relaxed,
     {Site::find_head, Site::find_link, Site::confirm_head, Site::walk_head, Site::walk_link},
     "publishes a successor that was published elsewhere (in the unlinked descriptor): pass on what find_link acquired"},
    {Site::confirm_head, "confirm_head", Access::load, Order::acquire, Order::relaxed,
     {Site::find_help, Site::claim_unlink, Site::insert_publish, Site::plan_link},
     "as find_head"},
    // claim
    {Site::claim_mark, "claim_mark", Access::compare_exchange, Order::relaxed, Order::relaxed, {},
     "the tag makes the expected value unique and it was read with acquire; as an RMW it continues the release "
     "sequence of the link it replaces, and it publishes no new successor"},
    {Site::claim_unlink, "claim_unlink", Access::compare_exchange, Order::release, Order::relaxed,
     {Site::find_head, Site::find_link, Site::confirm_head, Site::walk_head, Site::walk_link},
     "as find_help"},
    // insert
    {Site::insert_extent, "insert_extent", Access::store, Order::release, Order::relaxed,
     {Site::find_extent},
     "a stale reader of the new extent must see that the descriptor had been unlinked"},
    {Site::insert_tag, "insert_tag", Access::load, Order::relaxed, Order::relaxed, {},
     "the descriptor is the inserter's alone: it reads the last write, which happens-before"},
    {Site::insert_link, "insert_link", Access::store, Order::release, Order::relaxed, {Site::find_link, Site::walk_link},
     "a stale reader of the new, unmarked link must see that the descriptor had been unlinked, or it would claim a "
     "segment that is not linked yet"},
    {Site::insert_publish, "insert_publish", Access::compare_exchange, Order::release, Order::relaxed,
     {Site::find_head, Site::find_link, Site::confirm_head, Site::walk_head, Site::walk_link},
     "publishes link, extent and everything the last owner wrote (SEG-3)"},
    // index: where a search begins
    {Site::index_child, "index_child", Access::load, Order::acquire, Order::relaxed,
     {Site::index_publish, Site::plan_link},
     "a search that begins at a boundary of the table must see it linked, as its inserter left it"},
    {Site::index_room, "index_room", Access::load, Order::relaxed, Order::relaxed, {},
     "is there a table left? Whoever takes one counts again"},
    {Site::index_take, "index_take", Access::fetch_add, Order::relaxed, Order::relaxed, {},
     "the bytes of a table belong to whoever drew its number, and nobody had them before"},
    {Site::index_publish, "index_publish", Access::compare_exchange, Order::release, Order::relaxed,
     {Site::index_child},
     "publishes the links of the table's boundaries"},
    // hints
    {Site::hint_load, "hint_load", Access::load, Order::relaxed, Order::relaxed, {},
     "a hint: any value is sound"},
    {Site::hint_store, "hint_store", Access::store, Order::relaxed, Order::relaxed, {},
     "a hint: any value is sound"},
    {Site::hint_add, "hint_add", Access::fetch_add, Order::relaxed, Order::relaxed, {},
     "a hint; the publication of the segment that it counts, or the order in which calls come, makes it visible"},
    {Site::hint_exchange, "hint_exchange", Access::compare_exchange, Order::relaxed, Order::relaxed, {},
     "a hint: any value is sound"},
    {Site::hint_insert, "hint_insert", Access::fetch_add, Order::release, Order::relaxed, {Site::hint_known},
     "the publication of a segment happens-before its count: a merge that has seen the count finds the segment"},
    {Site::hint_known, "hint_known", Access::load, Order::acquire, Order::relaxed, {Site::hint_insert},
     "as hint_insert: a complete merge covers the segments that it says it has seen"},
    {Site::hint_raise, "hint_raise", Access::fetch_add, Order::acq_rel, Order::relaxed, {Site::hint_lower},
     "whoever lowers the hint behind it finds the segment when it looks again; whoever comes after that raises it"},
    {Site::hint_lower, "hint_lower", Access::compare_exchange, Order::acq_rel, Order::relaxed, {Site::hint_raise},
     "as hint_raise"},
    // descriptor supply
    {Site::spare_load, "spare_load", Access::load, Order::acquire, Order::relaxed,
     {Site::spare_push, Site::plan_link},
     "the popped descriptor's link, and the slab's initial values, must be seen"},
    {Site::spare_next, "spare_next", Access::load, Order::relaxed, Order::relaxed, {},
     "spare_load acquired it; if the descriptor has been popped meanwhile, the tag makes spare_pop fail"},
    {Site::spare_pop, "spare_pop", Access::compare_exchange, Order::relaxed, Order::relaxed, {},
     "the tag makes the expected value unique and spare_load acquired it; as an RMW it continues the release sequence"},
    {Site::spare_top, "spare_top", Access::load, Order::relaxed, Order::relaxed, {},
     "only copied into the pushed link; spare_push checks it, and a popper acquires the push that wrote it or a later "
     "one"},
    {Site::spare_tag, "spare_tag", Access::load, Order::relaxed, Order::relaxed, {},
     "the descriptor is the pusher's alone: it reads the last write, which happens-before"},
    {Site::spare_link, "spare_link", Access::store, Order::relaxed, Order::relaxed, {},
     "published by spare_push; a stale searcher sees a mark and can only try to help, which its tag makes fail"},
    {Site::spare_push, "spare_push", Access::compare_exchange, Order::release, Order::relaxed,
     {Site::spare_load, Site::walk_head},
     "publishes the pushed links"},
    {Site::slab_link, "slab_link", Access::store, Order::relaxed, Order::relaxed, {},
     "fresh bytes that no searcher knows; published by spare_push or insert_publish"},
    {Site::slab_extent, "slab_extent", Access::store, Order::relaxed, Order::relaxed, {},
     "fresh bytes that no searcher knows; published by spare_push or insert_publish"},
    // chunks that threads share
    {Site::chunk_load, "chunk_load", Access::load, Order::relaxed, Order::relaxed, {},
     "a guess that the CAS checks; a chunk that is not seen to have begun is one that is not used"},
    {Site::chunk_take, "chunk_take", Access::compare_exchange, Order::acquire, Order::relaxed,
     {Site::chunk_give_back, Site::chunk_publish},
     "what an earlier owner of the bytes wrote happens-before the next one (SEG-3): whoever published them has acquired it"},
    {Site::chunk_give_back, "chunk_give_back", Access::compare_exchange, Order::release, Order::relaxed,
     {Site::chunk_take, Site::chunk_publish, Site::chunk_end},
     "hands the owner's writes to whoever takes the bytes next; the RMWs in between continue the release sequence"},
    {Site::chunk_publish, "chunk_publish", Access::compare_exchange, Order::acq_rel, Order::relaxed,
     {Site::chunk_take, Site::chunk_give_back, Site::chunk_publish, Site::chunk_end},
     "releases the fresh chunk; and acquires what is left of the old one, which the caller frees"},
    {Site::chunk_end, "chunk_end", Access::compare_exchange, Order::acquire, Order::relaxed,
     {Site::chunk_give_back, Site::chunk_publish},
     "acquires what is left of the chunk, which the caller frees"},
    // snapshot of the freelist
    {Site::walk_head, "walk_head", Access::load, Order::acquire, Order::relaxed,
     {Site::find_help, Site::claim_unlink, Site::insert_publish, Site::spare_push, Site::plan_link},
     "as find_head; on the stack of unused descriptors as spare_load"},
    {Site::walk_link, "walk_link", Access::load, Order::acquire, Order::relaxed,
     {Site::find_help, Site::claim_unlink, Site::insert_publish, Site::insert_link, Site::plan_link},
     "as find_link"},
    {Site::walk_extent, "walk_extent", Access::load, Order::relaxed, Order::relaxed, {},
     "walk_link has shown the descriptor and the extent it was published with; of a recycled one a snapshot may see either"},
    // plans of exclusive operations
    {Site::plan_link, "plan_link", Access::store, Order::release, Order::relaxed,
     {Site::find_head, Site::find_link, Site::confirm_head, Site::spare_load, Site::walk_head, Site::walk_link,
      Site::index_child},
     "nobody else is at work, so no thread needs it; release keeps the stores of a plan in program order, so that a process "
     "that is killed leaves a prefix of the plan, and whoever reads a link then sees what it leads to"},
    {Site::plan_count, "plan_count", Access::store, Order::release, Order::relaxed, {Site::cursor_take},
     "as plan_link, for the words of 32 bits: the cursor, the discarded bytes, the seal"},
    // who has a file open, and what went wrong with it
    {Site::owner_load, "owner_load", Access::load, Order::relaxed, Order::relaxed, {},
     "has another process taken the arena over? The user orders that with what the two do (BasicArena::take_over). Whose is a "
     "cell of the members? Behind the gate of the file"},
    {Site::witness_store, "witness_store", Access::store, Order::relaxed, Order::relaxed, {},
     "read by the system when the thread dies, after all that the thread did, and by openings, behind the lock of the file"},
    {Site::failure_store, "failure_store", Access::store, Order::relaxed, Order::relaxed, {},
     "for a later opening, behind the lock of the file; whoever stores it stores the same"},
}};
// clang-format on

constexpr const Row& row(Site site) { return ledger[static_cast<std::size_t>(site)]; }

constexpr bool acquires(Order order) { return order == Order::acquire || order == Order::acq_rel; }
constexpr bool releases(Order order) { return order == Order::release || order == Order::acq_rel; }

constexpr std::string_view name(Order order) {
  constexpr std::array<std::string_view, 4> names = {"relaxed", "acquire", "release", "acq_rel"};
  return names[static_cast<std::size_t>(order)];
}

// The orders of all sites, as a value that a checker may weaken.
class OrderTable {
 public:
  struct Orders {
    Order order, failure;
  };

  constexpr OrderTable() {
    for (const Row& r : ledger) (*this)[r.site] = {r.order, r.failure};
  }
  constexpr Orders& operator[](Site site) { return orders_[static_cast<std::size_t>(site)]; }
  constexpr const Orders& operator[](Site site) const { return orders_[static_cast<std::size_t>(site)]; }

 private:
  std::array<Orders, site_count> orders_{};
};

namespace ledger_check {

constexpr bool rows_follow_the_enumeration() {
  for (std::size_t i = 0; i < site_count; ++i)
    if (static_cast<std::size_t>(ledger[i].site) != i) return false;
  return true;
}

constexpr bool orders_fit_the_access() {
  return std::ranges::all_of(ledger, [](const Row& r) {
    if (r.access == Access::load && releases(r.order)) return false;
    if (r.access == Access::store && acquires(r.order)) return false;
    return !releases(r.failure) && (r.access == Access::compare_exchange || r.failure == Order::relaxed);
  });
}

constexpr bool ordered_rows_have_partners() {
  return std::ranges::all_of(ledger, [](const Row& r) { return (r.order == Order::relaxed) == r.partners.empty(); });
}

constexpr bool partners_are_symmetric() {
  return std::ranges::all_of(ledger, [](const Row& r) {
    return std::ranges::all_of(r.partners, [&](Site other) {
      const Row& o = row(other);
      return o.partners.contain(r.site) &&
             ((releases(r.order) && acquires(o.order)) || (acquires(r.order) && releases(o.order)));
    });
  });
}

constexpr bool every_row_has_a_reason() {
  return std::ranges::none_of(ledger, [](const Row& r) { return r.why.empty() || *r.name == '\0'; });
}

}  // namespace ledger_check

static_assert(ledger_check::rows_follow_the_enumeration());
static_assert(ledger_check::orders_fit_the_access());
static_assert(ledger_check::ordered_rows_have_partners());
static_assert(ledger_check::partners_are_symmetric());
static_assert(ledger_check::every_row_has_a_reason());

}  // namespace rarena::detail
