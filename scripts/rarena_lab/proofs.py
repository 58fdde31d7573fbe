"""scripts/lab prove: checks every proof of proofs/, and that each of its mutants is rejected.

A statement is in words; its row has the invariants that it is about, the tools that agreed, their seconds (of processor time,
nearly) and the verdict. A mutant is a design that is broken on purpose: it must be rejected.
"""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from . import known_answers
from .basics import INTERRUPTED, ROOT, CannotRun, awaited
from .tables import markdown

GOOD = ("holds", "proved", "rejected")


@dataclasses.dataclass(frozen=True)
class Prover:
    name: str
    program: str           # prints a JSON line per statement and tool
    test: str              # of the program: that it refuses what is wrong
    quick: tuple = ()      # arguments
    full: tuple = ()
    jobs: bool = False     # may be told how many processes to run
    versions: tuple = ()   # commands: what they print decides the answers, too
    always: str = ""       # a test that reads files of other folders, so that its answer is never known from before


AT_ONCE = 2
PYTHON = (sys.executable, "--version")
PROVERS = (  # two at a time, the longest first, each on half of the cores
    Prover("iris", "proofs/iris/prove.py", "proofs/iris/prove_test.py", quick=("--quick",), jobs=True,
           versions=(("coqc", "--version"), ("dpkg-query", "-W", "coq", "libcoq-iris", "libcoq-stdpp"), PYTHON)),
    Prover("smt", "proofs/smt/prove.py", "proofs/smt/prove_test.py", full=("--lines",), jobs=True,
           versions=(("z3", "--version"), ("cvc5", "--version"), PYTHON), always="proofs/smt/table_test.py"),
    Prover("spin", "proofs/spin/verify.py", "proofs/spin/verify_test.py", full=("--full",), jobs=True,
           versions=(("spin", "-V"), ("gcc", "--version"), PYTHON)),
)


@dataclasses.dataclass
class Row:
    """A statement, with all tools that were asked about it."""
    statement: str
    about: str
    ids: tuple
    mutant: bool
    tools: dict = dataclasses.field(default_factory=dict)  # name -> seconds
    verdicts: set = dataclasses.field(default_factory=set)
    notes: list = dataclasses.field(default_factory=list)
    before: bool = False   # its answers are known from before

    @property
    def good(self):
        return bool(self.verdicts) and all(verdict in GOOD for verdict in self.verdicts)

    @property
    def verdict(self):
        return next((verdict for verdict in sorted(self.verdicts) if verdict not in GOOD),
                    min(self.verdicts, default="nothing"))


def add(rows, record, before=False):
    """Iris names a theorem or a mutant, and says it in words; the others name a statement, and may."""
    mutant = "mutant" in record or record.get("statement", "").startswith("mutant ")
    if "mutant" in record:
        name, about = f"mutant {record['mutant']}", record["why"]
    elif "theorem" in record:
        name, about = record["theorem"], record["statement"]
    else:
        name, about = record["statement"], record.get("about", "")
    row = rows.setdefault(name, Row(name, about, tuple(record.get("ids", ())), mutant, before=before))
    row.tools[record["tool"]] = row.tools.get(record["tool"], 0) + record["seconds"]
    row.verdicts.add(record["verdict"])
    wanted = ("by", "fails_at", "found") if record["verdict"] == "rejected" else ("found", "again", "failing")
    row.notes += [f"{key}: {record[key]}" for key in wanted if record.get(key)]


class Children:
    """The provers that run. Each is in a session of its own, so that Ctrl-C reaches this program alone, which ends all of
    them."""

    def __init__(self):
        self.running, self.stopped = set(), False

    def start(self, *words, **more):
        if self.stopped:
            raise CannotRun("interrupted")
        process = subprocess.Popen([sys.executable, "-B", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT,
                                   start_new_session=True, **more)
        self.running.add(process)
        return process

    def stop(self):
        self.stopped = True
        for process in list(self.running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def believable(command, rows, status):
    """Complains of an exit status that does not go with the rows."""
    if status not in (0, 1):
        raise CannotRun(f"{' '.join(command)}: exit status {status}")
    if status == 1 and all(row.good for row in rows.values()):
        raise CannotRun(f"{' '.join(command)}: exit status 1, and every verdict is good")
    if not any(row.mutant for row in rows.values()):
        raise CannotRun(f"{' '.join(command)}: no mutant was tried")


def run_prover(prover, options, progress, children):
    """The rows of one prover. Its standard error, which says what failed and how to see it again, is ours."""
    path = os.path.join(ROOT, prover.program)
    chosen = prover.quick if options.quick else prover.full
    name, key = f"{prover.name}.{'quick' if options.quick else 'full'}", known_answers.key(path, chosen, prover.versions)
    rows = {}
    for record in (not options.again and known_answers.find(name, key)) or ():
        add(rows, record, before=True)
    if rows:
        return list(rows.values())
    alone = list(options.only) == [prover.name]
    jobs = ["--jobs", str(max(1, (os.cpu_count() or 1) // (1 if alone else AT_ONCE)))] if prover.jobs else []
    command, records = [path, *chosen, *jobs], []
    process = children.start(*command)
    for line in process.stdout:
        try:
            records.append(json.loads(line))
            add(rows, records[-1])
        except (ValueError, KeyError) as error:
            raise CannotRun(f"{' '.join(command)}: expected JSON with a statement, found {line.strip()!r} ({error})") from error
        progress(f"{prover.name}: {len(rows)} statements and mutants")
    status = process.wait()
    believable(command, rows, status)
    if status == 0 and all(row.good for row in rows.values()):
        known_answers.keep(name, key, records)
    return list(rows.values())


def test_prover(prover, test, options, progress, children):
    """A row that says whether the prover refuses planted faults."""
    path, what = os.path.join(ROOT, test), f"{prover.name}: tests of its driver"
    lasting = test != prover.always
    name, key = f"{prover.name}.test", lasting and known_answers.key(path, (), prover.versions)
    if lasting and not options.again and (record := known_answers.find(name, key)):
        return Row(what, "", (), False, {"unittest": record["seconds"]}, {"holds"}, before=True)
    progress(f"{prover.name}: {test}")
    begin = time.monotonic()
    process = children.start(path, stderr=subprocess.STDOUT)
    said = process.communicate()[0]
    if process.returncode != 0 and not children.stopped:
        print(said, file=sys.stderr)
    row = Row(what if lasting else f"{prover.name}: its tables", "", (), False, {"unittest": time.monotonic() - begin})
    row.verdicts.add("holds" if process.returncode == 0 else "failed")
    if lasting and process.returncode == 0:
        known_answers.keep(name, key, {"seconds": row.tools["unittest"]})
    return row


def cells(row):
    words = f"{row.statement}: {row.about}" if row.about else row.statement
    notes = f" ({'; '.join(row.notes)})".replace("|", r"\|") if row.notes else ""
    return words, ", ".join(row.ids), "+".join(sorted(row.tools)), f"{sum(row.tools.values()):.1f}", row.verdict + notes


def lines(rows, summary):
    for mutants, head in ((False, "statement"), (True, "mutant")):
        some = [row for row in rows if row.mutant == mutants and not (summary and row.good)]
        if not some:
            continue
        yield ""
        yield from markdown([head, "invariants", "tools", "seconds", "verdict"], map(cells, some))


def prove(options):
    began = time.monotonic()
    last, lock = [0.0], threading.Lock()

    def progress(text):
        now = time.monotonic()
        with lock:
            if not sys.stderr.isatty() and now - last[0] < 20:
                return
            last[0] = now
            print(f"[{now - began:4.0f} s] {text}", file=sys.stderr, flush=True)

    def rows_of(prover):
        tests = [test_prover(prover, test, options, progress, children) for test in (prover.test, prover.always) if test]
        return [*tests, *run_prover(prover, options, progress, children)]

    wanted = [prover for prover in PROVERS if not options.only or prover.name in options.only]
    rows, done, children = [], [], Children()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for prover, future in zip(wanted, [pool.submit(rows_of, prover) for prover in wanted]):
                rows += awaited(future)
                done.append(prover.name)
        except KeyboardInterrupt:
            children.stop()
            print(f"\ninterrupted: of {', '.join(prover.name for prover in wanted)} had finished: {', '.join(done) or 'none'}; "
                  f"{sum(row.good for row in rows)} of their {len(rows)} statements and mutants were as expected")
            return INTERRUPTED
        finally:
            pool.shutdown(cancel_futures=True)
    print("\n".join(lines(rows, options.summary)))
    statements = [row for row in rows if not row.mutant]
    mutants = [row for row in rows if row.mutant]
    bad = [row for row in rows if not row.good]
    before = sum(row.before for row in rows)
    known = f"{before} answers known from before, --again asks anew; " if before else ""
    what = "no lines were left out, spin ran small sizes only, Iris no long example and few mutants; " if options.quick else ""
    print(f"\n{'FAILED' if bad else 'all as expected'}: {len(statements) - sum(not row.mutant for row in bad)} of "
          f"{len(statements)} statements hold, {len(mutants) - sum(row.mutant for row in bad)} of {len(mutants)} mutants are "
          f"rejected; {what}{known}{time.monotonic() - began:.0f} s. What they assume and do not say: proofs/README.md")
    return 1 if bad else 0
