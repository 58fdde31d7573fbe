// The calls of one thread of a scenario, made through its client.
//
// No memory is allocated here: an engine may leave a thread without running destructors, and Relacy takes an allocation for a
// choice. Thread safety: the threads of the scenario. Invariants: those of the client (client.hpp).
#pragma once

#include <array>
#include <cstdint>

#include "client.hpp"
#include "program.hpp"

namespace rarena::models {

// What a call leaves as a note, besides an encoded extent: none of these is one.
inline constexpr std::uint64_t call_begins = 1, call_refused = 2, call_done = 3;

// The segments that a thread has come to own, by number. One that was refused, or is freed, is empty.
using OwnSegments = std::array<Extent, most_calls + 1>;

template <class Client>
std::uint64_t make_call(Client& client, const Call& call, Size unit, OwnSegments& own, unsigned& owned) {
  const bool ends_nothing = call.names_own() && own[call.own].empty();
  if (ends_nothing) return call_done;
  if (call.allocates()) {
    const Request request{call.size * unit, call.alignment == 1 ? 1 : call.alignment * unit};
    const auto segment = call.kind == Call::Kind::take          ? client.take(request)
                         : call.kind == Call::Kind::take_shared ? client.take_shared(request)
                                                                : client.alloc(request);
    own[owned++] = segment.value_or(Extent{});
    return segment ? encode(*segment) : call_refused;
  }
  switch (call.kind) {
    case Call::Kind::allocate:
    case Call::Kind::take:
    case Call::Kind::take_shared: break;
    case Call::Kind::free: client.free(own[call.own]); break;
    case Call::Kind::give_up: client.give_up(own[call.own]); break;
    case Call::Kind::discard: client.discard_freelist(); break;
    case Call::Kind::walk: client.walk(); break;
    case Call::Kind::merge: client.merge(); break;
    case Call::Kind::flush: client.flush(); break;
    case Call::Kind::flush_own: client.flush_header_and(own[call.own]); break;
    case Call::Kind::put_back: client.put_back(own[call.own]); break;
    case Call::Kind::end_magazine: client.end_magazine(); break;
    case Call::Kind::return_shared: client.return_shared(own[call.own]); break;
    case Call::Kind::end_shared: client.end_shared(); break;
  }
  return call_done;
}

// note(call, what): call number `call` begins, or has returned.
template <class Client, class Note>
void make_calls(Client& client, const ClientProgram& program, unsigned thread, Note note) {
  OwnSegments own{};
  unsigned owned = 0;
  for (const unsigned at_start = program.owned(thread); owned < at_start; ++owned) own[owned] = client.own(owned);
  const Calls& calls = program.threads[thread];
  for (unsigned c = 0; c < calls.size(); ++c) {
    note(c, call_begins);
    note(c, make_call(client, calls[c], program.unit, own, owned));
  }
}

}  // namespace rarena::models
