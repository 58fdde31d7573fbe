// Boost.Interprocess: a best fit in a red-black tree over one memory, as an arena has it, or over a file. Both have a lock, as
// managed_mapped_file has by itself; managed_external_buffer is this buffer without one.
#pragma once

#include <boost/interprocess/managed_external_buffer.hpp>
#include <boost/interprocess/managed_mapped_file.hpp>
#include <memory>
#include <new>

#include "bench/peer.hpp"
#include "bench/temporary_folder.hpp"

namespace rarena::bench {

// `Kind` has the name and the memory.
template <class Kind>
class BoostPeer {
 public:
  using Block = bench::Block;
  static constexpr std::string_view name = Kind::name;
  static constexpr bool threads = true;
  static constexpr bool stays = true;
  static constexpr bool bounded = true;

  explicit BoostPeer(std::size_t bytes) : kind_(bytes) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(kind_.memory.allocate(size, std::nothrow)), size}; }
  void free(const Block& block) { kind_.memory.deallocate(block.memory); }

 private:
  Kind kind_;
};

struct BoostBuffer {
  using Memory = boost::interprocess::basic_managed_external_buffer<
      char, boost::interprocess::rbtree_best_fit<boost::interprocess::mutex_family>, boost::interprocess::iset_index>;
  struct alignas(64) Line {
    std::byte bytes[64];
  };
  static constexpr std::string_view name = "boost-buffer";

  explicit BoostBuffer(std::size_t bytes)
      : lines(std::make_unique_for_overwrite<Line[]>(bytes / sizeof(Line))),
        memory(boost::interprocess::create_only, lines.get(), bytes / sizeof(Line) * sizeof(Line)) {}

  std::unique_ptr<Line[]> lines;
  Memory memory;
};

struct BoostFile {
  static constexpr std::string_view name = "boost-file";

  explicit BoostFile(std::size_t bytes) : memory(boost::interprocess::create_only, (folder.path() / "memory").c_str(), bytes) {}

  TemporaryFolder folder;
  boost::interprocess::managed_mapped_file memory;
};

static_assert(Keeps<BoostPeer<BoostBuffer>> && Keeps<BoostPeer<BoostFile>>);

}  // namespace rarena::bench
