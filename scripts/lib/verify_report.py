"""What a model-checking run prints and writes: progress, the two tables, the verdict line, the JSON report."""

import json
import os
import shlex
import shutil
import textwrap
import time

from verify_engine import ERROR, EXIT_STATUS, HELD, INCOMPLETE, STOPPED, VIOLATION

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORDS = {HELD: "held", VIOLATION: "VIOLATION", INCOMPLETE: "INCOMPLETE", ERROR: "COULD NOT RUN", STOPPED: "stopped",
         None: "not run"}
NEVER_SHOWN = {
    "relacy": "Bounded, not exhaustive. Relacy under-approximates C++11: no load buffering; modification order is execution "
              "order; RMWs and a failed CAS read the newest value; a load sees at most 2 older values (1 in bound mode).",
}


def human(number):
    """Three digits and a unit: 950, 9.4k, 128k, 5M."""
    for unit, factor in (("", 1), ("k", 1e3), ("M", 1e6), ("G", 1e9)):
        value = number / factor
        if value < 999.5 or unit == "G":
            return f"{value:.0f}{unit}" if not unit or value >= 99.5 else f"{value:.1f}".removesuffix(".0") + unit


def rate(iterations, seconds):
    return human(iterations / seconds) if seconds > 0 else "-"


def shown_path(path):
    """Relative where it lies below the current directory, so that it can be copied into a command."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith("..") else relative


def replay_command(path):
    script = os.path.join("scripts", "repro")
    return shlex.join([script if os.path.samefile(os.curdir, ROOT) else os.path.join(ROOT, script), shown_path(path)])


def artifact_of(job):
    """The artifact that a violating job left, or an empty string."""
    if job.verdict != VIOLATION:
        return ""
    path = job.outcome.artifact or job.artifact
    return path if os.path.isfile(path) else ""


def finding(outcome):
    """What a violation was: "DATA RACE (SEG-3)"."""
    return (outcome.kind or "violation") + (f" ({outcome.invariant})" if outcome.invariant else "")


def page_width():
    return max(100, min(150, shutil.get_terminal_size((130, 24)).columns - 1))


def table(titles, rows, right=()):
    """Lines of a plain table; the last column wraps at the page width, columns with an index in `right` align right."""
    cells = [[str(cell) for cell in row] for row in [titles] + rows]
    widths = [max(len(row[index]) for row in cells) for index in range(len(titles))]
    start = sum(widths[:-1]) + 2 * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(20, page_width() - start))

    def line(row):
        parts = [cell.rjust(widths[index]) if index in right else cell.ljust(widths[index])
                 for index, cell in enumerate(row[:-1])]
        last = textwrap.wrap(row[-1], widths[-1]) or [""]
        if len(last) == 1 and len(row) - 1 in right:
            last = [last[0].rjust(widths[-1])]
        return [("  ".join(parts + [last[0]])).rstrip()] + [" " * start + more for more in last[1:]]

    return line(cells[0]) + ["  ".join("-" * width for width in widths)] + [text for row in cells[1:] for text in line(row)]


class Footnotes:
    """Numbers texts: the same text gets the same number."""

    def __init__(self):
        self.texts = []

    def mark(self, text):
        if not text:
            return "-"
        if text not in self.texts:
            self.texts.append(text)
        return f"[{self.texts.index(text) + 1}]"

    def lines(self):
        for number, text in enumerate(self.texts, 1):
            yield from textwrap.wrap(f"[{number}] {text}", page_width(), subsequent_indent="    ")


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
            self.say(f"{stamp} {job.label}: {self._verdict(job)}, {outcome.iterations:,} iterations, "
                     f"{outcome.seconds:.1f} s, {rate(outcome.iterations, outcome.seconds)}/s")
        elif self.terminal and group.finished:
            name = f"corpus {group.row['name']}" if group.entry else group.scenario
            verdict = entry_words(group) if group.entry else WORDS[group.verdict]
            iterations, seconds = group.total("iterations"), group.total("seconds")
            self.say(f"{stamp} {name} {group.freelist}: {verdict}, {iterations:,} iterations, {rate(iterations, seconds)}/s")
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
        parts = [f"{run.job.label}: {now - run.began:.0f} s, {human(run.iterations)} iterations, "
                 f"{rate(run.iterations, run.seconds)}/s" for run in runs]
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


def explored(group):
    """What a scenario went through without a violation: "1..3 + 200k random", or "1..2 of 3 + 0 of 200k random"."""
    bounds = [job for job in group.jobs if job.scheduler == "bound"]
    randoms = [job for job in group.jobs if job.scheduler == "random"]
    parts = []
    if bounds:
        held = 0
        while held < len(bounds) and bounds[held].verdict == HELD:
            held += 1
        reached = f"1..{held}" if held > 1 else str(held)
        parts.append(reached if held == len(bounds) else f"{reached} of {len(bounds)}")
    if randoms:
        held = sum(job.iterations for job in randoms if job.verdict == HELD)
        planned = sum(job.iterations for job in randoms)
        parts.append(f"{human(held)} random" if held == planned else f"{human(held)} of {human(planned)} random")
    return " + ".join(parts)


def scenario_lines(engine, groups):
    notes = Footnotes()
    rows = [[group.scenario, group.freelist, engine, explored(group), f"{group.total('iterations'):,}",
             rate(group.total("iterations"), group.total("seconds")), WORDS[group.verdict], notes.mark(group.row["not_shown"])]
            for group in groups]
    titles = ["scenario", "freelist", "engine", "bound", "iterations", "per s", "verdict", "does not show"]
    return table(titles, rows, right=(4, 5)) + list(notes.lines())


def entry_words(group):
    """The outcome of a corpus entry's mutant."""
    mutant = group.jobs[0]
    if mutant.verdict == VIOLATION:
        wrong = "" if group.as_expected(mutant) else f", EXPECTED {group.row['invariant']}"
        return finding(mutant.outcome) + wrong
    return "NOT FOUND" if mutant.verdict == HELD else WORDS[mutant.verdict]


def twin_words(twin):
    if twin.verdict == HELD:
        return f"held, {twin.outcome.iterations:,}" + " *" * twin.reused
    return "-" if twin.verdict is None else "FAILED" if twin.verdict == VIOLATION else WORDS[twin.verdict]


def corpus_lines(groups, not_findable):
    notes = Footnotes()
    rows = []
    for group in groups:
        mutant, twin = group.jobs
        after = f"{mutant.outcome.iterations:,}" if mutant.outcome else "-"
        rows.append([group.row["name"], group.scenario, group.freelist, budget_words(group.row), entry_words(group), after,
                     twin_words(twin)])
    for row in not_findable:
        mark = notes.mark(row["not_found_reason"])
        rows.append([row["name"], row["scenario"], row["freelist"], "-", f"not findable here {mark}", "-", "-"])
    titles = ["bug", "scenario", "freelist", "budget", "found", "after", "twin"]
    shared = ["* the twin, which is the scenario without the bug, ran above with at least this budget"]
    return table(titles, rows, right=(5,)) + shared * any(group.jobs[1].reused for group in groups) + list(notes.lines())


def budget_words(row):
    if row["scheduler"] == "bound":
        return f"bound {row['bound']}"
    return f"random {row['first']}..{row['first'] + row['iterations'] - 1}"


def mode_words(budget):
    bound = f"1..{budget['bound']}" if budget["bound"] > 1 else str(budget["bound"])
    parts = [bound] * (budget["bound"] > 0) + [f"{human(budget['random'])} random"] * (budget["random"] > 0)
    return " + ".join(parts)


def list_lines(scenarios, corpus):
    """The tables of --list."""
    lines = []
    if scenarios:
        rows, before = [], None
        for row in scenarios:
            same = before == (row["scenario"], row["about"])
            before = row["scenario"], row["about"]
            rows.append([row["scenario"], row["freelist"], row["threads"], mode_words(row["quick"]), mode_words(row["full"]),
                         "" if same else row["about"]])
        lines += table(["scenario", "freelist", "threads", "quick", "full", "about"], rows, right=(2,))
    if corpus:
        rows = [[row["name"], row["scenario"], row["freelist"]] +
                ([budget_words(row), row["about"]] if row["expect"] == "violation" else
                 ["not findable here", f"{row['about']}. {row['not_found_reason']}"]) for row in corpus]
        lines += [""] * bool(lines) + table(["bug", "scenario", "freelist", "budget", "about"], rows)
    return lines


def violation_lines(job):
    outcome, path = job.outcome, artifact_of(job)
    what = f"{finding(outcome)}: {outcome.message}" if outcome.message else finding(outcome)
    yield f"VIOLATION in {job.label} after {outcome.iterations:,} iterations: {what}"
    yield f"  replay: {replay_command(path)}" if path else f"  the engine left no artifact at {shown_path(job.artifact)}"


def problem_lines(groups):
    """Below the tables: each violation with its replay, each corpus bug that was missed, each job that could not run."""
    for group in groups:
        for job in group.jobs:
            outcome = job.outcome
            if job.verdict == VIOLATION and not job.mutant:
                yield from violation_lines(job)
            elif job.verdict == HELD and job.mutant:
                yield f"NOT FOUND: {job.label}: the seeded bug was not found in {outcome.iterations:,} iterations"
            elif job.verdict == VIOLATION and not group.as_expected(job):
                yield (f"NOT FOUND: {job.label}: expected a violation of {group.row['invariant']}, found one of "
                       f"{outcome.invariant or 'nothing named'}: {outcome.message}")
            elif job.verdict in (ERROR, INCOMPLETE):
                yield f"{WORDS[job.verdict]}: {job.label}: {outcome.message or 'the engine gave no reason'}"


def run_verdict(groups):
    verdicts = [group.verdict for group in groups]
    return next((worst for worst in (VIOLATION, ERROR, INCOMPLETE) if worst in verdicts), HELD)


def verdict_line(groups, not_findable, seconds):
    verdict, parts = run_verdict(groups), []
    scenarios, entries = [g for g in groups if not g.entry], [g for g in groups if g.entry]
    if scenarios:
        held = sum(group.verdict == HELD for group in scenarios)
        parts.append(f"{held} of {len(scenarios)} scenario runs held" if held < len(scenarios) else f"{held} scenario runs")
    if entries:
        found = sum(group.as_expected(group.jobs[0]) for group in entries)
        parts.append(f"{found} of {len(entries)} corpus bugs found" if found < len(entries) else f"{found} corpus bugs found")
        failed = sum(group.as_expected(group.jobs[0]) and group.verdict != HELD for group in entries)
        parts += [f"{failed} without a twin that held"] * (failed > 0)
    if not_findable:
        parts.append(f"{len(not_findable)} listed as not findable here")
    what = "all held" if verdict == HELD else WORDS[verdict]
    if verdict == VIOLATION and all(group.verdict != VIOLATION for group in scenarios) and \
            not any(job.verdict == VIOLATION for group in entries for job in group.jobs[1:]):
        what = "CORPUS BUG NOT FOUND"
    return f"{what}: {', '.join(parts)} ({seconds:.0f} s)"


def root_relative(path):
    path = os.path.abspath(path)
    return os.path.relpath(path, ROOT) if path.startswith(ROOT + os.sep) else path


def job_report(job):
    report = {"scheduler": job.scheduler, "verdict": WORDS[None] if job.outcome is None else job.verdict, "reused": job.reused}
    report |= {"bound": job.bound} if job.scheduler == "bound" else \
        {"first": job.first, "last": job.first + job.iterations - 1, "planned": job.iterations}
    if job.outcome:
        report |= {name: getattr(job.outcome, name) for name in ("iterations", "seconds", "kind", "invariant", "message")}
    path = artifact_of(job)
    return report | {"artifact": root_relative(path) if path else ""}


def json_report(engine, options, groups, not_findable, seconds):
    """Everything a reader of the tables sees and more, without facts about the machine."""
    verdict = run_verdict(groups)
    report = {"engine": engine, "mode": options.mode, "seed": options.seed, "random_shards": options.random_shards,
              "verdict": verdict, "exit_status": EXIT_STATUS[verdict], "seconds": round(seconds, 3),
              "never_shown": NEVER_SHOWN.get(engine, ""), "scenarios": [], "corpus": []}
    for group in groups:
        row = group.row
        common = {"scenario": group.scenario, "freelist": group.freelist, "verdict": group.verdict}
        if group.entry:
            report["corpus"].append({"name": row["name"], "about": row["about"], "expect": row["expect"], **common,
                                     "mutant": job_report(group.jobs[0]), "twin": job_report(group.jobs[1])})
        else:
            report["scenarios"].append({**common, "threads": row["threads"], "explored": explored(group),
                                        "iterations": group.total("iterations"), "not_shown": row["not_shown"],
                                        "jobs": [job_report(job) for job in group.jobs]})
    for row in not_findable:
        names = ("name", "about", "expect", "scenario", "freelist", "not_found_reason")
        report["corpus"].append({name: row[name] for name in names})
    return report


def write_json(path, report):
    """Replaces the file at once, so that a reader never sees half a report. Errors: OSError."""
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
    os.replace(path + ".part", path)
