#include "progress.hpp"

#include <ostream>

namespace rarena::tools {

namespace {
constexpr const char* start_of_empty_line = "\r\x1b[K";
}

void Progress::show(std::uint64_t count) {
  if (!console_.terminal || Clock::now() < next_) return;
  next_ = Clock::now() + interval;
  shown_ = true;
  console_.err << start_of_empty_line << file_ << ": " << count;
  if (total_ != 0) console_.err << " of " << total_;
  console_.err << " " << unit_ << std::flush;
}

Progress::~Progress() {
  if (shown_) console_.err << start_of_empty_line << std::flush;
}

}  // namespace rarena::tools
