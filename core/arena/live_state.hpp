// LiveState: an arena that allocates, from its beginning to its end, and the exclusive operations on it.
//
// Progress: as the allocator, where nothing else is said. Thread safety: const members may be called from any number of
// threads if the store is concurrent; the others only while nobody else is using the arena.
//
// Invariants: SEG-1 to SEG-3, FL-1 to FL-4, CUR-1 (by the allocator); SEG-2 (discarded never exceeds what is allocated);
// REC-2, REC-3 (plans).
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "../layout/range.hpp"
#include "../recovery/relist.hpp"
#include "../recovery/rewind.hpp"
#include "../words/atomic_store.hpp"
#include "../words/checked.hpp"
#include "../words/exceptions.hpp"
#include "../words/ghosts.hpp"
#include "../words/plain_store.hpp"
#include "format.hpp"
#include "listed_end.hpp"
#include "named_roots.hpp"
#include "registry.hpp"
#include "scopes.hpp"
#include "shared_state.hpp"

namespace rarena::detail {

template <WordStore Store>
class LiveState : public SharedState<Store> {
  using Shared = SharedState<Store>;
  using Owned = OwnedState<Store>;

 public:
  // `opened` has no structure: it is not for reading only. Nothing is written before begin().
  LiveState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept
      : Shared(std::move(opened), options, std::move(path)) {
    if (!this->shared()) return;
    live_.know_nothing();
    roots_.share(file());
  }
  // Closes, and cannot say what went wrong.
  ~LiveState();

  // Formats a fresh memory, and gives a new file its name; or writes what recovery planned. After an error a file is as it was,
  // or there is none. Errors: file_exists, system. Throws nothing but what a checked build needs memory for: std::bad_alloc.
  [[nodiscard]] std::expected<void, Error> begin(Beginning beginning);
  // Flushes, checks and seals what is on disk; once. Errors: flush_failed, system; what is wrong with the lists. Then the file
  // is not sealed, and the next opening says why.
  [[nodiscard]] std::expected<void, Error> close();
  // See BasicArena.
  [[nodiscard]] std::expected<void, Error> take_over();

  using Shared::allocated;
  using Shared::foreign;

  // Exclusive operations: nobody else is using the arena. See BasicArena.
  [[nodiscard]] std::expected<void, Error> rebuild(std::span<const Extent> live);
  [[nodiscard]] std::expected<void, Error> compact_freelist();
  [[nodiscard]] std::expected<void, Error> rewind(std::int64_t position);
  [[nodiscard]] std::expected<void, Error> clear();
  [[nodiscard]] std::expected<void, Error> truncate(std::uint64_t capacity);
  [[nodiscard]] std::expected<void, Error> remove_on_drop(bool remove);

  Scopes& scopes() { return scopes_; }

  // Named roots. See BasicArena.
  [[nodiscard]] std::expected<Offset, Error> find_root(std::string_view name, const TypeTag& type) const;
  [[nodiscard]] std::expected<std::vector<NamedRoot>, Error> roots() const;
  // Puts an entry that is complete into the directory. Errors: root_exists, bad_directory, and those of flushes before it is
  // there. make_roots_durable() comes next.
  [[nodiscard]] std::expected<void, Error> publish_root(const FoundEntry& entry) const;
  [[nodiscard]] std::expected<void, Error> make_roots_durable() const { return Owned::flush(header_range(geometry_)); }
  [[nodiscard]] std::expected<FoundEntry, Error> take_out_root(std::string_view name, const TypeTag& type) const;
  [[nodiscard]] std::expected<void, Error> drop_roots() const;

 private:
  using Owned::become_last;
  using Owned::become_owner;
  using Owned::begin_sharing;
  using Owned::check_alone;
  using Owned::check_disk;
  using Owned::check_owned;
  using Owned::end;
  using Owned::geometry_;
  using Owned::is_member;
  using Owned::join_sharing;
  using Owned::leave_as_dead;
  using Owned::leave_to_others;
  using Owned::lock_header;
  using Owned::memory_;
  using Owned::options_;
  using Owned::recovery_;
  using Owned::remove_at_end;
  using Owned::resize;
  using Owned::store_;
  using Owned::view;
  using Owned::write_opening;
  using Shared::allocator_;
  using Shared::allocator_over;
  using Shared::epochs_;
  using Shared::live_;
  using Shared::untouched_;

  [[nodiscard]] std::expected<void, Error> begin_as(Recovery::Opening opening, Beginning& beginning);
  [[nodiscard]] std::expected<void, Error> begin_fresh(Beginning& beginning);
  [[nodiscard]] std::expected<void, Error> begin_again(const Beginning& beginning);
  [[nodiscard]] std::expected<void, Error> begin_beside_others();
  // The file is to be shared: other processes may come when the opening is over. Error: insufficient_space.
  [[nodiscard]] std::expected<void, Error> share_if_asked();
  // Closes a file that is shared: the last one seals it. Errors: as close(); in_use, system: it could not be told whether this
  // is the last one, and then the next opening is one after a death.
  [[nodiscard]] std::expected<void, Error> leave();
  const FileHandle& file() const { return memory_.file()->handle(); }
  void reserve() const {
    const auto wanted = std::min<std::uint64_t>(options_.descriptor_reserve, geometry_.capacity());
    reserve_descriptors(allocator_, geometry_, static_cast<Size>(wanted));
  }
  void poison() const;
  void find_live();
  // Nobody is using the arena, and what is listed lies below the cursor and `limit`.
  void know_listed(Offset limit = std::numeric_limits<Offset>::max()) {
    listed_.know(store_, geometry_, std::min<Offset>(limit, allocated()));
  }
  // What handles of bytes above the position own is theirs no more. After Epochs::prepare().
  void give_up_above(Offset position) {
    epochs_.cut(position);
    live_.cut(position);
  }
  // Plans a change, which may find no memory, and carries it out.
  template <class Planner>
  [[nodiscard]] std::expected<void, Error> carry_out_alone(Planner planner);
  void change_hints(const ListChange& change) const;
  // This arena, as allocators in its memory know it.
  OpenArena as_open() const;
  // What was planned, and before it that no root is above the position.
  [[nodiscard]] std::expected<ListChange, Error> without_roots_above(Offset position, ListChange change) const;

  ListedEnd<Store> listed_;
  Scopes scopes_;
  mutable NamedRoots roots_;
  Registration registration_;
  bool open_ = false;
};

template <WordStore Store>
LiveState<Store>::~LiveState() {
  live_.end_of_arena();
  (void)close();
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin(Beginning beginning) {
  if (const auto locked = lock_header(); !locked) return locked;
  const auto begun = begin_as(recovery_.opening, beginning);
  open_ = begun.has_value();
  if (open_) registration_.begin(this->data(), as_open());
  return begun;
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin_as(Recovery::Opening opening, Beginning& beginning) {
  const bool others = opening == Recovery::Opening::joined;
  const auto begun = others                                ? begin_beside_others()
                     : opening == Recovery::Opening::fresh ? begin_fresh(beginning)
                                                           : begin_again(beginning);
  if (begun && this->shared()) file_lock::settle(file());
  return begun;
}

template <WordStore Store>
OpenArena LiveState<Store>::as_open() const {
  return {
      .state = this,
      .allocate =
          [](const void* state, std::uint64_t size, std::uint64_t alignment) {
            return static_cast<const LiveState*>(state)->allocate(size, alignment, Fill::none);
          },
      .deallocate = [](const void* state,
                       Extent bytes) { return static_cast<const LiveState*>(state)->deallocate(bytes.offset, bytes.size); }};
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin_fresh(Beginning& beginning) {
  format_memory(memory_.data(), geometry_, options_, memory_.on_disk(), beginning.identity);
  become_owner(view().annex().generation);
  poison();
  reserve();
  if (const auto sharing = share_if_asked(); !sharing) return sharing;
  if (!this->shared()) untouched_.start(allocated());
  know_listed();
  if (!beginning.name) return {};
  return name_durably(memory_, {0, allocated()}, [&] { return memory_.file()->give_name(*beginning.name); });
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin_again(const Beginning& beginning) {
  find_live();
  if (const auto writable = memory_.file()->allow_writing(); !writable) return writable;
  become_owner(next_generation(view()));
  if (const auto written = write_opening(beginning.plan, beginning.undo, *beginning.hints); !written) return written;
  if (const auto& table = beginning.table; table && this->deallocate(table->offset, table->size))
    recovery_.unlisted_bytes -= table->size;
  if (const auto sharing = share_if_asked(); !sharing) {
    (void)end();
    return sharing;
  }
  know_listed();
  poison();
  return {};
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::begin_beside_others() {
  if (const auto writable = memory_.file()->allow_writing(); !writable) return writable;
  return join_sharing();
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::share_if_asked() {
  if (!this->shared()) return {};
  const auto table = this->allocate(member_table_size, member_table_alignment, Fill::none);
  if (!table) return std::unexpected(table.error());
  // Who frees it knows the table alone.
  keep_the_used(*table, [this](Extent rest) { (void)this->deallocate(rest.offset, rest.size); });
  begin_sharing(table->used.offset);
  return {};
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::leave() {
  const auto company = file_lock::prepare_to_leave(file());
  if (!company) {
    leave_as_dead();
    file_lock::leave(file());
    return std::unexpected(company.error());
  }
  const bool last = *company == Company::none;
  if (last) {
    const Extent table = become_last();
    (void)this->deallocate(table.offset, table.size);
  }
  const auto left = last ? end() : leave_to_others();
  file_lock::leave(file());
  return left;
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::close() {
  registration_.end();
  ghosts::forget(memory_.data(), memory_.size());
  if (!std::exchange(open_, false) || !memory_.on_disk() || foreign()) return {};
  return is_member() ? leave() : end();
}

// The list may be made anew, with descriptors where free bytes are poisoned.
template <WordStore Store>
std::expected<void, Error> LiveState<Store>::take_over() {
  if (!foreign()) return {};
  ghosts::forget(memory_.data(), memory_.size());
  untouched_.start(geometry_.capacity());  // the parent may have written anywhere
  const auto taken = Owned::take_over();
  know_listed();
  poison();
  return taken;
}

// Free bytes have no owner.
template <WordStore Store>
void LiveState<Store>::poison() const {
  if (!ghosts::active || this->shared()) return;
  store_.release(extent_between(allocator_.cursor().allocated(), geometry_.capacity()));
  allocator_.segments().walk([&](Extent segment) { store_.release(segment); });
}

// What no list that is trusted says is free counts as live.
template <WordStore Store>
void LiveState<Store>::find_live() {
  if (!checked || this->shared()) return;
  live_.start(geometry_.data_offset(), geometry_.capacity());
  if (recovery_.opening == Recovery::Opening::untrusted) return;
  const Structure structure = examine(view(), {});
  live_.cut(structure.allocated);
  for (const ListedSegment& segment : structure.free) {
    (void)live_.gives(segment.extent);
    (void)live_.gives({segment.descriptor, descriptor_size});
  }
  for (const Offset descriptor : structure.spare) (void)live_.gives({descriptor, descriptor_size});
}

// The bytes of a plan may be poisoned as free, and what is free afterwards is poisoned again.
template <WordStore Store>
template <class Planner>
std::expected<void, Error> LiveState<Store>::carry_out_alone(Planner planner) {
  if (const auto alone = check_alone(); !alone) return alone;
  const CheckedSegments::Alone alone(live_);
  const auto carried = within_heap([&]() -> std::expected<void, Error> {
    const std::expected<ListChange, Error> change = planner();
    if (!change) return std::unexpected(change.error());
    std::optional<ListHints> hints;
    if (change->kind == ListChange::Kind::anew) hints.emplace(geometry_);
    const Size top = allocated();
    ghosts::forget(memory_.data(), memory_.size());
    untouched_.give_up({null_offset, top});
    carry_out(change->plan.writes(), store_);
    if (hints) {
      allocator_.segments().walk([&](Extent segment) { hints->add(segment); });
      hints->write(store_);
    } else if (change->kind == ListChange::Kind::emptied) {
      ListHints::write_none(store_, geometry_, top);
    } else {
      change_hints(*change);
    }
    know_listed(change->end);
    return {};
  });
  if (carried) poison();
  return carried;
}

// Nothing is adjacent that was not. What ends at the cursor now was below it before, which a refused request sees by the
// cursor.
template <WordStore Store>
void LiveState<Store>::change_hints(const ListChange& change) const {
  const Hints<Store> hints(store_, geometry_);
  for (const Extent segment : change.gone) hints.removed(segment);
  for (const Extent segment : change.come) hints.adding(segment);
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::rebuild(std::span<const Extent> live) {
  return carry_out_alone([&]() -> std::expected<ListChange, Error> {
    const auto all = live_with_roots(view(), allocated(), live);
    if (!all) return std::unexpected(all.error());
    auto plan = plan_rebuild(view(), *all);
    if (!plan) return std::unexpected(plan.error());
    live_.start(*all);
    return ListChange{.plan = *std::move(plan), .kind = ListChange::Kind::anew, .end = geometry_.capacity()};
  });
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::compact_freelist() {
  return carry_out_alone([&]() -> std::expected<ListChange, Error> {
    const auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    Plan plan = plan_compaction(view(), *structure, kept_descriptors(options_));
    return ListChange{.plan = std::move(plan), .kind = ListChange::Kind::anew, .end = geometry_.capacity()};
  });
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::rewind(std::int64_t position) {
  const Size top = allocated();
  const auto rewound = carry_out_alone([&]() -> std::expected<ListChange, Error> {
    if (position < static_cast<std::int64_t>(geometry_.data_offset()) || position > top)
      return std::unexpected(Error{.code = ErrorCode::out_of_range,
                                   .asked = static_cast<std::uint64_t>(position),
                                   .there = top,
                                   .at = geometry_.data_offset()});
    epochs_.prepare();
    const auto to = static_cast<Offset>(position);
    std::optional<Offset> listed = listed_.known(store_, geometry_);
    if (options_.freelist == Freelist::none || to == top)
      return without_roots_above(to, plan_lowering(view(), to, listed.value_or(to)));
    if (!listed) listed = end_of_lists(view());
    if (listed && *listed <= to) return without_roots_above(to, plan_lowering(view(), to, *listed));
    const auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    return without_roots_above(to, plan_rewind(view(), *structure, to, kept_descriptors(options_)));
  });
  if (rewound && position < top) give_up_above(static_cast<Offset>(position));
  return rewound;
}

template <WordStore Store>
std::expected<ListChange, Error> LiveState<Store>::without_roots_above(Offset position, ListChange change) const {
  if (view().load(geometry_.directory()) == null_offset) return change;
  auto plan = plan_cut_of_directory(view(), allocated(), position);
  if (!plan) return std::unexpected(plan.error());
  plan->add_all(change.plan);
  change.plan = *std::move(plan);
  return change;
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::clear() {
  const auto cleared = carry_out_alone([&]() -> std::expected<ListChange, Error> {
    epochs_.prepare();
    Plan plan;
    if (view().load(geometry_.directory()) != null_offset) plan.set(geometry_.directory(), null_offset);
    plan.add_all(plan_clear(view()));
    return ListChange{.plan = std::move(plan), .kind = ListChange::Kind::emptied};
  });
  if (!cleared) return cleared;
  give_up_above(static_cast<Offset>(geometry_.data_offset()));
  reserve();
  know_listed();
  return {};
}

template <WordStore Store>
std::expected<Offset, Error> LiveState<Store>::find_root(std::string_view name, const TypeTag& type) const {
  return roots_.ask([&]() -> std::expected<Offset, Error> {
    const auto found = rarena::detail::find_root(view(), allocated(), name, type);
    if (!found) return std::unexpected(found.error());
    return found->head.object;
  });
}

template <WordStore Store>
std::expected<std::vector<NamedRoot>, Error> LiveState<Store>::roots() const {
  return roots_.ask([&] { return list_roots(view(), allocated()); });
}

// Everything, because the object may have allocated more than its segment.
template <WordStore Store>
std::expected<void, Error> LiveState<Store>::publish_root(const FoundEntry& entry) const {
  if (const auto owned = check_owned(); !owned) return owned;
  return roots_.publish(store_, view(), [this] { return allocated(); }, entry, [this] { return this->flush_all(); });
}

template <WordStore Store>
std::expected<FoundEntry, Error> LiveState<Store>::take_out_root(std::string_view name, const TypeTag& type) const {
  if (const auto owned = check_owned(); !owned) return std::unexpected(owned.error());
  return roots_.take_out(
      store_, view(), [this] { return allocated(); }, name, type, [&](Extent range) { return Owned::flush(range); });
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::drop_roots() const {
  if (const auto owned = check_owned(); !owned) return owned;
  if (const auto dropped = roots_.drop(store_, geometry_); !dropped) return dropped;
  return make_roots_durable();
}

// What makes a smaller file sound is durable before it is smaller.
template <WordStore Store>
std::expected<void, Error> LiveState<Store>::truncate(std::uint64_t capacity) {
  if (const auto alone = check_alone(); !alone) return alone;
  if (!memory_.on_disk()) return std::unexpected(Error{.code = ErrorCode::not_a_file});
  const auto size = size_of(capacity);
  if (!size) return std::unexpected(size.error());
  const std::uint64_t least = std::max<std::uint64_t>(allocated(), geometry_.data_offset() + 1);
  if (capacity < least) return std::unexpected(Error{.code = ErrorCode::capacity_too_small, .asked = least, .there = capacity});
  if (const auto good = check_disk(); !good) return good;
  ghosts::forget(memory_.data(), memory_.size());
  const auto resized = resize(*size);
  if (resized) {
    allocator_ = allocator_over(store_, geometry_, options_);
    registration_.move_to(this->data());
  }
  poison();
  return resized;
}

template <WordStore Store>
std::expected<void, Error> LiveState<Store>::remove_on_drop(bool remove) {
  if (const auto alone = check_alone(); !alone) return alone;
  if (!memory_.on_disk()) return std::unexpected(Error{.code = ErrorCode::not_a_file});
  return remove_at_end(remove);
}

// The shipped ones. That is half of what it takes to compile a program.
RARENA_COMPILED_ONCE(extern template class LiveState<AtomicStore>; extern template class LiveState<PlainStore>;)

}  // namespace rarena::detail
