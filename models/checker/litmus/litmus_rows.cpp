#include "litmus_rows.hpp"

#include <charconv>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

namespace checker::litmus {

namespace {

class Rows {
 public:
  void add(std::string name, Program program) { add_variant(std::move(name), "", std::move(program)); }
  void add_variant(std::string name, std::string variant, Program program) {
    rows_.push_back({std::move(name), std::move(variant), std::move(program)});
  }
  std::vector<Row> take() { return std::move(rows_); }

 private:
  std::vector<Row> rows_;
};

void add_two_threads(Rows& rows) {
  rows.add("SB: W x rlx; R y rlx || W y rlx; R x rlx", store_buffering(relaxed, relaxed));
  rows.add("SB: W rel, R acq", store_buffering(release, acquire));
  rows.add("SB: all sc", store_buffering(seq_cst, seq_cst));
  rows.add("SB: rlx with an sc fence between", store_buffering_fenced(seq_cst, seq_cst));
  rows.add("MP: W x rlx; W f rlx || R f rlx; R x rlx", message_passing(relaxed, relaxed));
  rows.add("MP: flag W rel / R acq", message_passing(release, acquire));
  rows.add("MP with non-atomic data, the data read only if the flag was seen", message_passing_plain(release, acquire));
  for (const auto& [variant, read, write] :
       {std::tuple{"rlx", relaxed, relaxed}, {"acq rel", acquire, release}, {"sc", seq_cst, seq_cst}})
    rows.add_variant("LB: R x; W y || R y; W x (any orders)", variant, load_buffering(read, write));
  rows.add("2+2W: W x 1; W y 2 || W y 1; W x 2, rlx", two_writes_each(relaxed));
  rows.add("2+2W: all sc", two_writes_each(seq_cst));
  rows.add("2+2W: rlx with an sc fence between", two_writes_each(relaxed, true));
  rows.add("R: W x; W y 1 || W y 2; R x, rlx", store_then_read(relaxed));
  rows.add("R: all sc", store_then_read(seq_cst));
  rows.add("S: W x 2; W y || R y; W x 1, rlx", read_then_store(relaxed, relaxed));
  rows.add("S: W y rel / R acq", read_then_store(release, acquire));
  rows.add("CoRR: one thread W x 1; W x 2 || R x; R x", read_twice);
  rows.add_variant("CoWR / CoRW", "CoWR", write_then_read);
  rows.add_variant("CoWR / CoRW", "CoRW", read_then_write);
  rows.add("CoWR: W x 5; R x || FA x", write_then_read_beside_increment);
  rows.add("CoWW: W x 1; W x 2 || W x 3", write_twice);
  rows.add("C++20 relseq: W x rlx; W y 1 rel; W y 2 rlx || R y acq; R x rlx", broken_release_sequence);
  rows.add("failing CAS order: W x rlx; W y 1 rel || CAS(y,5->6, ar, rlx); R x rlx",
           flag_by_compare_exchange(5, acq_rel, relaxed));
}

void add_more_threads(Rows& rows) {
  rows.add("IRIW: 2 writers, 2 double readers, all rlx", independent_reads(relaxed, relaxed, relaxed));
  rows.add("IRIW: W rel / R acq", independent_reads(release, acquire, acquire));
  rows.add("IRIW: all sc", independent_reads(seq_cst, seq_cst, seq_cst));
  rows.add("IRIW-acq-sc: W sc, first R acq, second R sc", independent_reads(seq_cst, acquire, seq_cst));
  rows.add("IRIW: rlx with sc fences between the reads", independent_reads(relaxed, relaxed, relaxed, true));
  rows.add("WRC: rlx", write_to_read_causality(relaxed, relaxed));
  rows.add("WRC: W y rel / R y acq", write_to_read_causality(release, acquire));
  rows.add("RWC: W x || R x; F sc; R y || W y; F sc; R x, rlx", read_to_write_causality(true));
  rows.add("ISA2: W x; W y rel || R y acq; W z rel || R z acq; R x", two_flags(acquire));
  rows.add("relseq: W x rlx; W y 1 rel || FA y rlx || R y acq; R x rlx", release_sequence(1));
  rows.add("CoRR1: W x 1 rel || W x 2 rel || R x acq; R x acq || R x acq", [](Shared& s) {
    return Threads{[&] { s.x.store(1, release); }, [&] { s.x.store(2, release); },
                   [&] {
                     s.r1 = s.x.load(acquire);
                     s.r2 = s.x.load(acquire);
                   },
                   [&] { s.r3 = s.x.load(acquire); }};
  });
  rows.add("wrw2: W x 1 rel || R x rlx; W x 2 rel || R x rlx; W x 3 rel", [](Shared& s) {
    return Threads{[&] { s.x.store(1, release); },
                   [&] {
                     s.r1 = s.x.load(relaxed);
                     s.x.store(2, release);
                   },
                   [&] {
                     s.r2 = s.x.load(relaxed);
                     s.x.store(3, release);
                   }};
  });
}

void add_fences(Rows& rows) {
  rows.add("MP: F rel before the flag's W rlx, F acq behind its R rlx",
           message_passing_fenced(release, relaxed, relaxed, acquire));
  rows.add("MP: F rel, flag W rlx / R acq", message_passing_fenced(release, relaxed, acquire, none));
  rows.add("MP: flag W rel / R rlx, F acq", message_passing_fenced(none, release, relaxed, acquire));
  rows.add("MP: F rel, flag W rlx / R rlx", message_passing_fenced(release, relaxed, relaxed, none));
  rows.add("MP: flag W rlx / R rlx, F acq", message_passing_fenced(none, relaxed, relaxed, acquire));
  rows.add("MP: F rel, flag W rlx || FA f rlx || R f rlx, F acq, R x rlx", release_sequence_fenced(1));
  rows.add("MP: F rel, flag FA rlx / R acq", [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     checker::atomic_thread_fence(release);
                     s.y.fetch_add(1, relaxed);
                   },
                   [&] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  });
  rows.add("relseq fence: W x rlx; W y 1 rel; W y 2 rlx || exchange(y,3) rlx || R y rlx; F ar; R x rlx", [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                     s.y.store(2, relaxed);
                   },
                   [&] { s.y.exchange(3, relaxed); },
                   [&] {
                     s.r1 = s.y.load(relaxed);
                     checker::atomic_thread_fence(acq_rel);
                     s.r2 = s.x.load(relaxed);
                   }};
  });
  rows.add("W+RWC: W x rlx; W z rel || R z acq; F sc; R y rlx || W y rlx; F sc; R x rlx", [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, relaxed);
                     s.z.store(1, release);
                   },
                   [&] {
                     s.r1 = s.z.load(acquire);
                     checker::atomic_thread_fence(seq_cst);
                     s.r2 = s.y.load(relaxed);
                   },
                   [&] {
                     s.y.store(1, relaxed);
                     checker::atomic_thread_fence(seq_cst);
                     s.r3 = s.x.load(relaxed);
                   }};
  });
}

void add_seq_cst(Rows& rows) {
  rows.add("Z6.U: W x 1 sc; W y 1 rel || FA y sc; R y rlx || W y 3 sc; R x sc", [](Shared& s) {
    return Threads{[&] {
                     s.x.store(1, seq_cst);
                     s.y.store(1, release);
                   },
                   [&] {
                     s.r1 = s.y.fetch_add(1, seq_cst);
                     s.r2 = s.y.load(relaxed);
                   },
                   [&] {
                     s.y.store(3, seq_cst);
                     s.r3 = s.x.load(seq_cst);
                   }};
  });
  rows.add("WWmerge1: R x acq; R y sc || W x 1 sc; W x 2 sc || W y sc; R x sc", [](Shared& s) {
    return Threads{[&] {
                     s.r1 = s.x.load(acquire);
                     s.r2 = s.y.load(seq_cst);
                   },
                   [&] {
                     s.x.store(1, seq_cst);
                     s.x.store(2, seq_cst);
                   },
                   [&] {
                     s.y.store(1, seq_cst);
                     s.r3 = s.x.load(seq_cst);
                   }};
  });
}

// R y; if set two increments || an increment || W y
Program increments_if_set(M read, M write, M increment) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     if (s.y.load(read) == 0) return;
                     s.x.fetch_add(1, increment);
                     s.x.fetch_add(1, increment);
                   },
                   [=, &s] { s.x.fetch_add(1, increment); }, [=, &s] { s.y.store(42, write); }};
  };
}

// `each` increments by each thread.
Program increments(int count, int each) {
  return [=](Shared& s) {
    return replicate(count, [=, &s](int) {
      for (int k = 0; k < each; ++k) s.x.fetch_add(1, relaxed);
    });
  };
}

void add_increments(Rows& rows) {
  rows.add("RMWFix: R y; if set {FA x; FA x} || FA x || W y 42 (sc)", increments_if_set(seq_cst, seq_cst, seq_cst));
  rows.add("RMWFix: all rlx", increments_if_set(relaxed, relaxed, relaxed));
  rows.add("ainc N=2: N threads FA x", increments(2, 1));
  for (const int n : {3, 5, 8}) rows.add("ainc N=" + std::to_string(n), increments(n, 1));
  for (const int n : {2, 3}) rows.add("K=2 FA per thread, N=" + std::to_string(n), increments(n, 2));
  for (const int n : {3, 5})
    rows.add("N FA + 1 reader, N=" + std::to_string(n), [=](Shared& s) {
      Threads threads = increments(n, 1)(s);
      threads.emplace_back([&] { s.r1 = s.x.load(relaxed); });
      return threads;
    });
  rows.add("binc: FA x; FA y, N=3", [](Shared& s) {
    return replicate(3, [&](int) {
      s.x.fetch_add(1, relaxed);
      s.y.fetch_add(1, relaxed);
    });
  });
  for (const auto& [name, n] : {std::pair{"inc: R x rlx; W x rel (r + 2^i), N=2", 2}, {"inc N=3", 3}})
    rows.add(name, [n](Shared& s) { return replicate(n, [&](int i) { s.x.store(s.x.load(relaxed) + (1 << i), release); }); });
  rows.add("viktor-relseq: {FA x acq; FA x rlx} || {FA x rlx; FA x rlx} || FA x rel || FA x rlx", [](Shared& s) {
    const auto twice = [&s](M first) {
      return [=, &s] {
        s.x.fetch_add(1, first);
        s.x.fetch_add(1, relaxed);
      };
    };
    return Threads{twice(acquire), twice(relaxed), [&] { s.x.fetch_add(1, release); }, [&] { s.x.fetch_add(1, relaxed); }};
  });
  for (const auto& [name, n] : {std::pair{"readers: 1 writer, N single readers, N=5", 5}, {"readers N=13", 13}})
    rows.add(name, [n](Shared& s) {
      Threads threads = replicate(n, [&](int) { s.x.load(relaxed); });
      threads.emplace_back([&] { s.x.store(1, relaxed); });
      return threads;
    });
}

void add_compare_exchanges(Rows& rows) {
  rows.add("cii: CAS(x,1->2) || FA x || FA x", [](Shared& s) {
    Threads threads = increments(2, 1)(s);
    threads.emplace_back([&] { compare_exchange(s.x, 1, 2); });
    return threads;
  });
  rows.add("wcii: W x 5 rel || CAS(x,1->2) || FA x || FA x", [](Shared& s) {
    Threads threads = increments(2, 1)(s);
    threads.emplace_back([&] { compare_exchange(s.x, 1, 2); });
    threads.emplace_back([&] { s.x.store(5, release); });
    return threads;
  });
  rows.add("cas: N threads CAS(0->i), N=4",
           [](Shared& s) { return replicate(4, [&](int i) { compare_exchange(s.x, 0, i + 1); }); });
  rows.add("casw2: thread i does CAS(x,0->1) rlx; W x i rel, N=2", [](Shared& s) {
    return replicate(2, [&](int i) {
      compare_exchange(s.x, 0, 1);
      s.x.store(i + 3, release);
    });
  });
  for (const auto& [name, n] : {std::pair{"casrot: thread i does CAS(i-1->i), N=3", 3}, {"casrot N=4", 4}, {"casrot N=5", 5}})
    rows.add(name, [n](Shared& s) { return replicate(n, [&](int i) { compare_exchange(s.x, i, i + 1); }); });
  for (const auto& [name, n] : {std::pair{"CAS increment, one attempt (R rlx; CAS ar/rlx), N=2", 2},
                                {"CAS increment, one attempt, N=3", 3},
                                {"CAS increment, one attempt, N=4", 4}})
    rows.add(name, [n](Shared& s) {
      return replicate(n, [&](int) {
        const int read = s.x.load(relaxed);
        compare_exchange(s.x, read, read + 1, acq_rel, relaxed);
      });
    });
}

using StackOperation = std::function<void(Stack&)>;

// A thread per operation, on a stack of `filled` nodes.
Program on_stack(unsigned filled, std::vector<StackOperation> operations) {
  return [=](Shared& s) {
    s.stack.fill(filled);
    Threads threads;
    for (const StackOperation& operation : operations) threads.emplace_back([&s, operation] { operation(s.stack); });
    return threads;
  };
}

StackOperation push(unsigned node) {
  return [=](Stack& stack) { stack.push(node); };
}

StackOperation push_pop(unsigned node) {
  return [=](Stack& stack) {
    stack.push(node);
    stack.pop();
  };
}

void add_stacks(Rows& rows) {
  const StackOperation pop = [](Stack& stack) { stack.pop(); };
  const StackOperation pop_push = [](Stack& stack) {
    if (const unsigned node = stack.pop()) stack.push(node);
  };
  rows.add("tagged stack push (R top rlx; W next rlx; CAS rel/rlx), one attempt, 2 threads", on_stack(0, {push(1), push(2)}));
  rows.add("tagged stack push, one attempt, 3 threads", on_stack(0, {push(1), push(2), push(3)}));
  rows.add("push || pop (R top acq; if not empty R next rlx; CAS acq/rlx), one attempt each", on_stack(0, {push(1), pop}));
  rows.add("push || pop || pop", on_stack(0, {push(1), pop, pop}));
  rows.add("push || push || pop", on_stack(0, {push(1), push(2), pop}));
  rows.add("push || push || pop || pop", on_stack(0, {push(1), push(2), pop, pop}));
  rows.add("pop x2 on a stack of 2", on_stack(2, {pop, pop}));
  rows.add("pop x3 on a stack of 3", on_stack(3, {pop, pop, pop}));
  rows.add("(push; pop) x2, one attempt each", on_stack(0, {push_pop(1), push_pop(2)}));
  rows.add("(pop; push) x2 on a stack of 2, one attempt each", on_stack(2, {pop_push, pop_push}));
}

std::runtime_error bad_line(const std::string& path, int number, const std::string& expected, std::string_view found) {
  return std::runtime_error(path + ":" + std::to_string(number) + ": expected " + expected + ", found \"" + std::string(found) +
                            '"');
}

}  // namespace

const std::vector<Row>& rows() {
  static const std::vector<Row> all = [] {
    Rows rows;
    add_two_threads(rows);
    add_more_threads(rows);
    add_fences(rows);
    add_seq_cst(rows);
    add_increments(rows);
    add_compare_exchanges(rows);
    add_stacks(rows);
    return rows.take();
  }();
  return all;
}

Counts read_counts(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  Counts counts;
  std::string line;
  bool headed = false;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.starts_with('#')) continue;
    if (!headed) {
      if (line != "program\tcomplete") throw bad_line(path, number, "the heading program, tab, complete", line);
      headed = true;
      continue;
    }
    const std::size_t tab = line.find('\t');
    std::uint64_t count = 0;
    const char* const end = line.data() + line.size();
    const char* const begin = tab == std::string::npos ? end : line.data() + tab + 1;
    const auto [behind, error] = std::from_chars(begin, end, count);
    if (error != std::errc{} || behind != end) throw bad_line(path, number, "a name, a tab and a count", line);
    if (!counts.emplace(line.substr(0, tab), count).second) throw bad_line(path, number, "a new name", line);
  }
  if (counts.empty()) throw std::runtime_error(path + ": expected rows, found none");
  return counts;
}

}  // namespace checker::litmus
