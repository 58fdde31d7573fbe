// What is behind the interface of the arena: models are made of it, so they name all of it as core does.
//
// Everything else outside core says detail:: where it looks behind the interface.
#pragma once

namespace rarena {

namespace detail {}

namespace models {
using namespace detail;
}

}  // namespace rarena
