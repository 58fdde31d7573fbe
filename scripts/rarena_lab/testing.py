"""What scripts/test does: its steps, in order, and what they have counted."""

import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import time

from . import builds, ctest_records
from .basics import INTERRUPTED, ROOT, command_words, write_text

STEPS = {"tidy": "text checks and formatting", "clang-tidy": "static analysis, minutes",
         "proofs": "the provers, and the mutants that they must reject; the quick part", "dev": "g++, every test",
         "asan": "clang++-19, address and undefined behaviour: the unit tests of core and fuzz, and the corpora",
         "tsan": "clang++-19, threads: the unit tests of core that have threads, and stress",
         "msan": "clang++-19, uninitialised memory: as asan"}
DEFAULT = ("tidy", "proofs", "dev", "asan", "tsan")
QUIET = re.compile(r"^ +Start +[0-9]+: | Passed +0\.[0-9]+ sec$")
PASSED = ROOT / "build" / "log" / "passed.json"


@dataclasses.dataclass
class Count:
    """The tests of one step."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    again: str = ""  # the command that runs what failed


@dataclasses.dataclass
class Step:
    name: str
    count: Count | None = None
    seconds: float = 0.0
    before: bool = False  # it had passed on the same tree, and was not run again

    @property
    def result(self):
        return "not run" if self.count is None else "FAILED" if self.count.failed else "before" if self.before else "passed"


class Tests:
    def __init__(self, steps, label="", full=False, resume=False):
        self.steps = [Step(name) for name in steps]
        self.label, self.full, self.resume = label, full, resume

    # The steps.

    def lab(self, *words):
        """One test that is a command of ours."""
        status = subprocess.run([ROOT / "scripts/lab", *words], check=False).returncode
        return Count(passed=1) if status == 0 else Count(failed=1, again=command_words("scripts/lab", *words))

    def run_step(self, name):
        if name == "tidy":
            return self.lab("tidy")
        if name == "clang-tidy":
            return self.lab("tidy", "--clang-tidy")
        if name == "proofs":
            return self.lab("prove", "--quick", "--summary")
        return self.ctest(name)

    def ctest(self, preset):
        """Builds a preset and runs its tests, those of dev whose label matches, of the others the unit tests."""
        again = command_words("scripts/test", *(["--label", self.label] if self.label else ["--step", preset]))
        label = self.label if preset == "dev" else f"^(unit{'|stress' if self.full else ''})$"
        try:
            builds.build(preset, *(("all", "churn", "kill_reopen") if self.full and preset == "asan" else ()))
        except builds.BuildFailed:
            return Count(failed=1, again=again)
        record, records = builds.LOGS / f"{preset}.junit.xml", ROOT / "build" / preset / "records"
        record.unlink(missing_ok=True)
        shutil.rmtree(records, ignore_errors=True)
        records.mkdir()
        command = ["ctest", "--preset", preset, "--output-on-failure", "--no-tests=error", "-j2", "--test-output-size-passed",
                   "1000000", "--output-junit", record, *(["-L", label] if label else [])]
        # Shown: failures, slow tests, the summary. The record has the others.
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, errors="replace") as ctest:
            for line in ctest.stdout:
                if not QUIET.search(line.rstrip()):
                    print(line, end="", flush=True)
        count = Count(again=again if ctest.returncode else "")
        if record.is_file() and record.stat().st_size:
            count.passed, count.failed, count.skipped = ctest_records.counts(record, records)
            if world := ctest_records.world(record):
                print(world)
        if ctest.returncode and not count.failed:
            count.failed = 1
        return count

    # Resuming.

    def key(self, name):
        return f"{name}{' full' if self.full else ''}{' ' + self.label if self.label else ''}"

    def run(self):
        """True if it was interrupted."""
        before = known() if self.resume else {}
        state = tree_state()
        for step in self.steps:
            last = before.get(self.key(step.name))
            if last and last["state"] == state:
                step.count, step.before = Count(last["passed"], 0, last["skipped"]), True
                print(f"== {step.name}: passed before on this tree")
                continue
            print(f"== {step.name}", flush=True)
            began = time.monotonic()
            try:
                step.count = self.run_step(step.name)
            except KeyboardInterrupt:
                step.seconds = time.monotonic() - began
                return True
            step.seconds = time.monotonic() - began
            if not step.count.failed and tree_state() == state:
                remember(self.key(step.name), {"state": state, "passed": step.count.passed, "skipped": step.count.skipped})
        return False

    def report(self, interrupted):
        """Prints the table; the exit status."""
        print(f"\n{'step':12} {'result':8} {'seconds':>6}")
        for step in self.steps:
            print(f"{step.name:12} {step.result:8} {step.seconds:6.0f}")
        done = [step.count for step in self.steps if step.count]
        for count in done:
            if count.again:
                print(f"again: {count.again}")
        passed, failed, skipped = (sum(getattr(count, name) for count in done) for name in ("passed", "failed", "skipped"))
        if interrupted:
            print(f"interrupted: {len(done)} of {len(self.steps)} steps had ended; the tests of the others are not counted")
        print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
        return 1 if failed else INTERRUPTED if interrupted else 0


def tree_state():
    """A hash of every file that git does not ignore."""
    state = hashlib.sha256()
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True,
                            check=False)
    for path in sorted(filter(None, listed.stdout.split(b"\0"))):
        file = os.path.join(os.fsencode(ROOT), path)
        if os.path.isfile(file):
            with open(file, "rb") as content:
                state.update(path + b"\0" + hashlib.sha256(content.read()).digest())
    return state.hexdigest()


def known():
    try:
        value = json.loads(PASSED.read_text(encoding="utf-8"))
        return value if isinstance(value, dict) else {}
    except (OSError, ValueError):
        return {}


def remember(key, entry):
    write_text(PASSED, json.dumps(known() | {key: entry}, indent=1) + "\n")


def labels():
    """The labels of what is built, by preset."""
    for preset in STEPS:
        folder = ROOT / "build" / preset
        if (folder / "CTestTestfile.cmake").exists():
            told = subprocess.run(["ctest", "--test-dir", folder, "--print-labels"], capture_output=True, text=True,
                                  check=False)
            for label in re.findall(r"^  (.+)$", told.stdout, re.MULTILINE):
                yield preset, label
