#!/usr/bin/env python3
"""Tests of scripts/verify --clients and --minimise on a fake engine.

Run: python3 scripts/lib/verify_clients_test.py
"""

import os
import sys
import unittest
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import verify_clients  # noqa: E402
from verify_mode_fake import ModeTest  # noqa: E402

# Every program holds, programs take longer with their calls, and what must be found is found, unless the environment says otherwise.
FAKE = """#!/usr/bin/env python3
import json, os, sys
def value(name):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else ""
def end(verdict, **more):
    result = {"verdict": verdict, "iterations": 7, "seconds": 0.5, "kind": "", "invariant": "", "message": "", "artifact": "", "program": "",
              "programs": 5, "before_symmetry": 9, "done": 5, "cut": 0, "outcomes": 4, "need_steps": 2, "unexplained": 1}
    print(json.dumps({"result": result | more}))
    sys.exit({"held": 0, "violation": 1, "incomplete": 2}[verdict])
bug = {"name": "no_tags", "scenario": "one", "freelist": "none", "scheduler": "exhaustive", "bound": 0}
if os.environ.get("FAKE_BREAKS"):
    sys.exit("the engine is broken")
if sys.argv[1] == "list":
    print(json.dumps({"scenarios": [], "corpus": [bug]}))
elif sys.argv[1] == "run":
    end(os.environ.get("FAKE_RUN", "violation"), invariant="FL-3", artifact=value("--artifact"))
elif sys.argv[1] == "minimise":
    size = {"program": "room 1; a 1", "threads": 1, "calls": 1, "parts": 0}
    end("violation", invariant="FL-3", artifact=value("--artifact"), to=size, interleaved=False, switches=1, old_reads=2, candidates=3,
        undecided=1, violating=4, all_seen=False, twin=os.environ.get("FAKE_TWIN", "held"), trace="thread 0 ...",
        **{"from": size | {"threads": 2, "calls": 4}})
elif "--mutant" in sys.argv or "--whole-calls" in sys.argv:
    wanted = {"no_tags": "FL-3", "no_confirmation": "SEG-2"}.get(value("--mutant"), "FL-4")
    blind = os.environ.get("FAKE_BLIND", "nothing") == value("--mutant")
    end("held" if blind else "violation", invariant=wanted, program="room 1; a 1", message="wrong", artifact="a.json")
elif int(value("--calls")) > 3:
    print(json.dumps({"progress": {"iterations": 3, "seconds": 1.0, "fraction": 0.5, "programs": 2, "of": 5}}))
    end("incomplete", done=2)
elif value("--start") == os.environ.get("FAKE_WRONG"):
    end("violation", invariant="SEG-1", program="room 1; a 1", message="overlap", artifact="")
else:
    end("held")
"""


class FakeEngine(ModeTest):
    FAKE = FAKE
    PATCHES = ((verify_clients, "MOST_CALLS", 2), (verify_clients, "SPOKEN", 0.0))

    def test_the_ladder_and_how_far_it_went(self):
        with mock.patch.object(verify_clients, "MOST_CALLS", 4):
            status, output = self.verify("--clients")
        self.assertEqual(status, 0, output)
        self.assertIn("| 2 | 3 | list | pessimistic | 5 | 9 | 7 | 0.5 | 4 | 2 | 1 | held |", output)
        self.assertIn("| 3 | 4 | owned | optimistic | 5 | 9 | 7 | 0.5 | 4 | 2 | 1 | part: 2 held, rest not run |", output)
        self.assertIn("2 threads: K = 3 complete: 70 programs (126 before symmetry), 98 executions", output)
        self.assertIn("3 threads: K = 3 complete: 35 programs", output)
        self.assertIn("More calls are not shown, but for the parts in the table.", output)
        self.assertIn("4 calls, list optimistic: 2 of 5 programs, 3 executions, about 1 s left if the others are as these", output)
        self.assertIn("2 threads, 2 calls, list pessimistic with missed_fit: FOUND: FL-4 in 'room 1; a 1': wrong", output)
        self.assertIn("all as expected: 63 runs, 4 that must be found wrong", output)

    def test_a_program_that_is_violated(self):
        status, output = self.verify("--clients", FAKE_WRONG="room")
        self.assertEqual(status, 1, output)
        self.assertIn("1 threads, 1 calls, room none: VIOLATED: SEG-1 in 'room 1; a 1': overlap", output)
        self.assertIn("2 threads: K = 0 complete", output)
        self.assertIn("NOT AS EXPECTED: 2 threads, 2 calls, room optimistic: VIOLATED", output)

    def test_a_bug_that_is_not_found(self):
        status, output = self.verify("--clients", FAKE_BLIND="missed_fit")
        self.assertEqual(status, 1, output)
        self.assertIn("NOT AS EXPECTED: 2 threads, 2 calls, list pessimistic with missed_fit: all programs held", output)

    def test_whole_calls_that_hold_would_show_a_blind_oracle(self):
        status, output = self.verify("--clients", FAKE_BLIND="")
        self.assertEqual(status, 1, output)
        self.assertIn("NOT AS EXPECTED: 2 threads, 2 calls, list optimistic against whole calls: all programs held", output)

    def test_an_engine_that_cannot_run(self):
        status, output = self.verify("--clients", FAKE_BREAKS="1")
        self.assertEqual(status, 3, output)
        self.assertIn("no result, status 1", output)


class Minimise(FakeEngine):
    def test_a_bug_gets_smaller(self):
        status, output = self.verify("--minimise", "no_tags")
        self.assertEqual(status, 0, output)
        self.assertIn("before:  2 threads, 4 calls, 0 parts: room 1; a 1", output)
        self.assertIn("after:   1 threads, 1 calls, 0 parts: room 1; a 1", output)
        self.assertIn("the simplest of the first 4, bounded, that violate: 1 context switches, 2 reads of old stores; no interleaving "
                      "explains it", output)
        self.assertIn("3 candidates, 1 of them not decided within the maximum of executions", output)
        self.assertIn("thread 0 ...", output)
        self.assertIn("| no_tags | FL-3 | 2 to 1 | 4 to 1 | 0 to 0 | 1 | 2 | 7 | 0.5 | held |", output)

    def test_a_program_that_fails_without_the_bug(self):
        status, output = self.verify("--minimise", "no_tags", FAKE_TWIN="violation")
        self.assertEqual(status, 1, output)
        self.assertIn("NOT AS EXPECTED: no_tags: FL-3 became FL-3, and without the bug: violation", output)

    def test_a_bug_that_is_not_found(self):
        status, output = self.verify("--minimise", "no_tags", FAKE_RUN="held")
        self.assertEqual(status, 1, output)
        self.assertIn("NOT AS EXPECTED: no_tags: not found: held", output)

    def test_a_bug_that_nobody_knows(self):
        status, output = self.verify("--minimise", "no_such")
        self.assertEqual(status, 3, output)
        self.assertIn('unknown bug "no_such"; known: no_tags', output)


if __name__ == "__main__":
    unittest.main()
