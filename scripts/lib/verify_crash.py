"""Crashes, scripts/verify --crash: the process is killed, the power goes, a flush fails, and more (MODES), at every moment of every
execution of every scenario. What is left is opened by the shipped recovery: REC-2, REC-3.

A file is counted once with what must be kept of it. A scenario that is too large for all executions, or has more than the maximum,
is bounded.
"""

import dataclasses
import os
import time
from concurrent.futures import ThreadPoolExecutor

from verify_contract import HELD, VIOLATION
from verify_kills import ask, result_of

MODES = ("kill", "power", "failing", "evicted", "shrink", "fork", "create", "copy")
# Executions of one scenario where the user names no maximum: the first two modes finish most scenarios, the others are slower.
MAXIMUM = {"kill": 3_000_000, "power": 3_000_000}
MAXIMUM_OF_OTHERS = 5_000


@dataclasses.dataclass(frozen=True)
class Twin:
    """A planted bug that must be found: of recovery, flushing or closing, or one of the corpus."""
    mode: str
    scenario: str
    defect: str = ""
    mutant: str = ""
    freelist: str = "pessimistic"


TWINS = (
    Twin("kill", "flush_of_listed", defect="keeps_marks"),
    Twin("kill", "two_allocators_two_segments", mutant="no_confirmation"),
    Twin("power", "flush_of_listed", defect="marker_first"),
    Twin("power", "flush_of_listed", defect="trusts_the_list"),
    Twin("power", "three_threads_one_call", defect="no_marker_flush"),
    Twin("power", "flush_of_bumped", defect="no_header_flush"),
    Twin("power", "flush_of_listed", defect="no_close_flush"),
    Twin("failing", "flush_of_everything", defect="forgets_failure"),
    Twin("evicted", "flush_of_everything", defect="forgets_failure"),
    Twin("shrink", "cursor_hand_over", defect="shrinks_first", freelist="none"),
    Twin("fork", "flush_of_everything", defect="child_frees"),
    Twin("fork", "flush_of_everything", defect="parent_seals"),
    Twin("create", "bump_vs_bump", defect="named_first", freelist="none"),
    Twin("copy", "free_vs_allocate", defect="trusts_copies"),
)


@dataclasses.dataclass
class Row:
    mode: str
    scenario: str
    freelist: str
    bug: str = ""  # a defect or a mutant
    result: dict = dataclasses.field(default_factory=dict)

    @property
    def as_expected(self):
        if self.bug:
            return self.result["verdict"] == VIOLATION and self.result["invariant"].startswith("REC-")
        return self.result["verdict"] != VIOLATION

    @property
    def all_executions(self):
        return self.result["verdict"] == HELD and self.result["exhaustive"]


def crash(row, effort, options, bug=()):
    command = ["run", "--scenario", row.scenario, "--freelist", row.freelist, "--crash", row.mode, "--page", str(options.page),
               "--maximum", str(options.crash_maximum or MAXIMUM.get(row.mode, MAXIMUM_OF_OTHERS)), *bug]
    if not effort.get("exhaustive", True):
        command += ["--scheduler", "bound", "--bound", str(effort["bound"])]
    name = "-".join(filter(None, ("checker", row.mode, row.bug, row.scenario, row.freelist)))
    row.result = result_of(*command, "--artifact", os.path.join(options.artifacts, f"{name}.json"))
    return row


def say(row, began):
    result = row.result
    what = f"{row.mode}: {row.scenario} {row.freelist}" + (f" with {row.bug}" if row.bug else "")
    counts = result["crash"]
    found = (f"{result['iterations']:,} executions, {counts['cuts']:,} moments, {counts['files']:,} files, "
             f"{counts['recoveries']:,} recoveries{'' if row.all_executions else ', bounded'}")
    if result["verdict"] == VIOLATION:
        found = (f"{'FOUND' if row.bug else 'VIOLATED'}: {result['message']}; scripts/repro "
                 f"{os.path.relpath(result['artifact'])}")
    print(f"[{time.monotonic() - began:4.0f} s] {what}: {found}", flush=True)


def table(rows):
    """Files, of every mode; and all that there was of each mode."""
    yield f"| scenario | freelist | executions | {' | '.join(MODES)} | |"
    yield "| --- " * (4 + len(MODES)) + "|"
    by_run = {}
    for row in rows:
        by_run.setdefault((row.scenario, row.freelist), {})[row.mode] = row
    for (scenario, freelist), modes in by_run.items():
        counts = " | ".join(f"{modes[mode].result['crash']['files']:,}" for mode in MODES)
        executions = max(row.result["iterations"] for row in modes.values())
        extent = "all executions" if all(row.all_executions for row in modes.values()) else "bounded"
        yield f"| {scenario} | {freelist} | {executions:,} | {counts} | {extent} |"
    for what in ("cuts", "files", "recoveries"):
        counts = " | ".join(f"{total(rows, mode, what):,}" for mode in MODES)
        yield f"| all: {NAMES[what]} | | | {counts} | |"


NAMES = {"cuts": "moments", "files": "files", "recoveries": "recoveries"}


def total(rows, mode, what):
    return sum(row.result["crash"][what] for row in rows if row.mode == mode)


def planned(listing, options):
    runs = [run for run in listing["scenarios"] if not options.scenario or run["scenario"] in options.scenario]
    efforts = {run["scenario"]: run["quick"] for run in listing["scenarios"]}
    for run in runs:
        for mode in MODES:
            yield Row(mode, run["scenario"], run["freelist"]), efforts[run["scenario"]], ()
    for twin in () if options.scenario else TWINS:
        bug = ("--defect", twin.defect) if twin.defect else ("--mutant", twin.mutant)
        yield Row(twin.mode, twin.scenario, twin.freelist, twin.defect or twin.mutant), {}, bug


def run_crash(options):
    jobs = list(planned(ask("list"), options))
    os.makedirs(options.artifacts, exist_ok=True)
    began = time.monotonic()
    rows = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda job: crash(job[0], job[1], options, job[2]), jobs):
            say(row, began)
            rows.append(row)
    scenarios = [row for row in rows if not row.bug]
    print("\n" + "\n".join(table(scenarios)))
    print(f"\nPages of {options.page} bytes get to the disk each at a moment of its own. Not shown: pages that are written in part, disks that lie, "
          "executions beyond the bounds, system calls (stress/kill_reopen kills real processes).")
    bad = [row for row in rows if not row.as_expected]
    for row in bad:
        print(f"NOT AS EXPECTED: {row.mode}: {row.scenario} {row.freelist} {row.bug}: {row.result['verdict']} {row.result['message']}")
    files = ", ".join(f"{mode} {total(scenarios, mode, 'files'):,}" for mode in MODES)
    bugs = [row for row in rows if row.bug]
    found = sum(row.as_expected for row in bugs)
    print(f"{'all as expected' if not bad else 'FAILED'}: {len(scenarios)} runs, files: {files}; {found} of {len(bugs)} bugs found "
          f"({time.monotonic() - began:.0f} s)")
    return 1 if bad else 0
