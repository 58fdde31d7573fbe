#include "arena_program.hpp"

#include <utility>

#include "models/checker/rc11/races.hpp"
#include "models/engine/hint_choices.hpp"
#include "models/scenario/calls.hpp"
#include "models/scenario/describe.hpp"

namespace rarena::models::checking {

namespace {

constexpr checker::Order to_order(Order order) {
  constexpr std::array<checker::Order, 4> orders = {checker::Order::relaxed, checker::Order::acquire, checker::Order::release,
                                                    checker::Order::acq_rel};
  return orders[static_cast<std::size_t>(order)];
}

}  // namespace

ArenaProgram::ArenaProgram(const Image& image, const OrderTable& orders)
    : image_(image), geometry_(image.geometry()), units_(image.units()), orders_(orders) {
  cells_.fill(checker::no_cell);
  image_.each_word([&](auto word, auto value) { add_cell(word.place, value, true); });
  const auto first = geometry_.has_index() ? Place{geometry_.table(0)} : static_cast<Place>(geometry_.data_offset());
  for (auto place = first; place + 8 <= static_cast<Place>(geometry_.capacity()); place += 8)
    if (cell_of(place) == checker::no_cell) add_cell(place, 0, false);
  add_data();
  describe();
}

checker::Cell ArenaProgram::add_cell(Place place, std::uint64_t value, bool written) {
  const auto cell = static_cast<checker::Cell>(places_.size());
  cells_[static_cast<std::size_t>(place) / 4] = cell;
  places_.push_back(place);
  program_.cells.push_back({.initial = value, .name = describe_place(geometry_, place), .written = written});
  return cell;
}

void ArenaProgram::add_data() {
  for (std::size_t i = 0; i < units_.count; ++i)
    program_.data.push_back({.initial = 0, .name = describe_extent(units_.extent(i))});
  const auto own = [&](Extent extent, std::uint32_t owner) {
    for (Offset at = extent.offset; at < extent.end(); at += units_.size) program_.data[units_.number(at)].initial = owner;
  };
  for (const Owned& o : image_.owners()) own(o.segment, o.owner);
  for (const Offset d : image_.all_descriptors()) own({d, descriptor_size}, owner_descriptor);
  for (unsigned t = 0; t < maximum_threads; ++t)
    for (unsigned slot = 0; slot < book_slots; ++slot)
      program_.data.push_back({.initial = 0, .name = fmt::format("book {} of thread {}", slot, t)});
}

void ArenaProgram::add_calls(std::span<const Calls> threads) {
  const auto first = program_.data.size();
  for (std::size_t t = 0; t < threads.size(); ++t) {
    first_call_[t] = static_cast<unsigned>(program_.data.size());
    for (const Call& call : threads[t])
      program_.data.push_back({.initial = 0, .name = fmt::format("'{}' of thread {}", print(call), t)});
  }
  program_.show_datum = [first, show = program_.show_datum](checker::Cell datum, std::uint64_t value) {
    if (static_cast<std::size_t>(datum) < first) return show(datum, value);
    if (value == call_begins) return std::string("begins");
    if (value == call_refused) return std::string("refused");
    return value == call_done ? std::string("done") : describe_extent(decode_extent(value));
  };
}

void ArenaProgram::describe() {
  program_.labels.emplace_back("");
  for (std::size_t i = 0; i < site_count; ++i) program_.labels.emplace_back(row(static_cast<Site>(i)).name);
  for (const char* ghost : {"claim", "release", "payload write", "live", "freed", "flush", "durable"})
    program_.labels.emplace_back(ghost);
  program_.show_value = [this](checker::Cell cell, std::uint64_t value) {
    return describe_value(geometry_, place_of(cell), value);
  };
  program_.show_datum = [count = units_.count](checker::Cell datum, std::uint64_t value) {
    if (static_cast<std::size_t>(datum) >= count) return describe_extent(decode_extent(value));
    if (value == 0) return std::string("nobody's");
    if (takes_no_part(static_cast<std::uint32_t>(value))) return std::string("somebody else's");
    return value == owner_descriptor ? std::string("a descriptor's") : fmt::format("thread {}'s", value - 1);
  };
}

checker::Request ArenaProgram::request(Site site, checker::Operation operation, std::uint64_t operand,
                                       const Location& where) const {
  const auto [order, failure] = orders_[site];
  return {.operation = operation,
          .order = to_order(order),
          .failure = to_order(failure),
          .label = label(site),
          .operand = operand,
          .where = where};
}

checker::Cell ArenaProgram::cell_at(Place place, const Location& where) const {
  const checker::Cell cell = cell_of(place);
  now().require(cell != checker::no_cell, "FL-2: an access to bytes that can be no word", where);
  return cell;
}

namespace {

auto choices(const Geometry& geometry, const Location& where) {
  return HintChoices(geometry, [&where](unsigned options) { return checker::Execution::current()->choose(options, where); });
}

}  // namespace

std::uint64_t ArenaProgram::load(Place place, Site site, const Location& where) const {
  if (is_hint(site)) return choices(geometry_, where).load(place);
  return now().read(cell_at(place, where), request(site, checker::Operation::load, 0, where)).value;
}

void ArenaProgram::store(Place place, std::uint64_t value, Site site, const Location& where) const {
  if (!is_hint(site)) now().write(cell_at(place, where), request(site, checker::Operation::load, value, where));
}

bool ArenaProgram::compare_exchange_weak(Place place, std::uint64_t& expected, std::uint64_t value, Site site,
                                         const Location& where) const {
  if (is_hint(site)) {
    const std::uint64_t wanted = std::exchange(expected, choices(geometry_, where).exchange(expected));
    return wanted == expected;
  }
  checker::Request q = request(site, checker::Operation::compare_weak, expected, where);
  q.desired = value;
  const auto [found, updated] = now().read(cell_at(place, where), q);
  if (!updated) expected = found;
  return updated;
}

std::uint64_t ArenaProgram::fetch_add(Place place, std::uint64_t value, std::uint64_t mask, Site site,
                                      const Location& where) const {
  if (is_hint(site)) return choices(geometry_, where).add(place);
  checker::Request q = request(site, checker::Operation::add, value, where);
  q.mask = mask;
  return now().read(cell_at(place, where), q).value;
}

void ArenaProgram::hand(HandOver what, Extent extent, const Location& where) const {
  checker::Execution& e = now();
  const auto exchange = [&](std::size_t unit, Owner owner) {
    return e.plain_exchange(static_cast<checker::Cell>(unit), owner, label(what), where);
  };
  hand_over(what, geometry_, units_, extent, static_cast<unsigned>(e.thread()), exchange,
            [&](bool condition, const char* message) { e.require(condition, message, where); });
}

void ArenaProgram::close_books(unsigned thread, const Outcome::Thread& books) const {
  const std::uint64_t counts = books.allocated | std::uint64_t{books.refused} << 16 | std::uint64_t{books.live_count} << 32;
  now().plain_write(book(thread, 0), counts, Location::current());
  for (unsigned i = 0; i < books.live_count; ++i)
    now().plain_write(book(thread, i + 1), encode(Extent{books.live[i]}), Location::current());
}

Outcome ArenaProgram::outcome(const checker::Graph& graph) const {
  Outcome all;
  for (unsigned t = 0; t < static_cast<unsigned>(graph.threads()); ++t) {
    Outcome::Thread& books = all.threads[t];
    const std::uint64_t counts = checker::final_plain_value(program_, graph, book(t, 0));
    books.allocated = static_cast<std::uint16_t>(counts);
    books.refused = static_cast<std::uint16_t>(counts >> 16);
    books.live_count = static_cast<unsigned>(counts >> 32);
    for (unsigned i = 0; i < books.live_count; ++i)
      books.live[i] = decode_extent(checker::final_plain_value(program_, graph, book(t, i + 1)));
  }
  return all;
}

}  // namespace rarena::models::checking
