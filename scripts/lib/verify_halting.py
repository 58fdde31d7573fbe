"""Halting threads, scripts/verify --halting: every thread of every scenario stops for ever before each of its steps, one thread in
one place at a time. The others must come to their ends: PRG-1. What is measured is the largest number of own steps that a call took,
a step being an access to a shared word.

Passes of a retry loop that only read an old value and go back are not among them: the checker runs the pass that reads the new
value instead. A thread that waits for one that has stopped is a livelock, and a violation.
"""

import dataclasses
import os
import time
from concurrent.futures import ThreadPoolExecutor

from verify_contract import HELD, VIOLATION
from verify_kills import ask, result_of

# How many own steps a call of a scenario may take, whoever has stopped: a little more than was ever seen.
STATED = 80
# Bugs whose threads wait for others: with each, the scenario must fail.
TWINS = ("no_helping", "crate_protocol")


@dataclasses.dataclass
class Row:
    scenario: str
    freelist: str
    mutant: str = ""
    result: dict = dataclasses.field(default_factory=dict)

    @property
    def as_expected(self):
        if self.mutant:
            return self.result["verdict"] == VIOLATION and self.result["invariant"] == "PRG-1"
        return self.result["verdict"] == HELD and all(steps <= STATED for steps in self.result["steps"].values())


def halt(row, effort, options):
    command = ["halt", "--scenario", row.scenario, "--freelist", row.freelist, "--maximum", str(options.halt_maximum)]
    if row.mutant:
        command += ["--mutant", row.mutant]
    if not effort.get("exhaustive", True):
        command += ["--scheduler", "bound", "--bound", str(effort["bound"])]
    name = "-".join(filter(None, ("checker-halting", row.mutant, row.scenario, row.freelist)))
    command += ["--artifact", os.path.join(options.artifacts, f"{name}.json")]
    row.result = result_of(*command)
    return row


def say(row, began):
    result = row.result
    what = f"{row.scenario} {row.freelist}" + (f" with {row.mutant}" if row.mutant else "")
    steps = ", ".join(f"{call} {steps}" for call, steps in result["steps"].items())
    found = f"{result['points']} places, {result['iterations']:,} executions, longest: {steps}"
    if result["verdict"] == VIOLATION:
        at = result["halting"]
        found = (f"{'FOUND' if row.mutant else 'VIOLATED'}: {result['invariant']}: thread {at['thread']} stopped after {at['before']} "
                 f"steps: {result['message']}; scripts/repro {os.path.relpath(result['artifact'])}")
    print(f"[{time.monotonic() - began:4.0f} s] {what}: {found}", flush=True)


def table(rows):
    calls = list(dict.fromkeys(call for row in rows for call in row.result["steps"]))
    yield "| scenario | freelist | places | executions | " + " | ".join(calls) + " | |"
    yield "| --- | --- | --- | --- | " + " | ".join("---" for _ in calls) + " | --- |"
    for row in rows:
        result = row.result
        steps = " | ".join(str(result["steps"].get(call, "")) for call in calls)
        yield (f"| {row.scenario} | {row.freelist} | {result['points']} | {result['iterations']:,} | {steps} | "
               f"{'all executions' if result['complete'] else 'bounded'} |")
    longest = ", ".join(f"{call} {max(row.result['steps'].get(call, 0) for row in rows)}" for call in calls)
    yield f"\nlargest numbers of own steps of a call: {longest}"


def run_halting(options):
    listing = ask("list")
    runs = [run for run in listing["scenarios"] if not options.scenario or run["scenario"] in options.scenario]
    twins = [] if options.scenario else [bug for bug in listing["corpus"] if bug["name"] in TWINS]
    efforts = {run["scenario"]: run["quick"] for run in listing["scenarios"]}
    rows = [Row(run["scenario"], run["freelist"]) for run in runs]
    rows += [Row(bug["scenario"], bug["freelist"], bug["name"]) for bug in twins]
    os.makedirs(options.artifacts, exist_ok=True)
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda row: halt(row, efforts[row.scenario], options), rows):
            say(row, began)
    print("\n" + "\n".join(table([row for row in rows if not row.mutant])))
    print(f"\nEach thread of a scenario stops in each place, one at a time, up to {options.halt_maximum:,} executions of each place; where that "
          "was not all, bounded. Two threads that stop, and longer lists, are not shown.")
    bad = [row for row in rows if not row.as_expected]
    for row in bad:
        print(f"NOT AS EXPECTED: {row.scenario} {row.freelist} {row.mutant}: {row.result['verdict']}, steps {row.result['steps']}, "
              f"at most {STATED}")
    print(f"{'all as expected' if not bad else 'FAILED'}: {len(rows) - len(twins)} scenario runs, {len(twins)} bugs "
          f"({time.monotonic() - began:.0f} s)")
    return 1 if bad else 0
