// Ownership ghosts in sanitizer builds: free bytes are poisoned, so that a use after free inside the arena is reported.
//
// AddressSanitizer shadows 8-byte granules. Two segments may share one, so only whole granules are poisoned, and every
// touched granule is unpoisoned: no two threads ever write different values for one granule at one time.
// MemorySanitizer: claimed bytes are uninitialised until written.
//
// Thread safety: as the ownership they follow. Invariants: FL-2, SEG-1 (what the sanitizers then report).
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_THREAD__)
#define RARENA_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define RARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RARENA_ASAN 1
#endif
#if __has_feature(memory_sanitizer)
#define RARENA_MSAN 1
#endif
#if __has_feature(thread_sanitizer)
#define RARENA_TSAN 1
#endif
#endif

#if defined(RARENA_ASAN)
#include <sanitizer/asan_interface.h>
#endif
#if defined(RARENA_MSAN)
#include <sanitizer/msan_interface.h>
#endif

namespace rarena::detail::ghosts {

#if defined(RARENA_ASAN)

inline constexpr bool active = true;
inline constexpr std::uintptr_t granule = 8;

inline void claim(const std::byte* bytes, std::size_t size) {
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes) & ~(granule - 1);
  const auto end = (reinterpret_cast<std::uintptr_t>(bytes) + size + granule - 1) & ~(granule - 1);
  if (size != 0) __asan_unpoison_memory_region(reinterpret_cast<const void*>(begin), end - begin);
}

inline void release(const std::byte* bytes, std::size_t size) {
  const auto begin = (reinterpret_cast<std::uintptr_t>(bytes) + granule - 1) & ~(granule - 1);
  const auto end = (reinterpret_cast<std::uintptr_t>(bytes) + size) & ~(granule - 1);
  if (begin < end) __asan_poison_memory_region(reinterpret_cast<const void*>(begin), end - begin);
}

// Ends all poisoning of a memory that is about to be given back to the system.
inline void forget(const std::byte* bytes, std::size_t size) { claim(bytes, size); }
// A byte, whoever owns it.
__attribute__((no_sanitize("address"))) inline std::byte read(const std::byte* byte) { return *byte; }

#elif defined(RARENA_MSAN)

inline constexpr bool active = true;
inline void claim(const std::byte* bytes, std::size_t size) { __msan_poison(bytes, size); }
inline void release(const std::byte* bytes, std::size_t size) { __msan_poison(bytes, size); }
inline void forget(const std::byte* bytes, std::size_t size) { __msan_unpoison(bytes, size); }
__attribute__((no_sanitize("memory"))) inline std::byte read(const std::byte* byte) { return *byte; }

#else

inline constexpr bool active = false;  // whether the ghosts do anything
inline void claim(const std::byte*, std::size_t) {}
inline void release(const std::byte*, std::size_t) {}
inline void forget(const std::byte*, std::size_t) {}
inline std::byte read(const std::byte* byte) { return *byte; }

#endif

// Whether a memory has ghosts, where any do anything. One that processes share has none: of what the others free and allocate
// this one hears nothing.
template <bool Active>
class Haunted {
 public:
  explicit constexpr Haunted(bool haunted) : haunted_(haunted) {}
  explicit constexpr operator bool() const { return haunted_; }

 private:
  bool haunted_;
};
template <>
class Haunted<false> {
 public:
  explicit constexpr Haunted(bool) {}
  explicit constexpr operator bool() const { return false; }
};

}  // namespace rarena::detail::ghosts
