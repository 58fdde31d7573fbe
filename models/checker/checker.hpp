// The checker: an exhaustive model checker for C++ atomics. README.md has an example.
#pragma once

#include "atomic.hpp"
#include "check.hpp"
