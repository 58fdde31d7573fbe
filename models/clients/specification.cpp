#include "specification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

namespace rarena::models::clients {

namespace {

using Number = std::uint16_t;

// What a call does next.
enum class Step : Number {
  begin,         // allocate: look at the cursor; free: give back; discard: look at the list
  look_at_list,  // allocate; discard again
  take_found,
  merge_on,  // merge: take, put back, or end
  put_back,  // the rest, or the padding, under the taken descriptor; or the descriptor
  pop,
  make_slab,
  push_others,
  insert,
  push_taken,  // discard, merge: the descriptor of what was taken
};

bool decides(Step step) { return step < Step::put_back || step == Step::pop || step == Step::make_slab; }

Number end_of(Granules g) { return static_cast<Number>(g.offset + g.size); }
Number number(std::uint64_t n) { return static_cast<Number>(n); }
Granules between(std::uint64_t begin, std::uint64_t end) { return {number(begin), number(end - begin)}; }

}  // namespace

// Plain bytes, all of them meaningful, so that equal states are equal bytes.
class Specification::State {
 public:
  struct Client {
    Number call = 0, step = 0;
    Granules found, held, padding, granted;
    Number others = 0;  // descriptors of a slab; discard, merge: whether it has taken something
    Number missed = 0;  // whether the cursor went down behind this call's look at it
  };

  Number cursor = 0, spare = 0, discarded = 0, length = 0;
  std::array<Granules, longest_list> list{};
  std::array<Client, maximum_threads> clients{};
  std::array<Granules, most_calls_of_all> results{};

  std::string bytes() const {
    std::string text(sizeof(State), '\0');
    std::memcpy(text.data(), this, sizeof(State));
    return text;
  }
  // In front of those of its size, as every insertion is.
  void insert(Freelist kind, Granules segment) {
    const auto end = list.begin() + length;
    const auto at = std::find_if(list.begin(), end, [&](Granules other) {
      return kind == Freelist::optimistic ? other.size <= segment.size : other.size >= segment.size;
    });
    std::move_backward(at, end, end + 1);
    *at = segment;
    ++length;
  }
  bool remove(Granules segment) {
    const auto end = list.begin() + length, at = std::find(list.begin(), end, segment);
    if (at == end) return false;
    std::move(at + 1, end, at);
    list[--length] = {};
    return true;
  }
};

class Specification::Search {
 public:
  static_assert(std::has_unique_object_representations_v<State>);

  Search(const Specification& s, Orders orders, const Before& before) : s_(s), orders_(orders), before_(before) {
    std::size_t first = 0;
    for (const Calls& thread : s.program_.threads) {
      first_.push_back(first);
      first += thread.size();
    }
  }

  Outcomes run() {
    visit(start());
    return std::move(outcomes_);
  }

 private:
  State start() const;
  void visit(const State& state);
  bool may_step(const State& state, std::size_t thread) const;
  bool may_begin(const State& state, std::size_t thread) const;
  unsigned ways(const State& state, std::size_t thread) const;
  bool step(State& state, std::size_t thread, unsigned way) const;
  void begin(State& state, std::size_t thread) const;
  void allocate_from_cursor(State& state, std::size_t thread) const;
  std::size_t first_fit(const State& state, const Call& call) const;
  bool overtaken(const State& state, std::size_t thread) const;
  std::size_t first_behind(const State& state, unsigned root) const;
  void look(State& state, std::size_t thread, unsigned way = 0) const;
  bool merge_on(State& state, std::size_t thread, unsigned way) const;
  void take(State& state, std::size_t thread) const;
  void put_back(State& state, std::size_t thread) const;
  void make_slab(State& state, std::size_t thread) const;
  void end(State& state, std::size_t thread, Granules result) const;
  void go(State& state, std::size_t thread, Step step) const { state.clients[thread].step = number(static_cast<Number>(step)); }
  void put(State& state, std::size_t thread, Granules segment) const;
  void end_of_put(State& state, std::size_t thread) const;
  void note_missed(State& state) const;

  const Call& call(const State& state, std::size_t thread) const {
    return s_.program_.threads[thread][state.clients[thread].call];
  }
  bool ended(const State& state, std::size_t thread) const {
    return state.clients[thread].call == s_.program_.threads[thread].size();
  }
  bool in_transit(const State& state, std::size_t thread) const {
    const State::Client& c = state.clients[thread];
    const Call::Kind kind = call(state, thread).kind;
    if (kind == Call::Kind::discard || kind == Call::Kind::merge) return c.others != 0;
    return static_cast<Step>(c.step) >= Step::put_back;
  }
  static Step step_of(const State& state, std::size_t thread) { return static_cast<Step>(state.clients[thread].step); }
  Granules owned(const State& state, std::size_t thread, unsigned own) const;

  const Specification& s_;
  Orders orders_;
  const Before& before_;
  std::vector<std::size_t> first_;  // number of a thread's first call
  std::unordered_set<std::string> seen_;
  Outcomes outcomes_;
};

auto Specification::Search::start() const -> State {
  State state;
  std::uint64_t at = s_.begin_;
  for (const Part& part : s_.program_.parts) {
    const auto size = part.kind == Part::Kind::descriptors ? part.size : part.size / granule;
    if (part.kind == Part::Kind::descriptors) state.spare = number(state.spare + size);
    if (part.kind == Part::Kind::free || part.kind == Part::Kind::abandoned) --state.spare;
    if (part.kind == Part::Kind::free) {
      // Equal sizes keep the order of the image.
      const auto last = state.list.begin() + state.length;
      const auto place = std::find_if(state.list.begin(), last, [&](Granules other) {
        return s_.kind_ == Freelist::optimistic ? other.size < size : other.size > size;
      });
      std::move_backward(place, last, last + 1);
      *place = between(at, at + size);
      ++state.length;
    }
    at += size;
  }
  state.cursor = number(at);
  return state;
}

void Specification::Search::visit(const State& state) {
  if (!seen_.insert(state.bytes()).second) return;
  bool all_ended = true;
  const auto threads = s_.program_.threads.size();
  for (std::size_t t = 0; t < threads; ++t) {
    if (ended(state, t)) continue;
    all_ended = false;
    if (!may_step(state, t)) continue;
    for (unsigned way = 0; way < ways(state, t); ++way)
      if (State next = state; step(next, t, way)) visit(next);
  }
  if (!all_ended) return;
  OutcomeText outcome;
  for (std::size_t i = 0; i < s_.program_.calls(); ++i) outcome.add(state.results[i]);
  for (const Number n : {state.cursor, state.spare, state.discarded}) outcome.add(n);
  for (std::size_t i = 0; i < state.length; ++i) outcome.add(state.list[i]);
  outcomes_.all.insert(outcome.text());
}

bool Specification::Search::may_begin(const State& state, std::size_t thread) const {
  const std::uint32_t needed = before_.of(first_[thread] + state.clients[thread].call);
  for (std::size_t i = 0; needed >> i != 0; ++i)
    if ((needed >> i & 1U) != 0 && state.results[i] == not_returned) return false;
  return true;
}

bool Specification::Search::may_step(const State& state, std::size_t thread) const {
  const Step own = step_of(state, thread);
  if (own == Step::begin && !may_begin(state, thread)) return false;
  if (orders_ == Orders::steps) return true;
  if (orders_ == Orders::quiet && own == Step::look_at_list && state.clients[thread].missed != 0) return false;
  if (orders_ == Orders::quiet && own == Step::take_found && overtaken(state, thread)) return false;
  for (std::size_t t = 0; t < s_.program_.threads.size(); ++t) {
    if (t == thread || ended(state, t)) continue;
    if (orders_ == Orders::calls && step_of(state, t) != Step::begin) return false;
    if (orders_ == Orders::quiet && decides(own) && in_transit(state, t)) return false;
  }
  return true;
}

Granules Specification::Search::owned(const State& state, std::size_t thread, unsigned own) const {
  std::uint64_t at = s_.begin_;
  for (const Part& part : s_.program_.parts) {
    const auto size = part.kind == Part::Kind::descriptors ? part.size : part.size / granule;
    if (part.kind == Part::Kind::owned && part.thread == thread && own-- == 0) return between(at, at + size);
    at += size;
  }
  const Calls& calls = s_.program_.threads[thread];
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (calls[i].kind == Call::Kind::allocate && own-- == 0) return state.results[first_[thread] + i];
  return refused;
}

void Specification::Search::end(State& state, std::size_t thread, Granules result) const {
  State::Client& c = state.clients[thread];
  state.results[first_[thread] + c.call] = result;
  c = {.call = number(c.call + 1U), .found = {}, .held = {}, .padding = {}, .granted = {}};
}

// Begins what a free does with a segment that the cursor does not take.
void Specification::Search::put(State& state, std::size_t thread, Granules segment) const {
  state.clients[thread].held = segment;
  go(state, thread, Step::pop);
}

// Behind the last step of it: the call was a free, or an allocation that gave its padding.
void Specification::Search::end_of_put(State& state, std::size_t thread) const {
  end(state, thread, call(state, thread).kind == Call::Kind::allocate ? state.clients[thread].granted : done);
}

void Specification::Search::allocate_from_cursor(State& state, std::size_t thread) const {
  const Call& c = call(state, thread);
  const std::uint64_t begin = align_up(state.cursor, c.alignment);
  if (begin + c.size > s_.capacity_) return go(state, thread, Step::look_at_list);
  const Granules padding = between(state.cursor, begin), used = between(begin, begin + c.size);
  state.cursor = end_of(used);
  if (padding.size == 0 || s_.kind_ == Freelist::none) return end(state, thread, between(padding.offset, end_of(used)));
  state.clients[thread].granted = used;
  put(state, thread, padding);
}

// The cursor has gone down: an allocation that has looked at it misses that, if it comes to look at the list once more.
void Specification::Search::note_missed(State& state) const {
  for (std::size_t t = 0; t < s_.program_.threads.size(); ++t) {
    if (ended(state, t) || call(state, t).kind != Call::Kind::allocate) continue;
    const Step step = step_of(state, t);
    if (step == Step::look_at_list || step == Step::take_found) state.clients[t].missed = 1;
  }
}

void Specification::Search::begin(State& state, std::size_t thread) const {
  const Call& c = call(state, thread);
  if (c.kind == Call::Kind::allocate) return allocate_from_cursor(state, thread);
  if (c.kind == Call::Kind::discard) return look(state, thread);
  if (c.kind == Call::Kind::merge && s_.kind_ != Freelist::none) return go(state, thread, Step::merge_on);
  if (!c.ends_own()) return end(state, thread, done);  // it changes nothing
  const Granules segment = owned(state, thread, c.own);
  if (segment == refused) return end(state, thread, done);
  if (c.kind == Call::Kind::free && end_of(segment) == state.cursor) {
    state.cursor = segment.offset;
    if (orders_ == Orders::quiet) note_missed(state);
    return end(state, thread, done);
  }
  if (c.kind == Call::Kind::give_up || s_.kind_ == Freelist::none) {
    state.discarded = number(state.discarded + segment.size);
    return end(state, thread, done);
  }
  put(state, thread, segment);
}

// Where the list is searched to, or its length: the policy finds nothing.
std::size_t Specification::Search::first_fit(const State& state, const Call& c) const {
  const bool any = c.kind == Call::Kind::discard;
  const auto fits = [&](Granules g) { return any || align_up(g.offset, c.alignment) + c.size <= end_of(g); };
  if (s_.kind_ == Freelist::none) return state.length;
  const auto last = state.list.begin() + state.length;
  const auto found = std::find_if(state.list.begin(), last, fits);
  const bool only_head = s_.kind_ == Freelist::optimistic && found != state.list.begin();
  return only_head ? state.length : static_cast<std::size_t>(found - state.list.begin());
}

// The first segment behind a root of an optimistic list.
std::size_t Specification::Search::first_behind(const State& state, unsigned root) const {
  const std::uint64_t largest = (std::uint64_t{2} << (s_.program_.index.first + root)) - 1;
  const auto last = state.list.begin() + state.length;
  const auto at =
      std::find_if(state.list.begin(), last, [&](Granules g) { return g.size * std::uint64_t{granule} <= largest; });
  return static_cast<std::size_t>(at - state.list.begin());
}

// Where an allocation in an optimistic list looks first: at the head, or behind a root.
void Specification::Search::look(State& state, std::size_t thread, unsigned way) const {
  const Call& c = call(state, thread);
  std::size_t at = way == 0 ? state.length : first_behind(state, way - 1);
  if (at == state.length || align_up(state.list[at].offset, c.alignment) + c.size > end_of(state.list[at]))
    at = first_fit(state, c);
  if (at == state.length) return end(state, thread, c.kind == Call::Kind::allocate ? refused : done);
  state.clients[thread].found = state.list[at];
  go(state, thread, Step::take_found);
}

// Whether what a call found is there, behind something that it would find now.
bool Specification::Search::overtaken(const State& state, std::size_t thread) const {
  const auto last = state.list.begin() + state.length;
  const auto at = std::find(state.list.begin(), last, state.clients[thread].found);
  return at != last && static_cast<std::size_t>(at - state.list.begin()) != first_fit(state, call(state, thread));
}

void Specification::Search::take(State& state, std::size_t thread) const {
  const Call& c = call(state, thread);
  State::Client& me = state.clients[thread];
  const Granules found = std::exchange(me.found, {});
  if (!state.remove(found)) return go(state, thread, Step::look_at_list);
  if (c.kind == Call::Kind::discard) {
    state.discarded = number(state.discarded + found.size);
    me.others = 1;
    return go(state, thread, Step::push_taken);
  }
  const std::uint64_t begin = align_up(found.offset, c.alignment);
  me.granted = between(begin, begin + c.size);
  me.padding = between(found.offset, begin);
  me.held = between(begin + c.size, end_of(found));
  go(state, thread, Step::put_back);
}

// The ways on from here: to end; to put back what it has; to take a segment that it may take.
bool Specification::Search::merge_on(State& state, std::size_t thread, unsigned way) const {
  State::Client& me = state.clients[thread];
  Granules& held = me.held;
  if (way == 0) {
    if (held.size == 0) end(state, thread, done);
    return held.size == 0;
  }
  if (way == 1) {
    if (held.size == 0) return false;
    const Granules joined = std::exchange(held, {});
    if (end_of(joined) != state.cursor) return state.insert(s_.kind_, joined), true;
    state.cursor = joined.offset;
    if (orders_ == Orders::quiet) note_missed(state);
    return go(state, thread, Step::push_taken), true;
  }
  const Granules taken = state.list[way - 2];
  if (held.size != 0 && end_of(held) != taken.offset) return false;
  state.remove(taken);
  me.others = 1;
  if (held.size != 0) go(state, thread, Step::push_taken);
  held = held.size == 0 ? taken : between(held.offset, end_of(taken));
  return true;
}

void Specification::Search::put_back(State& state, std::size_t thread) const {
  State::Client& me = state.clients[thread];
  const Granules rest = std::exchange(me.held, {}), padding = std::exchange(me.padding, {});
  if (rest.size == 0 && padding.size == 0) {
    ++state.spare;
    return end(state, thread, me.granted);
  }
  state.insert(s_.kind_, rest.size != 0 ? rest : padding);
  if (rest.size == 0 || padding.size == 0) return end(state, thread, me.granted);
  put(state, thread, padding);
}

void Specification::Search::make_slab(State& state, std::size_t thread) const {
  State::Client& me = state.clients[thread];
  Number slots = std::min<Number>(s_.slab_, number(s_.capacity_ - state.cursor));
  if (slots != 0) {
    state.cursor = number(state.cursor + slots);
  } else {
    slots = std::min(s_.slab_, me.held.size);
    me.held = between(me.held.offset + slots, end_of(me.held));
  }
  me.others = number(slots - 1U);
  go(state, thread, me.others == 0 ? Step::insert : Step::push_others);
}

// In how many ways a step can be taken.
unsigned Specification::Search::ways(const State& state, std::size_t thread) const {
  const Step step = step_of(state, thread);
  if (step == Step::merge_on) return 2U + state.length;
  const bool hinted = step == Step::look_at_list && s_.kind_ == Freelist::optimistic;
  return hinted && call(state, thread).kind == Call::Kind::allocate ? 1 + s_.program_.index.roots : 1;
}

// false: there is no such step.
bool Specification::Search::step(State& state, std::size_t thread, unsigned way) const {
  State::Client& me = state.clients[thread];
  switch (step_of(state, thread)) {
    case Step::begin: begin(state, thread); break;
    case Step::look_at_list: look(state, thread, way); break;
    case Step::take_found: take(state, thread); break;
    case Step::merge_on: return merge_on(state, thread, way);
    case Step::put_back: put_back(state, thread); break;
    case Step::pop:
      go(state, thread, state.spare == 0 ? Step::make_slab : Step::insert);
      if (state.spare != 0) --state.spare;
      break;
    case Step::make_slab: make_slab(state, thread); break;
    case Step::push_others:
      state.spare = number(state.spare + std::exchange(me.others, Number{0}));
      go(state, thread, Step::insert);
      break;
    case Step::insert:
      if (me.held.size == 0)
        ++state.spare;
      else
        state.insert(s_.kind_, me.held);
      end_of_put(state, thread);
      break;
    case Step::push_taken:
      ++state.spare;
      go(state, thread, call(state, thread).kind == Call::Kind::merge ? Step::merge_on : Step::look_at_list);
      break;
  }
  return true;
}

Specification::Specification(const ClientProgram& program, Freelist kind, unsigned slab)
    : program_(program), kind_(kind), slab_(number(slab)),
      capacity_(number(program.image(kind).geometry().capacity() / granule)),
      begin_(number(program.image(kind).geometry().data_offset() / granule)) {}

Outcomes Specification::outcomes(Orders orders, const Before& before) const { return Search(*this, orders, before).run(); }

std::string describe(const ClientProgram& program, const std::string& outcome) {
  std::size_t at = 0;
  const auto next = [&] {
    const auto low = static_cast<unsigned char>(outcome[at]), high = static_cast<unsigned char>(outcome[at + 1]);
    at += 2;
    return static_cast<unsigned>(low | high << 8U);
  };
  const auto segment = [](unsigned offset, unsigned size) { return fmt::format("[{}, {})", offset, offset + size); };
  std::string text;
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    text += fmt::format("{}thread {}:", t == 0 ? "" : "; ", t);
    for (const Call& call : program.threads[t]) {
      const unsigned offset = next(), size = next();
      const bool granted = offset != 0;
      text += fmt::format(" {}{}", print(call), granted ? " = " + segment(offset, size) : size == 1 ? " refused" : "");
    }
  }
  const unsigned cursor = next(), spare = next(), discarded = next();
  text += fmt::format("; cursor {}, {} unused descriptors, {} discarded, list", cursor, spare, discarded);
  while (at + 4 <= outcome.size()) {
    const unsigned offset = next();
    text += " " + segment(offset, next());
  }
  return text + " (granules)";
}

}  // namespace rarena::models::clients
