#include "kill_reopen/artifact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <vector>

#include "kill_reopen/reopen.hpp"

namespace rarena::stress {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void write_file(const fs::path& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

std::vector<std::byte> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

json to_json(const detail::FileIdentity& identity) {
  std::string boot;
  for (const std::byte b : identity.boot) boot += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return {{"boot", boot}, {"device", identity.device}, {"inode", identity.inode}, {"birth", identity.birth}};
}

detail::FileIdentity identity_from(const json& from) {
  detail::FileIdentity identity{.device = from.at("device"), .inode = from.at("inode"), .birth = from.at("birth")};
  const std::string boot = from.at("boot");
  for (std::size_t i = 0; i < identity.boot.size(); ++i)
    identity.boot[i] = static_cast<std::byte>(std::stoul(boot.substr(2 * i, 2), nullptr, 16));
  return identity;
}

Role role_named(const std::string& wanted) {
  for (std::size_t i = 0; i < roles; ++i)
    if (name(static_cast<Role>(i)) == wanted) return static_cast<Role>(i);
  throw std::runtime_error("expected the name of a role, found " + wanted);
}

}  // namespace

namespace {

void write_json(const fs::path& folder, const json& cycle) {
  const std::string text = cycle.dump(2) + "\n";
  write_file(folder / "cycle.json", std::as_bytes(std::span(text)));
}

}  // namespace

void write_artifact(const fs::path& folder, const Artifact& artifact) {
  fs::create_directories(folder);
  if (const auto* const side = std::get_if<SideCycle>(&artifact.evidence))
    return write_json(folder, {{"violated", artifact.violation.invariant},
                               {"text", artifact.violation.text},
                               {"run", artifact.found_by},
                               {"beside", to_json(*side)}});
  const auto& e = std::get<Evidence>(artifact.evidence);
  const Log log_before = e.log_before.log(), log_after = e.log_after.log();
  write_file(folder / "before.arena", e.before.bytes());
  write_file(folder / "after.arena", e.after.bytes());
  write_file(folder / "before.log", log_before.bytes());
  write_file(folder / "after.log", log_after.bytes());
  const json cycle = {{"violated", artifact.violation.invariant},
                      {"text", artifact.violation.text},
                      {"run", artifact.found_by},
                      {"role", name(e.role)},
                      {"phase", name(log_after.phase())},
                      {"threads", log_after.threads()},
                      {"identity", to_json(e.identity)}};
  write_json(folder, cycle);
}

Artifact read_artifact(const fs::path& folder) {
  const std::vector<std::byte> text = read_file(folder / "cycle.json");
  const json cycle =
      json::parse(reinterpret_cast<const char*>(text.data()), reinterpret_cast<const char*>(text.data()) + text.size());
  const Violation violation{cycle.at("violated"), cycle.at("text")};
  if (cycle.contains("beside")) return {violation, side_cycle_from(cycle.at("beside")), cycle.at("run")};
  const unsigned threads = cycle.at("threads");
  const auto log = [&](const char* file) {
    const std::vector<std::byte> bytes = read_file(folder / file);
    if (bytes.size() != Log::size(threads))
      throw std::runtime_error(fmt::format("{}: expected {} bytes, found {}", file, Log::size(threads), bytes.size()));
    return LogCopy(bytes, threads);
  };
  return {violation,
          Evidence{.role = role_named(cycle.at("role")),
                   .identity = identity_from(cycle.at("identity")),
                   .before = Image(read_file(folder / "before.arena")),
                   .after = Image(read_file(folder / "after.arena")),
                   .log_before = log("before.log"),
                   .log_after = log("after.log")},
          cycle.at("run")};
}

Verdict judge_again(const Artifact& artifact, const fs::path& scratch) {
  if (const auto* const side = std::get_if<SideCycle>(&artifact.evidence)) return judge(*side);
  const auto& e = std::get<Evidence>(artifact.evidence);
  if (const auto seen = judge(e); !seen) return std::unexpected(seen.error());
  // A copy has another inode, and so other marks than the file had.
  Image image = e.after;
  write_file(scratch, image.bytes());
  if (left_of(image, e.identity).opening == Recovery::Opening::process_died) {
    const detail::IdentityMarks marks = detail::marks_of(identity_of(scratch));
    const detail::Geometry g = image.geometry();
    image.write(std::array{
        detail::Plan::Write{g.boot().place, marks.boot, false}, detail::Plan::Write{g.device().place, marks.device, false},
        detail::Plan::Write{g.file().place, marks.file, false},
        detail::Plan::Write{g.seal().place, detail::dirty_marker(image.view().annex().generation, marks), false}});
    write_file(scratch, image.bytes());
  }
  const std::vector<LiveSegment> live = e.log_after.log().live();
  const Options options{.freelist = static_cast<Freelist>(image.view().prefix().freelist)};
  const Verdict verdict = reopen({.path = scratch, .options = options, .live = live, .rebuilds = true});
  fs::remove(scratch);
  return verdict;
}

}  // namespace rarena::stress
