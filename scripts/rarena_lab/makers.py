"""Who made a finding, and can run it again, make it small, and keep it as a test: one class per kind of program.

The exit status of a replay means the same for all: 0 reproduced, 1 not, 3 the finding or its program is unusable.
"""

import base64
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import builds, engines, fuzzing
from .basics import ARTIFACTS, ROOT, CannotRun, command_words, from_root, replay_command, shown
from .findings import MODEL_ENGINES, read

REPRODUCED, NOT_REPRODUCED = 0, 1
# What an engine says of a replay that shows another violation than the one expected.
ANOTHER = re.compile(r"NOT reproduced: expected .*, found (?!no violation)(.+)")
# What the checker says of a recording of other objects than those that there are now: it shows nothing any more.
OUTDATED = re.compile(r"first difference: ((?:datum|cell) .+)")
# And where two steps differ: if in nothing but the numbers of their places in the ledger, the recording is of another ledger.
DIFFERENCE = re.compile(r"first difference: .*?: expected (.+), found (.+)")
CHURN_SETTINGS = ("bug", "backing", "freelist", "threads", "capacity", "operations", "seconds", "round", "hesitate",
                  "seed")
UNREPEATABLE = "does not repeat, so a test of it would hold whatever the code does"


class Refused(Exception):
    """A finding cannot become a test, and why."""


def told(status, meanings):
    """The exit status of a replay, from that of a program."""
    if status not in meanings:
        raise CannotRun(f"expected that the program ends with status {' or '.join(map(str, meanings))}, found {status}")
    return meanings[status]


def run(command, **more):
    try:
        return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, check=False, **more)
    except OSError as error:
        raise CannotRun(f"{command[0]}: {error.strerror}") from None


def small_path(finding):
    """Where the smaller one of a finding is left."""
    name = finding.path.stem.removeprefix("finding-").removeprefix("shrunk-")
    path = finding.path.resolve()
    folder = path.parent if path.is_relative_to(ROOT / "build") else ARTIFACTS
    return folder / f"shrunk-{name}.json"


class Maker:
    def __init__(self, finding):
        self.finding = finding

    def replay(self):
        raise NotImplementedError

    def shrink(self, seconds):
        """Prints what was made of it; the exit status: 0 a smaller finding is left, 1 there was nothing to shrink."""
        raise CannotRun(f"{self.finding.engine} findings cannot be shrunk")

    def kept(self, name):
        """(where the file of a permanent test lies, its ctest)."""
        raise NotImplementedError

    def keep(self, path):
        shutil.copyfile(self.finding.path, path)

    def refuse_bug(self):
        if self.finding.bug:
            bug = self.finding.bug
            raise Refused(f"it shows the known bug {bug}, not the shipped code; that engines find it is tested already")


def outdated(said):
    """Why a recording shows nothing any more, whatever the code does, or an empty text."""
    if match := OUTDATED.search(said):
        return match[1]
    match = DIFFERENCE.search(said)
    same = match and re.sub(r"label \d+", "", match[1]) == re.sub(r"label \d+", "", match[2])
    return match[0] if same else ""


class Model(Maker):
    """An engine of models/."""

    def program(self):
        engine = engines.named(self.finding.engine)
        if not engine.override:
            builds.build("dev", engine.target)
        if not os.access(engine.program, os.X_OK):
            raise CannotRun(f"cannot run the engine: {engine.program} is not an executable file")
        return engine.program

    def replay(self):
        return told(run([self.program(), engines.REPLAY, self.finding.path]).returncode, {0: REPRODUCED, 1: NOT_REPRODUCED})

    def holds(self):
        """The exit status of a permanent test: 0 if neither the violation is reproduced nor another one is."""
        self.refuse_bug()
        done = run([self.program(), engines.REPLAY, self.finding.path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                   text=True, errors="replace")
        print(done.stdout)
        status, where = told(done.returncode, {0: REPRODUCED, 1: NOT_REPRODUCED}), shown(self.finding.path)
        if found := outdated(done.stdout):
            raise CannotRun(f"{where}: expected a recording of the present objects, which must be recorded anew, found {found}")
        if another := ANOTHER.search(done.stdout):
            print(f"{where}: expected no violation, found {another[1]}")
            return 1
        if status == REPRODUCED:
            print(f"{where}: expected that the violation is not reproduced, found that it is")
            return 1
        return 0

    def shrink(self, _seconds):
        self.program()
        small = small_path(self.finding)
        small.parent.mkdir(parents=True, exist_ok=True)
        engine = engines.named(self.finding.engine)
        try:
            least = engines.result_of(engine, [engines.SHRINK, str(self.finding.path), engines.FINDING, str(small)])
        except CannotRun as error:
            raise CannotRun(f"the engine {engine.name} does not shrink this: {error}") from error
        print("\n".join(shrunk_lines(least)), flush=True)
        if least["invariant"] != self.finding.violation["invariant"] or least["control"] not in ("", "held"):
            print(f"NOT AS EXPECTED: {self.finding.violation['invariant']} became {least['invariant']}, and without the bug: "
                  f"{least['control']}")
            return 1
        return 0

    def kept(self, name):
        self.refuse_bug()
        return ROOT / "models/regressions" / f"{name}.json", f"regression.{name}"


def shrunk_lines(least):
    """What an engine made of a violation; what only the checker tells is said if it is there."""
    yield f"{least['invariant']}:"
    for when, size in (("before", least["from"]), ("after", least["to"])):
        yield f"  {when + ':':<8} {size['threads']} threads, {size['calls']} calls, {size['parts']} parts: {size['program']}"
    if "violating" in least:
        violating = f"{least['violating']:,}"
        chosen = f"the simplest of all {violating}" if least["all_seen"] else f"the simplest of the first {violating}, bounded,"
        explained = "" if least["interleaved"] else "; no interleaving explains it"
        yield (f"  execution: {chosen} that violate: {least['switches']} context switches, {least['old_reads']} reads of old "
               f"stores{explained}")
    undecided = f", {least['undecided']} of them not decided within the maximum of executions" if least["undecided"] else ""
    yield f"  {least['candidates']} candidates{undecided}, {least['iterations']:,} executions, {least['seconds']:.1f} s"
    yield f"  without the bug: {least['control'] or 'there is none'}"
    yield from (f"  suspect: {suspect}" for suspect in least.get("suspects", []))
    yield f"  {replay_command(least['finding'])}"
    yield from ["", least["trace"]] if least.get("trace") else []


class Input(Maker):
    """Bytes that libFuzzer kept."""

    def scenario(self):
        return ":".join(filter(None, (self.finding.scenario, self.finding.freelist, self.finding.bug)))

    def sanitizer(self):
        return self.finding.options.get("sanitizer", "address")

    def file(self, folder):
        path = Path(folder, "input")
        path.write_bytes(self.finding.input())
        return path

    def replay(self):
        target = self.finding.target
        fuzzing.build(target, self.sanitizer())
        with tempfile.TemporaryDirectory() as folder:
            command = [fuzzing.program_of(target, self.sanitizer()), self.file(folder)]
            done = fuzzing.call(command, target, self.scenario(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(f"{shown(self.finding.path)}: {'nothing found' if done.returncode == 0 else 'FOUND'}")
        if done.returncode == 0:
            return NOT_REPRODUCED
        print(done.stdout)
        progress = fuzzing.Progress()
        for line in done.stdout.splitlines():
            progress.read(line)
        if not progress.message:
            raise CannotRun(f"{command[0]}: status {done.returncode}, and it found nothing")
        return REPRODUCED

    def smaller(self, seconds, out):
        """Whether there is something to shrink; the smaller input is then in `out`."""
        fuzzing.build(self.finding.target, self.sanitizer())
        with tempfile.TemporaryDirectory() as folder:
            if not fuzzing.smaller(self.finding.target, self.sanitizer(), self.scenario(), self.file(folder), out, seconds):
                print(f"{shown(self.finding.path)}: nothing found, so there is nothing to shrink")
                return False
        return True

    def shrink(self, seconds):
        finding = self.finding
        with tempfile.TemporaryDirectory() as folder:
            small = Path(folder, "small")
            if not self.smaller(seconds, small):
                return 1
            before, after = len(finding.input()), small.stat().st_size
            finding.attachments["input"] = base64.b64encode(small.read_bytes()).decode()
        path = finding.write(small_path(finding))
        print(f"{shown(path)}: {after} of {before} bytes\nreplay: {replay_command(path)}")
        return 0

    def kept(self, name):
        if self.finding.target != "reopen":
            better = {"schedule": "JSON file", "op_sequence": "history"}[self.finding.target]
            raise Refused(f"these are bytes of the target {self.finding.target}; expected the {better} that it names as its "
                          "finding")
        return fuzzing.seeds_of("reopen") / name, "fuzz.reopen.corpus"

    def keep(self, path):
        """An input becomes a seed, as small as it goes."""
        with tempfile.TemporaryDirectory() as folder:
            small = Path(folder, "small")
            if not self.smaller(60, small):
                raise Refused("only a finding becomes a permanent test")
            shutil.copyfile(small, path)


class Operations(Maker):
    """A history of operations, as text."""

    def program(self):
        builds.build("dev", "operations")
        return builds.program("dev", "fuzz/op_sequence/operations")

    def file(self, folder):
        path = Path(folder, "history.ops")
        path.write_text(self.finding.attachments["operations"], encoding="utf-8")
        return path

    def replay(self):
        program = self.program()
        with tempfile.TemporaryDirectory() as folder:
            return told(run([program, engines.JUDGE, self.file(folder)]).returncode, {0: NOT_REPRODUCED, 1: REPRODUCED})

    def shrink(self, _seconds):
        program, finding = self.program(), self.finding
        with tempfile.TemporaryDirectory() as folder:
            small = Path(folder, "small.ops")
            status = told(run([program, engines.SHRINK_HISTORY, self.file(folder), small]).returncode, {0: 0, 1: 1})
            if status == 0:
                finding.attachments["operations"] = small.read_text(encoding="utf-8")
        if status == 0:
            path = finding.write(small_path(finding))
            print(f"{finding.attachments['operations']}\n{shown(path)}\nreplay: {replay_command(path)}")
        return status

    def kept(self, name):
        return ROOT / "fuzz/op_sequence/corpus" / f"{name}.ops", "fuzz.op_sequence.corpus"

    def keep(self, path):
        path.write_text(self.finding.attachments["operations"], encoding="utf-8")


def plain(value):
    """A setting as a command line takes it: 20.0 seconds are 20."""
    return f"{value:g}" if isinstance(value, float) else str(value)


class Churn(Maker):
    """Many threads on one arena."""
    program, word, options = "churn", engines.CHURN_REPLAY, CHURN_SETTINGS
    why_unshrinkable = ("a schedule of the system's threads does not repeat, so no smaller one can be tried; fewer --threads or "
                        "--operations are runs of their own")
    why_refused = f"a schedule of real threads {UNREPEATABLE}"

    def replay(self):
        preset = self.finding.options.get("preset", "dev")
        builds.build(preset, self.program)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"{self.program}.json")
            path.write_text(json.dumps(self.finding.attachments["artifact"]), encoding="utf-8")
            status = run([builds.program(preset, f"stress/{self.program}"), self.word, path]).returncode
        return told(status, {0: REPRODUCED, 1: NOT_REPRODUCED})

    def shrink(self, _seconds):
        raise CannotRun(f"what {self.program} found cannot be shrunk: {self.why_unshrinkable}")

    def settings(self):
        settings = self.finding.attachments["artifact"].get("settings")
        return settings if isinstance(settings, dict) else {}

    def again(self):
        """What runs the same configuration again."""
        words = [word for option in self.options if self.settings().get(option)
                 for word in (f"--{option}", plain(self.settings()[option]))]
        return f"{command_words('scripts/lab', 'stress', self.program)} {shlex.join(words)}".rstrip()

    def kept(self, _name):
        raise Refused(f"{self.why_refused}; the same configuration again: {self.again()}")


class LongRuns(Churn):
    """An arena that was used for long."""
    program, word, options = "long_runs", engines.LONG_RUNS_REPLAY, ()
    why_unshrinkable = "it is the sum of a long run; fewer --operations are a run of their own"
    why_refused = "a long run is kept as a ctest of stress/CMakeLists.txt, with its settings"

    def again(self):
        return replay_command(self.finding.path)


class Sharing(LongRuns):
    """Processes that shared a file, and were killed."""
    program, word = "sharing", engines.SHARING_REPLAY
    why_unshrinkable = f"the moments of its kills {UNREPEATABLE}; fewer --kills are a run of their own"
    why_refused = f"the moment of a kill {UNREPEATABLE}"


class Kill(Maker):
    """A process that was killed at work on a file."""

    def replay(self):
        builds.build("dev", "kill_reopen")
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.finding.attachments["files"].items():
                Path(folder, Path(name).name).write_bytes(base64.b64decode(content))
            status = run([builds.program("dev", "stress/kill_reopen"), engines.KILL_REPLAY, folder]).returncode
        return told(status, {0: NOT_REPRODUCED, 1: REPRODUCED})

    def shrink(self, _seconds):
        raise CannotRun("what kill_reopen found cannot be shrunk: it is the file of one moment of one process, which does not "
                        "come again")

    def kept(self, _name):
        raise Refused(f"the moment of a kill {UNREPEATABLE}; the same configuration again: "
                      f"{command_words('scripts/lab', 'stress', 'kill_reopen')} "
                      f"{self.finding.options.get('run') or '--seed S'}; what is kept is judged by "
                      f"{replay_command(self.finding.path)}")


def maker_of(path, target=""):
    finding = read(path, target)
    needed = {"churn": "artifact", "long_runs": "artifact", "sharing": "artifact", "kill_reopen": "files"}.get(finding.engine)
    if finding.engine in MODEL_ENGINES:
        return Model(finding)
    if finding.engine == "op_sequence" and "operations" in finding.attachments:
        return Operations(finding)
    needed = needed or "input"
    if needed not in finding.attachments:
        raise CannotRun(f'{shown(path)}: expected an attachment "{needed}", found {", ".join(finding.attachments) or "none"}')
    return {"churn": Churn, "long_runs": LongRuns, "sharing": Sharing, "kill_reopen": Kill}.get(finding.engine, Input)(finding)


def promote(path, name, target=""):
    """Makes a finding a permanent test; the exit status."""
    maker = maker_of(path, target)
    kept, test = maker.kept(name)
    if kept.exists():
        raise CannotRun(f"expected a new name, found {from_root(kept)}")
    reproduced = maker.replay() == REPRODUCED
    kept.parent.mkdir(parents=True, exist_ok=True)
    maker.keep(kept)
    print(f"{from_root(kept)}: ctest {test} {'fails until it is repaired' if reproduced else 'holds'}")
    return 0
