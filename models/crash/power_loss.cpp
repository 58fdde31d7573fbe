#include "power_loss.hpp"

#include <fmt/format.h>

#include <set>

#include "core/recovery/durability.hpp"
#include "cuts.hpp"

namespace rarena::models::crash {

namespace {

bool stopped_in(const Image& image) {
  return std::ranges::any_of(image.owners(), [](const Owned& o) { return o.owner == owner_stopped; });
}

std::string bytes_of(const Bytes& file, Extent part) {
  return {reinterpret_cast<const char*>(file.data.data()) + part.offset, part.size};
}

bool overlaps(Extent a, Extent b) { return a.offset < b.end() && b.offset < a.end(); }

// Marks that matter for what must be kept, or for what is on the disk for certain. Between two of them, later moments of a loss
// allow all that earlier ones do.
bool divides(const Mark& mark) { return mark.moment && mark.moment != Moment::live; }

}  // namespace

PowerLoss::PowerLoss(const Image& image, unsigned slab, Defect defect, Size page)
    : image_(image), geometry_(image.geometry()), defect_(defect), page_size_(page),
      reopening_(image.geometry(), image.kind(), slab, defect), pages_(pages()) {
  const Extent deciding = extent_between(static_cast<Size>(geometry_.cursor().place), geometry_.data_offset());
  for (Size p = 0; p < pages(); ++p) pages_[p].decides = overlaps({p * page, page}, deciding);
  open();
  for (Size p = 0; p < pages(); ++p) {
    const unsigned content = number_of(pages_[p], bytes_of(start_, {p * page, page}));
    pages_[p].unwritten = number_of(pages_[p], Versions{.all = {content}, .newest = content, .oldest = content});
  }
}

// A file in which a thread had stopped has not been closed: it is taken as open, and all of it as on the disk.
void PowerLoss::open() {
  if (stopped_in(image_)) {
    start_ = file_of(image_, dirty_marker(boot(Reopening::writing_boot)));
    return;
  }
  start_ = closed_file_of(image_);
  Bytes opened = start_;
  Tape tape{.entries = {}, .deaf_flushes = defect_ == Defect::no_marker_flush ? 1 : 0};
  (void)reopening_.open(opened, Reopening::writing_boot, tape);
  opening_ = marks_of(tape, 0);
}

// `seal_writes`: how often the seal has been written before.
std::vector<Mark> PowerLoss::marks_of(const Tape& tape, std::uint16_t seal_writes) const {
  std::vector<Mark> marks;
  for (const Tape::Entry& entry : tape.entries) {
    if (entry.flush)
      marks.push_back({.moment = Moment::flush, .extent = entry.extent});
    else
      marks.push_back({.order = ++seal_writes, .place = entry.place, .value = entry.value});
  }
  return marks;
}

// What closing the file does when all has happened.
std::vector<Mark> PowerLoss::close(const History& history) const {
  Snapshot memory(start_, geometry_);
  for (unsigned t = 0; t < history.count(); ++t)
    for (const Mark& mark : history.threads[t]) memory.take(mark, t);
  Bytes closed = memory.bytes();
  Tape tape{.entries = {}, .deaf_flushes = defect_ == Defect::no_close_flush ? 1 : 0};
  (void)seal_durably(MemoryView(closed.data.data(), geometry_), TapeStore(closed, geometry_, tape), TapeDisk(tape));
  return marks_of(tape, static_cast<std::uint16_t>(opening_.empty() ? 0 : 1));
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

// Granules that were live when the file was closed, or durable later, and have not been freed since.
std::uint64_t PowerLoss::kept_in(const History& history, const Cut& cut) const {
  std::uint64_t kept = 0;
  for (const Owned& o : image_.owners())
    if (o.owner != owner_stopped) kept |= granules_of(o.segment);
  each_moment(history, cut, Moment::freed, [&](unsigned, unsigned, const Mark& freed) { kept &= ~granules_of(freed.extent); });
  each_moment(history, cut, Moment::live, [&](unsigned owner, unsigned since, const Mark& live) {
    std::uint64_t segment = granules_of(live.extent), durable = 0;
    each_moment(history, cut, Moment::freed, [&](unsigned thread, unsigned i, const Mark& freed) {
      if (thread == owner && i > since) segment &= ~granules_of(freed.extent);
    });
    each_moment(history, cut, Moment::durable, [&](unsigned, unsigned, const Mark& promise) {
      if (promise.needs[owner] > since) durable |= granules_of(promise.extent);
    });
    kept |= segment & durable;
  });
  return kept;
}

unsigned PowerLoss::number_of(Page& page, std::string content) {
  const auto [it, fresh] = page.numbers.try_emplace(std::move(content), static_cast<unsigned>(page.contents.size()));
  if (fresh) page.contents.push_back(it->first);
  return it->second;
}

unsigned PowerLoss::number_of(Page& page, Versions versions) {
  const auto [it, fresh] = page.versions.try_emplace(std::move(versions), static_cast<unsigned>(page.by_number.size()));
  if (fresh) page.by_number.push_back(&it->first);
  return it->second;
}

// The files of one choice of versions: every combination that recovery can tell apart.
class PowerLoss::Combinations {
 public:
  Combinations(PowerLoss& power, const std::vector<unsigned>& versions, std::uint64_t kept)
      : power_(power), versions_(versions), kept_(kept) {}

  // What is wrong with one of them.
  std::string judge() {
    return each(0, true, [this] { return judge_others(); });
  }

 private:
  const Versions& versions_of(Size p) const { return *power_.pages_[p].by_number[versions_[p]]; }
  void put(Size p, unsigned content) {
    const std::string& bytes = power_.pages_[p].contents[content];
    std::memcpy(file_.data.data() + p * power_.page_size_, bytes.data(), bytes.size());
  }
  void put_others(unsigned Versions::* age) {
    for (Size p = 0; p < power_.pages(); ++p)
      if (!power_.pages_[p].decides) put(p, versions_of(p).*age);
  }
  // All combinations of the pages from `p` that decide, or of those that do not.
  template <class Then>
  std::string each(Size p, bool deciding, Then then) {
    while (p < power_.pages() && power_.pages_[p].decides != deciding) ++p;
    if (p == power_.pages()) return then();
    for (const unsigned content : versions_of(p).all) {
      put(p, content);
      if (std::string wrong = each(p + 1, deciding, then); !wrong.empty()) return wrong;
    }
    return "";
  }
  std::string judge_others() {
    put_others(&Versions::newest);
    if (power_.reopening_.trusts(file_, Reopening::writing_boot + 1)) return each(0, false, [this] { return judge_file(); });
    if (std::string wrong = judge_file(); !wrong.empty()) return wrong;
    put_others(&Versions::oldest);
    return judge_file();
  }
  std::string judge_file() {
    Fingerprint print = fingerprint(largest_memory, kept_);
    for (Size at = 0; at < power_.geometry_.capacity(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, file_.data.data() + at, sizeof word);
      print ^= fingerprint(at, word);
    }
    return power_.judged_.insert(print).second ? power_.reopening_.after_power_loss(file_, kept_) : "";
  }

  PowerLoss& power_;
  const std::vector<unsigned>& versions_;
  std::uint64_t kept_;
  Bytes file_;
};

// One execution.
class PowerLoss::Loss {
 public:
  Loss(PowerLoss& power, const History& history) : power_(power), history_(history), pages_(power.pages()) {
    for (const auto& marks : history.threads)
      for (const Mark& mark : marks)
        if (mark.is_write()) page_of(mark).written = true;
    for (Size p = 0; p < power.pages(); ++p)
      if (pages_[p].written) collect_writes(p);
  }

  // What is wrong at some moment of the loss.
  std::string run() {
    descend(0, history_.everything());
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
    PowerLoss& power;
    Page& page;
    Extent bytes;
    Snapshot memory;
    std::set<unsigned> found = {};
    unsigned oldest = 0, newest = 0;

    void take(const Mark& mark, unsigned thread) { memory.take(mark, thread); }
    void drop(std::size_t count) { memory.drop(count); }
    bool visit(const Cut&) {
      newest = power.number_of(page, bytes_of(memory.bytes(), bytes));
      if (found.empty()) oldest = newest;
      found.insert(newest);
      return true;
    }
  };

  PageHistory& page_of(const Mark& mark) { return pages_[static_cast<std::size_t>(mark.place) / power_.page_size_]; }

  void collect_writes(Size p) {
    PageHistory& page = pages_[p];
    page.bytes = {p * power_.page_size_, power_.page_size_};
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
    if (!cuts_.insert(cut).second) return;
    ++power_.counters_.cuts;
    const std::uint64_t kept = power_.kept_in(history_, cut);
    std::vector<unsigned> versions;
    for (std::size_t p = 0; p < pages_.size(); ++p) versions.push_back(versions_of(p, cut));
    std::string key(reinterpret_cast<const char*>(versions.data()), versions.size() * sizeof versions[0]);
    key += std::to_string(kept);
    if (!power_.seen_.insert(std::move(key)).second) return;
    wrong_ = Combinations(power_, versions, kept).judge();
    if (!wrong_.empty()) wrong_ += fmt::format("; the power went {}", moment(history_, cut));
  }

  unsigned versions_of(std::size_t p, const Cut& cut) {
    PageHistory& page = pages_[p];
    if (!page.written) return power_.pages_[p].unwritten;
    Cut flushed{};  // whole pages are written
    each_moment(history_, cut, Moment::flush, [&](unsigned, unsigned, const Mark& flush) {
      if (!flush.extent.empty() && overlaps(flush.extent, page.bytes)) flushed = join(flushed, flush.needs);
    });
    const Cut lowest = page.writes_in(flushed), highest = page.writes_in(cut);
    const auto [it, fresh] = page.known.try_emplace({lowest, highest}, 0U);
    if (fresh) {
      Collect collect{power_, power_.pages_[p], page.bytes, Snapshot(power_.start_, power_.geometry_)};
      Cuts(page.writes, lowest, highest, collect).run();
      it->second = power_.number_of(
          power_.pages_[p],
          Versions{.all = {collect.found.begin(), collect.found.end()}, .newest = collect.newest, .oldest = collect.oldest});
    }
    return it->second;
  }

  PowerLoss& power_;
  const History& history_;
  std::vector<PageHistory> pages_;
  std::set<Cut> cuts_;
  std::string wrong_;
};

std::string PowerLoss::operator()(History history) {
  ++counters_.executions;
  if (defect_ == Defect::no_header_flush)
    for (auto& thread : history.threads)
      for (Mark& mark : thread)
        if (mark.moment == Moment::flush && mark.extent == header_range(geometry_)) mark.extent = {};
  history.prepend(opening_);
  history.append(close(history));
  return Loss(*this, history).run();
}

Counters PowerLoss::counters() const {
  Counters all = counters_;
  all.files = judged_.size();
  all.recoveries = reopening_.recoveries();
  return all;
}

}  // namespace rarena::models::crash
