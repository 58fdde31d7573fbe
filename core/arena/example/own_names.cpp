// A program with names of its own that are also names of rarena, of the parts that are not for users. It is compiled, and not
// run. With the names of rarena::detail as well it does not compile.
#include <rarena/rarena.hpp>

#include <unistd.h>

#include <cstdint>

using namespace rarena;

struct Cursor {};
struct Row {};
struct Link {};
template <class T>
struct Chunk {};
enum class Order : std::uint8_t { ascending };
struct Plan {};
struct Walk {};
constexpr int row = 1, checked = 3, magic = 4;
int recover() { return 1; }
int fit() { return 2; }

int main() {
  const auto arena = Arena::alloc({.capacity = 4096});
  const Cursor cursor;
  const Chunk<Row> chunk;
  const Link link;
  const Plan plan;
  const Walk walk;
  (void)cursor, (void)chunk, (void)link, (void)plan, (void)walk;
  if (!arena || Order::ascending != Order{}) pause();
  return row + checked + magic + recover() + fit();
}
