"""The engines of models/: their programs, how they are asked, one job of an engine, and the process that runs the job.

What they must answer: contract.py. How their options are spelled is here and nowhere else.
"""

import dataclasses
import json
import os
import signal
import subprocess
import tempfile
import threading
import time

from .basics import ROOT, CannotRun
from .contract import (ERROR, HELD, INCOMPLETE, VIOLATION, Outcome, Progress, check_listing, contradiction, ending, read_line,
                       said)

# The words of their command lines.
BUG, FINDING, REPLAY, SHRINK = "--bug", "--finding", "replay", "shrink"


def what_words(scenario, freelist, bug=""):
    """What is to be run, as an engine is told."""
    return ["--scenario", scenario, "--freelist", freelist, *([BUG, bug] if bug else [])]


def crash_words(scenario, freelist, mode, page, bug=""):
    """A run in which the process, the machine or the disk fails at any moment."""
    return ["run", *what_words(scenario, freelist, bug), "--analysis", "crash", "--mode", mode, "--page", str(page)]


def halting_words(scenario, freelist, bug=""):
    """A run in which each thread stops for ever before each of its steps."""
    return ["run", *what_words(scenario, freelist, bug), "--analysis", "halting"]


# Those of the other programs, and the variables that name a bug or a scenario to the fuzz targets.
CHURN_BUG, CHURN_REPLAY, KILL_BUG, KILL_REPLAY = "--bug", "repro", "--bug", "check"
LONG_RUNS_REPLAY = SHARING_REPLAY = "repro"
JUDGE, SHRINK_HISTORY = "judge", "minimise"
BUG_VARIABLE, SCENARIO_VARIABLE, FINDINGS_VARIABLE = "RARENA_BUG", "RARENA_SCENARIO", "RARENA_ARTIFACTS"

SHARD_VARIABLES = ("TEST_TOTAL_SHARDS", "TEST_SHARD_INDEX", "TEST_SHARD_STATUS_FILE")


@dataclasses.dataclass(frozen=True)
class Engine:
    """A program that runs scenarios."""
    name: str
    target: str  # of the build
    path: str    # below build/dev
    unit: str    # what it counts
    by_default: bool = True  # whether it runs where no engine is named

    @property
    def override(self):
        """The program that the environment names in place of the built one, or an empty text."""
        return os.environ.get(f"RARENA_{self.name.upper()}_ENGINE", "")

    @property
    def program(self):
        return self.override or str(ROOT / "build" / "dev" / self.path)


ENGINES = (Engine("checker", "checker_engine", "models/checker_engine/checker_engine", "executions"),
           Engine("relacy", "relacy_engine", "models/relacy/relacy_engine", "iterations"),
           Engine("schedule", "schedule_engine", "models/schedule/schedule_engine", "executions", by_default=False))
NAMES = tuple(engine.name for engine in ENGINES)
CHECKER = ENGINES[0]


def named(name):
    return ENGINES[NAMES.index(name)]


def unsharded():
    """The environment without what says of a run that it is one shard of many: it would hold with a part of the work."""
    return {name: text for name, text in os.environ.items() if name not in SHARD_VARIABLES}


class Process:
    """A running engine. `lines` are read once; then wait() has the exit status."""

    def __init__(self, command, environment):
        self._errors = tempfile.TemporaryFile("w+", errors="replace")
        # Its own session, so that Ctrl-C reaches this program alone and a signal ends the engine's children too.
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors,
                                             text=True, errors="replace", env=environment, start_new_session=True)
        except OSError as error:
            self._errors.close()
            raise CannotRun(f"cannot start the engine {command[0]}: {error.strerror}") from error
        self.lines = self._process.stdout

    def signal(self, number):
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                pass

    def wait(self):
        return self._process.wait()

    def errors(self):
        """What it said on standard error, after its end."""
        self._errors.seek(0)
        text = self._errors.read()
        self._errors.close()
        return text


start = Process  # the tests put a fake one here


def read_listing(engine):
    """What `ENGINE list` prints, checked."""
    process = start([engine.program, "list"], unsharded())
    text, status = "".join(process.lines), process.wait()
    errors = process.errors()
    if status != 0:
        raise CannotRun(f"{engine.program} list {ending(status)}{said(errors)}")
    try:
        listing = json.loads(text)
    except ValueError as error:
        raise CannotRun(f"{engine.program} list did not print JSON: {error}") from error
    try:
        return check_listing(listing, engine.name)
    except CannotRun as error:
        raise CannotRun(f"{engine.program}: {error}") from error


def ask(engine, *words):
    """What an engine prints, as JSON."""
    process = start([engine.program, *words], unsharded())
    text, status = "".join(process.lines), process.wait()
    errors = process.errors()
    try:
        if status == 0:
            return json.loads(text)
    except ValueError:
        pass
    raise CannotRun(f"{engine.program} {' '.join(words)}: expected JSON, and it {ending(status)}{said(errors)}")


def result_of(engine, words, running=None, progress=lambda progress: None):
    """The result of one engine process that is no shard, whose verdict is held, violation or incomplete. `running` has the
    processes that run now, for whoever has to end them; `progress` gets the lines of progress."""
    process = start([engine.program, *words], unsharded())
    if running is not None:
        running.add(process)
    result, what = {}, ""
    try:
        for line in process.lines:
            try:
                told = json.loads(line)
                result = told.get("result", result)
                if "progress" in told:
                    progress(told["progress"])
            except (ValueError, AttributeError):
                what = f"expected JSON, found {line.strip()[:80]!r}"
        status = process.wait()
    finally:
        if running is not None:
            running.discard(process)
    errors = process.errors()
    if what or result.get("verdict") not in (HELD, VIOLATION, INCOMPLETE):
        why = what or result.get("message") or f"no result, and it {ending(status)}{said(errors)}"
        raise CannotRun(f"{' '.join(map(str, [engine.program, *words]))}: {why}")
    return result


@dataclasses.dataclass(frozen=True)
class Shard:
    index: int  # from 0
    total: int

    def __str__(self):
        return f"shard {self.index + 1} of {self.total}"


def budget_words(scheduler, bound, first, iterations):
    if scheduler == "exhaustive":
        return scheduler
    return f"bound {bound}" if scheduler == "bound" else f"random {first}..{first + iterations - 1}"


def effort_words(effort):
    """An exhaustive run, or where that is too much one within the bound."""
    return [] if effort.get("exhaustive", True) else ["--scheduler", "bound", "--bound", str(effort["bound"])]


@dataclasses.dataclass(eq=False)
class Job:
    """One engine process: a scenario under one scheduler and one budget, or one shard of it, or the merge of its shards."""
    engine: Engine
    scenario: str
    freelist: str
    scheduler: str        # "exhaustive", "bound" or "random"
    finding: str          # where the engine writes a violation
    bound: int = 0        # bound: how far from the first execution
    first: int = 0        # random: iterations first .. first + iterations - 1
    iterations: int = 0
    bug: str = ""
    control: bool = False  # the partner of a bug, without it; may reuse another job's outcome
    shard: Shard | None = None
    report: str = ""      # of a shard: where the engine writes its result
    merges: tuple = ()    # the shards that this job merges
    reused: bool = False
    started: bool = False
    outcome: Outcome | None = None

    @property
    def budget(self):
        return budget_words(self.scheduler, self.bound, self.first, self.iterations)

    @property
    def label(self):
        what = f" with {self.bug}" if self.bug else " (control)" if self.control else ""
        part = f", {self.shard}" if self.shard else f", merge of {len(self.merges)} shards" if self.merges else ""
        return f"{self.engine.name} {self.scenario} {self.freelist} {self.budget}{what}{part}"

    @property
    def verdict(self):
        return self.outcome.verdict if self.outcome else None

    @property
    def reports(self):
        """Of a merge: the reports of the shards that held."""
        return [shard.report for shard in self.merges if shard.verdict == HELD]

    def arguments(self):
        if self.merges:
            return ["merge"] + self.reports
        words = ["run", *what_words(self.scenario, self.freelist, self.bug), "--scheduler", self.scheduler]
        if self.scheduler == "bound":
            words += ["--bound", str(self.bound)]
        elif self.scheduler == "random":
            words += ["--first", str(self.first), "--iterations", str(self.iterations)]
        if self.shard:
            words += ["--report", self.report]
        return words + ([FINDING, self.finding] if self.finding else [])

    def environment(self):
        """That of this program, in which the job is sharded only if it is meant to be."""
        own = unsharded()
        if self.shard:
            own |= {"TEST_TOTAL_SHARDS": str(self.shard.total), "TEST_SHARD_INDEX": str(self.shard.index)}
        return own


class Run:
    """The process of one job. A thread reads it; `events` gets (run, None) for progress and (run, outcome) at its end."""

    def __init__(self, job, events):
        self.job, self.events = job, events
        self.progress = Progress()  # the last line of progress
        self.heard = self.began = time.monotonic()
        self.stop_reason = ""
        self.kill_at = None
        self.process = start([job.engine.program] + job.arguments(), job.environment())
        threading.Thread(target=self._read, daemon=True).start()

    def stop(self, reason, grace=5.0):
        """Asks the process to end, and kills it after `grace` seconds (see check())."""
        self.stop_reason = self.stop_reason or reason
        self.kill_at = time.monotonic() + grace
        self.process.signal(signal.SIGTERM)

    def check(self, silence):
        """Kills a process that was told to stop and did not; stops one that was silent for `silence` seconds."""
        now = time.monotonic()
        if self.kill_at is not None:
            if now >= self.kill_at:
                self.process.signal(signal.SIGKILL)
        elif now - self.heard > silence:
            self.stop(f"the engine printed nothing for {silence:g} s")

    def _read(self):
        result, broken = None, ""
        for line in self.process.lines:
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
                    self.progress = read
                    self.events.put((self, None))
            except CannotRun as error:
                broken = str(error)
                self.process.signal(signal.SIGKILL)
        status = self.process.wait()
        self.events.put((self, self._conclude(status, result, broken)))

    def _conclude(self, status, result, broken):
        problem = broken or contradiction(self.job, status, result)
        if not problem and result.verdict == HELD and self.job.report and not os.path.isfile(self.job.report):
            problem = f"the engine printed the verdict held and left no report at {self.job.report}"
        errors = said(self.process.errors())
        if not problem:
            if result.verdict == ERROR:
                result.message = (result.message or "the engine gave no reason") + errors
            return result
        return Outcome(ERROR, self.progress.iterations, self.progress.seconds, message=problem + errors)
