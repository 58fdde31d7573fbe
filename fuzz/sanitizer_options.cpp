// What AddressSanitizer is to do in a program that runs millions of small inputs. ASAN_OPTIONS goes before it.
//
// Without these, a tenth of the time went into thirty frames for each of thousands of allocations, which hardly anybody asks
// for, and into fresh pages for a quarantine of 256 MiB, while an input allocates a few hundred KiB.
extern "C" const char* __asan_default_options() {
  return "malloc_context_size=4:quarantine_size_mb=16:thread_local_quarantine_size_kb=512";
}
