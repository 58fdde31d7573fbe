#!/usr/bin/env python3
"""Tests of scripts/promote and of what ctest runs of models/regressions, on fake engines.

Run: python3 scripts/lib/promote_test.py
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

import promote  # noqa: E402
import regression  # noqa: E402

HISTORY = "rarena operations 1\n# SEG-2: 8 bytes too few\narena freelist=optimistic capacity=600\nalloc 100\n"
REPRO = '#!/bin/sh\necho "repro $*" >> "$FAKE_LOG"\nexit "$FAKE_STATUS"\n'


class FakeRepository(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        patch = mock.patch.object(promote, "ROOT", self.root)
        patch.start()
        self.addCleanup(patch.stop)
        self.log = self.root / "log"
        self.log.touch()
        self.write("scripts/repro", REPRO).chmod(0o755)
        self.write("scripts/fuzz", REPRO.replace("repro", "fuzz")).chmod(0o755)

    def write(self, path, content):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            content = json.dumps(content)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def told(self, module, *arguments, status="0"):
        """Exit status and output."""
        output = io.StringIO()
        own = {"FAKE_LOG": str(self.log), "FAKE_STATUS": status}
        with mock.patch.dict(os.environ, own), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                found = module.main([str(argument) for argument in arguments])
            except SystemExit as error:
                found = error.code
        return found, output.getvalue()

    def promote(self, file, name="an_overlap", status="0"):
        return self.told(promote, file, "--name", name, status=status)


class PromoteTest(FakeRepository):
    def test_a_history(self):
        file = self.write("build/artifacts/op_sequence-1.ops", HISTORY)
        status, output = self.promote(file)
        self.assertEqual(status, 0, output)
        self.assertEqual((self.root / "fuzz/op_sequence/corpus/an_overlap.ops").read_text(), HISTORY)
        self.assertIn("an_overlap.ops: ctest fuzz.op_sequence.corpus fails until it is repaired", output)
        self.assertEqual(self.log.read_text(), f"repro {file}\n")

    def test_an_execution_of_each_model_engine(self):
        for engine in promote.MODEL_ENGINES:
            file = self.write("a.json", {"engine": engine, "mutant": "", "scenario": "churn"})
            status, output = self.promote(file, f"of_{engine}", status="1")
            self.assertEqual(status, 0, output)
            self.assertEqual((self.root / f"models/regressions/of_{engine}.json").read_text(), file.read_text())
            self.assertIn(f"ctest regression.of_{engine} holds", output)

    def test_a_name_is_not_taken_twice(self):
        file = self.write("a.ops", HISTORY)
        self.assertEqual(self.promote(file)[0], 0)
        status, output = self.promote(file)
        self.assertEqual(status, 3)
        self.assertIn("expected a new name, found fuzz/op_sequence/corpus/an_overlap.ops", output)

    def test_what_cannot_be_replayed_becomes_no_test(self):
        for file in (self.write("a.ops", HISTORY), self.write("a.json", {"engine": "checker", "mutant": ""})):
            status, output = self.promote(file, status="3")
            self.assertEqual(status, 3, output)
        self.assertFalse((self.root / "models/regressions").exists())
        self.assertFalse((self.root / "fuzz").exists())

    def test_bytes_of_reopen_are_for_scripts_fuzz(self):
        file = self.write("build/artifacts/fuzz/reopen/crash-1", b"\x00\x01\xff\xfe")
        self.assertEqual(self.promote(file, status="1")[0], 1, "its status is that of scripts/fuzz")
        self.assertEqual(self.log.read_text(), f"fuzz promote reopen {file} --name an_overlap\n")

    def test_bytes_of_other_targets_have_a_better_artifact(self):
        for target, expected in (("schedule", "JSON file"), ("op_sequence", ".ops file")):
            status, output = self.promote(self.write(f"build/artifacts/fuzz/{target}/crash-1", b"\x00\xff"))
            self.assertEqual(status, 1)
            self.assertIn(f"bytes of the target {target}; expected the {expected}", output)
        self.assertEqual(self.log.read_text(), "")

    def test_a_seeded_bug_is_refused(self):
        status, output = self.promote(self.write("a.json", {"engine": "schedule", "mutant": "no_tags"}))
        self.assertEqual(status, 1)
        self.assertIn("refused: it shows the seeded bug no_tags, not the shipped code", output)
        self.assertEqual(self.promote(self.write("a.json", {"engine": "schedule"}))[0], 3)

    def test_real_threads_are_refused(self):
        settings = {"mutant": "", "backing": "file", "freelist": "pessimistic", "threads": 4, "seed": 7, "hesitate": 0}
        status, output = self.promote(self.write("a.json", {"engine": "churn", "settings": settings}))
        self.assertEqual(status, 1)
        self.assertIn("does not repeat", output)
        self.assertIn("scripts/stress churn --backing file --freelist pessimistic --threads 4 --seed 7\n", output)

    def test_kills_are_refused(self):
        cycle = self.write("build/artifacts/kill_reopen/violation-1/cycle.json", {"run": "--seed 7 --kills 5"})
        for artifact in (cycle, cycle.parent):
            status, output = self.promote(artifact)
            self.assertEqual(status, 1)
            self.assertIn("again: scripts/stress kill_reopen --seed 7 --kills 5; ", output)
            self.assertIn("scripts/stress kill_reopen check build/artifacts/kill_reopen/violation-1", output)

    def test_what_is_no_artifact(self):
        for name, content in (("a.json", "no"), ("a.ops", "alloc 1"), ("c.json", "[]"),
                              ("b.json", {"engine": "none_such", "mutant": ""})):
            self.assertEqual(self.promote(self.write(name, content))[0], 3, name)
        self.assertEqual(self.promote(self.root)[0], 3)
        self.assertEqual(self.promote(self.root / "none")[0], 3)
        self.assertEqual(self.promote(self.write("a.ops", HISTORY), "../out")[0], 2)


class RegressionTest(FakeRepository):
    def regression(self, says, status, artifact=None):
        engine = self.write("engine", f"#!/bin/sh\necho \"$*\" >> \"$FAKE_LOG\"\necho 'it is {says}'\nexit {status}\n")
        engine.chmod(0o755)
        file = self.write("r.json", artifact or {"engine": "relacy", "mutant": ""})
        return self.told(regression, file, f"relacy={engine}", "checker=/none")

    def test_it_holds_if_the_violation_is_not_reproduced(self):
        self.assertEqual(self.regression("NOT reproduced: expected SEG-1, got no violation", 1)[0], 0)
        self.assertEqual(self.log.read_text(), f"repro {self.root}/r.json\n")
        self.assertEqual(self.regression("NOT reproduced", 1)[0], 0, "the checker says no more")
        self.assertEqual(self.regression("first difference: datum 33: expected book 0, found book 9\nNOT reproduced", 1)[0], 3)

    def test_it_fails_if_it_is(self):
        self.assertEqual(self.regression("reproduced: SEG-1", 0)[0], 1)

    def test_it_fails_if_something_else_is_violated(self):
        status, output = self.regression("NOT reproduced: expected SEG-1, got FL-1: out of order", 1)
        self.assertEqual(status, 1)
        self.assertIn("expected no violation, found FL-1: out of order", output)

    def test_it_fails_if_it_could_not_run(self):
        self.assertEqual(self.regression("unusable", 3)[0], 3)
        self.assertEqual(self.regression("killed", 139)[0], 3)
        self.assertEqual(self.regression("", 1, {"engine": "checker", "mutant": ""})[0], 3, "no such program")
        self.assertEqual(self.regression("", 1, {"engine": "churn", "mutant": ""})[0], 3)
        self.assertEqual(self.regression("", 1, {"engine": "relacy", "mutant": "no_tags"})[0], 3)
        self.assertEqual(self.told(regression)[0], 3)


class PresentRegressionsTest(unittest.TestCase):
    def test_they_are_executions_of_the_shipped_code(self):
        files = list((promote.ROOT / "models/regressions").glob("*.json"))
        self.assertTrue(files)
        for file in files:
            artifact = json.loads(file.read_text(encoding="utf-8"))
            self.assertIn(artifact["engine"], promote.MODEL_ENGINES, file.name)
            self.assertEqual(artifact["mutant"], "", file.name)


if __name__ == "__main__":
    unittest.main()
