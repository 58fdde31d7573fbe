"""scripts/lab promote: a finding becomes a permanent test."""

import sys

import click

from .. import makers
from ..basics import INTERRUPTED
from ..options import TestName, command
from .replay import TARGET

STATUSES = {0: "it is a test now", 1: "refused; a sentence says why", 2: "wrong use",
            3: "could not run: it cannot be read or replayed, or the name is taken", INTERRUPTED: "interrupted"}


@command("promote", STATUSES, short_help="Make a finding a permanent test.")
@click.argument("finding", metavar="FINDING")
@click.option("--name", type=TestName(), metavar="NAME", required=True, help="Of the test: small letters, digits and _.")
@TARGET
def command(finding, name, target):
    """Makes a finding a permanent test, and says whether that fails until the code is repaired, or holds now. An execution of
    the checker, of Relacy or of a schedule goes to models/regressions (ctest regression.NAME), a history of operations to
    fuzz/op_sequence/corpus, an input of reopen, as small as it goes, to fuzz/reopen/corpus. Refused are findings of known bugs,
    which are tests already, and what churn and kill_reopen found, whose schedules do not repeat.
    """
    try:
        return makers.promote(finding, name, target)
    except makers.Refused as error:
        print(f"scripts/lab promote: refused: {error}", file=sys.stderr)
        return 1
