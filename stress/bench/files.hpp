// Files with much in them, which are opened and closed, by those peers that have a file. Each is made once.
//
//   F(amount)    a closed file: in an arena's so many free segments of 32 to 95 bytes lie between live ones; in LMDB's so many
//                records lie beside one another, because its free pages are no segments
//   open(), close()
//
// Thread safety: one thread.
#pragma once

#include <boost/interprocess/managed_mapped_file.hpp>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bench/peers/arena.hpp"
#include "bench/peers/boost.hpp"
#include "bench/peers/lmdb.hpp"
#include "bench/temporary_folder.hpp"

namespace rarena::bench {

// What a workload takes it for.
template <class P>
struct FilePeer {
  static constexpr std::string_view name = P::name;
  static constexpr bool threads = false;
};

class ArenaFile : public FilePeer<ArenaPeer<InFile>> {
 public:
  explicit ArenaFile(std::size_t segments) {
    // The descriptors of a reserve would be one more free segment.
    auto arena = arena_or_throw(
        Arena::map_mut(path(), {.capacity = segments * 128 + 4096, .descriptor_reserve = 0, .create_new = true}));
    std::vector<Extent> live;
    for (std::size_t i = 0; i < segments; ++i) {
      live.push_back(arena.allocate(16, 1, Fill::none).value().segment);
      arena.allocate(32 + i * 37 % 64, 1, Fill::none).value();
    }
    live.push_back(arena.allocate(16, 1, Fill::none).value().segment);
    arena.rebuild(live).value();
    if (arena.free_segments().size() != segments) throw std::runtime_error("expected as many free segments as asked for");
  }

  void open() { arena_ = arena_or_throw(Arena::map_mut(path(), {})); }
  void close() { arena_.reset(); }
  const Arena& arena() const { return *arena_; }

 private:
  std::filesystem::path path() const { return folder_.path() / "arena"; }

  TemporaryFolder folder_;
  std::optional<Arena> arena_;
};

class BoostMappedFile : public FilePeer<BoostPeer<BoostFile>> {
 public:
  explicit BoostMappedFile(std::size_t segments) {
    Memory memory(boost::interprocess::create_only, path().c_str(), segments * 160 + (1U << 16U));
    std::vector<void*> freed;
    for (std::size_t i = 0; i < segments; ++i) {
      memory.allocate(16);
      freed.push_back(memory.allocate(32 + i * 37 % 64));
    }
    memory.allocate(16);
    for (void* bytes : freed) memory.deallocate(bytes);
  }

  void open() { memory_.emplace(boost::interprocess::open_only, path().c_str()); }
  void close() { memory_.reset(); }

 private:
  using Memory = boost::interprocess::managed_mapped_file;
  std::filesystem::path path() const { return folder_.path() / "memory"; }

  TemporaryFolder folder_;
  std::optional<Memory> memory_;
};

class LmdbFile : public FilePeer<LmdbPeer> {
 public:
#ifdef RARENA_BENCH_LMDB
  explicit LmdbFile(std::size_t records) : bytes_(records * 256 + (1U << 20U)) {
    LmdbEnvironment environment(folder_.path(), bytes_, MDB_NOSYNC);
    LmdbTransaction transaction(environment);
    for (std::size_t key = 0; key < records; ++key)
      if (transaction.put(key, 64) == nullptr) throw std::runtime_error("refused");
    transaction.commit();
  }

  void open() { environment_.emplace(folder_.path(), bytes_, MDB_NOSYNC); }
  void close() { environment_.reset(); }

 private:
  std::size_t bytes_;
  TemporaryFolder folder_;
  std::optional<LmdbEnvironment> environment_;
#else
  explicit LmdbFile(std::size_t) { throw std::runtime_error("not there"); }

  void open() {}
  void close() {}
#endif
};

// The file of an amount, closed; it stays until the program ends.
template <class F>
F& file_with(std::size_t amount) {
  static std::map<std::size_t, std::unique_ptr<F>> made;
  auto& file = made[amount];
  if (!file) file = std::make_unique<F>(amount);
  file->close();
  return *file;
}

}  // namespace rarena::bench
