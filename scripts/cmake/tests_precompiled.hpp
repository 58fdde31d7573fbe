// What nearly every unit test begins with, compiled once per test program.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rarena.hpp"
