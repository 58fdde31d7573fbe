// The life of an arena's state: how it begins, is taken over by another process, resized, and closed. The second half of
// state.hpp, which includes it at its end.
//
// The rule: the world may fail at any call, and nothing is lost or silent. A beginning that fails leaves the file as it was, or
// no file; a flush that fails is remembered for good; what is not sealed says why to the next opening.
//
// Thread safety, progress: state.hpp. Invariants: REC-1 to REC-3 (the seal; plans; the order of flushes).
#pragma once

#include "state.hpp"

namespace rarena {

template <WordStore Store>
ArenaState<Store>::ArenaState(Opened opened, const Options& options, std::optional<std::filesystem::path> path) noexcept
    : memory_(std::move(opened.memory)), geometry_(opened.geometry), options_(options),
      alignment_limit_(opened.alignment_limit), path_(std::move(path)), recovery_(opened.recovery),
      structure_(std::move(opened.structure)), identity_(opened.identity), name_(std::move(opened.name)),
      plan_(std::move(opened.plan)), undo_(std::move(opened.undo)), store_(memory_.data()),
      allocator_(allocator_over(store_, geometry_, options)) {}

template <WordStore Store>
ArenaState<Store>::~ArenaState() {
  live_.end_of_arena();
  (void)close();
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::begin() {
  if (read_only()) return {};
  if (recovery_.opening == Recovery::Opening::fresh) {
    if (const auto begun = begin_fresh(); !begun) return begun;
  } else {
    find_live();
    if (const auto writable = memory_.file()->allow_writing(); !writable) return writable;
    if (memory_.on_disk()) become_owner(next_generation(view()));
    if (const auto written = write_opening(plan_, undo_); !written) return written;
    poison();
  }
  plan_ = undo_ = {};
  name_.reset();
  open_ = true;
  return {};
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::begin_fresh() {
  format();
  if (memory_.on_disk()) become_owner(view().annex().generation);
  poison();
  reserve();
  if (!name_) return {};
  return name_durably(memory_, {0, allocated()}, [this] { return memory_.file()->give_name(*name_); });
}

template <WordStore Store>
void ArenaState<Store>::become_owner(std::uint64_t generation) {
  owner_ = {.generation = generation, .process = process::number()};
  recovery_.witnessed = (witness_.begin(witness_cell()) & unwitnessed) == 0;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::write_opening(const Plan& plan, const Plan& undo) {
  const auto written = carry_out_durably(plan.writes(), store_, memory_, geometry_);
  if (!written) {
    carry_out(undo.writes(), store_);
    witness_.withdraw();
  }
  return written;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::take_over() {
  if (read_only() || !foreign()) return {};
  if (!owner_.can_be_taken_over_by(process::number(), store_.load(geometry_.generation(), Site::owner_load)))
    return std::unexpected(Error{.code = ErrorCode::other_process});
  if (const auto good = disk_.check(view(), store_); !good) return good;
  const auto now = memory_.file()->identity();
  if (!now) return std::unexpected(now.error());
  const Owner before = owner_;
  try {
    auto structure = examine_sound(view());
    if (!structure) return std::unexpected(structure.error());
    const Recovered recovered = recover(view(), *std::move(structure), {Recovery::Opening::clean, Doubt::none}, *now);
    become_owner(next_generation(view()));
    const auto written = write_opening(recovered.plan, recovered.undo);
    if (written) return {};
    owner_ = before;
    return disk_.failed(written.error(), store_, geometry_);  // the owner's flushes will not say so
  } catch (const std::bad_alloc&) {
    return std::unexpected(system_error(ENOMEM));
  }
}

template <WordStore Store>
void ArenaState<Store>::format() const {
  const auto prefix_bytes =
      encode(Prefix{.freelist = static_cast<std::uint8_t>(options_.freelist), .magic_version = options_.magic_version});
  Header header{.free_head = 0,
                .spare_head = 0,
                .allocated = static_cast<std::uint32_t>(geometry_.data_offset()),
                .discarded = 0,
                .min_segment_size = static_cast<Size>(options_.minimum_segment_size),
                .seal = 0};
  if (geometry_.has_annex()) {
    Annex annex{};
    annex.size = annex_size;
    annex.capacity = geometry_.capacity();
    if (memory_.on_disk()) {
      const IdentityMarks marks = identity_ ? marks_of(*identity_) : IdentityMarks{};
      annex.generation = 1;
      annex.boot = marks.boot;
      annex.device = marks.device;
      annex.file = marks.file;
      header.seal = dirty_marker(annex.generation, marks);
    }
    std::memcpy(data() + geometry_.annex(), &annex, sizeof annex);
  }
  std::memcpy(data() + geometry_.header(), &header, sizeof header);
  std::memcpy(data() + geometry_.prefix(), prefix_bytes.data(), prefix_bytes.size());
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::close() {
  ghosts::forget(memory_.data(), memory_.size());
  if (!std::exchange(open_, false) || !memory_.on_disk() || foreign()) return {};
  const auto sealed = seal();
  witness_.end();
  return sealed;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::seal() {
  if (const auto good = disk_.check(view(), store_); !good) return good;
  const auto examined = examine_all(view());
  if (!examined) {
    // All is there, only the seal is not: as if the process had died here.
    witness_.end();
    store_.store(geometry_.witness(owner_.generation), owner_died, Site::witness_store);
    return std::unexpected(examined.error());
  }
  if (examined->wrong) {
    doubt(AnnexState::lists_damaged, store_, geometry_);
    (void)memory_.flush({0, allocated()});
    return std::unexpected(*examined->wrong);
  }
  if (const auto sealed = disk_.seal(memory_, view(), examined->structure.sum.value(), store_); !sealed) return sealed;
  for (const auto word : {geometry_.boot(), geometry_.device(), geometry_.file()})
    store_.store(word, std::uint32_t{0}, Site::plan_count);
  return {};
}

// What makes a smaller file sound is durable before it is smaller.
template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::truncate(std::uint64_t capacity) {
  if (const auto writable = check_writable(); !writable) return writable;
  if (!memory_.on_disk()) return std::unexpected(Error{.code = ErrorCode::not_a_file});
  constexpr Size largest = std::numeric_limits<Size>::max();
  if (capacity > largest) return std::unexpected(Error{.code = ErrorCode::size_too_large, .asked = largest, .there = capacity});
  const std::uint64_t least = std::max<std::uint64_t>(allocated(), geometry_.data_offset() + 1);
  if (capacity < least) return std::unexpected(Error{.code = ErrorCode::capacity_too_small, .asked = least, .there = capacity});
  if (const auto good = disk_.check(view(), store_); !good) return good;
  ghosts::forget(memory_.data(), memory_.size());
  const auto resized = resize(static_cast<Size>(capacity));
  poison();
  return resized;
}

template <WordStore Store>
std::expected<void, Error> ArenaState<Store>::resize(Size capacity) {
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
  geometry_ = Geometry::unified(geometry_.reserved(), capacity);
  store_ = Store(memory_.data());
  allocator_ = allocator_over(store_, geometry_, options_);
  witness_.move_to(witness_cell());
  record(capacity);
  return {};
}

}  // namespace rarena
