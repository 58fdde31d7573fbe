#include "fork.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/recovery/index_region.hpp"

namespace rarena::models::crash {

namespace {

constexpr std::uint32_t parent_number = 1, child_number = 2;

Fingerprint print_of(const Bytes& file, const Geometry& g, std::uint64_t kept, unsigned claim) {
  Fingerprint print = fingerprint(largest_memory, kept);
  print ^= fingerprint(largest_memory + 1, claim);
  for (Size at = 0; at < g.capacity(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, file.data.data() + at, sizeof word);
    print ^= fingerprint(at, word);
  }
  return print;
}

// What is owned when all has happened, by whoever.
std::vector<Extent> live_at_end(const Image& image, const History& history) {
  std::vector<Extent> live;
  for (const Owned& o : image.owners())
    if (o.owner != owner_stopped) live.push_back(o.segment);
  for (const auto& marks : history.threads)
    for (const Mark& mark : marks) {
      if (mark.moment == Moment::live) live.push_back(mark.extent);
      if (mark.moment == Moment::freed) live.erase(std::ranges::find(live, mark.extent));
    }
  return live;
}

std::uint64_t units_of(const std::vector<Extent>& live, const Units& units) {
  std::uint64_t all = 0;
  for (const Extent segment : live) all |= units.bits(segment);
  return all;
}

}  // namespace

// Both, and the file that they share. Each step is what OwnedState does.
class Fork::Processes {
 public:
  Processes(Fork& fork, const Bytes& memory, const std::vector<Extent>& live) : fork_(fork), bytes_(memory), live_(live) {
    const std::uint64_t generation = word_at(bytes_, fork.geometry_, fork.geometry_.generation().place);
    parent_ = {.number = parent_number, .owner = {generation, parent_number}, .watched = true};
    child_ = {.number = child_number, .owner = {generation, parent_number}, .watched = false};
  }

  // What is wrong if both are killed behind one of the step's writes.
  std::string take(Step step) {
    Bytes written = bytes_;
    Tape tape;
    const std::uint64_t before = kept();
    apply(step, tape);
    for (const Tape::Entry& entry : tape.entries) {
      note(entry.moment);
      if (!entry.moment) put_word(written, fork_.geometry_, entry.place, entry.value);
      if (std::string wrong = killed(written, before & kept()); !wrong.empty()) return wrong;
    }
    if (ending_ != nullptr) ending_->watched = false;
    ending_ = nullptr;
    return killed(bytes_, kept());
  }

 private:
  struct Process {
    std::uint32_t number = 0;
    Owner owner = {};
    bool watched = false;  // the system notes its death
    bool open = true;
  };

  std::uint64_t kept() const { return units_of(live_, fork_.image_.units()); }
  void apply(Step step, Tape& tape) {
    switch (step) {
      case Step::parent_frees: return free(parent_, tape);
      case Step::parent_closes: return end(parent_, tape);
      case Step::child_frees: return free(child_, tape);
      case Step::child_closes: return end(child_, tape);
      case Step::child_takes_over: return take_over(child_, tape);
    }
  }
  bool may_change(const Process& process, Defect lie) const {
    return (lie != Defect::none && fork_.defect_ == lie) ||
           !process.owner.foreign_to(process.number, [&] { return generation(); });
  }
  std::uint64_t generation() const { return word_at(bytes_, fork_.geometry_, fork_.geometry_.generation().place); }

  // Of a child that must not, the segments stay live: they are its parent's.
  void free(const Process& process, Tape& tape) {
    if (!process.open || !may_change(process, process.number == child_number ? Defect::child_frees : Defect::none)) return;
    const auto allocator = make_allocator(TapeStore(bytes_, fork_.geometry_, tape), fork_.geometry_, fork_.image_.kind(),
                                          Tuning{.maximum_retries = 0, .slab = fork_.slab_});
    for (const Extent segment : live_) (void)allocator.deallocate(segment);
    if (!process.owner.foreign_to(process.number, [&] { return generation(); })) live_.clear();
  }
  void end(Process& process, Tape& tape) {
    if (!process.open) return;
    process.open = false;
    DiskRecord disk;
    if (may_change(process, process.number == parent_number ? Defect::parent_seals : Defect::none))
      (void)close(bytes_, fork_.geometry_, disk, tape);
    else if (process.watched)
      TapeStore(bytes_, fork_.geometry_, tape)
          .store(fork_.geometry_.witness(process.owner.generation), std::uint32_t{0}, Site::witness_store);
    ending_ = &process;
  }
  void take_over(Process& process, Tape& tape) {
    if (!process.open || !process.owner.can_be_taken_over_by(process.number, generation())) return;
    const MemoryView view(bytes_.data.data(), fork_.geometry_);
    auto structure = examine_sound(view);
    if (!structure) return;
    const Left left{Recovery::Opening::clean, Doubt::none};
    const Recovered recovered = recover(view, *std::move(structure), left, boot(Reopening::writing_boot));
    process.owner = {next_generation(view), process.number};
    process.watched = true;
    const TapeStore store(bytes_, fork_.geometry_, tape);
    store.store(fork_.geometry_.witness(process.owner.generation), living_thread, Site::witness_store);
    (void)carry_out_durably(recovered.plan.writes(), store, TapeDisk(tape), fork_.geometry_);
    ListHints(fork_.geometry_, recovered.structure).write(store);
    tape.entries.push_back({.moment = Moment::opened});
    claim_ = Claim::none;  // the plan seals before it marks
  }

  void note(std::optional<Moment> moment) {
    const bool childs = child_.watched || child_.owner.process == child_number;
    if (moment == Moment::opened) claim_ = Claim::open;
    if (moment == Moment::closing && (!childs || !child_.open)) claim_ = Claim::none;
    if (moment == Moment::closed && (!childs || !child_.open)) claim_ = Claim::closed;
  }
  std::string killed(Bytes file, std::uint64_t kept) const {
    for (const Process* process : {&parent_, &child_})
      if (process->watched) note_death(file, fork_.geometry_, process->owner.generation);
    return fork_.judge(file, kept, claim_);
  }

  Fork& fork_;
  Bytes bytes_;
  std::vector<Extent> live_;
  Process parent_, child_;
  Process* ending_ = nullptr;  // whose death the system notes until it has come to its end
  Claim claim_ = Claim::open;
};

Fork::Fork(const Image& image, unsigned slab, Defect defect)
    : image_(image), geometry_(image.geometry()), slab_(slab), defect_(defect), reopening_(image, slab, defect) {}

std::string Fork::judge(Bytes file, std::uint64_t kept, Claim claim) {
  ++counters_.cuts;
  if (!judged_.insert(print_of(file, geometry_, kept, static_cast<unsigned>(claim))).second) return "";
  return reopening_.in_the_same_boot(file, kept, claim);
}

// Every order of the steps, of which those that come behind a kill do not matter.
std::string Fork::run(const Bytes& memory, const std::vector<Extent>& live) {
  constexpr std::array<const char*, 5> names = {"the parent frees", "the parent closes", "the child frees", "the child closes",
                                                "the child takes over"};
  std::array<Step, 5> steps = {Step::parent_frees, Step::parent_closes, Step::child_frees, Step::child_closes,
                               Step::child_takes_over};
  do {
    Processes processes(*this, memory, live);
    std::string order;
    for (const Step step : steps) {
      order += std::string(order.empty() ? "" : ", ") + names[static_cast<std::size_t>(step)];
      if (const std::string wrong = processes.take(step); !wrong.empty())
        return fmt::format("{}; killed when {}", wrong, order);
    }
  } while (std::ranges::next_permutation(steps).found);
  return "";
}

std::string Fork::operator()(History history) {
  ++counters_.executions;
  Snapshot memory(open_file_of(image_, boot(Reopening::writing_boot)), geometry_);
  for (unsigned t = 0; t < history.count(); ++t)
    for (const Mark& mark : history.threads[t]) memory.take(mark, t);
  const auto live = live_at_end(image_, history);
  if (!forked_.insert(print_of(memory.bytes(), geometry_, units_of(live, image_.units()), 0)).second) return "";
  return run(memory.bytes(), live);
}

Counters Fork::counters() const {
  Counters all = counters_;
  all.files = judged_.size();
  all.recoveries = reopening_.recoveries();
  return all;
}

}  // namespace rarena::models::crash
