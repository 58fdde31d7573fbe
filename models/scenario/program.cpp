#include "program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <ranges>

namespace rarena::models {

namespace {

using Words = std::vector<std::string_view>;
using PartKind = Part::Kind;

constexpr std::array<std::string_view, 6> part_names = {"descriptors", "free", "abandoned", "owned", "pinned", "shared"};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const auto end = std::min(text.find(at), text.size());
    pieces.push_back(text.substr(0, end));
    if (end == text.size()) return pieces;
    text.remove_prefix(end + 1);
  }
}

Words words_of(std::string_view text) {
  Words words;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  return words;
}

std::optional<Size> number(std::string_view text) {
  Size value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Whether the words are those of a form, in which "n" is any number.
bool fits(const Words& words, std::string_view form, std::vector<Size>& numbers) {
  numbers.clear();
  const auto fit = [&](std::string_view word, std::string_view part) {
    if (part != "n") return word == part;
    const auto value = number(word);
    if (value) numbers.push_back(*value);
    return value.has_value();
  };
  return std::ranges::equal(words, words_of(form), fit);
}

// What comes before the parts of an image. false: the words are nothing of that.
bool parse_layout(const Words& words, ClientProgram& program) {
  std::vector<Size> n;
  if (fits(words, "unit n", n)) return program.unit = n[0], true;
  if (fits(words, "merges", n)) return program.merging = Merging::automatic, true;
  if (fits(words, "chunk n", n)) return program.chunk = n[0] * program.unit, true;
  const bool tables = fits(words, "index n n tables n walk n", n);
  if (!tables && !fits(words, "index n n", n)) return false;
  program.index = {.first = n[0], .roots = n[1], .tables = tables ? n[2] : 0};
  if (tables) program.walk = n[3];
  return true;
}

std::expected<void, std::string> parse_part(std::string_view text, ClientProgram& program) {
  const Words words = words_of(text);
  if (parse_layout(words, program)) {
    if (program.parts.empty() && program.room == 0) return {};
    return std::unexpected(fmt::format("'{}': expected in front of all parts of the image", text));
  }
  std::vector<Size> numbers;
  const Size unit = program.unit;
  constexpr auto most = std::numeric_limits<Size>::max() / granule;
  const bool room = fits(words, "room n", numbers), owned = !room && fits(words, "owned n by n", numbers);
  const bool other = !room && !owned && words.size() == 2 && fits(Words{words[1]}, "n", numbers);
  const auto name = words.empty() ? part_names.end() : std::ranges::find(part_names, words[0]);
  if (!room && (name == part_names.end() || !(other || owned) || owned != (*name == "owned")))
    return std::unexpected(
        fmt::format("expected 'descriptors N', 'free N', 'abandoned N', 'owned N by THREAD', 'pinned N', 'shared N' or 'room "
                    "N', or in front of them "
                    "'index F R', 'index F R tables T walk W', 'unit N', 'merges' or 'chunk N', found '{}'",
                    text));
  if (numbers[0] > most) return std::unexpected(fmt::format("'{}': at most {} granules", text, most));
  if (room) {
    program.room = numbers[0] * unit;
    return {};
  }
  const auto kind = static_cast<PartKind>(name - part_names.begin());
  program.parts.push_back({kind, owned ? numbers[1] : 0, kind == PartKind::descriptors ? numbers[0] : numbers[0] * unit});
  return {};
}

// The calls without an alignment, in which "n" is a size or the number of a segment.
struct CallForm {
  std::string_view form;
  Call::Kind kind;
};
constexpr std::array call_forms = {
    CallForm{"a n", Call::Kind::allocate},
    CallForm{"f n", Call::Kind::free},
    CallForm{"g n", Call::Kind::give_up},
    CallForm{"d", Call::Kind::discard},
    CallForm{"w", Call::Kind::walk},
    CallForm{"m", Call::Kind::merge},
    CallForm{"s", Call::Kind::flush},
    CallForm{"s n", Call::Kind::flush_own},
    CallForm{"t n", Call::Kind::take},
    CallForm{"u n", Call::Kind::put_back},
    CallForm{"e", Call::Kind::end_magazine},
    CallForm{"c n", Call::Kind::take_shared},
    CallForm{"r n", Call::Kind::return_shared},
    CallForm{"x", Call::Kind::end_shared},
};

std::expected<Call, std::string> parse_call(std::string_view text) {
  const Words words = words_of(text);
  std::vector<Size> n;
  if (fits(words, "a n @ n", n)) return Call{.kind = Call::Kind::allocate, .size = n[0], .alignment = n[1]};
  if (fits(words, "t n @ n", n)) return Call{.kind = Call::Kind::take, .size = n[0], .alignment = n[1]};
  if (fits(words, "c n @ n", n)) return Call{.kind = Call::Kind::take_shared, .size = n[0], .alignment = n[1]};
  for (const auto& [form, kind] : call_forms) {
    if (!fits(words, form, n)) continue;
    Call call{.kind = kind};
    if (!n.empty()) (call.allocates() ? call.size : call.own) = n[0];
    return call;
  }
  return std::unexpected(
      fmt::format("expected 'a N', 'a N @ M', 'f K', 'g K', 'd', 'w', 'm', 's', 's K', 't N', 't N @ M', 'u K', 'e', 'c N', 'c "
                  "N @ M', 'r K' or 'x', found '{}'",
                  text));
}

// The owned segments a thread may name: those of the image, then one per allocation before the call.
std::string wrong_with(const ClientProgram& program, unsigned thread) {
  unsigned owned = program.owned(thread);
  std::vector<bool> freed(owned);
  bool ended = true;  // its magazine
  for (const Call& call : program.threads[thread]) {
    if (call.of_magazine() && program.chunk == 0)
      return fmt::format("'{}': expected 'chunk N' in front of the image", print(call));
    if (call.of_shared() && std::ranges::count(program.parts, PartKind::shared, &Part::kind) == 0)
      return fmt::format("'{}': expected 'shared N' in the image", print(call));
    if (call.kind == Call::Kind::take) ended = false;
    if (call.kind == Call::Kind::end_magazine) ended = true;
    if (call.allocates()) {
      if (call.size == 0 || call.size > std::numeric_limits<Size>::max() / granule)
        return fmt::format("'{}': expected a size from 1 to {}", print(call), std::numeric_limits<Size>::max() / granule);
      if (!is_power_of_two(call.alignment) || call.alignment > most_granules)
        return fmt::format("'{}': expected a power of two up to {} after @", print(call), most_granules);
      freed.push_back(false);
    }
    if (!call.names_own()) continue;
    if (call.own >= freed.size() || freed[call.own])
      return fmt::format("'{}' in thread {}: it owns no such segment then", print(call), thread);
    freed[call.own] = call.ends_own();
  }
  if (!ended) return fmt::format("thread {} takes from its magazine, and does not end it", thread);
  return freed.size() > most_calls ? fmt::format("thread {} comes to own more than {} segments", thread, most_calls) : "";
}

std::string wrong_with_layout(const ClientProgram& p) {
  const bool index = !p.index.none();
  if (index &&
      (p.index.roots == 0 || p.index.roots > Image::most_roots || p.index.tables > Image::most_tables || !p.index.possible()))
    return fmt::format("expected an index of 1 to {} roots and at most {} tables", Image::most_roots, Image::most_tables);
  if (p.unit != granule && (!index || p.unit == 0 || granule % p.unit != 0))
    return fmt::format("expected a unit that divides {}, smaller than that only behind an index", granule);
  const Geometry g = p.image(Freelist::pessimistic).geometry();
  if (index && (g.capacity() > most_bytes || g.capacity() - g.data_offset() > most_units * p.unit))
    return fmt::format("expected a memory of at most {} bytes and {} units of data", most_bytes, most_units);
  return "";
}

std::string wrong_with_image(const ClientProgram& p) {
  Size descriptors = 0, linked = 0, owners = 0;
  std::uint64_t bytes = 0;  // of the data
  if (std::ranges::count(p.parts, PartKind::shared, &Part::kind) > 1) return "expected one shared chunk";
  if (p.parts.size() > Image::most_parts) return fmt::format("expected at most {} parts of an image", Image::most_parts);
  for (const Part& part : p.parts) {
    const Size own = part.kind == PartKind::descriptors ? part.size : part.size / p.unit;
    if (own == 0 || own > most_units) return fmt::format("expected sizes from 1 to {} in the image", most_units);
    if (part.kind == PartKind::descriptors && bytes % descriptor_size != 0)
      return fmt::format("expected descriptors at multiples of {}", descriptor_size);
    bytes += part.kind == PartKind::descriptors ? part.size * descriptor_size : part.size;
    if (part.kind == PartKind::descriptors) descriptors += own;
    if (part.kind == PartKind::free || part.kind == PartKind::abandoned) ++linked;
    if (linked > descriptors) return "expected a descriptor in front of every free segment";
    owners += part.kind == PartKind::abandoned ? 2 : part.kind == PartKind::owned || part.kind == PartKind::pinned ? 1 : 0;
    if (part.kind == PartKind::owned && part.thread >= p.threads.size())
      return fmt::format("a segment is owned by thread {}, and there are {} threads", part.thread, p.threads.size());
  }
  if (descriptors > Image::most_entries || owners > Image::most_entries)
    return fmt::format("expected at most {} descriptors, and as many segments with an owner", Image::most_entries);
  bytes += p.room;
  if (p.index.none() && Image(Freelist::none).cursor() + bytes > most_granules * granule)
    return fmt::format("expected a memory of at most {} granules, header included", most_granules);
  return bytes > most_bytes ? fmt::format("expected at most {} bytes", most_bytes) : wrong_with_layout(p);
}

}  // namespace

Image ClientProgram::image(Freelist kind) const {
  Image image(kind, index, unit);
  for (const Part& part : parts)
    if (kind != Freelist::none || part.kind != PartKind::descriptors) image.add(part);
  return image.room(room);
}

std::size_t ClientProgram::calls() const {
  std::size_t sum = 0;
  for (const Calls& thread : threads) sum += thread.size();
  return sum;
}

unsigned ClientProgram::owned(unsigned thread) const {
  return static_cast<unsigned>(
      std::ranges::count_if(parts, [&](const Part& p) { return p.kind == PartKind::owned && p.thread == thread; }));
}

std::string wrong_with(const ClientProgram& program) {
  if (program.threads.empty() || program.threads.size() > maximum_threads)
    return fmt::format("expected 1 to {} threads, found {}", maximum_threads, program.threads.size());
  std::string wrong = wrong_with_image(program);
  for (unsigned t = 0; wrong.empty() && t < program.threads.size(); ++t) {
    if (program.threads[t].size() > most_calls) return fmt::format("expected at most {} calls of a thread", most_calls);
    wrong = wrong_with(program, t);
  }
  return wrong;
}

std::string print(const Call& call) {
  const auto at = std::ranges::find(call_forms, call.kind, &CallForm::kind);
  std::string text(at->form);
  if (!text.ends_with('n')) return text;
  text.pop_back();
  text += std::to_string(call.allocates() ? call.size : call.own);
  return call.alignment == 1 ? text : fmt::format("{} @ {}", text, call.alignment);
}

std::string print(const ClientProgram& program) {
  std::string text;
  const auto add = [&](std::string_view divider, const std::string& word) {
    text += (text.empty() ? "" : divider);
    text += word;
  };
  if (program.index.tables != 0)
    add("", fmt::format("index {} {} tables {} walk {}", program.index.first, program.index.roots, program.index.tables,
                        program.walk));
  else if (!program.index.none())
    add("", fmt::format("index {} {}", program.index.first, program.index.roots));
  if (program.merging == Merging::automatic) add(", ", "merges");
  if (program.unit != granule) add(", ", fmt::format("unit {}", program.unit));
  if (program.chunk != 0) add(", ", fmt::format("chunk {}", program.chunk / program.unit));
  for (const Part& part : program.parts) {
    const Size size = part.kind == PartKind::descriptors ? part.size : part.size / program.unit;
    add(", ", fmt::format("{} {}", part_names[static_cast<std::size_t>(part.kind)], size));
    if (part.kind == PartKind::owned) text += fmt::format(" by {}", part.thread);
  }
  if (program.room != 0 || program.parts.empty()) add(", ", fmt::format("room {}", program.room / program.unit));
  text += ";";
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    if (t != 0) text += " |";
    for (std::size_t i = 0; i < program.threads[t].size(); ++i) text += (i == 0 ? " " : ", ") + print(program.threads[t][i]);
  }
  return text;
}

std::expected<ClientProgram, std::string> parse(std::string_view text) {
  ClientProgram program;
  const auto wrong = [&](const std::string& what) {
    return std::unexpected(fmt::format("client program '{}': {}", text, what));
  };
  const auto end = text.find(';');
  if (end == std::string_view::npos) return wrong("expected a ';' between the image and the threads");
  for (const std::string_view part : split(text.substr(0, end), ','))
    if (const auto parsed = parse_part(part, program); !parsed) return wrong(parsed.error());
  for (const std::string_view thread : split(text.substr(end + 1), '|')) {
    program.threads.emplace_back();
    if (words_of(thread).empty()) continue;
    for (const std::string_view part : split(thread, ',')) {
      const auto call = parse_call(part);
      if (!call) return wrong(call.error());
      program.threads.back().push_back(*call);
    }
  }
  const std::string no_program = wrong_with(program);
  if (!no_program.empty()) return wrong(no_program);
  return program;
}

}  // namespace rarena::models
