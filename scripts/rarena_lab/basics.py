"""What every module uses: the root of the repository, how paths, numbers and times are written, and why something could not
run."""

import difflib
import os
import shlex
from concurrent.futures import wait
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ARTIFACTS = ROOT / "build" / "artifacts"
VERSION = "0.1.0"
INTERRUPTED = 130  # the exit status where 2 is wrong use


class CannotRun(Exception):
    """What was asked for cannot be done; the text says what was expected and found."""


def shown(path):
    """A path as a user would type it here: relative where it lies below the current folder."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith("..") else relative


def from_root(path):
    """A path as it is called in documents and reports: relative where it lies in the repository."""
    path = os.path.abspath(path)
    return os.path.relpath(path, ROOT) if path.startswith(f"{ROOT}{os.sep}") else path


def command_words(*words):
    """A command of ours as a user would type it here."""
    first = words[0] if os.path.exists(os.curdir) and os.path.samefile(os.curdir, ROOT) else str(ROOT / words[0])
    return shlex.join([first, *map(str, words[1:])])


def replay_command(path):
    return command_words("scripts/repro", shown(path))


def human(number):
    """Three digits and a unit: 950, 9.4k, 128k, 5M."""
    for unit, factor in (("", 1), ("k", 1e3), ("M", 1e6), ("G", 1e9)):
        value = number / factor
        if value < 999.5 or unit == "G":
            return f"{value:.0f}{unit}" if not unit or value >= 99.5 else f"{value:.1f}".removesuffix(".0") + unit


def rate(count, seconds):
    return human(count / seconds) if seconds > 0 else "-"


def duration(seconds):
    """36 s, 12 min, 3.5 h."""
    for unit, size in (("s", 1), ("min", 60)):
        if seconds < 100 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:.1f} h"


def nearest(name, known):
    """The one of the known names that was meant, probably, or nothing."""
    return next(iter(difflib.get_close_matches(name, known, 1, 0.6)), "")


def not_known(what, name, known):
    """What is said of a name that nobody knows: the nearest one, or all if there are few."""
    near = nearest(name, known)
    hint = f"; did you mean {near}?" if near else f" ({', '.join(known)})" if len(known) <= 12 else ""
    return f"expected {what}, found '{name}'{hint}"


def write_text(path, text):
    """Replaces the file at once, so that a reader never sees half of it."""
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(f"{path}.part", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(f"{path}.part", path)
    except OSError as error:
        raise CannotRun(f"cannot write {shown(path)}: {error.strerror}") from error


def awaited(future):
    """The result of a future. It waits in steps, because the system may give an interrupt to another thread; the main thread,
    which it is for, sees it when it runs next."""
    while not wait([future], timeout=1).done:
        pass
    return future.result()
