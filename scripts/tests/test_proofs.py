#!/usr/bin/env python3
"""Tests of scripts/prove on fake provers.

Run: python3 scripts/lib/prove_test.py
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

import prove  # noqa: E402


def record(statement, verdict, tool="z3", **more):
    return {"statement": statement, "ids": ["SEG-1"], "tool": tool, "seconds": 1.5, "verdict": verdict, **more}


GOOD = [record("sorted", "holds", about="the list is sorted"), record("sorted", "holds", "cvc5"),
        record("mutant no_tags", "rejected", by="find_help/prev")]


class FakeProver(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "good_test.py").write_text("")
        (self.folder / "bad_test.py").write_text("raise SystemExit('a planted fault passed')")

    def prove(self, records, *arguments, status=0, test="good_test.py"):
        program = self.folder / "prover.py"
        program.write_text(f"import sys\nprint({json.dumps(chr(10).join(map(json.dumps, records)))})\n"
                           f"open({str(self.folder / 'arguments')!r}, 'w').write(' '.join(sys.argv[1:]))\nsys.exit({status})\n")
        provers = (prove.Prover("fake", str(program), str(self.folder / test), quick=("--quick",), full=("--full",)),)
        output = io.StringIO()
        with mock.patch.object(prove, "PROVERS", provers), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = prove.main(list(arguments))
        return status, output.getvalue()

    def test_all_as_expected(self):
        status, output = self.prove(GOOD)
        self.assertEqual(status, 0, output)
        self.assertIn("| sorted: the list is sorted | SEG-1 | cvc5+z3 | 3.0 | holds |", output)
        self.assertIn("| mutant no_tags | SEG-1 | z3 | 1.5 | rejected (by: find_help/prev) |", output)
        self.assertIn("all as expected: 2 of 2 statements hold, 1 of 1 mutants are rejected; ", output)
        self.assertEqual((self.folder / "arguments").read_text(), "--full")

    def test_theorems_and_their_mutants(self):
        status, output = self.prove([
            {"statement": "a take is one step", "theorem": "take_atomic", "ids": ["SEG-1"], "tool": "iris", "seconds": 3, "verdict": "proved"},
            {"mutant": "take_stores", "fails_at": "take_atomic", "why": "a plain store", "tool": "iris", "seconds": 2, "verdict": "rejected"}])
        self.assertEqual(status, 0, output)
        self.assertIn("| take_atomic: a take is one step | SEG-1 | iris | 3.0 | proved |", output)
        self.assertIn("| mutant take_stores: a plain store |  | iris | 2.0 | rejected (fails_at: take_atomic) |", output)

    def test_the_quick_part_says_so(self):
        status, output = self.prove(GOOD, "--quick", "--summary")
        self.assertEqual(status, 0, output)
        self.assertNotIn("| sorted", output)
        self.assertIn("spin ran small sizes only", output)
        self.assertEqual((self.folder / "arguments").read_text(), "--quick")

    def test_a_statement_that_one_tool_refutes(self):
        status, output = self.prove([*GOOD, record("sorted", "refuted", "vampire", failing=["a/b"])], "--summary", status=1)
        self.assertEqual(status, 1, output)
        self.assertIn("| refuted (failing: ['a/b']) |", output)
        self.assertIn("FAILED: 1 of 2 statements hold", output)

    def test_an_undecided_statement_does_not_hold(self):
        self.assertEqual(self.prove([*GOOD, record("other", "undecided")], status=1)[0], 1)

    def test_a_mutant_that_is_accepted(self):
        status, output = self.prove([*GOOD, record("mutant no_mark", "accepted")], status=1)
        self.assertEqual(status, 1, output)
        self.assertIn("1 of 2 mutants are rejected", output)

    def test_a_driver_that_accepts_planted_faults(self):
        status, output = self.prove(GOOD, test="bad_test.py")
        self.assertEqual(status, 1, output)
        self.assertIn("a planted fault passed", output)
        self.assertIn("| fake: tests of its driver |", output)

    def test_provers_that_cannot_be_believed(self):
        for records, status, why in ((GOOD, 3, "exit status 3"), (GOOD, 1, "exit status 1, and every verdict is good"),
                                     (GOOD[:2], 0, "no mutant was tried"), ([{"verdict": "holds"}], 0, "expected JSON with a statement")):
            result, output = self.prove(records, status=status)
            self.assertEqual(result, 3, output)
            self.assertIn(why, output)


if __name__ == "__main__":
    unittest.main()
