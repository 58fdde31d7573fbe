"""What a model-checking run says at its end and what --list says: the tables, what is never shown, the verdict line."""

import os
import shlex
import shutil
import textwrap

from verify_contract import ERROR, HELD, INCOMPLETE, STOPPED, VIOLATION
from verify_engine import ROOT, budget_words

WORDS = {HELD: "held", VIOLATION: "VIOLATION", INCOMPLETE: "INCOMPLETE", ERROR: "COULD NOT RUN", STOPPED: "stopped",
         None: "not run"}
NEVER_SHOWN = {
    "checker": "Exhaustive within the sizes of the scenarios, and only where the mode says so. The model is RC11: no cycles of "
               "program order and reads-from, so no load buffering, which hardware such as ARM may show on relaxed accesses; "
               "spurious failures of weak CASes in one execution: at most {weak_failures}; retries that wrote nothing are "
               "pruned. The compiled code and the processor are not what runs.",
    "relacy": "Bounded, not exhaustive. Relacy under-approximates C++11: no load buffering; modification order is execution "
              "order; RMWs and a failed CAS read the newest value; a load sees at most 2 older values (1 in bound mode).",
    "schedule": "A sample, not exhaustive. No load buffering; modification order is execution order; at most 2 spurious failures "
                "of weak CASes in one execution.",
}


def never_shown(part):
    return NEVER_SHOWN[part.engine.name].format(weak_failures=part.weak_failures)


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


def spread(first, last):
    return f"{first}..{last}" if last > first else str(last)


def explored(group):
    """What a scenario went through without a violation: "bound 1..3 + random 200k", "bound 1..2 of 3 + random 0 of 200k"."""
    parts = []
    for job in group.jobs:
        if job.scheduler == "exhaustive" and not job.shard:
            parts.append("exhaustive" if job.verdict == HELD else "part of exhaustive")
    bounds = [job for job in group.jobs if job.scheduler == "bound"]
    if bounds:
        held = 0
        while held < len(bounds) and bounds[held].verdict == HELD:
            held += 1
        every = f"bound {spread(bounds[0].bound, bounds[-1].bound)}"
        some = f"bound {spread(1, held)} of {len(bounds)}" if len(bounds) > 1 else f"part of {every}"
        parts.append(every if held == len(bounds) else some)
    randoms = [job for job in group.jobs if job.scheduler == "random"]
    if randoms:
        held = sum(job.iterations for job in randoms if job.verdict == HELD)
        planned = sum(job.iterations for job in randoms)
        parts.append(f"random {human(held)}" if held == planned else f"random {human(held)} of {human(planned)}")
    return " + ".join(parts)


def scenario_lines(part):
    """The table of one engine's scenarios; of an engine with counters it says what became of its executions."""
    notes, groups, unit = Footnotes(), part.scenarios, part.engine.unit
    counters = any(outcome.counters for group in groups for outcome in group.outcomes)
    rows = []
    for group in groups:
        iterations, seconds = group.total("iterations"), group.total("seconds")
        counts = [f"{group.count('complete'):,}", f"{group.count('blocked'):,}"] if counters else [f"{iterations:,}"]
        rows.append([group.scenario, group.freelist, explored(group), *counts, f"{seconds:.1f}", rate(iterations, seconds),
                     WORDS[group.verdict], notes.mark(group.row["not_shown"])])
    counts = ["complete", "blocked"] if counters else [unit]
    titles = ["scenario", "freelist", "mode", *counts, "seconds", "per s", "verdict", "does not show"]
    lines = [f"{part.engine.name}:"] + table(titles, rows, right=range(3, 5 + len(counts))) + list(notes.lines())
    lines += [f"{group.scenario} {group.freelist}: {group.count('bound'):,} {unit} ended at the bound on steps"
              for group in groups if group.count("bound")]
    return lines + [f"per s: {unit} per second of one process"]


def entry_words(group):
    """The outcome of a corpus entry's mutant."""
    mutant = group.jobs[0]
    if mutant.verdict == VIOLATION:
        found = mutant.outcome.invariant or finding(mutant.outcome)
        return found if group.as_expected(mutant) else f"{found}, EXPECTED {group.row['invariant']}"
    return "NOT FOUND" if mutant.verdict == HELD else WORDS[mutant.verdict]


def twin_words(twin):
    if twin.verdict == HELD:
        return f"held {human(twin.outcome.iterations)}" + "*" * twin.reused
    return "-" if twin.verdict is None else "FAILED" if twin.verdict == VIOLATION else WORDS[twin.verdict]


def where(row):
    return row["name"], row["scenario"], row["freelist"]


def corpus_rows(parts):
    """{(bug, scenario, freelist): {engine name: its group, or its row if it cannot find the bug}}."""
    cells = {}
    for part in parts:
        for group in part.entries:
            cells.setdefault(where(group.row), {})[part.engine.name] = group
        for row in part.not_findable:
            cells.setdefault(where(row), {})[part.engine.name] = row
    return cells


def entry_cells(engine, cell, notes):
    """Of one bug and one engine: three cells of the table, and what is to be said of the twin."""
    if cell is None:
        return ["-", "-", "-"], "-"
    if isinstance(cell, dict):
        return ["-", "-", f"not findable {notes.mark(f'{engine.name}: ' + cell['not_found_reason'])}"], "-"
    mutant, twin = cell.jobs
    after = f"{mutant.outcome.iterations:,}" if mutant.outcome else "-"
    return [mutant.budget, after, entry_words(cell)], twin_words(twin)


def corpus_lines(parts):
    """The table of the corpus, the engines side by side, the exhaustive one last."""
    notes, rows, parts = Footnotes(), [], parts[::-1]
    for name, cells in corpus_rows(parts).items():
        row, twins = list(name), []
        for part in parts:
            found, twin = entry_cells(part.engine, cells.get(part.engine.name), notes)
            row += found
            twins.append(twin)
        rows.append(row + [", ".join(twins)])
    columns = [[part.engine.name, part.engine.unit, "found"] for part in parts]
    titles = ["bug", "scenario", "freelist", *sum(columns, []), "twins"]
    lines = table(titles, rows, right=range(4, len(titles) - 1, 3))
    reused = any(group.jobs[1].reused for part in parts for group in part.entries)
    shared = "* the twin, which is the scenario without the bug, ran above with at least this budget"
    return lines + [shared] * reused + list(notes.lines())


def effort_words(effort, bounds):
    """A budget of a scenario: "exhaustive", "bound 1..3 + random 200k"."""
    if effort.get("exhaustive"):
        return "exhaustive"
    last = effort["bound"]
    parts = [f"bound {spread(1, last) if bounds == 'each' else last}"] * (last > 0)
    return " + ".join(parts + [f"random {human(effort['random'])}"] * (effort["random"] > 0))


def list_scenarios(listing, scenarios):
    """The table of --list of one engine."""
    rows, before, bounds = [], None, listing.get("bounds", "each")
    for row in scenarios:
        same = before == (row["scenario"], row["about"])
        before = row["scenario"], row["about"]
        rows.append([row["scenario"], row["freelist"], row["threads"], effort_words(row["quick"], bounds),
                     effort_words(row["full"], bounds), "" if same else row["about"]])
    titles = ["scenario", "freelist", "threads", "quick", "full", "about"]
    return [f"{listing['engine']}:"] + table(titles, rows, right=(2,))


def list_corpus(rows_of):
    """The table of --list of the corpus; `rows_of` has the rows of each engine by its name."""
    cells, about = {}, {}
    for engine, rows in rows_of.items():
        for row in rows:
            about.setdefault(where(row), []).append(row["about"])
            if row["expect"] == "violation":
                budget = budget_words(*(row[field] for field in ("scheduler", "bound", "first", "iterations")))
            else:
                budget = "not findable"
                about[where(row)].append(f"{engine}: {row['not_found_reason']}")
            cells.setdefault(where(row), {})[engine] = budget
    rows = [[*name, *(cells[name].get(engine, "-") for engine in rows_of), ". ".join(dict.fromkeys(about[name]))]
            for name in cells]
    return table(["bug", "scenario", "freelist", *rows_of, "about"], rows)


def violation_lines(job):
    outcome, path = job.outcome, artifact_of(job)
    what = f"{finding(outcome)}: {outcome.message}" if outcome.message else finding(outcome)
    yield f"VIOLATION in {job.label} after {outcome.iterations:,} {job.engine.unit}: {what}"
    yield f"  replay: {replay_command(path)}" if path else f"  the engine left no artifact at {shown_path(job.artifact)}"


def problem_lines(parts):
    """Below the tables: each violation with its replay, each corpus bug that was missed, each job that could not run."""
    for group in (group for part in parts for group in part.groups):
        for job in group.jobs:
            outcome = job.outcome
            if job.verdict == VIOLATION and not job.mutant:
                yield from violation_lines(job)
            elif job.verdict == HELD and job.mutant:
                yield f"NOT FOUND: {job.label}: the seeded bug was not found in {outcome.iterations:,} {job.engine.unit}"
            elif job.verdict == VIOLATION and not group.as_expected(job):
                yield (f"NOT FOUND: {job.label}: expected a violation of {group.row['invariant']}, found one of "
                       f"{outcome.invariant or 'nothing named'}: {outcome.message}")
            elif job.verdict in (ERROR, INCOMPLETE):
                yield f"{WORDS[job.verdict]}: {job.label}: {outcome.message or 'the engine gave no reason'}"


def disagreements(parts):
    """(scenario, freelist, part that reports a violation of the shipped code, part that held)."""
    jobs = {}
    for part in parts:
        for group in part.groups:
            for job in group.jobs:
                if not job.mutant and not (job.twin and job.outcome is None):
                    jobs.setdefault((group.scenario, group.freelist), {}).setdefault(part.engine.name, []).append(job.verdict)
    for (scenario, freelist), verdicts in jobs.items():
        violated = [part for part in parts if VIOLATION in verdicts.get(part.engine.name, [])]
        held = [part for part in parts if set(verdicts.get(part.engine.name, [])) == {HELD}]
        yield from ((scenario, freelist, one, other) for one in violated for other in held)


def disagreement_lines(parts):
    for scenario, freelist, violated, held in disagreements(parts):
        yield (f"DISAGREEMENT on {scenario} {freelist}: {violated.engine.name} reports a violation of the shipped code, "
               f"{held.engine.name} held; {held.engine.name} never shows:")
        yield from textwrap.wrap(never_shown(held), page_width(), initial_indent="  ", subsequent_indent="  ")


def run_verdict(parts):
    verdicts = [group.verdict for part in parts for group in part.groups]
    return next((worst for worst in (VIOLATION, ERROR, INCOMPLETE) if worst in verdicts), HELD)


def part_counts(part):
    """What one engine achieved, for the verdict line."""
    counts, scenarios, entries = [], part.scenarios, part.entries
    if scenarios:
        held = sum(group.verdict == HELD for group in scenarios)
        counts.append(f"{held} of {len(scenarios)} scenario runs held" if held < len(scenarios) else f"{held} scenario runs")
    if entries:
        found = sum(group.as_expected(group.jobs[0]) for group in entries)
        counts.append(f"{found} of {len(entries)} corpus bugs found" if found < len(entries) else f"{found} corpus bugs found")
        failed = sum(group.as_expected(group.jobs[0]) and group.verdict != HELD for group in entries)
        counts += [f"{failed} without a twin that held"] * (failed > 0)
    if part.not_findable:
        counts.append(f"{len(part.not_findable)} listed as not findable")
    return ", ".join(counts)


def verdict_line(parts, seconds):
    verdict = run_verdict(parts)
    counts = {part.engine.name: words for part in parts if (words := part_counts(part))}
    what = "all held" if verdict == HELD else WORDS[verdict]
    violated = any(job.verdict == VIOLATION and not job.mutant for part in parts for group in part.groups for job in group.jobs)
    if verdict == VIOLATION and not violated:
        what = "CORPUS BUG NOT FOUND"
    said = [f"{name} {words}" for name, words in counts.items()] if len(counts) > 1 else counts.values()
    return f"{what}: {'; '.join(said)} ({seconds:.0f} s)"
