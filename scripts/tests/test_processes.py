"""The lab with real processes: engines that are programs, signals, and the launchers."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from rarena_lab import basics, builds, engines
from rarena_lab.cli import main

ENGINE = """#!/usr/bin/python3 -I
import json, os, sys, time
effort = {"bound": 1, "random": 0}
names = ["two_allocators_one_segment", "split_vs_split"]
if sys.argv[1] == "list":
    rows = [{"scenario": name, "freelist": "pessimistic", "threads": 2, "about": "", "not_shown": "", "quick": effort, "full": effort}
            for name in names]
    print(json.dumps({"engine": "relacy", "scenarios": rows, "bugs": []}))
    sys.exit(0)
if sys.argv[1] == "REPLAY":
    print("history of", sys.argv[2])
    sys.exit(int(os.environ.get("FAKE_STATUS", "1")))
if names[1] in sys.argv:
    print(json.dumps({"progress": {"iterations": 7, "seconds": 0.5}}), flush=True)
    open(os.environ["FAKE_LOG"], "w").close()
    if os.environ.get("FAKE_DIES"):
        print("out of memory", file=sys.stderr, flush=True)
        os.kill(os.getpid(), 9)
    time.sleep(60)
print(json.dumps({"result": {"verdict": "held", "iterations": 10, "seconds": 0.1}}))
"""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    program = tmp_path / "engine"
    program.write_text(ENGINE.replace("REPLAY", engines.REPLAY))
    program.chmod(0o755)
    monkeypatch.setenv("RARENA_RELACY_ENGINE", str(program))
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("PYTHONPATH", str(basics.ROOT / "scripts"))
    return program


def started(tmp_path, *words):
    command = [sys.executable, "-B", "-m", "rarena_lab", "verify", "--engine", "relacy", "--jobs", "1", "--findings",
               tmp_path / "findings", "--json", tmp_path / "report.json", "--no-bugs", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_says_what_was_done(engine, tmp_path, number):
    process = started(tmp_path)
    deadline = time.monotonic() + 30
    while not (tmp_path / "log").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 2, output
    assert output.splitlines()[-1].startswith("INCOMPLETE: 1 of 2 scenario runs held")
    assert ("interrupted: 1 of 2 jobs had finished: 1 held, 0 found their bug, 0 violated the shipped code; 1 were stopped "
            "(relacy "
            "split_vs_split pessimistic bound 1), 0 had not begun") in output
    assert "does not show" in output
    assert json.loads((tmp_path / "report.json").read_text())["exit_status"] == 2


def test_an_engine_that_dies(engine, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_DIES", "1")
    process = started(tmp_path)
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 3, output
    assert "SIGKILL" in output
    assert "out of memory" in output


def test_an_engine_that_is_not_there(engine, lab):
    engine.unlink()
    status, output = lab("verify", "--engine", "relacy", "--no-bugs")
    assert status == 3
    assert "cannot start the engine" in output


@pytest.mark.parametrize("status", [0, 1])
def test_a_replay_has_the_status_of_its_engine(engine, tmp_path, monkeypatch, status, capfd):
    finding = tmp_path / "a relacy.json"
    finding.write_text(json.dumps({"rarena_finding": 1, "engine": "relacy"}))
    monkeypatch.setenv("FAKE_STATUS", str(status))
    assert main(["replay", str(finding)]) == status
    assert f"history of {finding}" in capfd.readouterr().out


# Launchers and builds, in a copy of the scripts whose set-up only says that it was called.


@pytest.fixture
def launched(tmp_path):
    scripts = tmp_path / "scripts"
    (scripts / "lib").mkdir(parents=True)
    for name in ("lab", "test", "verify", "repro"):
        (scripts / name).write_bytes((basics.ROOT / "scripts" / name).read_bytes())
    (scripts / "lib/setup.sh").write_text('echo "setup $1"\n')
    (scripts / "rarena_lab").mkdir()
    (scripts / "rarena_lab/__main__.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
    (scripts / "rarena_lab/__init__.py").touch()

    def run(name, *words):
        return subprocess.run(["bash", scripts / name, *words], cwd="/", capture_output=True, text=True, check=False)
    return run


@pytest.mark.parametrize("name, words", [("lab", []), ("test", ["test"]), ("verify", ["verify"]), ("repro", ["replay"])])
def test_launchers(launched, name, words):
    done = launched(name, "--a b", "c")
    assert (done.returncode, done.stdout) == (7, f"setup lab\n{words + ['--a b', 'c']}\n")


@pytest.fixture
def built(monkeypatch):
    """What would be built."""
    calls = []

    def build(preset, *targets):
        calls.append(" ".join([preset, *targets]))
        raise basics.CannotRun("that is all")
    monkeypatch.setattr(builds, "build", build)
    monkeypatch.setattr(builds, "packages", lambda *_: None)
    monkeypatch.setattr(builds, "forget", lambda *_: None)
    for name in engines.NAMES:
        monkeypatch.delenv(f"RARENA_{name.upper()}_ENGINE", raising=False)
    return calls


@pytest.mark.parametrize("words, expected", [
    (["verify"], ["dev checker_engine relacy_engine"]), (["verify", "--engine", "relacy"], ["dev relacy_engine"]),
    (["verify", "--engine=checker"], ["dev checker_engine"]), (["verify", "--crash"], ["dev checker_engine"]),
    (["shrink", "--bug", "no_tags"], ["dev checker_engine"]), (["fuzz", "reopen"], ["fuzz reopen_fuzzer"]),
    (["fuzz", "run", "op_sequence", "--sanitizer", "memory"], ["fuzz-msan op_sequence_fuzzer"]),
    (["fuzz", "properties"], ["dev rapidcheck_tests"]), (["fuzz", "merge", "schedule"], ["fuzz schedule_fuzzer"]),
    (["fuzz", "coverage"], ["coverage core_tests world_tests fuzz_tests operations_tests rapidcheck_tests op_sequence_replay "
                            "reopen_replay schedule_replay"]),
    (["bench"], ["release bench"]), (["bench", "--compiler", "clang"], ["release-clang bench"]),
    (["check-checker"], ["dev litmus_table checker_tests"]),
    (["detect", "--engine", "tsan"], ["tsan churn"])])
def test_what_is_built(built, lab, words, expected):
    assert lab(*words)[0] == 3
    assert built == expected


@pytest.mark.parametrize("words, expected", [
    (["churn", "--preset", "tsan"], "tsan churn"), (["kill_reopen"], "dev kill_reopen"), (["sharing"], "dev sharing"),
    (["long_runs", "--preset", "release"], "release long_runs")])
def test_of_stress_what_could_not_run_is_2(built, lab, words, expected):
    assert lab("stress", *words)[0] == 2
    assert built == [expected]


def test_what_has_a_program_is_not_built(built, lab, monkeypatch):
    monkeypatch.setenv("RARENA_CHECKER_ENGINE", "/bin/false")
    monkeypatch.setenv("RARENA_RELACY_ENGINE", "/bin/false")
    assert lab("verify")[0] == 3
    assert built == []


@pytest.mark.parametrize("words", [["verify", "--list"], ["detect", "--list"], ["fuzz", "list"], ["tidy", "--list"],
                                   ["test", "--list"], ["bench", "--list"],
                                   ["mutate-checker", "--list"]])
def test_lists_build_and_install_nothing(built, lab, monkeypatch, words):
    monkeypatch.setattr(builds, "packages", lambda *_: built.append("packages"))
    status, output = lab(*words)
    assert (status, built) == (0, []), output


COMMANDS = ["test", "verify", "replay", "shrink", "promote", "stress churn", "stress kill_reopen", "stress long_runs",
            "stress sharing", "prove", "bench", "detect", "check-checker", "mutate-checker", "tidy", "format", "docs",
            *(f"fuzz {name}" for name in ("list", "run", "merge", "coverage",
                                                                                                "properties"))]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_names_the_exit_statuses(lab, name):
    status, output = lab(*name.split(), "--help")
    assert status == 0
    assert output.startswith(f"Usage: scripts/lab {name} ")
    assert re.search(r"\nExit status:\n +0  ", output)
    assert "ENUM" not in output and " INTEGER" not in output
    assert "mutant" not in output or name in ("prove", "mutate-checker", "check-checker", "test")


def test_help_of_all(lab):
    status, output = lab("--help")
    assert status == 0
    assert all(f"  {name.split()[0]} " in output for name in COMMANDS)


@pytest.mark.parametrize("words, status, expected", [
    (["veryfy"], 2, "did you mean verify?"), (["verify", "--scenario", "recycel"], 3, "did you mean recycle?"),
    (["verify", "--bug", "no_tag"], 3, "did you mean no_tags?"),
    (["verify", "--engine", "chekcer"], 3, "did you mean checker?"),
    (["verify", "--freelist", "odd"], 3, "odd"), (["verify", "--jobs", "0"], 3, "0"), (["verify", "--seed", "x"], 3, "x"),
    (["verify", "--odd"], 3, "--odd"), (["verify", "--scenario", "bump_vs_bump", "--freelist", "optimistic"], 3,
                                        "nothing to run"),
    (["verify", "--crash", "--kills"], 3, "--crash"), (["verify", "--crash", "--engine", "relacy"], 3, "--engine"),
    (["verify", "--bugs-only", "--no-bugs"], 3, "--no-bugs"), (["verify", "--page", "7"], 3, "7"),
    (["fuzz", "reopne"], 2, "did you mean reopen?"), (["fuzz", "run"], 2, "TARGET"),
    (["fuzz", "run", "none_such"], 2, "none_such"),
    (["fuzz", "reopen", "--seconds", "0"], 2, "0"), (["fuzz", "coverage", "none_such"], 2, "none_such"),
    (["fuzz", "reopen", "--scenario", "recycle:optimistic"], 2, "expected the target schedule, found reopen"),
    (["fuzz", "schedule", "--scenario", "recycel:optimistic"], 2, "did you mean recycle?"),
    (["fuzz", "schedule", "--scenario", "recycle:optimstic"], 2, "did you mean optimistic?"),
    (["fuzz", "schedule", "--scenario", "recycle:optimistic:no_tag"], 2, "did you mean no_tags?"),
    (["fuzz", "schedule", "--scenario", "recycle"], 2, "expected SCENARIO:FREELIST"),
    (["stress", "churn", "--bug", "no_tag"], 2, "did you mean no_tags?"), (["stress", "churn", "--preset", "msan"], 2, "msan"),
    (["stress", "kill_reopen", "--freelist", "none"], 2, "none"),
    (["stress", "kill_reopen", "--bug", "early_sale"], 2, "early_seal"),
    (["stress", "sharing", "--bug", "free_frist"], 2, "free_first"), (["stress", "sharing", "--processes", "1"], 2, "1"),
    (["stress", "chrun"], 2, "did you mean churn?"), (["test", "--step", "debv"], 2, "did you mean dev?"),
    (["test", "--quick", "--full"], 2, "--full"),
    (["test", "--step", "asan", "--label", "unit"], 2, "--label"), (["tidy", "--only", "none"], 2, "none"),
    (["tidy", "--list", "--self-test"], 2, "--list"), (["detect", "--bug", "none_such"], 2, "none_such"),
    (["detect", "--engine", "none_such"], 2, "none_such"), (["detect", "--seconds", "0"], 2, "0"),
    (["detect", "fly"], 2, "fly"),
    (["detect", "--markdown", "x.md", "--bug", "no_tags"], 2, "expected all engines"), (["replay"], 3, "FINDING"),
    (["shrink"], 3, "--bug"), (["promote", "x.json", "--name", "../out"], 2, "small letters"),
    (["format", "/nonexistent"], 2, "nonexistent"),
    (["check-checker", "--seed", "x"], 3, "x"), (["mutate-checker", "--only", "("], 3, "expected a regular expression"),
    (["mutate-checker", "--only", "no such mutant"], 3, "expected the name of a mutant"),
    (["prove", "--only", "coq"], 2, "coq")])
def test_wrong_use_builds_nothing(built, lab, monkeypatch, words, status, expected):
    monkeypatch.setattr(builds, "packages", lambda *_: built.append("packages"))
    found, output = lab(*words)
    assert (found, built) == (status, []), output
    assert expected in output
    assert len(output.splitlines()) == 1, output


def test_a_preset_is_configured_once_and_built(tmp_path, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(builds, "packages", lambda: None)
    monkeypatch.setattr(builds, "ROOT", tmp_path)
    monkeypatch.setattr(builds, "LOGS", tmp_path / "build/log")
    (tmp_path / "CMakePresets.json").touch()

    def logged(_log, command):
        calls.append(" ".join(command[:4]))
        if command[1] == "--preset":
            (tmp_path / "build/dev/build.ninja").touch()
    monkeypatch.setattr(builds, "logged", logged)
    builds.build("dev", "a", "b")
    builds.build("dev")
    assert calls == ["cmake --preset dev", "cmake --build --preset dev", "cmake --build --preset dev"]
    assert capsys.readouterr().err == "building: dev (the first time takes minutes)\n"


def test_a_build_that_fails_shows_its_end(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(builds, "ROOT", tmp_path)
    with pytest.raises(builds.BuildFailed):
        builds.logged(tmp_path / "log", ["sh", "-c", "echo wrong; exit 4"])
    assert capsys.readouterr().err.startswith("wrong\nfailed: sh -c 'echo wrong; exit 4'\nlog: ")


def test_the_python_of_the_launcher_is_debians():
    assert " /usr/bin/python3 " in Path(basics.ROOT, "scripts/lab").read_text()
    assert os.path.exists("/usr/bin/python3")


def test_an_interrupt_that_another_thread_gets_is_seen_at_once():
    future = Future()

    def interrupted():
        time.sleep(0.2)  # the main thread waits by then
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        time.sleep(10)
        future.set_result("too late")

    threading.Thread(target=interrupted, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        basics.awaited(future)
    assert not future.done()
