// The generator of random programs. Thread safety: functions of their arguments.
//
// The standard fixes the numbers of std::mt19937_64 but not those of its distributions, which is why there are none here.
// Random numbers are drawn in statements of their own wherever the order of evaluation would be open.
#include "models/checker/reference/random_program.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace checker::reference {
namespace {

constexpr unsigned size_limit = 8;
constexpr unsigned data = 0, flag = 1, relay = 2;  // locations of message passing

using Thread = std::vector<Instruction>;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  unsigned below(std::size_t limit) { return static_cast<unsigned>(engine_() % limit); }
  unsigned between(unsigned low, unsigned high) { return low + below(high - low + 1); }
  bool chance(unsigned percent) { return below(100) < percent; }

  template <class T, std::size_t count>
  T one_of(const T (&choices)[count]) {
    return choices[below(count)];
  }

  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

struct Weight {
  Operation operation;
  unsigned weight;
};

// How random instructions are drawn; chances in percent.
struct Mix {
  std::vector<Weight> operations;
  unsigned locations;
  unsigned seq_cst;  // else any order
  unsigned guards;
};

class Generator {
 public:
  Generator(std::uint64_t seed, Shape shape)
      : dice_(seed * std::uint64_t{0x9e3779b97f4a7c15} + static_cast<std::uint64_t>(shape)) {}

  Program general() {
    using enum Operation;
    const unsigned locations = dice_.one_of({1U, 1U, 1U, 2U, 2U, 3U});
    return mixed({{{load, 22}, {store, 26}, {fetch_add, 14}, {exchange, 9}, {cas_strong, 24}, {fence, 5}}, locations, 10, 15},
                 sizes(2, 4, 5, size_limit));
  }

  Program weak() {
    using enum Operation;
    const unsigned locations = dice_.between(1, 2);
    Program program = mixed({{{load, 15}, {store, 15}, {fetch_add, 15}, {cas_weak, 50}, {cas_strong, 5}}, locations, 10, 10},
                            sizes(2, 3, 3, 6));
    program.weak_failures = dice_.between(1, 2);
    return program;
  }

  Program sequential();
  Program message_passing(bool plain);
  Program locks();

 private:
  // How many instructions each thread has.
  std::vector<std::size_t> sizes(unsigned least_threads, unsigned most_threads, unsigned least_size, unsigned most_size) {
    const unsigned threads = dice_.between(least_threads, most_threads);
    const unsigned size = dice_.between(least_size, most_size);
    std::vector<std::size_t> result(threads, 1);
    for (std::size_t i = threads; i < size; ++i) ++result[dice_.below(threads)];
    return result;
  }

  Program mixed(const Mix& mix, const std::vector<std::size_t>& thread_sizes) {
    Program program;
    for (const std::size_t size : thread_sizes) {
      Thread& thread = program.threads.emplace_back();
      while (thread.size() < size) thread.push_back(instruction(mix, thread));
    }
    return program;
  }

  Operation operation(const Mix& mix) {
    unsigned total = 0;
    for (const Weight& choice : mix.operations) total += choice.weight;
    unsigned point = dice_.below(total);
    for (const Weight& choice : mix.operations) {
      if (point < choice.weight) return choice.operation;
      point -= choice.weight;
    }
    throw std::logic_error("expected a point within the weights, found one beyond them");
  }

  Instruction instruction(const Mix& mix, const Thread& before) {
    const Operation chosen = operation(mix);
    const unsigned location = dice_.below(mix.locations);
    const unsigned value = dice_.between(1, 3);
    Instruction result = of(chosen, location, value, order(chosen, mix.seq_cst));
    if (is_cas(chosen)) {
      result.expected.constant = dice_.below(3);
      result.failure = failure_order(mix.seq_cst);
    }
    if (before.empty()) return result;
    if (dice_.chance(mix.guards)) result.guard = dice_.below(3);
    if (is_cas(chosen)) result.expected.adds_register = dice_.chance(25);
    if (has_value(chosen)) result.value.adds_register = dice_.chance(25);
    return result;
  }

  static bool has_value(Operation operation) {
    return operation != Operation::load && operation != Operation::fence && operation != Operation::plain_read &&
           !is_of_mutex(operation);
  }

  // Fields that the operation does not have are left out.
  static Instruction of(Operation operation, unsigned location, unsigned value, Order order) {
    Instruction result;
    result.operation = operation;
    if (operation != Operation::fence && !is_plain(operation)) result.location = location;
    if (has_value(operation)) result.value.constant = value;
    if (!is_plain(operation)) result.order = order;
    return result;
  }

  Order order(Operation operation, unsigned seq_cst) {
    if (is_plain(operation)) return Order::relaxed;
    if (dice_.chance(seq_cst)) return Order::seq_cst;
    return order_among(operation, {Order::relaxed, Order::acquire, Order::release, Order::acq_rel, Order::seq_cst});
  }

  Order failure_order(unsigned seq_cst) {
    if (dice_.chance(seq_cst)) return Order::seq_cst;
    return dice_.one_of({Order::relaxed, Order::acquire, Order::seq_cst});
  }

  // One of the choices that the operation admits, of which there must be one.
  template <std::size_t count>
  Order order_among(Operation operation, const Order (&choices)[count]) {
    while (true)
      if (const Order chosen = dice_.one_of(choices); admits(operation, chosen)) return chosen;
  }

  Order releasing(Operation operation) {
    return order_among(operation, {Order::release, Order::release, Order::acq_rel, Order::relaxed, Order::relaxed});
  }
  Order acquiring(Operation operation) {
    return order_among(operation, {Order::acquire, Order::acquire, Order::acq_rel, Order::relaxed, Order::relaxed});
  }

  Thread store_then_load(unsigned locations);
  Thread hand_over(unsigned locations, bool receives);
  void publish(Thread& thread, unsigned location);
  void observe(Thread& thread, unsigned location);
  Thread writer(bool plain);
  Thread middle(bool& relays);
  Thread reader(unsigned location, bool plain);
  Instruction guarded_access();
  Thread critical_section();
  void trim(Program& program);

  Dice dice_;
};

// Store buffering: what seq_cst is there to forbid.
Thread Generator::store_then_load(unsigned locations) {
  const unsigned stored = dice_.below(locations);
  const unsigned loaded = (stored + 1 + dice_.below(locations - 1)) % locations;
  const bool fenced = dice_.chance(40);
  const unsigned seq_cst = fenced ? 20 : 80;
  Thread thread;
  const Operation write = dice_.one_of({Operation::store, Operation::store, Operation::store, Operation::exchange});
  const unsigned value = dice_.between(1, 2);
  thread.push_back(of(write, stored, value, order(write, seq_cst)));
  if (fenced) thread.push_back(of(Operation::fence, 0, 0, Order::seq_cst));
  thread.push_back(of(Operation::load, loaded, 0, order(Operation::load, seq_cst)));
  return thread;
}

// One side of an edge of happens-before that begins or ends beside a seq_cst access, of the same location or of another.
Thread Generator::hand_over(unsigned locations, bool receives) {
  const unsigned passed = dice_.below(locations);
  const unsigned beside = dice_.below(locations);
  const Operation operation = dice_.chance(50) ? Operation::load : Operation::store;
  Thread thread{of(operation, beside, 2, Order::seq_cst)};
  if (dice_.chance(30)) thread.push_back(of(Operation::plain_read, 0, 0, Order::relaxed));
  thread.push_back(receives ? of(Operation::load, passed, 0, Order::acquire) : of(Operation::store, passed, 1, Order::release));
  if (receives) std::ranges::reverse(thread);
  return thread;
}

Program Generator::sequential() {
  using enum Operation;
  const unsigned locations = dice_.one_of({2U, 2U, 2U, 3U});
  const Mix mix{{{load, 36}, {store, 32}, {fetch_add, 5}, {exchange, 5}, {cas_strong, 5}, {fence, 10}, {plain_read, 7}},
                locations,
                65,
                5};
  Program program;
  const unsigned threads = dice_.between(2, 4);
  for (unsigned i = 0; i < threads; ++i) {
    Thread thread;
    const unsigned kind = dice_.below(100);
    if (kind < 40) thread = store_then_load(locations);
    if (kind >= 70) thread = hand_over(locations, kind >= 85);
    const unsigned more = thread.empty() ? dice_.between(1, 3) : dice_.below(2);
    for (unsigned added = 0; added < more; ++added) thread.push_back(instruction(mix, thread));
    program.threads.push_back(std::move(thread));
  }
  trim(program);
  return program;
}

// A write to a flag, perhaps behind a fence.
void Generator::publish(Thread& thread, unsigned location) {
  if (dice_.chance(40))
    thread.push_back(
        of(Operation::fence, 0, 0, dice_.one_of({Order::release, Order::release, Order::acq_rel, Order::seq_cst})));
  const Operation operation =
      dice_.one_of({Operation::store, Operation::store, Operation::fetch_add, Operation::exchange, Operation::cas_strong});
  Instruction write = of(operation, location, 1, releasing(operation));
  if (is_cas(operation)) write.failure = failure_order(0);
  thread.push_back(write);
}

// A read of a flag, perhaps before a fence.
void Generator::observe(Thread& thread, unsigned location) {
  const Operation operation = dice_.one_of(
      {Operation::load, Operation::load, Operation::load, Operation::fetch_add, Operation::exchange, Operation::cas_strong});
  Instruction read = of(operation, location, 3, acquiring(operation));
  if (is_cas(operation)) {
    read.expected.constant = dice_.below(4);
    read.failure = failure_order(0);
  }
  thread.push_back(read);
  if (dice_.chance(40))
    thread.push_back(
        of(Operation::fence, 0, 0, dice_.one_of({Order::acquire, Order::acquire, Order::acq_rel, Order::seq_cst})));
}

Thread Generator::writer(bool plain) {
  Thread thread;
  const Operation write = plain ? Operation::plain_write : Operation::store;
  thread.push_back(of(write, data, 1, Order::relaxed));
  publish(thread, flag);
  if (!dice_.chance(30)) return thread;
  const Operation again = dice_.one_of({Operation::store, Operation::fetch_add, Operation::exchange});
  thread.push_back(of(again, flag, 2, releasing(again)));
  return thread;
}

// A thread between writer and reader: it passes the flag on, or changes it, as an RMW that continues the release sequence
// or as a store that ends it.
Thread Generator::middle(bool& relays) {
  Thread thread;
  relays = dice_.chance(35);
  if (relays) {
    observe(thread, flag);
    publish(thread, relay);
    if (dice_.chance(50)) thread.back().guard = 1;
    return thread;
  }
  const Operation operation =
      dice_.one_of({Operation::fetch_add, Operation::fetch_add, Operation::exchange, Operation::cas_strong, Operation::store});
  Instruction change = of(operation, flag, operation == Operation::fetch_add ? 1 : 2, releasing(operation));
  if (is_cas(operation)) {
    change.expected.constant = 1;
    change.failure = failure_order(0);
  }
  thread.push_back(change);
  return thread;
}

Thread Generator::reader(unsigned location, bool plain) {
  Thread thread;
  observe(thread, location);
  const auto access = [&] {
    const Operation operation =
        plain ? dice_.one_of({Operation::plain_read, Operation::plain_read, Operation::plain_write})
              : dice_.one_of({Operation::load, Operation::load, Operation::load, Operation::store, Operation::exchange});
    Instruction result = of(operation, data, 2, Order::relaxed);
    if (dice_.chance(plain ? 85 : 30)) result.guard = dice_.one_of({1U, 1U, 1U, 2U, 3U});
    return result;
  };
  thread.push_back(access());
  if (dice_.chance(20)) thread.push_back(access());
  return thread;
}

Program Generator::message_passing(bool plain) {
  Program program;
  program.threads.push_back(writer(plain));
  bool relays = false;
  if (dice_.chance(70)) program.threads.push_back(middle(relays));
  program.threads.push_back(reader(relays && dice_.chance(80) ? relay : flag, plain));
  if (dice_.chance(20)) program.threads.push_back(reader(flag, plain));
  trim(program);
  dice_.shuffle(program.threads);
  return program;
}

// The mutexes are y and z.
Instruction Generator::guarded_access() {
  if (dice_.chance(25)) {
    const Operation operation = dice_.one_of({Operation::load, Operation::store, Operation::fetch_add});
    return of(operation, data, dice_.between(1, 2), order(operation, 0));
  }
  return of(dice_.one_of({Operation::plain_read, Operation::plain_write}), 0, dice_.between(1, 2), Order::relaxed);
}

Thread Generator::critical_section() {
  const unsigned mutex = dice_.one_of({flag, flag, relay});
  Thread thread{of(Operation::lock, mutex, 0, Order::acquire), guarded_access()};
  if (dice_.chance(25)) {
    const unsigned inner = flag + relay - mutex;
    thread.push_back(of(Operation::lock, inner, 0, Order::acquire));
    if (dice_.chance(30)) thread.push_back(guarded_access());
    thread.push_back(of(Operation::unlock, inner, 0, Order::release));
  }
  thread.push_back(of(Operation::unlock, mutex, 0, Order::release));
  return thread;
}

Program Generator::locks() {
  Program program;
  const unsigned threads = dice_.one_of({2U, 2U, 3U});
  const std::size_t share = max_instructions / threads;
  for (unsigned i = 0; i < threads; ++i) {
    Thread& thread = program.threads.emplace_back();
    if (dice_.chance(15)) thread.push_back(guarded_access());
    const unsigned sections = threads == 2 ? dice_.between(1, 2) : 1;
    for (unsigned j = 0; j < sections; ++j) {
      const Thread section = critical_section();
      if (thread.size() + section.size() <= share) thread.insert(thread.end(), section.begin(), section.end());
    }
    if (thread.empty()) thread.push_back(guarded_access());
  }
  return program;
}

// Takes instructions out of the longest threads until the program is small enough.
void Generator::trim(Program& program) {
  while (program.size() > size_limit) {
    auto& longest = *std::ranges::max_element(program.threads, {}, &Thread::size);
    longest.erase(longest.begin() + dice_.below(longest.size()));
  }
}

constexpr std::array<std::string_view, all_shapes.size()> shape_names = {"general", "message_passing", "sequential",
                                                                         "weak",    "races",           "locks"};

}  // namespace

std::string_view name_of(Shape shape) { return shape_names[static_cast<std::size_t>(shape)]; }

Shape shape_of(std::string_view name) {
  for (const Shape shape : all_shapes)
    if (name_of(shape) == name) return shape;
  std::string expected;
  for (const std::string_view known : shape_names) expected += (expected.empty() ? "" : ", ") + std::string(known);
  throw std::invalid_argument("expected a shape (" + expected + "), found '" + std::string(name) + "'");
}

Program random_program(std::uint64_t seed, Shape shape) {
  Generator generator(seed, shape);
  switch (shape) {
    case Shape::general: return generator.general();
    case Shape::message_passing: return generator.message_passing(false);
    case Shape::sequential: return generator.sequential();
    case Shape::weak: return generator.weak();
    case Shape::locks: return generator.locks();
    default: return generator.message_passing(true);
  }
}

}  // namespace checker::reference
