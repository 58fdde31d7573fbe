// The mutator of libFuzzer for the target reopen: mostly edits that know the format, with a seal that makes the lists count;
// sometimes a new sound image; else libFuzzer's own changes of bytes.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "fuzz/reopen/image_edits.hpp"
#include "fuzz/reopen/input.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace rarena::fuzz {
namespace {

// Without a seal that fits, everything behind the header is dropped unseen.
void choose_seal(Input& input, oracle::Random& random) {
  const std::uint64_t choice = random.below(8);
  if (choice < 3) input.seal = Seal::clean;
  if (choice == 3 || choice == 4) input.seal = Seal::marker;
  if (choice == 5) input.seal = Seal::zero;
}

void choose_options(Input& input, oracle::Random& random) {
  input.options.freelist = static_cast<Freelist>(random.below(4));
  input.options.reserved = reserved_choices.at(random.below(reserved_choices.size()));
  input.options.magic_version = random.below(2) == 0 ? std::uint16_t{0} : other_magic_version;
  input.options.drop_freelist = random.below(4) == 0;
}

std::vector<std::byte> mutate(Input input, std::size_t limit, oracle::Random& random) {
  input.seed = random.below(4) == 0 ? static_cast<std::uint8_t>(random.below(seed_limit)) : input.seed;
  const std::uint64_t choice = random.below(32);
  if (choice == 0) choose_options(input, random);
  if (choice < 3) {
    if (Image made = sound_image(input.options, limit, random); !made.empty()) input.image = std::move(made);
  }
  const std::uint64_t edits = choice < 2 ? 0 : 1 + random.below(3);
  for (std::uint64_t i = 0; i < edits; ++i) edit_image(input.image, input.options, limit, random);
  choose_seal(input, random);
  return encode_input(input);
}

}  // namespace
}  // namespace rarena::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  using namespace rarena::fuzz;
  rarena::oracle::Random random(seed);
  if (size < input_head || max_size <= input_head || random.below(4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  const auto mutated = mutate(decode_input(std::as_bytes(std::span(data, size))), max_size - input_head, random);
  std::memcpy(data, mutated.data(), mutated.size());
  return mutated.size();
}
