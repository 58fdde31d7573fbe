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
#include "handles/bad_alloc.hpp"
#include "handles/bytes.hpp"
#include "handles/magazine.hpp"
#include "handles/memory_resource.hpp"
#include "handles/owned.hpp"
#include "handles/scope.hpp"
#include "handles/shared_magazine.hpp"
#include "handles/thread_magazine.hpp"
#include "handles/with_arena.hpp"
#include "layout/error.hpp"
#include "persistent/arena_allocator.hpp"
#include "persistent/at.hpp"
#include "persistent/atomic_offset_ptr.hpp"
#include "persistent/offset_ptr.hpp"
#include "persistent/root_type.hpp"
#include "persistent/roots.hpp"

/// The arena, its handles, its errors, and what persists in it.
namespace rarena {

/// The same for one thread at a time, without atomics.
namespace unsync {}

}  // namespace rarena
