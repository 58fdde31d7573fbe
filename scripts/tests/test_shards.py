"""Tests of exhaustive runs in shards."""

import os
import re
import signal

from fakes import FOUND, VIOLATED, TwoEngines, bug
from rarena_lab.contract import COUNTERS
from rarena_lab.engines import FINDING

SECOND = ["TEST_SHARD_INDEX=1"]


class TestShards(TwoEngines):
    def sharded(self, status, rules, *options):
        return self.verify(status, {"checker": rules}, "--engine", "checker", "--scenario", "split", "--shards", "3", *options)

    def names(self, engine="checker"):
        """Of the commands that were started: the first word, and what the environment said of shards."""
        return sorted([command[0]] + sorted(word for word in command if word.startswith("TEST_")) for command in
                      self.commands(engine))

    def test_run_and_merge(self):
        rules = [[[f"TEST_SHARD_INDEX={index}"], {"iterations": count}] for index, count in ((0, 100), (1, 2000), (2, 0))]
        output = self.sharded(0, rules)
        assert self.names() == [["merge"]] + [["run", f"TEST_SHARD_INDEX={index}", "TEST_TOTAL_SHARDS=3"] for index in range(3)]
        name = "checker-split-optimistic-exhaustive_{}of3.json"
        reports = [self.path("findings", "shards", name.format(number)) for number in (1, 2, 3)]
        assert (next(command for command in self.commands("checker") if command[0] == "merge")[1:]) == reports
        assert all(os.path.isfile(path) for path in reports)
        assert re.search(r"split +optimistic +exhaustive +1,890 +210 +0.5 +4.2k +held", output)  # of the merge alone
        assert "exhaustive, shard 2 of 3: held, 2,000 executions" in output
        assert "exhaustive, merge of 3 shards: held, 2,100 executions" in output
        assert "exhaustive runs in 3 shards" in output
        scenario = self.report()["engines"][0]["scenarios"][0]
        assert (scenario["iterations"], self.report()["shards"]) == (2100, 3)
        assert [job.get("shard") for job in scenario["jobs"]] == [0, 1, 2, None]
        assert scenario["jobs"][3]["merged_shards"] == 3

    def test_only_exhaustive_jobs_of_scenarios(self):
        self.bugs(bug("no_tags", "aba"))
        self.verify(0, [FOUND], "--shards", "2")
        sharded = [command for command in self.commands("checker") if "TEST_TOTAL_SHARDS=2" in command]
        assert [command[2] for command in sharded] == ["split", "split"]
        assert not any("TEST" in word for command in self.commands("relacy") for word in command)

    def test_one_shard_is_none(self):
        self.sharded(0, [], "--shards", "1")
        assert self.names() == [["run"]]
        self.sharded(3, [], "--shards", "0")

    def test_control_is_covered_by_the_merge(self):
        self.bugs(bug("no_tags", "split"))
        assert re.search(r"SEG-3 +held 3k\*", self.sharded(0, [FOUND]))
        self.sharded(2, [FOUND, [["merge"], {"verdict": "incomplete"}]])  # the control then runs by itself, whole
        assert not self.report()["bugs"][0]["engines"]["checker"]["control"]["reused"]
        assert self.commands("checker")[-1][-3:-1] == ["exhaustive", FINDING]

    def test_failed_shard(self):
        for behaviour, text in [({"kill": signal.SIGKILL}, "SIGKILL"),
                                ({"verdict": "error", "stderr": "no memory"}, "no memory"),
                                ({"no report": True}, "left no report at"), ({"print": "gibberish"}, "expected a JSON line"),
                                ({"without": ["shard"]}, "ran as shard 2 of 3 but its result names no shard"),
                                ({"result": {"shard": 2}}, 'field "shard"'),
                                ({"verdict": "incomplete", "result": {"message": "out of time"}}, "out of time")]:
            output = self.sharded(2, [[SECOND, behaviour]])
            assert "shard 2 of 3" in output
            assert text in output
            assert "merge of 3 shards: 1 shards are missing" in output
            assert re.search(r"part of exhaustive .* INCOMPLETE", output)
            assert re.search("^INCOMPLETE: 0 of 1 scenario runs held", output.splitlines()[-1])
            assert not any("2of3" in word for word in self.commands("checker")[-1])

    def test_counts_without_a_merge_are_those_of_the_shards(self):
        unknown = {"verdict": "incomplete", "result": {"iterations": 2, "counters": dict.fromkeys(COUNTERS, 1)}}
        output = self.sharded(2, [[SECOND, {"kill": signal.SIGKILL}], [["merge"], unknown]])
        assert re.search(r"split +optimistic +part of exhaustive +1,800 +200 ", output)

    def test_nothing_to_merge(self):
        assert "no shard held" in self.sharded(2, [[["run"], {"kill": signal.SIGKILL}]])
        assert ["merge"] not in self.names()

    def test_merge_is_held_to_the_contract(self):
        for behaviour, status, text in [
                ({"verdict": "incomplete", "result": {"message": "shard 3 is missing"}}, 2, "shard 3 is missing"),
                ({"exit": 1}, 3, "but ended with status 1"), ({"mute": True}, 3, "printed no result"),
                ({"kill": signal.SIGSEGV}, 3, "SIGSEGV"), ({"verdict": "violation"}, 1, "VIOLATION"),
                ({"result": {"iterations": 2999}}, 3, "merged to 2999 executions shards that have 3000"),
                ({"counters": {"complete": 2699}}, 3, "printed 3000 executions, but 2699 complete and 300 blocked")]:
            assert text in self.sharded(status, [[["merge"], behaviour]])

    def test_shards_without_an_execution(self):
        assert "held after 0 of 1 executions" in self.sharded(3, [[["run"], {"iterations": 0}]], "--jobs", "1")

    def test_merge_cannot_hold_what_a_shard_did_not(self):
        output = self.sharded(3, [[SECOND, {"kill": signal.SIGKILL}], [["merge"], {"verdict": "held"}]])
        assert "merged to the verdict held what not every shard held" in output

    def test_violation_in_a_shard(self):
        output = self.sharded(1, [[SECOND, VIOLATED], [["run"], {"hang": 30}]])
        assert "VIOLATION in checker split optimistic exhaustive, shard 2 of 3 after 17 executions" in output
        assert os.path.isfile(output.split("replay: ")[1].split()[1])
        assert ["merge"] not in self.names()
        assert self.report()["engines"][0]["scenarios"][0]["jobs"][3]["verdict"] == "not run"

    def test_old_reports_do_not_count(self):
        self.sharded(0, [])
        assert "left no report" in self.sharded(2, [[SECOND, {"no report": True}]])

    def test_shards_of_somebody_else(self):
        for name, text in (("TOTAL_SHARDS", "8"), ("SHARD_INDEX", "5"), ("SHARD_STATUS_FILE", self.path("status"))):
            self.monkeypatch.setenv(f"TEST_{name}", text)
        self.verify(0, {}, "--engine", "checker")
        assert not any("TEST_" in word for command in self.commands("checker") for word in command)
        self.sharded(0, [])
        assert not any("STATUS" in word for command in self.commands("checker") for word in command)

    def test_a_shard_where_everything_was_asked_for(self):
        for name in ("exhaustive", "random"):
            rules = {"checker": [[[name], {"result": {"shard": {"index": 0, "total": 1}}}]]}
            assert "ran one shard where it was to run everything" in self.verify(3, rules)

