// Any one of the three backings, chosen at run time.
//
// Thread safety and contract: backing.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <expected>
#include <utility>
#include <variant>

#include "anonymous_map.hpp"
#include "backing.hpp"
#include "file_map.hpp"
#include "vector_memory.hpp"

namespace rarena::detail {

class Memory {
 public:
  // Each backing converts to Memory.
  template <class B>
    requires std::same_as<B, VectorMemory> || std::same_as<B, AnonymousMap> || std::same_as<B, FileMap>
  Memory(B backing) noexcept : backing_(std::move(backing)) {}

  // Whether what is written to the memory is written to a file, so that flush makes it durable.
  bool on_disk() const noexcept { return file() != nullptr && file()->access() == FileAccess::read_write; }

  // Whether it is a map, anonymous or of a file.
  bool mapped() const noexcept { return !std::holds_alternative<VectorMemory>(backing_); }

  // The map of the file, if the memory is one, and nullptr otherwise.
  FileMap* file() noexcept { return std::get_if<FileMap>(&backing_); }
  const FileMap* file() const noexcept { return std::get_if<FileMap>(&backing_); }

  std::byte* data() const noexcept {
    return std::visit([](const auto& backing) { return backing.data(); }, backing_);
  }
  Size size() const noexcept {
    return std::visit([](const auto& backing) { return backing.size(); }, backing_);
  }
  Size alignment() const noexcept {
    return std::visit([](const auto& backing) { return backing.alignment(); }, backing_);
  }
  [[nodiscard]] std::expected<void, Error> flush(Extent range) const noexcept {
    return std::visit([range](const auto& backing) { return backing.flush(range); }, backing_);
  }

 private:
  std::variant<VectorMemory, AnonymousMap, FileMap> backing_;  // never valueless: all three move without throwing
};

static_assert(Backing<Memory>);

}  // namespace rarena::detail
