"""Tests of scripts/lab fuzz, and of replay, shrink and promote for what it finds, on a fake target."""

import json
import os
import re
import signal

import pytest

from rarena_lab import basics, builds, coverage, findings, fuzzing, makers

# A target that finds every file with a B in it, and that knows libFuzzer's ways of being run.
FAKE = """#!/usr/bin/env python3
import os, sys
options = dict(word[1:].split("=", 1) for word in sys.argv[1:] if word.startswith("-"))
paths = [word for word in sys.argv[1:] if not word.startswith("-")]
if "merge" in options:
    kept, working = paths
    for name in os.listdir(working):
        if not os.path.exists(os.path.join(kept, name)):
            open(os.path.join(kept, name), "w").write(open(os.path.join(working, name)).read())
    sys.exit(0)
if "minimize_crash" in options:
    open(options["exact_artifact_path"], "w").write("B")
    sys.exit(0)
if os.path.isdir(paths[0]):
    print("#2\\tINITED cov: 5 ft: 6 corp: 3/9b exec/s: 0 rss: 30Mb", file=sys.stderr)
    if os.environ.get("FAKE_FINDS") in (options["seed"], "all"):
        artifact = options["artifact_prefix"] + "crash-1"
        open(artifact, "w").write("AB")
        print("FOUND: SEG-1: an overlap\\nTest unit written to " + artifact, file=sys.stderr)
        sys.exit(77)
    print("stat::number_of_executed_units: 12", file=sys.stderr)
    sys.exit(0)
if "B" in open(paths[0]).read():
    print("FOUND: SEG-1: an overlap")
    sys.exit(77)
"""


class FakeTarget:
    """A repository with the target reopen as a fake."""

    @pytest.fixture(autouse=True)
    def in_repository(self, tmp_path, monkeypatch, lab):
        self.root, self.monkeypatch, self.lab = tmp_path.resolve(), monkeypatch, lab
        for module in (basics, builds, coverage, fuzzing, makers):
            monkeypatch.setattr(module, "ROOT", self.root)
        monkeypatch.setattr(makers, "ARTIFACTS", self.root / "build/artifacts")
        monkeypatch.setattr(builds, "build", lambda *_: None)
        monkeypatch.chdir(self.root)
        self.write("build/fuzz/fuzz/reopen_fuzzer", FAKE).chmod(0o755)
        self.write("fuzz/reopen/corpus/seed", "A")
        self.write("fuzz/op_sequence/corpus/seed.ops", "A")
        self.write("fuzz/schedule/corpus/seed", "A")
        self.set_up()

    def set_up(self):
        pass

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def fuzz(self, *arguments):
        """Exit status and output."""
        return self.lab("fuzz", *arguments)


class TestRun(FakeTarget):
    def test_nothing_found(self):
        status, output = self.fuzz("run", "reopen", "--seconds", 1, "--jobs", 2, "--seed", 7)
        assert status == 0, output
        assert "reopen: 24 runs" in output
        assert "seed 7" in output

    def test_a_finding_is_a_file_that_replays(self):
        self.monkeypatch.setenv("FAKE_FINDS", "8")
        status, output = self.fuzz("run", "reopen", "--jobs", 2, "--seed", 7)
        assert status == 1, output
        assert "FOUND: SEG-1: an overlap" in output
        assert "replay: scripts/repro build/artifacts/fuzz/reopen/finding-crash-1.json" in output
        finding = findings.read("build/artifacts/fuzz/reopen/finding-crash-1.json")
        assert (finding.engine, finding.input(), finding.violation["invariant"]) == ("reopen", b"AB", "SEG-1")
        assert finding.options == {"sanitizer": "address"}
        assert self.lab("replay", "build/artifacts/fuzz/reopen/finding-crash-1.json")[0] == 0
        assert self.lab("replay", "build/artifacts/fuzz/reopen/crash-1")[0] == 0, "and so do the bytes"

    def test_equal_findings_are_one(self):
        self.monkeypatch.setenv("FAKE_FINDS", "all")
        output = self.fuzz("run", "reopen", "--jobs", 2)[1]
        assert output.count("FOUND: SEG-1") == 1
        assert "FOUND: SEG-1: an overlap (2 jobs)" in output or "FOUND: SEG-1: an overlap\n" in output

    def test_an_interrupt_says_what_was_run(self):
        self.monkeypatch.setattr(fuzzing.time, "sleep", lambda _: signal.raise_signal(signal.SIGINT))
        self.write("build/fuzz/fuzz/reopen_fuzzer", "#!/bin/sh\necho '#40' >&2\nexec sleep 30\n").chmod(0o755)
        status, output = self.fuzz("run", "reopen", "--seconds", 9, "--jobs", 1)
        assert status == basics.INTERRUPTED
        assert re.search(r"reopen: \d+ runs interrupted after 0 of 9 s", output)

    def test_without_a_program_it_cannot_run(self):
        (self.root / "build/fuzz/fuzz/reopen_fuzzer").unlink()
        status, output = self.fuzz("run", "reopen")
        assert status == 3
        assert "found none" in output

    def test_a_job_that_dies_without_a_finding_is_no_success(self):
        self.write("build/fuzz/fuzz/reopen_fuzzer", "#!/bin/sh\nexit 5\n").chmod(0o755)
        status, output = self.fuzz("run", "reopen", "--jobs", 1)
        assert status == 3
        assert "ended with status 5" in output


class TestFinding(FakeTarget):
    def set_up(self):
        self.bad, self.good = self.write("bad", "AAB"), self.write("good", "AA")

    def test_replay(self):
        assert self.lab("replay", "--target", "reopen", self.good)[0] == 1
        status, output = self.lab("replay", "--target", "reopen", self.bad)
        assert status == 0
        assert "bad: FOUND" in output
        assert "FOUND: SEG-1" in output
        assert self.lab("replay", "--target", "reopen", self.good, self.bad)[0] == 1, "of several, each"
        assert self.lab("replay", self.root / "none")[0] == 3
        assert "--target" in self.lab("replay", self.bad)[1], "nothing says of which target it is"

    def test_a_program_that_breaks_reproduces_nothing(self):
        self.write("build/fuzz/fuzz/reopen_fuzzer", "#!/bin/sh\nexit 2\n").chmod(0o755)
        assert self.lab("replay", "--target", "reopen", self.bad)[0] == 3

    def test_shrink(self):
        status, output = self.lab("shrink", "--target", "reopen", self.bad)
        assert status == 0, output
        assert "build/artifacts/shrunk-bad.json: 1 of 3 bytes\nreplay: scripts/repro build/artifacts/shrunk-bad.json" in output
        assert findings.read("build/artifacts/shrunk-bad.json").input() == b"B"
        assert self.lab("replay", "build/artifacts/shrunk-bad.json")[0] == 0
        assert self.lab("shrink", "--target", "reopen", self.good)[0] == 1

    def test_promote(self):
        status, output = self.lab("promote", "--target", "reopen", self.bad, "--name", "an_overlap")
        assert status == 0, output
        assert "fuzz/reopen/corpus/an_overlap: ctest fuzz.reopen.corpus fails until it is repaired" in output
        assert (self.root / "fuzz/reopen/corpus/an_overlap").read_text() == "B"
        assert self.lab("promote", "--target", "reopen", self.bad, "--name", "an_overlap")[0] == 3, "the name is taken"
        assert self.lab("promote", "--target", "reopen", self.good, "--name", "fine")[0] == 1

    def test_merge_names_what_it_adds(self):
        self.write("build/fuzz-corpus/reopen/0123456789abcdef", "C")
        status, output = self.fuzz("merge", "reopen")
        assert status == 0, output
        assert sorted(os.listdir(self.root / "fuzz/reopen/corpus")) == ["merged_0123456789ab", "seed"]


class TestList(FakeTarget):
    def test_list(self):
        status, output = self.fuzz("list")
        assert status == 0
        assert re.search(r"reopen +1 seeds", output)


class TestProgress:
    def test_what_libfuzzer_says(self):
        progress = fuzzing.Progress()
        for line in ("#4096\tpulse  cov: 10 ft: 20 corp: 353/229Kb lim: 4098 exec/s: 1365 rss: 195Mb\n",
                     "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\n",
                     "artifact_prefix='a/'; Test unit written to a/crash-1\n"):
            progress.read(line)
        assert progress == fuzzing.Progress(4096, 353, "heap-buffer-overflow on address 0x1", "a/crash-1")


    def test_what_the_target_itself_writes_counts(self):
        progress = fuzzing.Progress()
        for line in ("FOUND: FL-1: the list\n", "artifact: a/op_sequence-1.ops\n", "Test unit written to a/crash-1\n"):
            progress.read(line)
        assert progress.file == "a/op_sequence-1.ops"


class TestCoverage(FakeTarget):
    def test_a_branch_counts_once_for_all_instances_of_a_template(self):
        file = str(self.write("core/bump/cursor.hpp", "first\n  second\n"))
        other = str(self.write("core/layout/link.hpp", "third\n"))
        branch = [2, 7, 2, 9, 3, 0, 0, 0, 4]
        functions = [{"filenames": [file], "branches": [branch, [1, 1, 1, 2, 5, 0, 0, 0, 4]]},
                     {"filenames": [file], "branches": [[*branch[:4], 0, 0, *branch[6:]], [1, 1, 1, 2, 0, 1, 0, 0, 4]]},
                     {"filenames": [other], "branches": [[1, 1, 1, 2, 0, 0, 0, 0, 4]]},
                     {"filenames": [file.replace("cursor", "cursor_test")], "branches": [[1, 1, 1, 2, 0, 0, 0, 0, 4]]}]
        text = coverage.branches_of(json.dumps({"data": [{"functions": functions}]}))
        assert text.splitlines() == ["bump, freelist, arena: 3 of 4 branches taken (75.0 %); never:",
                                     "  core/bump/cursor.hpp:2:7: false: second"]

    def conditions(self, taken, pairs):
        """What is said of `one && (other || third)` in Cursor<...>::take() const, once for each of two stores."""
        file = str(self.write("core/bump/cursor.hpp", "bool take() const {\n  return one && (other ||\n    third);\n}\n"))
        at = [[2, 10, 2, 13], [2, 18, 2, 23], [3, 5, 3, 10]]
        branches = [[*place, *counts, 0, 0, 4] for place, counts in zip(at, taken)]
        functions = [{"name": f"cursor_test.cpp:_ZNK6rarena6CursorI{store}E4takeEv", "filenames": [file], "branches": branches,
                      "mcdc_records": [[2, 10, 3, 10, 0, 5, some]]} for store, some in zip("ij", pairs)]
        return coverage.conditions_of(json.dumps({"data": [{"functions": functions}]}))

    def test_a_condition_decides_if_it_does_in_one_instance(self):
        conditions = self.conditions([(1, 1)] * 3, [[True, False, False], [False, True, False]])
        key = ("bump/cursor.hpp", "take")
        assert conditions == {(*key, "one"): [True], (*key, "other"): [True], (*key, "third"): [False]}

    def test_beside_a_constant_those_that_go_both_ways_decide(self):
        conditions = self.conditions([(1, 0), (1, 1)], [[False, False, True]] * 2)
        assert list(conditions.values()) == [[False], [True]]

    def test_the_list_has_what_is_not_shown_and_nothing_else(self):
        self.write("fuzz/README.md", "| where | conditions | why |\n| --- | --- | --- |\n"
                                     "| `bump/cursor.hpp` `take` | `one`, `third` | No reason. |\n"
                                     "| `bump/gone.hpp` `take` | `one` | There was one. |\n")
        conditions = self.conditions([(1, 1)] * 3, [[True, False, False]] * 2)
        complaints, text = coverage.judged(conditions, coverage.listed_conditions())
        assert complaints == ["not shown to decide, and not listed in fuzz/README.md: bump/cursor.hpp take other",
                              "listed in fuzz/README.md, and shown to decide: bump/cursor.hpp take one",
                              "listed in fuzz/README.md, and not there: bump/gone.hpp take one"]
        assert "MC/DC: 1 of 3 conditions are shown to decide; 1 others are listed" in text
        third = {("bump/cursor.hpp", "take", "third")}
        assert coverage.judged(self.conditions([(1, 1)] * 3, [[True, True, False]] * 2), third)[0] == []

    def test_every_suite_is_run_by_itself(self):
        program = self.write("tests", "#!/bin/sh\nprintf 'Running main() from main.cc\\nOne.\\n  A\\n  B\\n"
                                      "Two/0.  # TypeParam = X\\n  C\\nAll/Three.\\n  D/0  # GetParam() = 1.5\\n'\n")
        program.chmod(0o755)
        assert coverage.suites_of(program) == ["One.", "Two/0.", "All/Three."]

    def test_names_of_functions(self):
        symbols = {"_ZNK6rarena6CursorIiE4takeEv": "take", "_ZN6rarena12_GLOBAL__N_17is_dashEm": "is_dash", "_Z1fv": "f",
                   "_ZZN6rarena1gEvENK3$_0clEv": "g"}
        assert coverage.function_names(set(symbols)) == symbols


FAKE_PROPERTIES = """#!/bin/sh
case $1 in
  --gtest_list_tests) printf 'All/Agreement.\\n  OfTheArenaAndTheReference/heap  # x\\n  OfTheArenaAndTheReference/file  # y\\n' ;;
  *heap) printf 'rapidcheck: heap: 7 sequences, 70 operations: agree\\n' ;;
  *file) printf 'rapidcheck: file: 3 sequences, 9 operations: %s\\n' "$FAKE_SAYS"
         [ "$FAKE_SAYS" = DIFFER ] || exit 0
         mkdir -p "$RARENA_ARTIFACTS"
         printf 'rarena operations 1\n# FL-4: x\n' > "$RARENA_ARTIFACTS/rapidcheck.ops"
         exit 1 ;;
esac
"""


class TestProperties(FakeTarget):
    def set_up(self):
        self.write("build/dev/fuzz/op_sequence/rapidcheck_tests", FAKE_PROPERTIES).chmod(0o755)

    def test_a_table(self):
        self.monkeypatch.setenv("FAKE_SAYS", "agree")
        status, output = self.fuzz("properties", "--sequences", 7, "--seed", 5)
        assert status == 0, output
        assert re.search(r"heap +7 +70 +agree", output)
        assert "seeds 5 to 6" in output

    def test_a_difference(self):
        self.monkeypatch.setenv("FAKE_SAYS", "DIFFER")
        status, output = self.fuzz("properties")
        assert status == 1, output
        assert "replay: scripts/repro build/artifacts/rapidcheck/file/finding-rapidcheck.json" in output

    def test_one_that_says_nothing(self):
        self.monkeypatch.setenv("FAKE_SAYS", "")
        status, output = self.fuzz("properties")
        assert status == 1, output
        assert "COULD NOT RUN" in output


class TestPresentTargets:
    def test_every_target_has_seeds(self):
        for target in fuzzing.TARGETS:
            assert os.listdir(fuzzing.seeds_of(target)), target
            assert target in fuzzing.LIMIT

    def test_dictionaries_are_what_libfuzzer_reads(self):
        for file in (basics.ROOT / "fuzz").glob("*/*.dict"):
            for line in file.read_text(encoding="utf-8").splitlines():
                assert re.fullmatch(r'#.*|\w+="(\\x[0-9a-f]{2}|[^\\"])+"', line), f"{file.name}: {line}"

    def test_the_conditions_that_are_listed_are_there(self):
        listed = coverage.listed_conditions()
        assert listed
        for file, function, condition in listed:
            source = (basics.ROOT / "core" / file).read_text(encoding="utf-8")
            assert f"{function}(" in source
            assert condition in " ".join(source.split())

