// Image: the file of an arena, opened for reading only, and what a check of all of it finds.
//
// The file is locked as by Arena::map: any number of readers, no writer. Nothing of it is changed. Files of the Rust crate
// are images too.
//
// Thread safety: an image is only read. Invariants: REC-1.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "../memory/file_map.hpp"
#include "../recovery/directory.hpp"
#include "../recovery/recover.hpp"
#include "../recovery/structure.hpp"
#include "console.hpp"

namespace rarena::tools {

class Image {
 public:
  // A file with a prefix of a known format and kind behind `reserved` bytes. Errors: not_a_regular_file, in_use, system,
  // file_too_small, file_too_large, not_an_arena, wrong_format_version, wrong_freelist. If there is a prefix at another
  // place, the hint says where. Blocking (system calls).
  static std::expected<Image, Refusal> open(const std::filesystem::path& path, Size reserved);

  const detail::MemoryView& view() const { return view_; }
  const detail::Geometry& geometry() const { return view_.geometry(); }
  detail::Prefix prefix() const { return view_.prefix(); }
  Freelist kind() const { return static_cast<Freelist>(prefix().freelist); }
  bool of_the_crate() const { return prefix().format_version == detail::crate_format_version; }

  // Which file it is now, if the system tells.
  std::expected<detail::FileIdentity, Error> identity() const { return map_.identity(); }
  // Not of a file of the crate.
  std::uint32_t seal() const { return view_.header().seal; }

 private:
  Image(detail::FileMap map, const detail::Geometry& geometry) : map_(std::move(map)), view_(map_.data(), geometry) {}

  detail::FileMap map_;  // keeps its address when it is moved
  detail::MemoryView view_;
};

struct Findings {
  detail::Left left;                        // how the last writer left the file
  std::uint32_t seal_of_a_clean_close = 0;  // not of a file of the crate
  detail::Structure structure;              // as far as the lists could be followed
  std::vector<NamedRoot> roots;             // the youngest first, as far as the directory could be followed
  std::vector<Error> violations;            // the first of them
  std::uint64_t violation_count = 0;        // all of them
  std::uint64_t of_directory = 0;           // those that concern the directory of roots, which come last
  bool bad_directory = false;               // it could not be followed to its end

  bool sound() const { return violation_count == 0; }
};

// Looks at the seal, at every word of header, annex and lists, and at every root, whose bytes are in no list and in no other
// root. At most `most` violations are kept. A seal that vouches for nothing is a violation, the first; where which file it is
// cannot be told, that is.
Findings check(const Image& image, std::uint64_t most, const std::function<void(std::uint64_t)>& progress);

// check(), with a line of progress if it takes long.
Findings check(const Image& image, std::uint64_t most, const Console& console, const std::string& file);

// "sound", or how many violations there are and the first of them, if one was kept.
std::string summary_of(const Findings& findings);

// The byte of the file that a violation or a refusal is about.
std::uint64_t position(const Error& error);

// Opening::process_died as "process_died", for JSON.
const char* identifier(Recovery::Opening opening);

// What an untrusted file is, in words: "untrusted, because ...".
std::string doubt_of(const Findings& findings);

}  // namespace rarena::tools
