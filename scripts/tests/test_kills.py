"""Tests of scripts/verify --kills on a fake engine, and that core/ORDERS.md is about the ledger and the scenarios as they
are."""

import re

import pytest

from fakes import Mode
from rarena_lab import catalogue
from rarena_lab.analyses import kills
from rarena_lab.basics import ROOT


class TestKills(Mode):
    """The engine kills a weaker `head`; of `tail` it says why not if the settings have a reason."""

    arguments = ("--kills", "--jobs", "2")

    def set_up(self):
        self.document = self.folder / "ORDERS.md"
        self.monkeypatch.setattr(kills, "DOCUMENT", self.document)
        effort = {"checker": {"quick": {"exhaustive": True, "bound": 0}}}
        scenarios = tuple(catalogue.Scenario(name, ("none",), about=f"about {name}", efforts=effort) for name in ("one", "two"))
        self.monkeypatch.setattr(catalogue, "load", lambda: catalogue.Catalogue(scenarios, ()))

    def row(self, site, order, *weaker, why=""):
        return {"site": site, "order": order, "failure": "relaxed", "compare_exchange": site == "head", "partners": [],
                "why": "",
                "bugs": [{"name": f"weaken:{site}={other}", "order": other} for other in weaker], "why_not_killed": why}

    def answer(self, words):
        if words[0] == "ledger":
            return [self.row("head", "acquire", "relaxed"), self.row("plain", "relaxed"),
                    self.row("tail", "release", "relaxed", why=self.settings.get("reason", ""))]
        killed = "weaken:head=relaxed" in words and "one" in words
        return {"verdict": "violation" if killed else "held", "iterations": 7, "invariant": "SEG-3", "message": ""}

    def test_an_unexplained_survivor_fails(self):
        status, output = self.verify()
        assert status == 1, output
        assert "| tail | release | relaxed | **SURVIVES, unexplained** |" in output
        assert "3 rows, 2 weakenings: 1 killed, 0 not killed with a reason, 1 unexplained." in output

    def test_a_reason_explains(self):
        status, output = self.verify(reason="nobody reads it")
        assert status == 0, output
        text = self.document.read_text()
        assert "| head | acquire / relaxed | relaxed | killed by one (none) after 7: SEG-3 |" in text
        assert "| plain | relaxed | | nothing is weaker |" in text
        assert "| tail | release | relaxed | not killed: nobody reads it |" in text
        assert "| one | head |" in text
        assert "| two | nothing; it is for: about two |" in text

    def test_a_part_is_not_the_document(self):
        status, _ = self.verify("--scenario", "one")
        assert status == 1, "tail survives there"
        assert not self.document.exists()

    def test_an_engine_that_breaks_its_contract(self):
        status, output = self.verify(breaks=True)
        assert status == 3, output


class TestDocument:
    """That core/ORDERS.md was made from this ledger and these scenarios."""

    @pytest.fixture(autouse=True)
    def present(self):
        self.text = (ROOT / "core/ORDERS.md").read_text(encoding="utf-8")

    def test_rows(self):
        ledger = re.findall(r'\{Site::(\w+), "\w+", Access::(\w+), Order::(\w+), Order::(\w+),',
                            (ROOT / "core/words/orders.hpp").read_text(encoding="utf-8"))
        expected = [(site, order + (f" / {failure}" if access == "compare_exchange" else ""))
                    for site, access, order, failure in ledger]
        rows = re.findall(r"^\| (\w+) \| ([\w /]+) \| (?:\w+ )?\| ", self.text, re.MULTILINE)
        found = list(dict.fromkeys(rows))  # one that acquires and releases is weakened twice
        assert len(expected) > 30
        assert found == expected, "stale: scripts/verify --kills"

    def test_scenarios(self):
        scenarios = catalogue.load().scenario_names
        found = re.findall(r"^\| (\w+) \| (?!\w+ [|/])(?!kills)", self.text.split("## What each scenario kills")[1],
                           re.MULTILINE)
        assert sorted(found) == sorted(scenarios), "stale: scripts/verify --kills"

    def test_everything_is_explained(self):
        assert "SURVIVES" not in self.text
        assert " 0 unexplained." in self.text

