// The known-bug corpus: every entry is a bug that a named engine must find within its budget, while the shipped code holds on
// the same scenario with the same budget. Engine-neutral: what an engine cannot find is listed with the reason.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/words/orders.hpp"
#include "lying_store.hpp"

namespace rarena::models {

enum class VariantName : std::uint8_t { shipped, lying, wrapping, crate_protocol };

// A site's success order, other than the ledger's.
struct OtherOrder {
  Site site;
  Order order;
};

struct Mutant {
  std::string_view name;
  std::string_view about;
  std::string_view scenario;
  Freelist kind;
  VariantName variant;
  Lie lie = Lie::none;
  std::array<OtherOrder, 4> orders{};
  unsigned order_count = 0;
  // Whether the invariants of the list are watched at every write, or only their consequences count: ownership, races, the end.
  bool watch = true;

  constexpr std::span<const OtherOrder> other_orders() const { return {orders.data(), order_count}; }
  constexpr Mutant with(std::initializer_list<OtherOrder> rows) const {
    Mutant m = *this;
    for (const OtherOrder& row : rows) m.orders[m.order_count++] = row;
    return m;
  }
};

constexpr Mutant weakened(std::string_view name, std::string_view about, std::string_view scenario, Freelist kind,
                          std::initializer_list<OtherOrder> rows) {
  const Mutant honest{
      .name = name, .about = about, .scenario = scenario, .kind = kind, .variant = VariantName::lying, .watch = false};
  return honest.with(rows);
}

constexpr Mutant lying(std::string_view name, std::string_view about, std::string_view scenario, Freelist kind, Lie lie,
                       bool watch) {
  return {.name = name,
          .about = about,
          .scenario = scenario,
          .kind = kind,
          .variant = VariantName::lying,
          .lie = lie,
          .watch = watch};
}

inline constexpr std::array corpus = {
    lying("no_tags", "link words whose tag never changes, seen by the invariant at the first write",
          "two_allocators_one_segment", Freelist::pessimistic, Lie::frozen_tags, true),
    lying("no_tags_consequence", "the same, seen only by what follows: ABA on a recycled descriptor", "descriptor_reuse",
          Freelist::pessimistic, Lie::frozen_tags, false),
    lying("no_tags_spare_stack", "the same on the stack of unused descriptors", "spare_stack_reuse", Freelist::pessimistic,
          Lie::frozen_tags, false),
    lying("no_helping", "a search that never unlinks a marked descriptor", "abandoned_unlink", Freelist::optimistic,
          Lie::deaf_help, false),
    lying("no_confirmation", "a failed unlink is taken for done: the descriptor is reused while it is linked",
          "two_allocators_two_segments", Freelist::pessimistic, Lie::empty_confirm, false),
    weakened("own_link_relaxed", "the link of a descriptor to be inserted is stored relaxed", "free_vs_allocate",
             Freelist::pessimistic, {{Site::insert_link, Order::relaxed}}),
    weakened("publish_relaxed", "the CAS that publishes a descriptor is relaxed", "free_vs_allocate", Freelist::pessimistic,
             {{Site::insert_publish, Order::relaxed}}),
    weakened("list_loads_relaxed", "the loads of links are relaxed", "list_hand_over", Freelist::pessimistic,
             {{Site::find_head, Order::relaxed}, {Site::find_link, Order::relaxed}, {Site::confirm_head, Order::relaxed}}),
    weakened("unlink_relaxed", "the CASes that unlink, the owner's and the helper's, are relaxed", "free_vs_allocate",
             Freelist::pessimistic, {{Site::claim_unlink, Order::relaxed}, {Site::find_help, Order::relaxed}}),
    weakened("extent_relaxed", "the extent of a descriptor is stored and loaded relaxed", "free_vs_allocate",
             Freelist::optimistic, {{Site::insert_extent, Order::relaxed}, {Site::find_extent, Order::relaxed}}),
    weakened("give_back_relaxed", "the CAS that moves the cursor down is relaxed", "cursor_hand_over", Freelist::none,
             {{Site::cursor_give_back, Order::relaxed}}),
    weakened("bump_relaxed", "the CAS that moves the cursor up is relaxed", "cursor_hand_over", Freelist::none,
             {{Site::cursor_take, Order::relaxed}}),
    weakened("spare_push_relaxed", "the CAS that publishes an unused descriptor is relaxed", "slab_from_cursor",
             Freelist::optimistic, {{Site::spare_push, Order::relaxed}}),
    lying("no_validation", "the validating load repeats the value read before", "descriptor_reuse", Freelist::pessimistic,
          Lie::repeat_validation, false),
    lying("blind_give_back", "the give-back CAS does not compare: the cursor falls over a live segment", "bump_vs_give_back",
          Freelist::none, Lie::blind_give_back, true),
    lying("unsorted_insert", "an insertion that sees every segment as empty goes to the wrong place", "spare_stack",
          Freelist::pessimistic, Lie::empty_extents, true),
    lying("missed_fit", "an allocation that sees every segment as empty overlooks the one that fits", "abandoned_unlink",
          Freelist::pessimistic, Lie::empty_extents, false),
    Mutant{.name = "wrapping_sizes",
           .about = "the cursor's arithmetic in 32 bits: a request near 2^32 succeeds over live bytes",
           .scenario = "huge_request",
           .kind = Freelist::none,
           .variant = VariantName::wrapping,
           .watch = false},
    Mutant{.name = "crate_protocol",
           .about = "the Rust crate's list: a failed unlink leaves a removed node on which later calls wait for ever",
           .scenario = "recycle",
           .kind = Freelist::optimistic,
           .variant = VariantName::crate_protocol,
           .watch = false}
        .with(
            {{Site::claim_mark, Order::acq_rel}, {Site::claim_unlink, Order::acq_rel}, {Site::insert_publish, Order::acq_rel}}),
};

}  // namespace rarena::models
