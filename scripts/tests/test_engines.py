"""Tests of scripts/verify with both engines, fake ones."""

import re
import types

from fakes import FOUND, VIOLATED, TwoEngines, bug, scenario
from rarena_lab.contract import Progress
from rarena_lab.display import running_words
from rarena_lab.engines import BUG, ENGINES, Job


class TestEngines(TwoEngines):
    def test_both_run_the_checker_first(self):
        output = self.verify(0, {}, "--jobs", "1")
        spoken = [line.split()[3] for line in output.splitlines() if line.startswith("[") and line.split()[2] == "s]"]
        assert spoken == ["checker"] * 3 + ["relacy"] * 6
        assert output.index("\nchecker:\n") < output.index("\nrelacy:\n")
        for text in (r"split +optimistic +exhaustive +900 +100 +0.5 +2k +held", r"aba +optimistic +bound 6 \+ random 101 +991",
                     r"scenario +freelist +mode +complete +blocked +seconds +per s",
                     r"aba +optimistic +bound 1..2 \+ random 101 +2,101",
                     r"checker: Exhaustive within the sizes[^.]*\.[^.]* load\sbuffering", r"relacy: Bounded, not exhaustive"):
            assert re.search(text, output)
        assert re.search(r"^all held: checker 2 scenario runs; relacy 2 scenario runs \(\d+ s\)$", output.splitlines()[-1])

    def test_jobs_of_the_checker(self):
        self.verify(0, {}, "--engine", "checker", "--random-shards", "2")
        assert sorted(" ".join(command[2:-2]) for command in self.commands("checker")) == [
            "aba --freelist optimistic --scheduler bound --bound 6",
            "aba --freelist optimistic --scheduler random --first 1 --iterations 51",
            "aba --freelist optimistic --scheduler random --first 52 --iterations 50",
            "split --freelist optimistic --scheduler exhaustive"]

    def test_engine_option(self):
        self.listings["relacy"] = "garbage"  # which nobody may read
        assert re.search(r"^all held: 2 scenario runs \(", self.verify(0, {}, "--engine", "checker").splitlines()[-1])
        assert [part["engine"] for part in self.report()["engines"]] == ["checker"]
        self.listings["relacy"] = self.relacy
        self.verify(0, {}, "--engine", "relacy", "--engine", "checker")
        assert [part["engine"] for part in self.report()["engines"]] == ["checker", "relacy"]
        self.verify(3, {}, "--engine", "genmc")

    def test_a_scenario_of_one_engine_only(self):
        self.relacy["scenarios"].pop()
        output = self.verify(0, {}, "--scenario", "aba")
        assert "relacy (0 scenario runs, 0 bugs)" in output
        assert "relacy:" not in output
        assert "all held: 1 scenario runs (" in output
        assert self.commands("relacy") == []

    def test_broken_listings(self):
        for change, text in [({"engine": "relacy"}, 'engine is "relacy", expected "checker"'),
                             ({"bounds": "first"}, 'bounds is "first"'), ({"bounds": 1}, 'field "bounds"'),
                             ({"weak_failures": -1}, 'field "weak_failures"'),
                             ({"scenarios": [scenario("a", exhaustive=1)]}, 'field "exhaustive" is 1'),
                             ({"scenarios": [scenario("a", bound=0, random=0, exhaustive=False)]}, "runs nothing"),
                             ({"scenarios": [scenario("a", bound=True)]}, 'field "bound" is true'),
                             ({"bugs": [bug("b", "a", scheduler="all")]}, 'scheduler is "all"')]:
            self.listings["checker"] = self.checker | change
            assert text in self.verify(3, {})
        self.listings["checker"] = self.checker | {"scenarios": [scenario("a", bound=0, random=0, exhaustive=True)]}
        self.verify(0, {}, "--engine", "checker")

    def test_engines_must_have_the_same_bugs(self):
        self.bugs(bug("no_tags", "aba"), bug("weak", "aba"))
        self.checker["bugs"].pop()
        self.relacy["bugs"].append(bug("odd", "aba"))
        assert "expected the same bugs in every engine, found: checker has no odd, weak" in self.verify(3, {})
        self.relacy["bugs"] = self.relacy["bugs"][1:]
        assert "checker has no odd, weak; relacy has no no_tags" in self.verify(3, {})
        self.verify(0, [FOUND], "--engine", "checker")

    def test_list(self):
        self.bugs(bug("no_tags", "aba"), bug("weak", "aba"))
        self.checker["bugs"][1] |= {"expect": "not_found", "not_found_reason": "needs more threads"}
        output = self.verify(0, {}, "--list")
        for text in (r"split +optimistic +2 +exhaustive +exhaustive", r"aba +optimistic +2 +bound 6 \+ random 101 +bound 7 ",
                     r"split +optimistic +2 +bound 1..2 \+ random 101", r"bug +scenario +freelist +checker +relacy +about",
                     r"no_tags +aba +optimistic +exhaustive +bound 2 +about no_tags\n",
                     r"weak +aba +optimistic +not findable +bound 2 +about weak. checker: needs more"):
            assert re.search(text, output)
        assert self.commands("checker") + self.commands("relacy") == []

    def test_spurious_failures_are_the_engines(self):
        assert "in one execution: at most 1;" in " ".join(self.verify(0, {}).split())
        self.checker["weak_failures"] = 4
        assert "in one execution: at most 4;" in " ".join(self.verify(0, {}).split())
        assert "at most 4;" in self.report()["engines"][0]["never_shown"]

    def test_one_table_of_bugs(self):
        self.bugs(bug("no_tags", "split"), bug("weak", "aba"), bug("late", "aba"))
        self.checker["bugs"][1] |= {"expect": "not_found", "not_found_reason": "needs load buffering"}
        output = self.verify(0, {"checker": [[[BUG], VIOLATED | {"iterations": 1234}]], "relacy": [FOUND]})
        assert output.count("bug      ") == 1
        for text in (r"bug +scenario +freelist +relacy +iterations +found +checker +executions +found +controls\n",
                     r"no_tags +split +optimistic +bound 2 +17 +SEG-3 +exhaustive +1,234 +SEG-3 +held 1k\*, held 1k\*\n",
                     r"weak +aba +optimistic +bound 2 +17 +SEG-3 +- +- +not findable \[1\] +held 1k\*, -\n",
                     r"late +aba +optimistic +bound 2 +17 +SEG-3 +exhaustive +1,234 +SEG-3 +held 1k\*, held 1k\n",
                     r"\[1\] checker: needs load buffering\n", r"all held: checker 2 scenario runs, 2 bugs found, "
                     r"1 listed as not findable; relacy 2 scenario runs, 3 bugs found \("):
            assert re.search(text, output)

    def test_a_bug_that_one_engine_misses(self):
        self.bugs(bug("no_tags", "aba"))
        output = self.verify(1, {"checker": [[[BUG], {}]], "relacy": [FOUND]}, "--bugs-only")
        assert re.search(r"bound 2 +17 +SEG-3 +exhaustive +1,000 +NOT FOUND +held 1k, -", output)
        assert "was not found in 1,000 executions" in output
        assert "BUG NOT FOUND: checker 0 of 1 bugs found; relacy 1 bugs found" in output

    def test_exhaustive_covers_every_control_of_its_engine(self):
        self.checker["scenarios"].pop()
        self.bugs(*(bug(name, "split", scheduler="bound", bound=9) for name in ("bound", "all", "random")))
        self.checker["bugs"][0] |= {"scheduler": "bound", "bound": 9}
        self.checker["bugs"][2] |= {"scheduler": "random", "iterations": 10 ** 6}
        self.verify(0, [FOUND])
        controls = [row["engines"] for row in self.report()["bugs"]]
        assert [control["checker"]["control"]["reused"] for control in controls] == [True] * 3
        assert [control["relacy"]["control"]["reused"] for control in controls] == [False, True, True]

    def test_exhaustive_control_is_not_covered_by_less(self):
        self.bugs(bug("no_tags", "aba"))
        self.verify(0, [FOUND], "--engine", "checker")
        assert not self.report()["bugs"][0]["engines"]["checker"]["control"]["reused"]

    def test_json(self):
        self.bugs(bug("no_tags", "split"), bug("weak", "aba"))
        self.relacy["bugs"][1] |= {"expect": "not_found", "not_found_reason": "needs an old value"}
        self.verify(0, [FOUND])
        report = self.report()
        assert [report["shards"], report["verdict"], report["disagreements"]] == [1, "held", []]
        assert [(part["engine"], len(part["scenarios"])) for part in report["engines"]] == [("checker", 2), ("relacy", 2)]
        job = report["engines"][0]["scenarios"][0]["jobs"][0]
        assert (job["scheduler"], job["counters"]["complete"], job["counters"]["cut"]) == ("exhaustive", 900, 0)
        assert "counters" not in report["engines"][1]["scenarios"][0]["jobs"][0]
        assert [(row["name"], sorted(row["engines"])) for row in report["bugs"]] == [("no_tags", ["checker", "relacy"]),
                                                                                     ("weak", ["checker", "relacy"])]
        assert report["bugs"][1]["engines"]["relacy"]["not_found_reason"] == "needs an old value"
        assert report["bugs"][1]["engines"]["checker"]["bug"]["invariant"] == "SEG-3"


class TestDisagreement(TwoEngines):
    def disagreements(self, rules, *options):
        output = self.verify(1, rules, *options)
        lines = [line for line in output.splitlines() if line.startswith("DISAGREEMENT")]
        assert len(lines) == len(self.report()["disagreements"])
        return output, lines

    def test_relacy_alone_reports_a_violation(self):
        output, lines = self.disagreements({"relacy": [[["split"], VIOLATED]]})
        assert lines == ["DISAGREEMENT on split optimistic: relacy reports a violation of the shipped code, checker "
                         "" "held; checker never shows:"]
        assert "no cycles of program order" in output.split("DISAGREEMENT")[1]
        assert self.report()["disagreements"] == [{"scenario": "split", "freelist": "optimistic", "violated": "relacy",
                                                   "held": "checker"}]

    def test_checker_alone_reports_a_violation(self):
        output, lines = self.disagreements({"checker": [[["aba", "random"], VIOLATED]]})
        assert "on aba optimistic: checker reports a violation of the shipped code, relacy held" in lines[0]
        assert "Relacy under-approximates" in output.split("DISAGREEMENT")[1]

    def test_in_a_control(self):
        self.bugs(bug("no_tags", "aba"))
        rules = {"checker": [FOUND], "relacy": [FOUND, [["aba"], VIOLATED]]}
        assert len(self.disagreements(rules, "--bugs-only")[1]) == 1

    def test_where_there_is_none(self):
        assert self.disagreements([[["split"], VIOLATED]])[1] == []
        incomplete = {"checker": [[["split"], {"verdict": "incomplete"}]], "relacy": [[["split"], VIOLATED]]}
        assert self.disagreements(incomplete)[1] == []
        self.relacy["scenarios"] = [scenario("split", "pessimistic")]
        assert self.disagreements({"relacy": [[["split"], VIOLATED]]})[1] == []


class TestCounters(TwoEngines):
    def test_contract(self):
        for words, behaviour, text in [
                (["split"], {"counters": {"complete": 899}}, "printed 1000 executions, but 899 complete and 100 blocked"),
                (["split"], {"counters": {"complete": 0, "blocked": 1000}}, "without one of the executions"),
                (["aba", "bound"], {"counters": {"complete": 0, "blocked": 1000}}, "without one of the executions"),
                (["split"], {"counters": {"cut": 3}}, "in which 0 executions ended at the bound on steps and 3"),
                (["split"], {"counters": {"bound": 4}}, "in which 4 executions ended at the bound on steps and 0"),
                (["split"], {"counters": {"moot": -1}}, 'field "moot"'),
                (["split"], {"counters": {"moot": True}}, 'field "moot"'),
                (["split"], {"result": {"counters": {"complete": 1000}}}, 'expected a field "blocked"'),
                (["split"], {"result": {"counters": 7}}, 'field "counters"'),
                (["aba", "--iterations", "51"], {"iterations": 1}, "held after 1 of 51 executions"),
                (["split"], {"iterations": 0}, "held after 0 of 1 executions")]:
            assert text in self.verify(3, [[words, behaviour]], "--engine", "checker")

    def test_what_bounded_runs_leave_out(self):
        rules = [[["aba", "bound"], {"counters": {"cut": 5, "bound": 1234}}]]
        assert "aba optimistic: 1,234 executions ended at the bound on steps\n" in self.verify(0, {"checker": rules})
        assert "ended at the bound" not in self.verify(0, {"checker": [[["aba", "bound"], {"counters": {"cut": 5}}]]})

    def test_random_executions_that_came_to_nothing_are_executions(self):
        for status, iterations, counters in [(0, 49, {"bound": 1, "moot": 1}), (3, 49, {"bound": 1}), (3, 49, {"cut": 2}),
                                             (0, 51, {"complete": 30, "blocked": 20, "bound": 1})]:
            behaviour = {"iterations": iterations, "counters": counters}
            self.verify(status, {"checker": [[["aba", "--iterations", "51"], behaviour]]}, "--engine", "checker")

    def test_counters_are_optional(self):
        output = self.verify(0, {"checker": [[[], {"without": ["counters"]}]]})
        assert re.search(r"freelist +mode +executions +seconds", output)

    def test_part_of_a_mode(self):
        output = self.verify(2, [[["split"], {"verdict": "incomplete"}], [["aba", "bound"], {"verdict": "incomplete"}]],
                             "--engine", "checker")
        assert "part of exhaustive" in output
        assert "part of bound 6 + random 101" in output


class TestProgress(TwoEngines):
    def test_words(self):
        for progress, words in [(Progress(500, 8.0, 0.25), "500 executions, 62/s, 25 %, about 24 s left"),
                                (Progress(500, 8.0), "500 executions, 62/s"), (Progress(1, 1.0, 0), "1 executions, 1/s, 0 %"),
                                (Progress(500, 8.0, 1), "62/s, 100 %, about 0 s left"),
                                (Progress(10, 100.0, 0.1), "10 %, about 15 min left"),
                                (Progress(10, 3600.0, 0.1), "10 %, about 9.0 h left")]:
            job = Job(ENGINES[0], "split", "none", "exhaustive", "")
            shown = running_words(types.SimpleNamespace(job=job, began=0, progress=progress), 1)
            assert shown.endswith(words), shown

    def test_fraction_is_shown(self, on_terminal):
        progress = {"iterations": 500, "seconds": 8, "fraction": 0.25}
        self.rules = {"checker": [[["split"], {"progress": progress, "sleep": 0.5}]]}
        status, output = on_terminal("verify", "--engine", "checker", "--no-bugs", "--findings", self.path("findings"))
        assert status == 0
        assert re.search(r"checker split optimistic exhaustive: \d s, 500 executions, 62/s, 25 %, about 24 s left", output)

    def test_contract(self):
        for fraction in (1.5, -0.1, "half", True, float("nan"), None):
            progress = {"iterations": 1, "seconds": 1, "fraction": fraction}
            assert 'field "fraction"' in self.verify(3, {"checker": [[["split"], {"progress": progress}]]})

