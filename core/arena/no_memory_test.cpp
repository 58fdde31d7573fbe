// The system has no more memory, or room for a file: calls say so, and nothing has changed.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "../memory/memory_test_support.hpp"
#include "arena.hpp"
#include "arena_test_support.hpp"

namespace rarena::detail {
namespace {

using namespace testing_support;

constexpr Size gigabyte = 1U << 30U;

template <class A>
class NoMemory : public ::testing::Test {
 protected:
  // Exit status 0: the factory has the error ENOMEM.
  template <class Factory>
  static int refused(Factory factory) {
    return in_child([&] {
      if (!limit_address_space()) return 2;
      const auto arena = factory();
      return !arena && arena.error() == system_error(ENOMEM) ? 0 : 1;
    });
  }

  TemporaryFolder folder;
  std::filesystem::path path = folder.file("arena");
};
using Arenas = ::testing::Types<Arena, unsync::Arena>;
TYPED_TEST_SUITE(NoMemory, Arenas);

TYPED_TEST(NoMemory, ForAMemory) {
  const Options how{.capacity = gigabyte};
  EXPECT_EQ(this->refused([&] { return TypeParam::alloc(how); }), 0);
  EXPECT_EQ(this->refused([&] { return TypeParam::map_anon(how); }), 0);
}

TYPED_TEST(NoMemory, ForANewFileLeavesNoFile) {
  const Options how{.capacity = gigabyte, .create_new = true};
  EXPECT_EQ(this->refused([&] { return TypeParam::map_mut(this->path, how); }), 0);
  EXPECT_FALSE(std::filesystem::exists(this->path));
}

TYPED_TEST(NoMemory, ForAFileThatIsThere) {
  value_of(TypeParam::map_mut(this->path, {.capacity = gigabyte, .create_new = true}));
  for (const auto how : {TypeParam::map_mut, TypeParam::map, TypeParam::map_copy, TypeParam::map_copy_read_only})
    EXPECT_EQ(this->refused([&] { return how(this->path, {}); }), 0);
  EXPECT_EQ(std::filesystem::file_size(this->path), gigabyte);
}

TYPED_TEST(NoMemory, AFileThatCannotGrowStaysAsItIs) {
  constexpr Size small = 8192;
  value_of(TypeParam::map_mut(this->path, {.capacity = small, .create_new = true}));
  EXPECT_EQ(0, in_child([&] {
              auto arena = value_of(TypeParam::map_mut(this->path, {}));
              if (!limit_file_size(small)) return 2;
              const auto grown = arena.truncate(2 * small);
              if (grown || grown.error() != system_error(EFBIG)) return 3;
              return arena.capacity() == small && arena.allocate(1000, 1) ? 0 : 4;
            }));
  EXPECT_EQ(std::filesystem::file_size(this->path), small);
  const auto arena = value_of(TypeParam::map_mut(this->path, {}));
  EXPECT_EQ(arena.recovery().opening, Recovery::Opening::clean) << "the record of its capacity is that of the file";
  EXPECT_EQ(arena.recovery().unlisted_bytes, 1000U);
}

}  // namespace
}  // namespace rarena::detail
