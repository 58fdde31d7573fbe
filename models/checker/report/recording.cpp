#include "recording.hpp"

namespace checker {

namespace {

EventName name_of(const Graph& g, Stamp s) { return s < 0 ? EventName{} : EventName{g[s].thread, g[s].index}; }

void record_read(const Graph& g, const Event& e, RecordedEvent& r) {
  const Request& q = e.request;
  r.operation = q.operation;
  r.order = q.order;
  r.updates = e.updates;
  r.spurious = e.spurious;
  r.source = name_of(g, e.source);
  if (q.operation != Operation::load) r.operand = q.operand;
  if (q.operation == Operation::add || q.operation == Operation::add_unless) r.mask = q.mask;
  if (!may_fail(q.operation)) return;
  r.failure = q.failure;
  r.desired = q.desired;
}

template <class T>
RecordedObject recorded_object(const T& object) {
  return {object.name, object.initial};
}

std::string name_in(const std::vector<RecordedObject>& objects, Cell c) {
  const auto i = static_cast<std::size_t>(c);
  return i < objects.size() ? objects[i].name : "object " + std::to_string(c);
}

constexpr std::string_view text_of(Order order) {
  switch (order) {
    case Order::relaxed: return "relaxed";
    case Order::acquire: return "acquire";
    case Order::release: return "release";
    case Order::acq_rel: return "acq_rel";
    case Order::seq_cst: return "seq_cst";
  }
  return "";
}

constexpr std::string_view text_of(Operation operation) {
  switch (operation) {
    case Operation::load: return "read";
    case Operation::add: return "fetch_add";
    case Operation::exchange: return "exchange";
    case Operation::bit_and: return "fetch_and";
    case Operation::bit_or: return "fetch_or";
    case Operation::bit_xor: return "fetch_xor";
    case Operation::compare: return "compare_exchange_strong";
    case Operation::compare_weak: return "compare_exchange_weak";
    case Operation::add_float: return "fetch_add of float";
    case Operation::add_double: return "fetch_add of double";
    case Operation::add_unless: return "fetch_add_unless";
  }
  return "";
}

constexpr std::string_view text_of(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::none: return "nothing";
    case Obstacle::assumption: return "an assumption";
    case Obstacle::await: return "an await";
    case Obstacle::retry: return "a retry";
    case Obstacle::step_bound: return "the step bound";
  }
  return "";
}

std::string labelled(std::uint8_t label) { return label == 0 ? "" : ", label " + std::to_string(label); }

std::string describe_read(const std::string& cell, const RecordedEvent& e) {
  std::string text(text_of(e.operation));
  text += " of " + cell;
  if (e.operation == Operation::add_unless)
    text += " with " + to_hexadecimal(e.operand) + " unless " + to_hexadecimal(e.desired);
  else if (compares(e.operation))
    text += " from " + to_hexadecimal(e.operand) + " to " + to_hexadecimal(e.desired);
  else if (e.operation != Operation::load)
    text += " with " + to_hexadecimal(e.operand);
  text += " (" + std::string(text_of(e.order));
  if (may_fail(e.operation)) text += ", " + std::string(text_of(e.failure));
  text += labelled(e.label) + ") that takes " + to_hexadecimal(e.value) + " from " + to_text(e.source);
  if (e.operation == Operation::load) return text;
  return text + (e.updates ? " and succeeds" : e.spurious ? " and fails spuriously" : " and fails");
}

}  // namespace

RecordedEvent recorded_event(const Graph& g, Stamp s) {
  const Event& e = g[s];
  RecordedEvent r;
  r.kind = e.kind;
  r.cell = e.cell;
  r.value = e.value;
  if (e.kind == Kind::end) return r;
  r.updates = e.updates;
  if (e.kind == Kind::write && e.updates) return r;  // the rest is its read's
  r.where = to_text(e.request.where);
  r.label = e.request.label;
  if (e.kind == Kind::read) record_read(g, e, r);
  if (e.kind == Kind::write || e.kind == Kind::fence) r.order = e.request.order;
  const bool loops = e.obstacle == Obstacle::retry || e.obstacle == Obstacle::await;
  if (loops || e.kind == Kind::choice) r.number = static_cast<int>(e.request.operand);
  r.obstacle = e.obstacle;
  return r;
}

RecordedAccess recorded_access(const Access& a) {
  return {.datum = a.datum,
          .position = a.position,
          .writes = a.writes,
          .label = a.label,
          .value = a.value,
          .before = a.before,
          .where = to_text(a.where)};
}

Recording record(const Program& program, const Graph& g) {
  Recording r;
  for (const Object& cell : program.cells) r.cells.push_back(recorded_object(cell));
  for (const Object& datum : program.data) r.data.push_back(recorded_object(datum));
  for (int t = 0; t < g.threads(); ++t) {
    RecordedThread& thread = r.threads.emplace_back();
    for (const Stamp s : g.thread(t)) thread.events.push_back(recorded_event(g, s));
    for (const Access& a : g.log(t)) thread.accesses.push_back(recorded_access(a));
  }
  for (Cell c = 0; c < g.cells(); ++c) {
    auto& order = r.coherence.emplace_back();
    for (const Stamp s : g.coherence(c)) order.push_back(name_of(g, s));
  }
  return r;
}

Recording record(const Program& program, const Violation& v) {
  Recording r = record(program, v.graph);
  r.violation = {.fault = v.fault, .message = v.message, .thread = v.thread, .where = to_text(v.where)};
  return r;
}

std::string to_text(const EventName& name) {
  return name.is_initial() ? "initial" : std::to_string(name.thread) + "." + std::to_string(name.index);
}

std::string to_text(const Location& where) {
  return where.line() == 0 ? "" : std::string(where.file_name()) + ":" + std::to_string(where.line());
}

std::string to_hexadecimal(std::uint64_t value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[value % 16]);
    value /= 16;
  } while (value != 0);
  return "0x" + digits;
}

std::string describe(const Recording& r, const RecordedEvent& e) {
  const std::string cell = e.cell == no_cell ? "" : name_in(r.cells, e.cell);
  switch (e.kind) {
    case Kind::read: return describe_read(cell, e);
    case Kind::write:
      if (e.updates) return "update of " + cell + " to " + to_hexadecimal(e.value);
      return "store of " + to_hexadecimal(e.value) + " to " + cell + " (" + std::string(text_of(e.order)) + labelled(e.label) +
             ")";
    case Kind::fence: return "fence (" + std::string(text_of(e.order)) + labelled(e.label) + ")";
    case Kind::choice: return "choice of option " + std::to_string(e.value) + " of " + std::to_string(e.number);
    case Kind::block: return "block by " + std::string(text_of(e.obstacle)) + " since event " + std::to_string(e.number);
    case Kind::end: return "end of the thread";
  }
  return "";
}

std::string describe(const Recording& r, const RecordedAccess& a) {
  std::string text = a.writes ? "plain write of " : "plain read of ";
  text += to_hexadecimal(a.value) + (a.writes ? " to " : " from ") + name_in(r.data, a.datum);
  if (a.before != 0) text += " in exchange for " + to_hexadecimal(a.before);
  return text + labelled(a.label);
}

}  // namespace checker
