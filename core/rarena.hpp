// All of rarena: the arena, its handles, its errors.
#pragma once

#include "words/compiler.hpp"

#include "arena/arena.hpp"
#include "arena/options.hpp"
#include "codec/integer.hpp"
#include "codec/plain.hpp"
#include "codec/reader.hpp"
#include "codec/varint.hpp"
#include "codec/writer.hpp"
#include "handles/bytes.hpp"
#include "handles/magazine.hpp"
#include "handles/memory_resource.hpp"
#include "handles/owned.hpp"
#include "handles/scope.hpp"
#include "handles/shared_magazine.hpp"
#include "handles/with_arena.hpp"
#include "layout/error.hpp"
