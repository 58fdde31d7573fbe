// What a build without exceptions compiles of the codecs: every template of them, once.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "integer.hpp"
#include "plain.hpp"
#include "reader.hpp"
#include "varint.hpp"
#include "writer.hpp"

namespace rarena {

template class Writer<std::span<std::byte>>;

// Whether all of it fits.
bool writes_and_reads(std::span<std::byte> bytes) {
  Writer writer(bytes);
  if (!writer.put(1.5) || !writer.put(UInt128{1}, std::endian::big) || !writer.put_varint(-300)) return false;
  if (!writer.put_aligned(std::array{1, 2}) || !writer.align_to<double>() || !writer.pop<int>(std::endian::little))
    return false;
  Reader reader = writer.reader();
  return reader.get<double>() && reader.get<UInt128>(std::endian::big) && reader.get_varint<int>() && writer.pop<char>();
}

}  // namespace rarena
