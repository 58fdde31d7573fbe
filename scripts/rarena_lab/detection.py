"""The detection table: every known bug of the code by every engine that can run it: found as which invariant, after how
much."""

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from types import SimpleNamespace

from . import engines, findings, fuzzing
from .basics import INTERRUPTED, ROOT, CannotRun, write_text
from .contract import ERROR, VIOLATION, Outcome, contradiction, read_line
from .plan import bug_group
from .tables import document, markdown

FOUND, NOT_FOUND, DOES_NOT_APPLY, COULD_NOT_RUN = "found", "not found", "does not apply", "could not run"
SEQUENCES = 300  # of one process of RapidCheck
GRACE = 120      # seconds that a process may take on top of its budget: to start, to make a finding small, to report it

ORDERS = "one thread always reads what it wrote last, so a weaker order changes nothing"
RACE = "it needs another thread between two accesses"
UNKNOWN_LIST = "the reference does not know the list of this bug"
RACES = {"deaf_help", "empty_confirm", "repeat_validation", "blind_give_back"}  # the lies that one thread never meets


@dataclass(frozen=True)
class Cell:
    verdict: str
    count: int = 0
    seconds: float = 0.0
    invariant: str = ""
    reason: str = ""  # why it does not apply, or could not run


# The bugs.


def way_of(bug):
    """What plants a bug: a part in place of a shipped one, a lie of the store, or other orders."""
    return bug.plant.get("part") or bug.plant.get("lie") or "orders"


def why_not_by_one_thread(bug):
    """Why a bug cannot show in a history of one thread, or an empty text."""
    way = way_of(bug)
    if way == "crate_list":
        return UNKNOWN_LIST
    return ORDERS if way == "orders" else RACE if way in RACES else ""


# Processes.


def folder_of(engine, bug):
    """An empty folder for what a cell leaves behind."""
    folder = ROOT / "build/artifacts/detect" / engine / bug.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def call(command, seconds, more):
    """The exit status and the output of a process."""
    own = {**os.environ, **fuzzing.ENVIRONMENT, "PATH": f"/usr/lib/llvm-19/bin:{os.environ.get('PATH', '')}", **more}
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, env=own, text=True, errors="replace", check=False, timeout=seconds + GRACE,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise CannotRun(f"{command[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise CannotRun(f"{command[0]}: expected that it ends within {seconds + GRACE} s, it did not") from None
    return done.returncode, done.stdout


def invariant_of(message):
    """What a message begins with: an invariant, or else its first words."""
    return findings.invariant_of(message) or message.split(":")[0].strip()[:40] or "unnamed"


def last_words(output):
    return " ".join(output.split())[-300:]


# The cells.


def rapidcheck(bug, options):
    """Processes of a fixed number of sequences, each with the next seed, until one finds it or the time is up."""
    program = ROOT / "build/dev/fuzz/op_sequence/rapidcheck_tests"
    folder, began, operations, seed = folder_of("rapidcheck", bug), time.monotonic(), 0, options.seed
    while True:
        status, output = call([program, "--gtest_filter=*PlantedBugs*"], options.seconds,
                              {engines.BUG_VARIABLE: bug.name, engines.FINDINGS_VARIABLE: str(folder),
                               "RC_PARAMS": f"max_success={SEQUENCES} seed={seed}"})
        said = re.search(rf"^rapidcheck: {bug.name}: \d+ sequences, (\d+) operations: (?:not found|found as (.*))$", output,
                         re.MULTILINE)
        if not said:
            return Cell(COULD_NOT_RUN, reason=f"rapidcheck_tests: status {status}, and no verdict: {last_words(output)}")
        operations, seed, seconds = operations + int(said[1]), seed + 1, time.monotonic() - began
        if said[2] is not None:
            return Cell(FOUND, operations, seconds, invariant_of(said[2]))
        if seconds >= options.seconds:
            return Cell(NOT_FOUND, operations, seconds)


def libfuzzer(target, program, seeds, bug, options, more):
    folder = folder_of(target, bug)
    (folder / "corpus").mkdir()
    began = time.monotonic()
    status, output = call([ROOT / "build/fuzz/fuzz" / program, f"-seed={options.seed}", f"-max_total_time={options.seconds}",
                           f"-max_len={fuzzing.LIMIT[target]}", "-print_final_stats=1", f"-artifact_prefix={folder}/",
                           folder / "corpus", *seeds], options.seconds, {engines.FINDINGS_VARIABLE: str(folder), **more})
    progress, seconds = fuzzing.Progress(), time.monotonic() - began
    for line in output.splitlines(keepends=True):
        progress.read(line)
    if status == 0:
        return Cell(NOT_FOUND, progress.runs, seconds)
    if progress.message:
        return Cell(FOUND, max(progress.runs, 1), seconds, invariant_of(progress.message))
    return Cell(COULD_NOT_RUN, reason=f"{program}: status {status} without a finding: {last_words(output)}")


def op_sequence(bug, options):
    return libfuzzer("op_sequence", "op_sequence_with_bug_fuzzer", [ROOT / "fuzz/op_sequence/corpus"], bug, options,
                     {engines.BUG_VARIABLE: bug.name})


def schedule(bug, options):
    return libfuzzer("schedule", "schedule_fuzzer", [], bug, options,
                     {engines.SCENARIO_VARIABLE: f"{bug.scenario}:{bug.freelist}:{bug.name}"})


def stall_seconds(preset, seconds):
    """How long without progress is a stall: where a report takes seconds, longer; always within the budget."""
    return max(1, seconds * 3 // 4 if preset == "tsan" else seconds // 4)


def churn(preset, bug, options):
    folder = folder_of(f"churn-{preset}", bug)
    report = folder / "report.json"
    words = {engines.CHURN_BUG.strip("-"): bug.name, "seconds": options.seconds, "seed": options.seed,
             "stall-seconds": stall_seconds(preset, options.seconds), "directory": folder, "json": report}
    status, output = call([ROOT / "build" / preset / "stress/churn",
                           *(word for name, value in words.items() for word in (f"--{name}", value))], options.seconds, {})
    if status not in (0, 1) or not report.is_file():
        return Cell(COULD_NOT_RUN, reason=f"churn: status {status}, expected 0 or 1 and a report: {last_words(output)}")
    told = json.loads(report.read_text(encoding="utf-8"))
    if status == 1:
        return Cell(NOT_FOUND, told["operations"], told["seconds"])
    return Cell(FOUND, told["operations"], told["seconds"], told["invariant"])


def model_checker(name, bug, _options):
    engine = engines.named(name)
    listing = engines.read_listing(engine)
    row = next((row for row in listing["bugs"] if row["name"] == bug.name), None)
    if row is None:
        raise CannotRun(f"{engine.program}: expected the bug {bug.name} in its list, found none")
    if row["expect"] == "not_found":
        return Cell(DOES_NOT_APPLY, reason=row["not_found_reason"])
    job = bug_group(engine, row, SimpleNamespace(findings=str(folder_of(name, bug)))).jobs[0]
    status, output = call([engine.program, *job.arguments()], 600, job.environment())
    outcome = None
    for line in output.splitlines():
        if line.startswith("{"):
            read = read_line(line)
            outcome = read if isinstance(read, Outcome) else outcome
    problem = contradiction(job, status, outcome) or (outcome.verdict == ERROR and outcome.message)
    if problem:
        return Cell(COULD_NOT_RUN, reason=problem)
    if outcome.verdict == VIOLATION:
        return Cell(FOUND, outcome.iterations, outcome.seconds, outcome.invariant)
    return Cell(NOT_FOUND, outcome.iterations, outcome.seconds)


@dataclass(frozen=True)
class Engine:
    name: str
    title: str
    unit: str
    builds: str  # a preset and its target
    run: object  # (bug, options) -> Cell
    what: str    # it runs
    one_thread: bool = False


ENGINES = (
    Engine("rapidcheck", "RapidCheck", "operations", "dev rapidcheck_tests", rapidcheck,
           "random histories of one thread against the reference arena (`fuzz/op_sequence/rapidcheck_test.cpp`)",
           one_thread=True),
    Engine("op_sequence", "op_sequence", "inputs", "fuzz op_sequence_with_bug_fuzzer", op_sequence,
           "libFuzzer over such histories, with its seeds `fuzz/op_sequence/corpus`", one_thread=True),
    Engine("schedule", "schedule", "inputs", "fuzz schedule_fuzzer", schedule,
           "libFuzzer over schedules and stale reads of the scenario of the bug, from nothing"),
    Engine("tsan", "TSan stress", "operations", "tsan churn", lambda bug, options: churn("tsan", bug, options),
           "`stress/churn` with the bug, real threads under ThreadSanitizer"),
    Engine("asan", "ASan stress", "operations", "asan churn", lambda bug, options: churn("asan", bug, options),
           "the same under Address- and UndefinedBehaviorSanitizer"),
    Engine("relacy", "Relacy", "iterations", "dev relacy_engine", lambda bug, options: model_checker("relacy", bug, options),
           "the scenario of the bug, with the budget of its entry in `models/bugs/bugs.json`"),
    Engine("checker", "checker", "executions", "dev checker_engine",
           lambda bug, options: model_checker("checker", bug, options),
           "the scenario of the bug, with the budget of its entry in `models/bugs/bugs.json`"),
)


def run_cell(engine, bug, options):
    reason = why_not_by_one_thread(bug) if engine.one_thread else ""
    if reason:
        return Cell(DOES_NOT_APPLY, reason=reason)
    try:
        return engine.run(bug, options)
    except (CannotRun, OSError, ValueError, KeyError) as error:
        return Cell(COULD_NOT_RUN, reason=str(error) or type(error).__name__)


# What is said of it.


def line_of(engine, bug, cell):
    what = {FOUND: f"found as {cell.invariant} after {cell.count:,} {engine.unit}, {cell.seconds:.2f} s",
            NOT_FOUND: f"not found in {cell.count:,} {engine.unit}, {cell.seconds:.0f} s"}
    return f"{engine.title} {bug.name}: " + what.get(cell.verdict, f"{cell.verdict}: {cell.reason}")


def found_by_nobody(table):
    return [bug.name for bug, cells in table.items() if not any(cell.verdict == FOUND for cell in cells.values())]


def table_lines(table, columns):
    """The table in Markdown, and below it what its letters mean."""
    letters = {}

    def words(cell):
        if cell.verdict == FOUND:
            return f"{cell.invariant}, {cell.count:,}, {cell.seconds:.2f} s"
        if cell.verdict == NOT_FOUND:
            return f"no, {cell.count:,}"
        return f"({letters.setdefault(f'{cell.verdict}: {cell.reason}', chr(ord('a') + len(letters)))})"

    yield from markdown(["bug", *(engine.title for engine in columns)],
                        ([bug.name, *(words(cells[engine.name]) for engine in columns if engine.name in cells)] for bug,
                         cells in table.items()))
    yield ""
    for reason, letter in letters.items():
        yield f"- ({letter}) {reason}"
    if letters:
        yield ""
    yield f"found by nobody: {', '.join(found_by_nobody(table)) or 'none'}"


def text(table, options):
    """The text of models/DETECTION.md."""
    return document("detection.md.jinja", seconds=options.seconds, seed=options.seed, sequences=SEQUENCES, engines=ENGINES,
                    processors=os.cpu_count(), tsan=stall_seconds("tsan", options.seconds),
                    asan=stall_seconds("asan", options.seconds),
                    table=list(table_lines(table, ENGINES)))


def as_json(table, options):
    bugs = [{"name": bug.name, "scenario": bug.scenario, "freelist": bug.freelist, "way": way_of(bug),
             "cells": {name: asdict(cell) for name, cell in cells.items()}} for bug, cells in table.items()]
    report = {"seconds": options.seconds, "seed": options.seed, "bugs": bugs, "found_by_nobody": found_by_nobody(table)}
    return json.dumps(report, indent=1) + "\n"


def run(options, columns, bugs):
    """The exit status."""
    table, interrupted = {}, False
    try:
        for bug in bugs:
            table[bug] = {}
            for engine in columns:
                table[bug][engine.name] = run_cell(engine, bug, options)
                print(line_of(engine, bug, table[bug][engine.name]), flush=True)
    except KeyboardInterrupt:
        interrupted = True
    cells = [cell for own in table.values() for cell in own.values()]
    if interrupted:
        found = sum(cell.verdict == FOUND for cell in cells)
        print(f"interrupted: {len(cells)} of {len(columns) * len(bugs)} cells had run, {found} of them found their bug")
        return INTERRUPTED
    print("\n" + "\n".join(table_lines(table, columns)))
    if options.json:
        write_text(options.json, as_json(table, options))
    broken = [cell for cell in cells if cell.verdict == COULD_NOT_RUN]
    if broken:
        raise CannotRun(f"{len(broken)} of {len(cells)} cells could not run; the first: {broken[0].reason}")
    if options.markdown:
        write_text(options.markdown, text(table, options))
    return 1 if found_by_nobody(table) else 0
