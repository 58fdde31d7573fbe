"""scripts/lab check-checker."""

import click

from ..basics import INTERRUPTED
from ..checker_tests import check_checker
from ..options import at_least_one, command

STATUSES = {0: "all agreed", 1: "something did not agree, or a mutant survived", 3: "could not run, wrong use",
            INTERRUPTED: "interrupted"}


@command("check-checker", STATUSES, wrong_use=3, short_help="Check the checker: known counts, and random programs.")
@click.option("--full", is_flag=True, help="10,000 random programs instead of 500, then the mutants of scripts/lab "
                                           "mutate-checker.")
@at_least_one("--seed", default=1, help="Other random programs (default: 1).")
def command(full, seed):
    """Checks the checker (models/checker): the table of known counts, and random programs against the reference enumerator. One
    that fails is printed, with the command that runs it alone. scripts/verify --full ends with this command's --full.
    """
    return check_checker(full, seed)
