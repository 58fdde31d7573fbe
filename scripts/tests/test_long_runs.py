"""Tests of scripts/lab stress long_runs: what is run, on a program that logs its words; and of the plot of its samples."""

import json

import pytest

from rarena_lab import basics, builds, findings, plotting, stress

PROGRAM = """#!/usr/bin/python3 -I
import json, os, sys
words = sys.argv[1:]
folder, kind, bug = (words[words.index(word) + 1] if word in words else "" for word in ("--directory", "--freelist", "--bug"))
with open(os.environ["FAKE_LOG"], "a") as log:
    log.write(" ".join(words[4:]) + "\\n")
violated = os.environ["FAKE_VIOLATED"] in words and not bug
if violated:
    with open(os.path.join(folder, f"violation-soak-{kind}-7.json"), "w") as file:
        json.dump({"engine": "long_runs", "invariant": "missed run", "message": "missed run: 3", "settings": {}}, file)
if "soak" in words:
    with open(os.path.join(folder, f"samples-{kind}.jsonl"), "w") as file:
        for second in range(3):
            print(json.dumps({"seconds": second, "live": 2048, "free": 1024, "discarded": 0, "segments": 7, "slowest_us": 500, "slowest_processor_us": 400}),
                  file=file)
sys.exit(1 if violated else 0)
"""


class TestLongRuns:
    @pytest.fixture(autouse=True)
    def fake(self, tmp_path, monkeypatch, lab):
        self.lab, self.folder, self.installed, self.monkeypatch = lab, tmp_path, [], monkeypatch
        program = tmp_path / "long_runs"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        monkeypatch.setattr(builds, "build", lambda *_: None)
        monkeypatch.setattr(builds, "packages", self.installed.append)
        monkeypatch.setattr(builds, "program", lambda *_: program)
        monkeypatch.setattr(stress, "ARTIFACTS", tmp_path / "artifacts")
        monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
        monkeypatch.setenv("FAKE_VIOLATED", "nothing")
        monkeypatch.chdir(tmp_path)

    def run(self, *words):
        status, output = self.lab("stress", "long_runs", *words)
        log = self.folder / "log"
        return status, output, log.read_text().splitlines() if log.exists() else []

    def test_every_run_with_each_kind_of_freelist(self):
        status, _, logged = self.run("--seed", "7")
        assert status == 0
        assert logged == [" ".join(["--freelist", kind, *stress.long_words(name, kind, False, ""), "--seed", "7"])
                          for name in stress.LONG_RUNS for kind in ("optimistic", "pessimistic")]
        assert "--freelist pessimistic occupancy --seed 7" in logged
        assert "--freelist optimistic occupancy --loads 70,85 --operations 20000 --seed 7" in logged

    def test_full_is_longer_unless_operations_are_named(self):
        own = ["--full", "--freelist", "optimistic", *(word for name in ("frag", "pmr", "soak") for word in ("--run", name))]
        _, _, logged = self.run(*own)
        assert [line.split()[-2:] for line in logged] == [["--operations", "10000000"], ["--operations", "3000000"],
                                                          ["--minutes", "10"]]
        (self.folder / "log").unlink()
        _, _, logged = self.run(*own, "--operations", "5")
        assert all(line.endswith(" --operations 5") for line in logged)

    @pytest.mark.parametrize("bug", list(stress.RUNS_OF_BUG))
    def test_a_bug_is_given_to_the_runs_that_find_it(self, bug):
        status, _, logged = self.run("--bug", bug)
        assert status == 0
        assert len(logged) == 2 * len(stress.RUNS_OF_BUG[bug])
        assert all(line.endswith(f"--bug {bug}") for line in logged)

    @pytest.mark.parametrize("words, text", [
        (["--bug", "leak", "--run", "pair_cost"], "expected with --bug leak one of the runs"),
        (["--bug", "eager_merging", "--run", "soak"], "expected with --bug eager_merging one of the runs near_full, found soak"),
        (["--plot", "x.png", "--run", "frag"], "expected with --plot the run soak"), (["--run", "saok"], "did you mean soak?")])
    def test_wrong_use(self, words, text):
        status, output, logged = self.run(*words)
        assert (status, text in output, logged) == (2, True, []), output

    def test_a_violation_leaves_a_finding(self):
        self.monkeypatch.setenv("FAKE_VIOLATED", "soak")
        status, output, logged = self.run("--preset", "release")
        assert (status, len(logged)) == (1, 2 * len(stress.LONG_RUNS))
        found = "artifacts/long_runs/finding-violation-soak-pessimistic-7.json"
        assert output.count(f"finding: {found}\nreplay: ") == 1
        finding = findings.read(self.folder / found)
        assert (finding.engine, finding.options, finding.violation) == ("long_runs", {"preset": "release"}, {
            "kind": "", "invariant": "missed run", "message": "missed run: 3"})

    def test_a_plot_is_of_the_samples_of_both_kinds(self):
        drawn = []
        self.monkeypatch.setattr(plotting, "draw", lambda files, out: drawn.append((list(files), out)))
        status, output, _ = self.run("--run", "soak", "--plot", "a.png")
        assert (status, drawn, self.installed) == (0, [(["optimistic", "pessimistic"], "a.png")], ["plot"])
        assert "plot: a.png" in output

    def test_nothing_is_drawn_or_installed_unasked(self):
        self.monkeypatch.setattr(plotting, "draw", lambda *_: self.installed.append("drawn"))
        assert self.run("--run", "soak")[0] == 0
        assert self.installed == []


def write_samples(folder, *lines):
    path = folder / "samples.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_series_of_samples(tmp_path):
    found = plotting.samples(write_samples(tmp_path, *(json.dumps({"seconds": i, "live": 1024 * i}) for i in range(3))))
    assert plotting.series(found, "live", 1024) == ([0, 1, 2], [0, 1, 2])


@pytest.mark.parametrize("line", ["{", '{"live": 1}', "[]"])
def test_what_is_no_sample(tmp_path, line):
    with pytest.raises(basics.CannotRun):
        plotting.series(plotting.samples(write_samples(tmp_path, line)), "live", 1)


def test_a_plot(tmp_path):
    pytest.importorskip("matplotlib")
    fields = [field for _, own, _ in plotting.PANELS for field in own]
    path = write_samples(tmp_path, *(json.dumps({"seconds": i} | dict.fromkeys(fields, i)) for i in range(3)))
    plotting.draw({"optimistic": path, "pessimistic": path}, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(basics.CannotRun, match="cannot write the plot"):
        plotting.draw({"optimistic": path}, tmp_path / "a.nothing")


def test_samples_that_are_not_there(tmp_path):
    with pytest.raises(basics.CannotRun, match="cannot read the samples"):
        plotting.samples(tmp_path / "none")
