#include "reopening.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/arena/allocator.hpp"
#include "core/arena/opened.hpp"
#include "core/recovery/durability.hpp"
#include "core/recovery/index_region.hpp"
#include "core/recovery/relist.hpp"
#include "models/scenario/describe.hpp"

namespace rarena::models::crash {

namespace {

// The plan, as the defect makes it.
std::vector<Plan::Write> carried_out(const Plan& plan, const Geometry& g, Defect defect) {
  std::vector<Plan::Write> writes(plan.writes().begin(), plan.writes().end());
  if (defect == Defect::marker_first && !writes.empty()) std::ranges::rotate(writes, writes.end() - 1);
  if (defect == Defect::keeps_marks)
    std::erase_if(writes, [&](const Plan::Write& w) { return w.place >= static_cast<Place>(g.data_offset()); });
  if (defect == Defect::keeps_tables)
    std::erase_if(writes, [&](const Plan::Write& w) { return g.has_index() && g.is_boundary(static_cast<Offset>(w.place)); });
  return writes;
}

std::string same_structure(const Structure& said, const Structure& there) {
  const bool same = said.free == there.free && said.spare == there.spare && said.discarded == there.discarded &&
                    said.allocated == there.allocated;
  return same ? "" : "REC-2: recovery reports another list than the one that it leaves";
}

// Of an open file that nobody has used yet.
std::string only_roots(const Structure& there, const Roots& roots) {
  bool all = there.boundaries.size() == roots.count();
  for (std::uint32_t n = 0; all && n < roots.count(); ++n)
    all = there.boundaries[n].descriptor == roots.descriptor(n) && there.boundaries[n].child == null_offset;
  return all ? "" : "REC-2: recovery leaves other boundaries in the list than the roots";
}

}  // namespace

std::expected<Reopening::Found, Error> Reopening::find(const Bytes& file, unsigned in_boot) const {
  const auto recorded = geometry_of_file({file.data.data(), Geometry::unified(geometry_.reserved(), geometry_.capacity())});
  if (!recorded) return std::unexpected(recorded.error());
  if (recorded->index_shape() != geometry_.index_shape()) return std::unexpected(Error{.code = ErrorCode::bad_header});
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
  const ListHints hints(geometry_, recovered.structure);
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
  hints.write(store);
  const Structure there = examine(view(file), {});
  std::string wrong = same_structure(recovered.structure, there);
  return wrong.empty() ? only_roots(there, Roots(geometry_, kind_)) : wrong;
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
  if ((kept & units_.bits(structure->allocated, largest_memory)) != 0)
    return fmt::format("REC-2: what must be kept lies above the cursor, {}", structure->allocated);
  const auto taken = [&](Extent part) { return (kept & units_.bits(part)) != 0; };
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

// Takes everything there is, and gives it back. Where there is room for tables, every search makes one.
std::string Reopening::use(Bytes file, std::uint64_t kept) const {
  Tape unread;
  const auto allocator = make_allocator(TapeStore(file, geometry_, unread), geometry_, kind_,
                                        Tuning{.maximum_retries = 0, .slab = slab_, .walk = 0});
  std::uint64_t owned = kept;
  std::vector<Extent> mine;
  while (const auto allocation = allocator.allocate({units_.size, 1})) {
    const Extent segment = allocation->segment;
    if ((owned & units_.bits(segment)) != 0)
      return fmt::format("REC-2: after recovery, what is owned was handed out: {}", describe_extent(segment));
    owned |= units_.bits(segment);
    mine.push_back(segment);
  }
  if (std::string wrong = judge(file, owned); !wrong.empty()) return wrong + ", when all had been allocated";
  for (const Extent segment : mine)
    if (!allocator.deallocate(segment)) return "REC-2: after recovery, what was allocated cannot be freed";
  if (std::string wrong = judge(file, kept); !wrong.empty()) return wrong + ", when all had been freed";
  allocator.segments().merge();
  std::string wrong = judge(file, kept);
  return wrong.empty() ? wrong : wrong + ", when all had been joined";
}

std::uint64_t Reopening::lost(Bytes file, std::uint64_t kept) const {
  note_death(file, geometry_);
  Tape unread;
  (void)open(file, writing_boot, unread);
  const Structure there = examine(view(file), {});
  std::uint64_t known = kept;
  for (const ListedSegment& segment : there.free)
    known |= units_.bits(segment.extent) | units_.bits({segment.descriptor, descriptor_size});
  for (const Offset spare : there.spare) known |= units_.bits({spare, descriptor_size});
  return there.discarded != 0 ? 0 : units_.bits(there.data_offset, there.allocated) & ~known;
}

// What is live is said to be so, and everything else is free again, or a descriptor.
std::string Reopening::rebuild(Bytes file, std::uint64_t kept) const {
  if (kind_ == Freelist::none) return "";
  std::vector<Extent> live;
  Size bytes = 0;
  for (std::size_t n = 0; n < most_units; ++n) {
    if ((kept >> n & 1U) == 0) continue;
    live.push_back(units_.extent(n));
    bytes += units_.size;
  }
  const auto plan = plan_rebuild(view(file), live);
  if (!plan) return fmt::format("REC-2: what is live cannot be: {}", plan.error().message());
  Tape unread;
  carry_out(plan->writes(), TapeStore(file, geometry_, unread));
  if (std::string wrong = judge(file, kept); !wrong.empty()) return wrong + ", when it had been rebuilt";
  const auto unlisted = examine(view(file), {}).unlisted_bytes();
  return unlisted == bytes ? "" : fmt::format("REC-2: {} bytes are live, and a rebuild leaves {} unlisted", bytes, unlisted);
}

std::string Reopening::open_and_judge(Bytes& file, std::uint64_t kept, unsigned in_boot, Tape& tape) {
  ++recoveries_;
  std::string wrong = open(file, in_boot, tape);
  return wrong.empty() ? judge(file, kept) : wrong;
}

// Without what every opening writes anew: with an index, also tags of the list.
Bytes Reopening::without_opening(Bytes file) const {
  if (geometry_.has_index()) {
    const auto forget_tag = [&](Word<std::uint64_t> word) {
      const Link link(word_at(file, geometry_, word.place));
      put_word(file, geometry_, word.place, Link(link.next(), link.marked(), 0).bits());
    };
    const Structure there = examine(view(file), {});
    forget_tag(geometry_.free_head());
    for (const ListedBoundary& boundary : there.boundaries) forget_tag(Geometry::link(boundary.descriptor));
    for (const ListedSegment& segment : there.free) forget_tag(Geometry::link(segment.descriptor));
  }
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
    if (entry.moment) continue;
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
// it is in which boot go together: they only make a marker fit or not, and in the next boot none does. So do those of the
// boundaries: what of them is there is tried where the opening is a part of the history (life.hpp).
std::vector<std::vector<Tape::Entry>> parts_of(const Tape& tape, Bytes file, const Geometry& g) {
  std::vector<std::vector<Tape::Entry>> parts(2);
  for (const Tape::Entry& entry : tape.entries) {
    if (entry.moment) break;
    if (word_at(file, g, entry.place) == entry.value) continue;
    put_word(file, g, entry.place, entry.value);
    if (entry.place >= g.generation().place && entry.place < g.index() && entry.place != g.state().place)
      parts[0].push_back(entry);
    else if (g.has_index() && g.is_boundary(static_cast<Offset>(entry.place)))
      parts[1].push_back(entry);
    else
      parts.push_back({entry});
  }
  std::erase_if(parts, [](const auto& part) { return part.empty(); });
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
  if (std::string wrong = rebuild(opened, kept); !wrong.empty()) return wrong;
  if (defect_ == Defect::trusts_copies) return "";  // what it does to lists is the point, not what a kill leaves of that
  return kill_inside(file, opened, kept, in_boot, tape);
}

}  // namespace rarena::models::crash
