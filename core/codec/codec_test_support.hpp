// Bytes written down as numbers, for the tests of codecs.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <vector>

namespace rarena::detail::testing_support {

using ByteVector = std::vector<std::byte>;

inline ByteVector bytes_of(std::initializer_list<unsigned> numbers) {
  ByteVector bytes;
  for (const unsigned n : numbers) bytes.push_back(static_cast<std::byte>(n));
  return bytes;
}

}  // namespace rarena::detail::testing_support
