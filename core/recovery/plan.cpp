#include "plan.hpp"

#include <algorithm>
#include <numeric>
#include <ranges>
#include <utility>

namespace rarena::detail {

Plan plan_undo(const Plan& plan, const MemoryView& view) {
  const std::span<const Plan::Write> writes = plan.writes();
  std::vector<Plan::Write> undo(writes.begin(), writes.end());
  for (Plan::Write& w : undo)
    w.value = w.wide ? view.load(Word<std::uint64_t>{w.place}) : view.load(Word<std::uint32_t>{w.place});
  // What is written more than once had, from the second time on, the value of the time before.
  std::vector<std::size_t> order(writes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(writes[i].place, i); });
  for (std::size_t i = 1; i < order.size(); ++i)
    if (writes[order[i]].place == writes[order[i - 1]].place) undo[order[i]].value = writes[order[i - 1]].value;
  Plan reversed;
  reversed.reserve(undo.size());
  for (const Plan::Write& w : undo | std::views::reverse) reversed.add(w);
  return reversed;
}

}  // namespace rarena::detail
