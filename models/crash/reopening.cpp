#include "reopening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/arena/allocator.hpp"
#include "core/arena/opened.hpp"
#include "core/recovery/durability.hpp"
#include "models/scenario/describe.hpp"

namespace rarena::models::crash {

namespace {

// The plan, as the defect makes it.
std::vector<Plan::Write> carried_out(const Plan& plan, const Geometry& g, Defect defect) {
  std::vector<Plan::Write> writes(plan.writes().begin(), plan.writes().end());
  if (defect == Defect::marker_first && !writes.empty()) std::ranges::rotate(writes, writes.end() - 1);
  if (defect == Defect::keeps_marks)
    std::erase_if(writes, [&](const Plan::Write& w) { return w.place >= static_cast<Place>(g.data_offset()); });
  return writes;
}

std::string same_structure(const Structure& said, const Structure& there) {
  const bool same = said.free == there.free && said.spare == there.spare && said.discarded == there.discarded &&
                    said.allocated == there.allocated;
  return same ? "" : "REC-2: recovery reports another list than the one that it leaves";
}

}  // namespace

std::expected<Reopening::Found, Error> Reopening::find(const Bytes& file, unsigned in_boot) const {
  auto examined = examine_all(view(file));
  if (!examined) return std::unexpected(examined.error());
  auto left = left_as(view(file), examined->structure.sum.value(), boot(in_boot));
  if (!left) return std::unexpected(left.error());
  if (defect_ == Defect::trusts_the_list && left->doubt == Doubt::other_boot) *left = {Recovery::Opening::process_died, {}};
  if (defect_ == Defect::trusts_copies && left->doubt == Doubt::copied_open && !examined->wrong)
    *left = {Recovery::Opening::process_died, {}};
  if (const auto wrong = reason_to_refuse(*examined, *left, geometry_)) return std::unexpected(*wrong);
  return Found{std::move(examined->structure), *left};
}

bool Reopening::may_trust(const Bytes& file, unsigned in_boot) const {
  const Annex annex = view(file).annex();
  if (view(file).header().seal != dirty_marker(annex.generation, {annex.boot, annex.device, annex.file})) return true;
  const auto found = find(file, in_boot);
  return !found || found->left.opening != Recovery::Opening::untrusted;
}

std::string Reopening::open(Bytes& file, unsigned in_boot, Tape& tape) const {
  auto found = find(file, in_boot);
  if (!found) return fmt::format("REC-2: the file is refused: {}", found.error().message());
  const Recovered recovered = recover(view(file), std::move(found->structure), found->left, boot(in_boot));
  const TapeStore store(file, geometry_, tape);
  const auto witness = geometry_.witness(next_generation(view(file)));
  const std::uint32_t before = store.load(witness, Site::witness_store);
  store.store(witness, living_thread, Site::witness_store);
  if (!carry_out_durably(carried_out(recovered.plan, geometry_, defect_), store, TapeDisk(tape),
                         geometry_)) {  // as OwnedState does
    carry_out(recovered.undo.writes(), store);
    store.store(witness, before, Site::witness_store);
    return "";
  }
  return same_structure(recovered.structure, examine(view(file), {}));
}

std::string Reopening::check_claim(const Bytes& file, Claim claim, unsigned in_boot) const {
  if (claim == Claim::none) return "";
  const auto found = find(file, in_boot);
  if (!found) return fmt::format("REC-2: the file is refused: {}", found.error().message());
  const bool clean = found->left.opening == Recovery::Opening::clean;
  if (clean && claim == Claim::open) return "REC-2: a file that was open is taken for a closed one";
  if (claim == Claim::copied && found->left.opening != Recovery::Opening::untrusted) return "REC-2: a copy is trusted";
  if (!clean && claim == Claim::closed)
    return fmt::format("REC-2: a file that was closed is not taken for one: {}", describe(found->left.doubt));
  return "";
}

std::string Reopening::judge(const Bytes& file, std::uint64_t kept) const {
  const auto structure = examine_sound(view(file));
  if (!structure) return fmt::format("REC-2: recovery leaves an unsound file: {}", structure.error().message());
  if ((kept & granules_of(structure->allocated, largest_memory)) != 0)
    return fmt::format("REC-2: what must be kept lies above the cursor, {}", structure->allocated);
  const auto taken = [&](Extent part) { return (kept & granules_of(part)) != 0; };
  for (const ListedSegment& segment : structure->free) {
    if (segment.marked) return fmt::format("REC-2: descriptor {} is left marked in the list", segment.descriptor);
    if (taken(segment.extent)) return fmt::format("REC-2: what must be kept is free: {}", describe_extent(segment.extent));
    if (taken({segment.descriptor, descriptor_size}))
      return fmt::format("REC-2: what must be kept is a descriptor: {}", segment.descriptor);
  }
  for (const Offset spare : structure->spare)
    if (taken({spare, descriptor_size})) return fmt::format("REC-2: what must be kept is an unused descriptor: {}", spare);
  return "";
}

// Takes everything there is, and gives it back.
std::string Reopening::use(Bytes file, std::uint64_t kept) const {
  Tape unread;
  const auto allocator =
      make_allocator(TapeStore(file, geometry_, unread), geometry_, kind_, Tuning{.maximum_retries = 0, .slab = slab_});
  std::uint64_t owned = kept;
  std::vector<Extent> mine;
  while (const auto allocation = allocator.allocate({granule, 1})) {
    const Extent segment = allocation->segment;
    if ((owned & granules_of(segment)) != 0)
      return fmt::format("REC-2: after recovery, what is owned was handed out: {}", describe_extent(segment));
    owned |= granules_of(segment);
    mine.push_back(segment);
  }
  if (std::string wrong = judge(file, owned); !wrong.empty()) return wrong + ", when all had been allocated";
  for (const Extent segment : mine)
    if (!allocator.deallocate(segment)) return "REC-2: after recovery, what was allocated cannot be freed";
  std::string wrong = judge(file, kept);
  return wrong.empty() ? wrong : wrong + ", when all had been freed";
}

std::string Reopening::open_and_judge(Bytes& file, std::uint64_t kept, unsigned in_boot, Tape& tape) {
  ++recoveries_;
  std::string wrong = open(file, in_boot, tape);
  return wrong.empty() ? judge(file, kept) : wrong;
}

// Without what every opening writes anew.
Bytes Reopening::without_opening(Bytes file) const {
  for (const Place word :
       {geometry_.seal().place, geometry_.generation().place, geometry_.witness(0).place, geometry_.witness(1).place})
    put_word(file, geometry_, word, 0);
  return file;
}

// The process dies behind each of recovery's writes; the next one opens the file in the same boot.
std::string Reopening::kill_inside(const Bytes& file, const Bytes& opened, std::uint64_t kept, unsigned in_boot,
                                   const Tape& tape) {
  Bytes written = file;
  for (const Tape::Entry& entry : tape.entries) {
    if (entry.moment) break;
    put_word(written, geometry_, entry.place, entry.value);
    Bytes killed = written;
    note_death(killed, geometry_, next_generation(view(file)));
    Tape unread;
    std::string wrong = open_and_judge(killed, kept, in_boot, unread);
    if (wrong.empty() && without_opening(killed) != without_opening(opened))
      wrong = "REC-3: a recovery that was killed, and recovered, ends in other bytes";
    if (!wrong.empty()) return wrong + ", after a kill inside recovery";
  }
  return "";
}

namespace {

// The writes of a tape up to its first flush that change something, as those that get to the disk or not. Those of which file
// it is in which boot go together: they only make a marker fit or not, and in the next boot none does.
std::vector<std::vector<Tape::Entry>> parts_of(const Tape& tape, Bytes file, const Geometry& g) {
  std::vector<std::vector<Tape::Entry>> parts(1);
  for (const Tape::Entry& entry : tape.entries) {
    if (entry.moment) break;
    if (word_at(file, g, entry.place) == entry.value) continue;
    put_word(file, g, entry.place, entry.value);
    if (entry.place >= g.generation().place && entry.place < static_cast<Place>(g.data_offset()) &&
        entry.place != g.state().place)
      parts.front().push_back(entry);
    else
      parts.push_back({entry});
  }
  return parts;
}

}  // namespace

// The power goes before recovery has made anything durable: of its writes, each may be on the disk or not.
std::string Reopening::lose_power_inside(const Bytes& file, std::uint64_t kept, unsigned in_boot) {
  Bytes opened = file;
  Tape tape;
  if (std::string wrong = open(opened, in_boot, tape); !wrong.empty()) return wrong;
  const auto parts = parts_of(tape, file, geometry_);
  for (std::uint64_t there = 0; there < std::uint64_t{1} << parts.size(); ++there) {
    Bytes lost = file;
    for (std::size_t i = 0; i < parts.size(); ++i)
      for (const Tape::Entry& entry : parts[i])
        if ((there >> i & 1U) != 0) put_word(lost, geometry_, entry.place, entry.value);
    Tape unread;
    const std::string wrong = open_and_judge(lost, kept, in_boot + 1, unread);
    if (!wrong.empty()) return wrong + ", after a power loss inside recovery";
  }
  return "";
}

std::string Reopening::after_kill(Bytes file, std::uint64_t kept) {
  note_death(file, geometry_);
  return check(file, kept, writing_boot);
}

std::string Reopening::in_the_same_boot(const Bytes& file, std::uint64_t kept, Claim claim) {
  std::string wrong = check_claim(file, claim, writing_boot);
  return wrong.empty() ? check(file, kept, writing_boot) : wrong;
}

std::string Reopening::after_power_loss(const Bytes& file, std::uint64_t kept, Claim claim) {
  std::string wrong = check_claim(file, claim, writing_boot + 1);
  if (wrong.empty()) wrong = check(file, kept, writing_boot + 1);
  return wrong.empty() ? lose_power_inside(file, kept, writing_boot + 1) : wrong;
}

std::string Reopening::check(const Bytes& file, std::uint64_t kept, unsigned in_boot) {
  Bytes opened = file;
  Tape tape;
  if (std::string wrong = open_and_judge(opened, kept, in_boot, tape); !wrong.empty()) return wrong;
  Bytes again = opened;
  note_death(again, geometry_);
  Tape second;
  if (std::string wrong = open_and_judge(again, kept, in_boot, second); !wrong.empty()) return wrong + ", recovered twice";
  if (without_opening(again) != without_opening(opened)) return "REC-3: a second recovery changes what the first one left";
  if (std::string wrong = use(opened, kept); !wrong.empty()) return wrong;
  if (defect_ == Defect::trusts_copies) return "";  // what it does to lists is the point, not what a kill leaves of that
  return kill_inside(file, opened, kept, in_boot, tape);
}

}  // namespace rarena::models::crash
