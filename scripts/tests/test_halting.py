"""Tests of scripts/verify --halting on a fake engine: two scenarios that hold, and two bugs that do not, unless the settings
say otherwise."""

from fakes import Mode
from rarena_lab import catalogue, findings
from rarena_lab.engines import BUG


class TestHalting(Mode):
    arguments = ("--halting",)

    def set_up(self):
        effort = {"checker": {"quick": {"exhaustive": True, "bound": 0}}}
        scenarios = tuple(catalogue.Scenario(name, ("none",), efforts=effort) for name in ("one", "two"))
        bugs = [catalogue.Bug(name, "code", scenario="one", freelist="none", found_by={"halting": {"invariant": "PRG-1"}})
                for name in ("no_helping", "crate_protocol")]
        bugs.append(catalogue.Bug("no_tags", "code", scenario="one", freelist="none"))
        self.finding = findings.Finding("checker", options={"at": {"thread": 1, "before": 4}}).write(self.folder / "a.json")
        self.monkeypatch.setattr(catalogue, "load", lambda: catalogue.Catalogue(scenarios, tuple(bugs)))

    def answer(self, words):
        bad = BUG in words and not self.settings.get("blind") or self.settings.get("hangs") in words
        return {"verdict": "violation" if bad else "held", "iterations": 5, "points": 2, "complete": True,
                "steps": {"allocate": self.settings.get("steps", 30)}, "invariant": "PRG-1" if bad else "",
                "message": "waits" if bad else "", "finding": str(self.finding)}

    def test_all_as_expected(self):
        status, output = self.verify()
        assert status == 0, output
        assert "| one | none | 2 | 5 | 30 | all executions |" in output
        assert "one none with crate_protocol: FOUND: PRG-1: thread 1 stopped after 4 steps: waits" in output
        assert "all as expected: 2 scenario runs, 2 of 2 bugs found" in output

    def test_a_scenario_that_hangs(self):
        status, output = self.verify(hangs="two")
        assert status == 1, output
        assert "two none: VIOLATED: PRG-1: thread 1 stopped after 4 steps" in output

    def test_a_bug_that_is_not_found(self):
        status, output = self.verify(blind=True)
        assert status == 1, output
        assert "NOT AS EXPECTED: one none with no_helping: held" in output

    def test_more_steps_than_are_stated(self):
        status, output = self.verify(steps=81)
        assert status == 1, output
        assert "steps {'allocate': 81}, at most 80" in output

    def test_an_engine_that_cannot_run(self):
        status, output = self.verify(breaks=True)
        assert status == 3, output
        assert "the engine is broken" in output

    def test_the_bugs_that_are_looked_for(self, monkeypatch):
        monkeypatch.undo()
        assert {bug.name for bug in catalogue.load().found_by("halting")} == {"no_helping", "crate_protocol"}
