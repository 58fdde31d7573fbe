"""scripts/lab tidy --clang-tidy: static analysis of every compiled file of core and models, in parallel."""

import json
import os
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..basics import CannotRun
from .tree import Tree

FOLDERS = ("core/", "models/")
DIAGNOSTIC = re.compile(r"^(/[^:]+):(\d+):\d+: (?:warning|error): (.*)$", re.MULTILINE)


def configured(root, preset):
    """A folder of its own, in which nothing is built: the builds compile several sources as one file, and precompile headers."""
    folder = Path(root, "build", "tidy", preset)
    done = subprocess.run(["cmake", "--preset", preset, "-B", folder, "-DRARENA_UNITY=OFF",
                           "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotRun(f"cmake --preset {preset}: exit status {done.returncode}: {done.stderr.strip()[-200:]}")
    return folder


def compiled(root):
    """{file: the folder of its compilation database}. Some files are in the build of one sanitizer only."""
    folders = {}
    for preset in ("asan", "dev"):
        folder = configured(root, preset)
        for entry in json.loads(Path(folder, "compile_commands.json").read_text()):
            folders[str(Path(entry["directory"], entry["file"]).resolve())] = folder
    return folders


def analyse(root, database, path):
    """clang-tidy's diagnostics for one file as findings."""
    command = ["clang-tidy-19", "--quiet", f"--config-file={root / '.clang-tidy'}"]
    command += [f"-p={database}", str(path)] if database else [str(path), "--", "-std=c++23"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found = {f"{os.path.relpath(file, root)}:{line}: {text}" for file, line, text in DIAGNOSTIC.findall(result.stdout)}
    if result.returncode != 0 and not found:
        raise CannotRun(f"{' '.join(command)}: expected diagnostics, found exit status {result.returncode}: "
                        f"{result.stderr.strip()[:200]}")
    return found


def self_test(root):
    with tempfile.TemporaryDirectory(prefix="rarena-tidy-") as folder:
        planted = Path(folder, "planted.cpp")
        planted.write_text("int half(int x) {\n  if (x > 0);\n  return x / 2;\n}\n", encoding="utf-8")
        if not any("bugprone-suspicious-semicolon" in finding for finding in analyse(root, None, planted)):
            raise CannotRun("expected clang-tidy to report the violation planted for it, found that it does not")


def findings(root):
    self_test(root)
    folders = compiled(root)
    sources = [root / path for path in sorted(Tree.of_git(root).texts) if path.startswith(FOLDERS) and path.endswith(".cpp")]
    sources = [path for path in sources if "example" not in path.parts]
    missing = [f"{path.relative_to(root)}:1: found in no build, expected every source to be compiled"
               for path in sources if str(path.resolve()) not in folders]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = pool.map(lambda path: analyse(root, folders[str(path.resolve())], path),
                           [path for path in sources if str(path.resolve()) in folders])
        return sorted(set(missing).union(*reports))
