// The names behind the interface of the arena, for models, which are made of these parts. All other code outside core says
// detail:: where it looks behind the interface, so that a reader sees it there.
#pragma once

namespace rarena {

namespace detail {}

namespace models {
using namespace detail;
}

}  // namespace rarena
