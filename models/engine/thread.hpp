// One thread of a scenario, over the store of an engine: the client, the allocator of the bug's variant, the calls.
//
// Thread safety: the threads of the scenario. Invariants: those of the client (models/scenario/client.hpp).
#pragma once

#include "models/bugs/variant.hpp"
#include "models/scenario/calls.hpp"
#include "models/scenario/scenario.hpp"

namespace rarena::models {

// Whether the states on the way are watched. A bug says whether they count, or only what follows from them.
inline bool watched(const Bug* bug) { return bug == nullptr || (bug->watch && bug->known_format()); }
inline bool known_format(const Bug* bug) { return bug == nullptr || bug->known_format(); }

inline constexpr std::size_t most_seen = 16;  // nodes that a merge of a scenario can remember

inline constexpr auto no_note = [](unsigned, std::uint64_t) {};
inline constexpr auto no_wrapping = [](auto store) { return store; };

// `bug`: nullptr for the shipped code. note(call, what): see make_calls. wrap(store): what lies around the bug's store.
template <class Store, class Note, class Wrap>
void run_thread(const Scenario& scenario, const Image& image, const Bug* bug, Store store, unsigned thread,
                Outcome::Thread& books, Note note, Wrap wrap) {
  with_variant(bug, [&]<class Variant>(Variant) {
    LieState lies;
    auto own_store = wrap(Variant::wrap(store, bug ? bug->lie : Lie::none, lies));
    const auto allocator = Variant::template make<ArrayRoom<most_seen>>(
        own_store, image.geometry(), image.kind(),
        Tuning{
            .maximum_retries = 0, .slab = scenario.slab, .merging = scenario.program.merging, .walk = scenario.program.walk});
    const typename Variant::template Magazine<decltype(own_store)> magazine(scenario.program.chunk);
    Client client(own_store, allocator, magazine, scenario.program.chunk, image, thread, books);
    make_calls(client, scenario.program, thread, note);
  });
}

template <class Store>
void run_thread(const Scenario& scenario, const Image& image, const Bug* bug, Store store, unsigned thread,
                Outcome::Thread& books) {
  run_thread(scenario, image, bug, store, thread, books, no_note, no_wrapping);
}

}  // namespace rarena::models
