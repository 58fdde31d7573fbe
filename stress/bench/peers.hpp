// All peers. One that is not there is an entry, too: it says why.
#pragma once

#include <type_traits>

#include "bench/checked_peer.hpp"
#include "bench/peers/arena.hpp"
#include "bench/peers/boost.hpp"
#include "bench/peers/cursor.hpp"
#include "bench/peers/glibc.hpp"
#include "bench/peers/jemalloc.hpp"
#include "bench/peers/lmdb.hpp"
#include "bench/peers/magazine.hpp"
#include "bench/peers/mimalloc.hpp"
#include "bench/peers/planted.hpp"
#include "bench/peers/pmr.hpp"
#include "bench/peers/protobuf.hpp"
#include "bench/peers/tbbmalloc.hpp"

namespace rarena::bench {

// `see` is called with a std::type_identity of each. The floors (arena-none, cursor) are among them.
template <class See>
void for_each_peer(See see) {
  const auto each = [&]<class... P>(std::type_identity<P>...) {
    (see(std::type_identity<std::conditional_t<checking, Checked<P>, P>>()), ...);
  };
  each(std::type_identity<ArenaPeer<Pessimistic>>(), std::type_identity<ArenaPeer<Optimistic>>(),
       std::type_identity<ArenaPeer<NoFreelist>>(), std::type_identity<ArenaPeer<OneThread>>(),
       std::type_identity<ArenaPeer<InFile>>(), std::type_identity<ArenaPeer<FirstOfAllFree>>(),
       std::type_identity<HandlePeer>(), std::type_identity<MagazinePeer<OfOneThread>>(),
       std::type_identity<MagazinePeer<OfAllThreads>>(), std::type_identity<CursorPeer>(), std::type_identity<GlibcPeer>(),
       std::type_identity<JemallocPeer>(), std::type_identity<MimallocPeer>(), std::type_identity<TbbPeer>(),
       std::type_identity<PoolPeer<std::pmr::unsynchronized_pool_resource>>(),
       std::type_identity<PoolPeer<std::pmr::synchronized_pool_resource>>(), std::type_identity<MonotonicPeer>(),
       std::type_identity<BoostPeer<BoostBuffer>>(), std::type_identity<BoostPeer<BoostFile>>(),
       std::type_identity<ProtobufPeer>(), std::type_identity<LmdbPeer>());
  if constexpr (checking) see(std::type_identity<Checked<PlantedPeer>>());
}

}  // namespace rarena::bench
