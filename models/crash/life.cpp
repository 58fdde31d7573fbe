#include "life.hpp"

#include <algorithm>

namespace rarena::models::crash {

namespace {

bool stopped_in(const Image& image) {
  return std::ranges::any_of(image.owners(), [](const Owned& o) { return o.owner == owner_stopped; });
}

// `writes`: before and behind the tape.
std::vector<Mark> marks_of(const Tape& tape, WriteCounts& writes) {
  std::vector<Mark> marks;
  for (const Tape::Entry& entry : tape.entries) {
    if (entry.moment)
      marks.push_back({.moment = entry.moment, .extent = entry.extent});
    else
      marks.push_back({.order = ++writes[entry.place], .place = entry.place, .value = entry.value});
  }
  return marks;
}

}  // namespace

Life::Life(const Image& image, unsigned slab, Mode mode, Defect defect)
    : image_(image), geometry_(image.geometry()), mode_(mode), defect_(defect), reopening_(image, slab, defect) {
  if (mode == Mode::create)
    create();
  else
    open();
}

// Everything that is not zero is written, whatever order; then as LiveState::begin_fresh.
void Life::create() {
  const Bytes made = open_file_of(image_, boot(Reopening::writing_boot));
  Bytes file = start_;
  Tape tape;
  const TapeStore store(file, geometry_, tape);
  for (Place at = 0; at < static_cast<Place>(geometry_.capacity()); at += is_wide(geometry_, at) ? 8 : 4) {
    const std::uint64_t value = word_at(made, geometry_, at);
    if (value != 0) store.store(Word<std::uint64_t>{at}, value, Site::plan_count);
  }
  const Tape::Entry named{.moment = Moment::named};
  const bool early = defect_ == Defect::named_first;
  if (early) tape.entries.push_back(named);
  (void)name_durably(TapeDisk(tape), {0, image_.cursor()}, [&]() -> std::expected<void, Error> {
    if (!early) tape.entries.push_back(named);
    return {};
  });
  tape.entries.push_back({.moment = Moment::opened});
  opening_ = marks_of(tape, writes_);
}

void Life::open() {
  if (stopped_in(image_)) {
    start_ = open_file_of(image_, boot(Reopening::writing_boot));
    return;
  }
  start_ = closed_file_of(image_);
  Bytes opened = start_;
  Tape tape{.entries = {}, .deaf_flushes = defect_ == Defect::no_marker_flush ? 1 : 0};
  (void)reopening_.open(opened, Reopening::writing_boot, tape);
  tape.entries.push_back({.moment = Moment::opened});
  opening_ = marks_of(tape, writes_);
  ++generation_;
}

History Life::failed_opening() const {
  Bytes opened = start_;
  Tape tape{.entries = {}, .fails = 1};
  (void)reopening_.open(opened, Reopening::writing_boot, tape);
  History history{.threads = std::vector<std::vector<Mark>>(1)};
  WriteCounts writes;
  history.append(marks_of(tape, writes));
  return history;
}

Bytes Life::memory_behind(const History& threads) const {
  Snapshot memory(start_, geometry_);
  for (unsigned t = 0; t < threads.count(); ++t)
    for (const Mark& mark : threads.threads[t]) memory.take(mark, t);
  return memory.bytes();
}

Size Life::smaller(const History& threads) const {
  if (mode_ != Mode::shrink) return geometry_.capacity();
  const auto cursor = static_cast<Size>(word_at(memory_behind(threads), geometry_, geometry_.cursor().place));
  return std::min(geometry_.capacity(), std::max(cursor, static_cast<Size>(geometry_.data_offset()) + granule));
}

History Life::opened(History threads) const {
  threads.prepend(opening_);
  return threads;
}

History Life::whole(History threads, DiskRecord& disk, int fails) const {
  threads = opened(std::move(threads));
  threads.append(end(threads, disk, fails));
  return threads;
}

std::vector<Mark> Life::end(const History& threads, DiskRecord& disk, int fails) const {
  Bytes bytes = memory_behind(threads);
  Tape tape{.entries = {}, .fails = fails};
  const Size capacity = smaller(threads);
  if (capacity < geometry_.capacity()) shrink(bytes, capacity, disk, tape);
  if (defect_ == Defect::no_close_flush) tape.deaf_flushes = 1;
  (void)close(bytes, geometry_.resized(capacity), disk, tape);
  WriteCounts writes = writes_;
  for (const auto& marks : threads.threads)
    for (const Mark& mark : marks)
      if (mark.is_write()) writes[mark.place] = std::max(writes[mark.place], mark.order);
  return marks_of(tape, writes);
}

// As OwnedState::resize.
void Life::shrink(Bytes& bytes, Size capacity, DiskRecord& disk, Tape& tape) const {
  const Tape::Entry resized{.moment = Moment::resized, .extent = {0, capacity}};
  const bool early = defect_ == Defect::shrinks_first;
  if (early) tape.entries.push_back(resized);
  const MemoryView view(bytes.data.data(), geometry_);
  (void)disk.prepare_shrinking(TapeDisk(tape), view, capacity, TapeStore(bytes, geometry_, tape));
  if (!early) tape.entries.push_back(resized);
}

std::expected<void, Error> close(Bytes& bytes, const Geometry& geometry, DiskRecord& disk, Tape& tape) {
  const TapeStore store(bytes, geometry, tape);
  const MemoryView view(bytes.data.data(), geometry);
  const auto before = static_cast<std::ptrdiff_t>(tape.entries.size());
  const std::uint64_t generation = view.annex().generation;
  auto sealed = disk.check(view, store);
  if (sealed) {
    const Closing closing = plan_closing(view, examine(view, {}));
    carry_out(closing.plan.writes(), store);
    sealed = disk.seal(TapeDisk(tape), view, closing.lists, store);
  }
  const auto seals = [&](const Tape::Entry& e) { return !e.moment && e.place == geometry.seal().place; };
  const auto seal = std::find_if(tape.entries.begin() + before, tape.entries.end(), seals);
  if (seal != tape.entries.end()) tape.entries.insert(seal, {.moment = Moment::closing});
  if (sealed) {
    tape.entries.push_back({.moment = Moment::closed});
    for (const auto word : {geometry.boot(), geometry.device(), geometry.file()})
      store.store(word, std::uint32_t{0}, Site::plan_count);
  }
  store.store(geometry.witness(generation), std::uint32_t{0}, Site::witness_store);
  return sealed;
}

}  // namespace rarena::models::crash
