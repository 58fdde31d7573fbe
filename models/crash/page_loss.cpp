#include "page_loss.hpp"

#include <fmt/format.h>

#include <set>

#include "cuts.hpp"
#include "failed_flush.hpp"

namespace rarena::models::crash {

namespace {

std::string bytes_of(const Bytes& file, Extent part) {
  return {reinterpret_cast<const char*>(file.data.data()) + part.offset, part.size};
}

bool overlaps(Extent a, Extent b) { return a.offset < b.end() && b.offset < a.end(); }

// Marks that matter for what must be kept, or for what is on the disk for certain. Between two of them, later moments of a loss
// allow all that earlier ones do.
bool divides(const Mark& mark) { return mark.moment && mark.moment != Moment::live; }

bool contains(const Cut& cut, const Cut& part) { return join(cut, part) == cut; }

}  // namespace

PageLoss::PageLoss(const Image& image, unsigned slab, Mode mode, Defect defect, Size page)
    : image_(image), geometry_(image.geometry()), units_(image.units()), slab_(slab), mode_(mode), defect_(defect),
      page_size_(page), life_(image, slab, mode, defect), pages_(pages()) {
  const Extent deciding = extent_between(static_cast<Size>(geometry_.cursor().place), header_range(geometry_).end());
  for (Size p = 0; p < pages(); ++p) {
    pages_[p].decides = overlaps({p * page, page}, deciding);
    const unsigned content = number_of(pages_[p], bytes_of(life_.start(), {p * page, page}));
    pages_[p].unwritten = number_of(pages_[p], Versions{.all = {content}, .newest = content, .oldest = content});
  }
}

namespace {

// Calls visit(thread, index, mark) for every mark of a cut that records a moment of this kind.
template <class Visit>
void each_moment(const History& history, const Cut& cut, Moment moment, Visit visit) {
  for (unsigned t = 0; t < history.count(); ++t)
    for (unsigned i = 0; i < cut[t]; ++i)
      if (history.threads[t][i].moment == moment) visit(t, i, history.threads[t][i]);
}

}  // namespace

// Units that were live when the file was closed, or durable later, or live when the copy was begun, and have not been freed
// since.
std::uint64_t PageLoss::kept_in(const History& history, const Cut& cut, const Cut* copied_since) const {
  std::uint64_t kept = 0;
  for (const Owned& o : image_.owners())
    if (o.owner != owner_stopped) kept |= units_.bits(o.segment);
  each_moment(history, cut, Moment::freed, [&](unsigned, unsigned, const Mark& freed) { kept &= ~units_.bits(freed.extent); });
  each_moment(history, cut, Moment::live, [&](unsigned owner, unsigned since, const Mark& live) {
    std::uint64_t segment = units_.bits(live.extent), promised = 0;
    each_moment(history, cut, Moment::freed, [&](unsigned thread, unsigned i, const Mark& freed) {
      if (thread == owner && i > since) segment &= ~units_.bits(freed.extent);
    });
    each_moment(history, cut, Moment::durable, [&](unsigned, unsigned, const Mark& promise) {
      if (promise.needs[owner] > since) promised |= units_.bits(promise.extent);
    });
    if (copied_since != nullptr) promised = (*copied_since)[owner] > since ? segment : 0;
    kept |= segment & promised;
  });
  return kept;
}

// After a flush that failed before the file was being closed, nothing may say that it is.
Claim PageLoss::claim_in(const History& history, const Cut& cut) const {
  Claim claim = life_.opens() ? Claim::none : Claim::open;
  bool failed = false;
  each_moment(history, cut, Moment::opened, [&](auto...) { claim = Claim::open; });
  each_moment(history, cut, Moment::lost, [&](auto...) { failed = claim == Claim::open; });
  each_moment(history, cut, Moment::closing, [&](unsigned, unsigned, const Mark& closing) {
    each_moment(history, cut, Moment::lost, [&](unsigned thread, unsigned i, auto&) { failed = closing.needs[thread] > i; });
    if (!failed) claim = Claim::none;
  });
  each_moment(history, cut, Moment::closed, [&](auto...) { claim = failed ? Claim::open : Claim::closed; });
  return claim;
}

PageLoss::Demand PageLoss::demand_of(const History& history, const Cut& cut, const Cut* copied_since) const {
  Demand demand{.kept = kept_in(history, cut, copied_since), .claim = claim_in(history, cut)};
  if (copied_since != nullptr) demand.claim = defect_ == Defect::trusts_copies ? Claim::open : Claim::copied;
  each_moment(history, cut, Moment::resized, [&](auto, auto, const Mark& resized) { demand.smaller = resized.extent.size; });
  return demand;
}

unsigned PageLoss::number_of(Page& page, std::string content) {
  const auto [it, fresh] = page.numbers.try_emplace(std::move(content), static_cast<unsigned>(page.contents.size()));
  if (fresh) page.contents.push_back(it->first);
  return it->second;
}

unsigned PageLoss::number_of(Page& page, Versions versions) {
  const auto [it, fresh] = page.versions.try_emplace(std::move(versions), static_cast<unsigned>(page.by_number.size()));
  if (fresh) page.by_number.push_back(&it->first);
  return it->second;
}

Reopening& PageLoss::reopening_of(Size capacity) {
  return reopenings_.try_emplace(capacity, image_, slab_, defect_, capacity).first->second;
}

// A file of so many bytes.
std::string PageLoss::judge(Bytes file, const Demand& demand, Size capacity) {
  std::fill(file.data.begin() + capacity, file.data.end(), std::byte{});
  Fingerprint print = fingerprint(largest_memory, demand.kept);
  print ^= fingerprint(largest_memory + 1, static_cast<std::uint64_t>(demand.claim));
  print ^= fingerprint(largest_memory + 2, capacity);
  for (Size at = 0; at < capacity; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, file.data.data() + at, sizeof word);
    print ^= fingerprint(at, word);
  }
  if (!judged_.insert(print).second) return "";
  Reopening& reopening = reopening_of(capacity);
  if (mode_ == Mode::evicted || mode_ == Mode::copy) return reopening.in_the_same_boot(file, demand.kept, demand.claim);
  return reopening.after_power_loss(file, demand.kept, demand.claim);
}

// The files of one choice of versions: every combination that recovery can tell apart.
class PageLoss::Combinations {
 public:
  Combinations(PageLoss& loss, const std::vector<unsigned>& versions, const Demand& demand)
      : loss_(loss), versions_(versions), demand_(demand) {}

  // What is wrong with one of them.
  std::string judge() {
    return each(0, true, [this] { return judge_others(); });
  }

 private:
  const Versions& versions_of(Size p) const { return *loss_.pages_[p].by_number[versions_[p]]; }
  void put(Size p, unsigned content) {
    const std::string& bytes = loss_.pages_[p].contents[content];
    std::memcpy(file_.data.data() + p * loss_.page_size_, bytes.data(), bytes.size());
  }
  void put_others(unsigned Versions::* age) {
    for (Size p = 0; p < loss_.pages(); ++p)
      if (!loss_.pages_[p].decides) put(p, versions_of(p).*age);
  }
  // All combinations of the pages from `p` that decide, or of those that do not.
  template <class Then>
  std::string each(Size p, bool deciding, Then then) {
    while (p < loss_.pages() && loss_.pages_[p].decides != deciding) ++p;
    if (p == loss_.pages()) return then();
    for (const unsigned content : versions_of(p).all) {
      put(p, content);
      if (std::string wrong = each(p + 1, deciding, then); !wrong.empty()) return wrong;
    }
    return "";
  }
  std::string judge_others() {
    put_others(&Versions::newest);
    const bool same_boot = loss_.mode_ == Mode::evicted || loss_.mode_ == Mode::copy;
    const unsigned boot = Reopening::writing_boot + (same_boot ? 0 : 1);
    if (loss_.reopening_of(loss_.geometry_.capacity()).may_trust(as_found(), boot))
      return each(0, false, [this] { return judge_file(); });
    if (std::string wrong = judge_file(); !wrong.empty()) return wrong;
    put_others(&Versions::oldest);
    return judge_file();
  }
  Bytes as_found() const {
    Bytes file = file_;
    if (loss_.mode_ == Mode::evicted) note_death(file, loss_.geometry_, loss_.life_.generation());
    return file;
  }
  std::string judge_file() {
    std::string wrong = loss_.judge(as_found(), demand_, loss_.geometry_.capacity());
    if (!wrong.empty() || demand_.smaller == 0) return wrong;
    wrong = loss_.judge(as_found(), demand_, demand_.smaller);
    return wrong.empty() ? wrong : fmt::format("{}; the file has {} bytes", wrong, demand_.smaller);
  }

  PageLoss& loss_;
  const std::vector<unsigned>& versions_;
  const Demand& demand_;
  Bytes file_;
};

// One execution.
class PageLoss::Loss {
 public:
  // `copied_since`: the cut at which a copy was begun; nullptr: what is left is what the disk has.
  Loss(PageLoss& loss, const History& history, const Cut* copied_since = nullptr)
      : loss_(loss), history_(history), copied_since_(copied_since), pages_(loss.pages()) {
    each_moment(history, history.everything(), Moment::lost, [&](unsigned t, unsigned i, auto&) { lost_ = {t, i}; });
    for (const auto& marks : history.threads)
      for (const Mark& mark : marks)
        if (mark.is_write()) page_of(mark).written = true;
    for (Size p = 0; p < loss.pages(); ++p)
      if (pages_[p].written) collect_writes(p);
  }

  // What is wrong at some moment of the loss.
  std::string run() {
    descend(0, history_.everything());
    return wrong_;
  }

  // What is wrong if the process is killed at some moment behind the flush that failed.
  std::string run_evicted() {
    if (!lost_) return "";
    const auto& marks = history_.threads[lost_->first];
    std::size_t known = lost_->second;  // the mark behind which it is noted
    if (known + 1 < marks.size() && marks[known + 1].is_write() && marks[known + 1].place == loss_.geometry_.state().place)
      ++known;
    Evict evict{*this, Snapshot(loss_.life_.start(), loss_.geometry_)};
    Cuts(history_, marks[known].needs, history_.everything(), evict).run();
    return wrong_;
  }

 private:
  struct PageHistory {
    bool written = false;
    Extent bytes;
    History writes;                                  // of its words
    std::vector<std::vector<std::uint16_t>> counts;  // per thread: writes here, of its first n marks
    std::map<std::pair<Cut, Cut>, unsigned> known = {};

    Cut writes_in(const Cut& cut) const {
      Cut part{};
      for (std::size_t t = 0; t < counts.size(); ++t) part[t] = counts[t][cut[t]];
      return part;
    }
  };
  // Collects what a page may hold.
  struct Collect {
    PageLoss& loss;
    Page& page;
    Extent bytes;
    Snapshot memory;
    std::set<unsigned> found = {};
    unsigned oldest = 0, newest = 0;

    void take(const Mark& mark, unsigned thread) { memory.take(mark, thread); }
    void drop(std::size_t count) { memory.drop(count); }
    bool visit(const Cut&) {
      newest = loss.number_of(page, bytes_of(memory.bytes(), bytes));
      if (found.empty()) oldest = newest;
      found.insert(newest);
      return true;
    }
  };

  PageHistory& page_of(const Mark& mark) { return pages_[static_cast<std::size_t>(mark.place) / loss_.page_size_]; }

  void collect_writes(Size p) {
    PageHistory& page = pages_[p];
    page.bytes = {p * loss_.page_size_, loss_.page_size_};
    const auto lies_here = [&](const Mark& mark) { return mark.is_write() && &page_of(mark) == &page; };
    page.writes = history_.only(lies_here);
    for (const auto& marks : history_.threads) {
      auto& counts = page.counts.emplace_back(1, std::uint16_t{0});
      for (const Mark& mark : marks) counts.push_back(static_cast<std::uint16_t>(counts.back() + (lies_here(mark) ? 1 : 0)));
    }
  }

  // Every choice of the next dividing mark of each thread that has not happened.
  void descend(unsigned thread, Cut limit) {
    if (!wrong_.empty()) return;
    if (thread == history_.count()) return lose_at(greatest_within(history_, limit));
    const auto& marks = history_.threads[thread];
    for (std::uint16_t i = 0; i <= marks.size(); ++i) {
      if (i < marks.size() && !divides(marks[i])) continue;
      limit[thread] = i;
      descend(thread + 1, limit);
    }
  }

  void lose_at(const Cut& cut) {
    if (copied_since_ != nullptr && !contains(cut, *copied_since_)) return;
    if (loss_.mode_ == Mode::create && !named_within(cut)) return;  // there is no file
    if (!cuts_.insert(cut).second) return;
    std::vector<unsigned> versions;
    for (std::size_t p = 0; p < pages_.size(); ++p) versions.push_back(versions_of(p, cut));
    judge(versions, cut);
  }
  bool named_within(const Cut& cut) const {
    bool named = false;
    each_moment(history_, cut, Moment::named, [&](auto...) { named = true; });
    return named;
  }
  void judge(const std::vector<unsigned>& versions, const Cut& cut) {
    ++loss_.counters_.cuts;
    const Demand demand = loss_.demand_of(history_, cut, copied_since_);
    std::string key(reinterpret_cast<const char*>(versions.data()), versions.size() * sizeof versions[0]);
    key += fmt::format("{} {} {}", demand.kept, static_cast<int>(demand.claim), demand.smaller);
    if (!loss_.seen_.insert(std::move(key)).second) return;
    wrong_ = Combinations(loss_, versions, demand).judge();
    if (!wrong_.empty()) wrong_ += fmt::format("; {} {}", loss_.happened(), moment(history_, cut));
  }

  // The pages that the flush dropped, as the disk may have them; the others as they are in memory.
  struct Evict {
    Loss& loss;
    Snapshot memory;

    void take(const Mark& mark, unsigned thread) { memory.take(mark, thread); }
    void drop(std::size_t count) { memory.drop(count); }
    bool visit(const Cut& cut) {
      std::vector<unsigned> versions;
      for (std::size_t p = 0; p < loss.pages_.size(); ++p) versions.push_back(versions_of(p, cut));
      loss.judge(versions, cut);
      return loss.wrong_.empty();
    }
    unsigned versions_of(std::size_t p, const Cut& cut) {
      PageHistory& page = loss.pages_[p];
      if (!page.written) return loss.loss_.pages_[p].unwritten;
      const Mark& lost = loss.history_.threads[loss.lost_->first][loss.lost_->second];
      if (overlaps(lost.extent, page.bytes) && !loss.dirty_again(p, cut)) return loss.versions_of(p, cut);
      const unsigned content = loss.loss_.number_of(loss.loss_.pages_[p], bytes_of(memory.bytes(), page.bytes));
      return loss.loss_.number_of(loss.loss_.pages_[p], Versions{.all = {content}, .newest = content, .oldest = content});
    }
  };

  // Whether within a cut a page has been written to behind the flush that failed.
  bool dirty_again(std::size_t p, const Cut& cut) {
    for (unsigned t = 0; t < history_.count(); ++t)
      for (unsigned i = 0; i < cut[t]; ++i) {
        const Mark& mark = history_.threads[t][i];
        if (mark.is_write() && &page_of(mark) == &pages_[p] && mark.needs[lost_->first] > lost_->second) return true;
      }
    return false;
  }
  // Whether what a page held is on the disk when a flush has returned.
  bool writes_out(const Mark& flush, unsigned thread, unsigned index, std::size_t p) {
    if (!overlaps(flush.extent, pages_[p].bytes)) return false;
    if (!lost_) return true;
    const Mark& lost = history_.threads[lost_->first][lost_->second];
    return !overlaps(lost.extent, pages_[p].bytes) || lost.needs[thread] > index || dirty_again(p, flush.needs);
  }

  unsigned versions_of(std::size_t p, const Cut& cut) {
    PageHistory& page = pages_[p];
    if (!page.written) return loss_.pages_[p].unwritten;
    Cut flushed = copied_since_ != nullptr ? *copied_since_ : Cut{};  // whole pages are written
    each_moment(history_, cut, Moment::flush, [&](unsigned thread, unsigned i, const Mark& flush) {
      if (copied_since_ == nullptr && writes_out(flush, thread, i, p)) flushed = join(flushed, flush.needs);
    });
    const Cut lowest = page.writes_in(flushed), highest = page.writes_in(cut);
    const auto [it, fresh] = page.known.try_emplace({lowest, highest}, 0U);
    if (fresh) {
      Collect collect{loss_, loss_.pages_[p], page.bytes, Snapshot(loss_.life_.start(), loss_.geometry_)};
      Cuts(page.writes, lowest, highest, collect).run();
      it->second = loss_.number_of(
          loss_.pages_[p],
          Versions{.all = {collect.found.begin(), collect.found.end()}, .newest = collect.newest, .oldest = collect.oldest});
    }
    return it->second;
  }

  PageLoss& loss_;
  const History& history_;
  const Cut* copied_since_;
  std::optional<std::pair<unsigned, unsigned>> lost_;  // the flush that failed: thread, mark
  std::vector<PageHistory> pages_;
  std::set<Cut> cuts_;
  std::string wrong_;
};

std::string PageLoss::happened() const {
  switch (mode_) {
    case Mode::evicted: return "killed";
    case Mode::copy: return "the copy was complete";
    default: return "the power went";
  }
}

std::string PageLoss::lose_or_evict(const History& history) {
  Loss loss(*this, history);
  return mode_ == Mode::evicted ? loss.run_evicted() : loss.run();
}

// Of the threads, of the end, which has two, and of the opening, after which there are no threads.
std::string PageLoss::with_failures(const History& threads) {
  const bool forgets = defect_ == Defect::forgets_failure;
  std::string wrong;
  each_failure(threads, life_, geometry_, forgets, [&](History history, DiskRecord& disk) {
    wrong = lose_or_evict(life_.whole(std::move(history), disk));
    return wrong.empty();
  });
  for (int fails = 1; fails <= 2 && wrong.empty(); ++fails) {
    DiskRecord disk;
    wrong = lose_or_evict(life_.whole(threads, disk, fails));
  }
  if (wrong.empty() && life_.opens() && mode_ == Mode::failing) wrong = Loss(*this, life_.failed_opening()).run();
  return wrong;
}

// A copy may be begun whenever somebody has come to own something; what it must keep changes at no other moment.
std::string PageLoss::copied(const History& threads) {
  std::set<Cut> beginnings = {Cut{life_.opening_length()}};
  const History history = life_.opened(threads);
  each_moment(history, history.everything(), Moment::live,
              [&](auto, auto, const Mark& live) { beginnings.insert(live.needs); });
  for (const Cut& since : beginnings)
    if (std::string wrong = Loss(*this, history, &since).run(); !wrong.empty()) return wrong;
  return "";
}

std::string PageLoss::operator()(History history) {
  ++counters_.executions;
  if (defect_ == Defect::no_header_flush)
    for (auto& thread : history.threads)
      for (Mark& mark : thread)
        if (mark.moment == Moment::flush && mark.extent == header_range(geometry_)) mark.extent = {};
  if (mode_ == Mode::copy) return copied(history);
  if (mode_ == Mode::failing || mode_ == Mode::evicted) return with_failures(history);
  DiskRecord disk;
  return Loss(*this, life_.whole(std::move(history), disk)).run();
}

Counters PageLoss::counters() const {
  Counters all = counters_;
  all.files = judged_.size();
  for (const auto& [capacity, reopening] : reopenings_) all.recoveries += reopening.recoveries();
  return all;
}

}  // namespace rarena::models::crash
