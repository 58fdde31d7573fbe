// Recordings as JSON, both ways.
#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "recording.hpp"

namespace checker {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view format_name = "checker recording";
constexpr int format_version = 1;
constexpr int largest = 32'767;  // of anything that is counted

constexpr std::array<std::string_view, 6> kinds = {"read", "write", "fence", "choice", "block", "end"};
constexpr std::array<std::string_view, 5> orders = {"relaxed", "acquire", "release", "acq_rel", "seq_cst"};
constexpr std::array<std::string_view, 11> operations = {"load",
                                                         "fetch_add",
                                                         "exchange",
                                                         "fetch_and",
                                                         "fetch_or",
                                                         "fetch_xor",
                                                         "compare_exchange_strong",
                                                         "compare_exchange_weak",
                                                         "fetch_add_float",
                                                         "fetch_add_double",
                                                         "fetch_add_unless"};
constexpr std::array<std::string_view, 5> obstacles = {"none", "assumption", "await", "retry", "step_bound"};
constexpr std::array<std::string_view, 9> faults = {name(Fault::assertion),  name(Fault::data_race), name(Fault::unwritten),
                                                    name(Fault::step_bound), name(Fault::livelock),  name(Fault::deadlock),
                                                    name(Fault::exception),  name(Fault::crash),     name(Fault::misuse)};

template <class Enum, std::size_t n>
std::string_view text_in(const std::array<std::string_view, n>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

// Writing.

template <class T>
void put_unless(ordered_json& json, const char* key, const T& value, const T& usual) {
  if (value != usual) json[key] = value;
}

void put_read(ordered_json& json, const RecordedEvent& e) {
  json["operation"] = text_in(operations, e.operation);
  json["cell"] = e.cell;
  json["order"] = text_in(orders, e.order);
  if (may_fail(e.operation)) {
    json["failure"] = text_in(orders, e.failure);
    json["expected"] = to_hexadecimal(e.operand);
    json["desired"] = to_hexadecimal(e.desired);
  } else if (e.operation != Operation::load) {
    json["operand"] = to_hexadecimal(e.operand);
  }
  if (e.mask != RecordedEvent{}.mask) json["mask"] = to_hexadecimal(e.mask);
  json["value"] = to_hexadecimal(e.value);
  json["source"] = to_text(e.source);
}

ordered_json json_of(const RecordedEvent& e) {
  ordered_json json;
  json["kind"] = text_in(kinds, e.kind);
  switch (e.kind) {
    case Kind::read: put_read(json, e); break;
    case Kind::write:
      json["cell"] = e.cell;
      if (!e.updates) json["order"] = text_in(orders, e.order);
      json["value"] = to_hexadecimal(e.value);
      break;
    case Kind::fence: json["order"] = text_in(orders, e.order); break;
    case Kind::choice:
      json["options"] = e.number;
      json["option"] = e.value;
      break;
    case Kind::block:
      json["obstacle"] = text_in(obstacles, e.obstacle);
      put_unless(json, "since", e.number, 0);
      break;
    case Kind::end: break;
  }
  put_unless(json, "updates", e.updates, false);
  put_unless(json, "spurious", e.spurious, false);
  put_unless(json, "label", int{e.label}, 0);
  put_unless(json, "where", e.where, {});
  return json;
}

ordered_json json_of(const RecordedAccess& a) {
  ordered_json json;
  json["kind"] = a.writes ? "write" : "read";
  json["datum"] = a.datum;
  json["position"] = a.position;
  json["value"] = to_hexadecimal(a.value);
  if (a.before != 0) json["before"] = to_hexadecimal(a.before);
  put_unless(json, "label", int{a.label}, 0);
  put_unless(json, "where", a.where, {});
  return json;
}

ordered_json json_of(const RecordedObject& object) {
  return {{"name", object.name}, {"initial", to_hexadecimal(object.initial)}};
}

ordered_json json_of(const EventName& name) { return to_text(name); }

template <class T>
ordered_json list_of(const std::vector<T>& elements);

ordered_json json_of(const RecordedThread& thread) {
  ordered_json json;
  json["events"] = list_of(thread.events);
  json["accesses"] = list_of(thread.accesses);
  return json;
}

ordered_json json_of(const std::vector<EventName>& names) { return list_of(names); }

template <class T>
ordered_json list_of(const std::vector<T>& elements) {
  ordered_json json = ordered_json::array();
  for (const T& element : elements) json.push_back(json_of(element));
  return json;
}

// Reading.

[[noreturn]] void refuse(const std::string& place, const std::string& expected, const std::string& found) {
  throw std::invalid_argument("recording" + (place.empty() ? "" : ", " + place) + ": expected " + expected + ", found " +
                              found);
}

std::string shown(const ordered_json& json) {
  const std::string text = json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 60) + "...";
}

std::optional<std::uint64_t> number_from(std::string_view digits, int base) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
  if (digits.empty() || stop != end || error != std::errc{}) return std::nullopt;
  return number;
}

EventName event_name(const ordered_json& json, const std::string& place) {
  const std::string text = json.is_string() ? json.get<std::string>() : "";
  if (text == "initial") return {};
  const auto dot = text.find('.');
  if (dot != std::string::npos) {
    const auto thread = number_from(std::string_view(text).substr(0, dot), 10);
    const auto index = number_from(std::string_view(text).substr(dot + 1), 10);
    if (thread && index && *thread <= largest && *index <= largest)
      return {static_cast<int>(*thread), static_cast<int>(*index)};
  }
  refuse(place, "the name of an event such as \"0.3\", or \"initial\"", shown(json));
}

// An object of which every key must be asked for.
class Fields {
 public:
  Fields(const ordered_json& json, std::string place) : json_(json), place_(std::move(place)) {
    if (!json.is_object()) refuse(place_, "an object", shown(json));
  }

  const std::string& place() const { return place_; }
  const ordered_json* find(const char* key) {
    asked_.emplace_back(key);
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }
  const ordered_json& at(const char* key) {
    const ordered_json* found = find(key);
    if (!found) refuse(place_, "\"" + std::string(key) + "\"", shown(json_));
    return *found;
  }

  std::string text(const char* key) {
    const ordered_json& json = at(key);
    if (!json.is_string()) refuse(place_, quoted(key) + " to be a string", shown(json));
    return json.get<std::string>();
  }
  std::string text_or_nothing(const char* key) { return has(key) ? text(key) : ""; }
  bool flag(const char* key) {
    if (!has(key)) return false;
    if (!json_[key].is_boolean()) refuse(place_, quoted(key) + " to be true or false", shown(json_[key]));
    return json_[key].get<bool>();
  }
  int number(const char* key, int least, int most) {
    const ordered_json& json = at(key);
    if (!json.is_number_integer() || json < least || json > most)
      refuse(place_, quoted(key) + " to be a number from " + std::to_string(least) + " to " + std::to_string(most),
             shown(json));
    return json.get<int>();
  }
  int number_or(const char* key, int usual, int most) { return has(key) ? number(key, 0, most) : usual; }
  std::uint64_t hexadecimal(const char* key) {
    const ordered_json& json = at(key);
    const std::string text = json.is_string() ? json.get<std::string>() : "";
    const auto value = text.starts_with("0x") ? number_from(std::string_view(text).substr(2), 16) : std::nullopt;
    if (!value) refuse(place_, quoted(key) + " to be a hexadecimal string of at most 64 bits such as \"0x2a\"", shown(json));
    return *value;
  }
  std::uint64_t hexadecimal_or(const char* key, std::uint64_t usual) { return has(key) ? hexadecimal(key) : usual; }
  template <class Enum, std::size_t n>
  Enum one_of(const char* key, const std::array<std::string_view, n>& names) {
    const ordered_json& json = at(key);
    std::string list;
    for (std::size_t i = 0; i < n; ++i) {
      if (json.is_string() && json.get_ref<const std::string&>() == names[i]) return static_cast<Enum>(i);
      list += (i == 0 ? "" : ", ") + std::string(names[i]);
    }
    refuse(place_, quoted(key) + " to be one of " + list, shown(json));
  }

  // To be called last.
  void expect_no_more() const {
    for (const auto& [key, value] : json_.items())
      if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) refuse(place_, "no more fields", quoted(key));
  }

 private:
  static std::string quoted(const std::string& key) { return "\"" + key + "\""; }
  bool has(const char* key) { return find(key) != nullptr; }

  const ordered_json& json_;
  std::string place_;
  std::vector<std::string> asked_;
};

// Reads every element of a list with `element(json, place)`.
template <class Element>
auto read_list(const ordered_json& json, const std::string& place, const std::string& name, Element element) {
  if (!json.is_array()) refuse(place, "a list", shown(json));
  std::vector<decltype(element(json, place))> list;
  const std::string before = place.empty() ? "" : place + ", ";
  for (const auto& one : json) list.push_back(element(one, before + name + " " + std::to_string(list.size())));
  return list;
}

void get_read(Fields& f, RecordedEvent& e) {
  e.operation = f.one_of<Operation>("operation", operations);
  e.cell = static_cast<Cell>(f.number("cell", 0, largest));
  e.order = f.one_of<Order>("order", orders);
  if (may_fail(e.operation)) {
    e.failure = f.one_of<Order>("failure", orders);
    e.operand = f.hexadecimal("expected");
    e.desired = f.hexadecimal("desired");
  } else if (e.operation != Operation::load) {
    e.operand = f.hexadecimal("operand");
  }
  if (e.operation == Operation::add || e.operation == Operation::add_unless) e.mask = f.hexadecimal_or("mask", e.mask);
  e.value = f.hexadecimal("value");
  e.source = event_name(f.at("source"), f.place());
  e.updates = f.flag("updates");
  e.spurious = f.flag("spurious");
}

RecordedEvent event_from(const ordered_json& json, const std::string& place) {
  Fields f(json, place);
  RecordedEvent e;
  e.kind = f.one_of<Kind>("kind", kinds);
  switch (e.kind) {
    case Kind::read: get_read(f, e); break;
    case Kind::write:
      e.cell = static_cast<Cell>(f.number("cell", 0, largest));
      e.updates = f.flag("updates");
      if (!e.updates) e.order = f.one_of<Order>("order", orders);
      e.value = f.hexadecimal("value");
      break;
    case Kind::fence: e.order = f.one_of<Order>("order", orders); break;
    case Kind::choice:
      e.number = f.number("options", 1, largest);
      e.value = static_cast<std::uint64_t>(f.number("option", 0, e.number - 1));
      break;
    case Kind::block:
      e.obstacle = f.one_of<Obstacle>("obstacle", obstacles);
      e.number = f.number_or("since", 0, largest);
      break;
    case Kind::end: break;
  }
  if (e.kind == Kind::read || e.kind == Kind::write || e.kind == Kind::fence)
    e.label = static_cast<std::uint8_t>(f.number_or("label", 0, 255));
  e.where = f.text_or_nothing("where");
  f.expect_no_more();
  return e;
}

RecordedAccess access_from(const ordered_json& json, const std::string& place) {
  static constexpr std::array<std::string_view, 2> sorts = {"read", "write"};
  Fields f(json, place);
  RecordedAccess a;
  a.writes = f.one_of<bool>("kind", sorts);
  a.datum = static_cast<Cell>(f.number("datum", 0, largest));
  a.position = f.number("position", 0, largest);
  a.value = f.hexadecimal("value");
  a.before = f.hexadecimal_or("before", 0);
  a.label = static_cast<std::uint8_t>(f.number_or("label", 0, 255));
  a.where = f.text_or_nothing("where");
  f.expect_no_more();
  return a;
}

RecordedThread thread_from(const ordered_json& json, const std::string& place) {
  Fields f(json, place);
  RecordedThread thread;
  thread.events = read_list(f.at("events"), place, "event", event_from);
  thread.accesses = read_list(f.at("accesses"), place, "access", access_from);
  f.expect_no_more();
  return thread;
}

RecordedObject object_from(const ordered_json& json, const std::string& place) {
  Fields f(json, place);
  RecordedObject object = {f.text("name"), f.hexadecimal("initial")};
  f.expect_no_more();
  return object;
}

RecordedViolation violation_from(const ordered_json& json) {
  Fields f(json, "violation");
  RecordedViolation v;
  v.fault = f.one_of<Fault>("fault", faults);
  v.message = f.text("message");
  v.thread = f.number("thread", -1, maximum_threads - 1);
  v.where = f.text_or_nothing("where");
  f.expect_no_more();
  return v;
}

ordered_json parsed(std::string_view text) {
  try {
    return ordered_json::parse(text);
  } catch (const ordered_json::parse_error& e) {
    refuse("", "JSON", std::string("at byte ") + std::to_string(e.byte) + " something else (" + e.what() + ")");
  }
}

}  // namespace

std::string to_json(const Recording& r) {
  ordered_json json;
  json["format"] = format_name;
  json["version"] = format_version;
  json["cells"] = list_of(r.cells);
  json["data"] = list_of(r.data);
  json["threads"] = list_of(r.threads);
  json["coherence"] = list_of(r.coherence);
  if (const auto& v = r.violation) {
    json["violation"] = {{"fault", name(v->fault)}, {"message", v->message}, {"thread", v->thread}};
    put_unless(json["violation"], "where", v->where, {});
  }
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Recording from_json(std::string_view text) {
  const ordered_json json = parsed(text);
  Fields f(json, "");
  if (const std::string found = f.text("format"); found != format_name) refuse("", std::string(format_name), found);
  f.number("version", format_version, format_version);
  Recording r;
  r.cells = read_list(f.at("cells"), "", "cell", object_from);
  r.data = read_list(f.at("data"), "", "datum", object_from);
  r.threads = read_list(f.at("threads"), "", "thread", thread_from);
  r.coherence = read_list(f.at("coherence"), "", "coherence of cell", [](const ordered_json& one, const std::string& place) {
    return read_list(one, place, "store", event_name);
  });
  if (const ordered_json* violation = f.find("violation")) r.violation = violation_from(*violation);
  f.expect_no_more();
  return r;
}

}  // namespace checker
