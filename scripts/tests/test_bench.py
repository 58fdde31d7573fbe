"""Tests of scripts/lab bench: what is run, on a program that logs its words, and what becomes of its figures."""

import json
from pathlib import Path

import pytest

from rarena_lab import basics, benchmark_names, benchmark_plots, benchmarks, builds, instructions, performance

PROGRAM = """#!/usr/bin/python3 -I
import json, os, sys
with open(os.environ["FAKE_LOG"], "a") as log:
    print(*sys.argv[1:-2], file=log)
out = sys.argv[-2].removeprefix("--benchmark_out=")
with open(os.environ["FAKE_RUN"]) as run, open(out, "w") as file:
    file.write(run.read())
sys.exit(int(os.environ.get("FAKE_STATUS", "0")))
"""


def entry(name, processor, wall=None, **more):
    times = {"cpu_time": processor, "real_time": wall or processor, "time_unit": "ns"}
    return {"name": name, "run_type": "iteration", **times, **more}


def run_of(*entries, checked="no", **context):
    return {"context": {"checked": checked, "compiler": "GNU 12.2.0 Release", **context}, "benchmarks": list(entries)}


def refused(name):
    return entry(name, 0.01, label="could not: refused")


ARENA, GLIBC, CURSOR = (f"bump/{peer}/blocks:8192/threads:1" for peer in ("arena", "glibc", "cursor"))
BOTH = run_of(*(entry(ARENA, time) for time in (30, 20, 22, 21, 90)), *(entry(GLIBC, time) for time in (11, 12, 10, 11, 11)),
              entry("bump/arena/blocks:8192/threads:2", 100, 60), entry("bump/glibc/blocks:8192/threads:2", 10, 3),
              refused(CURSOR), entry(CURSOR, 1), entry(f"{ARENA}_mean", 1) | {"run_type": "aggregate"})
USUAL = " ".join(benchmarks.USUAL)
CASE = benchmarks.Case("g++", "bump", "blocks", 8192, 1)


def record(run=BOTH, **runs):
    return benchmarks.Record({"g++": run, **runs}, 2, False, "2026-01-01")


def test_a_median_is_one_that_was_measured():
    assert benchmarks.median([5, 1, 3]) == 3
    assert benchmarks.median([4, 1, 3, 2]) == 2


def test_a_spread_is_that_of_the_middle_half():
    assert benchmarks.spread([20, 21, 22, 30, 90]) == pytest.approx(9 / 22)
    assert benchmarks.spread([7]) == 0


def test_ratios_are_of_medians():
    peers = record().found[CASE]
    assert list(peers) == ["arena", "cursor", "glibc"]  # as in the catalogue
    assert benchmarks.ratio(peers["glibc"], peers["arena"], "processor") == 11 / 22
    threads = record().found[benchmarks.Case("g++", "bump", "blocks", 8192, 2)]
    assert benchmarks.ratio(threads["glibc"], threads["arena"], "processor") == 0.1
    assert benchmarks.ratio(threads["glibc"], threads["arena"], "wall") == 0.05


def test_a_peer_that_was_refused_once_is_not_fast():
    own = record()
    assert own.found[CASE]["cursor"] == benchmarks.Figures(error="refused")
    assert own.refused() == [(CASE, "cursor", "refused")]
    lines = "\n".join(performance.show(own))
    assert "cursor could not run bump (g++, 8192 blocks, 1 thread): refused" in lines
    ratios = {(one["peer"], one["threads"]): one for one in json.loads(own.as_json())["ratios"]}
    assert (ratios["cursor", 1]["processor_ratio"], ratios["cursor", 1]["error"]) == (None, "refused")
    assert ratios["glibc", 1]["processor_ratio"] == 0.5


def test_without_a_base_there_are_times():
    own = record(run_of(refused(ARENA), entry(GLIBC, 10)))
    assert benchmarks.ratio(own.found[CASE]["glibc"], own.found[CASE]["arena"], "processor") is None
    assert performance.cell(own.found[CASE]["glibc"], own.found[CASE]["arena"], "processor") == "10.0 ns ±0 %"


@pytest.mark.parametrize("run", [run_of(entry(ARENA, 1), checked="yes"), run_of(entry("bump/none-such/blocks:1/threads:1", 1)),
                                 run_of(entry("none_such/arena/blocks:1/threads:1", 1)), run_of(entry("bump/arena", 1))])
def test_what_is_not_understood_is_not_counted(run):
    with pytest.raises(basics.CannotRun):
        _ = record(run).found


def test_units_of_time():
    own = record(run_of(entry(ARENA, 2) | {"time_unit": "ms"}))
    assert own.found[CASE]["arena"].processor == [2e6]


@pytest.mark.parametrize("counted, amount, words", [
    ("bytes", 64, "64 bytes"), ("bytes", 65536, "64 KiB"), ("bytes", 2**32 - 1, "4 GiB"), ("segments", 100000, "10^5 segments"),
    ("blocks", 8192, "8192 blocks"), ("segments", 10, "10 segments")])
def test_amounts_in_words(counted, amount, words):
    assert benchmarks.amount_words(counted, amount) == words


@pytest.mark.parametrize("number, words", [
    (0, "0.00"), (0.000514, "0.00051"), (0.0514, "0.051"), (0.514, "0.51"), (5.14, "5.14"), (51.4, "51.4"), (5140, "5,140")])
def test_figures_in_words(number, words):
    assert performance.figure(number) == words


@pytest.mark.parametrize("time, words", [(31.4, "31.4 ns"), (9999, "9,999 ns"), (204441, "204 us"), (1.5e7, "15.0 ms")])
def test_times_in_words(time, words):
    assert performance.time_words(time) == words


def test_the_tables():
    lines = list(performance.show(record()))
    assert "bump, g++: processor time of an operation; the others as multiples of arena" in "\n".join(lines)
    assert any(line.split() == ["arena", "22.0", "ns", "±20", "%", "100", "ns", "±0", "%"] for line in lines)
    assert any(line.split() == ["glibc", "0.50", "±0", "%", "0.10", "±0", "%"] for line in lines)
    assert any(line.split() == ["glibc", "0.050", "±0", "%"] for line in lines)  # wall time, of two threads only


def test_the_document():
    top = entry("top/arena/bytes:64/threads:1", 5)
    own = record(run_of(*BOTH["benchmarks"], top, load_avg=[1.5, 2, 3], **{"left out: protobuf": "not there"}))
    text = performance.text(own)
    assert "| glibc | 0.50 ±0 % | 0.10 ±0 % |" in text and "| g++ | GNU 12.2.0 Release | 1.5 |" in text
    assert "on 2\nprocessors" in text or "on 2 processors" in text
    assert "protobuf is left out: not there" in text
    assert "not timed.\n" in text and "## bump" in text and "## top" in text and "## churn" not in text
    assert all(len(line) <= 128 for line in text.splitlines() if not line.startswith("|"))
    assert "\n\n\n\n" not in text and "![" not in text
    assert "takes](plots/top.svg)\n" in performance.text(own, {"top": "plots/top.svg"})


def test_plots_are_the_same_for_the_same_figures(tmp_path):
    pytest.importorskip("matplotlib")
    paths = benchmark_plots.draw(record(), tmp_path)
    assert [path.name for path in paths] == ["bump.svg"]
    before = paths[0].read_text()
    assert "<svg" in before
    benchmark_plots.draw(record(), tmp_path)
    assert paths[0].read_text() == before


def test_lines_of_a_plot():
    axis, lines = benchmark_plots.lines_of(record(), "g++", "bump")
    assert axis == "threads"
    assert lines == {"arena": [(1, 22), (2, 100)], "glibc": [(1, 11), (2, 10)]}
    own = record(run_of(entry("churn/arena/bytes:10/threads:1", 5), entry("churn/arena/bytes:100/threads:1", 6)))
    assert benchmark_plots.lines_of(own, "g++", "churn") == ("bytes", {"arena": [(10, 5), (100, 6)]})


class TestCommand:
    @pytest.fixture(autouse=True)
    def fake(self, tmp_path, monkeypatch, lab):
        self.lab, self.folder, self.built, self.monkeypatch = lab, tmp_path, [], monkeypatch
        program = tmp_path / "bench"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        (tmp_path / "run.json").write_text(json.dumps(BOTH))
        monkeypatch.setattr(builds, "build", lambda *words: self.built.append(" ".join(words)))
        monkeypatch.setattr(builds, "packages", lambda kind: self.built.append(f"packages {kind}"))
        monkeypatch.setattr(builds, "program", lambda *_: program)
        monkeypatch.setattr(benchmarks, "ARTIFACTS", tmp_path / "artifacts")
        monkeypatch.setattr(builds, "forget", lambda preset: self.built.append(f"forget {preset}"))
        monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
        monkeypatch.setenv("FAKE_RUN", str(tmp_path / "run.json"))

    def run(self, *words):
        status, output = self.lab("bench", *words)
        log = self.folder / "log"
        return status, output, log.read_text().splitlines() if log.exists() else []

    def test_everything_with_one_compiler(self):
        status, output, logged = self.run()
        assert (status, logged) == (0, [f"{USUAL} --benchmark_filter=^[^/]*/[^/]*/"]), output
        assert self.built == ["packages bench", "forget release", "release bench"]

    def test_both_compilers_one_after_the_other(self):
        status, output, logged = self.run("--compiler", "both", "--quick")
        assert (status, len(logged)) == (0, 2), output
        assert "release-clang bench" in self.built
        assert all(line.startswith(" ".join(benchmarks.QUICK)) for line in logged)
        assert "bump, clang: processor time" in output and "its figures mean nothing" in output

    def test_a_choice_has_what_it_is_compared_with(self):
        _, _, logged = self.run("--workload", "bump", "--workload", "top", "--peer", "glibc")
        assert logged == [f"{USUAL} --benchmark_filter=^(bump|top)/(glibc|arena)/"]

    def test_a_filter_is_handed_on(self):
        _, _, logged = self.run("--filter", "threads:2")
        assert logged == [f"{USUAL} --benchmark_filter=threads:2"]

    def test_what_is_kept_is_read_again(self):
        kept, text = self.folder / "kept.json", self.folder / "text.md"
        assert self.run("--json", kept)[0] == 0
        status, output, logged = self.run("--from", kept, "--markdown", text)
        assert (status, len(logged)) == (0, 1), output
        assert "## bump" in text.read_text()
        assert benchmarks.load(kept).found == record().found

    def test_a_failed_program_could_not_run(self):
        self.monkeypatch.setenv("FAKE_STATUS", "1")
        status, output, _ = self.run()
        assert (status, "ended with status 1" in output) == (3, True)

    def test_a_broken_file_could_not_run(self):
        (self.folder / "kept.json").write_text("{}")
        assert self.run("--from", self.folder / "kept.json")[0] == 3

    @pytest.mark.parametrize("words, text", [
        (["--workload", "chrun"], "did you mean churn?"), (["--peer", "gilbc"], "did you mean glibc?"),
        (["--filter", "x", "--peer", "glibc"], "expected --filter or"), (["--compiler", "gcc"], "expected one of g++"),
        (["--markdown", "x", "--quick"], "expected --markdown of all, found --quick"),
        (["--markdown", "x", "--workload", "top"], "expected --markdown of all, found --workload"),
        (["--from", "x", "--peer", "glibc"], "found --peer"), (["--instructions", "--quick"], "found --quick")])
    def test_wrong_use(self, words, text):
        status, output, logged = self.run(*words)
        assert (status, text in output, logged, self.built) == (2, True, [], []), output

    def test_the_list(self):
        status, output, _ = self.run("--list")
        assert (status, self.built) == (0, [])
        assert "workload churn " in output and "peer     jemalloc " in output


class TestNames:
    ALL = [f"{workload}/{peer}/bytes:1/threads:1" for workload in benchmarks.catalogue()["workloads"]
           for peer in benchmarks.catalogue()["peers"]]

    def test_all(self):
        assert not list(benchmark_names.faults("\n".join(self.ALL), ""))

    def test_one_is_missing(self):
        some = "\n".join(name for name in self.ALL if "/glibc/" not in name)
        assert list(benchmark_names.faults(some, "")) == ["peer glibc: expected in the program, found only in the catalogue"]
        assert not list(benchmark_names.faults(some, "glibc is left out: not there\n"))

    def test_one_is_new(self):
        more = "\n".join([*self.ALL, "new/arena/bytes:1/threads:1"])
        assert list(benchmark_names.faults(more, "")) == ["workload new: expected in the catalogue, found only in the program"]

    def test_nothing(self):
        assert list(benchmark_names.faults("", ""))


CALLGRIND = """events: Ir
fn=(1) main
10 5
cfn=(2) measured_bump_allocate
calls=1 50
11 {bump}
cfn=(3) other
calls=1 50
12 777
fn=(2)
50 3
cfn=(3)
calls=9 1
51 1000
fn=(1)
cfn=(4) measured_planted
calls=1 60
13 {planted}
"""


def counted(bump, planted):
    return instructions.inclusive(CALLGRIND.format(bump=bump, planted=planted).splitlines())


PLANTED = "planted, g++: found"


class TestInstructions:
    @pytest.fixture(autouse=True)
    def limit(self, monkeypatch):
        limits = {"planted_is_above": "bump_allocate", "cases": {"bump_allocate": {"g++": 70}}}
        monkeypatch.setattr(instructions, "limits", lambda: limits)

    def test_what_a_file_of_callgrind_says(self):
        assert counted(100, 300) == {"bump_allocate": 100, "planted": 300}

    def test_what_does_not_grow_drops_out(self):
        assert instructions.per_operation(counted(1050, 0), counted(2050, 0), 10)["bump_allocate"] == 100

    @pytest.mark.parametrize("counts, fault", [
        ({"bump_allocate": 70, "planted": 130}, None),
        ({"bump_allocate": 70.5, "planted": 130},
         "bump_allocate, g++: found 70.5 instructions an operation, expected at most 70"),
        ({"planted": 130}, "bump_allocate: nothing was counted"),
        ({"bump_allocate": 0.5, "planted": 1}, f"{PLANTED} 1.0 instructions of two operations, expected more than 70 of one"),
        ({"bump_allocate": 70}, f"{PLANTED} 0.0 instructions of two operations, expected more than 70 of one")])
    def test_the_limits(self, counts, fault):
        assert instructions.judge("g++", counts)[1] == ([fault] if fault else [])

    def test_more_than_the_limit_is_status_1(self, monkeypatch, capsys):
        monkeypatch.setattr(instructions, "count", lambda _, many: {"bump_allocate": 71 * many, "planted": 142 * many})
        assert instructions.main(["g++", "program"]) == 1
        assert "expected at most 70" in capsys.readouterr().out

    def test_what_cannot_run_is_status_3(self):
        assert instructions.main(["g++", "/nowhere/program"]) == 3
        assert instructions.main([]) == 3


def test_every_case_has_limits_of_both_compilers():
    source = Path(basics.ROOT, "stress/bench/instructions/main.cpp").read_text()
    cases = instructions.limits()["cases"]
    assert all(f" measured_{case}(" in source and of.keys() == set(benchmarks.COMPILERS) for case, of in cases.items())
    assert source.count("void measured_") == len(cases) + 1
