#include "create.hpp"

#include <fmt/format.h>

#include <ostream>
#include <string>

#include "../arena/arena.hpp"

namespace rarena::tools {

int create(const CreateOptions& options, const Console& console) {
  Options wanted = options.arena;
  wanted.create_new = true;
  auto arena = Arena::map_mut(options.file, wanted);
  if (!arena) return fail(console, options.file, arena.error());
  const std::string made = fmt::format("{}: created: {} bytes, {} of them for data; {} descriptors made\n", options.file,
                                       arena->capacity(), arena->capacity() - arena->data_offset(), arena->spare_descriptors());
  if (const auto closed = arena->close(); !closed) return fail(console, options.file, closed.error());
  console.out << made;
  return done;
}

}  // namespace rarena::tools
