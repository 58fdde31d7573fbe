"""Tests of scripts/verify --crash on a fake engine: two scenarios that survive every crash, one of them too large; and bugs
that do not, unless the settings say otherwise."""

import pytest

from fakes import Mode, option
from rarena_lab import basics, catalogue
from rarena_lab.analyses import crash
from rarena_lab.engines import BUG

LARGE = {"exhaustive": False, "bound": 9, "random": 0}
PRESENT = catalogue.load()
BUGS = PRESENT.found_by("crash")
MODES = {bug: bug.found_by["crash"]["mode"] for bug in BUGS}  # one, or several
PLACES = [(bug, mode) for bug in BUGS for mode in ([MODES[bug]] if isinstance(MODES[bug], str) else MODES[bug])]


class TestCrash(Mode):
    arguments = ("--crash",)

    def set_up(self):
        scenarios = tuple(catalogue.Scenario(name, ("none",), efforts={"checker": {"quick": effort}})
                          for name, effort in (("one", {"exhaustive": True, "bound": 0}), ("large", LARGE)))
        self.monkeypatch.setattr(catalogue, "load", lambda: catalogue.Catalogue(scenarios, PRESENT.bugs))

    def answer(self, words):
        bug = option(words, BUG)
        bad = bug and bug != self.settings.get("blind") or option(words, "--mode") == self.settings.get("loses")
        name = "SEG-2" if bug and bug == self.settings.get("other") else "REC-2"
        return {"verdict": "violation" if bad else "held", "iterations": 5,
                "exhaustive": option(words, "--scheduler") != "bound",
                "invariant": name if bad else "", "message": f"{name}: lost" if bad else "", "finding": "a.json",
                "crash": {"cuts": 1000, "files": 7, "recoveries": int(option(words, "--page"))}}

    def test_all_as_expected(self):
        status, output = self.verify()
        assert status == 0, output
        assert "| one | none | 5 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | all executions |" in output
        assert "| large | none | 5 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | bounded |" in output
        output = output.replace(f"{basics.ROOT}/", "")
        assert "power: flush_of_listed pessimistic with trusts_the_list: FOUND: REC-2: lost; scripts/repro a.json" in output
        assert "| all: moments | | | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | 2,000 | |" in output
        assert "| all: recoveries | | | 16 | 16 | 16 | 16 | 16 | 16 | 16 | 16 | |" in output
        files = ", ".join(f"{mode} 14" for mode in crash.MODES)
        bugs = len(PLACES)
        assert f"all as expected: 16 runs, files: {files}; {bugs} of {bugs} bugs found" in output

    def test_a_scenario_that_loses_bytes(self):
        status, output = self.verify(loses="power")
        assert status == 1, output
        assert "power: one none: VIOLATED: REC-2: lost" in output
        assert "kill: one none: VIOLATED" not in output

    @pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
    def test_every_bug_that_is_not_found_is_told(self, bug):
        status, output = self.verify(blind=bug.name)
        assert status == 1, output
        for mode in (mode for other, mode in PLACES if other == bug):
            told = f"{mode}: {bug.scenario} {bug.freelist} with {bug.name}"
            assert f"NOT AS EXPECTED: {told}: held" in output or f"1 more like it: {told}" in output

    def test_there_are_seventeen(self):
        assert len(PLACES) == 17

    def test_equal_violations_are_one(self):
        output = self.verify(loses="power")[1]
        assert output.count("NOT AS EXPECTED: power: one none") == 1

    def test_a_bug_that_is_found_as_another(self):
        status, output = self.verify(other="no_confirmation")
        assert status == 1, output
        assert "with no_confirmation: violation SEG-2: lost" in output

    def test_pages_and_scenarios_of_ones_choice(self):
        status, output = self.verify("--page", "64", "--scenario", "one")
        assert status == 0, output
        assert "| one | none | 5 | 7 | 7 | 7 | 7 | 7 | 7 | 7 | 7 |" in output
        assert "| all: recoveries | | | 64 | 64 |" in output
        assert "large" not in output
        files = ", ".join(f"{mode} 7" for mode in crash.MODES)
        assert f"all as expected: 8 runs, files: {files}; 0 of 0 bugs found" in output

    def test_an_engine_that_cannot_run(self):
        status, output = self.verify(breaks=True)
        assert status == 3, output
        assert "the engine is broken" in output

