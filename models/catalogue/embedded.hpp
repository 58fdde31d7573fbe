// The files of data that are compiled into a program: rarena_embed of models/CMakeLists.txt makes the definitions.
//
// Thread safety: constants.
#pragma once

#include <string_view>

namespace rarena::models::embedded {

extern const std::string_view scenarios;  // models/catalogue/scenarios.json
extern const std::string_view bugs;       // models/bugs/bugs.json

}  // namespace rarena::models::embedded
