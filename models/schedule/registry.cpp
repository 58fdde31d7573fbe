#include "registry.hpp"

#include "models/corpus/variant.hpp"
#include "models/engine/all_entries.hpp"

namespace rarena::models::schedule {

namespace {

template <Scenario S, class Variant>
void run_thread(ScheduleMemory& memory, Lie lie, unsigned i, Outcome::Thread& books) {
  LieState lies;
  const auto store = Variant::wrap(ScheduleStore(memory), lie, lies);
  const Image& image = memory.image();
  const auto allocator =
      Variant::make(store, image.geometry(), image.kind(), Tuning{.maximum_retries = 0, .slab = S::info.slab});
  Client client(store, allocator, memory.image(), i, books);
  S::thread(client, i);
}

template <Scenario S, class Variant>
constexpr Program program = {.info = &S::info,
                             .image = &S::image,
                             .thread = &run_thread<S, Variant>,
                             .expect = &S::expect,
                             .known_format = Variant::known_format};

struct ScheduleEngine {
  using Runner = schedule::Runner;
  template <Scenario S, class Variant>
  static constexpr Runner runner = &program<S, Variant>;
};

}  // namespace

std::vector<const Entry<Runner>*> all_entries() { return entries_of_all_scenarios<ScheduleEngine>(); }

std::expected<Job, std::string> resolve(const Names& names) { return select(all_entries(), names); }

}  // namespace rarena::models::schedule
