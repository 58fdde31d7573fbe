"""The stress harnesses of stress/: built, run once for each kind of freelist, and what they leave made a finding."""

import os
import subprocess
import time

from . import builds, findings
from .basics import ARTIFACTS, INTERRUPTED, CannotRun, replay_command, shown

HELD, VIOLATED, COULD_NOT_RUN = 0, 1, 2


def environment():
    """With the symbolizer, for the stacks of a sanitizer's report."""
    return os.environ | {"PATH": f"/usr/lib/llvm-19/bin:{os.environ.get('PATH', '')}"}


def run_each(program, kinds, words, wrap):
    """Runs a harness for each kind of freelist, or once if there is none to choose; a violation outranks what could not run."""
    folder = ARTIFACTS / program.name
    folder.mkdir(parents=True, exist_ok=True)
    status, done = HELD, []
    for kind in kinds or [""]:
        own = ["--json", folder / f"{kind}.json", "--freelist", kind] if kind else []
        began = time.time()
        try:
            # Ctrl-C reaches the harness, too, which ends.
            result = subprocess.run([program, "--directory", folder, *own, *words], env=environment(), check=False).returncode
        except KeyboardInterrupt:
            held = sum(other == HELD for other in done)
            print(f"\ninterrupted: {len(done)} of {len(kinds or [''])} runs had ended, {held} of them held; one was stopped")
            return status or INTERRUPTED
        except OSError as error:
            raise CannotRun(f"{program}: {error.strerror}") from None
        done.append(result)
        for path in wrapped(folder, began, wrap):
            print(f"finding: {shown(path)}\nreplay: {replay_command(path)}")
        status = VIOLATED if VIOLATED in (status, result) else result or status
        print(flush=True)
    return status if status in (HELD, VIOLATED) else COULD_NOT_RUN


def wrapped(folder, began, wrap):
    """The findings of what a run has left of violations."""
    for path in sorted(folder.glob("violation-*")):
        if path.stat().st_mtime >= began - 1 and path.suffix in ("", ".json"):
            yield wrap(path)


def kill_reopen(words, freelist):
    builds.build("dev", "kill_reopen")
    kinds = [freelist] if freelist else ["optimistic", "pessimistic"]
    return run_each(builds.program("dev", "stress/kill_reopen"), kinds, words, findings.wrap_kill)


def churn(preset, words, kinds):
    builds.build(preset, "churn")
    return run_each(builds.program(preset, "stress/churn"), kinds, words, lambda path: findings.wrap_churn(path, preset))
