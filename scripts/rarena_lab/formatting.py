"""clang-format-19 over C++ files, with .clang-format."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from .basics import ROOT, CannotRun

WHAT = "not formatted, expected the output of scripts/lab format"
AT_ONCE = 8  # files of one process


def clang_format(files, *options):
    """(status, what it says on standard error) of each process."""
    def one(some):
        done = subprocess.run(["clang-format-19", f"--style=file:{ROOT / '.clang-format'}", *options, *some],
                              capture_output=True, text=True, errors="replace", check=False)
        return done.returncode, done.stderr
    parts = [files[first:first + AT_ONCE] for first in range(0, len(files), AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(one, parts))


def format_files(files):
    for status, said in clang_format(files, "-i"):
        if status != 0:
            raise CannotRun(f"clang-format-19: status {status}: {said.strip()[:500]}")


def unformatted(files, root=ROOT):
    """(path from the root, first line) of each file that is not formatted."""
    found = {}
    for status, said in clang_format(files, "--dry-run", "-Werror"):
        places = re.findall(r"^([^ \n].*?):(\d+):\d+: error:", said, re.MULTILINE)
        if status != 0 and not places:
            raise CannotRun(f"clang-format-19: status {status}: {said.strip()[:500]}")
        for path, line in places:
            path = os.path.relpath(os.path.realpath(path), os.path.realpath(root))
            found.setdefault(path, int(line))
    return sorted(found.items())
