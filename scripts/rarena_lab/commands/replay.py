"""scripts/repro: replays findings."""

import click

from .. import makers
from ..basics import INTERRUPTED, CannotRun
from ..findings import FUZZERS
from ..options import OneOf, command

STATUSES = {0: "the violation was reproduced (of several: of each)", 1: "it was not",
            3: "the finding or its program is unusable; wrong use",
            INTERRUPTED: "interrupted"}
TARGET = click.option("--target", type=OneOf(sorted(FUZZERS.values())),
                      help="Of raw bytes that libFuzzer kept: the fuzz "
                      "target, if the folder does not say it.")


@command("replay", STATUSES, wrong_use=3, short_help="Run a finding again; also scripts/repro.")
@click.argument("findings", metavar="FINDING...", nargs=-1, required=True)
@TARGET
@click.option("--holds", is_flag=True, help="As a permanent test: 0 if neither the violation nor another one shows.")
def command(findings, target, holds):
    """Replays a violation and prints its history. A finding is the JSON file that any engine or analysis leaves, a history of
    operations (*.ops), an input of libFuzzer (crash-*), or a folder of kill_reopen. Its program is built from the present
    sources, so after a change of the code the violation may not be reproduced.
    """
    statuses = []
    for path in findings:
        maker = makers.maker_of(path, target)
        if holds and not isinstance(maker, makers.Model):
            raise CannotRun(f"--holds: expected a finding of an engine of models/, found one of {maker.finding.engine}")
        try:
            statuses.append(maker.holds() if holds else maker.replay())
        except makers.Refused as error:
            raise CannotRun(f"{path}: {error}") from error
    return max(statuses)
