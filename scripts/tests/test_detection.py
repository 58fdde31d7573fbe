"""Tests of scripts/lab detect: what each engine is asked and how its answer counts, on fake programs; and that
models/DETECTION.md is of the present bugs."""

import json
import os
import re
import signal

import pytest

from fakes import FakeProcess
from rarena_lab import basics, builds, catalogue, detection, engines
from rarena_lab.catalogue import Bug, Catalogue

BUGS = (Bug("missed_fit", "code", "", "abandoned_unlink", "pessimistic", {"lie": "empty_extents"}),
        Bug("no_validation", "code", "", "descriptor_reuse", "pessimistic", {"lie": "repeat_validation"}),
        Bug("bump_relaxed", "code", "", "cursor_hand_over", "none", {"orders": {"cursor_take": "relaxed"}}),
        Bug("crate_protocol", "code", "", "recycle", "optimistic", {"part": "crate_list", "orders": {"claim_mark": "acq_rel"}}))


def listed(name, **fields):
    return {"name": name, "about": "", "scenario": "abandoned_unlink", "freelist": "pessimistic", "scheduler": "random",
            "bound": 0,
            "first": 1, "iterations": 50, "invariant": "FL-4", "expect": "violation", "not_found_reason": ""} | fields


class FakePrograms:
    """Each answers what `fake` says: found, none, broken, or for libFuzzer seed."""

    @pytest.fixture(autouse=True)
    def programs(self, tmp_path, monkeypatch, lab):
        self.root, self.lab, self.fake, self.log, self.monkeypatch = tmp_path, lab, "found", [], monkeypatch
        self.listed = [listed("missed_fit"), listed("no_validation", expect="not_found", not_found_reason="too deep")]
        monkeypatch.setattr(detection, "ROOT", tmp_path)
        monkeypatch.setattr(builds, "build", lambda *_: None)
        monkeypatch.setattr(catalogue, "load", lambda: Catalogue((), BUGS))
        monkeypatch.setattr(detection, "call", self.call)
        monkeypatch.setattr(engines, "start", self.start)
        for name in engines.NAMES:
            monkeypatch.delenv(f"RARENA_{name.upper()}_ENGINE", raising=False)

    def start(self, command, _environment):
        def speak(_process):
            name = os.path.basename(command[0]).removesuffix("_engine")
            yield json.dumps({"engine": name, "scenarios": [], "bugs": self.listed})
            return 0
        return FakeProcess(speak)

    def call(self, command, _seconds, more):
        """As detection.call: the exit status and the output of a program."""
        command = [str(word) for word in command]
        name = os.path.basename(command[0])
        how = self.churn if name == "churn" else self.rapidcheck if name == "rapidcheck_tests" else \
            self.model_checker if name.endswith("_engine") else self.libfuzzer
        return how(command[1:], more)

    def rapidcheck(self, _words, more):
        self.log.append(f"{more[engines.BUG_VARIABLE]} {more['RC_PARAMS']}")
        says = f"rapidcheck: {more[engines.BUG_VARIABLE]}: 3 sequences"
        return {"found": (1, f"{says}, 40 operations: found as FL-4: too small\n"),
                "none": (1, f"{says}, 500 operations: not found\n"),
                "broken": (139, "Segmentation fault\n")}[self.fake]

    def libfuzzer(self, words, more):
        self.log.append(" ".join([more.get(engines.BUG_VARIABLE, "") + more.get(engines.SCENARIO_VARIABLE, ""), *words]))
        return {"found": (77, "FOUND: SEG-1: an overlap\nstat::number_of_executed_units: 12\n"),
                "seed": (1, "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n"),
                "none": (0, "#900\tDONE cov: 5\nstat::number_of_executed_units: 900\n"), "broken": (9, "")}[self.fake]

    def churn(self, words, _more):
        self.log.append(" ".join(words))
        if self.fake == "broken":
            return 66, ""
        report = {"operations": 7000, "seconds": 1.5, "result": "not found"}
        if self.fake == "found":
            report |= {"result": "found", "invariant": "SEG-3"}
        with open(words[words.index("--json") + 1], "w", encoding="utf-8") as file:
            json.dump(report, file)
        return int(self.fake != "found"), ""

    def model_checker(self, words, _more):
        self.log.append(" ".join(words))
        if self.fake == "broken":
            return 139, ""
        result = {"verdict": "held", "iterations": 50, "seconds": 2.0, "finding": ""}
        if self.fake == "found":
            result |= {"verdict": "violation", "iterations": 4, "invariant": "FL-4"}
        progress = {"progress": {"iterations": 1, "seconds": 0.1}}
        return int(self.fake == "found"), "\n".join(map(json.dumps, (progress, {"result": result})))

    def detect(self, *arguments, fake="found"):
        """Exit status and output."""
        self.fake = fake
        return self.lab("detect", *arguments)


class TestCell(FakePrograms):
    def test_rapidcheck(self):
        status, output = self.detect("--engine", "rapidcheck", "--bug", "missed_fit", "--seed", 5)
        assert status == 0, output
        assert "RapidCheck missed_fit: found as FL-4 after 40 operations" in output
        assert self.log == ["missed_fit max_success=300 seed=5"]

    def test_rapidcheck_goes_on_with_the_next_seed_until_the_time_is_up(self):
        times = iter([0.0, 0.4, 1.1])
        self.monkeypatch.setattr(detection.time, "monotonic", lambda: next(times))
        status, output = self.detect("--engine", "rapidcheck", "--bug", "missed_fit", "--seconds", 1, fake="none")
        assert status == 1, output
        assert "not found in 1,000 operations" in output
        assert self.log == ["missed_fit max_success=300 seed=1", "missed_fit max_success=300 seed=2"]
        assert "found by nobody: missed_fit" in output

    def test_libfuzzer(self):
        status, output = self.detect("--engine", "op_sequence", "--engine", "schedule", "--bug", "missed_fit", "--seconds", 3)
        assert status == 0, output
        assert "op_sequence missed_fit: found as SEG-1 after 12 inputs" in output
        by_operations, by_schedule = self.log
        assert re.search(r"^missed_fit -seed=1 -max_total_time=3 .*/corpus \S+/fuzz/op_sequence/corpus$", by_operations)
        assert re.search(r"^abandoned_unlink:pessimistic:missed_fit -seed=1( \S+){4} \S+/missed_fit/corpus$", by_schedule)

    def test_a_finding_in_the_seeds_counts_as_one(self):
        output = self.detect("--engine", "op_sequence", "--bug", "missed_fit", fake="seed")[1]
        assert "found as heap-use-after-free on address 0x1 after 1 inputs" in output

    def test_libfuzzer_finds_nothing(self):
        status, output = self.detect("--engine", "schedule", "--bug", "bump_relaxed", fake="none")
        assert status == 1, output
        assert "not found in 900 inputs" in output

    def test_churn(self):
        status, output = self.detect("--engine", "tsan", "--engine", "asan", "--bug", "no_validation", "--seconds", 8)
        assert status == 0, output
        assert "TSan stress no_validation: found as SEG-3 after 7,000 operations, 1.50 s" in output
        assert re.search(f"^{engines.CHURN_BUG} no_validation --seconds 8 --seed 1 --stall-seconds 6 ", self.log[0])
        assert "--stall-seconds 2 " in self.log[1]
        output = self.detect("--engine", "asan", "--bug", "no_validation", fake="none")[1]
        assert "not found in 7,000 operations" in output

    def test_model_checkers(self):
        status, output = self.detect("--engine", "relacy", "--engine", "checker", "--bug", "missed_fit")
        assert status == 0, output
        assert "Relacy missed_fit: found as FL-4 after 4 iterations" in output
        assert "checker missed_fit: found as FL-4 after 4 executions" in output
        assert f"{engines.BUG} missed_fit --scheduler random --first 1 --iterations 50" in self.log[0]
        assert "not found in 50 executions" in self.detect("--engine", "checker", "--bug", "missed_fit", fake="none")[1]
        assert "does not apply: too deep" in self.detect("--engine", "checker", "--bug", "no_validation")[1]

    def test_what_one_thread_cannot_show_does_not_run(self):
        for bug, reason in (("no_validation", detection.RACE), ("bump_relaxed", detection.ORDERS),
                            ("crate_protocol", detection.UNKNOWN_LIST)):
            status, output = self.detect("--engine", "rapidcheck", "--engine", "op_sequence", "--bug", bug)
            assert status == 1
            assert f"op_sequence {bug}: does not apply: {reason}" in output
        assert not self.log

    def test_a_program_that_breaks_is_no_verdict(self):
        for engine in detection.ENGINES:
            status, output = self.detect("--engine", engine.name, "--bug", "missed_fit", fake="broken")
            assert status == 3, output
            assert "1 of 1 cells could not run" in output

    def test_without_a_program_it_cannot_run(self, monkeypatch):
        monkeypatch.undo()
        monkeypatch.setattr(builds, "build", lambda *_: None)
        monkeypatch.setattr(detection, "ROOT", self.root)
        status, output = self.lab("detect", "--engine", "tsan", "--bug", "missed_fit")
        assert status == 3
        assert "No such file" in output

    def test_an_interrupt_says_what_was_found(self):
        self.monkeypatch.setattr(detection, "churn", lambda *_: signal.raise_signal(signal.SIGINT))
        status, output = self.detect("--bug", "missed_fit")
        assert status == basics.INTERRUPTED
        assert "interrupted: 3 of 7 cells had run, 3 of them found their bug" in output


class TestTable(FakePrograms):
    def test_the_document(self):
        self.listed += [listed("bump_relaxed"), listed("crate_protocol")]
        document, report = self.root / "T.md", self.root / "T.json"
        status, output = self.detect("--markdown", document, "--json", report, "--seconds", 4)
        assert status == 0, output
        text = document.read_text()
        assert "`scripts/lab detect --seconds 4 --seed 1 --markdown FILE`" in text
        assert re.search(r"\n\| missed_fit \| FL-4, 40, \S+ s \| SEG-1, 12, \S+ s \|", text)
        assert re.search(r"\n\| no_validation \| \(a\) \| \(a\) \| SEG-1", text)
        assert f"- (a) does not apply: {detection.RACE}\n" in text
        assert text.endswith("\nfound by nobody: none\n")
        told = json.loads(report.read_text())
        assert told["found_by_nobody"] == []
        assert told["bugs"][0]["cells"]["relacy"]["count"] == 4

    def test_no_document_of_a_part_or_of_what_could_not_run(self):
        document = self.root / "T.md"
        assert self.detect("--markdown", document, "--bug", "missed_fit")[0] == 2
        assert self.detect("--markdown", document, fake="broken")[0] == 3
        assert not document.exists()


    def test_list(self):
        status, output = self.detect("--list")
        assert status == 0
        assert "bump_relaxed         cursor_hand_over, none: orders" in output


class TestPresentDocument:
    def test_the_document_has_every_bug_and_each_is_found(self):
        lines = (basics.ROOT / "models/DETECTION.md").read_text(encoding="utf-8").splitlines()
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]
        head = next(i for i, row in enumerate(rows) if row[0] == "bug")
        assert rows[head][1:] == [engine.title for engine in detection.ENGINES]
        rows = rows[head + 2:]
        assert [row[0] for row in rows] == catalogue.load().bug_names, "scripts/lab detect --markdown"
        for row in rows:
            assert len(row) == len(detection.ENGINES) + 1, row[0]
            found = [cell for cell in row[1:] if re.fullmatch(r"\S.*, [\d,]+, [\d.]+ s", cell)]
            assert found, f"nobody found {row[0]}"
        assert lines[-1] == "found by nobody: none"
