#!/usr/bin/env python3
"""Makes the artifact of a finding a permanent test.

  scripts/promote ARTIFACT --name NAME

ARTIFACT is what an engine left when it found something; scripts/repro or scripts/fuzz replay must know it. What becomes of it:

  *.ops of op_sequence or RapidCheck       fuzz/op_sequence/corpus/NAME.ops, which ctest fuzz.op_sequence.corpus replays
  JSON of the checker, Relacy, schedule    models/regressions/NAME.json, ctest regression.NAME: that execution is right
  what libFuzzer keeps of reopen           scripts/fuzz promote reopen ARTIFACT --name NAME, which makes it small first

Refused: an artifact of a seeded bug, and the artifacts of churn and kill_reopen, whose schedules do not repeat. It runs
scripts/repro first, and says whether the new test fails until the code is repaired, or holds now.

exit status:
  0  it is a test now
  1  refused; a sentence says why
  2  wrong use
  3  could not run: the artifact cannot be read or replayed, or the name is taken
"""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from fuzz import CannotRun, corpus_name, require_file

ROOT = Path(__file__).resolve().parent.parent.parent
FIRST_LINE = "rarena operations 1"
MODEL_ENGINES = ("checker", "relacy", "schedule")
CONFIGURATION = ("mutant", "backing", "freelist", "threads", "capacity", "operations", "seconds", "round", "hesitate", "seed")


class Refused(Exception):
    pass


def parser():
    main = argparse.ArgumentParser(prog="scripts/promote", description=__doc__, allow_abbrev=False,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    main.add_argument("artifact", type=Path, metavar="ARTIFACT")
    main.add_argument("--name", required=True, type=corpus_name)
    return main


def shown(path):
    """A path as a user would type it at the root of the repository."""
    path = Path(path).resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def text_of(file):
    """The text of a file, or nothing if it is none."""
    try:
        return file.read_bytes().decode()
    except OSError as error:
        raise CannotRun(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        return None


def object_of(text):
    """The JSON object in a text, or nothing."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def repro(file):
    """Whether scripts/repro shows the finding of an artifact again."""
    done = subprocess.run([str(ROOT / "scripts/repro"), str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode not in (0, 1):
        raise CannotRun(f"scripts/repro {shown(file)}: expected status 0 or 1, found {done.returncode}: {done.stdout[-1000:]}")
    return done.returncode == 0


def keep(file, kept, test):
    if kept.exists():
        raise CannotRun(f"expected a new name, found {shown(kept)}")
    reproduced = repro(file)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, kept)
    print(f"{shown(kept)}: ctest {test} {'fails until it is repaired' if reproduced else 'holds'}")
    return 0


def promote_model(file, artifact, name):
    mutant = artifact.get("mutant")
    if not isinstance(mutant, str):
        raise CannotRun(f'{shown(file)}: expected a text field "mutant", found {json.dumps(mutant)}')
    if mutant:
        raise Refused(f"it shows the seeded bug {mutant}, not the shipped code; that engines find {mutant} is tested already "
                      f"(ctests corpus.*)")
    return keep(file, ROOT / "models/regressions" / f"{name}.json", f"regression.{name}")


def promote_stress(artifact):
    settings = artifact.get("settings") if isinstance(artifact.get("settings"), dict) else {}
    words = []
    for option in CONFIGURATION:
        if settings.get(option):
            words += [f"--{option}", str(settings[option])]
    raise Refused("a schedule of real threads does not repeat, so a test of it would hold whatever the code does; the same "
                  f"configuration again: scripts/stress churn {shlex.join(words)}".rstrip())


def promote_kill(folder):
    cycle = object_of(text_of(folder / "cycle.json") or "") or {}
    raise Refused("the moment of a kill does not repeat, so a test of it would hold whatever the code does; the same "
                  f"configuration again: scripts/stress kill_reopen {cycle.get('run', '--seed S')}; what is kept is judged "
                  f"by scripts/stress kill_reopen check {shlex.quote(shown(folder))}")


def promote_bytes(file, name):
    """What libFuzzer kept. Only its folder says of which target."""
    for target, kept in (("schedule", "JSON file"), ("op_sequence", ".ops file")):
        if file.resolve().parent.name == target:
            raise Refused(f"these are bytes of the target {target}; expected the {kept} that it names as its artifact")
    return subprocess.run([str(ROOT / "scripts/fuzz"), "promote", "reopen", str(file), "--name", name], check=False).returncode


def promote(file, name):
    if file.is_dir():
        if (file / "cycle.json").is_file():
            promote_kill(file)
        raise CannotRun(f"expected a file, found the folder {file}")
    require_file(file)
    if file.name == "cycle.json":
        promote_kill(file.parent)
    text = text_of(file)
    if text is not None and text.startswith(FIRST_LINE):
        return keep(file, ROOT / "fuzz/op_sequence/corpus" / f"{name}.ops", "fuzz.op_sequence.corpus")
    artifact = object_of(text) if text is not None else None
    if artifact is None:
        if file.suffix in (".ops", ".json"):
            raise CannotRun(f"{shown(file)}: expected a JSON object or a first line '{FIRST_LINE}', found neither")
        return promote_bytes(file, name)
    engine = artifact.get("engine")
    if engine == "churn":
        promote_stress(artifact)
    if engine not in MODEL_ENGINES:
        raise CannotRun(f'{shown(file)}: expected "engine": {", ".join(MODEL_ENGINES)} or churn, found {json.dumps(engine)}')
    return promote_model(file, artifact, name)


def main(arguments):
    options = parser().parse_args(arguments)
    try:
        return promote(options.artifact, options.name)
    except Refused as error:
        print(f"scripts/promote: refused: {error}", file=sys.stderr)
        return 1
    except CannotRun as error:
        print(f"scripts/promote: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
