// The classic litmus programs. litmus_rows.cpp counts their executions, the tests look at what their threads can read.
//
// Names and shapes are those of the literature: Alglave, Maranget, Tautschnig, "Herding cats", TOPLAS 2014. Orders are
// parameters where the same shape is of interest with several.
//
// Thread safety: none; a Shared belongs to one thread of the system.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "models/checker/checker.hpp"

namespace checker::litmus {

using M = std::memory_order;
inline constexpr M relaxed = M::relaxed, acquire = M::acquire, release = M::release, acq_rel = M::acq_rel, seq_cst = M::seq_cst;

// A stack with a tag against ABA: the top is tag << 8 | node. Nodes are numbered from 1. One attempt per operation.
struct Stack {
  atomic<unsigned> top{0, "top"};
  std::array<atomic<unsigned>, 4> next;

  // Nodes 1..count lie on it, the last on top.
  void fill(unsigned count) {
    top.store(count);
    for (unsigned i = 1; i <= count; ++i) next[i].store(i - 1);
  }
  void push(unsigned node) {
    unsigned old = top.load(relaxed);
    next[node].store(old & 255, relaxed);
    top.compare_exchange_strong(old, ((old >> 8) + 1) << 8 | node, release, relaxed);
  }
  // The node, or 0.
  unsigned pop() {
    unsigned old = top.load(acquire);
    const unsigned node = old & 255;
    if (node == 0) return 0;
    const unsigned below = next[node].load(relaxed);
    return top.compare_exchange_strong(old, ((old >> 8) + 1) << 8 | below, acquire, relaxed) ? node : 0;
  }
};

// What programs work on. Registers say what a thread has read; each belongs to one thread. They are checker objects because
// the explorer does not run a thread again whose part of an execution it knows: plain variables would keep stale values.
struct Shared {
  atomic<int> x{0, "x"}, y{0, "y"}, z{0, "z"};
  var<int> data{0, "data"};
  var<int> r1{0, "r1"}, r2{0, "r2"}, r3{0, "r3"}, r4{0, "r4"};
  Stack stack;
};

using Threads = std::vector<std::function<void()>>;
using Program = std::function<Threads(Shared&)>;

// Threads 0..count-1, which call body(i).
template <class Body>
Threads replicate(int count, Body body) {
  Threads threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([=] { body(i); });
  return threads;
}

// Returns what it read.
inline int compare_exchange(atomic<int>& object, int expected, int desired, M success = relaxed, M failure = relaxed) {
  object.compare_exchange_strong(expected, desired, success, failure);
  return expected;
}

// SB. r1 = r2 = 0: both stores were missed.
inline Program store_buffering(M write, M read) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, write);
                     s.r1 = s.y.load(read);
                   },
                   [=, &s] {
                     s.y.store(1, write);
                     s.r2 = s.x.load(read);
                   }};
  };
}

// The same, relaxed with fences between.
inline Program store_buffering_fenced(M first, M second) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     checker::atomic_thread_fence(first);
                     s.r1 = s.y.load(relaxed);
                   },
                   [=, &s] {
                     s.y.store(1, relaxed);
                     checker::atomic_thread_fence(second);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
}

// MP. r1 = 1, r2 = 0: the flag y was seen, and the message x was not.
inline Program message_passing(M write, M read) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     s.y.store(1, write);
                   },
                   [=, &s] {
                     s.r1 = s.y.load(read);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
}

// The same with fences before the flag's store and behind its load; `none` is no fence.
inline constexpr M none = relaxed;
inline Program message_passing_fenced(M first, M write, M read, M second) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     if (first != none) checker::atomic_thread_fence(first);
                     s.y.store(1, write);
                   },
                   [=, &s] {
                     s.r1 = s.y.load(read);
                     if (second != none) checker::atomic_thread_fence(second);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
}

// The same with plain data, which is read only if the flag was seen.
inline Program message_passing_plain(M write, M read) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.data = 1;
                     s.y.store(1, write);
                   },
                   [=, &s] {
                     s.r1 = s.y.load(read);
                     if (s.r1 == 1) s.r2 = s.data.get();
                   }};
  };
}

// LB. r1 = r2 = 1: both read from the future.
inline Program load_buffering(M read, M write) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.r1 = s.x.load(read);
                     s.y.store(1, write);
                   },
                   [=, &s] {
                     s.r2 = s.y.load(read);
                     s.x.store(1, write);
                   }};
  };
}

// IRIW. 1 0 1 0: the readers disagree on which of x and y came first.
inline Program independent_reads(M write, M first, M second, bool fenced = false) {
  return [=](Shared& s) {
    const auto between = [=] {
      if (fenced) checker::atomic_thread_fence(seq_cst);
    };
    return Threads{[=, &s] { s.x.store(1, write); }, [=, &s] { s.y.store(1, write); },
                   [=, &s] {
                     s.r1 = s.x.load(first);
                     between();
                     s.r2 = s.y.load(second);
                   },
                   [=, &s] {
                     s.r3 = s.y.load(first);
                     between();
                     s.r4 = s.x.load(second);
                   }};
  };
}

// 2+2W. x = y = 1 in the end: each thread's second store came before the other's first.
inline Program two_writes_each(M write, bool fenced = false) {
  return [=](Shared& s) {
    const auto between = [=] {
      if (fenced) checker::atomic_thread_fence(seq_cst);
    };
    return Threads{[=, &s] {
                     s.x.store(1, write);
                     between();
                     s.y.store(2, write);
                   },
                   [=, &s] {
                     s.y.store(1, write);
                     between();
                     s.x.store(2, write);
                   }};
  };
}

// R. r1 = 0 and y = 2 in the end.
inline Program store_then_read(M order) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, order);
                     s.y.store(1, order);
                   },
                   [=, &s] {
                     s.y.store(2, order);
                     s.r1 = s.x.load(order);
                   }};
  };
}

// S. r1 = 1 and x = 2 in the end: the store behind the flag came before the one ahead of it.
inline Program read_then_store(M write, M read) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(2, relaxed);
                     s.y.store(1, write);
                   },
                   [=, &s] {
                     s.r1 = s.y.load(read);
                     s.x.store(1, relaxed);
                   }};
  };
}

// CoRR, CoWR, CoRW, CoWW: one object is coherent.
inline Threads read_twice(Shared& s) {
  return {[&] {
            s.x.store(1, relaxed);
            s.x.store(2, relaxed);
          },
          [&] {
            s.r1 = s.x.load(relaxed);
            s.r2 = s.x.load(relaxed);
          }};
}
inline Threads write_then_read(Shared& s) {
  return {[&] {
            s.x.store(1, relaxed);
            s.r1 = s.x.load(relaxed);
          },
          [&] { s.x.store(2, relaxed); }};
}
inline Threads write_then_read_beside_increment(Shared& s) {
  return {[&] {
            s.x.store(5, relaxed);
            s.r1 = s.x.load(relaxed);
          },
          [&] { s.x.fetch_add(1, relaxed); }};
}
inline Threads read_then_write(Shared& s) {
  return {[&] {
            s.r1 = s.x.load(relaxed);
            s.x.store(1, relaxed);
          },
          [&] { s.x.store(2, relaxed); }};
}
inline Threads write_twice(Shared& s) {
  return {[&] {
            s.x.store(1, relaxed);
            s.x.store(2, relaxed);
          },
          [&] { s.x.store(3, relaxed); }};
}

// WRC. 1 1 0: the last thread has heard of x, but does not see it.
inline Program write_to_read_causality(M write, M read) {
  return [=](Shared& s) {
    return Threads{[=, &s] { s.x.store(1, relaxed); },
                   [=, &s] {
                     s.r1 = s.x.load(relaxed);
                     s.y.store(1, write);
                   },
                   [=, &s] {
                     s.r2 = s.y.load(read);
                     s.r3 = s.x.load(relaxed);
                   }};
  };
}

// ISA2. 1 1 0: the same with a message ahead of the first flag. `middle` is the order of the load in the middle.
inline Program two_flags(M middle) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                   },
                   [=, &s] {
                     s.r1 = s.y.load(middle);
                     s.z.store(1, release);
                   },
                   [=, &s] {
                     s.r2 = s.z.load(acquire);
                     s.r3 = s.x.load(relaxed);
                   }};
  };
}

// RWC. 1 0 0.
inline Program read_to_write_causality(bool fenced) {
  return [=](Shared& s) {
    const auto between = [=] {
      if (fenced) checker::atomic_thread_fence(seq_cst);
    };
    return Threads{[=, &s] { s.x.store(1, relaxed); },
                   [=, &s] {
                     s.r1 = s.x.load(relaxed);
                     between();
                     s.r2 = s.y.load(relaxed);
                   },
                   [=, &s] {
                     s.y.store(1, relaxed);
                     between();
                     s.r3 = s.x.load(relaxed);
                   }};
  };
}

// A release sequence: the flag y goes through another thread's relaxed fetch_add on its way.
inline Program release_sequence(int addend) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                   },
                   [=, &s] { s.y.fetch_add(addend, relaxed); },
                   [=, &s] {
                     s.r1 = s.y.load(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
}

// A relaxed store behind the release store: since C++20 it is no part of the release sequence.
inline Threads broken_release_sequence(Shared& s) {
  return {[&] {
            s.x.store(1, relaxed);
            s.y.store(1, release);
            s.y.store(2, relaxed);
          },
          [&] {
            s.r1 = s.y.load(acquire);
            s.r2 = s.x.load(relaxed);
          }};
}

// The flag is read by a compare-exchange, which fails unless `expected` is 1.
inline Program flag_by_compare_exchange(int expected, M success, M failure) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     s.y.store(1, release);
                   },
                   [=, &s] {
                     s.r1 = compare_exchange(s.y, expected, 6, success, failure);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
}

// A release fence, the flag's relaxed store, another thread's relaxed fetch_add, a relaxed load, an acquire fence.
inline Program release_sequence_fenced(int addend) {
  return [=](Shared& s) {
    return Threads{[=, &s] {
                     s.x.store(1, relaxed);
                     checker::atomic_thread_fence(release);
                     s.y.store(1, relaxed);
                   },
                   [=, &s] { s.y.fetch_add(addend, relaxed); },
                   [=, &s] {
                     s.r1 = s.y.load(relaxed);
                     checker::atomic_thread_fence(acquire);
                     s.r2 = s.x.load(relaxed);
                   }};
  };
}

}  // namespace checker::litmus
