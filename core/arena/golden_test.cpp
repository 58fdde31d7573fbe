// The worked examples of core/FORMAT.md, built and compared with the page byte by byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

// The number that the hexadecimal digits spell; nothing if they are no digits.
std::optional<std::size_t> number(std::string_view digits) {
  std::size_t value = 0;
  for (const char c : digits) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
    value = value * 16 + static_cast<std::size_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  return value;
}

// The bytes of the dump lines below a heading of the page, by their offsets: one of 8 digits, a colon, 16 times a space and 2
// digits.
std::map<std::size_t, std::string> lines_on_page(std::string_view heading) {
  const std::string page = read_file(RARENA_SOURCE_DIR "/core/FORMAT.md");
  const std::size_t start = page.find("\n" + std::string(heading) + "\n") + 1;
  const std::size_t stop = std::min(page.find("\n## ", start), page.size());
  std::map<std::size_t, std::string> lines;
  for (std::size_t begin = start, end = 0; begin < stop; begin = end + 1) {
    end = std::min(page.find('\n', begin), page.size());
    const std::string_view line = std::string_view(page).substr(begin, end - begin);
    if (line.size() < 57 || line[8] != ':' || !number(line.substr(0, 8))) continue;
    std::string& bytes = lines[*number(line.substr(0, 8))];
    for (std::size_t i = 10; i < 57; i += 3) bytes.push_back(static_cast<char>(number(line.substr(i, 2)).value()));
  }
  return lines;
}

std::string bytes_on_page() {
  std::string bytes;
  for (const auto& [at, line] : lines_on_page("## Example")) {
    EXPECT_EQ(at, bytes.size());
    bytes += line;
  }
  return bytes;
}

template <class A>
Extent take_text(const A& arena, Size size, std::string_view text) {
  const Extent segment = take(arena, size);
  std::memcpy(arena.get_pointer(segment.offset), text.data(), text.size());
  return segment;
}

template <class A>
class Golden : public ::testing::Test {};
using Arenas = ::testing::Types<Arena, unsync::Arena>;
TYPED_TEST_SUITE(Golden, Arenas);

TYPED_TEST(Golden, TheExampleHasTheBytesOnThePage) {
  const TemporaryFolder folder;
  const auto path = folder.file("example");
  {
    const auto arena = value_of(TypeParam::map_mut(path, {.capacity = 320,
                                                          .reserved = 5,
                                                          .minimum_segment_size = 20,
                                                          .magic_version = 3,
                                                          .freelist = Freelist::optimistic,
                                                          .create_new = true}));
    std::memcpy(arena.reserved_bytes().data(), "notes", 5);
    const Extent one = take_text(arena, 24, "first");
    const Extent two = take_text(arena, 30, "second");
    take_text(arena, 20, "third");
    give(arena, one);
    give(arena, two);
    expect_exact(arena, 20);
  }
  const std::string found = read_file(path), expected = bytes_on_page();
  ASSERT_EQ(expected.size(), 320U);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(static_cast<unsigned char>(found[i]), static_cast<unsigned char>(expected[i])) << "byte " << i;
}

TYPED_TEST(Golden, TheIndexHasTheBytesOnThePage) {
  const auto arena = value_of(TypeParam::alloc({.capacity = 1024,
                                                .minimum_segment_size = 20,
                                                .unify = true,
                                                .freelist = Freelist::pessimistic,
                                                .index = 640,
                                                .descriptor_reserve = 1}));
  const Extent one = take(arena, 40);
  take(arena, 8);
  give(arena, one);
  const auto expected = lines_on_page("## Example with an index");
  EXPECT_EQ(expected.size(), 14U);
  for (const auto& [at, line] : expected) {
    ASSERT_LE(at + line.size(), arena.capacity());
    const auto* const found = reinterpret_cast<const char*>(arena.get_pointer(at));
    for (std::size_t i = 0; i < line.size(); ++i)
      EXPECT_EQ(static_cast<unsigned char>(found[i]), static_cast<unsigned char>(line[i])) << "byte " << at + i;
  }
}

}  // namespace
}  // namespace rarena::detail
