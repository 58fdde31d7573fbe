"""Tests of ctest_records: a program counts as many tests as it has, and one that crashed is not a pass."""

import json

import pytest

from rarena_lab import ctest_records


GOOGLETEST = """<testsuites><testsuite>
<testcase name="a" status="run" result="completed"/>
<testcase name="b" status="run" result="completed"><failure message="x"/></testcase>
<testcase name="c" status="run" result="skipped"/>
<testcase name="d" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""


class TestRecords:
    @pytest.fixture(autouse=True)
    def in_folder(self, tmp_path):
        self.folder = tmp_path

    def counts(self, cases, **records):
        for name, text in records.items():
            (self.folder / name.replace("__", ".")).write_text(text)
        junit = self.folder / "junit"
        junit.write_text("<testsuite>" + "".join(f'<testcase name="{n}" status="{s}"/>' for n, s in cases) + "</testsuite>")
        return ctest_records.counts(junit, self.folder)

    def test_without_records_each_counts_once(self):
        assert self.counts([("a", "run"), ("b", "fail"), ("c", "notrun"), ("d", "disabled")]) == [1, 1, 2]

    def test_a_program_counts_its_tests(self):
        assert self.counts([("a", "fail"), ("b", "run")], a__xml=GOOGLETEST) == [2, 1, 2]

    def test_pytest_counts_as_googletest(self):
        record = ('<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure/></testcase><testcase '
                  'name="c"><error/></testcase>'
                  '<testcase name="d"><skipped/></testcase></testsuite></testsuites>')
        assert self.counts([("a", "fail")], a__xml=record) == [1, 2, 1]

    def test_a_program_that_failed_without_a_failed_test_is_a_failure(self):
        passed = '<testsuites><testsuite><testcase name="a" result="completed"/></testsuite></testsuites>'
        assert self.counts([("a", "fail")], a__xml=passed) == [1, 1, 0]

    def test_a_program_that_crashed_left_no_record_or_half_of_one(self):
        assert self.counts([("a", "fail")]) == [0, 1, 0]
        assert self.counts([("a", "fail")], a__xml="<testsuites><test") == [0, 1, 0]

    def test_an_engine_counts_scenarios_and_bugs(self):
        report = {"engines": [{"scenarios": [{"verdict": "held"}, {"verdict": "violation"}]}],
                  "bugs": [{"engines": {"x": {"verdict": "held"}, "y": {"expect": "not_found"}}}]}
        assert self.counts([("a", "fail")], a__json=json.dumps(report)) == [2, 1, 0]

    def test_nothing_ran(self):
        assert self.counts([]) == [0, 0, 0]

