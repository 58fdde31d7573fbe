"""Generated clients, scripts/verify --clients: every program of K calls over up to 3 threads, from a few starts, exhaustively on the
checker, for K = 1, 2, 3, ... until the time is up. What each execution returns and leaves is compared with the specification.

The programs and the starts: models/clients/generate.hpp. What is promised: models/checker_engine/client_oracle.hpp.
"""

import dataclasses
import itertools
import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from verify_contract import HELD, INCOMPLETE, VIOLATION, CannotRun
from verify_display import duration
from verify_engine import SHARD_VARIABLES
from verify_kills import CHECKER

STARTS = {"room": ("none", "optimistic", "pessimistic"), "list": ("optimistic", "pessimistic"), "owned": ("optimistic", "pessimistic")}
THREADS = (1, 2, 3)
MOST_CALLS = 7
SHARE = 0.5  # of the time that is left, a cell gets at most so much: what one leaves undone, others may still show
SPOKEN = 15.0  # seconds between two lines of progress of one cell


@dataclasses.dataclass
class Cell:
    """All programs of one start with exactly so many threads and calls. With a bug, or with more demanded than is promised, it must
    be found wrong, as a violation of `invariant`."""
    threads: int
    calls: int
    start: str
    freelist: str
    mutant: str = ""
    whole_calls: bool = False
    invariant: str = ""
    result: dict | None = None

    @property
    def is_twin(self):
        return bool(self.invariant)

    @property
    def label(self):
        twin = f" with {self.mutant}" if self.mutant else " against whole calls" if self.whole_calls else ""
        return f"{self.threads} threads, {self.calls} calls, {self.start} {self.freelist}{twin}"

    @property
    def complete(self):
        return self.result is not None and self.result["verdict"] == HELD

    @property
    def as_expected(self):
        if self.result is None:
            return True
        if self.is_twin:
            return self.result["verdict"] == VIOLATION and self.result["invariant"] == self.invariant
        return self.result["verdict"] != VIOLATION

    def arguments(self, artifacts, seconds):
        words = ["clients", "--threads", str(self.threads), "--calls", str(self.calls), "--start", self.start,
                 "--freelist", self.freelist, "--seconds", f"{seconds:.1f}"]
        if self.mutant:
            words += ["--mutant", self.mutant]
        if self.whole_calls:
            words.append("--whole-calls")
        name = "-".join(filter(None, ("checker-clients", "whole" if self.whole_calls else self.mutant, self.start, self.freelist,
                                      f"{self.threads}x{self.calls}")))
        return words + ["--artifact", os.path.join(artifacts, f"{name}.json")]


# Each must be found: bugs of the corpus; one that only the specification can see; and a demand that the shipped code does not keep.
TWINS = (
    Cell(2, 2, "list", "pessimistic", mutant="no_tags", invariant="FL-3"),
    Cell(2, 3, "list", "pessimistic", mutant="no_confirmation", invariant="SEG-2"),
    Cell(2, 2, "list", "pessimistic", mutant="missed_fit", invariant="FL-4"),
    Cell(2, 2, "list", "optimistic", whole_calls=True, invariant="FL-4"),
)


class Ladder:
    """The cells in the order of their calls, as far as the time goes."""

    def __init__(self, options):
        self.options, self.began = options, time.monotonic()
        self.cells = [Cell(threads, calls, start, freelist) for calls in range(1, MOST_CALLS + 1) for threads in THREADS
                      if threads <= calls for start, freelists in STARTS.items() for freelist in freelists]
        self.speaking = threading.Lock()

    def elapsed(self):
        return time.monotonic() - self.began

    def left(self):
        return self.options.client_seconds - self.elapsed()

    def say(self, text):
        with self.speaking:
            print(f"[{self.elapsed():4.0f} s] {text}", flush=True)

    def run(self):
        for twin in TWINS:
            self.run_cell(dataclasses.replace(twin), twin)
        with ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(self.run_cell, self.cells))

    def run_cell(self, cell, shown=None):
        shown = shown or cell
        if self.left() <= 0 and not cell.is_twin:
            return
        expected = self.expected_seconds(cell)
        if expected is not None and expected > 10:
            self.say(f"{cell.label}: begins; about {duration(expected)} to expect, {duration(max(self.left(), 0))} left of the budget")
        shown.result = self.ask(cell)
        self.say(f"{cell.label}: {finding(shown)}")

    def expected_seconds(self, cell):
        """From the two sizes below: their growth goes on."""
        def seconds(calls):
            return next((c.result["seconds"] for c in self.cells if c.complete and
                         (c.threads, c.calls, c.start, c.freelist) == (cell.threads, calls, cell.start, cell.freelist)), None)
        last, before = seconds(cell.calls - 1), seconds(cell.calls - 2)
        return last * last / before if last and before else None

    def ask(self, cell):
        """The result of one engine process, whose progress is said now and then."""
        words = [CHECKER.program, *cell.arguments(self.options.artifacts, max(SHARE * self.left(), 5.0))]
        environment = {name: text for name, text in os.environ.items() if name not in SHARD_VARIABLES}
        spoke, result, said = time.monotonic(), {}, ""
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment) as process:
            for said in process.stdout:
                try:
                    line = json.loads(said)
                except ValueError as error:
                    raise CannotRun(f"{' '.join(words)}: expected JSON, found {said.strip()!r}") from error
                result = line.get("result", result)
                progress = line.get("progress")
                if progress and time.monotonic() - spoke > SPOKEN:
                    spoke = time.monotonic()
                    self.say(f"{cell.label}: {progress_words(progress)}")
        if result.get("verdict") not in (HELD, VIOLATION, INCOMPLETE):
            raise CannotRun(f"{' '.join(words)}: {result.get('message') or f'no result, status {process.returncode}'}")
        return result


def progress_words(progress):
    fraction, seconds = progress["fraction"], progress["seconds"]
    left = f", about {duration(seconds * (1 - fraction) / fraction)} left if the others are as these" if fraction > 0 else ""
    return f"{progress['programs']:,} of {progress['of']:,} programs, {progress['iterations']:,} executions{left}"


def finding(cell):
    result = cell.result
    if result["verdict"] == VIOLATION:
        found = "FOUND" if cell.is_twin else "VIOLATED"
        replay = f"; scripts/repro {os.path.relpath(result['artifact'])}" if result["artifact"] else ""
        return f"{found}: {result['invariant']} in '{result['program']}': {result['message']}{replay}"
    words = "all" if cell.complete else f"{result['done']:,} of {result['programs']:,}"
    return f"{words} programs held, {result['iterations']:,} executions, {result['seconds']:.1f} s"


def table(cells):
    yield ("| threads | calls | start | freelist | programs | before symmetry | executions | seconds | outcomes | need steps | "
           "unexplained | verdict |")
    yield "|" + " --- |" * 12
    for cell in cells:
        r = cell.result
        verdict = "VIOLATED" if r["verdict"] == VIOLATION else "held" if cell.complete else f"part: {r['done']:,} held, rest not run"
        yield (f"| {cell.threads} | {cell.calls} | {cell.start} | {cell.freelist} | {r['programs']:,} | {r['before_symmetry']:,} | "
               f"{r['iterations']:,} | {r['seconds']:.1f} | {r['outcomes']:,} | {r['need_steps']:,} | {r['unexplained']:,} | {verdict} |")


def reached(cells, threads):
    """The largest number of calls up to which every cell is complete; 0: none."""
    own = [cell for cell in cells if cell.threads == threads]
    by_calls = itertools.groupby(own, key=lambda cell: cell.calls)
    whole = itertools.takewhile(lambda group: group[1], ((calls, all(c.complete for c in group)) for calls, group in by_calls))
    return max((calls for calls, _ in whole), default=0)


def summary(cells):
    for threads in THREADS:
        own = [cell for cell in cells if cell.threads == threads and cell.result]
        largest = reached(cells, threads)
        whole = [cell.result for cell in own if cell.calls <= largest]
        yield (f"{threads} threads: K = {largest} complete: {sum(r['programs'] for r in whole):,} programs "
               f"({sum(r['before_symmetry'] for r in whole):,} before symmetry), {sum(r['iterations'] for r in whole):,} executions, "
               f"{sum(r['seconds'] for r in whole):.1f} s of processors; of {sum(r['outcomes'] for r in whole):,} outcomes "
               f"{sum(r['need_steps'] for r in whole):,} are of no order of whole calls, and {sum(r['unexplained'] for r in whole):,} "
               "of no order of steps, all of these in executions that no interleaving explains. More calls are not shown"
               + (", but for the parts in the table." if any(c.calls > largest for c in own) else "."))


def run_clients(options):
    os.makedirs(options.artifacts, exist_ok=True)
    ladder = Ladder(options)
    ladder.run()
    cells = [cell for cell in ladder.cells if cell.result]
    print("\n" + "\n".join(table(cells)) + "\n")
    print("\n".join(summary(ladder.cells)))
    bad = [cell for cell in [*cells, *TWINS] if not cell.as_expected]
    for cell in bad:
        print(f"NOT AS EXPECTED: {cell.label}: {finding(cell)}")
    print(f"\n{'all as expected' if not bad else 'FAILED'}: {len(cells)} runs, {len(TWINS)} that must be found wrong "
          f"({ladder.elapsed():.0f} s)")
    return 1 if bad else 0
