// The arena of protobuf: blocks of threads, freed all at once. It begins with a buffer, to which a reset goes back. Debian
// package libprotobuf-dev.
#pragma once

#include <memory>
#include <stdexcept>

#include "bench/peer.hpp"

#ifdef RARENA_BENCH_PROTOBUF
#include <google/protobuf/arena.h>
#endif

namespace rarena::bench {

class ProtobufPeer {
 public:
  using Block = bench::Block;
  static constexpr std::string_view name = "protobuf";
  static constexpr bool threads = true;
  static constexpr bool stays = true;
  static constexpr bool bounded = false;

#ifdef RARENA_BENCH_PROTOBUF
  explicit ProtobufPeer(std::size_t bytes)
      : buffer_(std::make_unique_for_overwrite<char[]>(bytes)), arena_(buffer_.get(), bytes) {}

  Block allocate(std::size_t size) {
    return {reinterpret_cast<std::byte*>(google::protobuf::Arena::CreateArray<char>(&arena_, size)), size};
  }
  void reset() { arena_.Reset(); }

 private:
  std::unique_ptr<char[]> buffer_;
  google::protobuf::Arena arena_;
#else
  explicit ProtobufPeer(std::size_t) { throw std::runtime_error("libprotobuf-dev was not there when this program was built"); }

  Block allocate(std::size_t) { return {}; }
  void reset() {}
#endif
};

static_assert(Resets<ProtobufPeer> && !Frees<ProtobufPeer>);

}  // namespace rarena::bench
