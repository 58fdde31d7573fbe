"""Tests of scripts/verify --clients, and of scripts/lab shrink for what the checker finds, on a fake engine: every program
holds, programs take longer with their calls, and what must be found is found, unless the settings say otherwise."""

import json

from fakes import Mode, option
from rarena_lab import makers
from rarena_lab.analyses import clients
from rarena_lab.commands import shrink
from rarena_lab.engines import BUG, FINDING, SHRINK


class Fake(Mode):
    def set_up(self):
        self.monkeypatch.setattr(clients, "MOST_CALLS", 2)
        self.monkeypatch.setattr(clients, "SPOKEN", 0.0)

    def result(self, verdict, **more):
        return {"verdict": verdict, "iterations": 7, "seconds": 0.5, "kind": "", "invariant": "", "message": "", "finding": "",
                "program": "", "programs": 5, "before_symmetry": 9, "done": 5, "cut": 0, "outcomes": 4, "need_steps": 2,
                "unexplained": 1} | more

    def answer(self, words):
        if words[0] == "run":
            path = option(words, FINDING)
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"rarena_finding": 1, "engine": "checker", "bug": option(words, BUG),
                           "violation": {"invariant": "FL-3"}}, file)
            return self.result(self.settings.get("run", "violation"), invariant="FL-3", finding=path)
        if words[0] == SHRINK:
            size = {"program": "room 1; a 1", "threads": 1, "calls": 1, "parts": 0}
            return self.result("violation", invariant="FL-3", finding=option(words, FINDING), to=size, interleaved=False,
                               switches=1, old_reads=2, candidates=3, undecided=1, violating=4, all_seen=False,
                               control=self.settings.get("control", "held"), trace="thread 0 ...",
                               **{"from": size | {"threads": 2, "calls": 4}})
        if BUG in words or "--whole-calls" in words:
            bug = option(words, BUG) or clients.WHOLE
            wanted = {"no_tags": "FL-3", "no_confirmation": "SEG-2"}.get(bug, "FL-4")
            return self.result("held" if self.settings.get("blind") == bug else "violation", invariant=wanted,
                               program="room 1; a 1", message="wrong", finding="a.json")
        if int(option(words, "--calls")) > 3:
            progress = {"iterations": 3, "seconds": 1.0, "fraction": 0.5, "programs": 2, "of": 5}
            return self.result("incomplete", done=2, spoken=[progress])
        if option(words, "--start") == self.settings.get("wrong"):
            return self.result("violation", invariant="SEG-1", program="room 1; a 1", message="overlap")
        return self.result("held")


class TestClients(Fake):
    arguments = ("--clients",)

    def test_the_ladder_and_how_far_it_went(self):
        self.monkeypatch.setattr(clients, "MOST_CALLS", 4)
        status, output = self.verify()
        assert status == 0, output
        assert "| 2 | 3 | list | pessimistic | 5 | 9 | 7 | 0.5 | 4 | 2 | 1 | held |" in output
        assert "| 3 | 4 | owned | optimistic | 5 | 9 | 7 | 0.5 | 4 | 2 | 1 | part: 2 held, rest not run |" in output
        assert "2 threads: K = 3 complete: 110 programs (198 before symmetry), 154 executions" in output
        assert "3 threads: K = 3 complete: 35 programs" in output
        assert "More calls are not shown, but for the parts in the table." in output
        assert "4 calls, list optimistic: 2 of 5 programs, 3 executions, about 1 s left if the others are as these" in output
        assert "2 threads, 2 calls, list pessimistic with missed_fit: FOUND: FL-4 in 'room 1; a 1': wrong" in output
        assert "all as expected: 87 runs, 4 that must be found wrong" in output

    def test_a_program_that_is_violated(self):
        status, output = self.verify(wrong="room")
        assert status == 1, output
        assert "1 threads, 1 calls, room none: VIOLATED: SEG-1 in 'room 1; a 1': overlap" in output
        assert "2 threads: K = 0 complete" in output
        assert "NOT AS EXPECTED: 2 threads, 2 calls, room optimistic: VIOLATED" in output

    def test_a_bug_that_is_not_found(self):
        status, output = self.verify(blind="missed_fit")
        assert status == 1, output
        assert "NOT AS EXPECTED: 2 threads, 2 calls, list pessimistic with missed_fit: all programs held" in output

    def test_whole_calls_that_hold_would_show_a_blind_oracle(self):
        status, output = self.verify(blind="whole calls")
        assert status == 1, output
        assert "NOT AS EXPECTED: 2 threads, 2 calls, list optimistic against whole calls: all programs held" in output

    def test_an_engine_that_cannot_run(self):
        status, output = self.verify(breaks=True)
        assert status == 3, output
        assert "no result, and it ended with status 1; it said: the engine is broken" in output


class TestShrink(Fake):
    def set_up(self):
        self.monkeypatch.setattr(shrink, "ARTIFACTS", self.folder)
        self.monkeypatch.setattr(makers, "ARTIFACTS", self.folder)
        self.monkeypatch.setenv("RARENA_CHECKER_ENGINE", "/bin/true")

    def test_a_bug_gets_smaller(self):
        status, output = self.verify("--bug", "no_tags", command="shrink")
        assert status == 0, output
        assert "before:  2 threads, 4 calls, 0 parts: room 1; a 1" in output
        assert "after:   1 threads, 1 calls, 0 parts: room 1; a 1" in output
        assert ("the simplest of the first 4, bounded, that violate: 1 context switches, 2 reads of old stores; no interleaving "
                "explains it") in output
        assert "3 candidates, 1 of them not decided within the maximum of executions" in output
        assert "thread 0 ..." in output
        assert "checker-no_tags-two_allocators_one_segment-pessimistic.json" in output
        assert "all as expected: 1 bugs" in output

    def test_a_program_that_fails_without_the_bug(self):
        status, output = self.verify("--bug", "no_tags", command="shrink", control="violation")
        assert status == 1, output
        assert "NOT AS EXPECTED: FL-3 became FL-3, and without the bug: violation" in output

    def test_a_bug_that_is_not_found(self):
        status, output = self.verify("--bug", "no_tags", command="shrink", run="held")
        assert status == 1, output
        assert "NOT AS EXPECTED: no_tags: not found: held" in output

    def test_a_bug_that_nobody_knows(self):
        status, output = self.verify("--bug", "no_such", command="shrink")
        assert status == 3, output
        assert "expected a known bug, found 'no_such'" in output

