"""The benchmarks of stress/bench: what there is, how it is run, and what becomes of the figures: medians, and ratios to the
peer that a workload is measured by."""

import dataclasses
import datetime
import functools
import json
import os
import re
import statistics
import subprocess
import sys

from . import builds
from .basics import ARTIFACTS, ROOT, CannotRun, shown

CATALOGUE = ROOT / "stress/bench/catalogue.json"
COMPILERS = {"g++": "release", "clang": "release-clang"}  # and the preset of each
USUAL = ["--benchmark_min_time=0.1"]  # seconds of each of the repetitions
QUICK = ["--shortest", "--benchmark_min_time=0.001", "--benchmark_repetitions=2"]
NAME = re.compile(r"(?P<workload>\w+)/(?P<peer>[a-z0-9-]+)/(?P<counted>\w+):(?P<amount>\d+)/threads:(?P<threads>\d+)")
LEFT_OUT, COULD_NOT = "left out: ", "could not: "


@functools.cache
def catalogue():
    """{"workloads": {name: what is said of it}, "peers": likewise}."""
    return json.loads(CATALOGUE.read_text(encoding="utf-8"))


@dataclasses.dataclass(frozen=True)
class Case:
    """What peers are compared in: all else is equal."""
    compiler: str
    workload: str
    counted: str
    amount: int
    threads: int

    @property
    def title(self):
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        return f"{amount_words(self.counted, self.amount)}, {threads}"


@dataclasses.dataclass
class Figures:
    """The repetitions of a peer in a case, in ns an operation: of all threads' processor time, and of wall time. `error` says
    why there are none."""
    processor: list = dataclasses.field(default_factory=list)
    wall: list = dataclasses.field(default_factory=list)
    error: str = ""


def amount_words(counted, amount):
    """64 KiB, 10^5 segments, 8192 blocks."""
    if counted == "bytes":
        for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if amount >= size * 0.99:
                return f"{amount / size:.0f} {unit}"
        return f"{amount} bytes"
    power = len(str(amount)) - 1
    return f"10^{power} {counted}" if power > 1 and amount == 10**power else f"{amount} {counted}"


def median(values):
    """The middle one; of an even number the lower of the two, so that it is one that was measured."""
    return statistics.median_low(values)


def spread(values):
    """How far the middle half of the values is apart, as a part of the median."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / median(values)


def ratio(figures, base, clock):
    """How many times what the base takes; None where either was not measured."""
    own, others = getattr(figures, clock), getattr(base, clock) if base else []
    return median(own) / median(others) if own and others else None


# What a program has written.


def read_run(compiler, run):
    """{case: {peer: Figures}} of what Google Benchmark has written as JSON."""
    if run["context"].get("checked") != "no":
        raise CannotRun("expected figures of a build without assertions, found others")
    found = {}
    for one in run["benchmarks"]:
        if one["run_type"] != "iteration":
            continue
        name = NAME.fullmatch(one["name"])
        if name is None or name["workload"] not in catalogue()["workloads"] or name["peer"] not in catalogue()["peers"]:
            raise CannotRun(f"expected a workload and a peer of {shown(CATALOGUE)}, found {one['name']}")
        case = Case(compiler, name["workload"], name["counted"], int(name["amount"]), int(name["threads"]))
        figures = found.setdefault(case, {}).setdefault(name["peer"], Figures())
        if one.get("label", "").startswith(COULD_NOT):
            figures.error = one["label"].removeprefix(COULD_NOT)
        else:
            unit = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[one["time_unit"]]
            figures.processor.append(one["cpu_time"] * unit)
            figures.wall.append(one["real_time"] * unit)
    for peers in found.values():
        for figures in peers.values():
            if figures.error:  # one repetition that was refused is enough: it does not count as fast
                figures.processor, figures.wall = [], []
    return in_order(found)


def in_order(found):
    """In the order of the catalogue, whatever the turns were."""
    def place(kind, name):
        return list(catalogue()[kind]).index(name)
    return {case: {peer: found[case][peer] for peer in sorted(found[case], key=functools.partial(place, "peers"))}
            for case in sorted(found, key=lambda case: (place("workloads", case.workload), case.amount, case.threads))}


def base_of(case, peers):
    return peers.get(catalogue()["workloads"][case.workload]["base"])


@dataclasses.dataclass
class Record:
    """One run of all compilers, as it is kept: what Google Benchmark wrote, by compiler, and of what machine."""
    runs: dict
    processors: int
    quick: bool
    date: str

    @functools.cached_property
    def found(self):
        return {case: peers for compiler, run in self.runs.items() for case, peers in read_run(compiler, run).items()}

    def left_out(self):
        """{peer: why} of peers that were not there."""
        return {key.removeprefix(LEFT_OUT): why for run in self.runs.values() for key, why in run["context"].items()
                if key.startswith(LEFT_OUT)}

    def refused(self):
        """(case, peer, why) of what could not run."""
        return [(case, peer, figures.error) for case, peers in self.found.items() for peer, figures in peers.items()
                if figures.error]

    def compilers(self):
        """{name: what it calls itself}."""
        return {compiler: run["context"].get("compiler", "unknown") for compiler, run in self.runs.items()}

    def loads(self):
        """{compiler: how many threads of the machine wanted a processor when its run began}, where that is known."""
        return {compiler: run["context"]["load_avg"][0] for compiler, run in self.runs.items()
                if run["context"].get("load_avg")}

    def as_json(self):
        ratios = [{**dataclasses.asdict(case), "peer": peer, "base": catalogue()["workloads"][case.workload]["base"],
                   **{f"{clock}_ns": median(getattr(figures, clock)) for clock in ("processor", "wall") if figures.processor},
                   **{f"{clock}_ratio": ratio(figures, base_of(case, peers), clock) for clock in ("processor", "wall")},
                   "spread": spread(figures.processor) if figures.processor else None, "error": figures.error}
                  for case, peers in self.found.items() for peer, figures in peers.items()]
        return json.dumps({"date": self.date, "processors": self.processors, "quick": self.quick, "ratios": ratios,
                           "runs": self.runs}, indent=1) + "\n"


def load(path):
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Record(kept["runs"], kept["processors"], kept["quick"], kept["date"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRun(f"cannot read the benchmarks {shown(path)}: {error}") from error


# Running.


def filter_of(workloads, peers):
    """The regular expression of Google Benchmark for these; of none of a kind, all. Peers come with what they are compared
    with."""
    bases = [catalogue()["workloads"][name]["base"] for name in workloads or catalogue()["workloads"]]
    peers = [*peers, *bases] if peers else []

    def either(names):
        return f"({'|'.join(dict.fromkeys(names))})" if names else "[^/]*"
    return f"^{either(workloads)}/{either(peers)}/"


def build(compiler, target):
    """The program, as a user builds it."""
    preset = COMPILERS[compiler]
    builds.packages("bench")
    builds.forget(preset)
    builds.build(preset, target)
    return builds.program(preset, f"stress/{target}")


def run_program(program, compiler, words):
    """What it has written as JSON; its own table, which has every repetition, is in a file beside it."""
    folder = ARTIFACTS / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    out, log = folder / f"{compiler}.json", folder / f"{compiler}.txt"
    out.unlink(missing_ok=True)
    print(f"running: {shown(program)}; what it says is in {shown(log)}", file=sys.stderr, flush=True)
    try:
        with open(log, "wb") as lines:
            command = [program, *words, f"--benchmark_out={out}", "--benchmark_out_format=json"]
            status = subprocess.run(command, stdout=lines, check=False).returncode
        if status != 0:
            raise CannotRun(f"{shown(program)} ended with status {status}: {log.read_text(errors='replace').strip()[-300:]}")
        return json.loads(out.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotRun(f"{shown(program)}: {error}") from error


def run(compilers, words, quick):
    programs = {compiler: build(compiler, "bench") for compiler in compilers}
    words = [*(QUICK if quick else USUAL), *words]
    runs = {compiler: run_program(program, compiler, words) for compiler, program in programs.items()}
    return Record(runs, os.cpu_count(), quick, datetime.date.today().isoformat())
