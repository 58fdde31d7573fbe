#!/usr/bin/env python3
"""Tests of test_records: a program counts as many tests as it has, and one that crashed is not a pass."""

import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import test_records  # noqa: E402

GOOGLETEST = """<testsuites><testsuite>
<testcase name="a" status="run" result="completed"/>
<testcase name="b" status="run" result="completed"><failure message="x"/></testcase>
<testcase name="c" status="run" result="skipped"/>
<testcase name="d" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""


class Records(unittest.TestCase):
    def counts(self, cases, **records):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in records.items():
                with open(os.path.join(folder, name.replace("__", ".")), "w", encoding="utf-8") as file:
                    file.write(text)
            junit = os.path.join(folder, "junit")
            with open(junit, "w", encoding="utf-8") as file:
                file.write("<testsuite>" + "".join(f'<testcase name="{n}" status="{s}"/>' for n, s in cases) + "</testsuite>")
            return test_records.counts(junit, folder)

    def test_without_records_each_counts_once(self):
        self.assertEqual(self.counts([("a", "run"), ("b", "fail"), ("c", "notrun"), ("d", "disabled")]), [1, 1, 2])

    def test_a_program_counts_its_tests(self):
        self.assertEqual(self.counts([("a", "fail"), ("b", "run")], a__xml=GOOGLETEST), [2, 1, 2])

    def test_a_program_that_failed_without_a_failed_test_is_a_failure(self):
        passed = '<testsuites><testsuite><testcase name="a" result="completed"/></testsuite></testsuites>'
        self.assertEqual(self.counts([("a", "fail")], a__xml=passed), [1, 1, 0])

    def test_a_program_that_crashed_left_no_record_or_half_of_one(self):
        self.assertEqual(self.counts([("a", "fail")]), [0, 1, 0])
        self.assertEqual(self.counts([("a", "fail")], a__xml="<testsuites><test"), [0, 1, 0])

    def test_an_engine_counts_scenarios_and_bugs(self):
        report = {"engines": [{"scenarios": [{"verdict": "held"}, {"verdict": "violation"}]}],
                  "corpus": [{"engines": {"x": {"verdict": "held"}, "y": {"expect": "not_found"}}}]}
        self.assertEqual(self.counts([("a", "fail")], a__json=json.dumps(report)), [2, 1, 0])

    def test_nothing_ran(self):
        self.assertEqual(self.counts([]), [0, 0, 0])


if __name__ == "__main__":
    unittest.main()
