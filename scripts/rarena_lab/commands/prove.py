"""scripts/lab prove."""

from types import SimpleNamespace

import click

from .. import builds, proofs
from ..basics import INTERRUPTED
from ..options import OneOf, command

STATUSES = {0: "all statements hold and all mutants are rejected", 1: "not all", 2: "wrong use", 3: "a prover could not run",
            INTERRUPTED: "interrupted; what had been proved is told"}


@command("prove", STATUSES, short_help="Check every proof, and that broken designs are rejected.")
@click.option("--quick", is_flag=True, help="The short part: no line of a description left out, small sizes of spin, Iris "
                                            "without its long example and with the mutants of one file.")
@click.option("--only", type=OneOf([prover.name for prover in proofs.PROVERS]), multiple=True,
              help="That part; repeatable.")
@click.option("--again", is_flag=True, help="Ask anew what was answered before, of the same files by the same versions.")
@click.option("--summary", is_flag=True, help="Only what is wrong, and the counts.")
def command(**options):
    """Checks every proof of proofs/ and its mutants, designs that are broken on purpose and must be rejected; installs the
    provers. A row of the table is a statement in words, with the invariants that it is about, the tools that agreed, and their
    seconds.
    """
    builds.packages("proofs")
    return proofs.prove(SimpleNamespace(**options))
