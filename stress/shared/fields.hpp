// Settings as JSON, for a type whose fields a function names once: `fields(settings, field)` calls field(key, value), or
// field(key, value, names) where the file has a name in place of the value.
//
// Thread safety: functions of their arguments.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "shared/names.hpp"

namespace rarena::stress {

class WriteField {
 public:
  explicit WriteField(nlohmann::json& to) : to_(to) {}
  template <class Value>
  void operator()(const char* key, const Value& value) const {
    to_[key] = value;
  }
  template <class Value>
  void operator()(const char* key, const Value& value, const std::map<std::string, Value>& names) const {
    to_[key] = key_of(names, value);
  }

 private:
  nlohmann::json& to_;
};

// Throws what nlohmann::json throws, and std::runtime_error for unknown names.
class ReadField {
 public:
  explicit ReadField(const nlohmann::json& from) : from_(from) {}
  template <class Value>
  void operator()(const char* key, Value& value) const {
    from_.at(key).get_to(value);
  }
  template <class Value>
  void operator()(const char* key, Value& value, const std::map<std::string, Value>& names) const {
    value = named(names, from_.at(key).get<std::string>());
  }

 private:
  const nlohmann::json& from_;
};

}  // namespace rarena::stress
