#include "image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "../arena/validate.hpp"
#include "../recovery/directory.hpp"
#include "../recovery/index_region.hpp"
#include "progress.hpp"

namespace rarena::tools {

namespace {

constexpr std::uint64_t searched_bytes = 1 << 16;

// As check_prefix, and a known kind. The position is filled in for every error.
std::expected<detail::Geometry, Error> check_known_prefix(const detail::Prefix& prefix, Size reserved, Size size) {
  auto geometry = detail::check_prefix(prefix, reserved, size);
  if (!geometry) {
    Error error = geometry.error();
    if (error.code == ErrorCode::wrong_format_version) error.at = std::uint64_t{reserved} + 6;
    return std::unexpected(error);
  }
  constexpr auto last = static_cast<std::uint8_t>(Freelist::pessimistic);
  if (prefix.freelist > last)
    return std::unexpected(
        Error{.code = ErrorCode::wrong_freelist, .asked = last, .there = prefix.freelist, .at = std::uint64_t{reserved} + 1});
  return geometry;
}

// The cursor of a header that may be anything.
bool plausible(std::span<const std::byte> bytes, const detail::Geometry& geometry, std::uint64_t size, bool of_the_crate) {
  const auto at = static_cast<std::uint64_t>(geometry.header()) + (of_the_crate ? 8 : 16);
  if (at + 4 > bytes.size()) return false;
  std::uint32_t cursor = 0;
  std::memcpy(&cursor, bytes.data() + at, sizeof cursor);
  return cursor >= geometry.data_offset() && cursor <= size;
}

// The first place near the start of the file where a prefix and a header could be.
std::optional<Size> find_prefix(const detail::LockedFile& file) {
  std::vector<std::byte> bytes(std::min<std::uint64_t>(file.size(), searched_bytes));
  if (!file.read(0, bytes)) return std::nullopt;
  for (Size at = 0; at + detail::prefix_size <= bytes.size(); ++at) {
    if (!detail::check_size(file.size(), at)) return std::nullopt;
    const detail::Prefix prefix = detail::decode_prefix(std::span(bytes).subspan(at).first<detail::prefix_size>());
    const auto geometry = check_known_prefix(prefix, at, static_cast<Size>(file.size()));
    if (geometry && plausible(bytes, *geometry, file.size(), prefix.format_version == detail::crate_format_version)) return at;
  }
  return std::nullopt;
}

std::unexpected<Refusal> refuse(const Error& error, std::optional<Size> elsewhere) {
  if (!elsewhere) return std::unexpected(Refusal{error});
  return std::unexpected(
      Refusal{error, fmt::format("there is a valid prefix at byte {}: try --reserved {}", *elsewhere, *elsewhere)});
}

// Bytes that only one owner may have.
struct Claim {
  Extent extent;
  bool of_root;
};

std::vector<Claim> claims_of(const Findings& findings) {
  std::vector<Claim> claims;
  const detail::Structure& s = findings.structure;
  claims.reserve(findings.roots.size() + 2 * s.free.size() + s.spare.size());
  for (const NamedRoot& root : findings.roots) claims.push_back({root.segment, true});
  for (const detail::ListedSegment& free : s.free) {
    claims.push_back({free.extent, false});
    claims.push_back({{free.descriptor, s.descriptor_size}, false});
  }
  for (const Offset spare : s.spare) claims.push_back({{spare, s.descriptor_size}, false});
  std::ranges::sort(claims, {}, [](const Claim& c) { return std::tuple(c.extent.offset, !c.of_root, c.extent.size); });
  return claims;
}

// Shows what is wrong with the roots; what the lists have twice is no matter of theirs. The cursor may be anything.
void examine_roots(const detail::MemoryView& view, Findings& findings, const std::function<bool(const Error&)>& violation) {
  const Size allocated = std::min(findings.structure.allocated, view.geometry().capacity());
  std::unordered_set<Offset> met;
  std::expected<void, Error> whole;
  const auto walked = detail::walk_directory(view, allocated, [&](const detail::FoundEntry& entry) {
    const auto link = static_cast<std::uint64_t>(entry.link.place);
    if (!met.insert(entry.offset).second)  // a cycle
      whole = std::unexpected(Error{.code = ErrorCode::bad_directory, .there = entry.offset, .at = link});
    else
      findings.roots.push_back(detail::named(entry));
    return whole.has_value();
  });
  if (!walked) whole = walked;
  findings.bad_directory = !whole;
  if (!whole) violation(whole.error());
  if (findings.roots.empty()) return;
  Claim last{};  // of those so far, the one that ends last
  for (const Claim& claim : claims_of(findings)) {
    const bool disputed = claim.extent.offset < last.extent.end() && (claim.of_root || last.of_root);
    if (disputed)
      violation({.code = ErrorCode::overlapping_segments,
                 .asked = last.extent.end(),
                 .there = claim.extent.offset,
                 .at = last.extent.offset});
    if (claim.extent.end() > last.extent.end()) last = claim;
  }
}

}  // namespace

std::expected<Image, Refusal> Image::open(const std::filesystem::path& path, Size reserved) {
  auto file = detail::LockedFile::open(path, detail::FileAccess::read_only);
  if (!file) return std::unexpected(Refusal{file.error()});
  if (const auto fits = detail::check_size(file->size(), reserved); !fits) return refuse(fits.error(), find_prefix(*file));
  std::array<std::byte, detail::prefix_size> bytes{};
  if (const auto read = file->read(reserved, bytes); !read) return std::unexpected(Refusal{read.error()});
  const auto geometry = check_known_prefix(detail::decode_prefix(bytes), reserved, static_cast<Size>(file->size()));
  if (!geometry) return refuse(geometry.error(), find_prefix(*file));
  auto map = detail::FileMap::map(std::move(*file), detail::FileAccess::read_only);
  if (!map) return std::unexpected(Refusal{map.error()});
  const auto recorded = detail::geometry_of_file({map->data(), *geometry});
  if (!recorded) return std::unexpected(Refusal{recorded.error()});
  return Image(std::move(*map), *recorded);
}

Findings check(const Image& image, std::uint64_t most, const std::function<void(std::uint64_t)>& progress) {
  Findings findings;
  const auto violation = [&](const Error& error) {
    if (findings.violation_count++ < most) findings.violations.push_back(error);
    return true;
  };
  findings.structure = detail::examine(image.view(), {.violation = violation, .progress = progress});
  const std::uint64_t of_lists = findings.violation_count;
  examine_roots(image.view(), findings, violation);
  findings.of_directory = findings.violation_count - of_lists;
  const detail::MemoryView& view = image.view();
  const std::uint64_t lists = findings.structure.sum.value();
  findings.seal_of_a_clean_close = image.geometry().has_annex()
                                       ? detail::clean_seal(view.prefix(), view.header(), view.annex(), lists)
                                       : detail::clean_seal_1(view.prefix(), view.header());
  const auto left = detail::left_as(view, lists, image.identity());
  findings.left = left ? *left : detail::Left{Recovery::Opening::untrusted, Doubt::identity_unknown};
  if (findings.left.opening != Recovery::Opening::untrusted) return findings;
  const Error seal = !left ? left.error()
                           : Error{.code = ErrorCode::bad_seal,
                                   .asked = findings.seal_of_a_clean_close,
                                   .there = image.seal(),
                                   .at = static_cast<std::uint64_t>(image.geometry().seal().place)};
  findings.violation_count += 1;
  findings.violations.insert(findings.violations.begin(), seal);
  if (findings.violations.size() > most) findings.violations.pop_back();
  return findings;
}

Findings check(const Image& image, std::uint64_t most, const Console& console, const std::string& file) {
  Progress line(console, file, "descriptors met");
  return check(image, most, [&](std::uint64_t count) { line.show(count); });
}

std::string summary_of(const Findings& findings) {
  if (findings.sound()) return "sound";
  return fmt::format("UNSOUND, {} violation{}{}; see rarena verify", findings.violation_count,
                     findings.violation_count == 1 ? "" : "s",
                     findings.violations.empty() ? "" : ", the first: " + findings.violations.front().message());
}

std::uint64_t position(const Error& error) {
  switch (error.code) {
    case ErrorCode::file_too_small: return error.there;  // the first byte that is missing
    case ErrorCode::file_too_large: return error.asked;  // the first byte too many
    default: return error.at;
  }
}

std::string doubt_of(const Findings& findings) { return fmt::format("untrusted: {}", describe(findings.left.doubt)); }

const char* identifier(Recovery::Opening opening) {
  return opening == Recovery::Opening::process_died ? "process_died" : rarena::name(opening);
}

}  // namespace rarena::tools
