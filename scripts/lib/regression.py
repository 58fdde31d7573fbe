#!/usr/bin/env python3
"""A ctest regression.NAME: one execution that once broke the code, or would break it with a known bug, is right.

  regression.py FILE ENGINE=PROGRAM...

FILE is an artifact in models/regressions; the program of its engine replays it.

exit status:
  0  the violation is not reproduced, nor is another one
  1  it is, or the execution violates something else
  3  could not run
"""

import json
import re
import subprocess
import sys

# What an engine says of a replay that shows another violation than the one expected.
ANOTHER = re.compile(r"NOT reproduced: expected .*, got (?!no violation)(.+)")
# What the checker says of a recording of other objects than those that there are now: it shows nothing any more.
OUTDATED = re.compile(r"first difference: ((?:datum|cell) .+)")


class CannotRun(Exception):
    pass


def program_of(path, words):
    try:
        with open(path, encoding="utf-8") as file:
            artifact = json.load(file)
    except OSError as error:
        raise CannotRun(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise CannotRun(f"{path}: expected JSON: {error}") from None
    programs = dict(word.split("=", 1) for word in words)
    engine = artifact.get("engine") if isinstance(artifact, dict) else None
    if engine not in programs:
        raise CannotRun(f'{path}: expected "engine": {", ".join(programs)}, found {json.dumps(engine)}')
    if artifact.get("mutant") != "":
        raise CannotRun(f'{path}: expected "mutant": "", for the shipped code, found {json.dumps(artifact.get("mutant"))}')
    return programs[engine]


def replay(path, words):
    program = program_of(path, words)
    try:
        done = subprocess.run([program, "repro", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    except OSError as error:
        raise CannotRun(f"{program}: {error.strerror}") from None
    print(done.stdout)
    if done.returncode not in (0, 1):
        raise CannotRun(f"{program} repro {path}: expected status 0 or 1, found {done.returncode}")
    if outdated := OUTDATED.search(done.stdout):
        raise CannotRun(f"{path}: expected a recording of the present objects, which must be recorded anew, found {outdated[1]}")
    if another := ANOTHER.search(done.stdout):
        print(f"regression: {path}: expected no violation, found {another[1]}")
        return 1
    if done.returncode == 0:
        print(f"regression: {path}: expected that the violation is not reproduced, found that it is")
        return 1
    return 0


def main(arguments):
    if not arguments or not all("=" in word for word in arguments[1:]):
        print(__doc__, file=sys.stderr)
        return 3
    try:
        return replay(arguments[0], arguments[1:])
    except CannotRun as error:
        print(f"regression: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
