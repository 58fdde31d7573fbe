#!/usr/bin/env python3
"""Tests of proofs/spin/verify.py: what it makes of the output of a search, and that a planted bug is found in the model.

Run: python3 proofs/spin/verify_test.py
"""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import verify  # noqa: E402

SUMMARY = "State-vector 76 byte, depth reached 180, errors: {}\n   122736 states, stored\n"


class Judging(unittest.TestCase):
    def test_a_complete_search_without_errors_holds(self):
        self.assertEqual(verify.judge(SUMMARY.format(0))[0], "holds")

    def test_a_violated_assertion_refutes(self):
        self.assertEqual(verify.judge("pan:1: assertion violated (x) (at depth 3)\n" + SUMMARY.format(1))[0], "refuted")

    def test_a_cycle_refutes(self):
        self.assertEqual(verify.judge("pan:1: non-progress cycle (at depth 3)\n" + SUMMARY.format(1))[0], "refuted")

    def test_what_was_not_searched_to_the_end_is_undecided(self):
        for output in ("", "pan: reached -DMEMLIM bound\n", "Warning: Search not completed\n" + SUMMARY.format(0),
                       "error: max search depth too small\n" + SUMMARY.format(0), "pan:1: out of memory\n" + SUMMARY.format(0)):
            self.assertEqual(verify.judge(output)[0], "undecided", output)


@unittest.skipUnless(shutil.which("spin") and shutil.which("gcc"), "needs spin and gcc")
class Searching(unittest.TestCase):
    def planted(self, old, new):
        """The verdict of the first run on a model in which `old` is `new`."""
        text = verify.MODEL.read_text()
        self.assertIn(old, text)
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder, "model.pml")
            model.write_text(text.replace(old, new, 1))
            with mock.patch.multiple(verify, MODEL=model, FOLDER=Path(folder, "build")):
                return verify.search(verify.RUNS[0])["verdict"]

    def test_a_wrong_assertion_is_refuted(self):
        self.assertEqual(self.planted("assert(extent[at_] >= before_)", "assert(extent[at_] > before_ + 1)"), "refuted")

    def test_a_model_that_is_no_model_is_undecided(self):
        self.assertEqual(self.planted("proctype", "proc type"), "undecided")


if __name__ == "__main__":
    unittest.main()
