"""scripts/lab shrink: a smaller finding of the same violation."""

import os
import sys

import click

from .. import builds, catalogue, engines, makers
from ..basics import ARTIFACTS, INTERRUPTED, CannotRun
from ..contract import VIOLATION
from ..engines import CHECKER, Job
from ..options import BUG, at_least_one, command
from .replay import TARGET

STATUSES = {0: "a smaller finding is left, and its replay named", 1: "there was nothing to shrink, or it became something else",
            3: "could not run, wrong use, or it cannot be shrunk, and why", INTERRUPTED: "interrupted"}


@command("shrink", STATUSES, wrong_use=3, short_help="Make a finding small.")
@click.argument("finding", metavar="[FINDING]", required=False)
@TARGET
@click.option("--bug", type=BUG, multiple=True, help="Instead: find this known bug on the checker first; repeatable.")
@at_least_one("--seconds", default=60, help="Of inputs of libFuzzer: at most so long (default: 60).")
def command(finding, target, bug, seconds):
    """Makes a finding small in the way of its engine: of the engines of models/ fewer threads, calls and parts of the start, on
    the checker fewer context switches and reads of old stores, too; of a history of operations fewer and smaller operations; of
    an input of libFuzzer fewer bytes. What is left shows the same invariant violated, and replays.
    """
    if bool(finding) == bool(bug):
        raise click.UsageError("expected a FINDING or --bug, and not both")
    if finding:
        return makers.maker_of(finding, target).shrink(seconds)
    statuses = [shrink_bug(name) for name in dict.fromkeys(bug)]
    print(f"{'FAILED' if any(statuses) else 'all as expected'}: {len(statuses)} bugs")
    return max(statuses)


def shrink_bug(name):
    """Finds a known bug on the checker, and shrinks the violation."""
    if not CHECKER.override:
        builds.build("dev", CHECKER.target)
    bug = next(bug for bug in catalogue.load().code_bugs if bug.name == name)
    how = bug.found_by.get("checker")
    if how is None:
        raise CannotRun(f"{name}: the checker does not find it: {bug.not_found_by.get('checker', '')}")
    os.makedirs(ARTIFACTS, exist_ok=True)
    path = str(ARTIFACTS / f"checker-{name}-{bug.scenario}-{bug.freelist}.json")
    job = Job(CHECKER, bug.scenario, bug.freelist, how["scheduler"], path, bound=how.get("bound", 0), bug=name)
    found = engines.result_of(CHECKER, job.arguments())
    if found["verdict"] != VIOLATION:
        print(f"NOT AS EXPECTED: {name}: not found: {found['verdict']}", file=sys.stderr)
        return 1
    print(f"{name}: found after {found['iterations']:,} executions of {bug.scenario} {bug.freelist}")
    return makers.maker_of(path).shrink(0)
