#!/usr/bin/env python3
"""Tests of scripts/verify --kills on a fake engine, and that core/ORDERS.md is about the ledger and the scenarios as they are.

Run: python3 scripts/lib/verify_kills_test.py
"""

import os
import re
import sys
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import verify_kills  # noqa: E402
from verify_mode_fake import ModeTest  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
# Kills a weaker `head`; of `tail` it says why not if the environment has a reason; of `broken` it breaks its contract.
FAKE = """#!/usr/bin/env python3
import json, os, sys
def row(site, order, *mutants, why=""):
    return {"site": site, "order": order, "failure": "relaxed", "compare_exchange": site == "head", "partners": [], "why": "",
            "mutants": [{"name": f"weaken:{site}={m}", "order": m} for m in mutants], "why_not_killed": why}
if sys.argv[1] == "ledger":
    print(json.dumps([row("head", "acquire", "relaxed"), row("plain", "relaxed"),
                      row("tail", "release", "relaxed", why=os.environ.get("FAKE_REASON", ""))]))
elif sys.argv[1] == "list":
    quick = {"exhaustive": True, "bound": 0, "random": 0}
    print(json.dumps({"scenarios": [{"scenario": s, "freelist": "none", "quick": quick, "about": "about " + s} for s in ("one", "two")]}))
elif os.environ.get("FAKE_BREAKS"):
    print("nothing that anybody understands")
else:
    killed = "weaken:head=relaxed" in sys.argv and "one" in sys.argv
    print(json.dumps({"result": {"verdict": "violation" if killed else "held", "iterations": 7, "invariant": "SEG-3"}}))
"""


class FakeEngine(ModeTest):
    FAKE = FAKE
    ARGUMENTS = ("--kills", "--jobs", "2")

    def setUp(self):
        super().setUp()
        self.document = self.folder / "ORDERS.md"
        self.patch(mock.patch.object(verify_kills, "DOCUMENT", str(self.document)))

    def test_an_unexplained_survivor_fails(self):
        status, output = self.verify()
        self.assertEqual(status, 1, output)
        self.assertIn("| tail | release | relaxed | **SURVIVES, unexplained** |", output)
        self.assertIn("3 rows, 2 weakenings: 1 killed, 0 not killed with a reason, 1 unexplained.", output)

    def test_a_reason_explains(self):
        status, output = self.verify(FAKE_REASON="nobody reads it")
        self.assertEqual(status, 0, output)
        text = self.document.read_text()
        self.assertIn("| head | acquire / relaxed | relaxed | killed by one (none) after 7: SEG-3 |", text)
        self.assertIn("| plain | relaxed | | nothing is weaker |", text)
        self.assertIn("| tail | release | relaxed | not killed: nobody reads it |", text)
        self.assertIn("| one | head |", text)
        self.assertIn("| two | nothing; it is for: about two |", text)

    def test_a_part_is_not_the_document(self):
        status, _ = self.verify("--scenario", "one")
        self.assertEqual(status, 1, "tail survives there")
        self.assertFalse(self.document.exists())

    def test_an_engine_that_breaks_its_contract(self):
        status, output = self.verify(FAKE_BREAKS="1")
        self.assertEqual(status, 3, output)


class DocumentTest(unittest.TestCase):
    """That core/ORDERS.md was made from this ledger and these scenarios."""

    def setUp(self):
        self.text = (ROOT / "core/ORDERS.md").read_text(encoding="utf-8")

    def test_rows(self):
        ledger = re.findall(r'\{Site::(\w+), "\w+", Access::(\w+), Order::(\w+), Order::(\w+),',
                            (ROOT / "core/words/orders.hpp").read_text(encoding="utf-8"))
        expected = [(site, order + (f" / {failure}" if access == "compare_exchange" else ""))
                    for site, access, order, failure in ledger]
        found = re.findall(r"^\| (\w+) \| ([\w /]+) \| (?:\w+ )?\| ", self.text, re.MULTILINE)
        self.assertGreater(len(expected), 30)
        self.assertEqual(found, expected, "stale: scripts/verify --kills")

    def test_scenarios(self):
        scenarios = [name for file in sorted((ROOT / "models/scenarios").glob("*.hpp"))
                     for name in re.findall(r'\.name = "(\w+)"', file.read_text(encoding="utf-8"))]
        found = re.findall(r"^\| (\w+) \| (?!\w+ [|/])(?!kills)", self.text.split("## What each scenario kills")[1], re.MULTILINE)
        self.assertEqual(sorted(found), sorted(scenarios), "stale: scripts/verify --kills")

    def test_everything_is_explained(self):
        self.assertNotIn("SURVIVES", self.text)
        self.assertIn(" 0 unexplained.", self.text)


if __name__ == "__main__":
    unittest.main()
