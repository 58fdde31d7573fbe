"""Tests of the catalogue: what is made of its files, and that the present ones fit together."""

import json

import pytest

from rarena_lab import basics, catalogue, detection
from rarena_lab.engines import NAMES

DEFAULTS = {"checker": {"quick": {"exhaustive": True}, "full": {"exhaustive": True}},
            "relacy": {"quick": {"bound": 2}, "full": {"bound": 3}}}
ENTRY = {"name": "split", "freelists": ["none"], "program": "room 3; a 1 | a 1 | f 0", "about": "two splits",
         "not_shown": "more"}
BUG = {"name": "no_tags", "kind": "code", "about": "no tags", "scenario": "split", "freelist": "none",
       "plant": {"lie": "frozen_tags"},
       "found_by": {"checker": {"scheduler": "exhaustive", "invariant": "FL-3"}}, "not_found_by": {"relacy": "too deep"}}


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "SCENARIOS", tmp_path / "scenarios.json")
    monkeypatch.setattr(catalogue, "BUGS", tmp_path / "bugs.json")

    def load(scenarios=(ENTRY,), bugs=(BUG,), text=None):
        catalogue.SCENARIOS.write_text(text or json.dumps({"efforts": DEFAULTS, "scenarios": list(scenarios)}))
        catalogue.BUGS.write_text(json.dumps({"bugs": list(bugs)}))
        return catalogue.load.__wrapped__()
    return load


def test_what_is_made_of_an_entry(load):
    known = load([ENTRY | {"efforts": {"relacy": {"quick": {"bound": 9}}}}])
    scenario, = known.scenarios
    assert (scenario.threads, scenario.freelists, scenario.about) == (3, ("none",), "two splits")
    assert scenario.efforts == {"checker": DEFAULTS["checker"], "relacy": {"quick": {"bound": 9}, "full": {"bound": 3}}}
    bug, = known.bugs
    assert (bug.scenario, bug.found_by["checker"]["invariant"], bug.not_found_by["relacy"]) == ("split", "FL-3", "too deep")
    assert (known.scenario_names, known.bug_names, known.found_by("crash")) == (["split"], ["no_tags"], [])


def test_bugs_of_other_kinds_are_not_the_engines(load):
    assert load(bugs=[BUG | {"kind": "recovery"}]).bug_names == []


@pytest.mark.parametrize("more", [{"scenarios": [{"name": "split"}]}, {"bugs": [{"name": "no_tags"}]}, {"text": "{"},
                                  {"text": "{}"}])
def test_what_is_no_catalogue(load, more):
    with pytest.raises(basics.CannotRun):
        load(**more)


def test_without_files(load):
    with pytest.raises(basics.CannotRun, match="cannot read"):
        catalogue.load.__wrapped__()


class TestPresent:
    """The files of the repository."""

    @pytest.fixture(autouse=True)
    def present(self):
        self.known = catalogue.load()

    def test_they_are_many_and_no_name_comes_twice(self):
        assert len(self.known.scenarios) >= 30 and len(self.known.bug_names) >= 19
        assert len(set(self.known.scenario_names)) == len(self.known.scenarios)
        assert len({bug.name for bug in self.known.bugs}) == len(self.known.bugs)

    def test_bugs_are_of_scenarios_that_there_are(self):
        freelists = {scenario.name: scenario.freelists for scenario in self.known.scenarios}
        for bug in self.known.bugs:
            if bug.kind == "code" or "crash" in bug.found_by:
                assert bug.freelist in catalogue.FREELISTS, bug.name
                assert bug.scenario in freelists, bug.name

    def test_every_engine_finds_a_bug_of_the_code_or_says_why_not(self):
        for bug in self.known.code_bugs:
            assert all(name in bug.found_by or name in bug.not_found_by for name in NAMES), bug.name

    def test_every_scenario_has_an_effort_of_every_engine(self):
        for scenario in self.known.scenarios:
            assert set(NAMES) <= scenario.efforts.keys(), scenario.name
            assert all(effort.keys() == {"quick", "full"} for effort in scenario.efforts.values()), scenario.name

    def test_every_bug_is_found_by_something(self):
        assert all(bug.found_by for bug in self.known.bugs)

    def test_why_one_thread_does_not_see_some(self):
        reasons = {bug.name: detection.why_not_by_one_thread(bug) for bug in self.known.code_bugs}
        assert (reasons["no_tags"], reasons["bump_relaxed"], reasons["crate_protocol"], reasons["no_helping"]) == (
            "", detection.ORDERS, detection.UNKNOWN_LIST, detection.RACE)
