"""Doxygen over the public headers: those that the check `documented` of scripts/lab tidy looks at."""

import os
import subprocess

from .basics import ROOT, CannotRun
from .tidy.surface import is_public

DOXYFILE = ROOT / "scripts" / "lib" / "Doxyfile"


def headers(root=ROOT):
    """Their paths from the root. In rarena.hpp the namespaces are documented, without which doxygen says nothing of them."""
    paths = [path.relative_to(root).as_posix() for path in sorted((root / "core").rglob("*.hpp"))]
    return [path for path in paths if is_public(path, (root / path).read_text(encoding="utf-8"))]


def warnings(output, root=ROOT):
    """Writes the pages into a folder; what doxygen complains about, one line each."""
    public = headers(root)
    if "core/rarena.hpp" not in public:
        raise CannotRun("expected core/rarena.hpp with the namespace rarena, found none")
    os.makedirs(output, exist_ok=True)
    settings = DOXYFILE.read_text(encoding="utf-8") + f'INPUT = {" ".join(public)}\nOUTPUT_DIRECTORY = "{output}"\n'
    try:
        done = subprocess.run(["doxygen", "-"], cwd=root, input=settings, capture_output=True, text=True, errors="replace",
                              check=False)
    except FileNotFoundError as error:
        raise CannotRun("expected doxygen, found no such program") from error
    lines = [line.removeprefix(f"{root}{os.sep}") for line in done.stderr.splitlines() if line.strip()]
    if done.returncode != 0 and not lines:
        raise CannotRun(f"doxygen ended with status {done.returncode} and said nothing")
    return lines
