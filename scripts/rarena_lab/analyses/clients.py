"""Generated clients, scripts/verify --clients: every program of K calls over up to 3 threads, from a few starts, exhaustively
on the checker, for K = 1, 2, 3, ... until the time is up. What each execution returns and leaves is compared with the
specification.

The programs, the starts and what is promised: models/README.md.
"""

import dataclasses
import itertools
import time

from .. import analyses
from ..basics import duration
from ..contract import HELD
from ..engines import BUG
from ..tables import markdown

STARTS = {"room": ("none", "optimistic", "pessimistic"), "list": ("optimistic", "pessimistic"),
          "owned": ("optimistic", "pessimistic"), "merge": ("optimistic", "pessimistic"),
          "index": ("optimistic", "pessimistic")}
THREADS = (1, 2, 3)
MOST_CALLS = 7
# What merges has so many executions that the others would not get their turn: by threads, the calls up to which it is run.
MERGING, CALLS_OF_MERGING = ("merge", "index"), {1: 4, 2: 3}
SHARE = 0.5  # of the time that is left, a case gets at most so much: what one leaves undone, others may still show
SPOKEN = 15.0  # seconds between two lines of progress of one case
WHOLE = "whole calls"
# Each must be found, as a violation of the invariant: known bugs; one that only the specification can see; and a demand that
# the shipped code does not keep.
FOUND = ((2, 2, "list", "pessimistic", "no_tags", "FL-3"), (2, 3, "list", "pessimistic", "no_confirmation", "SEG-2"),
         (2, 2, "list", "pessimistic", "missed_fit", "FL-4"), (2, 2, "list", "optimistic", WHOLE, "FL-4"))
TITLES = ("threads", "calls", "start", "freelist", "programs", "before symmetry", "executions", "seconds", "outcomes",
          "need steps", "unexplained", "verdict")


@dataclasses.dataclass
class Programs(analyses.Case):
    """All programs of one start with exactly so many threads and calls."""
    threads: int = 0
    calls: int = 0
    start: str = ""
    spoke: float = 0.0

    @property
    def complete(self):
        return self.result is not None and self.result["verdict"] == HELD


def programs(threads, calls, start, freelist, bug="", invariant=""):
    words = ["clients", "--threads", str(threads), "--calls", str(calls), "--start", start, "--freelist", freelist]
    words += ["--whole-calls"] if bug == WHOLE else [BUG, bug] if bug else []
    against = f" against {WHOLE}" if bug == WHOLE else f" with {bug}" if bug else ""
    name = "-".join(filter(None, ("checker-clients", bug.split()[0] if bug else "", start, freelist, f"{threads}x{calls}")))
    return Programs(f"{threads} threads, {calls} calls, {start} {freelist}{against}", words, name, freelist=freelist, bug=bug,
                    invariant=invariant, threads=threads, calls=calls, start=start)


def is_run(threads, calls, start):
    return threads <= calls and (start not in MERGING or calls <= CALLS_OF_MERGING.get(threads, 0))


def progress_words(progress):
    fraction, seconds = progress["fraction"], progress["seconds"]
    left = f", about {duration(seconds * (1 - fraction) / fraction)} left if the others are as these" if fraction > 0 else ""
    return f"{progress['programs']:,} of {progress['of']:,} programs, {progress['iterations']:,} executions{left}"


def row(case):
    r = case.result
    verdict = "VIOLATED" if case.violated else "held" if case.complete else f"part: {r['done']:,} held, rest not run"
    return (case.threads, case.calls, case.start, case.freelist, f"{r['programs']:,}", f"{r['before_symmetry']:,}",
            f"{r['iterations']:,}", f"{r['seconds']:.1f}", f"{r['outcomes']:,}", f"{r['need_steps']:,}",
            f"{r['unexplained']:,}", verdict)


def reached(cases, threads):
    """The largest number of calls up to which every case is complete; 0: none."""
    own = [case for case in cases if case.threads == threads]
    by_calls = itertools.groupby(own, key=lambda case: case.calls)
    whole = itertools.takewhile(lambda group: group[1], ((calls, all(c.complete for c in group)) for calls, group in by_calls))
    return max((calls for calls, _ in whole), default=0)


def summary(cases):
    """`cases` has those that were not run, too."""
    for threads in THREADS:
        own = [case for case in cases if case.threads == threads and case.result]
        largest = reached(cases, threads)
        whole = [case.result for case in own if case.calls <= largest]
        yield (f"{threads} threads: K = {largest} complete: {sum(r['programs'] for r in whole):,} programs "
               f"({sum(r['before_symmetry'] for r in whole):,} before symmetry), {sum(r['iterations'] for r in whole):,} "
               f"executions, {sum(r['seconds'] for r in whole):.1f} s of processors; of {sum(r['outcomes'] for r in whole):,} "
               f"outcomes {sum(r['need_steps'] for r in whole):,} are of no order of whole calls, and "
               f"{sum(r['unexplained'] for r in whole):,} of no order of steps, all of these in executions that no "
               "interleaving explains. More calls are not shown"
               + (", but for the parts in the table." if any(c.calls > largest for c in own) else "."))


class Analysis(analyses.Analysis):
    """What must be found comes first, whatever the time; then the others in the order of their calls, as far as it goes."""

    def __init__(self, options):
        super().__init__(options)
        self.began = time.monotonic()
        self.ladder = [programs(threads, calls, start, freelist) for calls in range(1, MOST_CALLS + 1) for threads in THREADS
                       for start, freelists in STARTS.items() if is_run(threads, calls, start) for freelist in freelists]

    def left(self):
        return self.options.client_seconds - (time.monotonic() - self.began)

    def cases(self):
        return [*(programs(*wanted) for wanted in FOUND), *self.ladder]

    def begins(self, case):
        if self.left() <= 0 and not case.bug:
            return False
        expected = self.expected_seconds(case)
        if expected is not None and expected > 10:
            self.say(case, f"begins; about {duration(expected)} to expect, {duration(max(self.left(), 0))} left of the budget")
        case.words += ["--seconds", f"{max(SHARE * self.left(), 5.0):.1f}"]
        return True

    def expected_seconds(self, case):
        """From the two sizes below: their growth goes on."""
        def seconds(calls):
            return next((c.result["seconds"] for c in self.ladder if c.complete and
                         (c.threads, c.calls, c.start, c.freelist) == (case.threads, calls, case.start, case.freelist)), None)
        last, before = seconds(case.calls - 1), seconds(case.calls - 2)
        return last * last / before if last and before else None

    def say(self, case, text):
        self.stage.say(f"{self.stage.stamp()} {case.label}: {text}")

    def progress(self, case, progress):
        if time.monotonic() - case.spoke > SPOKEN:
            case.spoke = time.monotonic()
            self.say(case, progress_words(progress))

    def told(self, case):
        words = "all" if case.complete else f"{case.result['done']:,} of {case.result['programs']:,}"
        return f"{words} programs held, {case.result['iterations']:,} executions, {case.result['seconds']:.1f} s"

    def violation(self, case):
        return f"{case.result['invariant']} in '{case.result['program']}': {case.result['message']}"

    def unexpected(self, case):
        return f"{'FOUND' if case.bug else 'VIOLATED'}: {self.violation(case)}" if case.violated else self.told(case)

    def conclusion(self, cases):
        yield from markdown(TITLES, (row(case) for case in cases if not case.bug))
        yield ""
        yield from summary(self.ladder)
        yield ""

    def totals(self, cases):
        return f"{sum(not case.bug for case in cases)} runs, {len(FOUND)} that must be found wrong"
