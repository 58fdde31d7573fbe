"""Tests of scripts/test: its steps, its table and last line, resuming, and being interrupted; and of scripts/lab tidy and
format."""

import signal

import pytest

from rarena_lab import basics, builds, testing
from rarena_lab.testing import Count
from rarena_lab.tidy import CHECKS, planted


class TestSteps:
    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch, tmp_path, lab):
        self.lab, self.ran, self.counts, self.state = lab, [], {}, ["a"]
        monkeypatch.setattr(builds, "packages", lambda *_: None)
        monkeypatch.setattr(testing, "PASSED", tmp_path / "passed.json")
        monkeypatch.setattr(testing, "tree_state", lambda: self.state[0])
        monkeypatch.setattr(testing.Tests, "run_step", lambda tests, name: self.run_step(tests, name))

    def run_step(self, tests, name):
        self.ran.append(name + (" full" if tests.full else "") + (f" {tests.label}" if tests.label else ""))
        count = self.counts.get(name, Count(passed=2))
        return count() if callable(count) else count

    @pytest.mark.parametrize("words, steps", [
        ([], ["tidy", "proofs", "dev", "asan", "tsan"]), (["--quick"], ["tidy", "dev"]), (["--step", "msan"], ["msan"]),
        (["--label", "^unit$"], ["dev ^unit$"]), (["--clang-tidy"], ["tidy", "clang-tidy", "proofs", "dev", "asan", "tsan"]),
        (["--full"], [f"{step} full" for step in testing.STEPS])])
    def test_which_steps(self, words, steps):
        assert self.lab("test", *words)[0] == 0
        assert self.ran == steps

    def test_table_and_last_line(self):
        self.counts = {"tidy": Count(passed=1), "dev": Count(5, 1, 3, "scripts/test --step dev")}
        status, output = self.lab("test", "--quick")
        assert status == 1
        lines = output.splitlines()
        assert lines[-1] == "6 passed, 1 failed, 3 skipped"
        assert lines[-2] == "again: scripts/test --step dev"
        assert lines[-5:-2] == ["step         result   seconds", "tidy         passed        0", "dev          FAILED        0"]
        self.counts = {}
        assert self.lab("test", "--quick")[1].splitlines()[-1] == "4 passed, 0 failed"

    def test_resume_runs_what_has_not_passed_on_these_files(self):
        self.counts = {"dev": Count(4, 1)}
        assert self.lab("test", "--quick")[0] == 1
        self.counts, self.ran = {}, []
        status, output = self.lab("test", "--quick", "--resume")
        assert (status, self.ran) == (0, ["dev"])
        assert "tidy         before        0" in output
        assert output.splitlines()[-1] == "4 passed, 0 failed"
        self.ran, self.state[0] = [], "b"
        self.lab("test", "--quick", "--resume")
        assert self.ran == ["tidy", "dev"], "the files are others"
        self.ran = []
        self.lab("test", "--quick")
        assert self.ran == ["tidy", "dev"], "nobody asked to resume"

    def test_what_changes_while_it_runs_has_not_passed(self):
        def change():
            self.state[0] += "x"
            return Count(passed=1)
        self.counts = {"tidy": change}
        self.lab("test", "--quick")
        assert testing.known() == {}

    def test_an_interrupt_says_what_was_done(self):
        self.counts = {"proofs": lambda: signal.raise_signal(signal.SIGINT)}
        status, output = self.lab("test")
        assert status == basics.INTERRUPTED
        assert "interrupted: 1 of 5 steps had ended" in output
        assert "proofs       not run " in output
        assert output.splitlines()[-1] == "2 passed, 0 failed"

    def test_an_interrupt_does_not_hide_a_failure(self):
        self.counts = {"tidy": Count(0, 1), "proofs": lambda: signal.raise_signal(signal.SIGINT)}
        assert self.lab("test")[0] == 1


class TestCtest:
    """One step, with a fake ctest."""

    @pytest.fixture(autouse=True)
    def fake(self, monkeypatch, tmp_path, capsys):
        self.root, self.capsys, self.monkeypatch = tmp_path, capsys, monkeypatch
        monkeypatch.setattr(builds, "build", lambda *_: None)
        monkeypatch.setattr(builds, "LOGS", tmp_path)
        monkeypatch.setattr(testing, "ROOT", tmp_path)
        (tmp_path / "build/dev").mkdir(parents=True)

    def ctest(self, record, status):
        program = self.root / "bin/ctest"
        program.parent.mkdir(exist_ok=True)
        (self.root / "record").write_text(record)
        program.write_text("#!/bin/sh\necho '    Start 1: a'\necho '1/2 Test #1: a ... Passed 0.02 sec'\necho 'slow Passed "
                           "3.02 sec'\n"
                           f"[ -s {self.root}/record ] && cp {self.root}/record {self.root}/dev.junit.xml\nexit {status}\n")
        program.chmod(0o755)
        self.monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        return testing.Tests(["dev"]).ctest("dev"), self.capsys.readouterr().out

    def test_counts_and_what_is_shown(self):
        count, output = self.ctest('<testsuite><testcase name="a" status="run"/><testcase name="b" status="fail"/></testsuite>',
                                   8)
        assert (count.passed, count.failed, count.skipped, count.again[-23:]) == (1, 1, 0, "scripts/test --step dev")
        assert output == "slow Passed 3.02 sec\n"

    def test_a_failure_without_a_failed_test_is_one(self):
        assert self.ctest('<testsuite><testcase name="a" status="run"/></testsuite>', 8)[0].failed == 1
        assert self.ctest("", 8)[0].failed == 1
        assert self.ctest('<testsuite><testcase name="a" status="run"/></testsuite>', 0)[0].failed == 0

    def test_a_build_that_fails_is_a_failure(self):
        def build(*_):
            raise builds.BuildFailed("no")
        self.monkeypatch.setattr(builds, "build", build)
        assert testing.Tests(["dev"]).ctest("dev").failed == 1


def test_the_state_of_the_tree_is_that_of_its_files(tmp_path, monkeypatch):
    monkeypatch.setattr(testing, "ROOT", tmp_path)
    testing.subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "a").write_text("1")
    first = testing.tree_state()
    (tmp_path / "a").write_text("2")
    second = testing.tree_state()
    (tmp_path / ".gitignore").write_text("b\n")
    third = testing.tree_state()
    (tmp_path / "b").write_text("ignored")
    assert len({first, second, third}) == 3
    assert testing.tree_state() == third


def test_format_reports_and_repairs(tmp_path, lab, monkeypatch):
    monkeypatch.setattr(builds, "packages", lambda *_: None)
    bad = tmp_path / "bad.cpp"
    bad.write_text("int x;\nint  y ;\n")
    status, output = lab("format", "--check", bad)
    assert (status, output.endswith("bad.cpp:2: not formatted, expected the output of scripts/lab format\n")) == (1, True)
    assert lab("format", bad)[0] == 0
    assert lab("format", "--check", bad) == (0, "")
    assert bad.read_text() == "int x;\nint y;\n"


def test_format_leaves_what_is_not_cpp(tmp_path, lab):
    dictionary = tmp_path / "words.dict"
    dictionary.write_text('a="1"\nb="2"\n')
    status, output = lab("format", dictionary)
    assert (status, "expected a C++ file" in output) == (2, True)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_check_has_planted_violations(name):
    assert CHECKS[name].planted and CHECKS[name].summary


def test_a_check_that_reports_nothing_is_told(monkeypatch):
    monkeypatch.setitem(CHECKS, "notes", testing.dataclasses.replace(CHECKS["notes"], run=lambda tree: []))
    monkeypatch.delitem(CHECKS, "format")
    assert len(planted.failures()) == len(CHECKS["notes"].planted)
