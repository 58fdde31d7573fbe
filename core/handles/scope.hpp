// BasicArenaScope: gives up at its end what was allocated since its beginning: the mark and release of the field.
//
//     {
//       const ArenaScope scope(arena);
//       ... arena.alloc_bytes(...) ...
//     }  // the cursor is where it was
//
// It begins at the cursor, and its end is a rewind to there (BasicArena::rewind, and what that costs): nobody else uses the
// arena at its beginning and at its end; in between any number of threads may. Handles made inside are void afterwards, and
// neither destroy nor free anything. What was served from free segments below the beginning is not given up.
//
// Scopes lie in one another, and end in the reverse order of their beginnings. One that ends takes those inside it along, which
// have no effect any more; a checked build ends the program, as it does where somebody allocates or frees beside the end of a
// scope, or where a scope outlives its arena. A clear, or a rewind to below the beginning of a scope, makes it void.
//
// A scope of an arena that is only read has no effect. In a process that does not own a file arena (fork) its end changes
// nothing.
//
// Thread safety: exclusive, as said. Progress: as BasicArena::rewind. Invariants: SEG-1, REC-2 (by the rewind).
#pragma once

#include <expected>
#include <utility>

#include "../arena/arena.hpp"

namespace rarena {

/// A guard of an arena: what is allocated while it is there is given up at its end. ArenaScope is one of an Arena. Nobody else
/// uses the arena at its beginning and at its end.
template <WordStore Store>
class BasicArenaScope {
 public:
  /// Begins at the cursor. The arena must outlive it. O(1).
  explicit BasicArenaScope(BasicArena<Store>& arena) : arena_(arena.state_of_scope()) {
    if (arena_ == nullptr) return;
    position_ = arena_->allocated();
    epoch_ = arena_->epoch();
    arena_->scopes().open(link_);
    arena_->live().attach_handle();
    attached_ = true;
  }
  /// It is neither copied nor moved: scopes end in the reverse order of their beginnings.
  BasicArenaScope(const BasicArenaScope&) = delete;
  /// The same.
  BasicArenaScope& operator=(const BasicArenaScope&) = delete;
  /// As end(), which cannot say here what went wrong: then all stays allocated as after keep(), until a scope around it ends.
  ~BasicArenaScope() { (void)end(); }

  /// Ends the scope now: what was allocated inside is given up. Does nothing if it has ended, or is void, or if the cursor has
  /// come down to below its beginning. As costly as BasicArena::rewind. Errors, and then nothing has changed but that the scope
  /// has ended: what is wrong with the lists (bad_freelist, overlapping_segments, bad_header), system.
  [[nodiscard]] std::expected<void, Error> end() {
    if (!close() || !arena_->holds(epoch_, {position_, 0}) || arena_->allocated() < position_) return {};
    return arena_->rewind(position_);
  }

  /// Ends the scope without giving anything up. O(1).
  void keep() { (void)close(); }

  /// Whether its end gives up what is above: false if it has ended or is void, or in a process that does not own the arena.
  bool active() const { return link_.open() && arena_->holds(epoch_, {position_, 0}); }

 private:
  // Whether it was open.
  bool close() {
    if (!std::exchange(attached_, false)) return false;
    arena_->live().detach_handle();
    if (!link_.open()) return false;
    if (!arena_->scopes().close(link_) && detail::checked)
      detail::report_misuse("a scope ends before one inside it", position_,
                            "end scopes in the reverse order of their beginnings");
    return true;
  }

  detail::LiveState<Store>* arena_;  // nullptr: the arena is only read
  detail::Scopes::Link link_;
  Offset position_ = null_offset;
  detail::Epoch epoch_ = 0;
  bool attached_ = false;  // the arena counts it among its handles
};

/// A scope of an Arena.
using ArenaScope = BasicArenaScope<AtomicStore>;

namespace unsync {
/// A scope of an unsync::Arena.
using ArenaScope = BasicArenaScope<PlainStore>;
}  // namespace unsync

}  // namespace rarena
