"""The fuzz targets of fuzz/ under libFuzzer, what they find, and the RapidCheck properties.

Job i of a run has the seed S + i - 1. Jobs share the working corpus and read what the others find, so only a run with one job
and the same corpus does the same again; a finding is a file, and replays by itself.
"""

import os
import random
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import builds, findings
from .basics import INTERRUPTED, ROOT, CannotRun, awaited, from_root, replay_command, shown
from .engines import FINDINGS_VARIABLE, SCENARIO_VARIABLE
from .tables import table

TARGETS = {"reopen": "any bytes as a file: rejected without a change, or opened and used without a fault",
           "op_sequence": "operations on an arena: it does exactly what the reference arena does",
           "schedule": "any bytes as a schedule, with stale reads, of one scenario of models/ (--scenario)"}
LIMIT = {"reopen": 4098, "op_sequence": 2048, "schedule": 256}  # bytes of an input
PRESETS = {"address": "fuzz", "memory": "fuzz-msan"}
DEFAULT_SCENARIO = "free_vs_allocate:pessimistic"
# MSAN_OPTIONS: as scripts/cmake/RarenaTests.cmake, which says why.
ENVIRONMENT = {"ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1",
               "MSAN_OPTIONS": "poison_in_malloc=0:poison_in_free=0:intercept_strlen=0"}


def build(target, sanitizer):
    builds.build(PRESETS[sanitizer], f"{target}_fuzzer")


def program_of(target, sanitizer="address"):
    return builds.program(PRESETS[sanitizer], f"fuzz/{target}_fuzzer")


def seeds_of(target):
    return ROOT / "fuzz" / target / "corpus"


def working_corpus_of(target, scenario=""):
    # What reaches something new depends on what is scheduled.
    folder = ROOT / "build/fuzz-corpus" / target / (scenario.replace(":", ".") if target == "schedule" else "")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def folder_of(target):
    folder = ROOT / "build/artifacts/fuzz" / target
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment(target=None, scenario=""):
    """That of a target: where it writes what it finds, and what it schedules."""
    own = {FINDINGS_VARIABLE: str(folder_of(target))} if target else {}
    own |= {SCENARIO_VARIABLE: scenario} if scenario else {}
    return {**os.environ, **ENVIRONMENT, **own, "PATH": f"/usr/lib/llvm-19/bin:{os.environ.get('PATH', '')}"}


def call(command, target=None, scenario="", **more):
    try:
        return subprocess.run([str(word) for word in command], env=environment(target, scenario), text=True, errors="replace",
                              check=False, **more)
    except OSError as error:
        raise CannotRun(f"{command[0]}: {error.strerror}") from None


def checked(*command):
    result = call(command, capture_output=True)
    if result.returncode != 0:
        raise CannotRun(f"{command[0]} {command[1]}: status {result.returncode}: {result.stderr[-1000:]}")
    return result.stdout


# What libFuzzer prints.
SAID = re.compile(r"FOUND: (.*)|.*(?:ERROR: .*Sanitizer: |runtime error: |ERROR: libFuzzer: )(.*)")


@dataclass
class Progress:
    """What one job has said so far."""

    runs: int = 0
    corpus: int = 0
    message: str = ""
    file: str = ""  # what it left

    def read(self, line):
        if match := re.match(r"#(\d+)\s", line):
            self.runs = int(match[1])
        if match := re.search(r"\bcorp: (\d+)/", line):
            self.corpus = int(match[1])
        if match := re.match(r"stat::number_of_executed_units: +(\d+)", line):
            self.runs = int(match[1])
        if not self.message and (match := SAID.match(line)):
            self.message = match[1] or match[2]
        if match := re.search(r"Test unit written to (\S+)", line):
            self.file = self.file or match[1]
        if match := re.match(r"(?:artifact|finding): (\S+)", line):  # the target's own, which people can read
            self.file = match[1]


class Job:
    def __init__(self, number, options, seed, logs):
        target = options.target
        self.log = logs / f"{target}.{number}.log"
        words = ROOT / "fuzz" / target / f"{target}.dict"
        command = [program_of(target, options.sanitizer), f"-seed={seed}", f"-max_total_time={options.seconds}",
                   f"-max_len={LIMIT[target]}", "-reload=1", "-print_final_stats=1", f"-artifact_prefix={folder_of(target)}/",
                   *([f"-dict={words}"] if words.is_file() else []), working_corpus_of(target, options.scenario),
                   seeds_of(target)]
        self.progress, self.position = Progress(), 0
        with open(self.log, "w", encoding="utf-8") as output:  # its own session: Ctrl-C reaches us, and we end it
            self.process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output,
                                            start_new_session=True, env=environment(target, options.scenario))

    def look(self):
        """Reads what is new in the log. Whether the job is still running."""
        running = self.process.poll() is None
        with open(self.log, encoding="utf-8", errors="replace") as log:
            log.seek(self.position)
            for line in iter(log.readline, ""):
                if not line.endswith("\n"):
                    break
                self.progress.read(line)
                self.position = log.tell()
        return running


# run


def run(options):
    """The exit status."""
    seed = options.seed or random.randrange(1, 2**31 - options.jobs)
    logs = ROOT / "build/log/fuzz"
    logs.mkdir(parents=True, exist_ok=True)
    started, interrupted = time.monotonic(), False
    jobs = [Job(i + 1, options, seed + i, logs) for i in range(options.jobs)]
    try:
        while any([job.look() for job in jobs]):  # a list: every job is looked at
            if any(job.progress.file for job in jobs):
                break
            show_progress(jobs, time.monotonic() - started, options.seconds)
            time.sleep(0.2)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        for job in jobs:
            job.process.terminate()
            job.process.wait()
            job.look()
    return report(options, jobs, seed, time.monotonic() - started, interrupted)


def show_progress(jobs, seconds, limit):
    if sys.stderr.isatty():
        runs, corpus = sum(job.progress.runs for job in jobs), max(job.progress.corpus for job in jobs)
        print(f"\r\x1b[K{seconds:.0f} of {limit} s, {runs:,} runs, {runs / max(seconds, 1):.0f} exec/s, corpus {corpus}",
              end="", file=sys.stderr, flush=True)


def report(options, jobs, seed, seconds, interrupted):
    if sys.stderr.isatty():
        print(file=sys.stderr)
    runs, corpus = sum(job.progress.runs for job in jobs), len(os.listdir(working_corpus_of(options.target, options.scenario)))
    how = f"interrupted after {seconds:.0f} of {options.seconds} s" if interrupted else f"in {seconds:.0f} s"
    print(f"{options.target}: {runs:,} runs {how}, {runs / max(seconds, 0.001):.0f} exec/s over {options.jobs} jobs; "
          f"working corpus {corpus} files; seed {seed}")
    equal = {}
    for job in jobs:
        if job.progress.file:
            equal.setdefault(job.progress.message, []).append(job.progress)
    for message, found in equal.items():
        path = findings.wrap_fuzz(options.target, options.sanitizer, options.scenario, Path(found[0].file), message)
        print(f"FOUND: {message}" + (f" ({len(found)} jobs)" if len(found) > 1 else "") + f"\nfinding: {shown(path)}")
        print(f"replay: {replay_command(path)}")
    if equal:
        return 1
    if interrupted:
        return INTERRUPTED
    for job in jobs:
        if job.process.returncode not in (0, -15):
            raise CannotRun(f"a job ended with status {job.process.returncode} and no finding; its log: {shown(job.log)}")
    return 0


def smaller(target, sanitizer, scenario, file, small, seconds):
    """Whether an input shows a finding; `small` is then the smallest that libFuzzer found to show one."""
    program = program_of(target, sanitizer)
    if call([program, file], target, scenario, capture_output=True).returncode == 0:
        return False
    small.unlink(missing_ok=True)
    call([program, "-minimize_crash=1", f"-max_total_time={seconds}", f"-exact_artifact_path={small}", file], target, scenario,
         capture_output=True)
    if not small.is_file():  # it was as small as it goes
        small.write_bytes(file.read_bytes())
    return True


def merge(target, sanitizer, scenario):
    """Adds to the seeds what of the working corpus reaches something new."""
    kept = seeds_of(target)
    before = set(os.listdir(kept))
    result = call([program_of(target, sanitizer), "-merge=1", f"-max_len={LIMIT[target]}", kept,
                   working_corpus_of(target, scenario)],
                  target, scenario, capture_output=True)
    if result.returncode != 0:
        raise CannotRun(f"expected that libFuzzer merges, found status {result.returncode}:\n{result.stderr[-2000:]}")
    added = sorted(set(os.listdir(kept)) - before)
    for name in added:  # libFuzzer's names are hashes
        (kept / name).rename(kept / f"merged_{name[:12]}")
    print(f"{from_root(kept)}: {len(added)} files added to {len(before)}")
    return 0


# properties


def properties(sequences, jobs, seed):
    """RapidCheck: every combination is a process of its own, with a seed of its own. The exit status."""
    program = builds.program("dev", "fuzz/op_sequence/rapidcheck_tests")
    seed = seed or random.randrange(1, 2**31)
    names = re.findall(r"^  (\S+)", checked(program, "--gtest_list_tests", "--gtest_filter=*Agreement*"), re.MULTILINE)
    runs = []
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for future in [pool.submit(property_run, program, sequences, seed + i, name) for i, name in enumerate(names)]:
                runs.append(awaited(future))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            agreed = sum(match is not None and match[3] == "agree" for _, match, _ in runs)
            print(f"interrupted: {len(runs)} of {len(names)} combinations had ended, {agreed} of them agreed")
            return INTERRUPTED
    rows = [[name, f"{match[1]:,}", f"{match[2]:,}", match[3]] if match else [name, "", "", "COULD NOT RUN"] for name, match,
            _ in runs]
    print("\n" + "\n".join(table(["combination", "sequences", "operations", "verdict"], rows, right=(1, 2))))
    print(f"sequences of up to 100 operations; seeds {seed} to {seed + len(names) - 1}")
    bad = [(name, output) for name, match, output in runs if not match or match[3] != "agree"]
    for name, output in bad:
        print(f"\n{name}:\n{output[-4000:]}")
    return 1 if bad else 0


def property_run(program, sequences, seed, name):
    started, name = time.monotonic(), name.split("/")[-1]
    folder = ROOT / "build/artifacts/rapidcheck" / name
    own = {**environment(), "RC_PARAMS": f"max_success={sequences} seed={seed}", FINDINGS_VARIABLE: str(folder)}
    result = subprocess.run([program, f"--gtest_filter=*/{name}"], text=True, errors="replace", check=False, env=own,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = re.search(r"^rapidcheck: (\S+): (\d+) sequences, (\d+) operations: (\S+)$", result.stdout, re.MULTILINE)
    match = (found[1], int(found[2]), int(found[3]), found[4]) if found else None
    print(f"{name}: {found[4] if found else 'could not run'}, {time.monotonic() - started:.0f} s", file=sys.stderr)
    left, told = folder / "rapidcheck.ops", ""
    if left.is_file() and result.returncode:
        path = findings.wrap_operations(left, {"seed": seed, "sequences": sequences, "by": "rapidcheck", "combination": name})
        told = f"\nfinding: {shown(path)}\nreplay: {replay_command(path)}"
    return name, match, result.stdout + told


def list_lines():
    for name, about in TARGETS.items():
        yield f"{name:12} {len(os.listdir(seeds_of(name))):4} seeds   {about}"
