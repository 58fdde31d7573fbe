#include "models/operations/expected_arena.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/memory/mapping.hpp"

namespace rarena::operations {

namespace {

using Kind = Operation::Kind;

Extent extent_between(std::uint64_t begin, std::uint64_t end) {
  return {static_cast<Offset>(begin), static_cast<Size>(end - begin)};
}

constexpr std::uint64_t alignment_of(std::uint8_t choice) {
  if (choice == Operation::alignment_zero) return 0;
  return choice == Operation::alignment_three ? 3 : std::uint64_t{1} << choice;
}

}  // namespace

Options options_of(const Setting& s) {
  return {.capacity = s.capacity,
          .reserved = s.reserved,
          .maximum_alignment = s.alignment,
          .minimum_segment_size = s.minimum,
          .maximum_retries = s.retries,
          .unify = s.unify,
          .freelist = s.freelist,
          .reuse = s.reuse,
          .merging = s.merging,
          .index = s.index,
          .descriptor_reserve = s.reserve};
}

std::expected<ExpectedArena, Error> ExpectedArena::make(const Setting& setting) {
  auto arena = ReferenceArena::make(options_of(setting), setting.backing, static_cast<Size>(detail::page_size()));
  if (!arena) return std::unexpected(arena.error());
  return ExpectedArena(setting, std::move(*arena));
}

std::uint64_t ExpectedArena::live_bytes() const {
  std::uint64_t sum = 0;
  for (const Extent e : live_) sum += e.size;
  return sum;
}

// One for each sequence of answers that is asked for: the answers of one, with each "no" behind its last "yes" made a "yes".
std::vector<ExpectedArena::Possible> ExpectedArena::possible(const Operation& operation) const {
  std::vector<Possible> all;
  std::vector<std::uint32_t> answers = {0};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Possible one{{}, *this};
    one.calls = one.after.apply(operation, answers[i]);
    const unsigned asked = one.after.arena_.asked();
    for (auto at = static_cast<unsigned>(std::bit_width(answers[i])); at < asked; ++at)
      answers.push_back(answers[i] | 1U << at);
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<Call> ExpectedArena::apply(const Operation& operation, std::uint32_t merges) {
  arena_.answer(merges);
  const auto size = static_cast<Size>(operation.amount);
  switch (operation.kind) {
    case Kind::allocate: return {allocate(operation)};
    case Kind::free:
    case Kind::free_front:
    case Kind::free_back:
    case Kind::free_split: return free(operation);
    case Kind::give_up: return live_.empty() ? std::vector<Call>() : std::vector{give_up(operation)};
    case Kind::free_outside: return {dealloc({arena_.allocated(), std::max<Size>(size, 1)})};
    case Kind::discard_freelist: return {{.name = Call::Name::discard_freelist, .bytes = arena_.discard_freelist()}};
    case Kind::minimum:
      return {{.name = Call::Name::set_minimum,
               .size = operation.amount,
               .result = arena_.set_minimum_segment_size(operation.amount)}};
    case Kind::flush:
      return {{.name = Call::Name::flush, .extent = live_.empty() ? Extent{} : live_[operation.choice % live_.size()]}};
    case Kind::clear:
      arena_.clear();
      live_.clear();
      return {{.name = Call::Name::clear}};
    case Kind::rewind_keep:
    case Kind::rewind_start:
    case Kind::rewind_end:
    case Kind::rewind_down: return {rewind(operation)};
    case Kind::merge: return {{.name = Call::Name::merge, .bytes = static_cast<Size>(arena_.merge())}};
    case Kind::compact: arena_.compact_freelist(); return {{.name = Call::Name::compact}};
    case Kind::rebuild:
    case Kind::rebuild_twice:
    case Kind::rebuild_outside: return {rebuild(operation)};
    case Kind::truncate:
      return {{.name = Call::Name::truncate, .size = operation.amount, .result = arena_.truncate(operation.amount)}};
    case Kind::reopen:
    case Kind::crash:
    case Kind::power_loss:
    case Kind::copied: return arena_.backing() == Backing::file ? std::vector{open_again(operation)} : std::vector<Call>();
  }
  std::unreachable();
}

Call ExpectedArena::allocate(const Operation& operation) {
  Call call{.name = Call::Name::allocate,
            .size = operation.amount,
            .alignment = alignment_of(operation.choice),
            .zero = operation.zero};
  const auto granted = arena_.allocate(call.size, call.alignment);
  if (!granted) {
    call.result = std::unexpected(granted.error());
    return call;
  }
  call.granted = *granted;
  if (!granted->segment.empty()) live_.push_back(granted->segment);
  return call;
}

Call ExpectedArena::dealloc(Extent bytes) {
  return {.name = Call::Name::dealloc, .extent = bytes, .result = arena_.dealloc(bytes)};
}

std::vector<Call> ExpectedArena::free(const Operation& operation) {
  if (live_.empty()) return {};
  const auto at = live_.begin() + operation.choice % static_cast<std::ptrdiff_t>(live_.size());
  const Extent whole = *at;
  const std::uint64_t part = operation.amount % (std::uint64_t{whole.size} + 1);
  const std::uint64_t cut = operation.kind == Kind::free_back ? whole.end() - part : whole.offset + part;
  const Extent front = extent_between(whole.offset, cut), back = extent_between(cut, whole.end());
  *at = operation.kind == Kind::free_front ? back : operation.kind == Kind::free_back ? front : Extent{};
  std::erase_if(live_, [](Extent e) { return e.empty(); });
  switch (operation.kind) {
    case Kind::free: return {dealloc(whole)};
    case Kind::free_front: return {dealloc(front)};
    case Kind::free_back: return {dealloc(back)};
    default: {
      Call first = dealloc(front);
      return {std::move(first), dealloc(back)};
    }
  }
}

// More than the accounts leave room for cannot be counted as discarded; then it stays live.
Call ExpectedArena::give_up(const Operation& operation) {
  const auto at = live_.begin() + operation.choice % static_cast<std::ptrdiff_t>(live_.size());
  Call call{.name = Call::Name::increase_discarded, .size = at->size, .result = arena_.increase_discarded(at->size)};
  if (call.result) live_.erase(at);
  return call;
}

void ExpectedArena::keep_below(std::uint64_t position) {
  for (Extent& e : live_) e = extent_between(std::min<std::uint64_t>(e.offset, position), std::min(e.end(), position));
  std::erase_if(live_, [](Extent e) { return e.empty(); });
}

Call ExpectedArena::rewind(const Operation& operation) {
  const std::int64_t top = arena_.allocated(), begin = arena_.data_offset();
  const auto amount = static_cast<std::int64_t>(operation.amount);
  Call call{.name = Call::Name::rewind_start, .size = operation.amount};
  std::int64_t position = amount;
  if (operation.kind == Kind::rewind_keep) {
    position = begin + amount % (top - begin + 1);
    call.size = static_cast<std::uint64_t>(position);
  } else if (operation.kind == Kind::rewind_end) {
    call.name = Call::Name::rewind_end;
    position = std::int64_t{arena_.capacity()} - amount;
  } else if (operation.kind == Kind::rewind_down) {
    call.name = Call::Name::rewind_down;
    position = top - amount;
  }
  call.result = arena_.rewind(position);
  if (call.result) keep_below(static_cast<std::uint64_t>(position));
  return call;
}

Call ExpectedArena::rebuild(const Operation& operation) {
  std::vector<Extent> kept = live_;
  if (operation.kind == Kind::rebuild) {
    unsigned number = 0;
    std::erase_if(kept, [&](Extent) { return (operation.choice >> number++ % 8U & 1U) != 0; });
  }
  Call call{.name = Call::Name::rebuild, .live = kept};
  if (operation.kind == Kind::rebuild_twice && !kept.empty()) call.live.push_back(kept[operation.choice % kept.size()]);
  if (operation.kind == Kind::rebuild_outside)
    call.live.push_back({arena_.allocated(), std::max<Size>(static_cast<Size>(operation.amount), 1)});
  call.result = arena_.rebuild(call.live);
  if (call.result) live_ = std::move(kept);
  return call;
}

Call ExpectedArena::open_again(const Operation& operation) {
  if (operation.kind == Kind::reopen || operation.kind == Kind::crash) {
    arena_.open_again();
    return {.name = operation.kind == Kind::reopen ? Call::Name::reopen : Call::Name::crash};
  }
  arena_.drop_lists();
  return {.name = operation.kind == Kind::copied ? Call::Name::copied : Call::Name::power_loss};
}

}  // namespace rarena::operations
