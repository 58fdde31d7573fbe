"""Tests of scripts/verify with one fake engine. What concerns two engines and shards: test_engines.py, test_shards.py."""

import json
import os
import re
import signal

import pytest

from fakes import FOUND, FakeEngines, bug, scenario
from rarena_lab import basics, plan


class TestVerify(FakeEngines):
    """One engine."""

    def set_up(self):
        self.listing = self.listings["relacy"]

    def own_options(self):
        self.listings["relacy"] = self.listing
        return "--engine", "relacy"

    def commands(self, engine="relacy"):
        return super().commands(engine)

    def test_all_held(self):
        output = self.verify(0, [])
        assert "bound 1..2 + random 101" in output
        assert "load buffering" in output
        assert re.search(r"^all held: 2 scenario runs \(\d+ s\)$", output.splitlines()[-1])
        assert len(self.commands()) == 2 * (2 + 2)

    def test_a_bug_must_violate_the_named_invariant(self):
        self.listing["bugs"] = [bug("no_tags", "aba", invariant="PRG-1")]
        output = self.verify(1, [FOUND], "--bugs-only")
        assert "expected a violation of PRG-1, found one of SEG-3" in output

    def test_one_bug(self):
        self.listing["bugs"] = [bug("no_tags", "aba"), bug("no_helping", "split")]
        output = self.verify(0, [FOUND], "--bug", "no_helping")
        assert re.search(r"^all held: 1 bugs found", output.splitlines()[-1])
        assert "expected a known bug, found 'no_tag'; did you mean no_tags?" in self.verify(3, [], "--bug", "no_tag")

    def test_violation_stops_its_scenario_only(self):
        output = self.verify(1, [[["split", "--bound", "1"], {"verdict": "violation", "iterations": 17}]])
        replay = [line.split() for line in output.splitlines() if "replay:" in line][-1]
        assert replay[1].endswith("scripts/repro")
        assert os.path.isfile(replay[2])
        assert "DATA RACE (SEG-3): two owners" in output
        assert re.search(r"^VIOLATION: 1 of 2 scenario runs held", output.splitlines()[-1])
        assert [command[6:8] for command in self.commands() if "split" in command] == [["bound", "--bound"]]
        assert (len([command for command in self.commands() if "aba" in command])) == 4
        assert self.report()["engines"][0]["scenarios"][0]["jobs"][0]["finding"] == replay[2]

    def test_violation_ends_the_other_shards(self):
        rules = [[["split", "random", "--first", "1"], {"verdict": "violation"}], [["split", "random"], {"hang": 60}]]
        self.verify(1, rules, "--scenario", "split")
        assert self.report()["engines"][0]["scenarios"][0]["jobs"][3]["verdict"] == "stopped"

    def test_violation_without_finding_is_said(self):
        result = {"result": {"verdict": "violation", "iterations": 1, "seconds": 0}}
        output = self.verify(1, [[["split", "bound"], {"print": json.dumps(result), "mute": True, "exit": 1}]])
        assert "the engine left no finding" in output

    def test_suspects_are_named(self):
        suspects = {"suspects": ["find_head reads insert_publish", "find_link reads insert_link"]}
        output = self.verify(1, [[["split", "--bound", "1"], {"verdict": "violation", "result": suspects}]])
        assert "  suspects: find_head reads insert_publish; find_link reads insert_link\n" in output

    def test_incomplete(self):
        output = self.verify(2, [[["split", "bound"], {"verdict": "incomplete"}]])
        assert "bound 0 of 2 + random 101" in output
        assert re.search(r"^INCOMPLETE: 1 of 2 scenario runs held", output.splitlines()[-1])

    def test_equal_violations_are_one_entry(self):
        self.listing["scenarios"].append(scenario("split", "pessimistic"))
        output = self.verify(1, [[["split", "--bound", "1"], {"verdict": "violation"}]])
        assert output.count("VIOLATION in relacy split optimistic bound 1") == 2, "when it is found, and at the end"
        assert "VIOLATION in relacy split pessimistic" not in output
        assert "  1 more like it: pessimistic bound 1\n  replay: " in output

    RESULT = json.dumps({"result": {"verdict": "held", "iterations": 1000, "seconds": 1}})

    @pytest.mark.parametrize("behaviour, texts", [
        ({"kill": signal.SIGKILL, "stderr": "out of memory"}, ["SIGKILL", "out of memory"]),
        ({"kill": signal.SIGSEGV, "print": RESULT}, ["verdict held", "SIGSEGV"]),
        ({"exit": 0, "mute": True}, ["ended with status 0 and printed no result"]),
        ({"exit": 1}, ["verdict held (status 0) but ended with status 1"]),
        ({"print": "Segmentation fault"}, ["expected a JSON line, found 'Segmentation fault'"]),
        ({"print": "[1]"}, ["expected a progress or a result line"]),
        ({"print": RESULT}, ["more output after the result line"]),
        ({"verdict": "held", "iterations": 0}, ["held after 0 of 1 iterations"]),
        ({"print": '{"result": {"verdict": "fine", "iterations": 1, "seconds": 1}}'}, ['verdict "fine"']),
        ({"print": '{"result": {"verdict": "held", "iterations": "1", "seconds": 1}}'}, ['field "iterations"']),
        ({"verdict": "error", "stderr": "no such scheduler"}, ["no such scheduler"])])
    def test_broken_engine_is_never_held(self, behaviour, texts):
        output = self.verify(3, [[["split", "--bound", "2"], behaviour]])
        for text in texts:
            assert text in output
        assert re.search("^COULD NOT RUN: 1 of 2 scenario runs held", output.splitlines()[-1])
        assert [row["verdict"] for row in self.report()["engines"][0]["scenarios"]] == ["error", "held"]

    def test_short_random_run_is_not_held(self):
        assert "held after 50 of 51" in self.verify(3, [[["split", "random"], {"iterations": 50}]])

    def test_silent_engine(self):
        output = self.verify(3, [[["split", "--bound", "1"], {"hang": 60}]], "--silence", "1")
        assert "printed nothing for 1 s" in output

    def test_violation_outranks_a_crash(self):
        self.verify(1, [[["split"], {"verdict": "violation"}], [["aba"], {"kill": signal.SIGKILL}]])

    @pytest.mark.parametrize("listing, text", [
        ("garbage", "did not print JSON"), ({"engine": "relacy"}, 'expected a field "scenarios"'),
        ({"engine": "relacy", "scenarios": [scenario("split")] * 2, "bugs": []}, "listed twice"),
        ({"engine": "relacy", "scenarios": [scenario("a", bound=0, random=0)], "bugs": []}, "runs nothing"),
        ({"engine": "relacy", "scenarios": [], "bugs": []}, "nothing to run"),
        ({"engine": "relacy", "scenarios": [scenario("a", freelist="odd")], "bugs": []}, '"odd"'),
        ({"engine": "relacy", "scenarios": [], "bugs": [bug("b", "a", expect="not_found")]}, "needs a not_found_reason")])
    def test_bad_listing(self, listing, text):
        self.listing = listing
        assert text in self.verify(3, [])

    @pytest.mark.parametrize("options", [["--jobs", "0"], ["--seed", "x"], ["--odd"], ["--freelist", "odd"],
                                         ["--freelist", "pessimistic"],
                                         ["--json", "/proc/none/report.json"], ["--findings", "/proc/none"]])
    def test_bad_options(self, options):
        self.verify(3, [], *options)
        assert self.commands() == []

    def test_an_unknown_name_has_the_nearest(self):
        assert "expected a scenario, found 'spilt'; did you mean split?" in self.verify(3, [], "--scenario", "spilt")
        assert "expected a scenario, found 'xyz' (split, aba)" in self.verify(3, [], "--scenario", "xyz")
        assert self.commands() == []

    def test_the_mode_that_comes_last_counts(self):
        self.verify(0, [], "--full", "--quick", "--scenario", "split")
        assert self.report()["mode"] == "quick"

    def test_selection_and_list(self):
        self.listing["scenarios"].append(scenario("split", "pessimistic"))
        self.listing["bugs"] = [bug("no_tags", "aba")]
        output = self.verify(0, [], "--list")
        for text in ("about split", "pessimistic", "bound 1..2 + random 101", "bound 1..3 + random 1k", "no_tags"):
            assert text in output
        assert self.commands() == []
        self.verify(0, [FOUND], "--scenario", "split", "--freelist", "pessimistic", "--full")
        assert {(command[2], command[4]) for command in self.commands()} == {("split", "pessimistic")}
        assert [row["scenario"] for row in self.report()["engines"][0]["scenarios"]] == ["split"]

    def test_bugs_found_and_control_reused(self):
        self.listing["bugs"] = [bug("no_tags", "aba"),
                                  bug("late", "aba", scheduler="random", bound=0, iterations=100, first=9),
                                  bug("weak", "aba", expect="not_found", not_found_reason="needs load buffering: the checker")]
        output = self.verify(0, [FOUND])
        assert re.search(r"no_tags +aba +optimistic +bound 2 +17  SEG-3 +held 1k\*\n", output)
        assert re.search(r"late +aba +optimistic +random 9..108 +17  SEG-3 +held 101\*\n", output)
        assert "[1] relacy: needs load buffering: the checker" in output
        assert "all held: 2 scenario runs, 2 bugs found, 1 listed as not findable" in output
        assert len(self.commands()) == 2 * 4 + 2

    def test_control_runs_where_nothing_covers_it(self):
        self.listing["bugs"] = [bug("no_tags", "aba", bound=3), bug("same", "aba", bound=3), bug("other", "aba", bound=2)]
        output = self.verify(0, [FOUND])
        assert re.search(r"no_tags .* 17  SEG-3  held 1k\n", output)
        assert re.search(r"same .* 17  SEG-3  held 1k\*\n", output)
        assert len(self.commands()) == 2 * 4 + 3 + 1
        self.verify(0, [FOUND], "--bugs-only")
        assert len(self.commands()) == 2 * 4 + 4 + 3 + 1
        assert [row["engines"]["relacy"]["control"]["reused"] for row in self.report()["bugs"]] == [False, True, True]

    def test_bug_not_found(self):
        self.listing["bugs"] = [bug("no_tags", "aba"), bug("other", "aba")]
        output = self.verify(1, [[["no_tags"], {}], FOUND])
        assert "NOT FOUND: relacy aba optimistic bound 2 with no_tags" in output
        assert "BUG NOT FOUND: 2 scenario runs, 1 of 2 bugs found" in output

    def test_control_fails(self):
        self.listing["bugs"] = [bug("no_tags", "aba")]
        output = self.verify(1, [FOUND, [["aba"], {"verdict": "violation"}]], "--bugs-only")
        assert "FAILED" in output
        assert "VIOLATION: 1 bugs found, 1 without a control that held" in output
        assert "replay:" in output

    def test_bug_crash_and_incomplete(self):
        self.listing["bugs"] = [bug("no_tags", "aba")]
        self.verify(3, [[["no_tags"], {"kill": signal.SIGKILL}]])
        self.verify(2, [[["no_tags"], {"verdict": "incomplete"}]])
        self.verify(3, [FOUND, [["aba"], {"kill": signal.SIGKILL}]], "--bugs-only")

    def test_json(self):
        self.listing["bugs"] = [bug("no_tags", "aba")]
        self.verify(0, [FOUND], "--seed", "1000", "--random-shards", "3")
        report = self.report()
        assert [report[name] for name in ("mode", "seed", "random_shards", "verdict", "exit_status")] == ["quick", 1000, 3,
                                                                                                          "held", 0]
        jobs = report["engines"][0]["scenarios"][0]["jobs"]
        assert [job["bound"] for job in jobs if job["scheduler"] == "bound"] == [1, 2]
        assert [(job["first"], job["last"]) for job in jobs if job["scheduler"] == "random"] == [(1000, 1033), (1034, 1067),
                                                                                                 (1068, 1100)]
        assert {job["verdict"] for job in jobs} == {"held"}
        assert report["engines"][0]["scenarios"][0]["iterations"] == 2 * 1000 + 101
        entry = report["bugs"][0]["engines"]["relacy"]
        assert (entry["bug"]["verdict"], entry["bug"]["invariant"], entry["control"]["verdict"]) == ("violation", "SEG-3",
                                                                                                     "held")
        assert os.path.isfile(entry["bug"]["finding"])

    def test_shards_are_disjoint_and_cover(self):
        for first, count, parts in [(1, 10, 3), (5, 2, 4), (1, 200000, 7), (9, 1, 1), (1, 0, 2)]:
            ranges = plan.shards(first, count, parts)
            assert [seed for start, size in ranges for seed in range(start, start + size)] == list(range(first, first + count))
            assert all(size > 0 for _, size in ranges) and len(ranges) == min(parts, count)

    def test_terminal_has_one_status_line(self, on_terminal):
        self.rules = [[["split", "--bound", "1"], {"progress": {"iterations": 7, "seconds": 0.5}, "sleep": 0.5}]]
        status, output = on_terminal("verify", *self.own_options(), "--findings", self.path("findings"), "--jobs", "1")
        assert status == 0
        assert "\x1b[2K" in output
        assert "jobs done; relacy split optimistic bound 1" in output
        assert "aba optimistic bound 2: held" not in output
        assert "relacy aba optimistic: held" in output

    def test_human(self):
        assert [basics.human(number) for number in (0, 999, 1000, 9440, 128000, 999999, 5000000, 3e12)] == ["0", "999", "1k",
                                                                                                            "9.4k", "128k",
                                                                                                            "1M", "5M", "3000G"]
