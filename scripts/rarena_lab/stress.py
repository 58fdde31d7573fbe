"""The stress harnesses of stress/: built, run once for each kind of freelist, and what they leave made a finding."""

import os
import subprocess
import time

from . import builds, findings, plotting
from .basics import ARTIFACTS, INTERRUPTED, CannotRun, replay_command, shown

HELD, VIOLATED, COULD_NOT_RUN = 0, 1, 2
# What scripts/lab stress long_runs runs, by name: words of the program; what is added, and with --full instead of that. The number of
# operations comes last.
LONG_RUNS = {"occupancy": ["occupancy"], "shift": ["occupancy", "--shift"],
             "threads": ["occupancy", "--threads", "4", "--sizes", "16..8191", "--loads", "10,45"], "shatter": ["shatter"], "frag": ["frag"],
             "full": ["occupancy", "--loads", "70,85"], "near_full": ["near_full"], "pmr": ["pmr"], "soak": ["soak"],
             "pair_cost": ["pair_cost"]}
MANY_SEGMENTS, MORE_SEGMENTS = ["--segments", "1000"], ["--segments", "100000", "--capacity", str(1 << 24)]
SHORT = {"near_full": [*MANY_SEGMENTS, "--operations", "100000"], "soak": ["--threads", "2", *MANY_SEGMENTS]}
FULL = {"near_full": [*MORE_SEGMENTS, "--operations", "200000"], "pmr": ["--operations", "3000000"],
        "soak": ["--threads", "4", *MORE_SEGMENTS, "--minutes", "10"]}
FULL_OPERATIONS = ["--operations", "10000000"]
# An optimistic list refuses so much in a full arena that it takes hours: there it has smaller loads, or fewer operations.
EASY, HARD = {"occupancy": ["--loads", "10,45"], "shift": ["--loads", "10,45"]}, ("full", "near_full")
HARD_OPERATIONS = ["--operations", "20000"]
# A minute with a kill each second, behind half of one without kills; with --full ten thousand kills.
SHARING = ["--calm", "30", "--seconds", "60", "--kill-every", "1000"]
SHARING_FULL = ["--calm", "30", "--kills", "10000", "--kill-every", "20"]
SHARING_BUGS = ("free_first", "spin_lock")
# Each of these finds each of the known bugs but those that are named with other runs.
BUG_RUNS = {name: [*LONG_RUNS[name], *SHORT.get(name, [])] for name in ("shatter", "frag", "pmr", "soak")} | {
    "occupancy": ["occupancy", "--sizes", "16..8191", "--loads", "45"], "near_full": ["near_full", *HARD_OPERATIONS]}
RUNS_OF_BUG = {"leak": list(BUG_RUNS), "no_merging": list(BUG_RUNS), "eager_merging": ["near_full"]}


def environment():
    """With the symbolizer, for the stacks of a sanitizer's report."""
    return os.environ | {"PATH": f"/usr/lib/llvm-19/bin:{os.environ.get('PATH', '')}"}


def run_each(program, kinds, words, wrap):
    """Runs a harness for each kind of freelist, or once if there is none to choose."""
    return run_jobs(program, [(kind, [*(["--freelist", kind] if kind else []), *words]) for kind in kinds or [""]], wrap)


def run_jobs(program, jobs, wrap):
    """Runs a harness for each (name of its table, words); a violation outranks what could not run."""
    folder = ARTIFACTS / program.name
    folder.mkdir(parents=True, exist_ok=True)
    status, done, seen = HELD, [], set()
    for name, words in jobs:
        own = ["--json", folder / f"{name}.json"] if name else []
        began = time.time()
        try:
            # Ctrl-C reaches the harness, too, which ends.
            result = subprocess.run([program, "--directory", folder, *own, *words], env=environment(), check=False).returncode
        except KeyboardInterrupt:
            held = sum(other == HELD for other in done)
            print(f"\ninterrupted: {len(done)} of {len(jobs)} runs had ended, {held} of them held; one was stopped")
            return status or INTERRUPTED
        except OSError as error:
            raise CannotRun(f"{program}: {error.strerror}") from None
        done.append(result)
        for path in wrapped(folder, began, wrap, seen):
            print(f"finding: {shown(path)}\nreplay: {replay_command(path)}")
        status = VIOLATED if VIOLATED in (status, result) else result or status
        print(flush=True)
    return status if status in (HELD, VIOLATED) else COULD_NOT_RUN


def wrapped(folder, began, wrap, seen):
    """The findings of what a run has left of violations; `seen` are those of the runs before it."""
    for path in sorted(folder.glob("violation-*")):
        left = path.stat().st_mtime
        if left >= began - 1 and path.suffix in ("", ".json") and (path, left) not in seen:
            seen.add((path, left))
            yield wrap(path)


def kill_reopen(words, freelist):
    builds.build("dev", "kill_reopen")
    kinds = [freelist] if freelist else ["optimistic", "pessimistic"]
    return run_each(builds.program("dev", "stress/kill_reopen"), kinds, words, findings.wrap_kill)


def sharing(words, freelist, full, bug):
    builds.build("dev", "sharing")
    bounds = [*(SHARING_FULL if full else SHARING), *words, *(["--bug", bug] if bug else [])]
    kinds = [freelist] if freelist else ["pessimistic"] if bug else ["none", "optimistic", "pessimistic"]
    return run_each(builds.program("dev", "stress/sharing"), kinds, bounds, lambda path: findings.wrap_artifact(path, "dev"))


def churn(preset, words, kinds):
    builds.build(preset, "churn")
    return run_each(builds.program(preset, "stress/churn"), kinds, words, lambda path: findings.wrap_artifact(path, preset))


def without_operations(words):
    return words[:words.index("--operations")] if "--operations" in words else words


def long_words(name, kind, full, bug):
    """The words of one run, without those of the user."""
    if bug:
        return BUG_RUNS[name]
    bounds = FULL.get(name, FULL_OPERATIONS) if full else SHORT.get(name, [])
    if kind == "pessimistic":
        return [*LONG_RUNS[name], *bounds]
    hard = [*without_operations(bounds), *HARD_OPERATIONS] if name in HARD else bounds
    return [*LONG_RUNS[name], *EASY.get(name, []), *hard]


def long_jobs(runs, kinds, words, full, bug):
    """(name of its table, words) of each run with each kind of freelist."""
    for name in runs or (RUNS_OF_BUG[bug] if bug else LONG_RUNS):
        for kind in kinds:
            own = long_words(name, kind, full, bug)
            own = without_operations(own) if "--operations" in words else own
            yield f"{name}-{kind}", ["--freelist", kind, *own, *words, *(["--bug", bug] if bug else [])]


def long_runs(preset, jobs, kinds, plot):
    builds.build(preset, "long_runs")
    if plot:
        builds.packages("plot")
    status = run_jobs(builds.program(preset, "stress/long_runs"), list(jobs),
                      lambda path: findings.wrap_artifact(path, preset))
    if plot and status in (HELD, VIOLATED):
        plotting.draw({kind: ARTIFACTS / "long_runs" / f"samples-{kind}.jsonl" for kind in kinds}, plot)
        print(f"plot: {shown(plot)}")
    return status
