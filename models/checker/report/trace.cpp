#include "trace.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "models/checker/graph/interleaving.hpp"
#include "models/checker/rc11/consistency.hpp"
#include "models/checker/rc11/races.hpp"

namespace checker {

namespace {

using Strings = std::vector<std::string>;

std::string_view name(Order order) {
  switch (order) {
    case Order::relaxed: return "relaxed";
    case Order::acquire: return "acquire";
    case Order::release: return "release";
    case Order::acq_rel: return "acq_rel";
    case Order::seq_cst: return "seq_cst";
  }
  return "";
}

std::string_view name(const Event& e) {
  if (e.kind == Kind::write && !e.updates) return "store";
  if (e.kind == Kind::fence) return "fence";
  if (e.kind == Kind::choice) return "choose";
  switch (e.request.operation) {
    case Operation::load: return "load";
    case Operation::add: return "fetch_add";
    case Operation::exchange: return "exchange";
    case Operation::bit_and: return "fetch_and";
    case Operation::bit_or: return "fetch_or";
    case Operation::bit_xor: return "fetch_xor";
    case Operation::compare: return "CAS";
    case Operation::compare_weak: return "weak CAS";
    case Operation::add_float:
    case Operation::add_double: return "fetch_add";
    case Operation::add_unless: return "fetch_add_unless";
  }
  return "";
}

std::string_view describe(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::assumption: return "blocked: an assumption is false";
    case Obstacle::await: return "blocked: waits for another value";
    case Obstacle::retry: return "blocked: retry of a loop that wrote nothing";
    case Obstacle::step_bound: return "blocked: more steps than the bound";
    case Obstacle::none: break;
  }
  return "";
}

std::string describe(const Location& where) {
  if (where.line() == 0) return "";
  return fmt::format("{}:{}", std::filesystem::path(where.file_name()).lexically_normal().string(), where.line());
}

std::string describe(std::uint64_t value) { return value < 65536 ? fmt::format("{}", value) : fmt::format("{:#x}", value); }

// "a", "a and b", "a, b and c", "a, b, c, d, e and 4 more"
std::string enumerate(Strings names) {
  constexpr std::size_t shown = 5;
  if (names.size() > shown + 1) {
    names[shown] = fmt::format("{} more", names.size() - shown);
    names.resize(shown + 1);
  }
  const std::string last = names.back();
  names.pop_back();
  return names.empty() ? last : fmt::format("{} and {}", fmt::join(names, ", "), last);
}

bool tells_more(const Clock& message, const Clock& view) {
  for (int t = 0; t < maximum_threads; ++t)
    if (message[t] > view[t]) return true;
  return false;
}

// A read-modify-write is one step, with the name and on the line of its read.
bool is_second_half(const Event& e) { return e.kind == Kind::write && e.updates; }
bool has_line(const Event& e) { return e.kind != Kind::end && !is_second_half(e); }
std::string name_of(const Event& e) { return fmt::format("{}.{}", int{e.thread}, e.index - (is_second_half(e) ? 1 : 0)); }

// Why the model lets an event be as it is.
class Reasons {
 public:
  explicit Reasons(const Graph& g) : graph_(g) {}

  Strings of_read(const Event& read) const;
  Strings of_write(const Program& p, const Event& write) const;
  Strings of_fence(const Event& fence) const;

 private:
  Clock view_before(const Event& e) const {
    const Event* before = graph_.predecessor(e);
    return before ? before->happens_before : Clock{};
  }
  const Event* release_of(const Event& write) const;
  Strings releases_behind(Stamp write, Clock& view) const;
  const Event* next_acquire_fence(const Event& read) const;
  std::string recency(const Event& read) const;
  std::string lower_bound(const Event& read) const;
  std::string synchronization(const Event& read) const;

  const Graph& graph_;
};

std::string Reasons::recency(const Event& read) const {
  Strings newer, after;
  for (int place = graph_.place_of(read.source) + 1; place <= graph_.last_place(read.cell); ++place) {
    const Event& write = graph_[graph_.write_at(read.cell, place)];
    if (write.updates && write.thread == read.thread && write.index == read.index + 1) continue;  // its own
    (read.in(write.happens_before) ? after : newer).push_back(name_of(write));
  }
  if (!newer.empty()) {
    const char* verb = newer.size() == 1 ? "is" : "are";
    return fmt::format("not the newest: {} {} newer, but not known here", enumerate(std::move(newer)), verb);
  }
  if (after.empty()) return "the newest store";
  const char* verb = after.size() == 1 ? "happens" : "happen";
  return fmt::format("the newest store but for {}, which {}-after this", enumerate(std::move(after)), verb);
}

std::string Reasons::lower_bound(const Event& read) const {
  const int place = graph_.place_of(read.source);
  if (place == 0 || place != lowest_place(graph_, read)) return "";
  for (const Stamp s : graph_.thread(read.thread))
    if (known_place(graph_, read.cell, graph_[s].happens_before) == place)
      return "the oldest it may read: known through " + name_of(graph_[s]);
  return "";
}

// The release of which a write carries the message: itself, or a fence before it.
const Event* Reasons::release_of(const Event& write) const {
  if (releases(write.request.order)) return &write;
  return write.release_fence == 0 ? nullptr : &graph_[graph_.at(write.thread, write.release_fence - 1)];
}

// The releases in whose release sequences a write is, as far as they tell more than the view; it then has them.
Strings Reasons::releases_behind(Stamp write, Clock& view) const {
  Strings names;
  while (write != initial) {
    const Event& e = graph_[write];
    if (const Event* release = release_of(e); release && tells_more(release->happens_before, view)) {
      names.push_back((release->kind == Kind::fence ? "the fence " : "") + name_of(*release));
      view.join(release->happens_before);
    }
    write = e.updates ? graph_.predecessor(e)->source : initial;
  }
  return names;
}

const Event* Reasons::next_acquire_fence(const Event& read) const {
  for (int i = read.index + 1; i < graph_.length(read.thread); ++i) {
    const Event& e = graph_[graph_.at(read.thread, i)];
    if (e.kind == Kind::fence && acquires(e.request.order)) return &e;
  }
  return nullptr;
}

std::string Reasons::synchronization(const Event& read) const {
  if (read.source == initial) return "";
  const Event& source = graph_[read.source];
  Clock view = view_before(read), nothing;
  const bool is_known = source.in(view);
  const Strings names = releases_behind(read.source, view);
  if (acquires(read.order())) {
    if (!names.empty()) return "synchronizes-with " + enumerate(names);
    if (is_known || !releases_behind(read.source, nothing).empty()) return "";
    return fmt::format("{} is {}: no synchronization", name_of(source), name(source.request.order));
  }
  if (names.empty()) return "";
  if (const Event* fence = next_acquire_fence(read))
    return fmt::format("synchronizes-with {} at the fence {}", enumerate(names), name_of(*fence));
  const bool plain = names.size() == 1 && names.front() == name_of(source);
  return fmt::format("{}: does not synchronize with {}{}", name(read.order()), enumerate(names), plain ? ", a release" : "");
}

Strings Reasons::of_read(const Event& read) const { return {recency(read), lower_bound(read), synchronization(read)}; }

// Where it lies, unless happens-before or a read-modify-write that must be next to it says so.
Strings Reasons::of_write(const Program& p, const Event& write) const {
  if (write.place == 0 || write.place == graph_.last_place(write.cell)) return {};
  const Event& next = graph_[graph_.write_at(write.cell, write.place + 1)];
  if (next.updates || write.in(next.happens_before)) return {};
  return {fmt::format("before {} in the coherence order of {}", name_of(next), p.cell(write.cell).name)};
}

Strings Reasons::of_fence(const Event& fence) const {
  if (!acquires(fence.request.order)) return {};
  Clock view = view_before(fence);
  Strings names;
  for (int i = 0; i < fence.index; ++i) {
    const Event& e = graph_[graph_.at(fence.thread, i)];
    if (e.kind != Kind::read || e.source == initial) continue;
    std::ranges::move(releases_behind(e.source, view), std::back_inserter(names));
  }
  if (names.empty()) return {};
  return {"synchronizes-with " + enumerate(std::move(names))};
}

// Lines with aligned columns, and lines of text.
class Table {
 public:
  enum Column : std::uint8_t { step, what, object, happened, source, order, where, reasons, columns };
  using Row = std::array<std::string, columns>;

  void add_heading(std::string text) { lines_.push_back({{}, std::move(text)}); }
  void add(Row row) {
    for (std::size_t i = 0; i < columns; ++i) widths_[i] = std::max(widths_[i], row[i].size());
    lines_.push_back({std::move(row), {}});
  }
  // A step with text instead of columns.
  void add_text(std::string step_name, std::string text) {
    widths_[step] = std::max(widths_[step], step_name.size());
    lines_.push_back({{std::move(step_name)}, std::move(text)});
  }
  // What goes round many times is shown at its first and its last.
  std::string text() const {
    std::string all;
    for (std::size_t i = 0; i < lines_.size();) {
      const auto [period, times] = repetition_at(i);
      all += text_of(i, period);
      if (times > 1) {
        all += fmt::format("  ... {} more of the {} above ...\n", times - 2, period == 1 ? "step" : "steps");
        all += text_of(i + period * (times - 1), period);
      }
      i += period * times;
    }
    return all;
  }

 private:
  struct Line {
    Row row;
    std::string text;
  };

  static constexpr std::size_t longest_period = 8, fewest_times = 8;

  struct Repetition {
    std::size_t period, times;
  };

  // The same access of the same object, whatever the values.
  static bool are_alike(const Line& a, const Line& b) {
    const auto same = [&](Column c) { return a.row[c] == b.row[c]; };
    const bool heading = a.row[step].empty() && !a.text.empty();
    return !heading && a.text == b.text && same(what) && same(object) && same(order) && same(where);
  }
  Repetition repetition_at(std::size_t first) const {
    for (std::size_t period = 1; period <= longest_period; ++period) {
      std::size_t end = first + period;
      while (end < lines_.size() && are_alike(lines_[end], lines_[end - period])) ++end;
      const std::size_t times = (end - first) / period;
      if (times >= fewest_times) return {period, times};
    }
    return {1, 1};
  }

  std::string text_of(std::size_t first, std::size_t count) const {
    std::string all;
    for (std::size_t i = first; i < first + count; ++i) all += text_of(lines_[i]) + '\n';
    return all;
  }
  std::string text_of(const Line& line) const {
    if (line.row[step].empty() && !line.text.empty()) return line.text;
    if (!line.text.empty()) return fmt::format("  {:<{}}  {}", line.row[step], widths_[step], line.text);
    std::string text;
    for (std::size_t i = 0; i < columns; ++i)
      if (widths_[i] != 0) text += fmt::format("  {:<{}}", line.row[i], widths_[i]);
    return text.erase(text.find_last_not_of(' ') + 1);
  }

  std::vector<Line> lines_;
  std::array<std::size_t, columns> widths_{};
};

std::string join_reasons(const Strings& reasons) {
  std::string all;
  for (const std::string& reason : reasons)
    if (!reason.empty()) all += (all.empty() ? "" : "; ") + reason;
  return all;
}

// Both sides of a data race. The violating access is not in the log.
struct Conflict {
  int thread;  // the violating one
  Cell datum;
  bool writes;
  Race other;
};

// The violation tells the access only by its message.
std::optional<Conflict> find_conflict(const Program& p, const Graph& g, const Violation* v) {
  if (!v || v->fault != Fault::data_race || v->thread < 0) return std::nullopt;
  for (Cell datum = 0; datum < static_cast<Cell>(p.data.size()); ++datum) {
    for (const bool writes : {false, true}) {
      if (!v->message.starts_with(fmt::format("{}: {} here", p.datum(datum).name, writes ? "written" : "read"))) continue;
      if (const auto race = find_race(g, v->thread, g.length(v->thread), datum, writes))
        return Conflict{v->thread, datum, writes, *race};
    }
  }
  return std::nullopt;
}

class Renderer {
 public:
  Renderer(const Program& p, const Graph& g, const Violation* violation)
      : program_(p), graph_(g), violation_(violation), reasons_(g), conflict_(find_conflict(p, g, violation)) {}

  std::string text() {
    for (int t = 0; t < graph_.threads(); ++t) add_thread(t);
    return table_.text() + coherence() + violation_line() + interleaving();
  }

 private:
  void add_thread(int t);
  void add_event(const Event& e);
  void add_access(int t, const Access& a);
  void add_racing_access();
  std::string happened(const Event& e) const;
  std::string happened(const Access& a) const;
  std::string race_note(int t, const Access& a) const;
  std::string label(std::uint8_t label, std::string_view otherwise) const;
  std::string show(Cell c, std::uint64_t value) const {
    if (const auto own = program_.cell(c).show) return own(value);
    return program_.show_value ? program_.show_value(c, value) : describe(value);
  }
  std::string show_datum(Cell c, std::uint64_t value) const {
    if (const auto own = program_.datum(c).show) return own(value);
    return program_.show_datum ? program_.show_datum(c, value) : describe(value);
  }
  std::string show_store(Cell c, Stamp write) const;
  std::string coherence() const;
  std::string violation_line() const;
  std::string interleaving() const;

  const Program& program_;
  const Graph& graph_;
  const Violation* violation_;
  Reasons reasons_;
  std::optional<Conflict> conflict_;
  bool other_marked_ = false;  // the other side of the race has been passed
  Table table_;
};

void Renderer::add_thread(int t) {
  const bool left = graph_.length(t) == 0 ||
                    (graph_[graph_.thread(t).back()].kind != Kind::end && graph_[graph_.thread(t).back()].kind != Kind::block);
  table_.add_heading(fmt::format("thread {}{}", t, left ? " (did not end)" : ""));
  const auto& log = graph_.log(t);
  auto access = log.begin();
  for (const Stamp s : graph_.thread(t)) {
    for (; access != log.end() && access->position <= graph_[s].index; ++access) add_access(t, *access);
    add_event(graph_[s]);
  }
  for (; access != log.end(); ++access) add_access(t, *access);
  if (conflict_ && conflict_->thread == t) add_racing_access();
}

void Renderer::add_event(const Event& e) {
  if (!has_line(e)) return;
  const std::string where = describe(e.request.where);
  if (e.kind == Kind::block) {
    table_.add_text(name_of(e), fmt::format("{}  {}", describe(e.obstacle), where));
    return;
  }
  Strings why;
  if (e.kind == Kind::read) why = reasons_.of_read(e);
  if (e.kind == Kind::write) why = reasons_.of_write(program_, e);
  if (e.kind == Kind::fence) why = reasons_.of_fence(e);
  if (e.kind == Kind::read && e.updates && e.index + 1 < graph_.length(e.thread))
    std::ranges::move(reasons_.of_write(program_, graph_[graph_.at(e.thread, e.index + 1)]), std::back_inserter(why));
  const std::string source = e.source == initial ? "initial" : "from " + (e.source < 0 ? "" : step_name(graph_, e.source));
  table_.add({name_of(e), label(e.request.label, name(e)), e.cell == no_cell ? "" : program_.cell(e.cell).name, happened(e),
              e.kind == Kind::read ? source : "", e.kind == Kind::choice ? "" : std::string(name(e.order())), where,
              join_reasons(why)});
}

std::string Renderer::happened(const Event& e) const {
  if (e.kind == Kind::choice) return fmt::format("{} of 0..{}", e.value, e.request.operand - 1);
  if (e.kind == Kind::write) return "write " + show(e.cell, e.value);
  if (e.kind != Kind::read) return "";
  if (e.source == initial && !program_.cell(e.cell).written) return "was never written";
  const std::string value = show(e.cell, e.value);
  if (e.spurious) return "fails spuriously at " + value;
  if (e.updates) return fmt::format("{} => {}", value, show(e.cell, updated_value(e)));
  if (compares(e.request.operation)) return fmt::format("found {}, wanted {}", value, show(e.cell, e.request.operand));
  return "read " + value;
}

void Renderer::add_access(int t, const Access& a) {
  const std::string race = race_note(t, a);
  other_marked_ |= !race.empty();
  table_.add({"", label(a.label, a.writes ? "writes" : "reads"), program_.datum(a.datum).name, happened(a), "", "plain",
              describe(a.where), race});
}

// An exchange of zero looks like a write, unless it has a label.
std::string Renderer::happened(const Access& a) const {
  const std::string value = show_datum(a.datum, a.value);
  const bool exchange = a.writes && (a.label != 0 || a.before != 0);
  return exchange ? fmt::format("{} => {}", show_datum(a.datum, a.before), value) : value;
}

std::string Renderer::race_note(int t, const Access& a) const {
  if (!conflict_ || other_marked_ || t != conflict_->other.thread) return "";
  const Access& other = conflict_->other.access;
  if (a.datum != other.datum || a.writes != other.writes || a.position != other.position) return "";
  return fmt::format("races with thread {}'s {} at {}", conflict_->thread, conflict_->writes ? "write" : "read",
                     describe(violation_->where));
}

void Renderer::add_racing_access() {
  const auto& [thread, access] = conflict_->other;
  table_.add(
      {"", conflict_->writes ? "writes" : "reads", program_.datum(conflict_->datum).name, "", "", "plain",
       describe(violation_->where),
       fmt::format("races with thread {}'s {} at {}", thread, access.writes ? "write" : "read", describe(access.where))});
}

std::string Renderer::label(std::uint8_t label, std::string_view otherwise) const {
  return std::string(label != 0 && label < program_.labels.size() ? program_.labels[label] : otherwise);
}

std::string Renderer::show_store(Cell c, Stamp write) const {
  if (write == initial && !program_.cell(c).written) return "initial";
  return fmt::format("{} ({})", step_name(graph_, write), show(c, value_of(program_, graph_, c, write)));
}

std::string Renderer::coherence() const {
  std::string text;
  for (Cell c = 0; c < static_cast<Cell>(graph_.cells()); ++c) {
    if (graph_.last_place(c) < 2) continue;
    Strings stores;
    for (int place = 0; place <= graph_.last_place(c); ++place) stores.push_back(show_store(c, graph_.write_at(c, place)));
    text += fmt::format("  {}: {}\n", program_.cell(c).name, fmt::join(stores, ", "));
  }
  return text.empty() ? "" : "coherence\n" + text;
}

std::string Renderer::violation_line() const {
  if (!violation_) return "";
  const std::string where = describe(violation_->where);
  const std::string who = violation_->thread >= 0 ? fmt::format("thread {}", violation_->thread)
                          : where.empty()         ? "all threads"
                                                  : "finally";
  return fmt::format("violation: {}: {} ({}{}{})\n", checker::name(violation_->fault), violation_->message, who,
                     where.empty() ? "" : ", ", where);
}

std::string Renderer::interleaving() const {
  constexpr std::size_t per_line = 20;
  Interleaving one;
  if (!one.compute(graph_)) return "no interleaving explains this execution: it needs weak memory\n";
  Strings steps;
  for (const Stamp s : one.order()) {
    const Event& e = graph_[s];
    if (has_line(e)) steps.push_back(name_of(e));
  }
  if (steps.empty()) return "";
  if (steps.size() <= per_line) return fmt::format("one interleaving: {}\n", fmt::join(steps, " "));
  std::string text = "one interleaving:\n";
  for (std::size_t i = 0; i < steps.size(); i += per_line) {
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(std::min(i + per_line, steps.size()));
    text += fmt::format("  {:>4}  {}\n", i + 1, fmt::join(steps.begin() + static_cast<std::ptrdiff_t>(i), end, " "));
  }
  return text;
}

}  // namespace

std::string step_name(const Graph& g, Stamp s) { return s == initial ? "initial" : name_of(g[s]); }

std::string render(const Program& p, const Graph& g, const Violation* violation) { return Renderer(p, g, violation).text(); }

}  // namespace checker
