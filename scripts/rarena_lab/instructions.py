"""Instructions of the fast paths, counted by callgrind, against their limits.

    python3 -m rarena_lab.instructions COMPILER PROGRAM     one compiler's program; exit status 0 within the limits, 1 above
                                                            them, 3 it could not run
"""

import functools
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from .basics import ROOT, CannotRun, shown
from .tables import table

LIMITS = ROOT / "stress/bench/instructions/limits.json"
OPERATIONS = 1000
PREFIX = "measured_"
# A name comes with its number the first time, and then as its number alone.
CALLED = re.compile(r"^cfn=\((\d+)\)(?: (.*))?$")
FUNCTION = re.compile(r"^fn=\((\d+)\)(?: (.*))?$")


@functools.cache
def limits():
    """{case: {compiler: the most instructions of an operation}}, and of which limit the planted count must be above."""
    return json.loads(LIMITS.read_text(encoding="utf-8"))


def inclusive(lines):
    """{case: instructions of the calls of its function, with all that it calls}, of a file of callgrind."""
    names, counts, called, next_is_cost = {}, {}, "", False
    for line in lines:
        if match := FUNCTION.match(line) or CALLED.match(line):
            names.setdefault(match[1], match[2] or "")
            called = names[match[1]] if line.startswith("cfn=") else called
        elif line.startswith("calls="):
            next_is_cost = True
        elif next_is_cost:
            next_is_cost = False
            if called.startswith(PREFIX):
                case = called.removeprefix(PREFIX)
                counts[case] = counts.get(case, 0) + int(line.split()[1])
    return counts


def count(program, operations):
    """What callgrind counts of each case."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "callgrind.out")
        try:
            done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, str(operations)],
                                  capture_output=True, text=True, errors="replace", check=False)
        except OSError as error:
            raise CannotRun(f"valgrind: {error.strerror}") from error
        if done.returncode != 0 or not out.exists():
            raise CannotRun(f"valgrind of {shown(program)}: status {done.returncode}: {done.stderr.strip()[-500:]}")
        return inclusive(out.read_text(encoding="utf-8", errors="replace").splitlines())


def per_operation(once, twice, operations):
    """{case: instructions of one operation}: what does not grow with the operations drops out."""
    return {case: (twice[case] - once[case]) / operations for case in twice if case in once}


def judge(compiler, counts):
    """(rows of a table, faults)."""
    rows, faults = [], []
    own = {case: of[compiler] for case, of in limits()["cases"].items()}
    for case, limit in own.items():
        if case not in counts:
            faults.append(f"{case}: nothing was counted")
            continue
        rows.append([case, f"{counts[case]:.1f}", limit])
        if counts[case] > limit:
            faults.append(f"{case}, {compiler}: found {counts[case]:.1f} instructions an operation, expected at most {limit}")
    planted, above = counts.get("planted", 0), own[limits()["planted_is_above"]]
    if planted <= above:
        faults.append(f"planted, {compiler}: found {planted:.1f} instructions of two operations, expected more than {above} "
                      "of one")
    return rows, faults


def measure(compiler, program):
    """Prints the table; the exit status."""
    counts = per_operation(count(program, OPERATIONS), count(program, 2 * OPERATIONS), OPERATIONS)
    rows, faults = judge(compiler, counts)
    print(f"instructions of an operation, {compiler}")
    print("\n".join(table(["case", "found", "at most"], rows, (1, 2))))
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


def main(words):
    if len(words) != 2 or words[0] not in ("g++", "clang"):
        print(__doc__, file=sys.stderr)
        return 3
    try:
        return measure(*words)
    except CannotRun as error:
        print(f"could not run: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
