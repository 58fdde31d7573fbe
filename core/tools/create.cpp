#include "create.hpp"

#include <fmt/format.h>

#include <ostream>

#include "../arena/arena.hpp"

namespace rarena::tools {

int create(const CreateOptions& options, const Console& console) {
  Options wanted = options.arena;
  wanted.create_new = true;
  const auto arena = Arena::map_mut(options.file, wanted);
  if (!arena) return fail(console, options.file, arena.error());
  console.out << fmt::format("{}: created: {} bytes, {} of them for data; {} descriptors made\n", options.file,
                             arena->capacity(), arena->capacity() - arena->data_offset(), arena->spare_descriptors());
  return done;
}

}  // namespace rarena::tools
