#include "analysis.hpp"

namespace rarena::models::checking {

std::vector<std::string> AnalysisTable::names() const {
  std::vector<std::string> names;
  for (const AnalysisEntry& entry : entries_) names.emplace_back(entry.name);
  return names;
}

MadeAnalysis AnalysisTable::make(const Job& job) const {
  for (const AnalysisEntry& entry : entries_)
    if (job.analysis.name == entry.name) return entry.make(job);
  return std::unexpected("no analysis is called '" + job.analysis.name + "'");
}

}  // namespace rarena::models::checking
