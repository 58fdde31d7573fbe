// What the programs of the tutorial print: that the structure holds, and how it breaks with the bug.
//
// Thread safety: none needed.
#pragma once

#include <checker/checker.hpp>
#include <cstdio>

// The exit status: 0 if the structure holds, and the bug is found.
inline int show(const checker::Result& right, const checker::Result& wrong) {
  const auto executions = [](const checker::Result& r) { return static_cast<unsigned long long>(r.counters.executions()); };
  std::printf("as it should be: %s, %llu executions\n", std::string(name(right.verdict)).c_str(), executions(right));
  if (right.violation) std::printf("%s", checker::explain(*right.violation).c_str());
  std::printf("with the bug: %s after %llu executions\n", std::string(name(wrong.verdict)).c_str(), executions(wrong));
  if (wrong.violation) std::printf("%s", checker::explain(*wrong.violation).c_str());
  return right.verdict == checker::Verdict::held && wrong.verdict == checker::Verdict::violation ? 0 : 1;
}
