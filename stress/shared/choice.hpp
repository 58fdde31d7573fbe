// An option of a program that takes one of several names.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "shared/names.hpp"

namespace rarena::stress {

// `--freelist none|optimistic|pessimistic`. The value is left alone if the option is absent.
template <class Value>
CLI::Option* add_choice(CLI::App& app, const std::string& option, Value& value, const std::map<std::string, Value>& names,
                        const std::string& about) {
  const std::string all = all_names(names);
  const auto choose = [&value, &names, option, all](const std::string& text) {
    const auto found = names.find(text);
    if (found == names.end()) throw CLI::ValidationError(option, fmt::format("expected {}, found '{}'", all, text));
    value = found->second;
  };
  return app.add_option_function<std::string>(option, choose, about)->type_name(all);
}

}  // namespace rarena::stress
