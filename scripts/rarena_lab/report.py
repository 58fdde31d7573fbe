"""What a model-checking run says at its end and what --list says: what ran, what is never shown, the verdict line."""

import os

from .basics import human, rate, replay_command, shown
from .contract import ERROR, HELD, INCOMPLETE, STOPPED, VIOLATION
from .engines import budget_words
from .tables import Footnotes, table, wrapped

WORDS = {HELD: "held", VIOLATION: "VIOLATION", INCOMPLETE: "INCOMPLETE", ERROR: "COULD NOT RUN", STOPPED: "stopped",
         None: "not run"}
NEVER_SHOWN = {
    "checker": "Exhaustive within the sizes of the scenarios, and only where the mode says so. The model is RC11: no cycles of "
               "program order and reads-from, so no load buffering, which hardware such as ARM may show on relaxed accesses; "
               "spurious failures of weak CASes in one execution: at most {weak_failures}; retries that wrote nothing are "
               "pruned. The compiled code and the processor are not what runs.",
    "relacy": "Bounded, not exhaustive. Relacy under-approximates C++11: no load buffering; modification order is execution "
              "order; RMWs and a failed CAS read the newest value; a load sees at most 2 older values (1 in bound mode).",
    "schedule": "A sample, not exhaustive. No load buffering; modification order is execution order; at most 2 spurious "
                "failures of weak CASes in one execution.",
}


def never_shown(part):
    return NEVER_SHOWN[part.engine.name].format(weak_failures=part.weak_failures)


def finding_of(job):
    """The finding that a violating job left, or an empty string."""
    if job.verdict != VIOLATION:
        return ""
    path = job.outcome.finding or job.finding
    return path if os.path.isfile(path) else ""


def found(outcome):
    """What a violation was: "DATA RACE (SEG-3)"."""
    return (outcome.kind or "violation") + (f" ({outcome.invariant})" if outcome.invariant else "")


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


def bug_words(group):
    """What became of the search for a bug."""
    job = group.jobs[0]
    if job.verdict == VIOLATION:
        what = job.outcome.invariant or found(job.outcome)
        return what if group.as_expected(job) else f"{what}, EXPECTED {group.row['invariant']}"
    return "NOT FOUND" if job.verdict == HELD else WORDS[job.verdict]


def control_words(control):
    if control.verdict == HELD:
        return f"held {human(control.outcome.iterations)}" + "*" * control.reused
    return "-" if control.verdict is None else "FAILED" if control.verdict == VIOLATION else WORDS[control.verdict]


def where(row):
    return row["name"], row["scenario"], row["freelist"]


def bug_rows(parts):
    """{(bug, scenario, freelist): {engine name: its group, or its row if it cannot find the bug}}."""
    cells = {}
    for part in parts:
        for group in part.bugs:
            cells.setdefault(where(group.row), {})[part.engine.name] = group
        for row in part.not_findable:
            cells.setdefault(where(row), {})[part.engine.name] = row
    return cells


def bug_cells(engine, cell, notes):
    """Of one bug and one engine: three cells of the table, and what is to be said of the control."""
    if cell is None:
        return ["-", "-", "-"], "-"
    if isinstance(cell, dict):
        return ["-", "-", f"not findable {notes.mark(f'{engine.name}: ' + cell['not_found_reason'])}"], "-"
    job, control = cell.jobs
    after = f"{job.outcome.iterations:,}" if job.outcome else "-"
    return [job.budget, after, bug_words(cell)], control_words(control)


def bug_lines(parts):
    """The table of the bugs, the engines side by side, the exhaustive one last."""
    notes, rows, parts = Footnotes(), [], parts[::-1]
    for name, cells in bug_rows(parts).items():
        row, controls = list(name), []
        for part in parts:
            what, control = bug_cells(part.engine, cells.get(part.engine.name), notes)
            row += what
            controls.append(control)
        rows.append(row + [", ".join(controls)])
    columns = [[part.engine.name, part.engine.unit, "found"] for part in parts]
    titles = ["bug", "scenario", "freelist", *sum(columns, []), "controls"]
    lines = table(titles, rows, right=range(4, len(titles) - 1, 3))
    reused = any(group.jobs[1].reused for part in parts for group in part.bugs)
    shared = "* the control, which is the scenario without the bug, ran above with at least this budget"
    return lines + [shared] * reused + list(notes.lines())


def effort_words(effort, bounds):
    """A budget of a scenario: "exhaustive", "bound 1..3 + random 200k"."""
    if effort.get("exhaustive"):
        return "exhaustive"
    last = effort["bound"]
    parts = [f"bound {spread(1, last) if bounds == 'each' else last}"] * (last > 0)
    return " + ".join(parts + [f"random {human(effort['random'])}"] * (effort["random"] > 0))


def list_scenarios(engine, scenarios):
    """The table of --list of one engine: (scenario of the catalogue, freelist)."""
    rows, before = [], None
    for scenario, freelist in scenarios:
        effort = scenario.efforts.get(engine.name, {})
        words = [effort_words(effort[mode], "each" if engine.name == "relacy" else "last") if mode in effort else "-"
                 for mode in ("quick", "full")]
        rows.append([scenario.name, freelist, scenario.threads, *words, "" if before == scenario else scenario.about])
        before = scenario
    titles = ["scenario", "freelist", "threads", "quick", "full", "about"]
    return [f"{engine.name}:"] + table(titles, rows, right=(2,))


def bug_budget(bug, engine):
    if engine.name in bug.not_found_by:
        return "not findable"
    how = bug.found_by.get(engine.name)
    return "-" if how is None else budget_words(how["scheduler"], how.get("bound", 0), how.get("first", 1),
                                                how.get("random", 0))


def list_bugs(engines, bugs):
    """The table of --list of the known bugs."""
    rows = [[bug.name, bug.scenario, bug.freelist, *(bug_budget(bug, engine) for engine in engines),
             ". ".join([bug.about, *(f"{name}: {why}" for name, why in bug.not_found_by.items())])] for bug in bugs]
    return table(["bug", "scenario", "freelist", *(engine.name for engine in engines), "about"], rows)


def violation_key(job):
    """Violations that are equal, but for where the search began."""
    return job.engine.name, job.scenario, job.bug, job.outcome.invariant, job.outcome.message


def violation_lines(job, others=()):
    """One violation, and how many more are equal to it."""
    outcome, path = job.outcome, finding_of(job)
    what = f"{found(outcome)}: {outcome.message}" if outcome.message else found(outcome)
    yield f"VIOLATION in {job.label} after {outcome.iterations:,} {job.engine.unit}: {what}"
    if outcome.suspects:
        yield f"  suspects: {'; '.join(outcome.suspects)}"
    if others:
        yield f"  {len(others)} more like it: {', '.join(f'{other.freelist} {other.budget}' for other in others)}"
    yield f"  replay: {replay_command(path)}" if path else f"  the engine left no finding at {shown(job.finding)}"


def problem_lines(parts):
    """Below the tables: violations with their replay, equal ones as one; each bug that was missed, each job that could not
    run."""
    jobs = [job for part in parts for job in part.jobs]
    equal = {}
    for job in jobs:
        if job.verdict == VIOLATION and not job.bug:
            equal.setdefault(violation_key(job), []).append(job)
    for first, *others in equal.values():
        yield from violation_lines(first, others)
    for group in (group for part in parts for group in part.groups):
        for job in group.jobs:
            outcome = job.outcome
            if job.verdict == HELD and job.bug:
                yield f"NOT FOUND: {job.label}: the bug was not found in {outcome.iterations:,} {job.engine.unit}"
            elif job.verdict == VIOLATION and not group.as_expected(job) and job.bug:
                yield (f"NOT FOUND: {job.label}: expected a violation of {group.row['invariant']}, found one of "
                       f"{outcome.invariant or 'nothing named'}: {outcome.message}")
            elif job.verdict in (ERROR, INCOMPLETE):
                yield f"{WORDS[job.verdict]}: {job.label}: {outcome.message or 'the engine gave no reason'}"


def interrupted_lines(parts, stopped):
    """What had been done when somebody interrupted the run; `stopped` are the jobs that ran then."""
    jobs = [job for part in parts for job in part.jobs]
    done = [job for job in jobs if job.outcome and job not in stopped]
    held = sum(job.verdict == HELD for job in done)
    failed = [job for job in done if job.verdict == VIOLATION and not job.bug]
    yield (f"interrupted: {len(done)} of {len(jobs)} jobs had finished: {held} held, "
           f"{sum(job.verdict == VIOLATION and bool(job.bug) for job in done)} "
           f"found their bug, {len(failed)} violated the shipped code; {len(stopped)} were stopped"
           + (f" ({', '.join(job.label for job in stopped)})" if stopped else "")
           + f", {sum(not job.outcome for job in jobs)} had not begun")


def disagreements(parts):
    """(scenario, freelist, part that reports a violation of the shipped code, part that held)."""
    jobs = {}
    for part in parts:
        for group in part.groups:
            for job in group.jobs:
                if not job.bug and not (job.control and job.outcome is None):
                    jobs.setdefault((group.scenario, group.freelist), {}).setdefault(part.engine.name, []).append(job.verdict)
    for (scenario, freelist), verdicts in jobs.items():
        violated = [part for part in parts if VIOLATION in verdicts.get(part.engine.name, [])]
        held = [part for part in parts if set(verdicts.get(part.engine.name, [])) == {HELD}]
        yield from ((scenario, freelist, one, other) for one in violated for other in held)


def disagreement_lines(parts):
    for scenario, freelist, violated, held in disagreements(parts):
        yield (f"DISAGREEMENT on {scenario} {freelist}: {violated.engine.name} reports a violation of the shipped code, "
               f"{held.engine.name} held; {held.engine.name} never shows:")
        yield from wrapped(never_shown(held), initial_indent="  ", subsequent_indent="  ")


def run_verdict(parts):
    verdicts = [group.verdict for part in parts for group in part.groups]
    return next((worst for worst in (VIOLATION, ERROR, INCOMPLETE) if worst in verdicts), HELD)


def part_counts(part):
    """What one engine achieved, for the verdict line."""
    counts, scenarios, bugs = [], part.scenarios, part.bugs
    if scenarios:
        held = sum(group.verdict == HELD for group in scenarios)
        counts.append(f"{held} of {len(scenarios)} scenario runs held" if held < len(scenarios) else f"{held} scenario runs")
    if bugs:
        seen = sum(group.as_expected(group.jobs[0]) for group in bugs)
        counts.append(f"{seen} of {len(bugs)} bugs found" if seen < len(bugs) else f"{seen} bugs found")
        failed = sum(group.as_expected(group.jobs[0]) and group.verdict != HELD for group in bugs)
        counts += [f"{failed} without a control that held"] * (failed > 0)
    if part.not_findable:
        counts.append(f"{len(part.not_findable)} listed as not findable")
    return ", ".join(counts)


def verdict_line(parts, seconds):
    verdict = run_verdict(parts)
    counts = {part.engine.name: words for part in parts if (words := part_counts(part))}
    what = "all held" if verdict == HELD else WORDS[verdict]
    violated = any(job.verdict == VIOLATION and not job.bug for part in parts for job in part.jobs)
    if verdict == VIOLATION and not violated:
        what = "BUG NOT FOUND"
    said = [f"{name} {words}" for name, words in counts.items()] if len(counts) > 1 else counts.values()
    return f"{what}: {'; '.join(said)} ({seconds:.0f} s)"
