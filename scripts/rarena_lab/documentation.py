"""Doxygen over the public headers: those that the check `documented` of scripts/lab tidy looks at."""

import os
import subprocess

from .basics import ROOT, CannotRun
from .tidy.surface import DOCUMENTED

# What doxygen sees; in the last one the namespaces are documented, without which it says nothing of what is in them.
HEADERS = (*DOCUMENTED, "core/rarena.hpp")
DOXYFILE = ROOT / "scripts" / "lib" / "Doxyfile"


def warnings(output, root=ROOT):
    """Writes the pages into a folder; what doxygen complains about, one line each."""
    missing = [path for path in HEADERS if not (root / path).is_file()]
    if missing:  # doxygen passes over them
        raise CannotRun(f"expected {missing[0]}, found no such file")
    os.makedirs(output, exist_ok=True)
    settings = DOXYFILE.read_text(encoding="utf-8") + f'INPUT = {" ".join(HEADERS)}\nOUTPUT_DIRECTORY = "{output}"\n'
    try:
        done = subprocess.run(["doxygen", "-"], cwd=root, input=settings, capture_output=True, text=True, errors="replace",
                              check=False)
    except FileNotFoundError as error:
        raise CannotRun("expected doxygen, found no such program") from error
    lines = [line.removeprefix(f"{root}{os.sep}") for line in done.stderr.splitlines() if line.strip()]
    if done.returncode != 0 and not lines:
        raise CannotRun(f"doxygen ended with status {done.returncode} and said nothing")
    return lines
