// The checker engine: runs jobs on the checker, under the analyses that it is given.
//
// Thread safety: one run at a time per thread of the system.
#pragma once

#include "analysis.hpp"

namespace rarena::models::checking {

class CheckerEngine : public Engine {
 public:
  explicit CheckerEngine(AnalysisTable analyses) : analyses_(analyses) {}

  std::string_view name() const override { return "checker"; }
  std::string_view about() const override {
    return "Runs scenarios on the checker: every execution that RC11 allows, within the size of the scenario and the bounds";
  }
  std::vector<std::string> schedulers() const override { return {"exhaustive", "bound", "random"}; }
  std::vector<std::string> analyses() const override { return analyses_.names(); }
  std::string_view bounds() const override { return "last"; }

  std::expected<Ending, std::string> run(const Job& job, const Bounds& bounds) override;
  std::expected<Replayed, std::string> replay(const Job& job, const Finding& finding, bool raw) override;
  std::expected<Ending, std::string> simplest(const Job& job, const Bounds& bounds, const std::string& invariant) override;

 private:
  AnalysisTable analyses_;
};

}  // namespace rarena::models::checking
