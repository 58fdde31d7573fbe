#include "reopening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/arena/allocator.hpp"
#include "core/arena/file.hpp"
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

Recovery::Opening Reopening::opening(const Bytes& file, unsigned in_boot) const {
  const auto found = opening_of(view(file), boot(in_boot));
  const bool lie = defect_ == Defect::trusts_the_list && found == Recovery::Opening::untrusted;
  return lie ? Recovery::Opening::process_died : found;
}

bool Reopening::trusts(const Bytes& file, unsigned in_boot) const {
  return opening(file, in_boot) != Recovery::Opening::untrusted;
}

std::string Reopening::open(Bytes& file, unsigned in_boot, Tape& tape) const {
  const Recovery::Opening how = opening(file, in_boot);
  auto structure = file_access::examine_for(how, view(file));
  if (!structure) return fmt::format("REC-2: the file is refused: {}", structure.error().message());
  const Plan plan = plan_recovery(view(file), *structure, how, dirty_marker(boot(in_boot)));
  recover(*structure, how);
  const auto writes = carried_out(plan, geometry_, defect_);
  (void)carry_out_durably(writes, TapeStore(file, geometry_, tape), TapeDisk(tape), geometry_);
  return same_structure(*structure, examine(view(file), {}));
}

std::string Reopening::judge(const Bytes& file, std::uint64_t kept) const {
  const auto structure = examine_sound(view(file));
  if (!structure) return fmt::format("REC-2: recovery leaves an unsound file: {}", structure.error().message());
  if ((kept & granules_of(structure->allocated, geometry_.capacity())) != 0)
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

// The process dies behind each of recovery's writes; the next one opens the file in the same boot.
std::string Reopening::kill_inside(const Bytes& file, const Bytes& opened, std::uint64_t kept, unsigned in_boot,
                                   const Tape& tape) {
  Bytes killed = file;
  for (const Tape::Entry& entry : tape.entries) {
    if (entry.flush) break;
    put_word(killed, geometry_, entry.place, entry.value);
    Bytes again = killed;
    Tape unread;
    std::string wrong = open_and_judge(again, kept, in_boot, unread);
    if (wrong.empty() && again != opened) wrong = "REC-3: a recovery that was killed, and recovered, ends in other bytes";
    if (!wrong.empty()) return wrong + ", after a kill inside recovery";
  }
  return "";
}

// The power goes before recovery has made anything durable: of its writes, each may be on the disk or not.
std::string Reopening::lose_power_inside(const Bytes& file, std::uint64_t kept) {
  Bytes opened = file;
  Tape tape;
  if (std::string wrong = open(opened, writing_boot + 1, tape); !wrong.empty()) return wrong;
  const auto flush = std::ranges::find(tape.entries, true, &Tape::Entry::flush);
  const auto writes = static_cast<unsigned>(flush - tape.entries.begin());
  for (std::uint64_t there = 0; there < std::uint64_t{1} << writes; ++there) {
    Bytes lost = file;
    for (unsigned i = 0; i < writes; ++i)
      if ((there >> i & 1U) != 0) put_word(lost, geometry_, tape.entries[i].place, tape.entries[i].value);
    Tape unread;
    const std::string wrong = open_and_judge(lost, kept, writing_boot + 2, unread);
    if (!wrong.empty()) return wrong + ", after a power loss inside recovery";
  }
  return "";
}

std::string Reopening::after_power_loss(const Bytes& file, std::uint64_t kept) {
  std::string wrong = check(file, kept, writing_boot + 1);
  return wrong.empty() ? lose_power_inside(file, kept) : wrong;
}

std::string Reopening::check(const Bytes& file, std::uint64_t kept, unsigned in_boot) {
  Bytes opened = file;
  Tape tape;
  if (std::string wrong = open_and_judge(opened, kept, in_boot, tape); !wrong.empty()) return wrong;
  Bytes again = opened;
  Tape second;
  if (std::string wrong = open_and_judge(again, kept, in_boot, second); !wrong.empty()) return wrong + ", recovered twice";
  if (again != opened) return "REC-3: a second recovery changes what the first one left";
  if (std::string wrong = use(opened, kept); !wrong.empty()) return wrong;
  return kill_inside(file, opened, kept, in_boot, tape);
}

}  // namespace rarena::models::crash
