"""The contract of an engine program, and the checks that it is kept.

  ENGINE list               prints one JSON object with "engine", "scenarios" and "bugs". "bounds": "each" (or nothing)
                            says that a bound N of a scenario stands for runs with the bounds 1..N, "last" for the bound N
                            alone; "weak_failures" how often weak CASes may fail spuriously in one execution;
  ENGINE run ...            prints JSON lines: {"progress": {...}} about once per second, then exactly one {"result": {...}};
                            with --report FILE it writes the result object there too;
  ENGINE merge REPORT...    prints the {"result": {...}} of a job that ran in shards, from their reports;
  exit status               0 held, 1 violation, 2 incomplete, 3 could not run; it must agree with the printed verdict.

How the options are spelled: engines.py.

A job runs as shard i of N where TEST_SHARD_INDEX and TEST_TOTAL_SHARDS say so, and its result then has an object "shard". The
iterations of a merge are the sum of its shards', those of a result with counters the complete and blocked executions, with or
without those that ended at the bound on steps.
Whatever breaks the contract (a crash, a signal, other output, a verdict without work) is an error, never "held".
"""

import dataclasses
import json
import signal

from .basics import CannotRun
from .catalogue import FREELISTS

HELD, VIOLATION, INCOMPLETE, ERROR = "held", "violation", "incomplete", "error"
STOPPED = "stopped"  # ended by us, because its scenario already had a violation or an error
EXIT_STATUS = {HELD: 0, VIOLATION: 1, INCOMPLETE: 2, ERROR: 3}
SCHEDULERS = ("exhaustive", "bound", "random")
COUNTERS = ("complete", "blocked", "moot", "bound", "cut")

LISTING_FIELDS = {"engine": str, "scenarios": list, "bugs": list}
LISTING_OPTIONS = {"bounds": str, "weak_failures": int}
SCENARIO_FIELDS = {"scenario": str, "freelist": str, "threads": int, "about": str, "quick": dict, "full": dict,
                   "not_shown": str}
EFFORT_FIELDS = {"bound": int, "random": int}
EFFORT_OPTIONS = {"exhaustive": bool}
BUG_FIELDS = {"name": str, "about": str, "scenario": str, "freelist": str, "scheduler": str, "bound": int, "first": int,
                 "iterations": int, "invariant": str, "expect": str, "not_found_reason": str}
PROGRESS_FIELDS = {"iterations": int, "seconds": (int, float)}
PROGRESS_OPTIONS = {"fraction": (int, float)}
RESULT_FIELDS = {"verdict": str, "iterations": int, "seconds": (int, float)}
RESULT_OPTIONS = {"counters": dict, "shard": dict, "suspects": list}
RESULT_TEXTS = ("kind", "invariant", "message", "finding")


@dataclasses.dataclass
class Outcome:
    """What one job ended with."""
    verdict: str
    iterations: int = 0
    seconds: float = 0.0
    kind: str = ""
    invariant: str = ""
    message: str = ""
    finding: str = ""  # the file that replays a violation
    suspects: list = dataclasses.field(default_factory=list)  # reads that the violation may come from
    counters: dict = dataclasses.field(default_factory=dict)  # COUNTERS, of an engine that has them
    shard: dict | None = None


@dataclasses.dataclass
class Progress:
    """How far a job is; `fraction` is the estimated part of it that is done, where the engine has an estimate."""
    iterations: int = 0
    seconds: float = 0.0
    fraction: float | None = None


def check_fields(what, value, fields, options=None):
    """Raises CannotRun unless `value` is an object with these fields of these types; those of `options` may be absent."""
    if not isinstance(value, dict):
        raise CannotRun(f"{what}: expected a JSON object, found {json.dumps(value)[:80]}")
    for name in fields:
        if name not in value:
            raise CannotRun(f'{what}: expected a field "{name}", found {", ".join(value) or "none"}')
    for name, kind in (fields | (options or {})).items():
        if name not in value:
            continue
        found = value[name]
        if not isinstance(found, kind) or isinstance(found, bool) and kind is not bool:
            raise CannotRun(f'{what}: field "{name}" is {json.dumps(found)[:80]}, of the wrong type')
        if isinstance(found, (int, float)) and not found >= 0:
            raise CannotRun(f'{what}: field "{name}" is {found}, expected at least 0')


def check_listing(listing, engine):
    """Checks what `ENGINE list` printed; a listing that would run nothing, or a job twice, is refused."""
    check_fields("the engine's list", listing, LISTING_FIELDS, LISTING_OPTIONS)
    if listing["engine"] != engine:
        raise CannotRun(f'the engine\'s list: engine is "{listing["engine"]}", expected "{engine}"')
    if listing.get("bounds", "each") not in ("each", "last"):
        raise CannotRun(f'the engine\'s list: bounds is "{listing["bounds"]}", expected each or last')
    seen = set()
    for row in listing["scenarios"]:
        check_fields("the engine's list of scenarios", row, SCENARIO_FIELDS)
        name = f'{row["scenario"]} {row["freelist"]}'
        for mode in ("quick", "full"):
            effort = row[mode]
            check_fields(f"scenario {name}, {mode}", effort, EFFORT_FIELDS, EFFORT_OPTIONS)
            if not effort.get("exhaustive") and effort["bound"] + effort["random"] == 0:
                raise CannotRun(f"scenario {name}: its {mode} budget runs nothing")
        check_new(seen, "scenario", name, row)
    seen = set()
    for row in listing["bugs"]:
        check_fields("the engine's list of bugs", row, BUG_FIELDS)
        name = f'{row["name"]} ({row["scenario"]} {row["freelist"]})'
        check_new(seen, "bug", name, row)
        check_bug(f"bug {name}", row)
    return listing


def check_new(seen, what, name, row):
    if row["freelist"] not in FREELISTS:
        raise CannotRun(f'{what} {name}: freelist is "{row["freelist"]}", expected {" or ".join(FREELISTS)}')
    if name in seen:
        raise CannotRun(f"{what} {name} is listed twice")
    seen.add(name)


def check_bug(what, row):
    scheduler = row["scheduler"]
    if row["expect"] not in ("violation", "not_found"):
        raise CannotRun(f'{what}: expect is "{row["expect"]}", expected violation or not_found')
    if row["expect"] == "not_found":
        if not row["not_found_reason"]:
            raise CannotRun(f"{what}: not_found needs a not_found_reason")
    elif scheduler not in SCHEDULERS:
        raise CannotRun(f'{what}: scheduler is "{scheduler}", expected {" or ".join(SCHEDULERS)}')
    elif scheduler != "exhaustive" and row["bound" if scheduler == "bound" else "iterations"] == 0:
        raise CannotRun(f"{what}: its {scheduler} budget runs nothing")


def check_same_bugs(listings):
    """Every engine must know every bug, if only as one that it cannot find."""
    names = {listing["engine"]: {row["name"] for row in listing["bugs"]} for listing in listings}
    missing = [f'{engine} has no {", ".join(sorted(lacking))}' for engine, own in names.items()
               if (lacking := set().union(*names.values()) - own)]
    if missing:
        raise CannotRun(f'expected the same bugs in every engine, found: {"; ".join(missing)}')


def ending(status):
    """How a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"was killed by signal {-status}"


def said(errors):
    words = " ".join(errors.split())
    return f"; it said: {words[-300:]}" if words else ""


def read_line(line):
    """One line of `ENGINE run` or `ENGINE merge`: a Progress, or the Outcome of a result line."""
    try:
        value = json.loads(line)
    except ValueError as error:
        raise CannotRun(f"expected a JSON line, found {line.strip()[:80]!r}") from error
    if isinstance(value, dict) and "progress" in value:
        return read_progress(value["progress"])
    if isinstance(value, dict) and "result" in value:
        return read_result(value["result"])
    raise CannotRun(f"expected a progress or a result line, found {line.strip()[:80]!r}")


def read_progress(progress):
    check_fields("a progress line", progress, PROGRESS_FIELDS, PROGRESS_OPTIONS)
    fraction = progress.get("fraction")
    if fraction is not None and fraction > 1:
        raise CannotRun(f'a progress line: field "fraction" is {fraction}, expected at most 1')
    return Progress(progress["iterations"], progress["seconds"], fraction)


def read_result(result):
    check_fields("the result line", result, RESULT_FIELDS, RESULT_OPTIONS)
    if result["verdict"] not in EXIT_STATUS:
        raise CannotRun(f'the result line: verdict "{result["verdict"]}", expected {", ".join(EXIT_STATUS)}')
    texts = {name: str(result.get(name) or "") for name in RESULT_TEXTS}
    counters = {}
    if "counters" in result:
        check_fields("the counters of the result line", result["counters"], dict.fromkeys(COUNTERS, int))
        counters = {name: result["counters"][name] for name in COUNTERS}
    return Outcome(result["verdict"], result["iterations"], float(result["seconds"]), counters=counters,
                   suspects=[str(suspect) for suspect in result.get("suspects", [])],
                   shard=result.get("shard"), **texts)


def contradiction(job, status, result):
    """Why a job's result (None: it printed none) and its exit status cannot both be believed, or an empty text."""
    if result is None:
        return f"the engine {ending(status)} and printed no result"
    if status != EXIT_STATUS[result.verdict]:
        expected = EXIT_STATUS[result.verdict]
        return f"the engine printed the verdict {result.verdict} (status {expected}) but {ending(status)}"
    if result.verdict == ERROR:
        return ""
    if job.shard and result.shard is None:
        return f"the engine ran as {job.shard} but its result names no shard"
    if not job.shard and not job.merges and result.shard is not None:
        return "the engine ran one shard where it was to run everything"
    return unfounded(job, result) if result.verdict == HELD else ""


def unfounded(job, result):
    """Why the verdict held is not what the counts of a result say, or an empty text."""
    unit, done, due = job.engine.unit, result.iterations, max(1, job.iterations)
    if job.merges and not all(shard.verdict == HELD for shard in job.merges):
        return "the engine merged to the verdict held what not every shard held"
    if job.merges and done != (parts := sum(shard.outcome.iterations for shard in job.merges)):
        return f"the engine merged to {done} {unit} shards that have {parts}"
    complete = None
    if result.counters:
        complete, blocked, moot, bound, cut = (result.counters[name] for name in COUNTERS)
        if done not in (complete + blocked, complete + blocked + bound):
            return (f"the engine printed {done} {unit}, but {complete} complete and {blocked} blocked ones, and {bound} that "
                    "ended at the bound on steps")
        if job.scheduler == "exhaustive" and bound + cut:
            return (f"the engine printed the verdict held for an exhaustive run in which {bound} {unit} ended at the bound on "
                    f"steps and {cut} alternatives were left out")
        done = complete + blocked + moot + bound  # a random sample may come to any of these ends
    if done < due and not job.shard:
        return f"the engine printed the verdict held after {done} of {due} {unit}"
    if complete == 0 and job.scheduler != "random" and not job.shard:
        return f"the engine printed the verdict held without one of the {unit} being complete"
    return ""
