#include "models/operations/minimise.hpp"

#include <algorithm>
#include <utility>

namespace rarena::operations {

namespace {

class Minimiser {
 public:
  Minimiser(History history, const std::function<bool(const History&)>& shows, unsigned budget)
      : best_(std::move(history)), shows_(shows), left_(budget) {}

  History run() {
    bool smaller = true;
    while (smaller && left_ != 0) {
      smaller = drop_operations();
      smaller = shrink_numbers() || smaller;
      smaller = ordinary_setting() || smaller;
    }
    return best_;
  }

 private:
  bool accept(History candidate) {
    if (candidate == best_ || left_ == 0) return false;
    --left_;
    if (!shows_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // Runs of operations: halves first, single ones last, from the back.
  bool drop_operations() {
    bool dropped = false;
    for (std::size_t length = std::max<std::size_t>(best_.operations.size() / 2, 1); length != 0; length /= 2) {
      for (std::size_t end = best_.operations.size(); end >= length;) {
        History candidate = best_;
        const auto last = candidate.operations.begin() + static_cast<std::ptrdiff_t>(end);
        candidate.operations.erase(last - static_cast<std::ptrdiff_t>(length), last);
        const bool done = accept(std::move(candidate));
        dropped = dropped || done;
        end = done ? std::min(end - length, best_.operations.size()) : end - 1;
      }
    }
    return dropped;
  }

  template <class Change>
  bool change(Change change) {
    History candidate = best_;
    change(candidate);
    return accept(std::move(candidate));
  }

  template <class Number>
  bool shrink(std::size_t i, Number Operation::* number) {
    bool shrunk = false;
    for (auto step = best_.operations[i].*number; step != 0; step = static_cast<Number>(step / 2))
      while (best_.operations[i].*number >= step &&
             change([&](History& h) { h.operations[i].*number = static_cast<Number>(h.operations[i].*number - step); }))
        shrunk = true;
    return shrunk;
  }

  bool shrink_numbers() {
    bool shrunk = false;
    for (std::size_t i = 0; i < best_.operations.size(); ++i) {
      shrunk = change([&](History& h) { h.operations[i].zero = false; }) || shrunk;
      shrunk = shrink(i, &Operation::choice) || shrunk;
      if (is_size(best_.operations[i].amount) && best_.operations[i].amount < sizes)
        shrunk = shrink(i, &Operation::amount) || shrunk;
    }
    return shrunk;
  }

  template <class... Field>
  bool make_ordinary(Field Setting::*... fields) {
    const auto reset = [this](auto field) { return this->change([&](History& h) { h.setting.*field = Setting{}.*field; }); };
    return (unsigned{reset(fields)} + ...) != 0;
  }

  bool ordinary_setting() {
    return make_ordinary(&Setting::backing, &Setting::freelist, &Setting::store, &Setting::unify, &Setting::capacity,
                         &Setting::reserved, &Setting::alignment, &Setting::minimum, &Setting::reserve, &Setting::retries,
                         &Setting::merging, &Setting::index, &Setting::reuse);
  }

  History best_;
  const std::function<bool(const History&)>& shows_;
  unsigned left_;
};

}  // namespace

History minimise(History history, const std::function<bool(const History&)>& shows, unsigned budget) {
  return Minimiser(std::move(history), shows, budget).run();
}

}  // namespace rarena::operations
