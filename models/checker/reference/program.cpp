// The text form of programs. Thread safety: functions of their arguments.
#include "models/checker/reference/program.hpp"

#include <array>
#include <cctype>
#include <utility>

namespace checker::reference {
namespace {

constexpr std::array<std::string_view, 9> mnemonics = {"R", "W", "FA", "XCHG", "CAS", "WCAS", "F", "L", "U"};  // by Operation
constexpr std::array<std::string_view, 5> order_names = {"rlx", "acq", "rel", "ar", "sc"};                     // by Order
constexpr std::string_view location_names = "xyz";
constexpr std::string_view plain_name = "p";

std::string text_of(Value value) { return std::to_string(value.constant) + (value.adds_register ? "+r" : ""); }

std::string text_of(Order order) { return std::string(order_names[static_cast<std::size_t>(order)]); }

std::string text_of(const Instruction& instruction) {
  std::string text = instruction.guard ? "?" + std::to_string(*instruction.guard) + " " : "";
  if (instruction.operation == Operation::plain_read) return text + "R p";
  if (instruction.operation == Operation::plain_write) return text + "W p " + text_of(instruction.value);
  text += mnemonics[static_cast<std::size_t>(instruction.operation)];
  text += ' ';
  if (instruction.operation == Operation::fence) return text + text_of(instruction.order);
  text += location_names[instruction.location];
  if (is_of_mutex(instruction.operation)) return text;
  text += ' ';
  if (is_cas(instruction.operation)) text += text_of(instruction.expected) + ' ';
  if (instruction.operation != Operation::load) text += text_of(instruction.value) + ' ';
  text += text_of(instruction.order);
  if (is_cas(instruction.operation)) text += ' ' + text_of(instruction.failure);
  return text;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Program program() {
    Program result;
    if (peek() == 'k') result.weak_failures = weak_failures();
    std::size_t instructions = 0;
    do {
      if (result.threads.size() == max_threads) fail("at most " + std::to_string(max_threads) + " threads", "another one");
      auto& thread = result.threads.emplace_back();
      do {
        if (instructions++ == max_instructions)
          fail("at most " + std::to_string(max_instructions) + " instructions", "another one");
        thread.push_back(instruction());
      } while (take(';'));
    } while (take('|'));
    if (peek() != end) fail("';', '|' or the end");
    return result;
  }

 private:
  static constexpr char end = '\0';

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : end;
  }

  bool take(char symbol) {
    if (peek() != symbol) return false;
    ++at_;
    return true;
  }

  void expect(char symbol) {
    if (!take(symbol)) fail("'" + std::string(1, symbol) + "'");
  }

  template <class Predicate>
  std::string_view run(Predicate predicate) {
    peek();
    std::size_t stop = at_;
    while (stop < text_.size() && predicate(static_cast<unsigned char>(text_[stop])) != 0) ++stop;
    return text_.substr(at_, stop - at_);
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& found) {
    peek();
    throw ParseError(expected, found, at_ + 1);
  }
  [[noreturn]] void fail(const std::string& expected) {
    if (peek() == end) fail(expected, "the end");
    const auto word = run([](unsigned char c) { return std::isalnum(c); });
    fail(expected, "'" + std::string(word.empty() ? text_.substr(at_, 1) : word) + "'");
  }

  unsigned number(unsigned maximum) {
    const auto digits = run([](unsigned char c) { return std::isdigit(c); });
    unsigned result = 0;
    for (const char digit : digits)
      if (result <= maximum) result = result * 10 + static_cast<unsigned>(digit - '0');
    if (digits.empty() || result > maximum) fail("a number up to " + std::to_string(maximum));
    at_ += digits.size();
    return result;
  }

  // The index of the next word among those of `names` for which `admitted` holds.
  template <std::size_t count, class Admitted>
  std::size_t word(const char* what, const std::array<std::string_view, count>& names, Admitted admitted) {
    const auto found = run([](unsigned char c) { return std::isalpha(c); });
    std::string expected;
    for (std::size_t i = 0; i < count; ++i) {
      if (!admitted(i)) continue;
      if (names[i] == found) {
        at_ += found.size();
        return i;
      }
      expected += expected.empty() ? "" : ", ";
      expected += names[i];
    }
    fail(what + (" (" + expected + ")"));
  }

  unsigned weak_failures() {
    expect('k');
    expect('=');
    const unsigned result = number(max_number);
    expect(':');
    return result;
  }

  Value value() {
    Value result{.constant = number(max_value)};
    if (take('+')) {
      expect('r');
      result.adds_register = true;
    }
    return result;
  }

  Order order(Operation operation) {
    return static_cast<Order>(
        word("an order", order_names, [&](std::size_t i) { return admits(operation, static_cast<Order>(i)); }));
  }

  void location(Instruction& instruction) {
    const bool may_be_plain = instruction.operation == Operation::load || instruction.operation == Operation::store;
    const std::array<std::string_view, 4> names = {"x", "y", "z", plain_name};
    const std::size_t found = word("a location", names, [&](std::size_t i) { return i < atomic_locations || may_be_plain; });
    if (found < atomic_locations)
      instruction.location = static_cast<unsigned>(found);
    else
      instruction.operation = instruction.operation == Operation::load ? Operation::plain_read : Operation::plain_write;
  }

  Instruction instruction() {
    Instruction result;
    if (take('?')) result.guard = number(max_number);
    result.operation = static_cast<Operation>(word("an operation", mnemonics, [](std::size_t) { return true; }));
    if (result.operation != Operation::fence) location(result);
    if (is_of_mutex(result.operation)) {
      result.order = result.operation == Operation::lock ? Order::acquire : Order::release;
      return result;
    }
    if (is_cas(result.operation)) result.expected = value();
    const bool has_value = result.operation != Operation::load && result.operation != Operation::plain_read;
    if (has_value && result.operation != Operation::fence) result.value = value();
    if (!is_plain(result.operation)) result.order = order(result.operation);
    if (is_cas(result.operation))
      result.failure = static_cast<Order>(
          word("a failure order", order_names, [](std::size_t i) { return admits_failure(static_cast<Order>(i)); }));
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::size_t Program::size() const {
  std::size_t result = 0;
  for (const auto& thread : threads) result += thread.size();
  return result;
}

bool admits(Operation operation, Order order) {
  switch (operation) {
    case Operation::load: return order != Order::release && order != Order::acq_rel;
    case Operation::store: return order != Order::acquire && order != Order::acq_rel;
    case Operation::fence: return order != Order::relaxed;
    case Operation::lock: return order == Order::acquire;
    case Operation::unlock: return order == Order::release;
    case Operation::plain_read:
    case Operation::plain_write: return false;
    default: return true;
  }
}

std::string to_text(const Program& program) {
  std::string text = program.weak_failures != 0 ? "k=" + std::to_string(program.weak_failures) + ": " : "";
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    if (t != 0) text += " | ";
    for (std::size_t i = 0; i < program.threads[t].size(); ++i) {
      if (i != 0) text += "; ";
      text += text_of(program.threads[t][i]);
    }
  }
  return text;
}

ParseError::ParseError(const std::string& expected, const std::string& found, std::size_t character)
    : std::runtime_error("expected " + expected + ", found " + found + " at character " + std::to_string(character)),
      character_(character) {}

Program parse(std::string_view text) { return Parser(text).program(); }

}  // namespace checker::reference
