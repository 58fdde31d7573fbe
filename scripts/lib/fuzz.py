#!/usr/bin/env python3
"""Runs the fuzz targets of fuzz/ with libFuzzer, and keeps what they find; runs the RapidCheck properties.

  scripts/fuzz list                             the targets
  scripts/fuzz [run] TARGET                     fuzzes; works on build/fuzz-corpus/TARGET, seeded from fuzz/TARGET/corpus
      [--seconds N] [--jobs N] [--seed S]       defaults: 60 seconds, one job per processor, a random seed
      [--sanitizer address|memory]              address (with undefined, the default) or memory
      [--scenario NAME:FREELIST[:BUG]]          schedule only: what is scheduled; default: free_vs_allocate:pessimistic
  scripts/fuzz replay TARGET FILE...            runs the target over files, and prints what is wrong
  scripts/fuzz minimise TARGET FILE             makes a finding as small as it goes: build/artifacts/fuzz/TARGET/
      [--seconds N]                             default: 60 seconds
  scripts/fuzz promote TARGET FILE --name NAME  minimises a finding and puts it into fuzz/TARGET/corpus: from then on a test
  scripts/fuzz merge TARGET                     adds to fuzz/TARGET/corpus what of the working corpus reaches something new
  scripts/fuzz coverage [TARGET...]             what the unit tests and the corpora reach of core: lines, branches and MC/DC per
                                                file, and which conditions are neither shown to decide nor listed in
                                                fuzz/README.md; all of it as HTML in build/coverage
  scripts/fuzz properties                       RapidCheck: histories of every backing, freelist and store against the reference
      [--sequences N] [--jobs N] [--seed S]     defaults: 1000 each, one job per processor, a random seed

Job i of a run has the seed S + i - 1. Jobs share the working corpus and read what the others find, so only a run with one job and
the same corpus does the same again; a finding is a file, and replays by itself.

exit status:
  0  done; run and replay: nothing was found
  1  run, replay: the target has found something; minimise, promote: the file is no finding; coverage of all targets: the
     conditions are not those of fuzz/README.md
  2  wrong use
  3  could not run
"""

import argparse
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGETS = {"reopen": "any bytes as a file: rejected without a change, or opened and used without a fault",
           "op_sequence": "operations on an arena: it does exactly what the reference arena does",
           "schedule": "any bytes as a schedule, with stale reads, of one scenario of models/ (--scenario)"}
LIMIT = {"reopen": 4098, "op_sequence": 2048, "schedule": 256}  # bytes of an input
PRESETS = {"address": "fuzz", "memory": "fuzz-msan"}
# MSAN_OPTIONS: as scripts/cmake/RarenaTests.cmake, which says why.
ENVIRONMENT = {"ASAN_OPTIONS": "quarantine_size_mb=16:detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1",
               "MSAN_OPTIONS": "poison_in_malloc=0:poison_in_free=0:intercept_strlen=0"}
COVERED_LAYERS = ("bump", "freelist", "arena")
COVERAGE_TESTS = ("core/core_tests", "core/world_tests", "fuzz/reopen/fuzz_tests", "models/operations_tests",
                  "fuzz/op_sequence/rapidcheck_tests")


class CannotRun(Exception):
    pass


def parser():
    main = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list")
    run = commands.add_parser("run")
    replay = commands.add_parser("replay")
    minimise = commands.add_parser("minimise")
    promote = commands.add_parser("promote")
    merge = commands.add_parser("merge")
    for command in (run, replay, minimise, promote, merge):
        command.add_argument("target", choices=sorted(TARGETS))
    run.add_argument("--seconds", type=positive, default=60)
    run.add_argument("--jobs", type=positive, default=os.cpu_count())
    run.add_argument("--seed", type=positive)
    for command in (run, replay, minimise, promote, merge):
        command.add_argument("--sanitizer", choices=sorted(PRESETS), default="address")
        command.add_argument("--scenario", type=scenario)
    properties = commands.add_parser("properties")
    properties.add_argument("--sequences", type=positive, default=1000)
    properties.add_argument("--jobs", type=positive, default=os.cpu_count())
    properties.add_argument("--seed", type=positive)
    replay.add_argument("files", type=Path, nargs="+", metavar="FILE")
    for command in (minimise, promote):
        command.add_argument("file", type=Path, metavar="FILE")
        command.add_argument("--seconds", type=positive, default=60)
    promote.add_argument("--name", required=True, type=corpus_name)
    coverage = commands.add_parser("coverage")
    coverage.add_argument("targets", nargs="*", metavar="TARGET")
    return main


def positive(text):
    if not text.isdigit() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found '{text}'")
    return int(text)


def corpus_name(text):
    if not re.fullmatch(r"[a-z0-9_]+", text):
        raise argparse.ArgumentTypeError(f"expected a name of small letters, digits and _, found '{text}'")
    return text


def scenario(text):
    if not re.fullmatch(r"\w+:(none|optimistic|pessimistic)(:\w+)?", text):
        raise argparse.ArgumentTypeError(f"expected SCENARIO:FREELIST or SCENARIO:FREELIST:BUG, found '{text}'")
    return text


def options_of(arguments):
    main = parser()
    options = main.parse_args(["run", *arguments] if arguments[:1] and arguments[0] in TARGETS else arguments)
    if getattr(options, "scenario", None):
        if options.target != "schedule":
            main.error(f"--scenario: expected the target schedule, found {options.target}")
        os.environ["RARENA_SCENARIO"] = options.scenario
    if options.command == "coverage":
        options.targets = options.targets or sorted(TARGETS)
        for target in options.targets:
            if target not in TARGETS:
                main.error(f"coverage: expected a target ({', '.join(sorted(TARGETS))}), found '{target}'")
    return options


def builds(options):
    """What must be built: lines of a preset and its targets."""
    if options.command == "list":
        return []
    if options.command == "coverage":
        programs = [Path(test).name for test in COVERAGE_TESTS] + [f"{target}_replay" for target in options.targets]
        return ["coverage " + " ".join(programs)]
    if options.command == "properties":
        return ["dev rapidcheck_tests"]
    return [f"{PRESETS[options.sanitizer]} {options.target}_fuzzer"]


# Paths.


def program_of(target, sanitizer="address"):
    program = ROOT / "build" / PRESETS[sanitizer] / "fuzz" / f"{target}_fuzzer"
    if not program.is_file():
        raise CannotRun(f"expected the program {program}, found none")
    return program


def seeds_of(target):
    return ROOT / "fuzz" / target / "corpus"


def working_corpus_of(target):
    # What reaches something new depends on what is scheduled.
    scheduled = os.environ.get("RARENA_SCENARIO", "").replace(":", ".") if target == "schedule" else ""
    folder = ROOT / "build/fuzz-corpus" / target / scheduled
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def artifacts_of(target):
    folder = ROOT / "build/artifacts/fuzz" / target
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shown(path):
    """A path as a user would type it at the root of the repository."""
    path = Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


# What libFuzzer prints.


@dataclass
class Progress:
    """What one job has said so far."""

    runs: int = 0
    corpus: int = 0
    finding: str = ""
    artifact: str = ""

    def read(self, line):
        if match := re.match(r"#(\d+)\s", line):
            self.runs = int(match[1])
        if match := re.search(r"\bcorp: (\d+)/", line):
            self.corpus = int(match[1])
        if match := re.match(r"stat::number_of_executed_units: +(\d+)", line):
            self.runs = int(match[1])
        if not self.finding and (match := re.match(r"FOUND: (.*)|.*(?:ERROR: .*Sanitizer: |runtime error: |ERROR: libFuzzer: )(.*)", line)):
            self.finding = match[1] or match[2]
        if match := re.search(r"Test unit written to (\S+)", line):
            self.artifact = self.artifact or match[1]
        if match := re.match(r"artifact: (\S+)", line):  # the target's own, which people can read
            self.artifact = match[1]


def environment(target=None):
    kept = {"RARENA_ARTIFACTS": str(artifacts_of(target))} if target else {}
    return {**os.environ, **ENVIRONMENT, **kept, "PATH": f"/usr/lib/llvm-19/bin:{os.environ.get('PATH', '')}"}


def call(command, **more):
    try:
        return subprocess.run([str(word) for word in command], env=environment(), text=True, errors="replace", check=False, **more)
    except OSError as error:
        raise CannotRun(f"{command[0]}: {error.strerror}") from None


# run


class Job:
    def __init__(self, number, options, seed, logs):
        target = options.target
        self.log = logs / f"{target}.{number}.log"
        words = ROOT / "fuzz" / target / f"{target}.dict"
        command = [program_of(target, options.sanitizer), f"-seed={seed}", f"-max_total_time={options.seconds}",
                   f"-max_len={LIMIT[target]}", "-reload=1", "-print_final_stats=1", f"-artifact_prefix={artifacts_of(target)}/",
                   *([f"-dict={words}"] if words.is_file() else []), working_corpus_of(target), seeds_of(target)]
        self.progress, self.position = Progress(), 0
        with open(self.log, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=output,
                                            env=environment(target))

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


def run(options):
    seed = options.seed or random.randrange(1, 2**31 - options.jobs)
    logs = ROOT / "build/log/fuzz"
    logs.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    jobs = [Job(i + 1, options, seed + i, logs) for i in range(options.jobs)]
    try:
        while any([job.look() for job in jobs]):  # a list: every job is looked at
            if any(job.progress.artifact for job in jobs):
                break
            show_progress(jobs, time.monotonic() - started, options.seconds)
            time.sleep(0.5)
    finally:
        for job in jobs:
            job.process.terminate()
            job.process.wait()
            job.look()
    return report(options, jobs, seed, time.monotonic() - started)


def show_progress(jobs, seconds, limit):
    runs, corpus = sum(job.progress.runs for job in jobs), max(job.progress.corpus for job in jobs)
    line = f"{seconds:.0f} of {limit} s, {runs:,} runs, {runs / max(seconds, 0.001):.0f}/s, corpus {corpus}"
    if sys.stderr.isatty():
        print(f"\r{line:70}", end="", file=sys.stderr, flush=True)


def report(options, jobs, seed, seconds):
    if sys.stderr.isatty():
        print(file=sys.stderr)
    runs, corpus = sum(job.progress.runs for job in jobs), len(os.listdir(working_corpus_of(options.target)))
    print(f"{options.target}: {runs:,} runs in {seconds:.0f} s, {runs / max(seconds, 0.001):.0f} exec/s over {options.jobs} jobs; "
          f"working corpus {corpus} files; seed {seed}")
    found = [job.progress for job in jobs if job.progress.artifact]
    for progress in found:
        print(f"FOUND: {progress.finding}\nartifact: {shown(progress.artifact)}")
        print(f"again: {again(options, progress.artifact)}")
    if found:
        return 1
    for job in jobs:
        if job.process.returncode not in (0, -15):
            raise CannotRun(f"a job ended with status {job.process.returncode} and no finding; its log: {shown(job.log)}")
    return 0


def again(options, artifact):
    if artifact.endswith((".ops", ".json")):
        return f"scripts/repro {shlex.quote(shown(artifact))}"
    sanitizer = "" if options.sanitizer == "address" else f" --sanitizer {options.sanitizer}"
    return f"scripts/fuzz replay {options.target}{sanitizer} {shlex.quote(shown(artifact))}"


# replay, minimise, promote, merge


def replay(options):
    status = 0
    for file in options.files:
        require_file(file)
        result = call([program_of(options.target, options.sanitizer), file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(f"{shown(file)}: {'nothing found' if result.returncode == 0 else 'FOUND'}")
        if result.returncode != 0:
            print(result.stdout)
            status = 1
    return status


def require_file(file):
    if not file.is_file():
        raise CannotRun(f"expected a file, found none: {file}")


def minimised(options):
    """The path of the smallest input found that shows a finding; None: the file shows none."""
    target, file, program = options.target, options.file, program_of(options.target, options.sanitizer)
    require_file(file)
    if call([program, file], capture_output=True).returncode == 0:
        return None
    small = artifacts_of(target) / f"minimised-{file.name.removeprefix('minimised-')}"
    if small.resolve() != file.resolve():
        small.unlink(missing_ok=True)
        call([program, "-minimize_crash=1", f"-max_total_time={options.seconds}", f"-exact_artifact_path={small}", file],
             capture_output=True)
    if not small.is_file():  # it was as small as it goes
        shutil.copyfile(file, small)
    return small


def minimise(options):
    small = minimised(options)
    if small is None:
        print(f"{shown(options.file)}: nothing found, so there is nothing to minimise")
        return 1
    print(f"{shown(small)}: {small.stat().st_size} of {options.file.stat().st_size} bytes")
    print(f"again: scripts/fuzz replay {options.target} {shlex.quote(shown(small))}")
    return 0


def promote(options):
    kept = seeds_of(options.target) / options.name
    if kept.exists():
        raise CannotRun(f"expected a new name, found {shown(kept)}")
    small = minimised(options)
    if small is None:
        print(f"{shown(options.file)}: nothing found; only a finding becomes a regression test")
        return 1
    shutil.copyfile(small, kept)
    print(f"{shown(kept)}: {kept.stat().st_size} bytes; fuzz.{options.target}.corpus fails until it is repaired")
    return 0


def merge(options):
    kept = seeds_of(options.target)
    before = set(os.listdir(kept))
    result = call([program_of(options.target, options.sanitizer), "-merge=1", f"-max_len={LIMIT[options.target]}", kept, working_corpus_of(options.target)],
                  capture_output=True)
    if result.returncode != 0:
        raise CannotRun(f"expected that libFuzzer merges, found status {result.returncode}:\n{result.stderr[-2000:]}")
    added = sorted(set(os.listdir(kept)) - before)
    for name in added:  # libFuzzer's names are hashes
        (kept / name).rename(kept / f"merged_{name[:12]}")
    print(f"{shown(kept)}: {len(added)} files added to {len(before)}")
    return 0


# properties


def properties(options):
    """Every combination is a process of its own, with a seed of its own."""
    program = ROOT / "build/dev/fuzz/op_sequence/rapidcheck_tests"
    seed = options.seed or random.randrange(1, 2**31)
    names = re.findall(r"^  (\S+)", checked(program, "--gtest_list_tests", "--gtest_filter=*Agreement*"), re.MULTILINE)
    with ThreadPoolExecutor(options.jobs) as pool:
        runs = list(pool.map(lambda numbered: property_run(program, options.sequences, seed + numbered[0], numbered[1]),
                             enumerate(names)))
    print(f"\n{'combination':28} {'sequences':>10} {'operations':>12}  verdict")
    for name, match, _ in runs:
        print(f"{name:28} {match[1]:>10,} {match[2]:>12,}  {match[3]}" if match else f"{name:28} {'':>10} {'':>12}  COULD NOT RUN")
    print(f"sequences of up to 100 operations; seeds {seed} to {seed + len(names) - 1}")
    bad = [(name, output) for name, match, output in runs if not match or match[3] != "agree"]
    for name, output in bad:
        print(f"\n{name}:\n{output[-4000:]}")
    return 1 if bad else 0


def property_run(program, sequences, seed, name):
    started = time.monotonic()
    folder = ROOT / "build/artifacts/rapidcheck" / name.split("/")[-1]
    result = subprocess.run([program, f"--gtest_filter=*/{name.split('/')[-1]}"], text=True, errors="replace", check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env={**environment(), "RC_PARAMS": f"max_success={sequences} seed={seed}", "RARENA_ARTIFACTS": str(folder)})
    found = re.search(r"^rapidcheck: (\S+): (\d+) sequences, (\d+) operations: (\S+)$", result.stdout, re.MULTILINE)
    match = (found[1], int(found[2]), int(found[3]), found[4]) if found else None
    print(f"{name.split('/')[-1]}: {found[4] if found else 'could not run'}, {time.monotonic() - started:.0f} s", file=sys.stderr)
    artifact = folder / "rapidcheck.ops"
    told = f"\nartifact: {shown(artifact)}\nagain: scripts/repro {shown(artifact)}" if artifact.is_file() and result.returncode else ""
    return name.split("/")[-1], match, result.stdout + told


# coverage


def coverage(options):
    build, folder = ROOT / "build/coverage", ROOT / "build/coverage/report"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for test in COVERAGE_TESTS:
        for suite in suites_of(build / test):
            profile(folder, build / test, f"--gtest_filter={suite}*-*Planted*")  # planted bugs are not core
    for target in options.targets:
        profile(folder, build / "fuzz" / f"{target}_replay", seeds_of(target), working_corpus_of(target))
    merged = folder / "all.profdata"
    checked("llvm-profdata-19", "merge", "-sparse", *folder.glob("*.profraw"), "-o", merged)
    programs = [build / test for test in COVERAGE_TESTS] + [build / "fuzz" / f"{target}_replay" for target in options.targets]
    objects = [word for program in programs for word in ("-object", program)][1:]
    which = [f"-instr-profile={merged}", "-show-mcdc-summary", "-show-branch-summary", "-ignore-filename-regex=_test|/example/"]
    text = checked("llvm-cov-19", "report", *objects, *which, "-show-region-summary=false", ROOT / "core")
    (folder / "summary.txt").write_text(text, encoding="utf-8")
    print(text)
    exported = checked("llvm-cov-19", "export", *objects, f"-instr-profile={merged}", "-skip-expansions", ROOT / "core")
    print(branches_of(exported))
    complaints, text = judged(conditions_of(exported), listed_conditions())
    print(text)
    checked("llvm-cov-19", "show", *objects, f"-instr-profile={merged}", "-ignore-filename-regex=_test|/example/", "-format=html",
            "-show-branches=count", "-show-mcdc", f"-output-dir={folder}/html", ROOT / "core")
    print(f"{shown(folder)}/summary.txt, {shown(folder)}/html/index.html")
    return 1 if complaints and options.targets == sorted(TARGETS) else 0


def suites_of(program):
    """Each is run as a process of its own: what a process does once, one suite would do for all, and no other see it fail."""
    listed = checked("env", "LLVM_PROFILE_FILE=/dev/null", program, "--gtest_list_tests")
    return re.findall(r"^(\S+\.)(?= *(?:#.*)?$)", listed, re.MULTILINE)


def profile(folder, program, *arguments):
    """Runs a program. Its profile is added to what its earlier runs have left, and what its children of fork leave too (%m)."""
    command = ["env", f"LLVM_PROFILE_FILE={folder}/{program.name}.%m.profraw", program, *arguments]
    result = call(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise CannotRun(f"{program.name}: expected that it passes, found status {result.returncode}:\n{result.stdout[-2000:]}")


TEST_FILE = re.compile(r"_test(_support)?\.[ch]pp$|/example/")


def branches_of(exported):
    """How many branches of the layers under test are covered, and which are not. A template counts once for all its uses."""
    taken = {}
    for data in json.loads(exported)["data"]:
        for function in data["functions"]:
            for line, column, _, _, true, false, file, _, _ in function["branches"]:
                seen = taken.setdefault((function["filenames"][file], line, column), [0, 0])
                seen[0] += true
                seen[1] += false
    layers = [str(ROOT / "core" / layer) for layer in COVERED_LAYERS]
    taken = {at: seen for at, seen in taken.items() if os.path.dirname(at[0]) in layers and not TEST_FILE.search(at[0])}
    missed = [(at, side) for at, seen in sorted(taken.items()) for side, count in zip(("true", "false"), seen) if count == 0]
    lines = [f"{', '.join(COVERED_LAYERS)}: {2 * len(taken) - len(missed)} of {2 * len(taken)} branches taken "
             f"({100 - 50 * len(missed) / max(len(taken), 1):.1f} %); never:"]
    for (file, line, column), side in missed:
        source = Path(file).read_text(encoding="utf-8").splitlines()[line - 1].strip()
        lines.append(f"  {shown(file)}:{line}:{column}: {side}: {source}")
    return "\n".join(lines)


def conditions_of(exported):
    """(file, function, condition): whether it is shown to decide, for each place. A template counts once for all its uses."""
    decides, core = {}, str(ROOT / "core") + "/"
    for function in (function for data in json.loads(exported)["data"] for function in data["functions"]):
        file = function["filenames"][0]
        if not file.startswith(core) or TEST_FILE.search(file):
            continue
        both = {tuple(branch[:4]): branch[4] > 0 and branch[5] > 0 for branch in function["branches"] if branch[6] == 0}
        for *decision, _, _, pairs in function.get("mcdc_records", []):
            begin, end = tuple(decision[:2]), tuple(decision[2:])
            inside = sorted(at for at in both if begin <= at[:2] and at[2:] <= end and at != (*begin, *end))
            if len(inside) < len(pairs):  # one is a constant here, and is no branch: the others decide if they go both ways
                pairs = [both[at] for at in inside]
            for at, pair in zip(inside, pairs, strict=True):
                key = (file, function["name"].rpartition(":")[2], at)
                decides[key] = decides.get(key, False) or pair
    names = function_names({name for _, name, _ in decides})
    places = {}
    for (file, name, at), pair in decides.items():
        places.setdefault((file, names[name], at), []).append(pair)
    conditions = {}
    for (file, name, at), pairs in places.items():
        conditions.setdefault((file.removeprefix(core), name, text_at(file, at)), []).append(any(pairs))
    return conditions


def function_names(symbols):
    """The last name of each function: no namespace, class, template argument or parameter."""
    names = {}
    for symbol, name in zip(sorted(symbols), checked("c++filt", *sorted(symbols)).splitlines(), strict=True):
        while (less := re.sub(r"<[^<>]*>|\([^()]*\)", "", name)) != name:
            name = less
        name = re.sub(r"( const)?::('lambda\d*'|\{lambda#\d+\}|\$_\d+)::operator( const)?$", "", name)
        names[symbol] = name.removesuffix(" const").rpartition("::")[2]
    return names


def text_at(file, at):
    line, column, end_line, end_column = at
    lines = Path(file).read_text(encoding="utf-8").splitlines()[line - 1:end_line]
    lines[-1] = lines[-1][:end_column - 1]
    lines[0] = lines[0][column - 1:]
    return " ".join(text.strip() for text in lines)


def listed_conditions():
    """The table of fuzz/README.md: conditions that no test and no corpus shows to decide, each for a reason."""
    text = (ROOT / "fuzz/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` `(\w+)` \| (.+?) \| .+ \|$", text, re.MULTILINE)
    return {(file, function, condition) for file, function, cell in rows for condition in re.findall("`(.+?)`", cell)}


def judged(conditions, listed):
    """What is wrong with the list, and all of it as text."""
    places = [decides for key in conditions for decides in conditions[key]]
    missing = {key for key, decides in conditions.items() if not all(decides)}
    wrong = {"not shown to decide, and not listed in fuzz/README.md": missing - listed,
             "listed in fuzz/README.md, and shown to decide": (listed & conditions.keys()) - missing,
             "listed in fuzz/README.md, and not there": listed - conditions.keys()}
    complaints = [f"{what}: {' '.join(key)}" for what, keys in wrong.items() for key in sorted(keys)]
    head = f"MC/DC: {sum(places)} of {len(places)} conditions are shown to decide; {len(missing & listed)} others are listed"
    return complaints, "\n".join([head, *complaints])


def checked(*command):
    result = call(command, capture_output=True)
    if result.returncode != 0:
        raise CannotRun(f"{command[0]} {command[1]}: status {result.returncode}: {result.stderr[-1000:]}")
    return result.stdout


def list_targets(_options):
    for name, about in TARGETS.items():
        print(f"{name:10} {len(os.listdir(seeds_of(name))):4} seeds   {about}")
    return 0


COMMANDS = {"list": list_targets, "run": run, "replay": replay, "minimise": minimise, "promote": promote, "merge": merge,
            "coverage": coverage, "properties": properties}


def main(arguments):
    only_builds = arguments[:1] == ["--builds"]
    arguments = arguments[1:] if only_builds else arguments
    if only_builds and {"-h", "--help"} & set(arguments):
        return 0
    options = options_of(arguments)
    if only_builds:
        print("\n".join(builds(options)))
        return 0
    try:
        return COMMANDS[options.command](options)
    except CannotRun as error:
        print(f"scripts/fuzz: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
