#!/usr/bin/env python3
"""Tests of scripts/verify --halting on a fake engine.

Run: python3 scripts/lib/verify_halting_test.py
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from verify_mode_fake import ModeTest  # noqa: E402

# Two scenarios that hold, and two bugs that do not, unless the environment says otherwise.
FAKE = """#!/usr/bin/env python3
import json, os, sys
quick = {"exhaustive": True, "bound": 0, "random": 0}
scenarios = [{"scenario": s, "freelist": "none", "quick": quick, "about": ""} for s in ("one", "two")]
corpus = [{"name": n, "scenario": "one", "freelist": "none"} for n in ("no_helping", "crate_protocol", "no_tags")]
if sys.argv[1] == "list":
    print(json.dumps({"scenarios": scenarios, "corpus": corpus}))
    sys.exit()
bad = "--mutant" in sys.argv and not os.environ.get("FAKE_BLIND") or os.environ.get("FAKE_HANGS") in sys.argv
steps = int(os.environ.get("FAKE_STEPS", "30"))
if os.environ.get("FAKE_BREAKS"):
    sys.exit("the engine is broken")
result = {"verdict": "violation" if bad else "held", "iterations": 5, "points": 2, "complete": True, "steps": {"allocate": steps},
          "invariant": "PRG-1" if bad else "", "message": "waits" if bad else "", "artifact": "a.json",
          "halting": {"thread": 1, "before": 4}}
print(json.dumps({"result": result}))
"""


class FakeEngine(ModeTest):
    FAKE = FAKE
    ARGUMENTS = ("--halting",)

    def test_all_as_expected(self):
        status, output = self.verify()
        self.assertEqual(status, 0, output)
        self.assertIn("| one | none | 2 | 5 | 30 | all executions |", output)
        self.assertIn("one none with crate_protocol: FOUND: PRG-1: thread 1 stopped after 4 steps: waits", output)
        self.assertIn("all as expected: 2 scenario runs, 2 bugs", output)

    def test_a_scenario_that_hangs(self):
        status, output = self.verify(FAKE_HANGS="two")
        self.assertEqual(status, 1, output)
        self.assertIn("two none: VIOLATED: PRG-1: thread 1 stopped after 4 steps", output)

    def test_a_bug_that_is_not_found(self):
        status, output = self.verify(FAKE_BLIND="1")
        self.assertEqual(status, 1, output)
        self.assertIn("NOT AS EXPECTED: one none no_helping: held", output)

    def test_more_steps_than_are_stated(self):
        status, output = self.verify(FAKE_STEPS="81")
        self.assertEqual(status, 1, output)
        self.assertIn("steps {'allocate': 81}, at most 80", output)

    def test_an_engine_that_cannot_run(self):
        status, output = self.verify(FAKE_BREAKS="1")
        self.assertEqual(status, 3, output)
        self.assertIn("the engine is broken", output)


if __name__ == "__main__":
    unittest.main()
