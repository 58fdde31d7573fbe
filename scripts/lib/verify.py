#!/usr/bin/env python3
"""Runs every model-checking scenario on both engines, the exhaustive checker and Relacy, then the corpus of known bugs.

The checker runs a scenario exhaustively, or where that is too much within a bound and at random. Relacy runs it with context
bounds 1, 2, ..., N and then with random schedules. Each corpus entry is a seeded bug: an engine must find it, and the same
scenario without the bug (its twin) must hold with the same budget.

exit status:
  0  everything held and every corpus entry was as expected
  1  a scenario was violated, or a corpus bug was not found, or its twin failed
  2  incomplete: an engine could not finish, a shard is missing, or the run was interrupted
  3  could not run: bad options, no engine, or an engine that crashed or broke its contract
"""

import argparse
import os
import signal
import sys
import textwrap
import time
import traceback

from verify_clients import run_clients
from verify_contract import EXIT_STATUS, FREELISTS, CannotRun, check_same_corpus, read_listing
from verify_display import Display
from verify_engine import ENGINES, ROOT
from verify_crash import run_crash
from verify_halting import run_halting
from verify_json import json_report, write_json
from verify_kills import CHECKER, run_kills
from verify_minimise import run_minimise
from verify_plan import Part, Pool, corpus_group, scenario_group, shards_folder
import verify_report as report

# What runs instead of the scenarios and the corpus, by its option: analyses on the checker.
MODES = {"halting": run_halting, "crash": run_crash, "clients": run_clients, "minimise": run_minimise, "kills": run_kills}

ARTIFACTS = os.path.join(ROOT, "build", "artifacts")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(3, f"verify: {message}; see scripts/verify --help\n")


def at_least_one(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def parse(arguments):
    parser = Parser(prog="scripts/verify", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                    allow_abbrev=False)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", dest="mode", action="store_const", const="quick", default="quick",
                      help="what takes minutes (default)")
    mode.add_argument("--full", dest="mode", action="store_const", const="full", help="larger bounds and random ranges")
    parser.add_argument("--engine", choices=[engine.name for engine in ENGINES], action="append",
                        help="only this engine (repeatable)")
    parser.add_argument("--scenario", metavar="NAME", action="append", help="only this scenario (repeatable)")
    parser.add_argument("--freelist", choices=FREELISTS, help="only this freelist")
    corpus = parser.add_mutually_exclusive_group()
    corpus.add_argument("--corpus-only", action="store_true", help="only the corpus of known bugs, and their twins")
    corpus.add_argument("--no-corpus", action="store_true", help="only the scenarios")
    parser.add_argument("--bug", metavar="NAME", action="append",
                        help="only this entry of the corpus, and no scenario (repeatable)")
    parser.add_argument("--kills", action="store_true",
                        help="instead: weaken each row of the ordering ledger, and see which scenario of the checker kills it; writes "
                             "core/ORDERS.md, or with --scenario only prints")
    parser.add_argument("--halting", action="store_true",
                        help="instead: stop each thread of each scenario of the checker before each of its steps; the others must end")
    parser.add_argument("--crash", action="store_true",
                        help="instead: kill the process, or take its power, at every moment of every execution of the checker")
    parser.add_argument("--crash-maximum", metavar="N", type=at_least_one, default=None,
                        help="of --crash: the largest number of executions of one scenario (default: 3,000,000 of kills and power "
                             "losses, 5,000 of the other modes)")
    parser.add_argument("--page", metavar="BYTES", type=at_least_one, default=8,
                        help="of --crash: bytes that get to the disk together, 8 to 512 (default: 8, the worst)")
    parser.add_argument("--halt-maximum", metavar="N", type=at_least_one, default=20_000,
                        help="of --halting: the largest number of executions of one such place (default: 20,000)")
    parser.add_argument("--clients", action="store_true",
                        help="instead: every client program of K calls, K = 1, 2, 3, ..., against the specification, on the checker")
    parser.add_argument("--client-seconds", metavar="N", type=at_least_one, default=600,
                        help="of --clients: when no more programs are begun (default: 600)")
    parser.add_argument("--minimise", metavar="BUG", action="append",
                        help="instead: find this bug of the corpus on the checker, and make its violation small (repeatable)")
    parser.add_argument("--kill-maximum", metavar="N", type=at_least_one, default=300_000,
                        help="of --kills: the largest number of executions of one scenario (default: 300,000)")
    parser.add_argument("--list", action="store_true", help="print the scenarios and the corpus, and run nothing")
    parser.add_argument("--json", metavar="FILE", help="write the full report there")
    parser.add_argument("--jobs", metavar="N", type=at_least_one, default=os.cpu_count() or 1,
                        help="engine processes at a time (default: the number of processors)")
    parser.add_argument("--artifacts", metavar="DIR", default=ARTIFACTS,
                        help="where violations are left (default: build/artifacts); a job replaces its own older artifact")
    parser.add_argument("--seed", metavar="N", type=at_least_one, default=1,
                        help="the first random iteration of the scenarios (default: 1); corpus entries have their own")
    parser.add_argument("--random-shards", metavar="N", type=at_least_one,
                        help="processes that share the random iterations of one scenario (default: as --jobs)")
    parser.add_argument("--shards", metavar="N", type=at_least_one, default=1,
                        help="processes that share one exhaustive run of a scenario (default: 1)")
    parser.add_argument("--silence", metavar="SECONDS", type=at_least_one, default=300,
                        help="end an engine that prints nothing for so long (default: 300)")
    parser.add_argument("--targets", action="store_true", help=argparse.SUPPRESS)  # what scripts/verify must build
    options = parser.parse_args(arguments)
    options.random_shards = options.random_shards or options.jobs
    options.artifacts = os.path.abspath(options.artifacts)
    return options


def chosen(options):
    if any(getattr(options, mode) for mode in MODES):
        return [CHECKER]
    return [engine for engine in ENGINES if (engine.name in options.engine if options.engine else engine.by_default)]


def check_names(listings, options):
    """Every name that the options give must be known to some engine."""
    rows = [row for listing in listings for row in listing["scenarios"] + listing["corpus"]]
    for what, field, wanted in (("scenario", "scenario", options.scenario), ("bug", "name", options.bug)):
        known = dict.fromkeys(row[field] for row in rows if field in row)
        for name in wanted or []:
            if name not in known:
                raise CannotRun(f'unknown {what} "{name}"; known: {", ".join(known)}')


def select(listing, options):
    """The scenarios and corpus entries of one engine that the options ask for."""
    def wanted(row):
        return (not options.scenario or row["scenario"] in options.scenario) and options.freelist in (None, row["freelist"]) \
            and (not options.bug or row.get("name") in options.bug)

    scenarios = [] if options.corpus_only else [row for row in listing["scenarios"] if wanted(row)]
    corpus = [] if options.no_corpus else [row for row in listing["corpus"] if wanted(row)]
    return scenarios, corpus


def read_listings(options):
    """{engine: its listing} of the engines that the options ask for."""
    listings = {engine: read_listing(engine.name, engine.program) for engine in chosen(options)}
    check_same_corpus(listings.values())
    check_names(listings.values(), options)
    if not any(any(select(listing, options)) for listing in listings.values()):
        raise CannotRun("nothing to run: no scenario or corpus entry matches these options")
    return listings


def make_part(engine, listing, options):
    scenarios, corpus = select(listing, options)
    return Part(engine, listing.get("weak_failures", 1),
                [scenario_group(engine, row, listing.get("bounds", "each"), options.mode, options) for row in scenarios],
                [corpus_group(engine, row, options) for row in corpus if row["expect"] == "violation"],
                [row for row in corpus if row["expect"] == "not_found"])


def list_lines(listings, options):
    """The tables of --list."""
    corpora = {}
    for engine, listing in listings.items():
        scenarios, corpora[engine.name] = select(listing, options)
        if scenarios:
            yield from report.list_scenarios(listing, scenarios)
            yield ""
    if any(corpora.values()):
        yield from report.list_corpus(corpora)


def prepare(options, write):
    """Finds out before the run whether its results can be written."""
    folder = shards_folder(options.artifacts) if options.shards > 1 else options.artifacts
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"cannot make the artifacts folder {folder}: {error.strerror}") from error
    write(0.0)


def opening(parts, options):
    """What is about to run."""
    what = ", ".join(f"{part.engine.name} ({len(part.scenarios)} scenario runs, {len(part.entries) + len(part.not_findable)} "
                     "corpus entries)" for part in parts)
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
            yield from textwrap.wrap(f"{part.engine.name}: {report.never_shown(part)}", report.page_width())
    if any(part.entries or part.not_findable for part in parts):
        yield ""
        yield from report.corpus_lines(parts)
    problems = [*report.problem_lines(parts), *report.disagreement_lines(parts)]
    if problems:
        yield ""
        yield from problems


def verify(options):
    listings = read_listings(options)
    if options.list:
        print("\n".join(list_lines(listings, options)))
        return 0
    parts = [make_part(engine, listing, options) for engine, listing in listings.items()]
    groups = [group for part in parts for group in part.scenarios] + [group for part in parts for group in part.entries]
    if not groups:
        raise CannotRun("nothing to run: every corpus entry that matches is listed as not findable")

    def write(seconds):
        if options.json:
            try:
                write_json(options.json, json_report(parts, options, seconds))
            except OSError as error:
                raise CannotRun(f"cannot write the report {options.json}: {error.strerror}") from error

    prepare(options, write)
    print(opening(parts, options), flush=True)
    began = time.monotonic()
    display = Display(sys.stdout, groups)
    pool = Pool(groups, options.jobs, options.silence, display)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, pool.interrupt)
    pool.run()
    display.close()
    seconds = time.monotonic() - began
    print("\n".join(tables(parts)) + "\n")
    print(report.verdict_line(parts, seconds), flush=True)
    write(seconds)
    return EXIT_STATUS[report.run_verdict(parts)]


def main(arguments):
    options = parse(arguments)
    try:
        if options.targets:
            print("\n".join(engine.target for engine in chosen(options) if not engine.override))
            return 0
        return next((run for mode, run in MODES.items() if getattr(options, mode)), verify)(options)
    except CannotRun as error:
        print(f"verify: could not run: {error}", file=sys.stderr)
        return 3
    except BrokenPipeError:  # the reader of our output has gone: nobody can be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except KeyboardInterrupt:
        print("verify: INCOMPLETE: interrupted before anything ran", file=sys.stderr)
        return 2
    except Exception:  # a defect of this program must not end with status 1, which means a violation
        traceback.print_exc()
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
