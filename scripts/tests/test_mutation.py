"""Tests of scripts/lab mutate-checker: that its mutants fit the sources, and how it judges and reports."""

import json
import re
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from rarena_lab import mutation as mutate
from rarena_lab.mutation import CannotRun, Edit, Run

# A checker of two functions, one of which no test calls.
SOURCE = """int half(int n) {
  int result = 0;
  while (n > 1) {
    n -= 2;
    ++result;
  }
  return result;
}
int untested(int n) { return n + 1; }
"""
TESTS = """#include <gtest/gtest.h>
int half(int n);
TEST(Half, OfFour) { EXPECT_EQ(half(4), 2); }
TEST(Half, OfFive) { EXPECT_EQ(half(5), 2); }
"""


def entry(name, old, new, **more):
    return {"name": name, "rule": f"the rule of {name}", "file": "half.cpp", "old": old, "new": new, **more}


KILLED = entry("half.wrong", "++result", "result += 2")
OF_FIVE = entry("half.odd", "n > 1", "n > 0")
ENDLESS = entry("half.endless", "n -= 2", "n = 2")
CRASH = entry("half.crash", "int result = 0;", "int result = 0; if (n == 5) __builtin_trap();")
SURVIVOR = entry("half.untested", "n + 1", "n + 2")
SAME = entry("half.same", "n + 1", "1 + n", equivalent="addition has no order, so nothing changes")
WRONG_ARGUMENT = entry("half.not_same", "n -= 2", "n -= 3", equivalent="nobody has looked at this at all")
NO_CODE = entry("half.no_code", "n + 1", "n +")


class Tree:
    """A repository with a small checker."""

    @pytest.fixture(autouse=True)
    def in_folder(self, tmp_path):
        self.root = tmp_path
        self.write("models/checker/graph/half.cpp", SOURCE)
        self.write("models/checker/graph/half_test.cpp", TESTS)
        self.write("models/checker/graph/program.cpp", "int main() {}\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def table(self, *entries):
        self.write("models/checker/graph/mutants.py", f"MUTANTS = {list(entries)!r}\n")
        return mutate.read_tables(self.root)


class TestPresentTables:
    """The mutants of the repository."""

    @pytest.fixture(autouse=True)
    def present(self):
        self.mutants = mutate.read_tables(mutate.ROOT)

    def test_they_fit_the_sources(self):
        assert mutate.faults(self.mutants, mutate.ROOT) == []

    def test_they_are_many(self):
        assert len(self.mutants) > 200

    def test_few_are_equivalent(self):
        assert (sum(bool(mutant.equivalent) for mutant in self.mutants)) < len(self.mutants) // 10

    def test_no_two_are_the_same(self):
        assert (len({mutant.edits for mutant in self.mutants})) == len(self.mutants)


class TestTable(Tree):
    def faults(self, *entries):
        return mutate.faults(self.table(*entries), self.root)

    def test_good(self):
        assert self.faults(KILLED, SAME) == []

    def test_text_that_is_not_there_once(self):
        found = self.faults(entry("half.gone", "gone", "new"))[0]
        assert "half.gone: models/checker/graph/half.cpp: expected its text once, found it 0 times" in found
        assert "found it 2 times" in self.faults(entry("half.twice", "return", "throw"))[0]
        assert "found it 0 times" in self.faults(dict(KILLED, file="none.cpp"))[0]

    def test_further_edits_are_checked_too(self):
        assert "found it 0 times" in self.faults(dict(KILLED, more=[("half.cpp", "gone", "new")]))[0]

    def test_an_edit_that_changes_nothing(self):
        assert "expected a change, found none" in self.faults(dict(KILLED, new="++result"))[0]

    def test_names(self):
        assert "half.wrong: expected a new name, found it 2 times" in self.faults(KILLED, KILLED)
        assert "Half: expected a name like group.what" in self.faults(dict(KILLED, name="Half"))

    def test_keys(self):
        for bad, expected in [({key: text for key, text in KILLED.items() if key != "rule"}, "expected the keys rule"),
                              (dict(KILLED, reason="none"), "found reason"),
                              (dict(KILLED, equivalent=""), "expected an argument"),
                              (dict(KILLED, equivalent="it is"), "expected an argument")]:
            with pytest.raises(CannotRun, match=expected):
                self.table(bad)

    def test_no_tables(self):
        with pytest.raises(CannotRun, match="found none"):
            mutate.read_tables(self.root)

    def test_only(self):
        mutants = self.table(KILLED, OF_FIVE, SAME)
        names = [mutant.name for mutant in mutate.chosen(mutants, [re.compile("odd|same")])]
        assert names == ["half.odd", "half.same"]
        assert mutate.chosen(mutants, None) == mutants
        with pytest.raises(CannotRun, match="expected the name of a mutant"):
            mutate.chosen(mutants, [re.compile("nothing")])


class TestFolders(Tree):
    def files(self, folder):
        return {str(file.relative_to(folder)): (file.read_text(), file.stat().st_mtime_ns)
                for file in folder.rglob("*") if file.is_file()}

    def test_a_mirror_is_the_same_with_its_times(self):
        source, target = self.root / "models", self.root / "copy"
        mutate.mirror(source, target)
        assert self.files(source) == self.files(target)
        (target / "checker/graph/half.cpp").write_text(SOURCE.replace("n + 1", "n + 2"))
        (target / "checker/graph/new").mkdir()
        (target / "checker/graph/new/file").write_text("")
        (target / "checker/graph/program.cpp").unlink()
        mutate.mirror(source, target)
        assert self.files(source) == self.files(target)
        assert not (target / "checker/graph/new").exists()

    def test_following_leaves_what_has_not_changed(self):
        base = self.root / "base"
        mutate.follow_sources(self.root, base)
        before = self.files(base)
        self.write("models/checker/graph/half.cpp", SOURCE + "\n")
        self.write("models/checker/graph/half_test.cpp", TESTS)  # the same text at another time
        (self.root / "models/checker/graph/program.cpp").unlink()
        self.write("models/checker/graph/notes.txt", "no source")
        mutate.follow_sources(self.root, base)
        after = self.files(base)
        assert set(after) == {"models/checker/graph/half.cpp", "models/checker/graph/half_test.cpp"}
        assert after["models/checker/graph/half_test.cpp"] == before["models/checker/graph/half_test.cpp"]
        assert after["models/checker/graph/half.cpp"] != before["models/checker/graph/half.cpp"]

    def test_what_is_built(self):
        text = mutate.ninja_text(self.root)
        assert "build objects/graph/half.o: compile models/checker/graph/half.cpp" in text
        assert "build tests: link objects/graph/half.o objects/graph/half_test.o\n" in text
        assert "program.cpp" not in text


class TestReadRun:
    OUTPUT = "[ RUN      ] A.First\n[       OK ] A.First (0 ms)\n[ RUN      ] A.Second\n"
    FAILURE = "models/checker/x_test.cpp:12: Failure\nExpected equality\n"

    def test_all_passed(self):
        assert mutate.read_run(0, self.OUTPUT) == Run()

    def test_failed(self):
        for status in (1, -signal.SIGTRAP):
            assert mutate.read_run(status, self.OUTPUT + self.FAILURE) == Run("A.Second", "failed")
        assert mutate.read_run(1, self.OUTPUT + 'unknown file: Failure\nC++ exception "no"\n').how == "failed"

    def test_a_failure_of_an_earlier_test_is_not_of_this(self):
        output = "[ RUN      ] A.First\n" + self.FAILURE + self.OUTPUT
        assert mutate.read_run(-signal.SIGSEGV, output) == Run("A.Second", "crashed: SIGSEGV")

    def test_did_not_end(self):
        for status in (-signal.SIGXCPU, -signal.SIGKILL, None):
            assert mutate.read_run(status, self.OUTPUT) == (Run("A.Second", "did not end"))

    def test_out_of_memory(self):
        output = self.OUTPUT + "terminate called after throwing an instance of 'std::bad_alloc'\n"
        assert mutate.read_run(-signal.SIGABRT, output).how == "out of memory"
        output = self.OUTPUT + 'unknown file: Failure\nC++ exception with description "std::bad_alloc" thrown\n'
        assert mutate.read_run(-signal.SIGTRAP, output).how == "out of memory"

    def test_before_any_test(self):
        assert mutate.read_run(127, "") == Run("none", "crashed: exit status 127")


class FakeBench:
    """Judges by a table {name: (test, how)}."""

    def __init__(self, root, runs):
        self.root, self.runs, self.prepared = root, runs, 0

    def prepare(self, jobs):
        self.prepared += 1

    def judge(self, mutant, job):
        by = Run(*self.runs.get(mutant.name, ()))
        if by.how == "no code":
            raise CannotRun(f"{mutant.name} does not compile")
        return mutate.Outcome(mutate.verdict_of(mutant, by), by, 1.5)


class TestReport(Tree):
    def run_fake(self, entries, runs, **options):
        self.table(*entries)
        self.lines = []
        self.bench = FakeBench(self.root, runs)
        own = {"list_": False, "only": (), "jobs": 2, "json": None} | options
        return mutate.run(SimpleNamespace(**own), self.bench, self.lines.append)

    def test_all_killed_but_the_equivalent(self):
        assert (self.run_fake([KILLED, ENDLESS, SAME], {"half.wrong": ("A.B", "failed"),
                                                        "half.endless": ("A.C", "did not end")})) == 0
        assert self.lines[-1] == "2 killed, 1 equivalent, 0 survived"
        assert re.search(r"^killed +1\.5 s +half\.wrong +A\.B +the rule of half\.wrong$", self.lines[1])
        assert re.search((r"half\.endless +A\.C \(did not end\)"), self.lines[2])
        assert re.search(r"^equivalent .*half\.same", self.lines[3])

    def test_a_survivor(self):
        assert self.run_fake([KILLED, SURVIVOR], {"half.wrong": ("A.B", "failed")}) == 1
        assert self.lines[-1] == "1 killed, 0 equivalent, 1 survived"
        assert "half.untested survived: no test notices that this rule is broken: the rule of half.untested" in self.lines

    def test_an_argument_that_is_wrong(self):
        assert self.run_fake([SAME], {"half.same": ("A.B", "failed")}) == 1
        assert self.lines[-1] == "0 killed, 0 equivalent, 0 survived, 1 not equivalent"
        assert "addition has no order" in self.lines[-2]

    def test_a_mutant_that_does_not_compile(self):
        with pytest.raises(CannotRun, match="half.no_code does not compile"):
            self.run_fake([KILLED, NO_CODE, SURVIVOR], {"half.no_code": ("x", "no code")})

    def test_a_table_that_does_not_fit_builds_nothing(self):
        with pytest.raises(CannotRun, match="do not fit the sources:\nhalf.gone"):
            self.run_fake([KILLED, entry("half.gone", "gone", "new")], {})
        assert self.bench.prepared == 0

    def test_list(self):
        assert self.run_fake([KILLED, SAME], {}, list_=True) == 0
        assert self.bench.prepared == 0
        assert re.search(r"^equivalent half\.same +models/checker/graph/half\.cpp: the rule of half\.same$", self.lines[1])

    def test_json(self):
        file = self.root / "report.json"
        self.run_fake([KILLED, SAME], {"half.wrong": ("A.B", "failed")}, json=file)
        report = json.loads(file.read_text())
        assert report["total"] == "1 killed, 1 equivalent, 0 survived"
        assert [(row["name"], row["verdict"], row["killed_by"]) for row in report["mutants"]] == [("half.wrong", "killed",
                                                                                                   "A.B"),
                                                                                                  ("half.same", "equivalent",
                                                                                                   "")]

    def test_only(self):
        self.run_fake([KILLED, SURVIVOR], {"half.wrong": ("A.B", "failed")}, only=[re.compile("wrong")])
        assert self.lines[-1] == "1 killed, 0 equivalent, 0 survived"


class TestBuild(Tree):
    """With the compiler and real tests."""

    def bench(self):
        bench = mutate.Bench(self.root)
        bench.seconds = 1
        return bench

    def test_every_verdict(self):
        mutants = self.table(KILLED, OF_FIVE, ENDLESS, CRASH, SURVIVOR, SAME, WRONG_ARGUMENT)
        bench = self.bench()
        bench.prepare(2)
        outcomes = mutate.judge_all(bench, mutants, 2, lambda line: None)
        assert {name: (outcome.verdict, outcome.by.test, outcome.by.how) for name,
                outcome in outcomes.items()} == { "half.wrong": ("killed", "Half.OfFour", "failed"),
                                                 "half.odd": ("killed", "Half.OfFive", "failed"),
                                                 "half.endless": ("killed", "Half.OfFour", "did not end"),
                                                 "half.crash": ("killed", "Half.OfFive", outcomes["half.crash"].by.how),
                                                 "half.untested": ("SURVIVED", "", ""), "half.same": ("equivalent", "", ""),
                                                 "half.not_same": ("NOT EQUIVALENT", "Half.OfFour", "failed"), }
        assert "crashed: SIG" in outcomes["half.crash"].by.how
        with pytest.raises(CannotRun, match="half.no_code does not compile:\n(.|\n)*error"):
            bench.judge(self.table(NO_CODE)[0], 0)

    def test_tests_that_fail_without_a_mutant(self):
        self.write("models/checker/graph/half_test.cpp", TESTS.replace("half(5), 2", "half(5), 3"))
        with pytest.raises(CannotRun, match="the tests fail without any mutant:\n(.|\n)*Half.OfFive"):
            self.bench().prepare(2)

    def test_an_edit_applies_to_one_place_only(self):
        edit = Edit(Path("models/checker/graph/half.cpp"), "n", "m")
        with pytest.raises(CannotRun, match="expected this text once"):
            edit.apply(self.root)
        assert (self.root / edit.path).read_text() == SOURCE

    def test_quick_tests_are_run_first(self):
        bench = self.bench()
        times = {"Slow": "2s", "Quick": "0.01s"}
        bench.plan({"testsuites": [{"name": "A", "testsuite": [{"name": name, "time": time} for name, time in times.items()]}]})
        assert bench.batches == [(["A.Quick"], 1), (["A.Slow"], 1 + 12)]
