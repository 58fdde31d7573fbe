"""What must be there before something runs: packages of Debian, and programs of a preset of CMake. Silent when nothing is
missing."""

import contextlib
import fcntl
import os
import shlex
import subprocess
import sys

from .basics import ROOT, CannotRun, shown

LOGS = ROOT / "build" / "log"
PRESETS = ("dev", "release", "release-clang", "clang", "asan", "tsan", "msan", "fuzz", "fuzz-msan", "coverage")


class BuildFailed(CannotRun):
    """The compiler or CMake has said why on standard error."""


def packages(kind="build"):
    """Installs what is missing of a set of scripts/lib/setup.sh."""
    done = subprocess.run(["bash", ROOT / "scripts/lib/setup.sh", kind], check=False)
    if done.returncode != 0:
        raise CannotRun(f"packages are missing that the {kind} needs")


def environment():
    """A compiler that has seen a file before answers from its cache, in other folders and branches too."""
    return os.environ | {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1",
                         "CCACHE_SLOPPINESS": "pch_defines,time_macros,include_file_mtime,include_file_ctime"}


def logged(log, command):
    """Runs a command in the repository with its output in a file; on failure shows the end and the command."""
    with open(log, "wb") as output:
        status = subprocess.run(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT, check=False).returncode
    if status != 0:
        lines = log.read_text(errors="replace").splitlines()
        print("\n".join(lines[-60:]), f"failed: {shlex.join(command)}", f"log: {shown(log)}", sep="\n", file=sys.stderr)
        raise BuildFailed(f"{command[0]} ended with status {status}")


@contextlib.contextmanager
def alone(preset):
    """One build of a preset at a time."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / f"{preset}.lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_older(file, than):
    return not file.exists() or file.stat().st_mtime < than.stat().st_mtime


def forget(preset):
    """Configures a preset anew when it is built: a package may have come that its targets do without."""
    (ROOT / "build" / preset / ".configured").unlink(missing_ok=True)


def build(preset, *targets):
    """Configures a preset if need be, and builds these targets or all."""
    packages()
    folder = ROOT / "build" / preset
    configured, built = folder / ".configured", folder / ".built"
    with alone(preset):
        folder.mkdir(parents=True, exist_ok=True)
        if not built.exists():
            print(f"building: {preset} (the first time takes minutes)", file=sys.stderr)
        if not (folder / "build.ninja").exists() or is_older(configured, ROOT / "CMakePresets.json"):
            logged(LOGS / f"{preset}.configure.log", ["cmake", "--preset", preset])
            configured.touch()
        wanted = ["--target", *targets] if targets else []
        logged(LOGS / f"{preset}.build.log",
               ["cmake", "--build", "--preset", preset, *wanted, "--", "-j", str(os.cpu_count() or 1)])
        built.touch()


def program(preset, path):
    """A program of a build that was made before."""
    found = ROOT / "build" / preset / path
    if not found.is_file():
        raise CannotRun(f"expected the program {shown(found)}, found none")
    return found
