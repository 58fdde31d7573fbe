"""scripts/lab mutate-checker."""

import os
from pathlib import Path
from types import SimpleNamespace

import click

from .. import builds, mutation
from ..basics import INTERRUPTED
from ..options import Pattern, at_least_one, command

STATUSES = {0: "every mutant was killed, but for those recorded as equivalent",
            1: "a mutant survived, or one recorded as equivalent was killed",
            3: "could not run: wrong use, a table that does not fit the sources, a mutant that does not compile, or tests "
               "that fail without any",
            INTERRUPTED: "interrupted; what had been judged is told"}


@command("mutate-checker", STATUSES, wrong_use=3, short_help="Break the checker's rules one at a time; its tests must notice.")
@click.option("--list", "list_", is_flag=True, help="Print the mutants; builds and runs nothing.")
@click.option("--only", type=Pattern(), metavar="REGEX", multiple=True,
              help="Only mutants with this in their names; repeatable.")
@at_least_one("--jobs", default=os.cpu_count() or 1, help="Mutants at a time (default: one per processor).")
@click.option("--json", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the report there, too.")
def command(**options):
    """Breaks the rules of the model checker one at a time (models/checker/*/*mutants.py), and asks whether its tests notice. A
    mutation of a rule is called a mutant; what is wrong with an arena is a bug.
    """
    options = SimpleNamespace(**options)
    bench = mutation.Bench()
    mutation.wanted(options, bench.root)  # before anything is installed
    if not options.list_:
        builds.packages()
    return mutation.run(options, bench, lambda line: print(line, flush=True))
