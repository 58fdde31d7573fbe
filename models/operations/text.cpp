#include "models/operations/text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace rarena::operations {

namespace {

using Kind = Operation::Kind;
using Words = std::vector<std::string_view>;

// How an operation is written: its words, in which #n stands for the choice, n for the amount and %n for bits.
struct Form {
  Kind kind;
  std::string_view words;
};

constexpr std::array forms = {
    Form{Kind::free, "free #n"},
    Form{Kind::free_front, "free #n front n"},
    Form{Kind::free_back, "free #n back n"},
    Form{Kind::free_split, "free #n split n"},
    Form{Kind::give_up, "give_up #n"},
    Form{Kind::free_outside, "free_outside n"},
    Form{Kind::discard_freelist, "discard_freelist"},
    Form{Kind::minimum, "minimum n"},
    Form{Kind::flush, "flush #n"},
    Form{Kind::clear, "clear"},
    Form{Kind::rewind_keep, "rewind keep n"},
    Form{Kind::rewind_start, "rewind start n"},
    Form{Kind::rewind_end, "rewind end n"},
    Form{Kind::rewind_down, "rewind down n"},
    Form{Kind::compact, "compact"},
    Form{Kind::rebuild, "rebuild drop %n"},
    Form{Kind::rebuild_twice, "rebuild twice #n"},
    Form{Kind::rebuild_outside, "rebuild outside n"},
    Form{Kind::truncate, "truncate n"},
    Form{Kind::reopen, "reopen"},
    Form{Kind::crash, "crash"},
    Form{Kind::power_loss, "power_loss"},
    Form{Kind::copied, "copied"},
    Form{Kind::merge, "merge"},
};
static_assert(forms.size() + 1 == Operation::kinds, "allocate is written by hand");

constexpr std::array<std::string_view, 3> backings = {"heap", "anonymous", "file"};
constexpr auto freelists = [] {
  std::array<std::string_view, all_freelists.size()> names;
  std::ranges::transform(all_freelists, names.begin(), [](Freelist kind) { return rarena::name(kind); });
  return names;
}();
constexpr std::array<std::string_view, 2> stores = {"atomic", "plain"};
constexpr std::array<std::string_view, 2> truths = {"no", "yes"};
constexpr std::array<std::string_view, 2> mergings = {"automatic", "on_request"};
constexpr std::array<std::string_view, 2> reuses = {"at_exhaustion", "first"};

Words split(std::string_view line) {
  Words words;
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t\r"), line.size());
    if (line[0] == '#' && (end == 1 || words.empty())) return words;
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class N>
std::optional<N> number(std::string_view text) {
  N value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A word against a word of a form.
bool fits(std::string_view word, std::string_view form, Operation& operation) {
  const bool choice = form == "#n" || form == "%n";
  if (!choice && form != "n") return word == form;
  if (form.size() == 2) {
    if (word.empty() || word[0] != form[0]) return false;
    word.remove_prefix(1);
  }
  const auto value = number<std::uint64_t>(word);
  if (!value) return false;
  if (choice ? *value >= 256U : !is_amount(operation.kind, *value)) return false;
  if (choice)
    operation.choice = static_cast<std::uint8_t>(*value);
  else
    operation.amount = *value;
  return true;
}

std::expected<Operation, std::string> parse_allocation(const Words& words) {
  Operation operation{.kind = Kind::allocate};
  const auto size = words.size() > 1 ? number<std::uint64_t>(words[1]) : std::nullopt;
  if (!size || !is_size(*size))
    return std::unexpected("expected after alloc a size below 65536, or not further than that from 4294967296");
  operation.amount = *size;
  std::size_t at = 2;
  if (words.size() > at + 1 && words[at] == "align") {
    const auto alignment = number<std::uint64_t>(words[at + 1]);
    const bool power = alignment && std::has_single_bit(*alignment) && *alignment <= 8192;
    if (!power && alignment != std::uint64_t{0} && alignment != std::uint64_t{3})
      return std::unexpected("expected after align a power of two up to 8192, or 0 or 3, found '" + std::string(words[at + 1]) +
                             "'");
    operation.choice = power ? static_cast<std::uint8_t>(std::countr_zero(*alignment))
                             : (*alignment == 0 ? Operation::alignment_zero : Operation::alignment_three);
    at += 2;
  }
  if (words.size() > at && words[at] == "zero") {
    operation.zero = true;
    ++at;
  }
  if (words.size() != at) return std::unexpected("expected the end of the line, found '" + std::string(words[at]) + "'");
  return operation;
}

std::expected<Operation, std::string> parse_operation(const Words& words) {
  if (words.front() == "alloc") return parse_allocation(words);
  std::string expected;
  for (const Form& form : forms) {
    Operation operation{.kind = form.kind};
    const Words parts = split(form.words);
    const auto part_fits = [&](std::string_view word, std::string_view part) { return fits(word, part, operation); };
    if (std::ranges::equal(words, parts, part_fits)) return operation;
    if (parts.front() == words.front()) expected += (expected.empty() ? "'" : ", '") + std::string(form.words) + "'";
  }
  if (expected.empty()) return std::unexpected("expected an operation, found '" + std::string(words.front()) + "'");
  return std::unexpected("expected " + expected + " with #n and %n below 256 and n below 65536, or a size near 4294967296");
}

template <std::size_t N>
bool read_name(std::string_view text, const std::array<std::string_view, N>& names, auto& value) {
  const auto at = std::ranges::find(names, text);
  if (at == names.end()) return false;
  value = static_cast<std::remove_reference_t<decltype(value)>>(at - names.begin());
  return true;
}

bool read_number(std::string_view text, auto& value) {
  const auto read = number<std::remove_reference_t<decltype(value)>>(text);
  value = read.value_or(value);
  return read.has_value();
}

bool read_alignment(std::string_view text, std::uint16_t& value) {
  return read_number(text, value) && (value == 3 || (std::has_single_bit(value) && value <= 1024));
}

bool read_field(std::string_view name, std::string_view value, Setting& s) {
  if (name == "backing") return read_name(value, backings, s.backing);
  if (name == "freelist") return read_name(value, freelists, s.freelist);
  if (name == "store") return read_name(value, stores, s.store);
  if (name == "unify") return read_name(value, truths, s.unify);
  if (name == "capacity") return read_number(value, s.capacity);
  if (name == "reserved") return read_number(value, s.reserved);
  if (name == "alignment") return read_alignment(value, s.alignment);
  if (name == "minimum") return read_number(value, s.minimum);
  if (name == "reserve") return read_number(value, s.reserve);
  if (name == "retries") return read_number(value, s.retries);
  if (name == "merging") return read_name(value, mergings, s.merging);
  if (name == "reuse") return read_name(value, reuses, s.reuse);
  if (name == "index") return read_number(value, s.index) && s.index < index_limit;
  return false;
}

std::expected<Setting, std::string> parse_setting(const Words& words) {
  if (words.front() != "arena") return std::unexpected("expected 'arena', found '" + std::string(words.front()) + "'");
  Setting setting;
  for (const std::string_view word : Words(words.begin() + 1, words.end())) {
    const auto equals = std::min(word.find('='), word.size());
    const std::string_view value = word.substr(std::min(equals + 1, word.size()));
    if (!read_field(word.substr(0, equals), value, setting))
      return std::unexpected("expected a field as in '" + print(Setting{}) + "', found '" + std::string(word) + "'");
  }
  return setting;
}

std::string decimal(std::uint64_t n) { return std::to_string(n); }

}  // namespace

std::string print(const Operation& o) {
  if (o.kind == Kind::allocate) {
    std::string line = "alloc " + decimal(o.amount);
    if (o.choice == Operation::alignment_zero || o.choice == Operation::alignment_three)
      line += o.choice == Operation::alignment_zero ? " align 0" : " align 3";
    else if (o.choice != 0)
      line += " align " + decimal(std::uint64_t{1} << o.choice);
    return line + (o.zero ? " zero" : "");
  }
  const auto form = std::ranges::find(forms, o.kind, &Form::kind);
  std::string line;
  for (const std::string_view word : split(form->words)) {
    if (!line.empty()) line += ' ';
    if (word == "n")
      line += decimal(o.amount);
    else if (word == "#n" || word == "%n")
      line += word[0] + decimal(o.choice);
    else
      line += word;
  }
  return line;
}

std::string print(const Setting& s) {
  const auto name = [](const auto& names, auto value) { return std::string(names[static_cast<std::size_t>(value)]); };
  return "arena backing=" + name(backings, s.backing) + " freelist=" + name(freelists, s.freelist) +
         " store=" + name(stores, s.store) + " unify=" + name(truths, s.unify) + " capacity=" + decimal(s.capacity) +
         " reserved=" + decimal(s.reserved) + " alignment=" + decimal(s.alignment) + " minimum=" + decimal(s.minimum) +
         " reserve=" + decimal(s.reserve) + " retries=" + decimal(s.retries) + " merging=" + name(mergings, s.merging) +
         " index=" + decimal(s.index) + " reuse=" + name(reuses, s.reuse);
}

std::string print(const History& history) {
  std::string text = std::string(first_line) + "\n" + print(history.setting) + "\n";
  for (const Operation& operation : history.operations) text += print(operation) + "\n";
  return text;
}

std::expected<History, std::string> parse(std::string_view text) {
  History history;
  unsigned number = 0, meaningful = 0;
  const auto wrong = [&](const std::string& what) { return std::unexpected("line " + decimal(number) + ": " + what); };
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const Words words = split(line);
    if (words.empty()) continue;
    switch (meaningful++) {
      case 0:
        if (words != split(first_line))
          return wrong("expected '" + std::string(first_line) + "', found '" + std::string(line) + "'");
        break;
      case 1: {
        auto setting = parse_setting(words);
        if (!setting) return wrong(setting.error());
        history.setting = *setting;
        break;
      }
      default: {
        const auto operation = parse_operation(words);
        if (!operation) return wrong(operation.error());
        history.operations.push_back(*operation);
      }
    }
  }
  if (meaningful < 2) return wrong("expected '" + std::string(meaningful == 0 ? first_line : "arena ...") + "', found the end");
  return history;
}

}  // namespace rarena::operations
