"""What a model-checking run does, in which order: the groups of jobs, and the pool that runs them.

A scenario is a group of stages: an exhaustive job; or bounds, one by one, and last all shards of the random range. An
exhaustive job that is divided into shards has two stages: the shards, and the merge of their reports. A known bug is a group
too: the run with the bug, then its control, the same run without it. A stage starts when the one before has ended.
"""

import dataclasses
import os
import queue
import re
import time

from . import engines
from .basics import CannotRun
from .contract import ERROR, HELD, INCOMPLETE, STOPPED, VIOLATION, Outcome
from .engines import Engine, Job, Shard

VIOLATED = "the scenario already had a violation or an error"
INTERRUPTED = "interrupted"


def shards(first, count, parts):
    """Divides `count` iterations from `first` into at most `parts` disjoint (first, count) ranges that cover them."""
    parts = min(parts, count)
    ranges = []
    for index in range(parts):
        size = count // parts + (index < count % parts)
        ranges.append((first, size))
        first += size
    return ranges


class Group:
    """Jobs that give one verdict: a scenario, or (with `of_bug`) a known bug and its control."""

    def __init__(self, engine, row, stages, of_bug=False):
        self.engine, self.row, self.stages, self.of_bug = engine, row, stages, of_bug
        self.scenario, self.freelist = row["scenario"], row["freelist"]
        self.stopped = False

    @property
    def jobs(self):
        return [job for stage in self.stages for job in stage]

    @property
    def finished(self):
        started = [job for job in self.jobs if job.started]
        return all(job.outcome for job in started) and (self.stopped or len(started) == len(self.jobs))

    @property
    def verdict(self):
        """Of a scenario: of its jobs. Of a bug: held means found, and the control held."""
        verdicts = [job.verdict for job in self.jobs]
        if self.of_bug and verdicts[0] in (HELD, VIOLATION):
            verdicts[0] = HELD if self.as_expected(self.jobs[0]) else VIOLATION
        for worst in (VIOLATION, ERROR):
            if worst in verdicts:
                return worst
        return HELD if all(verdict == HELD for verdict in verdicts) else INCOMPLETE

    def as_expected(self, job):
        """Shipped code holds; a bug violates the invariant that the engine's list names for it."""
        if not job.bug:
            return job.verdict == HELD
        return job.verdict == VIOLATION and job.outcome.invariant == self.row["invariant"]

    @property
    def outcomes(self):
        """What counts: of shards that were merged the merge, else the shards."""
        merged = {part for job in self.jobs if job.verdict in (HELD, VIOLATION) for part in job.merges}
        return [job.outcome for job in self.jobs if job.outcome and job not in merged and (merged or not job.merges)]

    def total(self, field):
        return sum(getattr(outcome, field) for outcome in self.outcomes)

    def count(self, counter):
        return sum(outcome.counters.get(counter, 0) for outcome in self.outcomes)

    def stage(self):
        """The jobs that may run now."""
        if not self.stopped:
            for stage in self.stages:
                if not all(job.outcome for job in stage):
                    return [job for job in stage if not job.started]
        return []


def shards_folder(findings):
    """Where the shards of exhaustive jobs leave their reports."""
    return os.path.join(findings, "shards")


def finding_path(folder, *words):
    return os.path.join(folder, "-".join(re.sub(r"[^\w.]+", "_", word) for word in words if word) + ".json")


def scenario_group(engine, row, bounds, mode, options):
    where, effort = (row["scenario"], row["freelist"]), row[mode]

    def job(scheduler, name, **fields):
        return Job(engine, *where, scheduler, finding_path(options.findings, engine.name, *where, name), **fields)

    if effort.get("exhaustive"):
        return Group(engine, row, exhaustive_stages(engine, where, job, options))
    last = effort["bound"]
    steps = range(1, last + 1) if bounds == "each" else [last] * (last > 0)
    stages = [[job("bound", f"bound{bound}", bound=bound)] for bound in steps]
    ranges = shards(options.seed, effort["random"], options.random_shards)
    if ranges:
        stages.append([job("random", f"random{first}", first=first, iterations=count) for first, count in ranges])
    return Group(engine, row, stages)


def exhaustive_stages(engine, where, job, options):
    """One exhaustive job, or its shards and their merge."""
    if options.shards == 1:
        return [[job("exhaustive", "exhaustive")]]
    parts = []
    for shard in (Shard(index, options.shards) for index in range(options.shards)):
        name = f"exhaustive-{shard.index + 1}of{shard.total}"
        report = finding_path(shards_folder(options.findings), engine.name, *where, name)
        parts.append(job("exhaustive", name, shard=shard, report=report))
    return [parts, [job("exhaustive", "exhaustive", merges=tuple(parts))]]


def bug_group(engine, row, options):
    where = row["scenario"], row["freelist"]
    fields = {"exhaustive": [], "bound": ["bound"], "random": ["first", "iterations"]}[row["scheduler"]]
    budget = {name: row[name] for name in fields}

    def job(name, **fields):
        path = finding_path(options.findings, engine.name, "bug", row["name"], *where, name)
        return Job(engine, *where, row["scheduler"], path, **budget, **fields)

    return Group(engine, row, [[job("", bug=row["name"])], [job("control", control=True)]], of_bug=True)


def covering(group, control):
    """The sets of jobs of a group that together go at least as far as the control, without a bug."""
    jobs = [job for job in group.jobs if not job.bug and not job.shard and
            (job.engine, job.scenario, job.freelist) == (control.engine, control.scenario, control.freelist)]
    sets = [[job] for job in jobs if job.scheduler == "exhaustive"]
    if control.scheduler == "bound":
        sets += [[job] for job in jobs if job.scheduler == "bound" and job.bound >= control.bound]
    if control.scheduler == "random":
        randoms = [job for job in jobs if job.scheduler == "random"]
        sets += [randoms] * (sum(job.iterations for job in randoms) >= control.iterations)
    return sets


@dataclasses.dataclass
class Part:
    """What one engine does in a run."""
    engine: Engine
    weak_failures: int  # how often weak CASes may fail spuriously in one of its executions
    scenarios: list     # groups
    bugs: list          # groups, one per bug that it must find
    not_findable: list  # the rows of the bugs that it cannot find

    @property
    def groups(self):
        return self.scenarios + self.bugs

    @property
    def jobs(self):
        return [job for group in self.groups for job in group.jobs]


class Pool:
    """Runs groups, at most `width` jobs at a time. `display` gets finished(group, job) and tick(runs)."""

    def __init__(self, groups, width, silence, display):
        self.groups, self.width, self.silence, self.display = groups, width, silence, display
        self.events = queue.Queue()
        self.running = {}  # run -> group
        self.interrupts = 0

    def interrupt(self, *_):
        """A signal handler: the first stops everything, the second does not wait for the engines to end."""
        self.interrupts += 1

    def run(self):
        try:
            while True:
                self._start_jobs()
                if not self.running:
                    return
                self._take_events()
                self._watch()
                self.display.tick(list(self.running))
        finally:
            for run in self.running:
                run.stop(INTERRUPTED, grace=0)
                run.check(self.silence)

    def _start_jobs(self):
        while len(self.running) < self.width and not self.interrupts:
            group, job = self._next()
            if job is None:
                return
            job.started = True
            if job.merges and not job.reports:
                self._finish(group, job, Outcome(INCOMPLETE, message="no shard held, so there is nothing to merge"))
                continue
            try:
                for path in filter(os.path.lexists, (job.finding, job.report)):
                    os.remove(path)  # so that a file found there afterwards is of this run
                run = engines.Run(job, self.events)
            except (OSError, CannotRun) as error:
                self._finish(group, job, Outcome(ERROR, message=f"cannot start the job: {error}"))
                continue
            self.running[run] = group

    def _next(self):
        for index, group in enumerate(self.groups):
            for job in group.stage():
                if not job.control:
                    return group, job
                known = self._known(job, self.groups[:index])
                if known == "run":
                    return group, job
                if known != "wait":
                    job.started = job.reused = True
                    self._finish(group, job, known)
        return None, None

    def _known(self, control, earlier):
        """An outcome of this run that shows the control to hold, or "wait" when one may still come, or "run"."""
        wait = False
        for group in earlier:
            sets = covering(group, control)
            for jobs in sets:
                if all(job.verdict == HELD for job in jobs):
                    return Outcome(HELD, sum(job.outcome.iterations for job in jobs),
                                   sum(job.outcome.seconds for job in jobs))
            wait = wait or bool(sets) and not group.finished
        return "wait" if wait else "run"

    def _take_events(self):
        try:
            run, outcome = self.events.get(timeout=0.2)
        except queue.Empty:
            return
        if outcome is not None:
            group = self.running.pop(run)
            self._finish(group, run.job, self._adjust(run, outcome))

    def _adjust(self, run, outcome):
        """What a process says that we ended ourselves counts if it is a verdict, else the reason we had counts."""
        if not run.stop_reason or outcome.verdict in (HELD, VIOLATION):
            return outcome
        verdict = {VIOLATED: STOPPED, INTERRUPTED: INCOMPLETE}.get(run.stop_reason, ERROR)
        iterations, seconds = max((outcome.iterations, outcome.seconds), (run.progress.iterations, run.progress.seconds))
        return Outcome(verdict, iterations, seconds, message=run.stop_reason)

    def _finish(self, group, job, outcome):
        if job.shard and outcome.verdict == ERROR:  # the others may still find a violation
            outcome = dataclasses.replace(outcome, verdict=INCOMPLETE, message=f"the shard failed: {outcome.message}")
        job.outcome = outcome
        if outcome.verdict in (VIOLATION, ERROR) or group.of_bug:
            if not group.as_expected(job):
                group.stopped = True
                for run, other in self.running.items():
                    if other is group:
                        run.stop(VIOLATED)
        self.display.finished(group, job)

    def _watch(self):
        for run in self.running:
            if self.interrupts and not run.stop_reason:
                run.stop(INTERRUPTED)
            if self.interrupts > 1:
                run.kill_at = time.monotonic()
            run.check(self.silence)
