"""Analyses on the checker, which run instead of the scenarios and bugs: crash, halting, clients and kills.

An analysis names its cases, each of which is one engine process with one result; what is a surprise is the same for all: a case
without a bug must hold, and one with a bug must be found, as the invariant that is expected.
"""

import dataclasses
import importlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ..basics import awaited, replay_command
from ..contract import EXIT_STATUS, HELD, VIOLATION
from ..display import Stage
from ..engines import CHECKER, FINDING, result_of


@dataclasses.dataclass
class Case:
    """One run of the engine; `result` is None until it has ended, and stays so if it was not begun or was stopped."""
    label: str
    words: list           # of the engine's command line
    name: str = ""        # of the finding that a violation leaves
    scenario: str = ""
    freelist: str = ""
    mode: str = ""
    bug: str = ""         # or what else is demanded that must be found wrong
    invariant: str = ""   # with a bug: what it must be found as; the beginning is enough
    result: dict | None = None

    @property
    def violated(self):
        return self.result is not None and self.result["verdict"] == VIOLATION

    @property
    def as_expected(self):
        if self.result is None:
            return True
        if self.bug:
            return self.violated and self.result["invariant"].startswith(self.invariant)
        return not self.violated


class Analysis:
    """What the analyses have in common; each says what differs."""

    unit = "runs"

    def __init__(self, options):
        self.options = options
        self.stage = None

    def cases(self):
        """All cases, in the order in which they are begun."""
        raise NotImplementedError

    def begins(self, case):
        """Just before a case is run. False: it is not run at all."""
        return True

    def progress(self, case, progress):
        """What the engine says while a case runs."""

    def told(self, case):
        """What came of a case without a surprise, in a line."""
        raise NotImplementedError

    def line(self, case):
        """What is said when a case has ended, or nothing."""
        return f"{case.label}: {said_of(self, case)}"

    def as_expected(self, case):
        return case.as_expected

    def violation(self, case):
        """What was violated, in a line."""
        return case.result["message"]

    def unexpected(self, case):
        """Why a case is a surprise."""
        return f"{case.result['verdict']} {case.result['message']}".strip()

    def conclusion(self, cases):
        """Lines at the end."""
        return ()

    def totals(self, cases):
        """Of the last line: how much was run."""
        bugs = [case for case in cases if case.bug]
        return f"{len(cases) - len(bugs)} {self.unit}, {sum(map(self.as_expected, bugs))} of {len(bugs)} bugs found"

    def after(self, cases, status):
        """What is left to do when everything has been said; the exit status."""
        return status


def said_of(analysis, case):
    if not case.violated:
        return analysis.told(case)
    path = case.result.get("finding", "")
    return f"{'FOUND' if case.bug else 'VIOLATED'}: {analysis.violation(case)}" + (f"; {replay_command(path)}" if path else "")


class Sweep:
    """Runs the cases, some at a time. An interrupt ends those that run, and begins no more."""

    def __init__(self, analysis, findings, jobs):
        self.analysis, self.findings, self.jobs = analysis, findings, jobs
        self.running, self.stopping = set(), threading.Event()

    def run(self, cases):
        """True if it was interrupted."""
        with ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(self.one, case) for case in cases]
            try:
                for future in futures:
                    awaited(future)
            except BaseException as error:
                self.stopping.set()
                pool.shutdown(wait=False, cancel_futures=True)
                for process in list(self.running):
                    process.signal(signal.SIGKILL)
                if not isinstance(error, KeyboardInterrupt):
                    raise
                return True
        return False

    def one(self, case):
        if self.stopping.is_set() or not self.analysis.begins(case):
            return
        finding = [FINDING, os.path.join(self.findings, f"{case.name}.json")] if case.name else []
        try:
            result = result_of(CHECKER, [*case.words, *finding], self.running,
                               lambda progress: self.analysis.progress(case, progress))
        except Exception:
            if self.stopping.is_set():
                return  # we ended it ourselves
            raise
        case.result = result
        stage = self.analysis.stage
        if text := self.analysis.line(case):
            stage.say(f"{stage.stamp()} {text}")
        stage.status(lambda: f"{len(self.running)} running")


def surprises(analysis, cases):
    """A line for each case that is not as expected; equal violations are one."""
    equal = {}
    for case in cases:
        if case.result is not None and not analysis.as_expected(case):
            key = (case.scenario or case.label, case.bug, case.result.get("invariant", ""), analysis.unexpected(case))
            equal.setdefault(key, []).append(case)
    for first, *others in equal.values():
        path = first.result.get("finding", "")
        yield (f"NOT AS EXPECTED: {first.label}: {analysis.unexpected(first)}"
               + (f"; {len(others)} more like it: {', '.join(other.label for other in others)}" if others else "")
               + (f"; {replay_command(path)}" if path and first.violated else ""))


def interrupted_line(analysis, cases):
    done = [case for case in cases if case.result is not None]
    found = sum(case.violated and bool(case.bug) for case in done)
    held, violated = (sum(case.result["verdict"] == verdict for case in done) for verdict in (HELD, VIOLATION))
    return (f"INCOMPLETE: interrupted: {len(done)} of {len(cases)} {analysis.unit} had finished: {held} held, "
            f"{len(done) - held - violated} held as far as they went, {found} found their bug, {violated - found} violated the "
            "shipped code; the others were stopped or not begun")


def run_analysis(analysis):
    """The exit status."""
    options, stage = analysis.options, Stage()
    analysis.stage = stage
    os.makedirs(options.findings, exist_ok=True)
    began = time.monotonic()
    cases = list(analysis.cases())
    try:
        interrupted = Sweep(analysis, options.findings, options.jobs).run(cases)
    finally:
        stage.close()
    done = [case for case in cases if case.result is not None]
    if not interrupted:
        print("\n" + "\n".join(analysis.conclusion(done)))
    bad = list(surprises(analysis, done))
    print("\n".join(bad) + "\n" * bool(bad), end="")
    status = 1 if bad else 0
    if interrupted:
        print(interrupted_line(analysis, cases), flush=True)
        return status or EXIT_STATUS["incomplete"]
    status = analysis.after(done, status)
    print(f"{'FAILED' if status else 'all as expected'}: {analysis.totals(done)} ({time.monotonic() - began:.0f} s)",
          flush=True)
    return status


def run(name, options):
    """Runs an analysis by its name; the exit status."""
    return run_analysis(importlib.import_module(f".{name}", __package__).Analysis(options))
