// A scenario as a program of the checker: the words of the memory as atomic objects, the owner of every unit of payload as a
// plain one, and the books of the threads as plain ones too, so that they belong to the execution.
//
// Every word that the image has is an object, and so are all aligned eight bytes of the tables and of the data, which may
// become a descriptor: those nothing has written yet, and to read them is a violation (FL-2).
//
// Thread safety: one check at a time. Invariants: FL-2 (known words only), SEG-1 (claims), SEG-3 (races on granules).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/words/word_store.hpp"
#include "models/checker/explore/execution.hpp"
#include "models/engine/hand_over.hpp"
#include "models/engine/memory_store.hpp"
#include "models/scenario/scenario.hpp"

namespace rarena::models::checking {

class ArenaProgram {
 public:
  ArenaProgram(const Image& image, const OrderTable& orders);
  ArenaProgram(const ArenaProgram&) = delete;
  ArenaProgram& operator=(const ArenaProgram&) = delete;

  checker::Program& program() { return program_; }
  const checker::Program& program() const { return program_; }
  const Image& image() const { return image_; }

  // The accesses of the threads.
  std::uint64_t load(Place place, Site site, const Location& where) const;
  void store(Place place, std::uint64_t value, Site site, const Location& where) const;
  bool compare_exchange_weak(Place place, std::uint64_t& expected, std::uint64_t value, Site site, const Location& where) const;
  std::uint64_t fetch_add(Place place, std::uint64_t value, std::uint64_t mask, Site site, const Location& where) const;
  using LoopHead = checker::LoopHead;
  LoopHead loop_head() const { return now().loop_head(); }
  void retry(LoopHead head, const Location& where) const { now().retry(head, where); }
  void claim(Extent extent, const Location& where) const { hand(HandOver::claim, extent, where); }
  void release(Extent extent, const Location& where) const { hand(HandOver::release, extent, where); }
  void use(Extent extent, const Location& where) const { hand(HandOver::use, extent, where); }
  void check(bool condition, const char* message, const Location& where) const { now().require(condition, message, where); }
  // For the crash analyses: into the log of the thread.
  void moment(Moment moment, Extent range, const Location& where) const {
    const auto t = static_cast<unsigned>(now().thread());
    now().plain_exchange(book(t, live_slots + 1), encode(range), label(moment), where);
  }

  // A thread's books, at its end; and the books of all when all have ended.
  void close_books(unsigned thread, const Outcome::Thread& books) const;
  Outcome outcome(const checker::Graph& graph) const;

  // Of a program whose calls are noted: a note of each call's beginning and result is a plain object of its own.
  void add_calls(std::span<const Calls> threads);
  void note_call(unsigned thread, unsigned call, std::uint64_t what) const {
    now().plain_write(call_book(thread, call), what, Location::current());
  }
  checker::Cell call_book(unsigned thread, unsigned call) const {
    return static_cast<checker::Cell>(first_call_[thread] + call);
  }

  // The cell of a word; no_cell: no word.
  checker::Cell cell_of(Place place) const {
    return place < 0 || static_cast<std::size_t>(place) >= bytes ? checker::no_cell
                                                                 : cells_[static_cast<std::size_t>(place) / 4];
  }
  Place place_of(checker::Cell cell) const { return places_[static_cast<std::size_t>(cell)]; }

  // Labels of the steps in traces, and in Request::label: sites of the ledger from 1, then the ghosts.
  static std::uint8_t label(Site site) { return static_cast<std::uint8_t>(static_cast<unsigned>(site) + 1); }
  static Site site(std::uint8_t label) { return static_cast<Site>(label - 1U); }
  static constexpr bool is_site(std::uint8_t label) { return label != 0 && label <= site_count; }
  static constexpr std::uint8_t label(HandOver what) {
    return static_cast<std::uint8_t>(site_count + 1 + static_cast<unsigned>(what));
  }
  static constexpr std::uint8_t use_label = static_cast<std::uint8_t>(site_count + 3);
  static std::uint8_t label(Moment moment) { return static_cast<std::uint8_t>(use_label + 1U + static_cast<unsigned>(moment)); }
  static bool is_moment(std::uint8_t label) { return label > use_label; }
  static Moment moment_of(std::uint8_t label) { return static_cast<Moment>(label - use_label - 1U); }

 private:
  static constexpr std::size_t bytes = most_bytes, live_slots = 8;
  static constexpr std::size_t book_slots = live_slots + 2;  // counts, live segments, moments

  static checker::Execution& now() { return *checker::Execution::current(); }
  checker::Request request(Site site, checker::Operation operation, std::uint64_t operand, const Location& where) const;
  checker::Cell cell_at(Place place, const Location& where) const;
  checker::Cell add_cell(Place place, std::uint64_t value, bool written);
  checker::Cell book(unsigned thread, unsigned slot) const {
    return static_cast<checker::Cell>(units_.count + thread * book_slots + slot);
  }
  void add_data();
  void describe();
  void hand(HandOver what, Extent extent, const Location& where) const;

  Image image_;
  Geometry geometry_;
  Units units_;
  OrderTable orders_;
  checker::Program program_;
  std::array<checker::Cell, bytes / 4> cells_{};
  std::vector<Place> places_;
  std::array<unsigned, maximum_threads> first_call_{};  // of a thread: its first call's note
};

// The word store over it. Thread safety: the checker's threads.
using CheckerStore = MemoryStore<const ArenaProgram>;

static_assert(EngineStore<CheckerStore>);

}  // namespace rarena::models::checking
