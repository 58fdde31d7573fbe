// What nearly every test of an arena begins with, compiled once per test program. The shipped arenas are in a library.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rarena.hpp"

namespace rarena::detail {

extern template class LiveState<AtomicStore>;
extern template class LiveState<PlainStore>;

}  // namespace rarena::detail
