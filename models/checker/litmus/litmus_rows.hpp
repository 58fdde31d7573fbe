// The rows of litmus-counts.tsv: the programs, and the counts that the file gives.
//
// Thread safety: rows() may be called by any thread; the programs belong to one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "litmus_programs.hpp"

namespace checker::litmus {

// A program whose count the file gives by name. Several may stand for one row of the file: variants of equal count.
struct Row {
  std::string name;
  std::string variant;  // empty: there is only one
  Program program;

  std::string title() const { return variant.empty() ? name : name + " [" + variant + "]"; }
};
const std::vector<Row>& rows();

// Complete executions by row. Throws std::runtime_error, with the line, if the file is not such a table.
using Counts = std::map<std::string, std::uint64_t>;
Counts read_counts(const std::string& path);

}  // namespace checker::litmus
