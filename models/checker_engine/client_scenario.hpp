// ClientScenario: a client program in the place of a scenario. Each call leaves a note in the execution when it begins and when
// it has returned, so that the results, and which call was over before which began, can be read off it.
//
// Thread safety: the threads of the program; a constant. Invariants: those of the client (models/scenario/client.hpp).
#pragma once

#include <array>

#include "models/clients/program.hpp"
#include "models/scenario/client.hpp"

namespace rarena::models::checking {

// What a call notes, besides an encoded extent: none of these is one.
inline constexpr std::uint64_t call_begins = 1, call_refused = 2, call_done = 3;

struct ClientScenario {
  Info info;
  const clients::ClientProgram& program;

  explicit ClientScenario(const clients::ClientProgram& p)
      : info{.name = "client program",
             .threads = static_cast<unsigned>(p.threads.size()),
             .kinds = only_none | both_lists,
             .quick = {},
             .full = {},
             .about = "",
             .not_shown = ""},
        program(p) {}

  Image image(Freelist kind) const { return program.image(kind); }
  static const char* expect(const Outcome&) { return nullptr; }

  // note(call, what). No memory is allocated here: a thread may be left without running destructors.
  template <class Client, class Note>
  void thread(Client& client, unsigned i, Note note) const {
    std::array<Extent, clients::most_calls + 1> own{};
    unsigned owned = 0;
    for (const unsigned at_start = program.owned(i); owned < at_start; ++owned) own[owned] = client.own(owned);
    const auto& calls = program.threads[i];
    for (unsigned c = 0; c < calls.size(); ++c) {
      note(c, call_begins);
      note(c, run(client, calls[c], own, owned));
    }
  }

 private:
  template <class Client, class Own>
  static std::uint64_t run(Client& client, const clients::Call& call, Own& own, unsigned& owned) {
    using Kind = clients::Call::Kind;
    switch (call.kind) {
      case Kind::allocate: {
        const auto segment = client.alloc(call.size * granule, call.alignment == 1 ? 1 : call.alignment * granule);
        own[owned++] = segment.value_or(Extent{});
        return segment ? encode(*segment) : call_refused;
      }
      case Kind::free:
        if (!own[call.own].empty()) client.free(own[call.own]);
        return call_done;
      case Kind::give_up:
        if (!own[call.own].empty()) client.give_up(own[call.own]);
        return call_done;
      case Kind::discard: client.discard_freelist(); return call_done;
      case Kind::walk: client.walk(); return call_done;
      case Kind::flush: client.flush(); return call_done;
      case Kind::flush_own:
        if (!own[call.own].empty()) client.flush_header_and(own[call.own]);
        return call_done;
    }
    return call_done;
  }
};

}  // namespace rarena::models::checking
