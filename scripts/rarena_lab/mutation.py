"""scripts/lab mutate-checker: breaks the rules of the model checker one at a time, and asks whether its tests notice.

A mutant is one small edit of models/checker that breaks one rule. (Mutations of rules are called mutants, here and in proofs/;
what is wrong with an arena is a bug.) For each, the checker and its tests are built with the edit in a scratch folder, and the
tests run until the first that fails, crashes or does not end. A mutant that no test notices has survived: a test is missing.
One that changes nothing that a test could see is recorded as equivalent, with the argument why; if a test notices it, the
argument is wrong.

The mutants are in models/checker/FOLDER/*mutants.py, beside what they edit: MUTANTS is a list of dicts with

  name        GROUP.WHAT, unique
  rule        the rule that the edit breaks, in words
  file        the file, in the folder of the table
  old, new    its text, which must occur exactly once, and what it becomes
  more        further edits, as a list of (file, old, new); usually absent
  equivalent  why no test can notice; absent: one must
"""

import collections
import concurrent.futures
import json
import os
import queue
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .basics import ROOT, CannotRun, awaited

CHECKER = Path("models/checker")
SCRATCH = Path("build/mutants")
SOURCES = {".hpp", ".cpp", ".tsv"}

KILLED, EQUIVALENT, SURVIVED, NOT_EQUIVALENT = "killed", "equivalent", "SURVIVED", "NOT EQUIVALENT"
KEYS = {"name", "rule", "file", "old", "new", "more", "equivalent"}
OPTIONAL = {"more", "equivalent"}


# The table.


@dataclass(frozen=True)
class Edit:
    path: Path  # from the root of the repository
    old: str
    new: str

    def apply(self, root):
        file = root / self.path
        text = file.read_text()
        if text.count(self.old) != 1:
            raise CannotRun(f"{self.path}: expected this text once, found it {text.count(self.old)} times: {self.old!r}")
        file.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True)
class Mutant:
    name: str
    rule: str
    edits: tuple
    equivalent: str = ""

    @property
    def expected(self):
        return EQUIVALENT if self.equivalent else KILLED


def mutant_of(entry, table, root):
    """Raises CannotRun for an entry that is not as the head of this file says."""
    name = entry.get("name", "a mutant without a name")
    if missing := KEYS - OPTIONAL - entry.keys():
        raise CannotRun(f"{table}: {name}: expected the keys {', '.join(sorted(missing))}, found none")
    if unknown := entry.keys() - KEYS:
        raise CannotRun(f"{table}: {name}: expected none but {', '.join(sorted(KEYS))}, found {', '.join(sorted(unknown))}")
    if "equivalent" in entry and len(entry["equivalent"].split()) < 5:
        raise CannotRun(f"{table}: {name}: expected an argument why it is equivalent, found {entry['equivalent']!r}")
    folder = table.parent.relative_to(root)
    edits = tuple(Edit(folder / file, old, new) for file, old, new in
                  [(entry["file"], entry["old"], entry["new"]), *entry.get("more", [])])
    return Mutant(name, entry["rule"], edits, entry.get("equivalent", ""))


def read_tables(root):
    tables = sorted((root / CHECKER).glob("*/*mutants.py"))
    mutants = [mutant_of(entry, table, root) for table in tables for entry in runpy.run_path(str(table))["MUTANTS"]]
    if not mutants:
        raise CannotRun(f"expected mutants in {CHECKER}/*/*mutants.py, found none")
    return mutants


def faults(mutants, root):
    """What is wrong with the table and with how it fits the sources, a line each."""
    found = [f"{name}: expected a new name, found it {count} times"
             for name, count in collections.Counter(mutant.name for mutant in mutants).items() if count > 1]
    for mutant in mutants:
        if not re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", mutant.name):
            found.append(f"{mutant.name}: expected a name like group.what")
        for edit in mutant.edits:
            file = root / edit.path
            count = file.read_text().count(edit.old) if file.is_file() else 0
            if count != 1:
                found.append(f"{mutant.name}: {edit.path}: expected its text once, found it {count} times: {edit.old!r}")
            if edit.old == edit.new:
                found.append(f"{mutant.name}: {edit.path}: expected a change, found none")
    return found


# Folders that follow another one.


def mirror(source, target):
    """Makes `target` the same tree of files, times included, so that ninja finds nothing to do. Copies what differs only."""
    target.mkdir(parents=True, exist_ok=True)
    there = {entry.name: entry for entry in os.scandir(source)}
    for entry in os.scandir(target):
        if entry.name not in there or entry.is_dir() != there[entry.name].is_dir():
            shutil.rmtree(entry.path) if entry.is_dir() else os.remove(entry.path)
    for name, entry in there.items():
        if entry.is_dir():
            mirror(source / name, target / name)
            continue
        copy = target / name
        old, new = copy.stat() if copy.exists() else None, entry.stat()
        if old is None or (old.st_size, old.st_mtime_ns) != (new.st_size, new.st_mtime_ns):
            shutil.copy2(source / name, copy)


def follow_sources(root, base):
    """Copies the checker's sources; what has not changed keeps its time."""
    wanted = {file.relative_to(root) for file in (root / CHECKER).rglob("*") if file.suffix in SOURCES}
    for file in [file for file in (base / CHECKER).rglob("*") if file.is_file()]:
        if file.relative_to(base) not in wanted:
            file.unlink()
    for path in sorted(wanted):
        write_if_new(base / path, (root / path).read_text())


def write_if_new(file, text):
    if not file.is_file() or file.read_text() != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


# All paths are relative, so that a built folder can be copied. Warnings are not the matter here, indices out of range are.
NINJA = """rule compile
  command = g++ -std=c++23 -O1 -w -D_GLIBCXX_ASSERTIONS -fmacro-prefix-map=./= -I. {defines} -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule link
  command = g++ -fuse-ld=gold $in -o $out -lgtest_main -lgtest -lboost_context -lfmt -pthread
"""
DEFINES = """'-DCHECKER_LITMUS_COUNTS="models/checker/litmus/litmus-counts.tsv"'"""


def ninja_text(base):
    """Every source of the checker but programs of their own, as one program of tests, those of litmus first."""
    files = sorted((base / CHECKER).rglob("*.cpp"), key=lambda file: (file.parent.name != "litmus", file))
    sources = [file.relative_to(base) for file in files if "int main(" not in file.read_text()]
    objects = {source: Path("objects") / source.relative_to(CHECKER).with_suffix(".o") for source in sources}
    lines = [f"build {target}: compile {source}\n" for source, target in objects.items()]
    return NINJA.format(defines=DEFINES) + "".join(lines) + f"build tests: link {' '.join(map(str, objects.values()))}\n"


# Running the tests.


@dataclass(frozen=True)
class Run:
    """What came of some tests: the first that noticed something, and how; both empty if none did."""

    test: str = ""
    how: str = ""


def read_run(status, output):
    """From the exit status and the output of tests that break at the first failure."""
    if status == 0:
        return Run()
    started = list(re.finditer(r"^\[ RUN {6}\] (\S+)", output, re.MULTILINE))
    test = started[-1][1] if started else "none"
    tail = output[started[-1].end():] if started else output
    if re.search(r"^\S*:\d+: Failure$|^unknown file: Failure$", tail, re.MULTILINE):
        return Run(test, "out of memory" if "std::bad_alloc" in tail else "failed")
    if status is None or -status in (signal.SIGXCPU, signal.SIGKILL):
        return Run(test, "did not end")
    if "std::bad_alloc" in tail:
        return Run(test, "out of memory")
    return Run(test, f"crashed: {signal.Signals(-status).name if status < 0 else f'exit status {status}'}")


@dataclass(frozen=True)
class Outcome:
    verdict: str
    by: Run
    seconds: float


def verdict_of(mutant, by):
    if mutant.equivalent:
        return NOT_EQUIVALENT if by.test else EQUIVALENT
    return KILLED if by.test else SURVIVED


class Bench:
    """Builds and runs. One folder has the sources as they are; each job has a copy of it, in which it edits."""

    quick = 0.1  # seconds a test may take, to run before the slower ones
    seconds = 5  # of processor time that tests may take beyond six times what they take without a mutant
    memory = 6 << 30  # bytes of address space

    def __init__(self, root=ROOT, scratch=None):
        self.root = root
        self.scratch = scratch or root / SCRATCH
        self.base = self.scratch / "base"
        self.batches = []  # (names of tests, seconds of processor time they may take)

    def build(self, folder, jobs=1):
        """None, or what the compiler says."""
        done = subprocess.run(["ninja", "-j", str(jobs), "tests"], cwd=folder, capture_output=True, text=True, check=False)
        return None if done.returncode == 0 else done.stdout[-3000:] + done.stderr

    def tests(self, folder, options, seconds):
        limits = ["prlimit", f"--cpu={seconds}:{seconds + 5}", f"--as={self.memory}", "--core=0"]
        with open(folder / "output", "w+b") as output:
            try:
                status = subprocess.run([*limits, "./tests", *options], cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
                                        stderr=subprocess.STDOUT, check=False, timeout=20 * seconds).returncode
            except subprocess.TimeoutExpired:
                status = None
            output.seek(max(0, output.seek(0, os.SEEK_END) - (1 << 20)))
            return status, output.read().decode(errors="replace")

    def prepare(self, jobs):
        """Builds what is not mutated, and runs all of its tests, which must pass."""
        follow_sources(self.root, self.base)
        write_if_new(self.base / "build.ninja", ninja_text(self.base))
        if said := self.build(self.base, jobs):
            raise CannotRun(f"the checker does not build without any mutant:\n{said}")
        status, output = self.tests(self.base, ["--gtest_output=json:times.json"], 600)
        if status != 0:
            summary = output.rfind("[  PASSED  ]")
            raise CannotRun(f"the tests fail without any mutant:\n{output[summary:] if summary >= 0 else output[-3000:]}")
        self.plan(json.loads((self.base / "times.json").read_text()))

    def plan(self, report):
        """Quick tests first, since most mutants are noticed by one."""
        times = {f"{suite['name']}.{case['name']}": float(case["time"].rstrip("s"))
                 for suite in report["testsuites"] for case in suite["testsuite"]}
        quick = {name: time for name, time in times.items() if time < self.quick}
        slow = {name: time for name, time in times.items() if name not in quick}
        self.batches = [(list(batch), self.seconds + int(6 * sum(batch.values()))) for batch in (quick, slow) if batch]

    def judge(self, mutant, job):
        began = time.monotonic()
        folder = self.scratch / str(job)
        mirror(self.base, folder)
        for edit in mutant.edits:
            edit.apply(folder)
        if said := self.build(folder):
            raise CannotRun(f"{mutant.name} does not compile:\n{said}")
        by = Run()
        for names, seconds in self.batches:
            status, output = self.tests(folder, [f"--gtest_filter={':'.join(names)}", "--gtest_break_on_failure"], seconds)
            by = read_run(status, output)
            if by.test:
                break
        return Outcome(verdict_of(mutant, by), by, time.monotonic() - began)


# The report.


def line_of(mutant, outcome):
    by = outcome.by.test + ("" if outcome.by.how in ("", "failed") else f" ({outcome.by.how})")
    return f"{outcome.verdict:14} {outcome.seconds:5.1f} s  {mutant.name:44} {by or '-':60} {mutant.rule}"


def totals(outcomes):
    count = collections.Counter(outcome.verdict for outcome in outcomes.values())
    wrong = f", {count[NOT_EQUIVALENT]} not equivalent" if count[NOT_EQUIVALENT] else ""
    return f"{count[KILLED]} killed, {count[EQUIVALENT]} equivalent, {count[SURVIVED]} survived{wrong}"


def json_of(mutants, outcomes, seconds):
    rows = [{"name": mutant.name, "rule": mutant.rule, "files": [str(edit.path) for edit in mutant.edits],
             "expected": mutant.expected, "argument": mutant.equivalent, "verdict": outcomes[mutant.name].verdict.lower(),
             "killed_by": outcomes[mutant.name].by.test, "how": outcomes[mutant.name].by.how,
             "seconds": round(outcomes[mutant.name].seconds, 3)} for mutant in mutants if mutant.name in outcomes]
    return {"mutants": rows, "total": totals(outcomes), "seconds": round(seconds, 3)}


def judge_all(bench, mutants, jobs, show):
    """{name: outcome}. Stops at the first mutant that cannot be judged."""
    free = queue.SimpleQueue()
    for job in range(jobs):
        free.put(job)

    def judge(mutant):
        job = free.get()
        try:
            return bench.judge(mutant, job)
        finally:
            free.put(job)

    outcomes = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            for mutant, future in zip(mutants, [pool.submit(judge, mutant) for mutant in mutants]):
                outcomes[mutant.name] = awaited(future)
                show(line_of(mutant, outcomes[mutant.name]))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            show(f"interrupted: {len(outcomes)} of {len(mutants)} mutants had been judged: {totals(outcomes)}; the others were "
                 "not")
            raise
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return outcomes


def conclude(mutants, outcomes, show):
    """The exit status."""
    by_name = {mutant.name: mutant for mutant in mutants}
    wrong = [name for name, outcome in outcomes.items() if outcome.verdict in (SURVIVED, NOT_EQUIVALENT)]
    for name in wrong:
        mutant, outcome = by_name[name], outcomes[name]
        if outcome.verdict == SURVIVED:
            show(f"{name} survived: no test notices that this rule is broken: {mutant.rule}")
        else:
            show(f"{name} is not equivalent: {outcome.by.test} {outcome.by.how}; the argument was: {mutant.equivalent}")
    show(totals(outcomes))
    return 1 if wrong else 0


def chosen(mutants, only):
    if not only:
        return mutants
    some = [mutant for mutant in mutants if any(regex.search(mutant.name) for regex in only)]
    if not some:
        raise CannotRun(f"--only: expected the name of a mutant (--list), found {shlex.join(regex.pattern for regex in only)}")
    return some


def wanted(options, root):
    """The mutants that the options ask for, whose tables fit the sources."""
    mutants = read_tables(root)
    if found := faults(mutants, root):
        raise CannotRun("the mutants do not fit the sources:\n" + "\n".join(found))
    return chosen(mutants, options.only)


def run(options, bench, show=print):
    began = time.monotonic()
    mutants = wanted(options, bench.root)
    if options.list_:
        for mutant in mutants:
            show(f"{mutant.expected:10} {mutant.name:44} {mutant.edits[0].path}: {mutant.rule}")
        return 0
    bench.prepare(options.jobs)
    show(f"without any mutant, every test passes ({time.monotonic() - began:.0f} s)")
    outcomes = judge_all(bench, mutants, options.jobs, show)
    status = conclude(mutants, outcomes, show)
    if options.json:
        options.json.write_text(json.dumps(json_of(mutants, outcomes, time.monotonic() - began), indent=1) + "\n")
    return status
