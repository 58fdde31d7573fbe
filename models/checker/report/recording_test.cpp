// Recordings that were edited: what is no execution is refused, and the message says where.
#include "recording.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/checker/checker.hpp"
#include "models/checker/front/checker_test_support.hpp"
#include "replayer.hpp"

namespace checker {
namespace {

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

std::string edited(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("expected " + from + " in " + text);
  return text.replace(at, from.size(), to);
}

// A recording to edit: message passing through an update, seen in order.
class Edited : public testing::Test {
 protected:
  Edited() {
    const std::vector<std::function<void()>> threads = {[this] { data_.set(1), x_.store(1, relaxed), y_.store(1, release); },
                                                        [this] { y_.fetch_add(1, acq_rel); },
                                                        [this] {
                                                          if (y_.load(acquire) == 2)
                                                            require(data_.get() != 1 || x_.load(relaxed) != 1, "it has come");
                                                        }};
    const Result result = check({}, threads);
    current_program().threads = threads;  // for replays
    recording_ = record(current_program(), *result.violation);
  }
  ~Edited() override { current_program().threads.clear(); }

  std::string refusal() const {
    return error_of([this] { Replayer(current_program(), recording_); });
  }
  RecordedEvent& event(std::size_t t, std::size_t i) { return recording_.threads[t].events[i]; }

  atomic<int> x_{0, "x"}, y_{0, "y"};
  var<int> data_{0, "data"};
  Recording recording_;
};

TEST_F(Edited, UneditedIsAccepted) {
  EXPECT_EQ("no error", refusal());
  EXPECT_TRUE(Replayer(current_program(), recording_).run().reproduced);
  EXPECT_EQ(recording_, from_json(to_json(recording_)));
}

TEST_F(Edited, SourcesAreRefused) {
  event(2, 1).source = {};
  event(2, 1).value = 0;
  EXPECT_EQ(
      "recording, thread 2, event 1: expected a source not older than 0.0, which it knows, found read of x (relaxed) that "
      "takes 0x0 from initial",
      refusal());
  event(2, 1).source = {0, 1};
  EXPECT_EQ("recording, thread 2, event 1: expected a store to x as source, found 0.1", refusal());
  event(2, 1).source = {7, 0};
  EXPECT_EQ("recording, thread 2, event 1: expected a store to x as source, found 7.0", refusal());
}

TEST_F(Edited, ValuesAreRefused) {
  event(2, 0).value = 3;
  EXPECT_EQ(
      "recording, thread 2, event 0: expected the value of its source, 0x2, found read of y (acquire) that takes 0x3 from 1.1",
      refusal());
  event(2, 0).value = 2;
  event(1, 1).value = 3;
  EXPECT_EQ("recording, thread 1, event 1: expected the value 0x2, found update of y to 0x3", refusal());
  event(1, 1).value = 2;
  recording_.data[0].initial = 1;
  recording_.threads[0].accesses.clear();
  EXPECT_EQ("no error", refusal());
  recording_.data[0].initial = 0;
  EXPECT_EQ("recording, thread 2, event 1: expected the value last written, 0x0, found plain read of 0x1 from data", refusal());
}

TEST_F(Edited, PlacesAreRefused) {
  std::swap(recording_.coherence[1][0], recording_.coherence[1][1]);
  EXPECT_EQ(
      "recording, thread 1, event 1: expected a place in the coherence order behind 0.1, which it knows, found update of y to "
      "0x2",
      refusal());
  recording_.coherence[1].pop_back();
  EXPECT_EQ("recording, thread 0, event 1: expected its store once in the coherence order of y, found 0 times", refusal());
  recording_.coherence[1] = {{0, 1}, {1, 1}, {2, 0}};
  EXPECT_EQ("recording, coherence of cell 1, store 2: expected a store to y, found 2.0", refusal());
}

TEST_F(Edited, SynchronizationIsRefused) {
  event(0, 1).order = Order::relaxed;
  EXPECT_EQ("recording, thread 2, event 1: expected no data race with thread 0, found plain read of 0x1 from data", refusal());
}

TEST_F(Edited, UpdatesAreRefused) {
  event(1, 0).updates = false;
  EXPECT_EQ("recording, thread 1, event 1: expected an update only behind a read that succeeds, found update of y to 0x2",
            refusal());
  event(1, 0).updates = true;
  event(1, 0).spurious = true;
  EXPECT_EQ(
      "recording, thread 1, event 0: expected only a weak compare-exchange to fail spuriously, found fetch_add of y with 0x1 "
      "(acq_rel) that takes 0x1 from 0.1 and succeeds",
      refusal());
  event(1, 0).spurious = false;
  recording_.coherence[1].pop_back();
  recording_.threads[1].events.resize(1);
  EXPECT_EQ("recording, thread 1, event 0: expected the update as the next event, found none", refusal());
}

TEST_F(Edited, CyclesAreRefused) {
  Recording r;
  r.cells = {{"x", 0}, {"y", 0}};
  r.threads.resize(2);
  const auto load = [](Cell cell, EventName source, Order order) {
    return RecordedEvent{
        .kind = Kind::read, .cell = cell, .order = order, .value = source.is_initial() ? 0U : 1U, .source = source};
  };
  const auto store = [](Cell cell, Order order) {
    return RecordedEvent{.kind = Kind::write, .cell = cell, .order = order, .value = 1};
  };
  r.threads[0].events = {load(0, {1, 1}, Order::relaxed), store(1, Order::relaxed)};
  r.threads[1].events = {load(1, {0, 1}, Order::relaxed), store(0, Order::relaxed)};
  r.coherence = {{{1, 1}}, {{0, 1}}};
  EXPECT_EQ(
      "recording, thread 0, event 0: expected a source that does not depend on the read, found read of x (relaxed) that takes "
      "0x1 from 1.1, a cycle of program order and reads-from",
      error_of([&] { validate(r); }));
  r.threads[0].events = {store(0, Order::seq_cst), load(1, {}, Order::seq_cst)};
  r.threads[1].events = {store(1, Order::seq_cst), load(0, {}, Order::seq_cst)};
  r.coherence = {{{0, 0}}, {{1, 0}}};
  EXPECT_EQ("recording: expected an order of the seq_cst accesses and fences, found a cycle", error_of([&] { validate(r); }));
}

TEST_F(Edited, AtomicityIsRefused) {
  Recording r;
  r.cells = {{"x", 0}};
  r.threads.resize(3);
  for (std::size_t t = 0; t < 2; ++t)
    r.threads[t].events = {{.kind = Kind::read, .operation = Operation::add, .cell = 0, .updates = true, .operand = 1},
                           {.kind = Kind::write, .cell = 0, .updates = true, .value = 1}};
  r.threads[2].events = {{.kind = Kind::write, .cell = 0, .value = 9}};
  r.coherence = {{{0, 1}, {1, 1}, {2, 0}}};
  EXPECT_EQ("recording, thread 1, event 1: expected a place directly behind its source, found update of x to 0x1",
            error_of([&] { validate(r); }));
  r.threads.erase(r.threads.begin() + 1);
  r.coherence = {{{1, 0}, {0, 1}}};
  EXPECT_EQ(
      "recording, thread 1, event 0: expected a place not between an update and its source, found store of 0x9 to x (relaxed)",
      error_of([&] { validate(r); }));
  r.coherence = {{{0, 1}, {1, 0}}};
  EXPECT_EQ("no error", error_of([&] { validate(r); }));
}

TEST_F(Edited, TheViolationIsNotReproduced) {
  recording_.violation->message = "it has gone";
  EXPECT_EQ("at the end: expected assertion \"it has gone\", found assertion \"it has come\"",
            Replayer(current_program(), recording_).run().difference);
  recording_.violation->thread = 9;
  EXPECT_EQ("recording, violation: expected one of 3 threads, found 9", refusal());
  recording_.violation.reset();
  EXPECT_TRUE(Replayer(current_program(), recording_).run().reproduced);
}

TEST_F(Edited, TextIsRefusedWithItsPlace) {
  const std::string json = to_json(recording_);
  const auto error = [&](const std::string& from, const std::string& to) {
    return error_of([&] { from_json(edited(json, from, to)); });
  };
  EXPECT_EQ("recording: expected checker recording, found cake", error("checker recording", "cake"));
  EXPECT_EQ("recording: expected \"version\" to be a number from 1 to 1, found 2", error("\"version\": 1", "\"version\": 2"));
  EXPECT_EQ(
      "recording, thread 0, event 0: expected \"kind\" to be one of read, write, fence, choice, block, end, found \"wrote\"",
      error("\"kind\": \"write\"", "\"kind\": \"wrote\""));
  EXPECT_EQ(
      "recording, thread 0, event 0: expected \"order\" to be one of relaxed, acquire, release, acq_rel, seq_cst, found 3",
      error("\"order\": \"relaxed\"", "\"order\": 3"));
  EXPECT_EQ(
      "recording, thread 0, event 0: expected \"value\" to be a hexadecimal string of at most 64 bits such as \"0x2a\", found "
      "\"0x10000000000000000\"",
      error("\"value\": \"0x1\"", "\"value\": \"0x10000000000000000\""));
  EXPECT_EQ("recording, thread 0, event 0: expected no more fields, found \"valu\"",
            error("\"value\"", "\"value\": \"0x1\", \"valu\""));
  EXPECT_EQ("recording, thread 1, event 0: expected the name of an event such as \"0.3\", or \"initial\", found \"0:1\"",
            error("\"source\": \"0.1\"", "\"source\": \"0:1\""));
  EXPECT_EQ("recording, thread 1, event 0: expected \"updates\" to be true or false, found 1",
            error("\"updates\": true", "\"updates\": 1"));
  EXPECT_EQ("recording, violation: expected \"message\" to be a string, found 5", error("\"it has come\"", "5"));
  EXPECT_EQ("recording: expected JSON, found at byte", error("{", "").substr(0, 39));
  EXPECT_EQ("recording: expected an object, found []", error_of([] { from_json("[]"); }));
  EXPECT_EQ("recording: expected \"format\", found {}", error_of([] { from_json("{}"); }));
  EXPECT_EQ(json, to_json(from_json(edited(json, "\"updates\": true", "\"updates\": true, \"spurious\": false"))));
}

}  // namespace
}  // namespace checker
