"""The engine's side of a model-checking run: its listing, one job, and the process that runs the job.

The contract of an engine program:
  ENGINE list      prints one JSON object with "engine", "scenarios" and "corpus";
  ENGINE run ...   prints JSON lines: {"progress": {...}} about once per second, then exactly one {"result": {...}};
  exit status      0 held, 1 violation, 2 incomplete, 3 could not run; it must agree with the printed verdict.
Whatever breaks the contract (a crash, a signal, other output, a verdict without work) is an error, never "held".
"""

import dataclasses
import json
import os
import signal
import subprocess
import tempfile
import threading
import time

HELD, VIOLATION, INCOMPLETE, ERROR = "held", "violation", "incomplete", "error"
STOPPED = "stopped"  # ended by us, because its scenario already had a violation or an error
EXIT_STATUS = {HELD: 0, VIOLATION: 1, INCOMPLETE: 2, ERROR: 3}
FREELISTS = ("none", "optimistic", "pessimistic")

SCENARIO_FIELDS = {"scenario": str, "freelist": str, "threads": int, "about": str, "quick": dict, "full": dict,
                   "not_shown": str}
BUDGET_FIELDS = {"bound": int, "random": int}
CORPUS_FIELDS = {"name": str, "about": str, "scenario": str, "freelist": str, "scheduler": str, "bound": int, "first": int,
                 "iterations": int, "invariant": str, "expect": str, "not_found_reason": str}
RESULT_FIELDS = {"verdict": str, "iterations": int, "seconds": (int, float)}
RESULT_TEXTS = ("kind", "invariant", "message", "artifact")


class CannotRun(Exception):
    """The run cannot be done; the text says what was expected and found."""


@dataclasses.dataclass
class Outcome:
    """What one job ended with."""
    verdict: str
    iterations: int = 0
    seconds: float = 0.0
    kind: str = ""
    invariant: str = ""
    message: str = ""
    artifact: str = ""


@dataclasses.dataclass(eq=False)
class Job:
    """One engine process: a scenario under one scheduler and one budget."""
    scenario: str
    freelist: str
    scheduler: str        # "bound" or "random"
    artifact: str         # where the engine writes a violation
    bound: int = 0        # bound: at most so many context switches
    first: int = 0        # random: iterations first .. first + iterations - 1
    iterations: int = 0
    mutant: str = ""
    twin: bool = False    # the unmutated partner of a corpus entry; may reuse another job's outcome
    reused: bool = False
    started: bool = False
    outcome: Outcome | None = None

    @property
    def budget(self):
        if self.scheduler == "bound":
            return f"bound {self.bound}"
        return f"random {self.first}..{self.first + self.iterations - 1}"

    @property
    def label(self):
        what = f" with {self.mutant}" if self.mutant else " (twin)" if self.twin else ""
        return f"{self.scenario} {self.freelist} {self.budget}{what}"

    @property
    def verdict(self):
        return self.outcome.verdict if self.outcome else None

    def arguments(self):
        words = ["run", "--scenario", self.scenario, "--freelist", self.freelist]
        if self.mutant:
            words += ["--mutant", self.mutant]
        words += ["--scheduler", self.scheduler]
        if self.scheduler == "bound":
            words += ["--bound", str(self.bound)]
        else:
            words += ["--first", str(self.first), "--iterations", str(self.iterations)]
        return words + ["--artifact", self.artifact]


def check_fields(what, value, fields):
    """Raises CannotRun unless `value` is an object with these fields of these types."""
    if not isinstance(value, dict):
        raise CannotRun(f"{what}: expected a JSON object, found {json.dumps(value)[:80]}")
    for name, kind in fields.items():
        if name not in value:
            raise CannotRun(f'{what}: expected a field "{name}", found {", ".join(value) or "none"}')
        found = value[name]
        if not isinstance(found, kind) or isinstance(found, bool):
            raise CannotRun(f'{what}: field "{name}" is {json.dumps(found)[:80]}, of the wrong type')
        if isinstance(found, (int, float)) and found < 0:
            raise CannotRun(f'{what}: field "{name}" is {found}, expected at least 0')


def check_listing(listing):
    """Checks what `ENGINE list` printed; a listing that would run nothing, or a job twice, is refused."""
    check_fields("the engine's list", listing, {"engine": str, "scenarios": list, "corpus": list})
    seen = set()
    for row in listing["scenarios"]:
        check_fields("the engine's list of scenarios", row, SCENARIO_FIELDS)
        name = f'{row["scenario"]} {row["freelist"]}'
        for mode in ("quick", "full"):
            check_fields(f"scenario {name}, {mode}", row[mode], BUDGET_FIELDS)
            if row[mode]["bound"] + row[mode]["random"] == 0:
                raise CannotRun(f"scenario {name}: its {mode} budget runs nothing")
        check_new(seen, "scenario", name, row)
    seen = set()
    for row in listing["corpus"]:
        check_fields("the engine's corpus", row, CORPUS_FIELDS)
        name = f'{row["name"]} ({row["scenario"]} {row["freelist"]})'
        check_new(seen, "corpus entry", name, row)
        check_corpus_entry(f"corpus entry {name}", row)
    return listing


def check_new(seen, what, name, row):
    if row["freelist"] not in FREELISTS:
        raise CannotRun(f'{what} {name}: freelist is "{row["freelist"]}", expected {" or ".join(FREELISTS)}')
    if name in seen:
        raise CannotRun(f"{what} {name} is listed twice")
    seen.add(name)


def check_corpus_entry(what, row):
    if row["expect"] not in ("violation", "not_found"):
        raise CannotRun(f'{what}: expect is "{row["expect"]}", expected violation or not_found')
    if row["expect"] == "not_found":
        if not row["not_found_reason"]:
            raise CannotRun(f"{what}: not_found needs a not_found_reason")
    elif row["scheduler"] not in ("bound", "random"):
        raise CannotRun(f'{what}: scheduler is "{row["scheduler"]}", expected bound or random')
    elif row["bound" if row["scheduler"] == "bound" else "iterations"] == 0:
        raise CannotRun(f'{what}: its {row["scheduler"]} budget runs nothing')


def read_listing(program):
    """Runs `PROGRAM list` and returns the checked listing."""
    try:
        done = subprocess.run([program, "list"], capture_output=True, text=True, errors="replace", timeout=60, check=False)
    except OSError as error:
        raise CannotRun(f"cannot start the engine {program}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise CannotRun(f"{program} list did not end within 60 s") from error
    if done.returncode != 0:
        raise CannotRun(f"{program} list {ending(done.returncode)}{said(done.stderr)}")
    try:
        return check_listing(json.loads(done.stdout))
    except ValueError as error:
        raise CannotRun(f"{program} list did not print JSON: {error}") from error


def ending(status):
    """How a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"was killed by signal {-status}"


def said(errors):
    words = " ".join(errors.split())
    return f"; it said: {words[-300:]}" if words else ""


def read_line(line):
    """One line of `ENGINE run`: (iterations, seconds) of a progress line, or the Outcome of a result line."""
    try:
        value = json.loads(line)
    except ValueError as error:
        raise CannotRun(f"expected a JSON line, found {line.strip()[:80]!r}") from error
    if isinstance(value, dict) and "progress" in value:
        progress = value["progress"]
        check_fields("a progress line", progress, {"iterations": int, "seconds": (int, float)})
        return progress["iterations"], progress["seconds"]
    if isinstance(value, dict) and "result" in value:
        result = value["result"]
        check_fields("the result line", result, RESULT_FIELDS)
        if result["verdict"] not in EXIT_STATUS:
            raise CannotRun(f'the result line: verdict "{result["verdict"]}", expected {", ".join(EXIT_STATUS)}')
        texts = {name: str(result.get(name) or "") for name in RESULT_TEXTS}
        return Outcome(result["verdict"], result["iterations"], float(result["seconds"]), **texts)
    raise CannotRun(f"expected a progress or a result line, found {line.strip()[:80]!r}")


class Run:
    """The process of one job. A thread reads it; `events` gets (run, None) for progress and (run, outcome) at its end."""

    def __init__(self, job, program, events):
        self.job, self.events = job, events
        self.iterations, self.seconds = 0, 0.0  # the last progress line
        self.heard = self.began = time.monotonic()
        self.stop_reason = ""
        self.kill_at = None
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        # Its own session, so that Ctrl-C reaches this program alone and stop() ends the engine's children too.
        self.process = subprocess.Popen([program] + job.arguments(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, errors="replace", start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()

    def stop(self, reason, grace=5.0):
        """Asks the process to end, and kills it after `grace` seconds (see check())."""
        self.stop_reason = self.stop_reason or reason
        self.kill_at = time.monotonic() + grace
        self._signal(signal.SIGTERM)

    def check(self, silence):
        """Kills a process that was told to stop and did not; stops one that was silent for `silence` seconds."""
        now = time.monotonic()
        if self.kill_at is not None:
            if now >= self.kill_at:
                self._signal(signal.SIGKILL)
        elif now - self.heard > silence:
            self.stop(f"the engine printed nothing for {silence:g} s")

    def _signal(self, number):
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def _read(self):
        result, broken = None, ""
        for line in self.process.stdout:
            self.heard = time.monotonic()
            if not line.strip() or broken:
                continue
            try:
                if result is not None:
                    raise CannotRun("more output after the result line")
                read = read_line(line)
                if isinstance(read, Outcome):
                    result = read
                else:
                    self.iterations, self.seconds = read
                    self.events.put((self, None))
            except CannotRun as error:
                broken = str(error)
                self._signal(signal.SIGKILL)
        status = self.process.wait()
        self.events.put((self, self._conclude(status, result, broken)))

    def _conclude(self, status, result, broken):
        problem = broken or self._contradiction(status, result)
        self.errors.seek(0)
        errors = said(self.errors.read())
        self.errors.close()
        if not problem:
            if result.verdict == ERROR:
                result.message = (result.message or "the engine gave no reason") + errors
            return result
        return Outcome(ERROR, self.iterations, self.seconds, message=problem + errors)

    def _contradiction(self, status, result):
        if result is None:
            return f"the engine {ending(status)} and printed no result"
        if status != EXIT_STATUS[result.verdict]:
            expected = EXIT_STATUS[result.verdict]
            return f"the engine printed the verdict {result.verdict} (status {expected}) but {ending(status)}"
        due = max(1, self.job.iterations)
        if result.verdict == HELD and result.iterations < due:
            return f"the engine printed the verdict held after {result.iterations} of {due} iterations"
        return ""
