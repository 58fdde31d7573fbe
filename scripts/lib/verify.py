#!/usr/bin/env python3
"""Runs every model-checking scenario on the Relacy engine, then the corpus of known bugs.

Each scenario runs with context bounds 1, 2, ..., N and then with random schedules, for each freelist. Each corpus entry
is a seeded bug: the engine must find it, and the same scenario without the bug (its twin) must hold with the same budget.

exit status:
  0  everything held and every corpus entry was as expected
  1  a scenario was violated, or a corpus bug was not found, or its twin failed
  2  incomplete: an engine could not finish, or the run was interrupted
  3  could not run: bad options, no engine, or an engine that crashed or broke its contract
"""

import argparse
import os
import signal
import sys
import textwrap
import time
import traceback

from verify_engine import EXIT_STATUS, FREELISTS, CannotRun, read_listing
from verify_plan import Pool, corpus_group, scenario_group
import verify_report as report

ENGINE = os.path.join(report.ROOT, "build", "dev", "models", "relacy", "relacy_engine")
ARTIFACTS = os.path.join(report.ROOT, "build", "artifacts")


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
                      help="small bounds, about 2 minutes on 2 cores (default)")
    mode.add_argument("--full", dest="mode", action="store_const", const="full", help="larger bounds and random ranges")
    parser.add_argument("--scenario", metavar="NAME", action="append", help="only this scenario (repeatable)")
    parser.add_argument("--freelist", choices=FREELISTS, help="only this freelist")
    corpus = parser.add_mutually_exclusive_group()
    corpus.add_argument("--corpus-only", action="store_true", help="only the corpus of known bugs, and their twins")
    corpus.add_argument("--no-corpus", action="store_true", help="only the scenarios")
    parser.add_argument("--bug", metavar="NAME", action="append", help="only this entry of the corpus, and no scenario (repeatable)")
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
    parser.add_argument("--silence", metavar="SECONDS", type=at_least_one, default=300,
                        help="end an engine that prints nothing for so long (default: 300)")
    options = parser.parse_args(arguments)
    options.random_shards = options.random_shards or options.jobs
    options.artifacts = os.path.abspath(options.artifacts)
    return options


def select(listing, options):
    """The scenarios and corpus entries that the options ask for."""
    known = sorted({row["scenario"] for row in listing["scenarios"] + listing["corpus"]})
    for name in options.scenario or []:
        if name not in known:
            raise CannotRun(f'unknown scenario "{name}"; known: {", ".join(known)}')

    bugs = [row["name"] for row in listing["corpus"]]
    for name in options.bug or []:
        if name not in bugs:
            raise CannotRun(f'unknown bug "{name}"; known: {", ".join(bugs)}')

    def wanted(row):
        return (not options.scenario or row["scenario"] in options.scenario) and options.freelist in (None, row["freelist"])

    scenarios = [] if options.corpus_only or options.bug else [row for row in listing["scenarios"] if wanted(row)]
    corpus = [] if options.no_corpus else [row for row in listing["corpus"] if wanted(row) and row["name"] in (options.bug or bugs)]
    if not scenarios and not corpus:
        raise CannotRun("nothing to run: no scenario or corpus entry matches these options")
    return scenarios, corpus


def prepare(options, write):
    """Finds out before the run whether its results can be written."""
    try:
        os.makedirs(options.artifacts, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"cannot make the artifacts folder {options.artifacts}: {error.strerror}") from error
    write(0.0)


def tables(engine, groups, not_findable):
    scenarios, entries = [group for group in groups if not group.entry], [group for group in groups if group.entry]
    if scenarios:
        yield ""
        yield from report.scenario_lines(engine, scenarios)
        yield "per s: iterations per second of one process"
    if engine in report.NEVER_SHOWN:
        yield ""
        yield from textwrap.wrap(report.NEVER_SHOWN[engine], report.page_width())
    if entries or not_findable:
        yield ""
        yield from report.corpus_lines(entries, not_findable)
    problems = list(report.problem_lines(groups))
    if problems:
        yield ""
        yield from problems


def verify(program, options):
    listing = read_listing(program)
    engine = listing["engine"]
    scenarios, corpus = select(listing, options)
    if options.list:
        print("\n".join(report.list_lines(scenarios, corpus)))
        return 0
    not_findable = [row for row in corpus if row["expect"] == "not_found"]
    groups = [scenario_group(engine, row, options.mode, options) for row in scenarios]
    groups += [corpus_group(engine, row, options) for row in corpus if row["expect"] == "violation"]
    if not groups:
        raise CannotRun("nothing to run: every corpus entry that matches is listed as not findable by this engine")

    def write(seconds):
        if options.json:
            try:
                report.write_json(options.json, report.json_report(engine, options, groups, not_findable, seconds))
            except OSError as error:
                raise CannotRun(f"cannot write the report {options.json}: {error.strerror}") from error

    prepare(options, write)
    print(f"{engine}, {options.mode}: {len(scenarios)} scenario runs, {len(corpus)} corpus entries, {options.jobs} jobs at a "
          f"time, random iterations from seed {options.seed} in {options.random_shards} shards", flush=True)
    began = time.monotonic()
    display = report.Display(sys.stdout, groups)
    pool = Pool(program, groups, options.jobs, options.silence, display)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            signal.signal(number, pool.interrupt)
    pool.run()
    display.close()
    seconds = time.monotonic() - began
    print("\n".join(tables(engine, groups, not_findable)) + "\n")
    print(report.verdict_line(groups, not_findable, seconds), flush=True)
    write(seconds)
    return EXIT_STATUS[report.run_verdict(groups)]


def main(arguments):
    options = parse(arguments)
    try:
        return verify(os.environ.get("RARENA_RELACY_ENGINE") or ENGINE, options)
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
