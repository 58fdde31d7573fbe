// What libFuzzer calls to change an input. It mutates bytes well; this adds what it cannot know: text becomes bytes first,
// operations are dropped, repeated and inserted whole, and sizes are near those that matter.
//
// Thread safety: one thread.
#include <algorithm>
#include <array>
#include <cstring>

#include "fuzz/op_sequence/input.hpp"
#include "models/oracle/random.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using rarena::operations::History;
using rarena::operations::Operation;
using rarena::oracle::Random;

Operation some_operation(Random& random) {
  constexpr std::array<std::uint16_t, 12> amounts = {0, 1, 8, 15, 16, 17, 20, 32, 40, 100, 256, 500};
  Operation operation{.kind = static_cast<Operation::Kind>(random.below(Operation::kinds)),
                      .choice = static_cast<std::uint8_t>(random.below(6)),
                      .zero = random.below(4) == 0,
                      .amount = amounts.at(random.below(amounts.size()))};
  // Half of them allocate or free a segment.
  if (random.below(2) == 0) operation.kind = random.below(5) < 3 ? Operation::Kind::allocate : Operation::Kind::free;
  return plain(operation);
}

void edit(History& history, Random& random) {
  auto& operations = history.operations;
  const auto at = [&] { return operations.begin() + static_cast<std::ptrdiff_t>(random.below(operations.size() + 1)); };
  switch (random.below(5)) {
    case 0:
      if (!operations.empty())
        operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(random.below(operations.size())));
      break;
    case 1:
      if (!operations.empty()) operations.insert(at(), Operation(operations.at(random.below(operations.size()))));
      break;
    case 2:
      for (std::uint64_t n = random.below(8); n != 0; --n) operations.insert(at(), some_operation(random));
      break;
    case 3:
      if (!operations.empty()) operations.at(random.below(operations.size())) = some_operation(random);
      break;
    default: operations.insert(at(), some_operation(random));
  }
}

std::size_t write(const std::vector<std::uint8_t>& bytes, std::uint8_t* data, std::size_t max_size) {
  const std::size_t size = std::min(bytes.size(), max_size);
  std::memcpy(data, bytes.data(), size);
  return size;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  Random random(seed);
  const std::span bytes(data, size);
  const bool text = rarena::fuzz::as_text(bytes).starts_with(rarena::operations::first_line);
  auto history = rarena::fuzz::history_of(bytes);
  if (!history) history = History{};
  if (!text && random.below(2) == 0) return LLVMFuzzerMutate(data, size, max_size);
  edit(*history, random);
  return write(rarena::operations::encode(*history), data, max_size);
}
