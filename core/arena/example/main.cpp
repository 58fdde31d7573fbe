// Makes a file arena, writes into it, closes it, opens it again and reads.
//
//     example [FILE]    FILE must not exist; without it, a file in a temporary folder that is removed afterwards
#include <rarena/rarena.hpp>

#include <stdlib.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

namespace {

struct Reading {
  std::uint32_t sensor;
  double value;
  friend bool operator==(const Reading&, const Reading&) = default;
};

constexpr Reading written{.sensor = 7, .value = 21.5};
constexpr std::uint16_t our_version = 1;

int fail(const std::string& what, const rarena::Error& error) {
  std::cerr << what << ": " << error.message() << '\n';
  return 1;
}

// Leaves the offset of the reading in the reserved bytes, where it is found again.
int write(const std::filesystem::path& path) {
  auto arena = rarena::Arena::map_mut(
      path, {.capacity = 64 * 1024, .reserved = sizeof(rarena::Offset), .magic_version = our_version, .create_new = true});
  if (!arena) return fail("cannot make " + path.string(), arena.error());

  auto scratch = arena->alloc_bytes(1000);  // freed when it goes out of scope
  if (!scratch) return fail("no room for scratch bytes", scratch.error());

  auto reading = arena->alloc<Reading>(written);
  if (!reading) return fail("no room for a reading", reading.error());
  const rarena::Offset offset = reading->offset();
  const rarena::Extent kept = reading->detach();  // stays when the handle is gone
  std::memcpy(arena->reserved_bytes().data(), &offset, sizeof offset);

  {
    const auto scope = arena->scope();  // gives up at its end what is allocated inside
    if (const auto more = arena->alloc_bytes(2000); !more) return fail("no room in a scope", more.error());
  }

  if (const auto flushed = arena->flush(); !flushed) return fail("cannot flush", flushed.error());
  std::cout << "wrote a reading of " << kept.size << " bytes at offset " << offset << '\n';
  return 0;
}

int read(const std::filesystem::path& path) {
  const auto arena = rarena::Arena::map_mut(path, {.reserved = sizeof(rarena::Offset), .magic_version = our_version});
  if (!arena) return fail("cannot open " + path.string(), arena.error());
  std::cout << "opened " << arena->capacity() << " bytes, " << arena->allocated() << " of them allocated, "
            << arena->free_segments().size() << " free segment\n";

  rarena::Offset offset = 0;
  std::memcpy(&offset, arena->reserved_bytes().data(), sizeof offset);
  const auto bytes = arena->get_bytes(offset, sizeof(Reading));
  if (!bytes) return fail("no reading", bytes.error());
  Reading found{};
  std::memcpy(&found, bytes->data(), sizeof found);
  std::cout << "read sensor " << found.sensor << ", value " << found.value << '\n';
  if (found == written) return 0;
  std::cerr << "expected sensor " << written.sensor << ", value " << written.value << '\n';
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) {
    const int failed = write(arguments[1]);
    return failed != 0 ? failed : read(arguments[1]);
  }
  std::string folder = (std::filesystem::temp_directory_path() / ("rarena-example-" + std::string(6, 'X'))).string();
  if (::mkdtemp(folder.data()) == nullptr) {
    std::cerr << "cannot make a folder like " << folder << '\n';
    return 1;
  }
  const std::filesystem::path path = std::filesystem::path(folder) / "readings.arena";
  const int failed = write(path);
  const int result = failed != 0 ? failed : read(path);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return result;
}
