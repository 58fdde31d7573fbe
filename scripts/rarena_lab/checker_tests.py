"""Who verifies the verifier? The known counts of litmus programs, random programs against the reference enumerator, and
mutants."""

import os
import subprocess
from types import SimpleNamespace

from . import builds, mutation

PROGRAMS, FULL_PROGRAMS = 500, 10_000


def check_checker(full, seed):
    """The exit status."""
    builds.build("dev", "litmus_table", "checker_tests")
    programs = FULL_PROGRAMS if full else PROGRAMS
    status = 1 if subprocess.run([builds.program("dev", "models/checker/litmus_table")], check=False).returncode else 0
    print(f"\n{programs} random programs, seed {seed}, in every order of their threads, against the reference enumerator",
          flush=True)
    tests = [builds.program("dev", "models/checker/checker_tests"), "--gtest_brief=1", "--gtest_filter=Agreement*:*Agreement*"]
    own = os.environ | {"CHECKER_PROGRAMS": str(programs), "CHECKER_SEED": str(seed)}
    status = status or (1 if subprocess.run(tests, env=own, check=False).returncode else 0)
    if full:
        print(flush=True)
        options = SimpleNamespace(list_=False, only=(), jobs=os.cpu_count() or 1, json=None)
        status = max(status, mutation.run(options, mutation.Bench(), lambda line: print(line, flush=True)))
    return status
