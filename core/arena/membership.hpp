// Membership: the part of one process in a file that several share (layout/members.hpp): the table, which the first one makes
// and the last one gives up, and a cell in it, in which the system notes the death of this process.
//
// Whoever calls is behind the gate (memory/file_lock.hpp), so one process at a time claims a cell. The cell of a process that
// has died is claimed again; what it said, that one member has died, matters only when all have.
//
// The first process and the last one are watched by a cell of the annex while there is no table, so that at any moment the file
// would tell of the death of the one process that has it open.
//
// Thread safety: one thread. Progress: blocking (Witness). Invariants: REC-2.
#pragma once

#include <cstring>
#include <expected>

#include "../memory/witness.hpp"
#include "../recovery/members.hpp"
#include "../words/word_store.hpp"

namespace rarena::detail {

class Membership {
 public:
  // Whether this process is one of those that share the file.
  explicit operator bool() const { return table_ != null_offset; }

  // The first member: a table at `table`, in bytes that nobody else knows, which is then published. Whether a thread stands for
  // the process.
  template <WordStore Store>
  bool begin(const Store& store, std::byte* memory, const Geometry& geometry, Offset table);
  // One more. On return: whether a thread stands for the process. Errors: bad_header (there is no table), too_many_processes.
  template <WordStore Store>
  [[nodiscard]] std::expected<bool, Error> join(const Store& store, std::byte* memory, const MemoryView& view);

  // It has gone.
  void end() noexcept {
    witness_.end();
    table_ = null_offset;
  }
  // It goes as if the process had died here.
  template <WordStore Store>
  void die(const Store& store) noexcept {
    witness_.end();
    store.store(Word<std::uint32_t>{cell_}, owner_died, Site::witness_store);
    table_ = null_offset;
  }
  // It is the last one, and the annex has a witness again: there is no table any more. Its bytes.
  template <WordStore Store>
  Extent dissolve(const Store& store, const Geometry& geometry) noexcept {
    const Extent table{table_, member_table_size};
    store.store(geometry.members(), std::uint32_t{null_offset}, Site::plan_count);
    end();
    return table;
  }

 private:
  bool watch(std::byte* memory, Offset table, std::uint32_t number) noexcept {
    table_ = table;
    cell_ = member_cell(table, number);
    return (witness_.begin(memory + cell_) & unwitnessed) == 0;
  }

  Witness witness_;
  Offset table_ = null_offset;
  Place cell_ = 0;
};

template <WordStore Store>
bool Membership::begin(const Store& store, std::byte* memory, const Geometry& geometry, Offset table) {
  std::memset(memory + table, 0, member_table_size);
  const MemberTable head{.magic = member_table_magic, .cells = member_limit, .none = 0};
  std::memcpy(memory + table, &head, sizeof head);
  const bool watched = watch(memory, table, 0);
  store.store(geometry.members(), table, Site::plan_count);
  return watched;
}

template <WordStore Store>
std::expected<bool, Error> Membership::join(const Store& store, std::byte* memory, const MemoryView& view) {
  const auto table = member_table(view);
  if (!table) {
    const Word<std::uint32_t> word = view.geometry().members();
    return std::unexpected(Error{.code = ErrorCode::bad_header,
                                 .asked = view.geometry().data_offset(),
                                 .there = view.load(word),
                                 .at = static_cast<std::uint64_t>(word.place)});
  }
  for (std::uint32_t i = 0; i < member_limit; ++i) {
    const std::uint32_t word = store.load(Word<std::uint32_t>{member_cell(table->offset, i)}, Site::owner_load);
    if (word == 0 || (word & owner_died) != 0) return watch(memory, table->offset, i);
  }
  return std::unexpected(
      Error{.code = ErrorCode::too_many_processes, .asked = member_limit, .there = std::uint64_t{member_limit}});
}

}  // namespace rarena::detail
