"""The engines, one job of an engine, and the process that runs the job. The contract with it: verify_contract.py."""

import dataclasses
import os
import signal
import subprocess
import tempfile
import threading
import time

from verify_contract import ERROR, HELD, CannotRun, Outcome, Progress, contradiction, read_line, said

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARD_VARIABLES = ("TEST_TOTAL_SHARDS", "TEST_SHARD_INDEX", "TEST_SHARD_STATUS_FILE")


@dataclasses.dataclass(frozen=True)
class Engine:
    """A program that runs scenarios."""
    name: str
    target: str  # of the build
    path: str    # below build/dev/models
    unit: str    # what it counts
    by_default: bool = True  # whether it runs where no engine is named

    @property
    def override(self):
        """The program that the environment names in place of the built one, or an empty text."""
        return os.environ.get(f"RARENA_{self.name.upper()}_ENGINE", "")

    @property
    def program(self):
        return self.override or os.path.join(ROOT, "build", "dev", "models", self.path)


ENGINES = (Engine("checker", "checker_engine", "checker_engine/checker_engine", "executions"),
           Engine("relacy", "relacy_engine", "relacy/relacy_engine", "iterations"),
           Engine("schedule", "schedule_engine", "schedule/schedule_engine", "executions", by_default=False))


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


@dataclasses.dataclass(eq=False)
class Job:
    """One engine process: a scenario under one scheduler and one budget, or one shard of it, or the merge of its shards."""
    engine: Engine
    scenario: str
    freelist: str
    scheduler: str        # "exhaustive", "bound" or "random"
    artifact: str         # where the engine writes a violation
    bound: int = 0        # bound: how far from the first execution
    first: int = 0        # random: iterations first .. first + iterations - 1
    iterations: int = 0
    mutant: str = ""
    twin: bool = False    # the unmutated partner of a corpus entry; may reuse another job's outcome
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
        what = f" with {self.mutant}" if self.mutant else " (twin)" if self.twin else ""
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
        words = ["run", "--scenario", self.scenario, "--freelist", self.freelist]
        if self.mutant:
            words += ["--mutant", self.mutant]
        words += ["--scheduler", self.scheduler]
        if self.scheduler == "bound":
            words += ["--bound", str(self.bound)]
        elif self.scheduler == "random":
            words += ["--first", str(self.first), "--iterations", str(self.iterations)]
        if self.shard:
            words += ["--report", self.report]
        return words + ["--artifact", self.artifact]

    def environment(self):
        """That of this program, in which the job is sharded only if it is meant to be."""
        own = {name: text for name, text in os.environ.items() if name not in SHARD_VARIABLES}
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
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        # Its own session, so that Ctrl-C reaches this program alone and stop() ends the engine's children too.
        self.process = subprocess.Popen([job.engine.program] + job.arguments(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True, errors="replace",
                                        env=job.environment(), start_new_session=True)
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
                    self.progress = read
                    self.events.put((self, None))
            except CannotRun as error:
                broken = str(error)
                self._signal(signal.SIGKILL)
        status = self.process.wait()
        self.events.put((self, self._conclude(status, result, broken)))

    def _conclude(self, status, result, broken):
        problem = broken or contradiction(self.job, status, result)
        if not problem and result.verdict == HELD and self.job.report and not os.path.isfile(self.job.report):
            problem = f"the engine printed the verdict held and left no report at {self.job.report}"
        self.errors.seek(0)
        errors = said(self.errors.read())
        self.errors.close()
        if not problem:
            if result.verdict == ERROR:
                result.message = (result.message or "the engine gave no reason") + errors
            return result
        return Outcome(ERROR, self.progress.iterations, self.progress.seconds, message=problem + errors)
