"""What a run says while it runs."""

import sys
import threading
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from .basics import duration, human, rate
from .contract import HELD, VIOLATION
from .report import WORDS, bug_words, found, violation_key, violation_lines


class Stage:
    """Where a run speaks. On a terminal one status line is refreshed below what was said; elsewhere there are plain lines,
    without control characters, and the status is a line now and then."""

    def __init__(self, stream=None, clock=time.monotonic, period=30.0):
        self.stream, self.clock, self.period = stream or sys.stdout, clock, period
        self.terminal = self.stream.isatty()
        self.began = self.spoke = clock()
        self.lock = threading.Lock()
        self.live = None
        if self.terminal:
            self.console = Console(file=self.stream, highlight=False)
            self.live = Live(console=self.console, transient=True, refresh_per_second=4, redirect_stdout=False,
                             redirect_stderr=False)
            self.live.start()

    def elapsed(self):
        return self.clock() - self.began

    def stamp(self):
        return f"[{self.elapsed():4.0f} s]"

    def say(self, text):
        with self.lock:
            if self.live:
                self.console.print(Text(text), soft_wrap=True)
            else:
                self.stream.write(f"{text}\n")
                self.stream.flush()

    def status(self, line):
        """`line` is a function: most of the time nobody wants to hear it."""
        now = self.clock()
        if self.live:
            self.live.update(Text(f"{self.stamp()} {line()}", no_wrap=True, overflow="ellipsis"))
        elif now - self.spoke >= self.period:
            self.spoke = now
            self.say(f"{self.stamp()} {line()}")

    def close(self):
        if self.live:
            self.live.update(Text(""))
            self.live.stop()
            self.live = None


def running_words(run, now):
    """One running job: its time, its counts and rate, and what is left of it if its engine has an estimate."""
    progress, unit = run.progress, run.job.engine.unit
    words = (f"{run.job.label}: {now - run.began:.0f} s, {human(progress.iterations)} {unit}, "
             f"{rate(progress.iterations, progress.seconds)}/s")
    if progress.fraction is not None:
        words += f", {100 * progress.fraction:.0f} %"
    if progress.fraction:
        words += f", about {duration(progress.seconds * (1 - progress.fraction) / progress.fraction)} left"
    return words


class Display:
    """What a pool of jobs says: every end of a job, and every violation of the shipped code, once if it comes again."""

    def __init__(self, stage, groups):
        self.stage, self.groups = stage, groups
        self.told = set()

    def finished(self, group, job):
        """A job ended. On a terminal only the end of its scenario, or what went wrong, is worth a line."""
        outcome, stage = job.outcome, self.stage
        if not stage.terminal and not job.reused:
            stage.say(f"{stage.stamp()} {job.label}: {self._verdict(job)}, {outcome.iterations:,} {job.engine.unit}, "
                      f"{outcome.seconds:.1f} s, {rate(outcome.iterations, outcome.seconds)}/s")
        elif stage.terminal and group.finished:
            name = f"bug {group.row['name']}" if group.of_bug else group.scenario
            verdict = bug_words(group) if group.of_bug else WORDS[group.verdict]
            iterations, seconds = group.total("iterations"), group.total("seconds")
            stage.say(f"{stage.stamp()} {group.engine.name} {name} {group.freelist}: {verdict}, {iterations:,} "
                      f"{group.engine.unit}, {rate(iterations, seconds)}/s")
        if outcome.verdict == VIOLATION and not job.bug and violation_key(job) not in self.told:
            self.told.add(violation_key(job))
            stage.say("\n".join(violation_lines(job)))

    def _verdict(self, job):
        if job.bug and job.verdict in (HELD, VIOLATION):
            return f"found {found(job.outcome)}" if job.verdict == VIOLATION else "NOT FOUND"
        return WORDS[job.verdict]

    def tick(self, runs):
        if runs:
            self.stage.status(lambda: self._line(runs))

    def _line(self, runs):
        jobs = [job for group in self.groups for job in group.jobs]
        done = sum(job.outcome is not None for job in jobs)
        now = self.stage.clock()
        return f"{done} of {len(jobs)} jobs done; " + "; ".join(running_words(run, now) for run in runs)
