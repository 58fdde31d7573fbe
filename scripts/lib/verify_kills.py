"""The kill matrix, scripts/verify --kills: every ordered row of the ledger, weakened one step, against every scenario of the checker.

A row is killed by a scenario if some execution violates something. A row that nothing kills must be recorded in
models/corpus/weakened.cpp, with the argument why it cannot be. The result is core/ORDERS.md.
"""

import collections
import dataclasses
import json
import os
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

from verify_contract import HELD, INCOMPLETE, VIOLATION, CannotRun
from verify_engine import ENGINES, ROOT, Job, SHARD_VARIABLES

DOCUMENT = os.path.join(ROOT, "core", "ORDERS.md")
CHECKER = next(engine for engine in ENGINES if engine.name == "checker")
HEAD = """# The orders of the ledger, and what kills a weaker one

Written by `scripts/verify --kills`; do not edit. Each row of the [ledger](words/orders.hpp) is an atomic access of the shipped
code. Here every row that orders something is weakened by one step, alone, and every scenario of [models](../models/README.md) runs
with it on the checker. **Killed** means: some execution violates an invariant. Success and failure orders count separately; every
failure order is relaxed and has no weaker one.

What it does not show: that the orders together are the weakest possible, and anything outside of these scenarios. A row that
survives one scenario is not wrong there: the scenario needs less.
"""


@dataclasses.dataclass
class Cell:
    """What became of one weakened row in one scenario run."""
    scenario: str
    freelist: str
    verdict: str = ""
    executions: int = 0
    invariant: str = ""
    bounded: bool = False

    @property
    def killed(self):
        return self.verdict == VIOLATION


def ask(*arguments):
    """What the engine prints, as JSON."""
    try:
        result = subprocess.run([CHECKER.program, *arguments], capture_output=True, text=True, check=True)
        return json.loads(result.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        raise CannotRun(f"{CHECKER.program} {' '.join(arguments)}: {error}") from error


def result_of(*arguments):
    """The result line of one engine process that is no shard, whose verdict is held, violation or incomplete."""
    environment = {name: text for name, text in os.environ.items() if name not in SHARD_VARIABLES}
    output = subprocess.run([CHECKER.program, *arguments], capture_output=True, text=True, env=environment, check=False)
    try:
        result = json.loads(output.stdout.splitlines()[-1])["result"]
    except (IndexError, KeyError, ValueError):
        result = {}
    if result.get("verdict") not in (HELD, VIOLATION, INCOMPLETE):
        raise CannotRun(f"{' '.join([CHECKER.program, *arguments])}: {result.get('message') or output.stderr.strip()}")
    return result


def run_cell(mutant, row, maximum):
    effort = row["quick"]
    scheduler = "exhaustive" if effort.get("exhaustive", True) else "bound"
    job = Job(CHECKER, row["scenario"], row["freelist"], scheduler, "", bound=effort["bound"], mutant=mutant)
    result = result_of(*job.arguments()[:-2], "--maximum", str(maximum))
    return Cell(row["scenario"], row["freelist"], result["verdict"], result["iterations"], result.get("invariant", ""),
                scheduler == "bound" or result["verdict"] == INCOMPLETE)


def matrix(options, rows, runs):
    """{mutant: cells}, with a line of progress per row."""
    mutants = [mutant["name"] for row in rows for mutant in row["mutants"]]
    began, cells = time.monotonic(), {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for number, mutant in enumerate(mutants, 1):
            cells[mutant] = list(pool.map(lambda run, mutant=mutant: run_cell(mutant, run, options.kill_maximum), runs))
            killers = sum(cell.killed for cell in cells[mutant])
            print(f"[{time.monotonic() - began:4.0f} s] {number} of {len(mutants)}: {mutant}: killed by {killers} of {len(runs)} runs",
                  flush=True)
    return cells


def verdict_of(row, cells):
    """What the document says of a weakened row, and whether that explains it."""
    killers = sorted((cell for cell in cells if cell.killed), key=lambda cell: cell.executions)
    if killers:
        first = killers[0]
        more = f", and {len(killers) - 1} more" if len(killers) > 1 else ""
        return f"killed by {first.scenario} ({first.freelist}) after {first.executions:,}: {first.invariant}{more}", True
    if row["why_not_killed"]:
        return f"not killed: {row['why_not_killed']}", True
    return "**SURVIVES, unexplained**", False


def row_lines(rows, cells):
    unexplained = []
    yield "| row | order | weakened to | verdict |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        order = row["order"] + (f" / {row['failure']}" if row["compare_exchange"] else "")
        if not row["mutants"]:
            yield f"| {row['site']} | {order} | | nothing is weaker |"
        for mutant in row["mutants"]:
            text, explained = verdict_of(row, cells[mutant["name"]])
            yield f"| {row['site']} | {order} | {mutant['order']} | {text} |"
            if not explained:
                unexplained.append(mutant["name"])
    yield ""
    killed = sum(any(cell.killed for cell in cells[mutant]) for mutant in cells)
    yield (f"{len(rows)} rows, {len(cells)} weakenings: {killed} killed, {len(cells) - killed - len(unexplained)} not killed with a "
           f"reason, {len(unexplained)} unexplained.")


def scenario_lines(cells, purposes):
    """What each scenario kills, or what else it is for."""
    kills = collections.defaultdict(list)  # scenario: sites
    for mutant, row in cells.items():
        site = mutant.removeprefix("weaken:").split("=")[0]
        for cell in row:
            killed = kills[cell.scenario]
            if cell.killed and site not in killed:
                killed.append(site)
    yield "| scenario | kills a weaker |"
    yield "| --- | --- |"
    for scenario, killed in kills.items():
        yield f"| {scenario} | {', '.join(killed) or 'nothing; it is for: ' + purposes[scenario]} |"


def document(rows, runs, cells, options):
    bounded = sorted({cell.scenario for row in cells.values() for cell in row if cell.bounded and not cell.killed})
    yield HEAD
    yield from textwrap.wrap(f"{len(runs)} scenario runs, each with at most one spurious failure of a weak CAS, up to "
                             f"{options.kill_maximum:,} executions. Not to the end for some row, so only bounded there: "
                             f"{', '.join(bounded) or 'none'}.", 128)
    yield ""
    yield from row_lines(rows, cells)
    yield ""
    yield "## What each scenario kills"
    yield ""
    yield from scenario_lines(cells, {run["scenario"]: run["about"] for run in runs})


def run_kills(options):
    rows, runs = ask("ledger"), ask("list")["scenarios"]
    if options.scenario:
        runs = [run for run in runs if run["scenario"] in options.scenario]
    cells = matrix(options, rows, runs)
    lines = list(document(rows, runs, cells, options))
    print("\n" + "\n".join(row_lines(rows, cells)))
    unexplained = any("SURVIVES, unexplained" in line for line in lines)
    if options.scenario:  # a part is not the document
        return 1 if unexplained else 0
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(f"written: {os.path.relpath(DOCUMENT, os.getcwd())}", file=sys.stderr)
    return 1 if unexplained else 0
