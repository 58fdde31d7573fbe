#!/usr/bin/env python3
"""Searches every interleaving of list.pml for small numbers of threads, calls and descriptors, with spin.

  proofs/spin/verify.py                 the sizes that take less than a minute together, and every mutant
  proofs/spin/verify.py --full          larger ones too
  proofs/spin/verify.py --mutant NAME   that mutant alone
  proofs/spin/verify.py --list          runs and mutants

A run looks for violated assertions ("safety") or for cycles in which no call is begun ("lock-freedom", without fairness: a
thread may be overtaken for ever, as long as somebody's calls go on).
Standard output: one JSON line per run, {statement, ids, tool, seconds, verdict, ...}. Verdicts: "holds", "refuted", "undecided"
(out of memory, time or depth: as bad); of a mutant "rejected" or "accepted". Sources and traces go to build/proofs/spin.
Exit status: 0 all holds and all mutants are rejected, 1 not, 2 wrong use, 3 spin or gcc is missing.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "build" / "proofs" / "spin"
IDS = {"safety": ["SEG-1", "SEG-2", "FL-1", "FL-3", "REC-2"], "lock-freedom": ["PRG-1"]}
COMPILE = {"safety": ["-DSAFETY"], "lock-freedom": ["-DNP", "-DNOFAIR"]}
SEARCH = {"safety": [], "lock-freedom": ["-l"]}
LIMIT = 280  # seconds for one search
MODEL = HERE / "list.pml"


@dataclass
class Run:
    name: str
    kind: str
    sizes: dict = field(default_factory=dict)
    mutant: str = ""

    def statement(self):
        sizes = ", ".join(f"{name.lower()} {value}" for name, value in self.sizes.items())
        return f"mutant {self.name}: {self.kind}" if self.mutant else f"{self.kind}: {sizes}"


def sizes(threads, calls, listed, had=0, descriptors=3, **more):
    return {"THREADS": threads, "CALLS": calls, "DESCRIPTORS": descriptors, "LISTED": listed, "HAD": had, **more}


RUNS = [
    Run("claims", "safety", sizes(2, 2, 2)),
    Run("claims_progress", "lock-freedom", sizes(2, 2, 2)),
    Run("frees", "safety", sizes(2, 2, 1, had=2)),
    Run("frees_progress", "lock-freedom", sizes(2, 2, 1, had=2)),
    Run("boundary", "safety", sizes(2, 2, 1, had=2, BOUNDARY=2)),
    Run("merge", "safety", sizes(2, 2, 2, MERGES=1)),
    Run("merge_progress", "lock-freedom", sizes(2, 1, 2, had=1, MERGES=1)),
]
FULL = [
    Run("claims_longer", "safety", sizes(2, 3, 2)),
    Run("three_threads", "safety", sizes(3, 1, 2, had=1)),
    Run("boundary_progress", "lock-freedom", sizes(2, 2, 2, descriptors=4, BOUNDARY=2)),
    Run("two_merges", "safety", sizes(3, 1, 2, had=1, MERGES=2)),
    Run("merge_boundary", "safety", sizes(2, 2, 2, had=1, descriptors=4, BOUNDARY=2, MERGES=1)),
    Run("three_threads_progress", "lock-freedom", sizes(3, 1, 2, descriptors=2)),
]
MUTANTS = [
    Run("no_tags", "safety", sizes(2, 2, 2), "MUT_NO_TAGS"),
    Run("no_tags_spare_stack", "safety", sizes(2, 4, 0, had=2), "MUT_NO_TAGS_SPARE"),
    Run("no_validation", "safety", sizes(2, 2, 2), "MUT_NO_VALIDATION"),
    Run("no_mark", "safety", sizes(2, 2, 2), "MUT_NO_MARK"),
    Run("no_confirmation", "safety", sizes(2, 2, 2), "MUT_NO_CONFIRMATION"),
    Run("boundary_claimed", "safety", sizes(2, 1, 1, had=2, BOUNDARY=2), "MUT_BOUNDARY_CLAIMED"),
    Run("begins_behind", "safety", sizes(2, 2, 2, had=1, descriptors=4, BOUNDARY=2), "MUT_BEGINS_BEHIND"),
    Run("mark_by_descriptor", "safety", sizes(2, 2, 2, MERGES=1), "MUT_MARK_BY_DESCRIPTOR"),
    Run("early_join", "safety", sizes(2, 1, 2, BOUNDARY=3, MERGES=1), "MUT_EARLY_JOIN"),
    Run("no_helping", "lock-freedom", sizes(2, 2, 2), "MUT_NO_HELPING"),
]


def compiled(run, folder):
    """The search program of a run, made in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(MODEL, folder / MODEL.name)
    defines = [f"-D{name}={value}" for name, value in run.sizes.items()] + ([f"-D{run.mutant}"] if run.mutant else [])
    for command in (["spin", "-a", *defines, MODEL.name],
                    ["gcc", "-O2", "-w", "-DCOLLAPSE", "-DMEMLIM=6000", *COMPILE[run.kind], "-o", "pan", "pan.c"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return ["./pan", *SEARCH[run.kind], "-m1000000", "-w23"]


def judge(output):
    """(verdict, what was found) of a search's output: it holds only if the search was complete and found no error."""
    found = re.search(r"^pan:\d+: (.*)$", output, re.MULTILINE)
    errors = re.search(r"errors: (\d+)", output)
    if found and re.match(r"assertion violated|non-progress cycle|invalid end state", found[1]):
        return "refuted", found[1]
    incomplete = "Search not completed" in output or "max search depth too small" in output
    if found or not errors or int(errors[1]) != 0 or incomplete:
        return "undecided", found[1] if found else "the search did not come to its end"
    return "holds", ""


def search(run):
    """The record of a run."""
    begin = time.monotonic()
    folder = FOLDER / run.name
    try:
        command = compiled(run, folder)
        output = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=LIMIT).stdout
        verdict, found = judge(output)
    except subprocess.TimeoutExpired:
        output, verdict, found = "", "undecided", f"no end within {LIMIT} s"
    except RuntimeError as error:
        output, verdict, found = "", "undecided", str(error)
    states = re.search(r"(\S+) states, stored", output)
    if run.mutant:
        verdict = {"refuted": "rejected", "holds": "accepted"}.get(verdict, verdict)
    record = {"statement": run.statement(), "ids": IDS[run.kind], "tool": "spin",
              "seconds": round(time.monotonic() - begin, 2), "verdict": verdict}
    if states:
        record["states"] = int(float(states[1]))
    if found:
        record |= {"found": found, "again": f"cd {folder} && ./pan {' '.join(SEARCH[run.kind])} -m1000000; spin -t -p -g "
                   + " ".join(f"-D{name}={value}" for name, value in run.sizes.items())
                   + (f" -D{run.mutant}" if run.mutant else "") + f" {MODEL.name}"}
    return record


def chosen(options):
    if options.mutant:
        return [run for run in MUTANTS if run.name == options.mutant]
    return RUNS + (FULL if options.full else []) + MUTANTS


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--mutant", choices=[run.name for run in MUTANTS], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    if options.list:
        for run in RUNS + FULL + MUTANTS:
            print(f"{run.name:24} {run.statement()}")
        return 0
    missing = [tool for tool in ("spin", "gcc") if not shutil.which(tool)]
    if missing:
        print(f"found no {', '.join(missing)}, expected spin and gcc (Debian packages of these names)", file=sys.stderr)
        return 3
    good = True
    with ThreadPoolExecutor(options.jobs) as pool:
        for record in pool.map(search, chosen(options)):
            print(json.dumps(record), flush=True)
            good = good and record["verdict"] in ("holds", "rejected")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
