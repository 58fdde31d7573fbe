#include "verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "image.hpp"

namespace rarena::tools {

namespace {

using nlohmann::ordered_json;

// What is said about one file.
struct Verdict {
  std::string file;
  int status = done;
  std::string state = {};              // of the seal, as an identifier; "" if it was not looked at
  std::string summary = {};            // of a sound file
  std::string hint = {};               // what to try
  std::vector<Error> violations = {};  // the first of them
  std::uint64_t violation_count = 0;   // all of them
  std::optional<Error> failure = {};   // why it could not be read
};

std::string soundness_of(const Findings& findings) {
  const detail::Structure& s = findings.structure;
  const auto marked = std::ranges::count(s.free, true, &detail::ListedSegment::marked);
  std::string text = fmt::format("{} free segments of {} bytes", s.free.size(), s.free_bytes());
  switch (findings.left.opening) {
    case Recovery::Opening::process_died:
      return fmt::format("left by a process that died, {}, {} of them marked: opening the file unmarks these", text, marked);
    case Recovery::Opening::unsealed: return fmt::format("a file of the Rust crate, which has no seal, {}", text);
    default: return fmt::format("closed cleanly, {}", text);
  }
}

std::string hint_of_lists(const Image& image, const Findings& findings) {
  const auto cursor = static_cast<std::uint64_t>(image.geometry().cursor().place);
  const bool no_cursor = std::ranges::any_of(findings.violations, [&](const Error& e) { return e.at == cursor; });
  if (!image.geometry().has_annex()) return "note: the library refuses to open this file for writing";
  if (no_cursor || findings.left.opening != Recovery::Opening::untrusted)
    return "note: the library refuses to open this file; rarena rebuild makes its freelist anew from what is live";
  return fmt::format(
      "{}; remedy: opening the file for writing drops the freelist, {} segments of {} bytes; rarena rebuild makes one from "
      "what is "
      "live",
      doubt_of(findings), findings.structure.free.size(), findings.structure.free_bytes());
}

// An opening does not look at the directory.
std::string hint_of_roots(const Findings& findings) {
  if (findings.bad_directory)
    return "until BasicArena::drop_roots forgets all roots, the library finds, makes and removes none, and refuses a rebuild, "
           "as rarena rebuild does without --drop-roots";
  return "roots count as live: rarena rebuild makes a freelist without their bytes";
}

std::string hint_of(const Image& image, const Findings& findings) {
  if (findings.of_directory == 0) return hint_of_lists(image, findings);
  if (findings.of_directory == findings.violation_count) return "note: " + hint_of_roots(findings);
  return hint_of_lists(image, findings) + "; " + hint_of_roots(findings);
}

Verdict judge(const std::string& file, const VerifyOptions& options, const Console& console) {
  Verdict verdict{.file = file};
  const auto image = Image::open(file, options.reserved);
  if (!image) {
    verdict.status = status_of(image.error().error);
    verdict.hint = image.error().hint;
    if (verdict.status == unusable) {
      verdict.failure = image.error().error;
    } else {
      verdict.violations.push_back(image.error().error);
      verdict.violation_count = 1;
    }
    return verdict;
  }
  // The violations of the header are among the first two, if there are any.
  Findings findings = check(*image, std::max<std::uint64_t>(options.most, 3), console, file);
  verdict.state = identifier(findings.left.opening);
  if (findings.sound()) {
    verdict.summary = soundness_of(findings);
    return verdict;
  }
  verdict.status = refused;
  verdict.hint = hint_of(*image, findings);
  verdict.violations = std::move(findings.violations);
  if (verdict.violations.size() > options.most) verdict.violations.resize(static_cast<std::size_t>(options.most));
  verdict.violation_count = findings.violation_count;
  return verdict;
}

void print(const Verdict& v, std::ostream& out) {
  if (v.status == done) {
    out << fmt::format("{}: sound: {}\n", v.file, v.summary);
    return;
  }
  out << fmt::format("{}: UNSOUND: {} violation{}\n", v.file, v.violation_count, v.violation_count == 1 ? "" : "s");
  for (const Error& e : v.violations) out << fmt::format("{}: byte {}: {}\n", v.file, position(e), e.message());
  if (v.violations.size() < v.violation_count)
    out << fmt::format("{}: {} more violations are not listed (--most), {} in all\n", v.file,
                       v.violation_count - v.violations.size(), v.violation_count);
  if (!v.hint.empty()) out << fmt::format("{}: {}\n", v.file, v.hint);
}

ordered_json to_json(const Verdict& v) {
  constexpr const char* names[] = {"sound", "unsound", "unreadable"};
  ordered_json json{{"file", v.file}, {"status", names[v.status]}};
  if (!v.state.empty()) json["seal"] = v.state;
  if (!v.summary.empty()) json["summary"] = v.summary;
  if (v.failure) json["error"] = {{"code", identifier(v.failure->code)}, {"message", v.failure->message()}};
  json["violation_count"] = v.violation_count;
  json["violations"] = ordered_json::array();
  for (const Error& e : v.violations)
    json["violations"].push_back({{"code", identifier(e.code)},
                                  {"at", position(e)},
                                  {"expected", e.asked},
                                  {"found", e.there},
                                  {"message", e.message()}});
  if (!v.hint.empty()) json["hint"] = v.hint;
  return json;
}

}  // namespace

int verify(const VerifyOptions& options, const Console& console) {
  int status = done;
  ordered_json files = ordered_json::array();
  for (const std::string& file : options.files) {
    const Verdict verdict = judge(file, options, console);
    status = std::max(status, verdict.status);
    if (verdict.failure) fail(console, file, Refusal{*verdict.failure, verdict.hint});
    if (options.json)
      files.push_back(to_json(verdict));
    else if (!verdict.failure)
      print(verdict, console.out);
  }
  if (options.json) console.out << text_of({{"files", files}, {"exit_status", status}}) << "\n";
  return status;
}

}  // namespace rarena::tools
