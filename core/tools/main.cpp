// rarena: makes, shows, checks, repairs and dumps arena files. See README.md.
//
// Exit status: 0 done, or sound; 1 refused, or unsound; 2 wrong use, or a file that could not be read.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <new>
#include <string>

#include "create.hpp"
#include "dump.hpp"
#include "inspect.hpp"
#include "numbers.hpp"
#include "rebuild.hpp"
#include "verify.hpp"

namespace {

using namespace rarena;
using namespace rarena::tools;

using Command = std::function<int(const Console&)>;

template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& name, T& value, const std::string& help,
                        std::uint64_t most = std::numeric_limits<T>::max()) {
  const auto take = [&value, name, most](const std::string& text) {
    const auto number = parse_number(text, most);
    if (!number) throw CLI::ValidationError(name, number.error());
    value = static_cast<T>(*number);
  };
  return app.add_option_function<std::string>(name, take, help)->type_name("N");
}

Extent extent_of(const std::string& name, const std::string& text) {
  const auto extent = parse_extent(text);
  if (!extent) throw CLI::ValidationError(name, extent.error());
  return *extent;
}

void add_file(CLI::App& app, std::string& file) { app.add_option("FILE", file, "the arena file")->required(); }

template <class T>
void add_reserved(CLI::App& app, T& reserved) {
  add_number(app, "--reserved", reserved, "the user's bytes in front of the prefix; a file does not record them (default 0)");
}

// Each of the following adds one command, with options that live as long as the program.

void add_create(CLI::App& app, Command& command) {
  static CreateOptions options;
  CLI::App& sub = *app.add_subcommand("create", "make a new, empty arena file");
  add_file(sub, options.file);
  add_number(sub, "--capacity", options.arena.capacity, "bytes of the file; K, M, G count in 1024")->required();
  add_reserved(sub, options.arena.reserved);
  std::map<std::string, Freelist> kinds;
  for (const Freelist kind : all_freelists) kinds.emplace(rarena::name(kind), kind);
  const auto take_kind = [kinds](const std::string& text) { options.arena.freelist = kinds.at(text); };
  sub.add_option_function<std::string>("--freelist", take_kind, "none, optimistic (default) or pessimistic")
      ->check(CLI::IsMember(kinds))
      ->type_name("KIND");
  add_number(sub, "--magic-version", options.arena.magic_version, "the version of what the user keeps in it (default 0)");
  add_number(sub, "--minimum-segment-size", options.arena.minimum_segment_size,
             "a smaller free segment is not kept (default 20)");
  add_number(sub, "--descriptor-reserve", options.arena.descriptor_reserve, "descriptors made at once (default 16)");
  const auto take_mode = [](const std::string& text) {
    const auto mode = parse_mode(text);
    if (!mode) throw CLI::ValidationError("--mode", mode.error());
    options.arena.mode = *mode;
  };
  sub.add_option_function<std::string>("--mode", take_mode, "its permissions in octal, less the umask (default 644)")
      ->type_name("MODE");
  sub.callback([&command] { command = [](const Console& console) { return create(options, console); }; });
}

void add_inspect(CLI::App& app, Command& command) {
  static InspectOptions options;
  CLI::App& sub = *app.add_subcommand("inspect", "show what an arena file holds");
  add_file(sub, options.file);
  add_reserved(sub, options.reserved);
  sub.add_flag("--json", options.json, "as JSON, with every free segment and unused descriptor");
  const auto take_width = [](const std::string& text) {
    const auto width = parse_number(text, 1 << 16);
    if (!width || *width == 0) throw CLI::ValidationError("--width", "expected 1 to 65536 cells, found '" + text + "'");
    options.width = *width;
  };
  sub.add_option_function<std::string>("--width", take_width, "cells of the map, 64 a row (default 64)")->type_name("N");
  sub.callback([&command] { command = [](const Console& console) { return inspect(options, console); }; });
}

void add_verify(CLI::App& app, Command& command) {
  static VerifyOptions options;
  CLI::App& sub = *app.add_subcommand("verify", "check arena files, and list every violation with its place");
  sub.add_option("FILE", options.files, "arena files")->required();
  add_reserved(sub, options.reserved);
  sub.add_flag("--json", options.json, "as JSON");
  add_number(sub, "--most", options.most, "violations to list per file (default 1000); all are counted");
  sub.callback([&command] { command = [](const Console& console) { return verify(options, console); }; });
}

void add_rebuild(CLI::App& app, Command& command) {
  static RebuildOptions options;
  CLI::App& sub = *app.add_subcommand(
      "rebuild", "make the freelist anew from what is live: what is listed, and the named roots; all other bytes become free");
  add_file(sub, options.file);
  add_reserved(sub, options.reserved);
  const auto take_live = [](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) options.live.push_back(extent_of("--live", text));
    return true;
  };
  CLI::Option* const live =
      sub.add_option_function<std::vector<std::string>>("--live", take_live, "a live segment, as often as there are some");
  live->type_name("OFFSET:SIZE");
  CLI::Option* const live_file =
      sub.add_option("--live-file", options.live_file, "a text file of live segments, one a line; - is the standard input");
  live_file->type_name("PATH");
  sub.add_flag("--nothing-live", options.nothing_live, "nothing is live: all bytes become free")->excludes(live, live_file);
  sub.add_flag("--drop-roots", options.drop_roots, "forget all named roots first: what they held is free unless it is named");
  sub.add_flag("--dry-run", options.dry_run, "on a private copy; the file stays as it is");
  sub.callback([&command] { command = [](const Console& console) { return rebuild(options, std::cin, console); }; });
}

void add_dump(CLI::App& app, Command& command) {
  static DumpOptions options;
  CLI::App& sub = *app.add_subcommand("dump", "show header and lists word by word");
  add_file(sub, options.file);
  add_reserved(sub, options.reserved);
  const auto take_bytes = [](const std::string& text) { options.bytes = extent_of("--bytes", text); };
  sub.add_option_function<std::string>("--bytes", take_bytes, "these bytes in hexadecimal, and nothing else")
      ->type_name("OFFSET:SIZE");
  sub.callback([&command] { command = [](const Console& console) { return dump(options, console); }; });
}

int run(const Command& command) {
  const Console console{std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1};
  const int status = command(console);
  if (!std::cout.flush()) return fail(console, "standard output", "could not be written", unusable);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes, shows, checks, repairs and dumps arena files of rarena", "rarena"};
  app.set_version_flag("--version", "rarena " RARENA_VERSION);
  app.require_subcommand(1);
  app.footer("Exit status: 0 done, or sound; 1 refused, or unsound; 2 wrong use, or a file that could not be read");
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return "rarena: " + std::string(error.what()) + "; see rarena --help\n";
  });
  Command command;
  for (const auto add : {add_create, add_inspect, add_verify, add_rebuild, add_dump}) add(app, command);
  try {
    app.parse(argc, argv);
    return run(command);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? done : unusable;
  } catch (const std::bad_alloc&) {
    std::cerr << "rarena: not enough memory\n";
  } catch (const std::exception& error) {
    std::cerr << "rarena: " << error.what() << "\n";
  }
  return unusable;
}
