"""Tests of findings, and of replay, shrink and promote for every kind of program that makes them, on fake programs; and of what
ctest runs of models/regressions."""

import base64
import json
import os
import subprocess

import pytest

from rarena_lab import basics, builds, engines, findings, makers, stress
from rarena_lab.cli import main

HISTORY = "rarena operations 1\n# SEG-2: 8 bytes too few\narena freelist=optimistic capacity=600\nalloc 100\n"
CHURN = {"engine": "churn", "invariant": "SEG-3", "message": "SEG-3: two owners",
         "settings": {"bug": "", "backing": "file", "freelist": "pessimistic", "threads": 4, "seed": 7, "hesitate": 0,
                      "seconds": 20.0}}
LONG_RUNS = {"engine": "long_runs", "invariant": "missed run", "message": "missed run: 3 refusals",
             "settings": {"run": "soak", "bug": "", "seed": 7}}
SHARING = {"engine": "sharing", "invariant": "SEG-1", "message": "SEG-1: byte 7 has changed", "settings": {"seed": 7}}
CYCLE = {"violated": "REC-2", "text": "a segment is free", "run": "--seed 7 --kills 5"}


def finding_of(engine, bug="", **more):
    """What an engine of models/ leaves."""
    return {"rarena_finding": 1, "engine": engine, "bug": bug} | more


class FakeRepository:
    """Programs that are called end with `status`, and say `says`."""

    @pytest.fixture(autouse=True)
    def in_repository(self, tmp_path, monkeypatch, lab):
        self.root, self.lab, self.monkeypatch = tmp_path.resolve(), lab, monkeypatch
        self.called, self.status, self.says, self.leaves = [], 0, "", None
        for module in (basics, builds, makers):
            monkeypatch.setattr(module, "ROOT", self.root)
        monkeypatch.setattr(makers, "ARTIFACTS", self.root / "build/artifacts")
        monkeypatch.setattr(makers, "run", self.run)
        monkeypatch.setattr(builds, "build", lambda *words: self.called.append(f"build {' '.join(words)}"))
        monkeypatch.setattr(builds, "program", lambda preset, path: path.split("/")[-1])
        monkeypatch.chdir(self.root)
        for name in findings.MODEL_ENGINES:
            monkeypatch.setenv(f"RARENA_{name.upper()}_ENGINE", "/bin/true")

    def run(self, command, **_more):
        self.called.append(" ".join(str(word) for word in command[:2]))
        if self.leaves is not None:
            command[-1].write_text(self.leaves)
        return subprocess.CompletedProcess(command, self.status, self.says)

    def write(self, path, content):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            content = json.dumps(content)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def promote(self, file, name="an_overlap", status=0):
        self.status = status
        return self.lab("promote", file, "--name", name)

    def kill(self):
        self.write("build/artifacts/kill_reopen/violation-1/after.arena", b"\x00\xff")
        return self.write("build/artifacts/kill_reopen/violation-1/cycle.json", CYCLE)


class TestReading(FakeRepository):
    def test_what_is_written_is_read(self):
        finding = findings.Finding("reopen", options={"sanitizer": "memory"}, violation=findings.violation("SEG-1: x"),
                                   attachments={"input": base64.b64encode(b"\x00\x01").decode()})
        path = finding.write(self.root / "f.json")
        again = findings.read(path)
        assert (again.engine, again.options, again.violation, again.input()) == ("reopen", {"sanitizer": "memory"}, {
            "kind": "", "invariant": "SEG-1", "message": "SEG-1: x"}, b"\x00\x01")
        assert list(json.loads(path.read_text())) == ["rarena_finding", "engine", "analysis", "scenario", "freelist", "bug",
                                                      "options", "bounds", "version", "violation", "suspects", "attachments"]

    @pytest.mark.parametrize("content, text", [
        ("{", "expected a JSON object"), ("[]", 'field "engine"'), ("alloc 1", "expected a JSON object"),
        ({"engine": "odd"}, '"odd"; known'), ({"engine": "checker"}, 'a field "rarena_finding"'), (b"\x00\xff", "--target"),
        ({"rarena_finding": 1, "engine": "checker", "bug": None}, 'field "bug"'),
        ({"rarena_finding": 2, "engine": "checker"}, "of format 1, found 2"),
        ({"rarena_finding": 1, "engine": "checker", "violation": []}, "of the wrong type"),
        ({"rarena_finding": 1, "engine": "reopen"}, 'expected an attachment "input", found none'),
        ({"rarena_finding": 1, "engine": "churn", "attachments": {"x": 1}}, 'expected an attachment "artifact", found x')])
    def test_what_is_no_finding(self, content, text):
        for command in (["replay"], ["shrink"], ["promote", "--name", "x"]):
            status, output = self.lab(*command, self.write("a.json", content))
            assert (status, text in output) == (3, True), output

    def test_what_is_not_there(self):
        assert "no such file" in self.lab("replay", "/nonexistent")[1]
        assert "a folder of kill_reopen with a cycle.json" in self.lab("replay", self.root)[1]
        assert self.lab("replay", self.root)[0] == 3


class TestReplay(FakeRepository):
    """The status is 0 if it was reproduced, whatever the program's is."""

    def files(self):
        artifact = self.write("churn.json", CHURN)
        long = self.write("long.json", LONG_RUNS)
        return {"relacy": self.write("a.json", finding_of("relacy", "")), "text": self.write("a.ops", HISTORY),
                "churn": artifact, "long": long, "sharing": self.write("s.json", SHARING), "long wrapped": findings.wrap_artifact(long, "release"), "kill": self.kill(), "wrapped": findings.wrap_artifact(artifact, "tsan"),
                "folder": findings.wrap_kill(self.kill().parent),
                "history": findings.wrap_operations(self.write("b.ops", HISTORY), {})}

    @pytest.mark.parametrize("what, word, reproduced", [
        ("relacy", engines.REPLAY, 0), ("text", engines.JUDGE, 1), ("history", engines.JUDGE, 1),
        ("churn", engines.CHURN_REPLAY, 0), ("long", engines.LONG_RUNS_REPLAY, 0), ("long wrapped", engines.LONG_RUNS_REPLAY, 0),
        ("sharing", engines.SHARING_REPLAY, 0),
        ("wrapped", engines.CHURN_REPLAY, 0), ("kill", engines.KILL_REPLAY, 1), ("folder", engines.KILL_REPLAY, 1)])
    def test_statuses(self, what, word, reproduced):
        file = self.files()[what]
        for self.status, expected in ((reproduced, 0), (1 - reproduced, 1), (3, 3), (139, 3)):
            assert self.lab("replay", file)[0] == expected
        assert self.called[-1].split()[1] == word

    def test_it_is_built_as_it_was_found(self):
        self.lab("replay", self.files()["wrapped"])
        self.lab("replay", self.files()["long wrapped"])
        assert [call for call in self.called if call.startswith("build")] == ["build tsan churn", "build release long_runs"]

    def test_an_engine_that_is_no_program(self):
        self.monkeypatch.setenv("RARENA_RELACY_ENGINE", "/dev/null")
        assert self.lab("replay", self.files()["relacy"])[0] == 3


class TestShrink(FakeRepository):
    def test_a_history(self):
        self.leaves = HISTORY.replace("alloc 100", "alloc 1")
        status, output = self.lab("shrink", self.write("build/artifacts/a.ops", HISTORY))
        assert status == 0, output
        assert findings.read(self.root / "build/artifacts/shrunk-a.json").attachments["operations"] == self.leaves
        assert "replay: scripts/repro build/artifacts/shrunk-a.json" in output

    def test_a_history_that_shows_nothing(self):
        self.status = 1
        assert self.lab("shrink", self.write("a.ops", HISTORY))[0] == 1

    def test_what_cannot_be_shrunk_says_why(self):
        for file, text in ((self.write("c.json", CHURN), "does not repeat"), (self.kill(), "one moment of one process"),
                           (self.write("l.json", LONG_RUNS), "the sum of a long run")):
            status, output = self.lab("shrink", file)
            assert (status, text in output) == (3, True), output

    def test_an_engine_that_does_not_shrink(self):
        status, output = self.lab("shrink", self.write("r.json", finding_of("checker", "", violation={"invariant": "SEG-1"})))
        assert status == 3
        assert "the engine checker does not shrink this: " in output


class TestPromote(FakeRepository):
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_a_history(self, wrapped):
        file = self.write("build/artifacts/op_sequence-1.ops", HISTORY)
        status, output = self.promote(findings.wrap_operations(file, {}) if wrapped else file, status=1)
        assert status == 0, output
        assert (self.root / "fuzz/op_sequence/corpus/an_overlap.ops").read_text() == HISTORY
        assert "an_overlap.ops: ctest fuzz.op_sequence.corpus fails until it is repaired" in output
        assert self.called == ["build dev operations", "operations judge"]

    @pytest.mark.parametrize("engine", findings.MODEL_ENGINES)
    def test_an_execution_of_each_model_engine(self, engine):
        file = self.write("a.json", finding_of(engine, "", scenario="churn"))
        status, output = self.promote(file, f"of_{engine}", status=1)
        assert status == 0, output
        assert (self.root / f"models/regressions/of_{engine}.json").read_text() == file.read_text()
        assert f"ctest regression.of_{engine} holds" in output

    def test_a_name_is_not_taken_twice(self):
        file = self.write("a.ops", HISTORY)
        assert self.promote(file)[0] == 0
        status, output = self.promote(file)
        assert status == 3
        assert "expected a new name, found fuzz/op_sequence/corpus/an_overlap.ops" in output

    def test_what_cannot_be_replayed_becomes_no_test(self):
        for file in (self.write("a.ops", HISTORY), self.write("a.json", finding_of("checker", ""))):
            status, output = self.promote(file, status=3)
            assert status == 3, output
        assert not (self.root / "models/regressions").exists()
        assert not list(self.root.glob("fuzz/*/corpus/an_overlap*"))

    @pytest.mark.parametrize("target, expected", [("schedule", "JSON file"), ("op_sequence", "history")])
    def test_bytes_of_other_targets_have_a_better_finding(self, target, expected):
        status, output = self.promote(self.write(f"build/artifacts/fuzz/{target}/crash-1", b"\x00\xff"))
        assert status == 1
        assert f"bytes of the target {target}; expected the {expected}" in output
        assert self.called == []

    def test_a_known_bug_is_refused(self):
        status, output = self.promote(self.write("a.json", finding_of("schedule", "no_tags")))
        assert status == 1
        assert "refused: it shows the known bug no_tags, not the shipped code" in output

    def test_real_threads_are_refused(self):
        status, output = self.promote(self.write("a.json", CHURN))
        assert status == 1
        assert "does not repeat" in output
        assert "scripts/lab stress churn --backing file --freelist pessimistic --threads 4 --seconds 20 --seed 7\n" in output

    def test_long_runs_are_refused(self):
        status, output = self.promote(self.write("a.json", LONG_RUNS))
        assert status == 1
        assert "kept as a ctest of stress/CMakeLists.txt" in output
        assert "again: scripts/repro a.json\n" in output

    def test_processes_that_shared_a_file_are_refused(self):
        status, output = self.promote(self.write("a.json", SHARING))
        assert status == 1
        assert "the moment of a kill" in output and "again: scripts/repro a.json\n" in output

    def test_kills_are_refused(self):
        cycle = self.kill()
        for left in (cycle, cycle.parent, findings.wrap_kill(cycle.parent)):
            status, output = self.promote(left)
            assert status == 1
            assert "again: scripts/lab stress kill_reopen --seed 7 --kills 5; " in output
            assert "judged by scripts/repro build/artifacts/kill_reopen/violation-1" in output


class TestRegression(FakeRepository):
    """replay --holds, as ctest runs it."""

    @pytest.mark.parametrize("says, status, expected", [
        ("NOT reproduced: expected SEG-1, found no violation", 1, 0), ("NOT reproduced", 1, 0),
        ("first difference: datum 33: expected book 0, found book 9\nNOT reproduced", 1, 3), ("reproduced: SEG-1", 0, 1),
        ("NOT reproduced: first difference: thread 0, event 1 (a.hpp:1): expected read of x (acquire, label 8) that takes 1, found "
         "read of x (acquire, label 9) that takes 1", 1, 3),
        ("NOT reproduced: first difference: thread 0, event 1 (a.hpp:1): expected read of x (acquire, label 8) that takes 1, found "
         "read of y (acquire, label 9) that takes 1", 1, 0),
        ("NOT reproduced: expected SEG-1, found FL-1: out of order", 1, 1), ("unusable", 3, 3), ("killed", 139, 3)])
    def test_it_holds_if_neither_it_nor_another_is_reproduced(self, says, status, expected):
        self.says, self.status = says, status
        found, output = self.lab("replay", "--holds", self.write("r.json", finding_of("relacy", "")))
        assert found == expected, output
        assert "expected no violation, found FL-1: out of order" in output or "FL-1" not in says

    @pytest.mark.parametrize("finding", [finding_of("relacy", "no_tags"), CHURN, {"engine": "relacy"}])
    def test_it_fails_if_it_could_not_run(self, finding):
        assert self.lab("replay", "--holds", self.write("r.json", finding))[0] == 3


def test_the_regressions_are_executions_of_the_shipped_code():
    files = list((basics.ROOT / "models/regressions").glob("*.json"))
    assert files
    for file in files:
        finding = findings.read(file)
        assert (finding.engine in findings.MODEL_ENGINES, finding.bug) == (True, ""), file.name


# The harnesses of stress, and what they leave.

HARNESS = """#!/usr/bin/python3 -I
import json, os, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(" ".join(sys.argv[3:]) + "\\n")
status = int(os.environ["FAKE_STATUS"])
if status == 1 and options["--freelist"] == "pessimistic":
    with open(os.path.join(options["--directory"], "violation-heap-pessimistic-7.json"), "w") as file:
        json.dump({"engine": "churn", "invariant": "SEG-3", "message": "SEG-3: x", "settings": {}}, file)
sys.exit(status if options["--freelist"] == "pessimistic" else 0)
"""


@pytest.fixture
def harness(tmp_path, monkeypatch):
    program = tmp_path / "churn"
    program.write_text(HARNESS)
    program.chmod(0o755)
    monkeypatch.setattr(builds, "build", lambda *_: None)
    monkeypatch.setattr(builds, "program", lambda *_: program)
    monkeypatch.setattr(stress, "ARTIFACTS", tmp_path / "artifacts")
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("status, expected", [("0", 0), ("1", 1), ("2", 2), ("139", 2)])
def test_stress_runs_each_kind_of_freelist(harness, monkeypatch, status, expected, capfd):
    monkeypatch.setenv("FAKE_STATUS", status)
    assert main(["stress", "churn", "--seconds", "2", "--stall-seconds", "3"]) == expected
    logged = (harness / "log").read_text().splitlines()
    assert [line.split()[2:] for line in logged] == [["--freelist", kind, "--seconds", "2", "--stall-seconds", "3"]
                                                     for kind in ("optimistic", "pessimistic")]
    output = capfd.readouterr().out
    assert ("finding: artifacts/churn/finding-violation-heap-pessimistic-7.json\nreplay: " in output) == (status == "1")


def test_the_finding_of_a_harness_is_one(harness, monkeypatch):
    monkeypatch.setenv("FAKE_STATUS", "1")
    stress.churn("tsan", [], ["pessimistic"])
    finding = findings.read(harness / "artifacts/churn/finding-violation-heap-pessimistic-7.json")
    assert (finding.engine, finding.options, finding.violation["invariant"]) == ("churn", {"preset": "tsan"}, "SEG-3")
    assert os.path.isfile(finding.path)


def test_the_version_of_findings_is_that_of_the_project():
    assert f"project(rarena VERSION {basics.VERSION} " in (basics.ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
