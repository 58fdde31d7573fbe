"""scripts/verify: every model-checking scenario on the engines, then the known bugs; or an analysis on the checker."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import click

from .. import analyses, builds, checking
from ..basics import ARTIFACTS
from ..contract import EXIT_STATUS
from ..engines import CHECKER, NAMES
from ..options import BUG, FREELIST, SCENARIO, OneOf, at_least_one, command

STATUSES = {0: "everything held; every bug was found, and every control held",
            1: "a violation of the shipped code, a bug that was not found, or a control that failed",
            2: "incomplete: an engine could not finish, a shard is missing, or the run was interrupted",
            3: "could not run: wrong use, no engine, or an engine that crashed or broke its contract"}
ANALYSES = ("halting", "crash", "clients", "kills")


def instead(name, words):
    return click.option(f"--{name}", name, is_flag=True, help=f"Instead: {words}")


@command("verify", STATUSES, wrong_use=3, short_help="Check every scenario on the engines, and find every known bug.")
@click.option("--quick", "mode", flag_value="quick", default=True, help="What takes minutes; this is the default.")
@click.option("--full", "mode", flag_value="full", help="Larger bounds and random ranges; if nothing narrows it, then "
              "scripts/lab check-checker --full, too.")
@click.option("--engine", type=OneOf(NAMES), multiple=True,
              help="Only this engine, and only it is built; repeatable. schedule runs only so.")
@click.option("--scenario", type=SCENARIO, multiple=True, help="Only this scenario and its bugs; repeatable.")
@click.option("--freelist", type=FREELIST, help="Only with this freelist.")
@click.option("--bug", type=BUG, multiple=True, help="Only this known bug and its control, and no scenario; repeatable.")
@click.option("--bugs-only", is_flag=True, help="Only the known bugs and their controls.")
@click.option("--no-bugs", is_flag=True, help="Only the scenarios.")
@click.option("--list", "list_", is_flag=True, help="Print the scenarios and the known bugs with their budgets; builds and "
                                                    "runs nothing.")
@click.option("--json", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the report there, too.")
@at_least_one("--jobs", default=os.cpu_count() or 1, help="Engine processes at a time (default: one per processor).")
@click.option("--findings", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", default=ARTIFACTS,
              help="Where violations are left (default: build/artifacts); a job replaces its own older one.")
@at_least_one("--seed", default=1, help="The first random iteration of the scenarios (default: 1); bugs have their own.")
@at_least_one("--random-shards", help="Processes that share the random iterations of one scenario (default: as --jobs).")
@at_least_one("--shards", default=1, help="Processes that share one exhaustive run of a scenario (default: 1).")
@at_least_one("--silence", metavar="SECONDS", default=300, help="End an engine that prints nothing for so long (default: 300).")
@instead("halting", "stop each thread of each scenario for ever before each of its steps; the others must end.")
@at_least_one("--halt-maximum", default=20_000, help="Of --halting: executions of one such place (default: 20,000).")
@instead("crash", "kill the process, take its power, fail a flush and more, at every moment of every execution.")
@at_least_one("--crash-maximum", help="Of --crash: executions of one scenario (default: 3,000,000 of kills and power losses, "
              "5,000 of the other modes).")
@click.option("--page", type=OneOf(["8", "16", "32", "64", "128", "256", "512"]), default="8",
              help="Of --crash: bytes that get to the disk together (default: 8, the worst).")
@instead("clients", "every client program of K calls, K = 1, 2, 3, ..., against the specification.")
@at_least_one("--client-seconds", default=600, help="Of --clients: when no more programs are begun (default: 600).")
@instead("kills", "weaken each row of the ordering ledger, and see which scenario notices; writes core/ORDERS.md, or with "
         "--scenario only prints.")
@at_least_one("--kill-maximum", default=300_000, help="Of --kills: executions of one scenario (default: 300,000).")
def command(**options):
    """Runs every scenario exhaustively on the checker, or where that is too much within a bound and at random, and under Relacy
    with the bounds 1, 2, ..., N of context switches and then at random. Then each known bug: an engine must find it, and the
    same run without it, its control, must hold with the same budget.
    """
    options = SimpleNamespace(**options)
    options.random_shards = options.random_shards or options.jobs
    options.findings = os.path.abspath(options.findings)
    chosen = [name for name in ANALYSES if getattr(options, name)]
    look_at(options, chosen)
    if options.list_:
        print("\n".join(checking.list_lines(options)))
        return 0
    try:
        return run(options, chosen)
    except KeyboardInterrupt:
        print("verify: INCOMPLETE: interrupted before anything ran", file=sys.stderr)
        return EXIT_STATUS["incomplete"]


def look_at(options, chosen):
    """Whether the options fit each other."""
    for one, other, both in (("--bugs-only", "--no-bugs", options.bugs_only and options.no_bugs),
                             (*(f"--{name}" for name in (chosen + ["", ""])[:2]), len(chosen) > 1),
                             ("--engine", "an analysis, which is the checker's", chosen and set(options.engine) - {"checker"})):
        if both:
            raise click.UsageError(f"expected one of {one} and {other}, found both")
    if not chosen:
        checking.matching(options)
    elif options.bug or options.freelist and chosen != ["kills"]:
        raise click.UsageError(f"--{chosen[0]}: expected neither --bug nor --freelist, found one of them")


def run(options, chosen):
    engines = [CHECKER] if chosen else checking.chosen(options)
    targets = [engine.target for engine in engines if not engine.override]
    if targets:
        builds.build("dev", *targets)
    if chosen:
        return analyses.run(chosen[0], options)
    status = checking.verify(options)
    narrowed = any((options.engine, options.scenario, options.freelist, options.bug, options.bugs_only, options.no_bugs))
    if options.mode == "full" and not narrowed and not options.interrupted:
        from ..checker_tests import check_checker
        checker = check_checker(full=True, seed=1)
        status = status or checker
    return status
