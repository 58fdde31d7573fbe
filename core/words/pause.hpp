// pause(): tells the processor that this is a retry loop. Wait-free; no effect on memory.
#pragma once

namespace rarena {

#if defined(__x86_64__) || defined(__i386__)
inline void pause() { __builtin_ia32_pause(); }
#elif defined(__aarch64__)
inline void pause() { asm volatile("yield"); }
#else
inline void pause() {}
#endif

}  // namespace rarena
