// Suspects: what a violation may come from. A read of what another thread has written carries nothing else over unless it
// synchronizes with the write; those that do not, by the sites of the ledger, are where a memory order may be too weak.
//
// Thread safety: values.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/words/orders.hpp"
#include "models/scenario/internals.hpp"

namespace rarena::models {

class Suspects {
 public:
  // A read at one site of what was written at another, unsynchronized.
  void add(Site write, Site read) {
    const auto same = std::ranges::find_if(edges_, [&](const Edge& e) { return e.write == write && e.read == read; });
    if (same != edges_.end())
      ++same->count;
    else
      edges_.push_back({write, read, 1});
  }
  // Sentences; the pairs that the ledger joins first, because its orders are meant to synchronize these.
  std::vector<std::string> sentences() const {
    std::vector<std::string> texts;
    for (const bool meant : {true, false})
      for (const Edge& e : edges_)
        if (row(e.read).partners.contain(e.write) == meant) texts.push_back(sentence(e));
    return texts;
  }

 private:
  struct Edge {
    Site write, read;
    unsigned count;
  };
  static std::string sentence(const Edge& e) {
    return std::string(row(e.read).name) + " reads what another thread's " + row(e.write).name +
           " wrote, and does not synchronize with it" + (e.count > 1 ? " (" + std::to_string(e.count) + " times)" : "");
  }
  std::vector<Edge> edges_;
};

}  // namespace rarena::models
