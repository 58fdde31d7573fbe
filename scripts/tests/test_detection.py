#!/usr/bin/env python3
"""Tests of scripts/detect: what it reads of the corpus, what each engine is asked and how its answer counts, on fake programs;
and that models/DETECTION.md is of the present corpus.

Run: python3 scripts/lib/detect_test.py
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import detect  # noqa: E402

CORPUS = '''
    lying("missed_fit", "an allocation overlooks the one that fits", "abandoned_unlink",
          Freelist::pessimistic, Lie::empty_extents, false),
    lying("no_validation", "a load repeats the value read before", "descriptor_reuse", Freelist::pessimistic,
          Lie::repeat_validation, false),
    weakened("bump_relaxed", "the CAS is relaxed", "cursor_hand_over", Freelist::none,
             {{Site::cursor_take, Order::relaxed}}),
    Mutant{.name = "crate_protocol",
           .about = "the Rust crate's list: for ever",
           .scenario = "recycle",
           .kind = Freelist::optimistic,
           .variant = VariantName::crate_protocol}
        .with({{Site::claim_mark, Order::acq_rel}}),
'''

RAPIDCHECK = """#!/bin/sh
echo "$RARENA_MUTANT $RC_PARAMS" >> "$FAKE_LOG"
case $FAKE in
  found) echo "rapidcheck: $RARENA_MUTANT: 3 sequences, 40 operations: found as FL-4: too small"; exit 1 ;;
  none) echo "rapidcheck: $RARENA_MUTANT: 300 sequences, 500 operations: not found"; sleep 0.4; exit 1 ;;
  *) echo "Segmentation fault"; exit 139 ;;
esac
"""
LIBFUZZER = """#!/bin/sh
echo "$RARENA_MUTANT$RARENA_SCENARIO $*" >> "$FAKE_LOG"
case $FAKE in
  found) printf 'FOUND: SEG-1: an overlap\\nstat::number_of_executed_units: 12\\n' >&2; exit 77 ;;
  seed) printf '==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\\n' >&2; exit 1 ;;
  none) printf '#900\\tDONE cov: 5\\nstat::number_of_executed_units: 900\\n' >&2 ;;
  *) exit 9 ;;
esac
"""
CHURN = """#!/usr/bin/env python3
import json, os, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
open(os.environ["FAKE_LOG"], "a").write(" ".join(sys.argv[1:]) + "\\n")
fake = os.environ["FAKE"]
if fake == "broken":
    sys.exit(66)
told = {"operations": 7000, "seconds": 1.5, "result": "not found"}
if fake == "found":
    told.update(result="found", invariant="SEG-3")
json.dump(told, open(options["--json"], "w"))
sys.exit(fake != "found")
"""
MODEL_CHECKER = """#!/usr/bin/env python3
import json, os, sys
if sys.argv[1] == "list":
    print(json.dumps({"engine": "NAME", "scenarios": [], "corpus": [
        {"name": "missed_fit", "about": "", "scenario": "abandoned_unlink", "freelist": "pessimistic", "scheduler": "random",
         "bound": 0, "first": 1, "iterations": 50, "invariant": "FL-4", "expect": "violation", "not_found_reason": ""},
        {"name": "no_validation", "about": "", "scenario": "descriptor_reuse", "freelist": "pessimistic", "scheduler": "",
         "bound": 0, "first": 0, "iterations": 0, "invariant": "", "expect": "not_found", "not_found_reason": "too deep"}]}))
    sys.exit(0)
open(os.environ["FAKE_LOG"], "a").write(" ".join(sys.argv[1:]) + "\\n")
fake = os.environ["FAKE"]
print(json.dumps({"progress": {"iterations": 1, "seconds": 0.1}}))
result = {"verdict": "held", "iterations": 50, "seconds": 2.0, "artifact": ""}
if fake == "found":
    result.update(verdict="violation", iterations=4, invariant="FL-4")
if fake == "broken":
    sys.exit(139)
print(json.dumps({"result": result}))
sys.exit(fake == "found")
"""


class FakeEngines(unittest.TestCase):
    """A repository with a corpus of four bugs, and a fake for every program."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        self.log = self.root / "log"
        for patch in (mock.patch.object(detect, "ROOT", self.root), mock.patch.object(detect.verify_engine, "ROOT", self.root),
                      mock.patch.dict(os.environ, {"FAKE_LOG": str(self.log), "FAKE": "found"})):
            patch.start()
            self.addCleanup(patch.stop)
        for name in ("RARENA_CHECKER_ENGINE", "RARENA_RELACY_ENGINE"):
            os.environ.pop(name, None)
        self.write(detect.CORPUS, CORPUS)
        self.write("build/dev/fuzz/op_sequence/rapidcheck_tests", RAPIDCHECK)
        for name in ("op_sequence_canary_fuzzer", "schedule_fuzzer"):
            self.write(f"build/fuzz/fuzz/{name}", LIBFUZZER)
        for preset in ("tsan", "asan"):
            self.write(f"build/{preset}/stress/churn", CHURN)
        for name, path in (("checker", "checker_engine/checker_engine"), ("relacy", "relacy/relacy_engine")):
            self.write(f"build/dev/models/{path}", MODEL_CHECKER.replace("NAME", name))

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)

    def detect(self, *arguments, fake="found"):
        """Exit status and output."""
        output = io.StringIO()
        with (mock.patch.dict(os.environ, {"FAKE": fake}), contextlib.redirect_stdout(output),
              contextlib.redirect_stderr(output)):
            try:
                status = detect.main([str(argument) for argument in arguments])
            except SystemExit as error:
                status = error.code
        return status, output.getvalue()

    def logged(self):
        return self.log.read_text().splitlines()


class CellTest(FakeEngines):
    def test_rapidcheck(self):
        status, output = self.detect("--engine", "rapidcheck", "--bug", "missed_fit", "--seed", 5)
        self.assertEqual(status, 0, output)
        self.assertIn("RapidCheck missed_fit: found as FL-4 after 40 operations", output)
        self.assertEqual(self.logged(), ["missed_fit max_success=300 seed=5"])

    def test_rapidcheck_goes_on_with_the_next_seed_until_the_time_is_up(self):
        status, output = self.detect("--engine", "rapidcheck", "--bug", "missed_fit", "--seconds", 1, fake="none")
        self.assertEqual(status, 1, output)
        self.assertIn(f"not found in {500 * len(self.logged()):,} operations", output)
        self.assertGreater(len(self.logged()), 1)
        self.assertEqual(self.logged()[1], "missed_fit max_success=300 seed=2")
        self.assertIn("found by nobody: missed_fit", output)

    def test_libfuzzer(self):
        status, output = self.detect("--engine", "op_sequence", "--engine", "schedule", "--bug", "missed_fit", "--seconds", 3)
        self.assertEqual(status, 0, output)
        self.assertIn("op_sequence missed_fit: found as SEG-1 after 12 inputs", output)
        by_operations, by_schedule = self.logged()
        self.assertRegex(by_operations, r"^missed_fit -seed=1 -max_total_time=3 .*/corpus \S+/fuzz/op_sequence/corpus$")
        self.assertRegex(by_schedule, r"^abandoned_unlink:pessimistic:missed_fit -seed=1( \S+){4} \S+/missed_fit/corpus$")

    def test_a_finding_in_the_seeds_counts_as_one(self):
        output = self.detect("--engine", "op_sequence", "--bug", "missed_fit", fake="seed")[1]
        self.assertIn("found as heap-use-after-free on address 0x1 after 1 inputs", output)

    def test_libfuzzer_finds_nothing(self):
        status, output = self.detect("--engine", "schedule", "--bug", "bump_relaxed", fake="none")
        self.assertEqual(status, 1, output)
        self.assertIn("not found in 900 inputs", output)

    def test_churn(self):
        status, output = self.detect("--engine", "tsan", "--engine", "asan", "--bug", "no_validation", "--seconds", 8)
        self.assertEqual(status, 0, output)
        self.assertIn("TSan stress no_validation: found as SEG-3 after 7,000 operations, 1.50 s", output)
        self.assertRegex(self.logged()[0], "^--mutant no_validation --seconds 8 --seed 1 --stall-seconds 6 ")
        self.assertIn("--stall-seconds 2 ", self.logged()[1])
        output = self.detect("--engine", "asan", "--bug", "no_validation", fake="none")[1]
        self.assertIn("not found in 7,000 operations", output)

    def test_model_checkers(self):
        status, output = self.detect("--engine", "relacy", "--engine", "checker", "--bug", "missed_fit")
        self.assertEqual(status, 0, output)
        self.assertIn("Relacy missed_fit: found as FL-4 after 4 iterations", output)
        self.assertIn("checker missed_fit: found as FL-4 after 4 executions", output)
        self.assertIn("--mutant missed_fit --scheduler random --first 1 --iterations 50", self.logged()[0])
        self.assertIn("not found in 50 executions", self.detect("--engine", "checker", "--bug", "missed_fit", fake="none")[1])
        self.assertIn("does not apply: too deep", self.detect("--engine", "checker", "--bug", "no_validation")[1])

    def test_what_one_thread_cannot_show_does_not_run(self):
        for bug, reason in (("no_validation", detect.RACE), ("bump_relaxed", detect.ORDERS),
                            ("crate_protocol", detect.UNKNOWN_LIST)):
            status, output = self.detect("--engine", "rapidcheck", "--engine", "op_sequence", "--bug", bug)
            self.assertEqual(status, 1)
            self.assertIn(f"op_sequence {bug}: does not apply: {reason}", output)
        self.assertFalse(self.log.exists())

    def test_a_program_that_breaks_is_no_verdict(self):
        for engine in detect.ENGINES:
            status, output = self.detect("--engine", engine.name, "--bug", "missed_fit", fake="broken")
            self.assertEqual(status, 3, output)
            self.assertIn("1 of 1 cells could not run", output)

    def test_without_a_program_it_cannot_run(self):
        (self.root / "build/tsan/stress/churn").unlink()
        status, output = self.detect("--engine", "tsan", "--bug", "missed_fit")
        self.assertEqual(status, 3)
        self.assertIn("No such file", output)


class TableTest(FakeEngines):
    def test_the_document(self):
        listed = MODEL_CHECKER.replace('"corpus": [', '"corpus": [' + "".join(
            json.dumps({"name": name, "about": "", "scenario": "recycle", "freelist": "none", "scheduler": "random", "bound": 0,
                        "first": 1, "iterations": 50, "invariant": "FL-4", "expect": "violation", "not_found_reason": ""}) + ","
            for name in ("bump_relaxed", "crate_protocol")))
        self.write("build/dev/models/checker_engine/checker_engine", listed.replace("NAME", "checker"))
        self.write("build/dev/models/relacy/relacy_engine", listed.replace("NAME", "relacy"))
        document, report = self.root / "T.md", self.root / "T.json"
        status, output = self.detect("--markdown", document, "--json", report, "--seconds", 4)
        self.assertEqual(status, 0, output)
        text = document.read_text()
        self.assertIn("`scripts/detect --seconds 4 --seed 1 --markdown FILE`", text)
        self.assertRegex(text, r"\n\| missed_fit \| FL-4, 40, \S+ s \| SEG-1, 12, \S+ s \|")
        self.assertRegex(text, r"\n\| no_validation \| \(a\) \| \(a\) \| SEG-1")
        self.assertIn(f"- (a) does not apply: {detect.RACE}\n", text)
        self.assertTrue(text.endswith("\nfound by nobody: none\n"))
        told = json.loads(report.read_text())
        self.assertEqual(told["found_by_nobody"], [])
        self.assertEqual(told["bugs"][0]["cells"]["relacy"]["count"], 4)

    def test_no_document_of_a_part_or_of_what_could_not_run(self):
        document = self.root / "T.md"
        self.assertEqual(self.detect("--markdown", document, "--bug", "missed_fit")[0], 2)
        self.assertEqual(self.detect("--markdown", document, fake="broken")[0], 3)
        self.assertFalse(document.exists())


class OptionsTest(FakeEngines):
    def test_what_is_built(self):
        self.assertEqual(self.detect("--builds", "--help"), (0, ""))
        self.assertEqual(self.detect("--builds", "--list"), (0, ""))
        told = self.detect("--builds", "--engine", "tsan", "--engine", "schedule")
        self.assertEqual(told, (0, "fuzz schedule_fuzzer\ntsan churn\n"))

    def test_list(self):
        status, output = self.detect("--list")
        self.assertEqual(status, 0)
        self.assertIn("bump_relaxed         cursor_hand_over, none: orders", output)

    def test_wrong_use(self):
        for arguments in (["--engine", "none_such"], ["--bug", "none_such"], ["--seconds", "0"], ["fly"]):
            self.assertEqual(self.detect(*arguments)[0], 2, arguments)


class PresentCorpusTest(unittest.TestCase):
    def setUp(self):
        self.text = (detect.ROOT / detect.CORPUS).read_text(encoding="utf-8")
        self.names = re.findall(r'(?:\blying\(|\bweakened\(|Mutant\{\.name = )\s*"(\w+)"', self.text)

    def test_every_bug_is_read(self):
        self.assertEqual([bug.name for bug in detect.corpus()], self.names)
        self.assertGreater(len(self.names), 10)

    def test_the_document_has_every_bug_and_each_is_found(self):
        lines = (detect.ROOT / "models/DETECTION.md").read_text(encoding="utf-8").splitlines()
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
        head = next(i for i, row in enumerate(rows) if row[0] == "bug")
        self.assertEqual(rows[head][1:], [engine.title for engine in detect.ENGINES])
        rows = rows[head + 2:]
        self.assertEqual([row[0] for row in rows], self.names, "expected a row for each bug: scripts/detect --markdown")
        for row in rows:
            self.assertEqual(len(row), len(detect.ENGINES) + 1, row[0])
            found = [cell for cell in row[1:] if re.fullmatch(r"\S.*, [\d,]+, [\d.]+ s", cell)]
            self.assertTrue(found, f"nobody found {row[0]}")
        self.assertEqual(lines[-1], "found by nobody: none")


if __name__ == "__main__":
    unittest.main()
