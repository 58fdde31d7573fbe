// operations: histories of the operation language, from a command line.
//
//     operations judge FILE        runs it on the shipped arena and on the reference: what is wrong, and after which operation
//     operations text FILE         the history as text
//     operations bytes FILE OUT    the history as the bytes that libFuzzer works on
//     operations minimise FILE OUT the smallest history found that shows something wrong
//
// A FILE is text or bytes. Exit status: 0 nothing wrong, 1 something is, 2 wrong use or a file that cannot be read or written.
// For minimise: 0 done, 1 there was nothing wrong.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/op_sequence/input.hpp"
#include "models/operations/judge.hpp"
#include "models/operations/minimise.hpp"

namespace {

using namespace rarena::operations;

constexpr int nothing_wrong = 0, something_wrong = 1, could_not_run = 2;

std::optional<History> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    std::fprintf(stderr, "operations: cannot read %s\n", path.c_str());
    return std::nullopt;
  }
  const auto text = rarena::fuzz::as_text(bytes);
  if (!text.starts_with("rarena") && !text.starts_with("#")) return decode(bytes);
  auto history = parse(text);
  if (history) return std::move(*history);
  std::fprintf(stderr, "operations: %s, %s\n", path.c_str(), history.error().c_str());
  return std::nullopt;
}

int write(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (file.flush()) return nothing_wrong;
  std::fprintf(stderr, "operations: cannot write %s\n", path.c_str());
  return could_not_run;
}

int judge_file(const History& history, const std::string& path) {
  const auto finding = judge(history);
  if (!finding) {
    std::printf("%s: %zu operations, nothing wrong\n", path.c_str(), history.operations.size());
    return nothing_wrong;
  }
  std::printf("%s\nafter %zu operations: %s\n", artifact(history, *finding).c_str(), finding->operation,
              finding->message.c_str());
  return something_wrong;
}

int minimise_file(const History& history, const std::string& out) {
  const auto shows = [](const History& h) { return judge(h).has_value(); };
  if (!shows(history)) {
    std::printf("nothing wrong, so there is nothing to minimise\n");
    return something_wrong;
  }
  const History small = minimise(history, shows);
  std::printf("%zu of %zu operations\n", small.operations.size(), history.operations.size());
  return write(out, artifact(small, *judge(small)));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Histories of operations on an arena, against the reference arena"};
  app.require_subcommand(1);
  std::string file, out;
  CLI::App* const judged = app.add_subcommand("judge", "run it, and say what is wrong");
  CLI::App* const text = app.add_subcommand("text", "print it as text");
  CLI::App* const bytes = app.add_subcommand("bytes", "write it as libFuzzer's bytes");
  CLI::App* const small = app.add_subcommand("minimise", "write the smallest history that shows something wrong");
  for (CLI::App* const command : {judged, text, bytes, small}) command->add_option("FILE", file)->required();
  for (CLI::App* const command : {bytes, small}) command->add_option("OUT", out)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? nothing_wrong : could_not_run;
  }
  const auto history = read(file);
  if (!history) return could_not_run;
  if (judged->parsed()) return judge_file(*history, file);
  if (small->parsed()) return minimise_file(*history, out);
  if (text->parsed()) return std::fputs(print(*history).c_str(), stdout) < 0 ? could_not_run : nothing_wrong;
  const auto encoded = encode(*history);
  return write(out, {encoded.begin(), encoded.end()});
}
