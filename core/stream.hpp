// What a log wants to see of rarena, for the streams of the standard library: not a part of rarena.hpp.
#pragma once

#include "handles/stream.hpp"
