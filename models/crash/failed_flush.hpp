// FailedFlush: the histories in which one flush of the threads fails, once. Pages of its range that were not yet durable may
// have got to the disk or not; they are called clean, so that a later flush writes one of them only if it has been written to
// again. The shipped DiskRecord says what the process does then: what it writes, and whether it refuses later flushes.
//
// Calls of a DiskRecord come one after the other. So, for each flush, every number of the other threads' calls that may have
// come before it is a history.
//
// Thread safety: functions of their arguments. Invariants: REC-2.
#pragma once

#include <functional>

#include "core/recovery/durability.hpp"
#include "life.hpp"

namespace rarena::models::crash {

// Calls visit(history, disk) for each, until it returns false. Moment::lost is the flush that failed; `disk` knows of it.
// `forgets`: the planted bug, a process that does not remember it.
void each_failure(const History& threads, const Life& life, const Geometry& geometry, bool forgets,
                  const std::function<bool(History, DiskRecord&)>& visit);

}  // namespace rarena::models::crash
