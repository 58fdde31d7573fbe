// A client program as data: the image it starts from, and what each thread calls. As text, on one line:
//
//     descriptors 2, free 2, owned 3 by 1, pinned 1, room 2; a 2, f 0 | f 0, a 1 @ 4, d
//
// In front of the ';' the image from low to high offsets (image.hpp), behind it the threads, divided by '|'.
// Sizes and alignments are in units, which are granules. What may come first:
//
//     index F R tables T walk W   an index: roots for sizes from 2^F bytes on, R of them, and room for T tables; a search
//                                 that walks past more than W descriptors makes one. Or `index F R`: without tables
//     unit N                      a unit is N bytes
//     merges                      merging is automatic
//     chunk N                     each thread has a magazine, of chunks of N; and so has the one that they share
//
//     a N        allocates; a N @ M: at a multiple of M
//     f K        frees the K-th segment the thread comes to own: those of the image first, then those of its allocations in
//                order, the refused ones counted too. To free what was refused is nothing.
//     g K        gives the K-th segment up: it counts as discarded, and is never free again
//     d, w, m    discard_freelist; walk; merge
//     s, s K     makes everything durable; the header and the K-th segment
//     t N, u K   as a and f, through the thread's magazine; a thread that takes from it ends it
//     e          its magazine ends: what has not been handed out is given back
//     c N, r K   as t and u, through the chunk that threads share: `shared N` of the image, what is left of it at the start
//     x          that chunk ends
//
// parse(print(program)) is the program. Thread safety: values; pure functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/freelist/tuning.hpp"
#include "image.hpp"

namespace rarena::models {

struct Call {
  enum class Kind : std::uint8_t {
    allocate,
    free,
    give_up,
    discard,
    walk,
    merge,
    flush,
    flush_own,
    take,
    put_back,
    end_magazine,
    take_shared,
    return_shared,
    end_shared
  };
  Kind kind = Kind::walk;
  Size size = 0;       // of what allocates: units
  Size alignment = 1;  // the same
  unsigned own = 0;    // of what names one

  bool allocates() const { return kind == Kind::allocate || kind == Kind::take || kind == Kind::take_shared; }
  bool of_magazine() const { return kind >= Kind::take; }
  bool of_shared() const { return kind >= Kind::take_shared; }
  bool names_own() const { return ends_own() || kind == Kind::flush_own; }
  bool ends_own() const {
    return kind == Kind::free || kind == Kind::give_up || kind == Kind::put_back || kind == Kind::return_shared;
  }
  friend auto operator<=>(const Call&, const Call&) = default;
};

using Calls = std::vector<Call>;  // of one thread

struct ClientProgram {
  std::vector<Part> parts;  // sizes in bytes, as in images
  Size room = 0;            // bytes
  std::vector<Calls> threads;
  IndexShape index = {};
  Size walk = Tuning().walk;  // past more descriptors than this a search makes a table
  Size unit = granule;        // bytes
  Merging merging = Merging::on_request;
  Size chunk = 0;  // bytes

  // Without a freelist there are neither index nor descriptors: those of the text are passed over.
  Image image(Freelist kind) const;
  std::size_t calls() const;
  // How many segments a thread owns at the start.
  unsigned owned(unsigned thread) const;

  friend bool operator==(const ClientProgram&, const ClientProgram&) = default;
};

inline constexpr std::size_t most_calls = 8;  // of one thread

// Empty, or what makes it no program: too much of something, a descriptor too few, a free of what nobody comes to own.
std::string wrong_with(const ClientProgram& program);

std::string print(const ClientProgram& program);
std::string print(const Call& call);
std::expected<ClientProgram, std::string> parse(std::string_view text);

// Whether the name of a scenario is the text of a program instead.
constexpr bool is_program(std::string_view name) { return name.find(';') != std::string_view::npos; }

}  // namespace rarena::models
