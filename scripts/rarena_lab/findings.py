"""A finding: one violation of one engine or analysis, as a file that says all that decides it, and replays.

  {"rarena_finding": 1, "engine": ..., "analysis": ..., "scenario": ..., "freelist": ..., "bug": ..., "options": {...},
   "bounds": {...}, "version": ..., "violation": {"kind": ..., "invariant": ..., "message": ...}, "suspects": [...],
   "attachments": {...}}

`engine` is who made it and can run it again (makers.py). `bug` is a known bug, or empty for the shipped code. The engines of
models/ write it themselves; here it is put round what the other programs leave. What they leave is read as it is, too:
histories of operations (*.ops), inputs of libFuzzer, what churn, long_runs and sharing leave, and the folders of kill_reopen.
"""

import base64
import dataclasses
import json
import re
from pathlib import Path

from .basics import VERSION, CannotRun, shown, write_text

FORMAT = 1
FIRST_LINE = "rarena operations 1"
MODEL_ENGINES = ("checker", "relacy", "schedule")
FUZZERS = {"reopen": "reopen", "op_sequence": "op_sequence", "fuzz_schedule": "schedule"}  # engine: its fuzz target
HARNESSES = ("churn", "long_runs", "sharing")  # of stress: they leave their settings
ENGINES = (*MODEL_ENGINES, *FUZZERS, *HARNESSES, "kill_reopen")


@dataclasses.dataclass
class Finding:
    engine: str
    analysis: str = "executions"
    scenario: str = ""
    freelist: str = ""
    bug: str = ""
    options: dict = dataclasses.field(default_factory=dict)  # what else decides the run
    bounds: dict = dataclasses.field(default_factory=dict)   # of an engine: how far it went
    version: str = VERSION
    violation: dict = dataclasses.field(default_factory=dict)
    suspects: list = dataclasses.field(default_factory=list)
    attachments: dict = dataclasses.field(default_factory=dict)
    path: Path | None = None  # where it was read: a file, or a folder of kill_reopen

    @property
    def target(self):
        """Of what libFuzzer found: the fuzz target."""
        return FUZZERS[self.engine]

    def input(self):
        """The bytes that libFuzzer kept."""
        return base64.b64decode(self.attachments["input"])

    def write(self, path):
        own = {"rarena_finding": FORMAT} | {field.name: getattr(self, field.name) for field in dataclasses.fields(self)
                                            if field.name != "path"}
        write_text(path, json.dumps(own, indent=1) + "\n")
        return Path(path)


def invariant_of(message):
    """What a message begins with: an invariant, or nothing."""
    found = re.match(r"\s*((?:SEG|FL|CUR|PRG|REC)-\d+)", message)
    return found[1] if found else ""


def violation(message, kind="", invariant=None):
    return {"kind": kind, "invariant": invariant_of(message) if invariant is None else invariant, "message": message}


# Reading.


def contents(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotRun(f"cannot read {shown(path)}: {error.strerror}") from error


def read(path, target=""):
    """What a file or folder is; `target` is the fuzz target of raw bytes whose folder does not say it."""
    path = Path(path)
    if not path.exists():
        raise CannotRun(f"no such file: {path}")
    if path.name == "cycle.json" and path.is_file():
        path = path.parent
    if path.is_dir():
        return of_kill(path)
    bytes_ = contents(path)
    try:
        text = bytes_.decode()
    except UnicodeDecodeError:
        return of_input(path, bytes_, target)
    if text.startswith(FIRST_LINE):
        return of_operations(path, text)
    try:
        value = json.loads(text)
    except ValueError as error:
        if target or fuzzed_by(path):
            return of_input(path, bytes_, target)
        raise CannotRun(f"{shown(path)} is no finding: expected a JSON object, or a first line '{FIRST_LINE}', or bytes of a "
                        f"fuzz target (--target): {error}") from None
    return of_object(path, value)


def of_object(path, value):
    engine = value.get("engine") if isinstance(value, dict) else None
    if not isinstance(engine, str):
        raise CannotRun(f'{shown(path)} is no finding: expected a JSON object with a text field "engine"')
    if engine not in ENGINES:
        raise CannotRun(f'{shown(path)} names the engine "{engine}"; known: {", ".join(ENGINES)}')
    if "rarena_finding" not in value:
        return of_artifact(path, value)
    if value["rarena_finding"] != FORMAT:
        raise CannotRun(f"{shown(path)}: expected a finding of format {FORMAT}, found {value['rarena_finding']}")
    fields = {field.name: field.type for field in dataclasses.fields(Finding) if field.name != "path"}
    for name, kind in fields.items():
        if name in value and not isinstance(value[name], kind):
            raise CannotRun(f'{shown(path)}: field "{name}" is {json.dumps(value[name])[:80]}, of the wrong type')
    return Finding(**{name: value[name] for name in fields if name in value}, path=path)


def of_artifact(path, value):
    """What churn, long_runs and sharing leave; whatever else replays is a finding."""
    if value["engine"] not in HARNESSES:
        raise CannotRun(f'{shown(path)}: expected a finding, a JSON object with a field "rarena_finding", found none')
    return Finding(value["engine"], bug=value.get("settings", {}).get("bug", ""), path=path, attachments={"artifact": value},
                   violation=violation(value.get("message", ""), invariant=value.get("invariant", "")))


def of_operations(path, text):
    message = re.search(r"^# (.*)$", text, re.MULTILINE)
    return Finding("op_sequence", violation=violation(message[1] if message else ""), attachments={"operations": text},
                   path=path)


def fuzzed_by(path):
    """The fuzz target in whose folder a file lies, or nothing."""
    name = path.resolve().parent.name
    return name if name in FUZZERS.values() else ""


def of_input(path, bytes_, target="", sanitizer="address", scenario="", message=""):
    target = target or fuzzed_by(path)
    if not target:
        raise CannotRun(f"{shown(path)}: these are bytes of a fuzz target, and nothing says of which (--target)")
    engine = next(engine for engine, own in FUZZERS.items() if own == target)
    name, freelist, bug = (scenario.split(":") + ["", "", ""])[:3]
    return Finding(engine, scenario=name, freelist=freelist, bug=bug, options={"sanitizer": sanitizer}, path=path,
                   violation=violation(message), attachments={"input": base64.b64encode(bytes_).decode()})


def of_kill(folder):
    if not (folder / "cycle.json").is_file():
        raise CannotRun(f"expected a file, or a folder of kill_reopen with a cycle.json, found the folder {shown(folder)}")
    try:
        cycle = json.loads(contents(folder / "cycle.json"))
    except ValueError as error:
        raise CannotRun(f"{shown(folder)}/cycle.json: expected JSON: {error}") from None
    if not isinstance(cycle, dict):
        raise CannotRun(f"{shown(folder)}/cycle.json: expected a JSON object")
    files = {file.name: base64.b64encode(contents(file)).decode() for file in sorted(folder.iterdir()) if file.is_file()}
    return Finding("kill_reopen", violation=violation(cycle.get("text", ""), invariant=cycle.get("violated", "")), path=folder,
                   options={"run": cycle.get("run", "")}, attachments={"files": files})


# Writing what the other programs leave.


def beside(path):
    return path.parent / f"finding-{path.stem}.json"


def wrap_operations(file, options):
    finding = read(file)
    finding.options = options
    return finding.write(beside(file))


def wrap_fuzz(target, sanitizer, scenario, file, message):
    """The finding of what a fuzz target left: readable where the target can write it, else the input of libFuzzer."""
    if file.suffix == ".ops":
        return wrap_operations(file, {"sanitizer": sanitizer, "by": "libFuzzer"})
    if file.suffix == ".json":
        return file  # the schedule engine's own
    return of_input(file, contents(file), target, sanitizer, scenario, message).write(beside(file))


def wrap_artifact(file, preset):
    finding = read(file)
    if finding.engine not in HARNESSES:
        return file
    finding.options = {"preset": preset}
    return finding.write(beside(file))


def wrap_kill(folder):
    return read(folder).write(folder / "finding.json")
