// pmr: five containers of the standard library on one arena, each with its double on the heap.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/rarena.hpp"
#include "long_runs/limits.hpp"
#include "long_runs/runs.hpp"
#include "long_runs/subject.hpp"
#include "shared/random.hpp"

namespace rarena::stress {

namespace {

constexpr std::uint64_t comparisons = 100;  // in a run

// An arena's resource, which forgets what a leak forgets, and says of a request that the arena refuses what is free then.
class Resource : public std::pmr::memory_resource {
 public:
  Resource(const Arena& arena, Bug bug) : arena_(arena), forgetting_(bug) {}

  // Of the last refusal: a violation.
  const std::string& refusal() const { return refusal_; }

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    try {
      return arena_.allocate(size, alignment);
    } catch (const std::bad_alloc&) {
      const Arena& arena = arena_.arena();
      const std::uint64_t run = largest_run(arena.free_segments(), arena.allocated(), arena.capacity());
      refusal_ = fmt::format("{}: a request of {} bytes aligned to {}, while at most {} in a row are free",
                             run >= size + alignment - 1 ? "FL-5" : "bad_alloc", size, alignment, run);
      throw;
    }
  }
  void do_deallocate(void* bytes, std::size_t size, std::size_t alignment) override {
    if (!forgetting_.next()) arena_.deallocate(bytes, size, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  MemoryResource arena_;
  Forgetting forgetting_;
  std::string refusal_;
};

class Container {
 public:
  Container() = default;
  virtual ~Container() = default;
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  // One change of the container and of its double. Throws std::bad_alloc.
  virtual void step(Random& random) = 0;
  virtual bool as_its_double() const = 0;
  virtual const char* name() const = 0;
};

// Grows to some length, and begins again.
class Numbered : public Container {
 public:
  explicit Numbered(std::pmr::memory_resource* memory) : own_(memory) {}
  void step(Random& random) override {
    if (own_.size() >= length_) {
      own_.clear();
      own_.shrink_to_fit();
      double_.clear();
      length_ = 1 + random.below(250);
    }
    own_.push_back(random.next());
    double_.push_back(own_.back());
  }
  bool as_its_double() const override { return std::ranges::equal(own_, double_); }
  const char* name() const override { return "vector"; }

 private:
  std::pmr::vector<std::uint64_t> own_;
  std::vector<std::uint64_t> double_;
  std::size_t length_ = 1;
};

// Gets longer by a few characters, and is cut to a few when it is long.
class Text : public Container {
 public:
  explicit Text(std::pmr::memory_resource* memory) : own_(memory) {}
  void step(Random& random) override {
    const std::size_t count = 1 + random.below(64);
    const char letter = static_cast<char>('a' + random.below(26));
    if (own_.size() > 1000) {
      own_.assign(count, letter);
      own_.shrink_to_fit();
      double_.assign(count, letter);
    } else {
      own_.append(count, letter);
      double_.append(count, letter);
    }
  }
  bool as_its_double() const override { return std::ranges::equal(own_, double_); }
  const char* name() const override { return "string"; }

 private:
  std::pmr::string own_;
  std::string double_;
};

class Queue : public Container {
 public:
  explicit Queue(std::pmr::memory_resource* memory) : own_(memory) {}
  void step(Random& random) override {
    own_.push_back(random.next());
    double_.push_back(own_.back());
    if (own_.size() <= 100) return;
    own_.pop_front();
    double_.pop_front();
  }
  bool as_its_double() const override { return std::ranges::equal(own_, double_); }
  const char* name() const override { return "list"; }

 private:
  std::pmr::list<std::uint64_t> own_;
  std::list<std::uint64_t> double_;
};

// An entry is replaced.
class Table : public Container {
 public:
  explicit Table(std::pmr::memory_resource* memory) : own_(memory) {}
  void step(Random& random) override {
    const std::uint32_t key = random.below(200);
    const std::size_t count = 1 + random.below(200);
    const char letter = static_cast<char>('a' + random.below(26));
    own_.erase(key);
    double_.erase(key);
    own_.try_emplace(key, count, letter);
    double_.try_emplace(key, count, letter);
  }
  bool as_its_double() const override {
    return std::ranges::equal(own_, double_, [](const auto& own, const auto& other) {
      return own.first == other.first && std::ranges::equal(own.second, other.second);
    });
  }
  const char* name() const override { return "map"; }

 private:
  std::pmr::map<std::uint32_t, std::pmr::string> own_;
  std::map<std::uint32_t, std::string> double_;
};

// One entry goes, another one comes.
class Hashed : public Container {
 public:
  explicit Hashed(std::pmr::memory_resource* memory) : own_(memory) {}
  void step(Random& random) override {
    const std::uint32_t gone = random.below(500), key = random.below(500), value = random.below(1U << 31U);
    own_.erase(gone);
    double_.erase(gone);
    own_.insert_or_assign(key, value);
    double_.insert_or_assign(key, value);
  }
  bool as_its_double() const override {
    return own_.size() == double_.size() && std::ranges::all_of(own_, [this](const auto& entry) {
             const auto found = double_.find(entry.first);
             return found != double_.end() && found->second == entry.second;
           });
  }
  const char* name() const override { return "unordered_map"; }

 private:
  std::pmr::unordered_map<std::uint32_t, std::uint32_t> own_;
  std::unordered_map<std::uint32_t, std::uint32_t> double_;
};

using Containers = std::array<std::unique_ptr<Container>, 5>;

Containers containers_of(std::pmr::memory_resource* memory) {
  return {std::make_unique<Numbered>(memory), std::make_unique<Text>(memory), std::make_unique<Queue>(memory),
          std::make_unique<Table>(memory), std::make_unique<Hashed>(memory)};
}

struct Worked {
  std::uint64_t steps = 0;     // that all have done
  std::string violation = {};  // empty: none
};

Worked work(const Settings& settings, const Containers& containers, const Resource& memory) {
  Random random(settings.seed, 4, 0);
  const std::uint64_t between = std::max<std::uint64_t>(settings.operations / comparisons, 1);
  for (std::uint64_t i = 0; i < settings.operations; ++i)
    for (const auto& container : containers) {
      try {
        container->step(random);
      } catch (const std::bad_alloc&) {
        return {i, fmt::format("{}, by {} after {} steps of each container", memory.refusal(), container->name(), i)};
      }
      if (i % between != 0 && i + 1 != settings.operations) continue;
      if (!container->as_its_double())
        return {i, fmt::format("SEG-1: {} is not what was put into it, after {} steps", container->name(), i + 1)};
    }
  return {settings.operations};
}

}  // namespace

Outcome pmr(const Settings& settings) {
  const auto arena = make_arena<Arena>(options_of(settings));
  Worked worked;
  Numbers at_work;
  {
    Resource memory(arena, settings.bug);
    const Containers containers = containers_of(&memory);
    worked = work(settings, containers, memory);
    at_work = numbers_of(arena);
  }
  const Numbers numbers = numbers_of(arena);
  std::vector<std::string> violations = judge_bytes(numbers, 0);
  if (!worked.violation.empty()) violations.push_back(worked.violation);
  fmt::print(
      "{:11} five containers, {} steps each: {} free segments at work, discarded {:.2f} %; {} free segments when they "
      "were gone\n",
      key_of(freelists, settings.freelist), worked.steps, at_work.segments, at_work.percent(at_work.discarded),
      numbers.segments);
  return {{{"steps", worked.steps},
           {"free_segments_at_work", at_work.segments},
           {"free_segments", numbers.segments},
           {"discarded", numbers.discarded}},
          violations};
}

}  // namespace rarena::stress
