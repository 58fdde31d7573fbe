"""A model-checking run: which scenarios and bugs of which engines are wanted, running them, and saying what came of it."""

import contextlib
import os
import signal
import time

from . import catalogue, report
from .basics import CannotRun
from .contract import EXIT_STATUS, check_same_bugs
from .display import Display, Stage
from .engines import ENGINES, read_listing
from .plan import INTERRUPTED, Part, Pool, bug_group, scenario_group, shards_folder
from .record import json_report, write_json
from .tables import wrapped


def chosen(options):
    return [engine for engine in ENGINES if (engine.name in options.engine if options.engine else engine.by_default)]


def matching(options):
    """What of the catalogue the options ask for: (scenario, freelist) pairs, and bugs. Nothing at all is wrong use."""
    known = catalogue.load()
    scenarios = [(scenario, freelist) for scenario in known.scenarios for freelist in scenario.freelists
                 if wanted({"scenario": scenario.name, "freelist": freelist}, options)]
    bugs = [bug for bug in known.code_bugs if wanted({"name": bug.name, "scenario": bug.scenario, "freelist": bug.freelist},
                                                     options)]
    scenarios, bugs = [] if options.bugs_only else scenarios, [] if options.no_bugs else bugs
    if not scenarios and not bugs:
        raise CannotRun("nothing to run: no scenario and no bug matches these options (--list)")
    return scenarios, bugs


def wanted(row, options):
    return (not options.scenario or row["scenario"] in options.scenario) and options.freelist in (None, row["freelist"]) \
        and (not options.bug or row.get("name") in options.bug)


def select(listing, options):
    """The scenarios and bugs of one engine that the options ask for."""
    scenarios = [] if options.bugs_only else [row for row in listing["scenarios"] if wanted(row, options)]
    bugs = [] if options.no_bugs else [row for row in listing["bugs"] if wanted(row, options)]
    return scenarios, bugs


def list_lines(options):
    """The tables of --list, from the catalogue."""
    scenarios, bugs = matching(options)
    for engine in chosen(options):
        if scenarios:
            yield from report.list_scenarios(engine, scenarios)
            yield ""
    if bugs:
        yield from report.list_bugs(chosen(options), bugs)


def read_listings(options):
    """{engine: its listing} of the engines that the options ask for."""
    listings = {engine: read_listing(engine) for engine in chosen(options)}
    check_same_bugs(listings.values())
    if not any(any(select(listing, options)) for listing in listings.values()):
        raise CannotRun("nothing to run: no scenario or bug of the engines matches these options")
    return listings


def make_part(engine, listing, options):
    scenarios, bugs = select(listing, options)
    return Part(engine, listing.get("weak_failures", 1),
                [scenario_group(engine, row, listing.get("bounds", "each"), options.mode, options) for row in scenarios],
                [bug_group(engine, row, options) for row in bugs if row["expect"] == "violation"],
                [row for row in bugs if row["expect"] == "not_found"])


def prepare(options, write):
    """Finds out before the run whether its results can be written."""
    folder = shards_folder(options.findings) if options.shards > 1 else options.findings
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"cannot make the folder of the findings {folder}: {error.strerror}") from error
    write(0.0)


def opening(parts, options):
    """What is about to run."""
    what = ", ".join(f"{part.engine.name} ({len(part.scenarios)} scenario runs, {len(part.bugs) + len(part.not_findable)} bugs)"
                     for part in parts)
    shards = f", exhaustive runs in {options.shards} shards" if options.shards > 1 else ""
    return (f"{options.mode}: {what}; {options.jobs} jobs at a time, random iterations from seed {options.seed} in "
            f"{options.random_shards} shards{shards}")


def tables(parts):
    for part in parts:
        if part.scenarios:
            yield ""
            yield from report.scenario_lines(part)
        if part.groups:
            yield ""
            yield from wrapped(f"{part.engine.name}: {report.never_shown(part)}")
    if any(part.bugs or part.not_findable for part in parts):
        yield ""
        yield from report.bug_lines(parts)
    problems = [*report.problem_lines(parts), *report.disagreement_lines(parts)]
    if problems:
        yield ""
        yield from problems


@contextlib.contextmanager
def interrupting(pool):
    """A signal ends the jobs, and then what was done is told."""
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            with contextlib.suppress(ValueError):  # only the main thread has signals
                before[number] = signal.signal(number, pool.interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def verify(options):
    """The exit status."""
    listings = read_listings(options)
    parts = [make_part(engine, listing, options) for engine, listing in listings.items()]
    groups = [group for part in parts for group in part.scenarios] + [group for part in parts for group in part.bugs]
    if not groups:
        raise CannotRun("nothing to run: every bug that matches is listed as not findable")

    def write(seconds):
        if options.json:
            write_json(options.json, json_report(parts, options, seconds))

    prepare(options, write)
    print(opening(parts, options), flush=True)
    began = time.monotonic()
    stage = Stage()
    pool = Pool(groups, options.jobs, options.silence, Display(stage, groups))
    try:
        with interrupting(pool):
            pool.run()
    finally:
        stage.close()
    options.interrupted = bool(pool.interrupts)
    seconds = time.monotonic() - began
    print("\n".join(tables(parts)) + "\n")
    if pool.interrupts:
        stopped = [job for group in groups for job in group.jobs if job.outcome and job.outcome.message == INTERRUPTED]
        print("\n".join(report.interrupted_lines(parts, stopped)))
    print(report.verdict_line(parts, seconds), flush=True)
    write(seconds)
    return EXIT_STATUS[report.run_verdict(parts)]
