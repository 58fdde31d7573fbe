#!/usr/bin/env python3
"""Tests of scripts/fuzz: what it builds, what it reads of libFuzzer, and what it does with findings, on a fake target.

Run: python3 scripts/lib/fuzz_test.py
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fuzz  # noqa: E402

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
    if options["seed"] == os.environ.get("FAKE_FINDS"):
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


class FakeTarget(unittest.TestCase):
    """A repository with the target reopen as a fake."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        patch = mock.patch.object(fuzz, "ROOT", self.root)
        patch.start()
        self.addCleanup(patch.stop)
        self.write("build/fuzz/fuzz/reopen_fuzzer", FAKE).chmod(0o755)
        self.write("fuzz/reopen/corpus/seed", "A")
        self.write("fuzz/op_sequence/corpus/seed.ops", "A")
        self.write("fuzz/schedule/corpus/seed", "A")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def fuzz(self, *arguments):
        """Exit status and output."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                status = fuzz.main([str(argument) for argument in arguments])
            except SystemExit as error:
                status = error.code
        return status, output.getvalue()


class RunTest(FakeTarget):
    def test_nothing_found(self):
        status, output = self.fuzz("run", "reopen", "--seconds", 1, "--jobs", 2, "--seed", 7)
        self.assertEqual(status, 0, output)
        self.assertIn("reopen: 24 runs", output)
        self.assertIn("seed 7", output)

    def test_a_finding_has_its_artifact_and_the_command_that_replays_it(self):
        with mock.patch.dict(os.environ, {"FAKE_FINDS": "8"}):
            status, output = self.fuzz("run", "reopen", "--jobs", 2, "--seed", 7)
        self.assertEqual(status, 1, output)
        self.assertIn("FOUND: SEG-1: an overlap", output)
        self.assertIn("again: scripts/fuzz replay reopen build/artifacts/fuzz/reopen/crash-1", output)

    def test_without_a_program_it_cannot_run(self):
        (self.root / "build/fuzz/fuzz/reopen_fuzzer").unlink()
        status, output = self.fuzz("run", "reopen")
        self.assertEqual(status, 3)
        self.assertIn("found none", output)

    def test_a_job_that_dies_without_a_finding_is_no_success(self):
        self.write("build/fuzz/fuzz/reopen_fuzzer", "#!/bin/sh\nexit 5\n")
        status, output = self.fuzz("run", "reopen", "--jobs", 1)
        self.assertEqual(status, 3)
        self.assertIn("ended with status 5", output)


class FindingTest(FakeTarget):
    def setUp(self):
        super().setUp()
        self.bad, self.good = self.write("bad", "AAB"), self.write("good", "AA")

    def test_replay(self):
        self.assertEqual(self.fuzz("replay", "reopen", self.good)[0], 0)
        status, output = self.fuzz("replay", "reopen", self.good, self.bad)
        self.assertEqual(status, 1)
        self.assertIn("good: nothing found", output)
        self.assertIn("FOUND: SEG-1", output)
        self.assertEqual(self.fuzz("replay", "reopen", self.root / "none")[0], 3)

    def test_minimise(self):
        status, output = self.fuzz("minimise", "reopen", self.bad)
        self.assertEqual(status, 0, output)
        self.assertEqual((self.root / "build/artifacts/fuzz/reopen/minimised-bad").read_text(), "B")
        self.assertEqual(self.fuzz("minimise", "reopen", self.good)[0], 1)

    def test_promote(self):
        status, output = self.fuzz("promote", "reopen", self.bad, "--name", "an_overlap")
        self.assertEqual(status, 0, output)
        self.assertEqual((self.root / "fuzz/reopen/corpus/an_overlap").read_text(), "B")
        self.assertEqual(self.fuzz("promote", "reopen", self.bad, "--name", "an_overlap")[0], 3, "the name is taken")
        self.assertEqual(self.fuzz("promote", "reopen", self.good, "--name", "fine")[0], 1)
        self.assertEqual(self.fuzz("promote", "reopen", self.bad, "--name", "../out")[0], 2)

    def test_merge_names_what_it_adds(self):
        self.write("build/fuzz-corpus/reopen/0123456789abcdef", "C")
        status, output = self.fuzz("merge", "reopen")
        self.assertEqual(status, 0, output)
        self.assertEqual(sorted(os.listdir(self.root / "fuzz/reopen/corpus")), ["merged_0123456789ab", "seed"])


class OptionsTest(FakeTarget):
    def test_list(self):
        status, output = self.fuzz("list")
        self.assertEqual(status, 0)
        self.assertRegex(output, r"reopen +1 seeds")

    def test_what_is_built(self):
        self.assertEqual(self.fuzz("--builds", "list"), (0, "\n"))
        self.assertEqual(self.fuzz("--builds", "--help"), (0, ""))
        self.assertEqual(self.fuzz("--builds", "run", "reopen"), (0, "fuzz reopen_fuzzer\n"))
        self.assertEqual(self.fuzz("--builds", "reopen"), (0, "fuzz reopen_fuzzer\n"))
        self.assertEqual(self.fuzz("--builds", "op_sequence", "--sanitizer", "memory"), (0, "fuzz-msan op_sequence_fuzzer\n"))
        self.assertEqual(self.fuzz("--builds", "properties"), (0, "dev rapidcheck_tests\n"))
        tests = "core_tests world_tests fuzz_tests operations_tests rapidcheck_tests"
        self.assertEqual(self.fuzz("--builds", "coverage"), (0, f"coverage {tests} op_sequence_replay reopen_replay schedule_replay\n"))

    def test_wrong_use(self):
        for arguments in (["run"], ["run", "none_such"], ["run", "reopen", "--seconds", "0"], ["fly"], [], ["coverage", "none_such"]):
            self.assertEqual(self.fuzz(*arguments)[0], 2, arguments)


class ProgressTest(unittest.TestCase):
    def test_what_libfuzzer_says(self):
        progress = fuzz.Progress()
        for line in ("#4096\tpulse  cov: 10 ft: 20 corp: 353/229Kb lim: 4098 exec/s: 1365 rss: 195Mb\n",
                     "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\n",
                     "artifact_prefix='a/'; Test unit written to a/crash-1\n"):
            progress.read(line)
        self.assertEqual(progress, fuzz.Progress(4096, 353, "heap-buffer-overflow on address 0x1", "a/crash-1"))


    def test_the_artifact_of_the_target_counts(self):
        progress = fuzz.Progress()
        for line in ("FOUND: FL-1: the list\n", "artifact: a/op_sequence-1.ops\n", "Test unit written to a/crash-1\n"):
            progress.read(line)
        self.assertEqual(progress.artifact, "a/op_sequence-1.ops")


class CoverageTest(FakeTarget):
    def test_a_branch_counts_once_for_all_instances_of_a_template(self):
        file = str(self.write("core/bump/cursor.hpp", "first\n  second\n"))
        other = str(self.write("core/layout/link.hpp", "third\n"))
        branch = [2, 7, 2, 9, 3, 0, 0, 0, 4]
        functions = [{"filenames": [file], "branches": [branch, [1, 1, 1, 2, 5, 0, 0, 0, 4]]},
                     {"filenames": [file], "branches": [[*branch[:4], 0, 0, *branch[6:]], [1, 1, 1, 2, 0, 1, 0, 0, 4]]},
                     {"filenames": [other], "branches": [[1, 1, 1, 2, 0, 0, 0, 0, 4]]},
                     {"filenames": [file.replace("cursor", "cursor_test")], "branches": [[1, 1, 1, 2, 0, 0, 0, 0, 4]]}]
        text = fuzz.branches_of(json.dumps({"data": [{"functions": functions}]}))
        self.assertEqual(text.splitlines(), ["bump, freelist, arena: 3 of 4 branches taken (75.0 %); never:",
                                             "  core/bump/cursor.hpp:2:7: false: second"])

    def conditions(self, taken, pairs):
        """What is said of `one && (other || third)` in Cursor<...>::take() const, once for each of two stores."""
        file = str(self.write("core/bump/cursor.hpp", "bool take() const {\n  return one && (other ||\n    third);\n}\n"))
        at = [[2, 10, 2, 13], [2, 18, 2, 23], [3, 5, 3, 10]]
        branches = [[*place, *counts, 0, 0, 4] for place, counts in zip(at, taken)]
        functions = [{"name": f"cursor_test.cpp:_ZNK6rarena6CursorI{store}E4takeEv", "filenames": [file], "branches": branches,
                      "mcdc_records": [[2, 10, 3, 10, 0, 5, some]]} for store, some in zip("ij", pairs)]
        return fuzz.conditions_of(json.dumps({"data": [{"functions": functions}]}))

    def test_a_condition_decides_if_it_does_in_one_instance(self):
        conditions = self.conditions([(1, 1)] * 3, [[True, False, False], [False, True, False]])
        key = ("bump/cursor.hpp", "take")
        self.assertEqual(conditions, {(*key, "one"): [True], (*key, "other"): [True], (*key, "third"): [False]})

    def test_beside_a_constant_those_that_go_both_ways_decide(self):
        conditions = self.conditions([(1, 0), (1, 1)], [[False, False, True]] * 2)
        self.assertEqual(list(conditions.values()), [[False], [True]])

    def test_the_list_has_what_is_not_shown_and_nothing_else(self):
        self.write("fuzz/README.md", "| where | conditions | why |\n| --- | --- | --- |\n"
                                     "| `bump/cursor.hpp` `take` | `one`, `third` | No reason. |\n"
                                     "| `bump/gone.hpp` `take` | `one` | There was one. |\n")
        conditions = self.conditions([(1, 1)] * 3, [[True, False, False]] * 2)
        complaints, text = fuzz.judged(conditions, fuzz.listed_conditions())
        self.assertEqual(complaints, ["not shown to decide, and not listed in fuzz/README.md: bump/cursor.hpp take other",
                                      "listed in fuzz/README.md, and shown to decide: bump/cursor.hpp take one",
                                      "listed in fuzz/README.md, and not there: bump/gone.hpp take one"])
        self.assertIn("MC/DC: 1 of 3 conditions are shown to decide; 1 others are listed", text)
        third = {("bump/cursor.hpp", "take", "third")}
        self.assertEqual(fuzz.judged(self.conditions([(1, 1)] * 3, [[True, True, False]] * 2), third)[0], [])

    def test_every_suite_is_run_by_itself(self):
        program = self.write("tests", "#!/bin/sh\nprintf 'Running main() from main.cc\\nOne.\\n  A\\n  B\\n"
                                      "Two/0.  # TypeParam = X\\n  C\\nAll/Three.\\n  D/0  # GetParam() = 1.5\\n'\n")
        program.chmod(0o755)
        self.assertEqual(fuzz.suites_of(program), ["One.", "Two/0.", "All/Three."])

    def test_names_of_functions(self):
        symbols = {"_ZNK6rarena6CursorIiE4takeEv": "take", "_ZN6rarena12_GLOBAL__N_17is_dashEm": "is_dash", "_Z1fv": "f",
                   "_ZZN6rarena1gEvENK3$_0clEv": "g"}
        self.assertEqual(fuzz.function_names(set(symbols)), symbols)


FAKE_PROPERTIES = """#!/bin/sh
case $1 in
  --gtest_list_tests) printf 'Combinations/Agreement.\\n  OfTheArenaAndTheReference/heap  # x\\n  OfTheArenaAndTheReference/file  # y\\n' ;;
  *heap) printf 'rapidcheck: heap: 7 sequences, 70 operations: agree\\n' ;;
  *file) printf 'rapidcheck: file: 3 sequences, 9 operations: %s\\n' "$FAKE_SAYS"
         if [ "$FAKE_SAYS" = DIFFER ]; then mkdir -p "$RARENA_ARTIFACTS"; echo x > "$RARENA_ARTIFACTS/rapidcheck.ops"; exit 1; fi ;;
esac
"""


class PropertiesTest(FakeTarget):
    def setUp(self):
        super().setUp()
        self.write("build/dev/fuzz/op_sequence/rapidcheck_tests", FAKE_PROPERTIES).chmod(0o755)

    def test_a_table(self):
        with mock.patch.dict(os.environ, {"FAKE_SAYS": "agree"}):
            status, output = self.fuzz("properties", "--sequences", 7, "--seed", 5)
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"heap +7 +70  agree")
        self.assertIn("seeds 5 to 6", output)

    def test_a_difference(self):
        with mock.patch.dict(os.environ, {"FAKE_SAYS": "DIFFER"}):
            status, output = self.fuzz("properties")
        self.assertEqual(status, 1, output)
        self.assertIn("again: scripts/repro build/artifacts/rapidcheck/file/rapidcheck.ops", output)

    def test_one_that_says_nothing(self):
        with mock.patch.dict(os.environ, {"FAKE_SAYS": ""}):
            status, output = self.fuzz("properties")
        self.assertEqual(status, 1, output)
        self.assertIn("COULD NOT RUN", output)


class PresentTargetsTest(unittest.TestCase):
    def test_every_target_has_seeds(self):
        for target in fuzz.TARGETS:
            self.assertTrue(os.listdir(fuzz.seeds_of(target)), target)
            self.assertIn(target, fuzz.LIMIT)

    def test_the_conditions_that_are_listed_are_there(self):
        listed = fuzz.listed_conditions()
        self.assertTrue(listed)
        for file, function, condition in listed:
            source = (fuzz.ROOT / "core" / file).read_text(encoding="utf-8")
            self.assertIn(f"{function}(", source)
            self.assertIn(condition, " ".join(source.split()))


if __name__ == "__main__":
    unittest.main()
