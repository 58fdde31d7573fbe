#include "consistency.hpp"

#include <bit>

namespace checker {

int known_place(const Graph& g, Cell c, const Clock& view) {
  int known = 0;
  for (const Stamp s : g.accesses(c)) {
    const Event& e = g[s];
    if (e.in(view)) known = std::max(known, e.kind == Kind::write ? int{e.place} : g.place_of(e.source));
  }
  return known;
}

void inherit(Graph& g, Stamp s) {
  Event& e = g[s];
  if (const Event* before = g.predecessor(e)) {
    e.happens_before = before->happens_before;
    e.prefix = before->prefix;
    e.seen = before->seen;
    e.release_fence = before->release_fence;
  } else {
    e.happens_before = e.prefix = e.seen = Clock{};
    e.release_fence = 0;
  }
  const auto count = static_cast<std::int16_t>(e.index + 1);
  e.happens_before.set(e.thread, count);
  e.prefix.set(e.thread, count);
}

void settle_read(const Program& p, Graph& g, Stamp read) {
  inherit(g, read);
  Event& e = g[read];
  e.value = value_of(p, g, e.cell, e.source);
  e.updates = !e.spurious && updates(e.request, e.value);
  if (e.source == initial) return;
  const Event& source = g[e.source];
  e.prefix.join(source.prefix);
  e.seen.join(source.message);
  if (acquires(e.order())) e.happens_before.join(source.message);
}

void settle_message(Graph& g, Stamp write) {
  Event& e = g[write];
  if (releases(e.request.order))
    e.message = e.happens_before;
  else if (e.release_fence != 0)
    e.message = g[g.at(e.thread, e.release_fence - 1)].happens_before;
  else
    e.message = Clock{};
  if (!e.updates) return;
  const Stamp source = g.predecessor(e)->source;
  if (source != initial) e.message.join(g[source].message);
}

void settle_fence(Graph& g, Stamp fence) {
  inherit(g, fence);
  Event& e = g[fence];
  if (acquires(e.request.order)) e.happens_before.join(e.seen);
  if (releases(e.request.order)) e.release_fence = static_cast<std::int16_t>(e.index + 1);
}

bool updates(const Request& q, std::uint64_t found) {
  if (q.operation == Operation::add_unless) return (found & q.desired) == 0;
  return q.operation != Operation::load && (!compares(q.operation) || found == q.operand);
}

namespace {

template <class Real, class Bits>
std::uint64_t sum(std::uint64_t left, std::uint64_t right) {
  return std::bit_cast<Bits>(std::bit_cast<Real>(static_cast<Bits>(left)) + std::bit_cast<Real>(static_cast<Bits>(right)));
}

}  // namespace

std::uint64_t updated_value(const Request& q, std::uint64_t found) {
  switch (q.operation) {
    case Operation::add:
    case Operation::add_unless: return (found + q.operand) & q.mask;
    case Operation::exchange: return q.operand;
    case Operation::bit_and: return found & q.operand;
    case Operation::bit_or: return found | q.operand;
    case Operation::bit_xor: return found ^ q.operand;
    case Operation::compare:
    case Operation::compare_weak: return q.desired;
    case Operation::add_float: return sum<float, std::uint32_t>(found, q.operand);
    case Operation::add_double: return sum<double, std::uint64_t>(found, q.operand);
    case Operation::load: break;
  }
  return found;
}

bool apply(const Request& request, std::uint64_t& value) {
  if (!updates(request, value)) return false;
  value = updated_value(request, value);
  return true;
}

}  // namespace checker
