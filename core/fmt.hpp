// What a log wants to see of rarena, for the library fmt: not a part of rarena.hpp.
#pragma once

#include "handles/fmt.hpp"
