// OwnedState: a memory that a process has for writing. If it is a file: whose it is, what its disk has done, and how it begins,
// changes its owner or its size, and ends.
//
// A file arena belongs to one process: the one that opened it, or the child that took it over last. In every other one its
// handles end without effect, and what would change it has the error other_process. The generation in the annex says who took
// it over last.
//
// Each of the processes that share a file owns it; a child that fork has made does not. The first process opens the file as if
// it were alone, and the last one closes it in the same way (membership.hpp).
//
// The rule: the world may fail at any call, and nothing is lost or silent. A beginning that fails leaves the file as it was, or
// no file; a flush that fails is remembered for good; what is not sealed says why to the next opening.
//
// Thread safety: const members may be called from any number of threads if the store is concurrent; the others only while
// nobody else is using the arena. Progress: blocking (the disk), where nothing else is said.
// Invariants: REC-1 to REC-3 (the seal; plans; the order of flushes).
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>

#include "../memory/file_name.hpp"
#include "../memory/process.hpp"
#include "../memory/witness.hpp"
#include "../recovery/durability.hpp"
#include "../recovery/index_region.hpp"
#include "../words/exceptions.hpp"
#include "membership.hpp"
#include "owner.hpp"
#include "state.hpp"

namespace rarena::detail {

template <WordStore Store>
class OwnedState : public ArenaState {
 public:
  // Whether the arena belongs to another process. Wait-free.
  bool foreign() const {
    return owner_.foreign_to(process::number(), [this] { return store_.load(geometry_.generation(), Site::owner_load); });
  }

 protected:
  OwnedState(Opened&& opened, const Options& options, std::optional<std::filesystem::path>&& path) noexcept
      : ArenaState(std::move(opened), options, std::move(path)), store_(store_here()) {}

  // Error: other_process.
  [[nodiscard]] std::expected<void, Error> check_owned() const {
    if (!foreign()) return {};
    return std::unexpected(Error{.code = ErrorCode::other_process});
  }

  // Whether this process has the arena for itself. Errors: other_process, file_shared.
  [[nodiscard]] std::expected<void, Error> check_alone() const {
    if (this->shared() && !foreign()) return std::unexpected(Error{.code = ErrorCode::file_shared});
    return check_owned();
  }

  // Makes this process the owner. See BasicArena.
  [[nodiscard]] std::expected<void, Error> take_over();
  // This process is the owner of the file, if the memory is one.
  void become_owner(std::uint64_t generation);
  // This process is the first one that shares the file, with a table in bytes that nobody else knows.
  void begin_sharing(Offset table);
  // It is one more. Errors: bad_header, too_many_processes.
  [[nodiscard]] std::expected<void, Error> join_sharing();
  // Whether it is one of those that share the file.
  bool is_member() const { return static_cast<bool>(membership_); }
  // It goes, and others stay. Error: flush_failed, of its own flushes.
  [[nodiscard]] std::expected<void, Error> leave_to_others();
  // It goes without having been behind the gate.
  void leave_as_dead() { membership_.die(store_); }
  // It is the last one, and alone from now on. The bytes of the table.
  Extent become_last();
  // Writes the plan of an opening and makes it durable, and then the hints; after an error everything is as it was.
  [[nodiscard]] std::expected<void, Error> write_opening(const Plan& plan, const Plan& undo, const ListHints& hints);
  // On return the range of allocated bytes is durable, and the header that covers it. Errors: other_process, flush_failed,
  // system.
  [[nodiscard]] std::expected<void, Error> flush(Extent range) const;
  // Whether no flush has failed. Error: flush_failed.
  [[nodiscard]] std::expected<void, Error> check_disk() const { return disk_.check(view(), store_); }
  // Makes memory and file larger or smaller. After an error everything is as it was.
  [[nodiscard]] std::expected<void, Error> resize(Size capacity);
  // Locks the pages of the header, if the options say so. Errors: system, and then they are not.
  [[nodiscard]] std::expected<void, Error> lock_header();
  // Whether the end takes the name of the file away. Errors: as FileName::of.
  [[nodiscard]] std::expected<void, Error> remove_at_end(bool remove);
  // Seals the file as cleanly closed, and ends its life; one that loses its last name is not sealed, because nobody will find
  // it. Errors: flush_failed, system; what is wrong with the lists.
  [[nodiscard]] std::expected<void, Error> end();

  Store store_;

 private:
  // A store over the memory.
  Store store_here() const {
    if constexpr (requires { Store(this->data(), true); })
      return Store(data(), this->shared());
    else
      return Store(data());
  }
  // Whether the file has no name any more. Errors: as FileName::remove_from.
  [[nodiscard]] std::expected<bool, Error> remove_name() const;
  std::byte* witness_cell() { return data() + geometry_.witness(owner_.generation).place; }
  [[nodiscard]] std::expected<void, Error> seal();
  // The lists as they are to be sealed. Errors: system ENOMEM, and then all is there, only the seal is not; what is wrong.
  [[nodiscard]] std::expected<Closing, Error> lists_at_rest();

  Owner owner_;
  Witness witness_;
  Membership membership_;
  mutable std::mutex flushing_;
  mutable DiskRecord disk_;
  std::optional<FileName> name_;  // that the end takes away
};

template <WordStore Store>
void OwnedState<Store>::become_owner(std::uint64_t generation) {
  if (!memory_.on_disk()) return;
  owner_ = {.generation = generation, .process = process::number()};
  recovery_.witnessed = (witness_.begin(witness_cell()) & unwitnessed) == 0;
}

template <WordStore Store>
void OwnedState<Store>::begin_sharing(Offset table) {
  const bool watched = membership_.begin(store_, data(), geometry_, table);
  recovery_.witnessed = recovery_.witnessed && watched;
  witness_.end();
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::join_sharing() {
  const auto watched = membership_.join(store_, data(), view());
  if (!watched) return std::unexpected(watched.error());
  owner_ = {.generation = store_.load(geometry_.generation(), Site::owner_load), .process = process::number()};
  recovery_.witnessed = *watched;
  return {};
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::leave_to_others() {
  const auto good = check_disk();
  membership_.end();
  return good;
}

template <WordStore Store>
Extent OwnedState<Store>::become_last() {
  witness_.begin(witness_cell());
  return membership_.dissolve(store_, geometry_);
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::write_opening(const Plan& plan, const Plan& undo, const ListHints& hints) {
  const auto written = carry_out_durably(plan.writes(), store_, memory_, geometry_);
  if (written) {
    hints.write(store_);
  } else {
    carry_out(undo.writes(), store_);
    witness_.withdraw();
  }
  return written;
}

// Memory that is on no disk has nothing to flush.
template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::flush(Extent range) const {
  if (!memory_.on_disk()) return {};
  if (const auto owned = check_owned(); !owned) return owned;
  // One at a time: the system tells a failed write to one call only, and whoever comes next must know of it.
  const std::scoped_lock flushing(flushing_);
  if (const auto good = check_disk(); !good) return good;
  return disk_.flush(memory_, range, store_, geometry_);
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::take_over() {
  if (!foreign()) return {};
  if (this->shared()) return std::unexpected(Error{.code = ErrorCode::file_shared});
  if (!owner_.can_be_taken_over_by(process::number(), store_.load(geometry_.generation(), Site::owner_load)))
    return std::unexpected(Error{.code = ErrorCode::other_process});
  if (const auto good = check_disk(); !good) return good;
  if (const auto locked = lock_header(); !locked) return locked;
  const auto now = memory_.file()->identity();
  if (!now) return std::unexpected(now.error());
  const Owner before = owner_;
  return within_heap([&]() -> std::expected<void, Error> {
    auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    const Recovered recovered =
        recover(view(), *std::move(structure), {Recovery::Opening::clean, Doubt::none}, *now, kept_descriptors(options_));
    const ListHints hints(geometry_, recovered.structure);
    become_owner(next_generation(view()));
    const auto written = write_opening(recovered.plan, recovered.undo, hints);
    if (written) return {};
    owner_ = before;
    return disk_.failed(written.error(), store_, geometry_);  // the owner's flushes will not say so
  });
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::resize(Size capacity) {
  const auto record = [this](Size size) { store_.store(geometry_.capacity_record(), size, Site::plan_count); };
  if (capacity < geometry_.capacity()) {
    if (const auto prepared = disk_.prepare_shrinking(memory_, view(), capacity, store_); !prepared) return prepared;
  }
  // The old map lives until the witness has moved to the new one.
  const auto old = memory_.file()->resize(capacity);
  if (!old) {
    record(geometry_.capacity());
    if (old.error().code == ErrorCode::flush_failed) return disk_.failed(old.error(), store_, geometry_);
    return std::unexpected(old.error());
  }
  geometry_ = geometry_.resized(capacity);
  base_ = memory_.data();
  store_ = store_here();
  witness_.move_to(witness_cell());
  record(capacity);
  return {};
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::lock_header() {
  if (!options_.lock_meta || !memory_.mapped()) return {};
  if (FileMap* const file = memory_.file(); file != nullptr) return file->keep_locked(header_range(geometry_));
  const Place from = geometry_.prefix(), to = geometry_.header() + Place{header_size};
  return lock_pages(data() + from, static_cast<std::size_t>(to - from));
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::remove_at_end(bool remove) {
  name_.reset();
  if (!remove) return {};
  return within_heap([&]() -> std::expected<void, Error> {
    auto name = FileName::of(*path_, memory_.file()->handle());
    if (!name) return std::unexpected(name.error());
    name_.emplace(*std::move(name));
    return {};
  });
}

template <WordStore Store>
std::expected<bool, Error> OwnedState<Store>::remove_name() const {
  if (!name_) return false;
  return name_->remove_from(memory_.file()->handle());
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::end() {
  const auto nameless = remove_name();
  const auto sealed = nameless.value_or(false) ? std::expected<void, Error>() : seal();
  witness_.end();
  if (!nameless && sealed) return std::unexpected(nameless.error());
  return sealed;
}

template <WordStore Store>
std::expected<Closing, Error> OwnedState<Store>::lists_at_rest() {
  return within_heap([&]() -> std::expected<Closing, Error> {
    const auto examined = examine_all(view());
    if (!examined) return std::unexpected(examined.error());
    if (examined->wrong) return std::unexpected(*examined->wrong);
    return plan_closing(view(), examined->structure);
  });
}

template <WordStore Store>
std::expected<void, Error> OwnedState<Store>::seal() {
  if (const auto good = check_disk(); !good) return good;
  const auto closing = lists_at_rest();
  if (!closing && closing.error().code == ErrorCode::system) {
    // As if the process had died here.
    witness_.end();
    store_.store(geometry_.witness(owner_.generation), owner_died, Site::witness_store);
    return std::unexpected(closing.error());
  }
  if (!closing) {
    doubt(AnnexState::lists_damaged, store_, geometry_);
    (void)memory_.flush({0, view().header().allocated});
    return std::unexpected(closing.error());
  }
  carry_out(closing->plan.writes(), store_);
  if (const auto sealed = disk_.seal(memory_, view(), closing->lists, store_); !sealed) return sealed;
  for (const auto word : {geometry_.boot(), geometry_.device(), geometry_.file()})
    store_.store(word, std::uint32_t{0}, Site::plan_count);
  return {};
}

}  // namespace rarena::detail
