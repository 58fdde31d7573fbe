// Shards: parts of one exploration, for several processes or machines.
//
// The tree of executions is cut at a depth: the nodes at it, its frontier, are dealt out by the hash of their paths; what lies
// above is explored by every shard and counted by shard 0. A shard reports the frontier it saw and the part it took, so that a
// merge can tell whether the shards cover the tree: all saw the same frontier, and the parts add up to it.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "result.hpp"

namespace checker {

// A set of paths, as their number and the sum of their hashes.
struct PathSet {
  std::uint64_t count = 0;
  std::uint64_t digest = 0;

  void add(std::uint64_t path) {
    ++count;
    digest += path;
  }
  void add(const PathSet& other) {
    count += other.count;
    digest += other.digest;
  }
  friend bool operator==(const PathSet&, const PathSet&) = default;
};

struct Shard {
  unsigned total = 1;
  unsigned index = 0;
  int depth = 0;  // of the frontier; meaningless for one shard

  bool whole() const { return total == 1; }
  bool owns(std::uint64_t path) const { return path % total == index; }
};

struct ShardReport {
  Shard shard;
  PathSet frontier;  // all nodes at the depth
  PathSet taken;     // those of this shard
  Result result;
};

// The shards as one result. Verdict incomplete, with what is missing in `why`, unless they cover the tree.
Result merge(std::span<const ShardReport> shards, std::string& why);

// One step of a path: the child's index.
constexpr std::uint64_t extend_path(std::uint64_t path, std::uint64_t child) {
  std::uint64_t x = path + 0x9e3779b97f4a7c15U * (child + 1);
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

}  // namespace checker
