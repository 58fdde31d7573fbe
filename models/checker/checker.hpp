// The checker: an exhaustive model checker for C++ atomics. README.md has an example.
#pragma once

#include "models/checker/front/atomic.hpp"
#include "models/checker/front/check.hpp"
#include "models/checker/front/standard.hpp"
#include "models/checker/sync/condition_variable.hpp"
#include "models/checker/sync/counting.hpp"
#include "models/checker/sync/mutex.hpp"
