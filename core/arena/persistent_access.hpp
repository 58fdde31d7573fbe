// PersistentAccess: what is found again in an arena: at an offset, by the segment of a handle, by a name. BasicArena inherits
// it; the bodies are in core/persistent: include rarena.hpp.
//
// Thread safety and progress: as BasicArena, where nothing else is said. Invariants: SEG-1 (only what is allocated), REC-2.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "../layout/error.hpp"
#include "../layout/extent.hpp"
#include "../recovery/directory.hpp"
#include "../words/word_store.hpp"

namespace rarena {

template <WordStore Store>
class BasicArena;
template <WordStore Store>
class BasicBytes;
template <class T, WordStore Store>
class BasicOwned;

/// What every arena finds again. BasicArena inherits it.
template <WordStore Store>
class PersistentAccess {
 public:
  /// What lies at an offset as a T, which somebody has made there. What can be seen of a mistake is an error. T has no virtual
  /// functions: their table is an address of one process. Errors: out_of_range (not in the allocated bytes), misaligned,
  /// alignment_too_large, read_only (ask for a const T); in checked builds not_live.
  template <class T>
  [[nodiscard]] std::expected<T*, Error> at(std::uint64_t offset) const;

  /// A handle of what another one has detached, as its `detach` has returned it: the T lies at the first offset in it that is
  /// aligned for it; without T, the bytes are all of it. Nobody else frees them. Errors: as `at`; out_of_range too if the T has
  /// no room in the segment; read_only, other_process.
  template <class T>
  [[nodiscard]] std::expected<BasicOwned<T, Store>, Error> adopt(Extent segment) const;
  /// The same for bytes: all of the segment.
  [[nodiscard]] std::expected<BasicBytes<Store>, Error> adopt(Extent segment) const;

  /// Named roots: objects that are found again by their names, in this process and in later ones. A T is recorded with its
  /// size, its alignment, and what RootType<T> calls it. Names have at most 255 bytes. Any number of threads may use them.
  /// Errors of all: bad_directory. Blocking (a mutex, and for changes the disk); O(roots).

  /// The root of that name. Errors: no_such_root, wrong_root_type, wrong_root_version, wrong_root_size, read_only (ask for a
  /// const T).
  template <class T>
  [[nodiscard]] std::expected<T*, Error> root(std::string_view name) const;
  /// Makes a T from the arguments, and a root of it; one that takes an allocator gets an ArenaAllocator behind them. Everything
  /// that is allocated is durable before the root is, and the root on return. Throws what the constructor throws. Errors:
  /// root_exists, size_too_large (of a name), as allocate, flush_failed, system (then `root` says whether it is there).
  template <class T, class... Arguments>
  [[nodiscard]] std::expected<T*, Error> emplace_root(std::string_view name, Arguments&&... arguments) const;
  /// The root of that name, or else a new one. Errors: as both. If two threads make it, both get one and the same.
  template <class T, class... Arguments>
  [[nodiscard]] std::expected<T*, Error> root_or_emplace(std::string_view name, Arguments&&... arguments) const;
  /// Takes the root out of the directory, durably, and then destroys and frees it. Nobody uses it any more. Errors: as root;
  /// read_only, other_process; flush_failed, system (then it is out of the directory, but not freed: the disk may know it).
  template <class T>
  [[nodiscard]] std::expected<void, Error> remove_root(std::string_view name) const;
  /// All of them; the youngest comes first. What they have allocated for themselves is not in their segments. Error: system
  /// (no memory).
  [[nodiscard]] std::expected<std::vector<NamedRoot>, Error> roots() const;
  /// Forgets all roots, durably, and destroys and frees nothing. It helps where the directory is damaged. Errors: read_only,
  /// other_process, flush_failed, system.
  [[nodiscard]] std::expected<void, Error> drop_roots() const {
    return self().change([](auto& state) { return state.drop_roots(); });
  }

 private:
  friend class BasicArena<Store>;
  PersistentAccess() = default;
  friend bool operator==(const PersistentAccess&, const PersistentAccess&) = default;

  // A handle of a segment, of which these bytes are the user's.
  [[nodiscard]] std::expected<BasicBytes<Store>, Error> adopt_used(Extent segment, Extent used) const;

  const BasicArena<Store>& self() const { return static_cast<const BasicArena<Store>&>(*this); }
};

}  // namespace rarena
