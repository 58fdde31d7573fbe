// Target: the arena under test, whatever its kind: the shipped one in each memory, or one with a known bug.
//
// Thread safety: as BasicArena: `sound`, `free_segments` and `rebuild` only while no other call is running.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <vector>

#include "churn/settings.hpp"
#include "core/arena/arena.hpp"
#include "models/oracle/sound_arena.hpp"

namespace rarena::stress {

class Target {
 public:
  Target() = default;
  virtual ~Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  virtual std::expected<Allocation, Error> allocate(std::uint64_t size, std::uint64_t alignment, Fill fill) = 0;
  virtual std::expected<void, Error> dealloc(Extent segment) = 0;
  virtual std::expected<Size, Error> discard_freelist() = 0;
  virtual std::expected<void, Error> increase_discarded(Size bytes) = 0;
  virtual std::expected<void, Error> set_minimum_segment_size(Size bytes) = 0;
  virtual std::expected<void, Error> flush() = 0;

  // What the oracle says, if exactly these segments are live. Of a list whose format it does not know, nothing.
  virtual oracle::Verdict sound(std::span<const Extent> live) = 0;
  virtual std::vector<Extent> free_segments() = 0;
  virtual std::expected<void, Error> rebuild(std::span<const Extent> live) = 0;

  virtual std::byte* data() const = 0;
  virtual Size capacity() const = 0;
  virtual Size data_offset() const = 0;
  virtual Size discarded() const = 0;
  virtual Freelist freelist() const = 0;
  virtual Size maximum_alignment() const = 0;
  // What sizes and offsets are multiples of; and of a list that keeps its nodes in free bytes, how large one is: it lies at the
  // start of a segment, and is no payload.
  virtual Size granule() const { return 1; }
  virtual Size node() const { return 0; }
};

// Throws std::runtime_error where it cannot be made.
std::unique_ptr<Target> make_target(const Settings& settings);

}  // namespace rarena::stress
