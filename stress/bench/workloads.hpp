// All workloads. Each is the file of its name, which adds it for every peer that can run it.
#pragma once

#include "bench/suite.hpp"

namespace rarena::bench {

void add_bump(Suite& suite);
void add_churn(Suite& suite);
void add_fifo(Suite& suite);
void add_hand_over(Suite& suite);
void add_larson(Suite& suite);
void add_map(Suite& suite);
void add_mixed(Suite& suite);
void add_open(Suite& suite);
void add_ping(Suite& suite);
void add_rewind(Suite& suite);
void add_segments(Suite& suite);
void add_strings(Suite& suite);
void add_threadtest(Suite& suite);
void add_top(Suite& suite);

}  // namespace rarena::bench
