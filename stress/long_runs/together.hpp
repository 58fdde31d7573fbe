// Threads that run one function together; what one of them throws is thrown where they were started.
#pragma once

#include <exception>
#include <thread>
#include <vector>

namespace rarena::stress {

template <class Work>
void together(unsigned threads, Work work) {
  if (threads == 1) return work(0U);
  std::vector<std::exception_ptr> thrown(threads);
  {
    std::vector<std::jthread> running;
    for (unsigned i = 0; i < threads; ++i)
      running.emplace_back([&, i] {
        try {
          work(i);
        } catch (...) {
          thrown[i] = std::current_exception();
        }
      });
  }
  for (const std::exception_ptr& one : thrown)
    if (one) std::rethrow_exception(one);
}

}  // namespace rarena::stress
