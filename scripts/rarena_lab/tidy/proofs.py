"""The check of scripts/lab tidy that is about proofs/: the table of its README against the proof, the ledger and the code."""

import sys

from ..basics import ROOT
from .checks import check
from .tree import Finding

sys.path.insert(0, str(ROOT / "proofs" / "smt"))

import table  # noqa: E402

NO_ROWS = "| transition | system | ledger row | code | what happens |\n"
SHOWN = 3  # of the faults, which often have one cause


@check(
    "proof-table",
    f"{table.README} has a row for each transition of proofs/smt, with a row of the ledger and a function that exist",
    [({table.README: NO_ROWS}, f"{table.README}:1")],
)
def proof_table(tree):
    if table.README not in tree.texts:
        return
    faults = list(table.faults(tree.texts.get))
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        yield Finding(table.README, 1, "; ".join(faults[:SHOWN]) + more)
