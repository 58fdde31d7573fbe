#!/usr/bin/env python3
"""Tests of scripts/verify --crash on a fake engine.

Run: python3 scripts/lib/verify_crash_test.py
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import verify_crash  # noqa: E402
from verify_mode_fake import ModeTest  # noqa: E402

# Two scenarios that survive every crash, one of them too large; and bugs that do not, unless the environment says otherwise.
FAKE = """#!/usr/bin/env python3
import json, os, sys
arguments = sys.argv[1:]
if arguments[0] == "list":
    quick = {"exhaustive": True, "bound": 0, "random": 0}
    large = {"exhaustive": False, "bound": 9, "random": 0}
    scenarios = [{"scenario": "one", "freelist": "none", "quick": quick, "about": ""},
                 {"scenario": "large", "freelist": "none", "quick": large, "about": ""}]
    print(json.dumps({"scenarios": scenarios, "corpus": []}))
    sys.exit()
if os.environ.get("FAKE_BREAKS"):
    sys.exit("the engine is broken")
value = lambda name: arguments[arguments.index(name) + 1] if name in arguments else ""
bug = value("--defect") or value("--mutant")
bad = bug and bug != os.environ.get("FAKE_BLIND") or value("--crash") == os.environ.get("FAKE_LOSES")
ID = "SEG-2" if bug and bug == os.environ.get("FAKE_OTHER") else "REC-2"
result = {"verdict": "violation" if bad else "held", "iterations": 5, "exhaustive": value("--scheduler") != "bound",
          "invariant": ID if bad else "", "message": ID + ": lost" if bad else "", "artifact": "a.json",
          "crash": {"cuts": 1000, "files": 7, "recoveries": int(value("--page"))}}
print(json.dumps({"result": result}))
"""


class FakeEngine(ModeTest):
    FAKE = FAKE
    ARGUMENTS = ("--crash",)

    def test_all_as_expected(self):
        status, output = self.verify()
        self.assertEqual(status, 0, output)
        self.assertIn("| one | none | 5 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | all executions |", output)
        self.assertIn("| large | none | 5 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | bounded |", output)
        self.assertIn("power: flush_of_listed pessimistic with trusts_the_list: FOUND: REC-2: lost; scripts/repro a.json", output)
        self.assertIn("| all: moments | | | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | |", output)
        self.assertIn("| all: recoveries | | | 16 | 16 | 16 | 16 | 16 | 16 | 16 | 16 | |", output)
        files = ", ".join(f"{mode} 14" for mode in verify_crash.MODES)
        bugs = len(verify_crash.TWINS)
        self.assertIn(f"all as expected: 16 runs, files: {files}; {bugs} of {bugs} bugs found", output)

    def test_a_scenario_that_loses_bytes(self):
        status, output = self.verify(FAKE_LOSES="power")
        self.assertEqual(status, 1, output)
        self.assertIn("power: one none: VIOLATED: REC-2: lost", output)
        self.assertNotIn("kill: one none: VIOLATED", output)

    def test_every_bug_that_is_not_found_is_told(self):
        for twin in verify_crash.TWINS:
            status, output = self.verify(FAKE_BLIND=twin.defect or twin.mutant)
            self.assertEqual(status, 1, output)
            self.assertIn(f"NOT AS EXPECTED: {twin.mode}: {twin.scenario} {twin.freelist} {twin.defect or twin.mutant}: held", output)

    def test_a_bug_that_is_found_as_another(self):
        status, output = self.verify(FAKE_OTHER="no_confirmation")
        self.assertEqual(status, 1, output)
        self.assertIn("no_confirmation: violation SEG-2: lost", output)

    def test_pages_and_scenarios_of_ones_choice(self):
        status, output = self.verify("--page", "64", "--scenario", "one")
        self.assertEqual(status, 0, output)
        self.assertIn("| one | none | 5 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 7 |", output)
        self.assertIn("| all: recoveries | | | 64 | 64 |", output)
        self.assertNotIn("large", output)
        self.assertIn("all as expected: 8 runs, files: kill 7, power 7, failing 7, evicted 7, shrink 7, fork 7, create 7, copy 7; 0 of 0 bugs found", output)

    def test_an_engine_that_cannot_run(self):
        status, output = self.verify(FAKE_BREAKS="1")
        self.assertEqual(status, 3, output)
        self.assertIn("the engine is broken", output)


if __name__ == "__main__":
    unittest.main()
