// LibraryPeer: an allocator that is a shared library. `Library` names the file, and the functions in it that do what malloc,
// calloc and free do.
//
// Thread safety: that of the library.
#pragma once

#include "bench/peer.hpp"
#include "bench/shared_library.hpp"

namespace rarena::bench {

template <class Library>
class LibraryPeer {
 public:
  using Block = bench::Block;
  static constexpr std::string_view name = Library::name;
  static constexpr bool threads = true;
  static constexpr bool stays = true;
  static constexpr bool bounded = false;

  explicit LibraryPeer(std::size_t) {}

  Block allocate(std::size_t size) { return {static_cast<std::byte*>(allocate_(size)), size}; }
  Block allocate_zeroed(std::size_t size) { return {static_cast<std::byte*>(allocate_zeroed_(1, size)), size}; }
  void free(const Block& block) { free_(block.memory); }

 private:
  SharedLibrary library_{Library::file};
  void* (*allocate_)(std::size_t) = library_.template function<void*(std::size_t)>(Library::allocate);
  void* (*allocate_zeroed_)(std::size_t, std::size_t) =
      library_.template function<void*(std::size_t, std::size_t)>(Library::allocate_zeroed);
  void (*free_)(void*) = library_.template function<void(void*)>(Library::free);
};

}  // namespace rarena::bench
