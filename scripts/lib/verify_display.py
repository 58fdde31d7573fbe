"""What a model-checking run says while it runs."""

import shutil
import time

from verify_contract import HELD, VIOLATION
from verify_report import WORDS, entry_words, finding, human, rate, violation_lines


def duration(seconds):
    """36 s, 12 min, 3.5 h."""
    for unit, size in (("s", 1), ("min", 60)):
        if seconds < 100 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:.1f} h"


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
    """Progress. On a terminal one status line that is refreshed; elsewhere plain lines, without control characters."""

    def __init__(self, stream, groups, clock=time.monotonic, period=30.0):
        self.stream, self.groups, self.clock, self.period = stream, groups, clock, period
        self.terminal = stream.isatty()
        self.began = self.spoke = clock()

    def elapsed(self):
        return self.clock() - self.began

    def say(self, text):
        clear = "\r\x1b[K" if self.terminal else ""
        self.stream.write(f"{clear}{text}\n")
        self.stream.flush()

    def finished(self, group, job):
        """A job ended. On a terminal only the end of its scenario, or what went wrong, is worth a line."""
        outcome, stamp = job.outcome, f"[{self.elapsed():4.0f} s]"
        if not self.terminal and not job.reused:
            self.say(f"{stamp} {job.label}: {self._verdict(job)}, {outcome.iterations:,} {job.engine.unit}, "
                     f"{outcome.seconds:.1f} s, {rate(outcome.iterations, outcome.seconds)}/s")
        elif self.terminal and group.finished:
            name = f"corpus {group.row['name']}" if group.entry else group.scenario
            verdict = entry_words(group) if group.entry else WORDS[group.verdict]
            iterations, seconds = group.total("iterations"), group.total("seconds")
            self.say(f"{stamp} {group.engine.name} {name} {group.freelist}: {verdict}, {iterations:,} {group.engine.unit}, "
                     f"{rate(iterations, seconds)}/s")
        if outcome.verdict == VIOLATION and not job.mutant:
            self.say("\n".join(violation_lines(job)))

    def _verdict(self, job):
        if job.mutant and job.verdict in (HELD, VIOLATION):
            return f"found {finding(job.outcome)}" if job.verdict == VIOLATION else "NOT FOUND"
        return WORDS[job.verdict]

    def tick(self, runs):
        now = self.clock()
        if not runs or (not self.terminal and now - self.spoke < self.period):
            return
        self.spoke = now
        jobs = [job for group in self.groups for job in group.jobs]
        done = sum(job.outcome is not None for job in jobs)
        parts = [running_words(run, now) for run in runs]
        line = f"[{self.elapsed():4.0f} s] {done} of {len(jobs)} jobs done; " + "; ".join(parts)
        if self.terminal:
            self.stream.write("\r\x1b[K" + line[:shutil.get_terminal_size().columns - 1])
            self.stream.flush()
        else:
            self.say(line)

    def close(self):
        if self.terminal:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
