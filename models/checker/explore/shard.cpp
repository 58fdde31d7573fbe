#include "shard.hpp"

#include <algorithm>
#include <vector>

namespace checker {

namespace {

// Empty: the shards belong together and cover the tree.
std::string missing(std::span<const ShardReport> shards) {
  if (shards.empty()) return "expected at least one shard, found none";
  const ShardReport& first = shards.front();
  std::vector<unsigned> seen(first.shard.total, 0);
  PathSet taken;
  for (const ShardReport& s : shards) {
    if (s.shard.total != first.shard.total || s.shard.depth != first.shard.depth)
      return "the shards are of different partitions";
    if (s.shard.index >= s.shard.total) return "a shard has an index outside its partition";
    if (s.frontier != first.frontier) return "the shards did not see the same tree";
    ++seen[s.shard.index];
    taken.add(s.taken);
  }
  for (unsigned i = 0; i < seen.size(); ++i) {
    const std::string shard = "shard " + std::to_string(i) + " of " + std::to_string(seen.size());
    if (seen[i] == 0) return shard + " is missing";
    if (seen[i] > 1) return shard + " is there " + std::to_string(seen[i]) + " times";
  }
  if (taken != first.frontier) return "the parts do not add up to the frontier";
  return "";
}

void add(Counters& sum, const Counters& c) {
  sum.complete += c.complete;
  sum.blocked += c.blocked;
  sum.bound += c.bound;
  sum.not_interleaved += c.not_interleaved;
  sum.moot += c.moot;
  sum.inconsistent += c.inconsistent;
  sum.cut += c.cut;
  sum.violations += c.violations;
  sum.passed_over += c.passed_over;
  sum.duplicates += c.duplicates;
  sum.revisits += c.revisits;
  sum.steps += c.steps;
  sum.replayed_steps += c.replayed_steps;
  sum.longest = std::max(sum.longest, c.longest);
  sum.depth = std::max(sum.depth, c.depth);
  sum.deviations = std::max(sum.deviations, c.deviations);
}

}  // namespace

Result merge(std::span<const ShardReport> shards, std::string& why) {
  Result all;
  for (const ShardReport& s : shards) {
    add(all.counters, s.result.counters);
    all.seconds += s.result.seconds;
    if (s.result.violation && !all.violation) all.violation = s.result.violation;
  }
  why = missing(shards);
  for (const ShardReport& s : shards)
    if (why.empty() && s.result.verdict == Verdict::incomplete)
      why = "shard " + std::to_string(s.shard.index) + " did not finish";
  const bool bounded = std::ranges::any_of(shards, [](const ShardReport& s) { return s.result.verdict == Verdict::bounded; });
  const bool violated =
      std::ranges::any_of(shards, [](const ShardReport& s) { return s.result.verdict == Verdict::violation; });
  const bool vacuous = all.counters.complete + all.counters.passed_over == 0;
  all.verdict = Verdict::held;
  if (bounded) all.verdict = Verdict::bounded;
  if (vacuous) all.verdict = Verdict::vacuous;
  if (!why.empty()) all.verdict = Verdict::incomplete;
  if (violated) all.verdict = Verdict::violation;
  return all;
}

}  // namespace checker
