#!/usr/bin/env python3
"""The detection table: every bug of models/corpus by every engine that can run it: found as which invariant, after how much.

  scripts/detect                      all of it; a line per cell, then the table
      [--engine NAME] [--bug NAME]    only these; may be repeated
      [--seconds N] [--seed S]        the budget of each cell (default: 20) and the seed (default: 1)
      [--markdown FILE]               writes the table as a document; only of all of it
      [--json FILE]                   writes it as JSON
  scripts/detect --list               the engines and the bugs; runs nothing

The checker and Relacy have the budget that `scripts/verify` gives their corpus entry instead of seconds. Cells run one by one.
What the engines leave behind lies in build/artifacts/detect.

exit status:
  0  every bug was found by some engine that ran
  1  a bug was found by none
  2  wrong use
  3  a cell could not run
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import SimpleNamespace

import fuzz
import verify_engine
from verify_contract import ERROR, VIOLATION, CannotRun, Outcome, contradiction, read_line, read_listing
from verify_plan import corpus_group

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = "models/corpus/corpus.hpp"
FOUND, NOT_FOUND, DOES_NOT_APPLY, COULD_NOT_RUN = "found", "not found", "does not apply", "could not run"
SEQUENCES = 300  # of one process of RapidCheck
GRACE = 120      # seconds that a process may take on top of its budget: to start, to make a finding small, to report it

ORDERS = "one thread always reads what it wrote last, so a weaker order changes nothing"
RACE = "it needs another thread between two accesses"
UNKNOWN_LIST = "the reference does not know the list of this bug"
RACES = {"deaf_help", "empty_confirm", "repeat_validation", "blind_give_back"}  # the lies that one thread never meets


@dataclass(frozen=True)
class Bug:
    name: str
    scenario: str
    freelist: str
    way: str  # "orders", a lie of models/corpus/lying_store.hpp, or a variant


@dataclass(frozen=True)
class Cell:
    verdict: str
    count: int = 0
    seconds: float = 0.0
    invariant: str = ""
    reason: str = ""  # why it does not apply, or could not run


# The corpus.


def read_corpus(text):
    """The bugs in the text of models/corpus/corpus.hpp."""
    rest = r'\(\s*"(\w+)",\s*"[^"]*",\s*"(\w+)",\s*Freelist::(\w+),\s*'
    variant = (r'Mutant\{\.name = "(\w+)",\s*\.about = "[^"]*",\s*\.scenario = "(\w+)",\s*\.kind = Freelist::(\w+),'
               r"\s*\.variant = VariantName::(\w+)")
    pattern = re.compile(rf"\blying{rest}Lie::(\w+)|\bweakened{rest}|{variant}")
    bugs = []
    for match in pattern.finditer(text):
        words = [word for word in match.groups() if word]
        bugs.append(Bug(*words[:3], *(words[3:] or ["orders"])))
    return bugs


def corpus():
    return read_corpus((ROOT / CORPUS).read_text(encoding="utf-8"))


def why_not_by_one_thread(bug):
    """Why a bug cannot show in a history of one thread, or an empty text."""
    if bug.way == "crate_protocol":
        return UNKNOWN_LIST
    return ORDERS if bug.way == "orders" else RACE if bug.way in RACES else ""


# Processes.


def folder_of(engine, bug):
    """An empty folder for what a cell leaves behind."""
    folder = ROOT / "build/artifacts/detect" / engine / bug.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def call(command, seconds, more):
    """The exit status and the output of a process."""
    own = {**os.environ, **fuzz.ENVIRONMENT, "PATH": f"/usr/lib/llvm-19/bin:{os.environ.get('PATH', '')}", **more}
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
    found = re.match(r"\s*((?:SEG|FL|CUR|PRG|REC)-\d+)", message)
    return found[1] if found else message.split(":")[0].strip()[:40] or "unnamed"


def last_words(output):
    return " ".join(output.split())[-300:]


# The cells.


def rapidcheck(bug, options):
    """Processes of a fixed number of sequences, each with the next seed, until one finds it or the time is up."""
    program = ROOT / "build/dev/fuzz/op_sequence/rapidcheck_tests"
    folder, began, operations, seed = folder_of("rapidcheck", bug), time.monotonic(), 0, options.seed
    while True:
        status, output = call([program, "--gtest_filter=*PlantedBugs*"], options.seconds,
                              {"RARENA_MUTANT": bug.name, "RARENA_ARTIFACTS": str(folder),
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
                           f"-max_len={fuzz.LIMIT[target]}", "-print_final_stats=1", f"-artifact_prefix={folder}/",
                           folder / "corpus", *seeds], options.seconds, {"RARENA_ARTIFACTS": str(folder), **more})
    progress, seconds = fuzz.Progress(), time.monotonic() - began
    for line in output.splitlines(keepends=True):
        progress.read(line)
    if status == 0:
        return Cell(NOT_FOUND, progress.runs, seconds)
    if progress.finding:
        return Cell(FOUND, max(progress.runs, 1), seconds, invariant_of(progress.finding))
    return Cell(COULD_NOT_RUN, reason=f"{program}: status {status} without a finding: {last_words(output)}")


def op_sequence(bug, options):
    return libfuzzer("op_sequence", "op_sequence_canary_fuzzer", [ROOT / "fuzz/op_sequence/corpus"], bug, options,
                     {"RARENA_MUTANT": bug.name})


def schedule(bug, options):
    return libfuzzer("schedule", "schedule_fuzzer", [], bug, options,
                     {"RARENA_SCENARIO": f"{bug.scenario}:{bug.freelist}:{bug.name}"})


def stall_seconds(preset, seconds):
    """How long without progress is a stall: where a report takes seconds, longer; always within the budget."""
    return max(1, seconds * 3 // 4 if preset == "tsan" else seconds // 4)


def churn(preset, bug, options):
    folder = folder_of(f"churn-{preset}", bug)
    report = folder / "report.json"
    words = {"mutant": bug.name, "seconds": options.seconds, "seed": options.seed,
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
    engine = next(engine for engine in verify_engine.ENGINES if engine.name == name)
    listing = read_listing(name, engine.program)
    row = next((row for row in listing["corpus"] if row["name"] == bug.name), None)
    if row is None:
        raise CannotRun(f"{engine.program}: expected the bug {bug.name} in its list, found none")
    if row["expect"] == "not_found":
        return Cell(DOES_NOT_APPLY, reason=row["not_found_reason"])
    job = corpus_group(engine, row, SimpleNamespace(artifacts=str(folder_of(name, bug)))).jobs[0]
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
    Engine("op_sequence", "op_sequence", "inputs", "fuzz op_sequence_canary_fuzzer", op_sequence,
           "libFuzzer over such histories, with its seeds `fuzz/op_sequence/corpus`", one_thread=True),
    Engine("schedule", "schedule", "inputs", "fuzz schedule_fuzzer", schedule,
           "libFuzzer over schedules and stale reads of the scenario of the bug, from nothing"),
    Engine("tsan", "TSan stress", "operations", "tsan churn", lambda bug, options: churn("tsan", bug, options),
           "`stress/churn` with the bug, real threads under ThreadSanitizer"),
    Engine("asan", "ASan stress", "operations", "asan churn", lambda bug, options: churn("asan", bug, options),
           "the same under Address- and UndefinedBehaviorSanitizer"),
    Engine("relacy", "Relacy", "iterations", "dev relacy_engine", lambda bug, options: model_checker("relacy", bug, options),
           "the scenario of the bug, with the budget of `models/relacy/budget.hpp`"),
    Engine("checker", "checker", "executions", "dev checker_engine",
           lambda bug, options: model_checker("checker", bug, options),
           "the scenario of the bug, with the budget of `models/checker_engine/budget.hpp`"),
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


def table_lines(table, engines):
    """The table in Markdown, and below it what its letters mean."""
    letters = {}

    def words(cell):
        if cell.verdict == FOUND:
            return f"{cell.invariant}, {cell.count:,}, {cell.seconds:.2f} s"
        if cell.verdict == NOT_FOUND:
            return f"no, {cell.count:,}"
        return f"({letters.setdefault(f'{cell.verdict}: {cell.reason}', chr(ord('a') + len(letters)))})"

    yield "| bug | " + " | ".join(engine.title for engine in engines) + " |"
    yield "| --- " * (len(engines) + 1) + "|"
    for bug, cells in table.items():
        yield f"| {bug.name} | " + " | ".join(words(cells[engine.name]) for engine in engines) + " |"
    yield ""
    for reason, letter in letters.items():
        yield f"- ({letter}) {reason}"
    if letters:
        yield ""
    yield f"found by nobody: {', '.join(found_by_nobody(table)) or 'none'}"


HEAD = """Written by `scripts/detect --seconds {seconds} --seed {seed} --markdown FILE`; do not edit. Every bug of the corpus
([models/README.md](README.md#the-corpus)) by every engine: found as which invariant, after how many operations, inputs or
executions, and seconds; or "no", and how many did not find it; or a letter, which is explained below the table."""
BUDGET = """Counted are: {units}. Those of stress are of all threads together. One run each, one after the other, on
{processors} processors that did other work too. Budget: {seconds} s, seed {seed}; RapidCheck in processes of {sequences}
histories with the seeds {seed}, {next_seed}, ...; the checker and Relacy the budget of the corpus instead, which
`scripts/verify --corpus-only` runs as well. Seconds of RapidCheck and libFuzzer are those of the whole process, with its
start and with making the finding small. In stress a thread without progress for {tsan} s (TSan) or {asan} s (ASan) is a
violation of PRG-1."""
NOT_SHOWN = """**What "no" does not show.** That an engine is blind for the bug: only that this budget and seed did not find it.
Numbers of real threads differ from run to run, and so may the invariant. What is found says that this engine can see this bug,
not every bug of its kind. Columns do not compare as speeds: an operation, an input and an execution are different amounts of
work, and the scenario of a bug, which the engines of models/ and the fuzzer of schedules run, was chosen to show it."""


def document(table, options):
    """The text of models/DETECTION.md."""
    facts = {"seconds": options.seconds, "seed": options.seed, "next_seed": options.seed + 1, "sequences": SEQUENCES,
             "units": "; ".join(f"{engine.title}: {engine.unit}" for engine in ENGINES), "processors": os.cpu_count(),
             "tsan": stall_seconds("tsan", options.seconds), "asan": stall_seconds("asan", options.seconds)}
    head, budget, not_shown = (textwrap.fill(" ".join(text.format(**facts).split()), 128, break_long_words=False,
                                             break_on_hyphens=False) for text in (HEAD, BUDGET, NOT_SHOWN))
    columns = "\n".join(f"| {engine.title} | {engine.what} |" for engine in ENGINES)
    return "\n".join(["# Which engine finds which bug", "", head, "", "| column | what it runs |", "| --- | --- |", columns, "",
                      budget, "", not_shown, "", *table_lines(table, ENGINES)]) + "\n"


def as_json(table, options):
    bugs = [{**asdict(bug), "cells": {name: asdict(cell) for name, cell in cells.items()}} for bug, cells in table.items()]
    report = {"seconds": options.seconds, "seed": options.seed, "bugs": bugs, "found_by_nobody": found_by_nobody(table)}
    return json.dumps(report, indent=1) + "\n"


def write(path, text):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotRun(f"cannot write {path}: {error.strerror}") from None


# The command line.


def options_of(arguments, bugs):
    main = argparse.ArgumentParser(prog="scripts/detect", description=__doc__, allow_abbrev=False,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    main.add_argument("--engine", action="append", choices=[engine.name for engine in ENGINES])
    main.add_argument("--bug", action="append", metavar="NAME")
    main.add_argument("--seconds", type=fuzz.positive, default=20)
    main.add_argument("--seed", type=fuzz.positive, default=1)
    main.add_argument("--markdown", type=Path, metavar="FILE")
    main.add_argument("--json", type=Path, metavar="FILE")
    main.add_argument("--list", action="store_true")
    options = main.parse_args(arguments)
    known = [bug.name for bug in bugs]
    for name in options.bug or []:
        if name not in known:
            main.error(f"--bug: expected a bug of {CORPUS} ({', '.join(known)}), found '{name}'")
    if options.markdown and (options.engine or options.bug):
        main.error("--markdown: expected all engines and bugs, found --engine or --bug")
    return options


def run(options, engines, bugs):
    table = {}
    for bug in bugs:
        table[bug] = {}
        for engine in engines:
            table[bug][engine.name] = run_cell(engine, bug, options)
            print(line_of(engine, bug, table[bug][engine.name]), flush=True)
    print("\n" + "\n".join(table_lines(table, engines)))
    if options.json:
        write(options.json, as_json(table, options))
    broken = [cell for cells in table.values() for cell in cells.values() if cell.verdict == COULD_NOT_RUN]
    if broken:
        raise CannotRun(f"{len(broken)} of {len(engines) * len(bugs)} cells could not run; the first: {broken[0].reason}")
    if options.markdown:
        write(options.markdown, document(table, options))
    return 1 if found_by_nobody(table) else 0


def main(arguments):
    only_builds = arguments[:1] == ["--builds"]
    arguments = arguments[1:] if only_builds else arguments
    if only_builds and {"-h", "--help"} & set(arguments):
        return 0
    bugs = corpus()
    options = options_of(arguments, bugs)
    engines = [engine for engine in ENGINES if not options.engine or engine.name in options.engine]
    bugs = [bug for bug in bugs if not options.bug or bug.name in options.bug]
    if only_builds:
        if not options.list:
            print("\n".join(engine.builds for engine in engines))
        return 0
    if options.list:
        print("\n".join([f"{engine.name:12} {engine.what}" for engine in engines] + [""] +
                        [f"{bug.name:20} {bug.scenario}, {bug.freelist}: {bug.way}" for bug in bugs]))
        return 0
    try:
        return run(options, engines, bugs)
    except CannotRun as error:
        print(f"scripts/detect: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
