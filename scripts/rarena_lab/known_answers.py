"""What the provers have answered before: an answer follows from the files that ask, the options, and the versions of those that
answer, so what was as expected is not asked again. What failed or found no end is not kept."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

from .basics import ROOT, CannotRun, write_text

FOLDER = ROOT / "build" / "proofs" / "known"


def version(command):
    """What a program says of itself."""
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotRun(f"{' '.join(command)}: {error.strerror}") from error
    if told.returncode != 0:
        raise CannotRun(f"{' '.join(command)}: expected a version, found exit status {told.returncode}")
    return told.stdout + told.stderr


def key(program, options, versions):
    """Of a program's answers: every file of its folder, its name and options, and what the versions are."""
    folder = Path(program).parent
    state = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        state.update(f"{path.relative_to(folder)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    words = [os.path.basename(program), *options, *map(version, versions)]
    state.update(json.dumps(words).encode())
    return state.hexdigest()


def find(name, wanted):
    """The answers of this key, or None."""
    try:
        kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        return kept["answers"] if kept["key"] == wanted else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(name, wanted, answers):
    write_text(FOLDER / f"{name}.json", json.dumps({"key": wanted, "answers": answers}) + "\n")
