"""scripts/lab detect: which engine finds which known bug."""

from pathlib import Path
from types import SimpleNamespace

import click

from .. import builds, catalogue, detection
from ..basics import INTERRUPTED
from ..options import BUG, OneOf, at_least_one, command

STATUSES = {0: "every bug was found by some engine that ran", 1: "a bug was found by none", 2: "wrong use",
            3: "a cell could not run", INTERRUPTED: "interrupted; what had run is told"}
FILE = click.Path(dir_okay=False, path_type=Path)


@command("detect", STATUSES, short_help="Every known bug by every engine, as a table.")
@click.option("--engine", type=OneOf([engine.name for engine in detection.ENGINES]), multiple=True,
              help="Only this; repeatable.")
@click.option("--bug", type=BUG, multiple=True, help="Only this known bug; repeatable.")
@at_least_one("--seconds", default=20, help="The budget of each cell (default: 20).")
@at_least_one("--seed", default=1, help="Default: 1.")
@click.option("--markdown", type=FILE, metavar="FILE", help="Write the table as a document; only of all of it.")
@click.option("--json", type=FILE, metavar="FILE", help="Write it as JSON.")
@click.option("--list", "list_", is_flag=True, help="Print the engines and the bugs; builds and runs nothing.")
def command(**options):
    """The detection table: every known bug of the code by every engine that can run it: found as which invariant, after how
    much. A line per cell, then the table. The checker and Relacy have the budget that scripts/verify gives them for the bug,
    instead of seconds. Cells run one by one. What the engines leave behind lies in build/artifacts/detect.
    """
    options = SimpleNamespace(**options)
    if options.markdown and (options.engine or options.bug):
        raise click.UsageError("--markdown: expected all engines and bugs, found --engine or --bug")
    engines = [engine for engine in detection.ENGINES if not options.engine or engine.name in options.engine]
    bugs = [bug for bug in catalogue.load().code_bugs if not options.bug or bug.name in options.bug]
    if options.list_:
        print("\n".join([f"{engine.name:12} {engine.what}" for engine in engines] + [""] +
                        [f"{bug.name:20} {bug.scenario}, {bug.freelist}: {detection.way_of(bug)}" for bug in bugs]))
        return 0
    for engine in engines:
        builds.build(*engine.builds.split())
    return detection.run(options, engines, bugs)
