// LiveSegments: which bytes are live, for builds that check how they are used. A free of bytes that are not live is a double
// free, or one of what the arena itself owns; a handle that is left when its arena ends has outlived it.
//
// What a file held when it was opened is live as far as no list says otherwise: which of it is, only the user knows.
//
// Where processes share a file it knows nothing, and allows everything: of what the others allocate and free it does not hear.
//
// Who allocates or frees while another thread is in an exclusive operation is reported, too.
//
// Thread safety: any number of threads (a mutex: checked builds are no measure of speed). A child of fork that is made while
// another thread is inside a call cannot use the arena.
// Progress: blocking; O(log live segments). Invariants: SEG-1 (finds who breaks it).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <type_traits>

#include "../layout/extent.hpp"
#include "../words/checked.hpp"

namespace rarena::detail {

// Ends the program: it has done what no error can be returned for.
[[noreturn]] void report_misuse(const char* what, std::uint64_t number, const char* remedy);

class LiveSegments {
 public:
  // For as long as it lives, the thread that made it is the only one that uses the arena.
  class Alone {
   public:
    explicit Alone(LiveSegments& segments);
    ~Alone();
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;

   private:
    LiveSegments& segments_;
  };

  // From now on it knows nothing. Before anything else.
  void know_nothing() { ignorant_ = true; }
  // Everything of [begin, end) is live.
  void start(std::uint64_t begin, std::uint64_t end);
  // Exactly these are. Throws std::bad_alloc, and then nothing has changed.
  void start(std::span<const Extent> live);

  // The segment is live now. Throws std::bad_alloc.
  void took(Extent segment);
  // Whether all of it was live; from now on nothing of it is. Throws std::bad_alloc, and then nothing has changed.
  bool gives(Extent segment);
  // Whether all of it is live.
  bool holds(Extent segment);
  // Nothing above the position is live.
  void cut(std::uint64_t position);

  void attach_handle();
  void detach_handle();
  void end_of_arena() const;

 private:
  using Intervals = std::map<std::uint64_t, std::uint64_t>;  // from first to end; they do not touch

  void add(std::uint64_t begin, std::uint64_t end);
  bool remove(std::uint64_t begin, std::uint64_t end);
  void check_not_beside() const;
  // Another one in each thread.
  static const void* this_thread();

  std::mutex mutex_;
  const void* alone_ = nullptr;  // the mark of a thread; nullptr: nobody is
  Intervals intervals_;
  std::uint64_t handles_ = 0;
  bool ignorant_ = false;
};

// The same for builds that do not check: it knows nothing, and allows everything.
class UncheckedSegments {
 public:
  struct Alone {
    explicit Alone(UncheckedSegments&) {}
  };
  void know_nothing() {}
  void start(std::uint64_t, std::uint64_t) {}
  void start(std::span<const Extent>) {}
  void took(Extent) {}
  bool gives(Extent) { return true; }
  bool holds(Extent) { return true; }
  void cut(std::uint64_t) {}
  void attach_handle() {}
  void detach_handle() {}
  void end_of_arena() const {}
};

using CheckedSegments = std::conditional_t<checked, LiveSegments, UncheckedSegments>;

}  // namespace rarena::detail
