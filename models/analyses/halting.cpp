#include "halting.hpp"

namespace rarena::models::checking {

namespace {

class Halting : public Analysis {
 public:
  explicit Halting(unsigned threads) : threads_(threads) {}
  Halting(unsigned thread, unsigned before) : threads_(0), thread_(thread), before_(before) {}

  Changes wrap() override {
    happened_ = false;
    return {.invariants = false,
            .pace =
                [this](unsigned thread) {
                  return Pace{.halts_before = thread == thread_ ? before_ : Pace::never, .longest = &longest_};
                },
            .halted = [this](unsigned) { happened_ = true; }};
  }
  // The next place: one step further, as long as the thread comes so far, then the next thread's first.
  bool next(const checker::Result& result) override {
    complete_ = complete_ && result.verdict == checker::Verdict::held;
    points_ += happened_;
    if (result.violation || threads_ == 0) return false;
    if (happened_) return ++before_, true;
    before_ = 0;
    return ++thread_ < threads_;
  }
  void report(Ending& ending) const override {
    ending.more["points"] = points_;
    ending.more["complete"] = complete_;
    ending.more["steps"] = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < call_names.size(); ++i)
      if (longest_[i] != 0) ending.more["steps"][std::string(call_names[i])] = longest_[i];
    // What was not seen to its end is not said to have failed: `complete` says so.
    ending.verdict = ending.violation ? Verdict::violation : Verdict::held;
    if (ending.violation) ending.at = {{"thread", thread_}, {"before", before_}};
  }

 private:
  unsigned threads_;  // 0: one place alone
  unsigned thread_ = 0, before_ = 0;
  bool happened_ = false;  // the thread comes so far in some execution
  CallSteps longest_{};
  unsigned points_ = 0;  // where a thread was stopped
  bool complete_ = true;
};

}  // namespace

MadeAnalysis make_halting(const Job& job) {
  const auto& options = job.analysis.options;
  if (!options.contains("at")) return std::make_unique<Halting>(job.scenario.threads());
  const auto& at = options["at"];
  const unsigned thread = at.at("thread");
  if (thread >= job.scenario.threads())
    return std::unexpected("thread " + std::to_string(thread) + " is to stop, and there are " +
                           std::to_string(job.scenario.threads()));
  return std::make_unique<Halting>(thread, at.at("before").get<unsigned>());
}

}  // namespace rarena::models::checking
