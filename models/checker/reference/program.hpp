// A tiny language of straight-line concurrent programs, as data, and its text form. What the brute-force enumerator
// judges and what the checker is compared on.
//
// A program has up to 8 threads and 12 instructions in all, the atomic locations x, y and z and one plain location p; all
// start at 0. Each thread has one register r, 0 at first: what the thread's last read, RMW or CAS read, whether the
// CAS succeeded or not. Text, on one line (any white space may be a line break):
//
//     program      ["k=" number ":"] thread {"|" thread}     k: how often weak CASes may fail spuriously, 0 if not given
//     thread       instruction {";" instruction}
//     instruction  ["?" number] body                         executed only if r is that number, else skipped
//     body         "R" location order                        load
//                  "W" location value order                  store
//                  "FA" location value order                 fetch_add
//                  "XCHG" location value order               exchange
//                  "CAS" location value value order order    compare_exchange_strong: expected, desired, success, failure
//                  "WCAS" (as CAS)                           compare_exchange_weak
//                  "F" order                                 fence
//                  "L" location  |  "U" location             lock or unlock it as a mutex, which it then is and nothing else
//                  "R" "p"  |  "W" "p" value                 read or write of the plain location
//     value        0..7 ["+r"]                               (number + r) & 7
//     order        "rlx" | "acq" | "rel" | "ar" | "sc"       those that the operation admits in C++; not "rlx" for a fence
//
// For instance "W x 1 rlx; W y 1 rel | R y acq; ?1 R x rlx". fetch_add adds its value to what it read without a mask.
//
// Thread safety: values only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace checker::reference {

inline constexpr std::size_t max_threads = 8;
inline constexpr std::size_t max_instructions = 12;
inline constexpr unsigned atomic_locations = 3;  // x, y, z
inline constexpr unsigned max_value = 7;
inline constexpr unsigned max_number = 99;  // of guards and of k

enum class Operation : std::uint8_t {
  load,
  store,
  fetch_add,
  exchange,
  cas_strong,
  cas_weak,
  fence,
  lock,
  unlock,
  plain_read,
  plain_write
};

enum class Order : std::uint8_t { relaxed, acquire, release, acq_rel, seq_cst };

constexpr bool is_acquire(Order order) { return order == Order::acquire || order >= Order::acq_rel; }
constexpr bool is_release(Order order) { return order >= Order::release; }
constexpr bool is_cas(Operation operation) { return operation == Operation::cas_strong || operation == Operation::cas_weak; }
constexpr bool is_of_mutex(Operation operation) { return operation == Operation::lock || operation == Operation::unlock; }
constexpr bool is_plain(Operation operation) { return operation >= Operation::plain_read; }

struct Value {
  unsigned constant = 0;
  bool adds_register = false;

  constexpr unsigned with(unsigned reg) const { return (constant + (adds_register ? reg : 0)) & max_value; }
  friend constexpr bool operator==(Value, Value) = default;
};

// Fields that the operation does not use keep their defaults, so that equal instructions compare equal.
struct Instruction {
  Operation operation = Operation::load;
  unsigned location = 0;            // 0..2 for x, y, z; 0 for fences and plain accesses
  Value expected;                   // CAS
  Value value;                      // written, or added
  Order order = Order::relaxed;     // of a successful CAS
  Order failure = Order::relaxed;   // of a failed CAS
  std::optional<unsigned> guard{};  // executed only if r equals it

  friend bool operator==(const Instruction&, const Instruction&) = default;
};

struct Program {
  unsigned weak_failures = 0;
  std::vector<std::vector<Instruction>> threads;

  std::size_t size() const;  // instructions in all
  friend bool operator==(const Program&, const Program&) = default;
};

// Whether C++ admits the order for the operation (for a CAS: the success order).
bool admits(Operation operation, Order order);
// Whether C++ admits the order for a failed CAS.
constexpr bool admits_failure(Order order) { return order != Order::release && order != Order::acq_rel; }

// The text of a program on one line; parse() gives the same program back.
std::string to_text(const Program& program);

// A text that is no program: what was expected, what was found, and at which character (counted from 1).
class ParseError : public std::runtime_error {
 public:
  ParseError(const std::string& expected, const std::string& found, std::size_t character);
  std::size_t character() const { return character_; }

 private:
  std::size_t character_;
};

// Throws ParseError.
Program parse(std::string_view text);

}  // namespace checker::reference
