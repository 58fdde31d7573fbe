#include "failed_flush.hpp"

#include <memory>

namespace rarena::models::crash {

namespace {

// Marks of one call of DiskRecord::flush, its promise included.
struct Call {
  std::uint16_t begin = 0, end = 0;
};

std::vector<Call> calls_of(const std::vector<Mark>& marks) {
  std::vector<Call> calls;
  bool inside = false;
  for (std::uint16_t i = 0; i < marks.size(); ++i) {
    if (marks[i].moment != Moment::flush && marks[i].moment != Moment::durable) continue;
    if (!inside) calls.push_back({i, i});
    calls.back().end = static_cast<std::uint16_t>(i + 1);
    inside = marks[i].moment == Moment::flush;
  }
  return calls;
}

// What the shipped record does when a flush fails, and when it is called again.
struct Response {
  std::vector<Tape::Entry> writes;
  bool refuses = false;
};

Response respond(DiskRecord& disk, const Life& life, const Geometry& geometry) {
  Bytes bytes = life.start();
  Tape tape{.entries = {}, .fails = 1};
  const TapeStore store(bytes, geometry, tape);
  (void)disk.flush(TapeDisk(tape), header_range(geometry), store, geometry);
  Response response;
  for (const Tape::Entry& entry : tape.entries)
    if (!entry.moment) response.writes.push_back(entry);
  response.refuses = !disk.flush(TapeDisk(tape), header_range(geometry), store, geometry);
  return response;
}

class Failure {
 public:
  // Mark `index` of `thread` fails, behind so many calls of each of the others.
  Failure(const History& threads, unsigned thread, std::uint16_t index, const Cut& before, const Response& response,
          WriteCounts writes)
      : history_(threads), thread_(thread), index_(index), response_(response), writes_(std::move(writes)) {
    for (unsigned t = 0; t < threads.count(); ++t) {
      gone_.emplace_back(threads.threads[t].size());
      const auto calls = calls_of(threads.threads[t]);
      for (std::size_t k = 0; k < calls.size(); ++k) decide(t, calls[k], k < before[t]);
    }
    for (auto& marks : history_.threads)
      for (Mark& mark : marks)
        if (mark.needs[thread] > index) mark.needs = join(mark.needs, lost().needs);
  }

  History history() const {
    History changed;
    std::vector<std::vector<std::uint16_t>> counts;  // per thread: of its first n marks
    for (unsigned t = 0; t < history_.count(); ++t) rebuild(t, changed.threads.emplace_back(), counts.emplace_back(1));
    for (unsigned t = 0; t < history_.count(); ++t)
      for (std::uint16_t i = 0; i < changed.threads[t].size(); ++i) {
        Cut& needs = changed.threads[t][i].needs;
        for (unsigned s = 0; s < history_.count(); ++s) needs[s] = counts[s][needs[s]];
        needs[t] = static_cast<std::uint16_t>(i + 1);
      }
    return changed;
  }

 private:
  Mark& lost() { return history_.threads[thread_][index_]; }
  void decide(unsigned thread, Call call, bool before) {
    const bool own = thread == thread_;
    if (!own && before) lost().needs = join(lost().needs, history_.threads[thread][call.end - 1U].needs);
    if (own ? call.end <= index_ : before) return;
    const bool fails = own && call.begin <= index_;
    for (std::uint16_t i = fails ? index_ + 1 : call.begin; i < call.end; ++i) gone_[thread][i] = fails || response_.refuses;
  }
  void rebuild(unsigned thread, std::vector<Mark>& marks, std::vector<std::uint16_t>& counts) const {
    WriteCounts writes = writes_;
    for (std::uint16_t i = 0; i < history_.threads[thread].size(); ++i) {
      const Mark& mark = history_.threads[thread][i];
      if (!gone_[thread][i]) marks.push_back(mark);
      if (thread == thread_ && i == index_) {
        marks.back().moment = Moment::lost;
        for (const Tape::Entry& w : response_.writes)
          marks.push_back(
              {.order = ++writes[w.place], .steps = mark.steps, .place = w.place, .value = w.value, .needs = mark.needs});
      }
      counts.push_back(static_cast<std::uint16_t>(marks.size()));
    }
  }

  History history_;
  unsigned thread_;
  std::uint16_t index_;
  const Response& response_;
  WriteCounts writes_;
  std::vector<std::vector<bool>> gone_;
};

// The least and the largest number of a thread's calls that can have come before a mark.
std::pair<std::uint16_t, std::uint16_t> range_of(const std::vector<Mark>& marks, std::uint16_t seen, unsigned thread,
                                                 std::uint16_t index) {
  std::uint16_t least = 0, most = 0;
  for (const Call call : calls_of(marks)) {
    if (call.begin < seen) ++least;
    if (marks[call.begin].needs[thread] <= index) ++most;
  }
  return {least, most};
}

}  // namespace

void each_failure(const History& threads, const Life& life, const Geometry& geometry, bool forgets,
                  const std::function<bool(History, DiskRecord&)>& visit) {
  const auto one = [&](unsigned thread, std::uint16_t index, const Cut& before) {
    DiskRecord knows, knows_nothing;
    Response response = respond(knows, life, geometry);
    if (forgets) response = {};
    return visit(Failure(threads, thread, index, before, response, life.writes()).history(), forgets ? knows_nothing : knows);
  };
  const std::function<bool(unsigned, std::uint16_t, Cut, unsigned)> choose = [&](unsigned thread, std::uint16_t index,
                                                                                 Cut before, unsigned other) {
    if (other == threads.count()) return one(thread, index, before);
    if (other == thread) return choose(thread, index, before, other + 1);
    const auto [least, most] = range_of(threads.threads[other], threads.threads[thread][index].needs[other], thread, index);
    for (before[other] = least; before[other] <= most; ++before[other])
      if (!choose(thread, index, before, other + 1)) return false;
    return true;
  };
  for (unsigned t = 0; t < threads.count(); ++t)
    for (std::uint16_t i = 0; i < threads.threads[t].size(); ++i)
      if (threads.threads[t][i].moment == Moment::flush && !choose(t, i, Cut{}, 0)) return;
}

}  // namespace rarena::models::crash
