"""What there is to run: the scenarios and the known bugs, as data that nothing has to be built for.

models/catalogue/scenarios.json and models/bugs/bugs.json are compiled into the engines, too; what an entry has is said there.
"""

import dataclasses
import functools
import json

from . import tables
from .basics import ROOT, CannotRun, shown

SCENARIOS = ROOT / "models/catalogue/scenarios.json"
BUGS = ROOT / "models/bugs/bugs.json"
FREELISTS = ("none", "optimistic", "pessimistic")


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    freelists: tuple
    program: str = ""
    about: str = ""
    not_shown: str = ""
    efforts: dict = dataclasses.field(default_factory=dict, hash=False)  # {engine: {"quick": effort, "full": effort}}

    @property
    def threads(self):
        return self.program.count("|") + 1


@dataclasses.dataclass(frozen=True)
class Bug:
    """A known bug. Without it, the same run is its control, which must hold."""
    name: str
    kind: str       # code: of what the engines of models/ run; recovery; process: of kill_reopen; file: of reopen
    about: str = ""
    scenario: str = ""
    freelist: str = ""
    plant: dict = dataclasses.field(default_factory=dict, hash=False)
    found_by: dict = dataclasses.field(default_factory=dict, hash=False)      # {engine or analysis: with what}
    not_found_by: dict = dataclasses.field(default_factory=dict, hash=False)  # {engine: why}


@dataclasses.dataclass(frozen=True)
class Catalogue:
    scenarios: tuple
    bugs: tuple

    @property
    def scenario_names(self):
        return [scenario.name for scenario in self.scenarios]

    @property
    def code_bugs(self):
        """The bugs that every engine of models/ must find, or say why not: all of the code, but for those of which only a crash
        shows anything."""
        return [bug for bug in self.bugs if bug.kind == "code" and bug.found_by.keys() != {"crash"}]

    @property
    def bug_names(self):
        return [bug.name for bug in self.code_bugs]

    def found_by(self, what):
        return [bug for bug in self.bugs if what in bug.found_by]


def merged(defaults, own):
    """The efforts of a scenario: its own, and where it has none the defaults at the top of the file."""
    return {engine: {mode: own.get(engine, {}).get(mode, effort) for mode, effort in efforts.items()}
            for engine, efforts in defaults.items()}


def scenario_of(entry, defaults):
    return Scenario(entry["name"], tuple(entry["freelists"]), entry["program"], entry["about"], entry["not_shown"],
                    merged(defaults, entry.get("efforts", {})))


def bug_of(entry):
    return Bug(**{field.name: entry[field.name] for field in dataclasses.fields(Bug) if field.name in entry})


def read(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CannotRun(f"cannot read {shown(path)}: {error}") from error


def made_of(scenarios, bugs):
    """The catalogue in the values of the two files."""
    try:
        return Catalogue(tuple(scenario_of(entry, scenarios["efforts"]) for entry in scenarios["scenarios"]),
                         tuple(bug_of(entry) for entry in bugs["bugs"]))
    except (KeyError, TypeError) as error:
        raise CannotRun(f"{shown(SCENARIOS)} or {shown(BUGS)}: expected an entry with {error}, found none") from error


@functools.cache
def load():
    return made_of(read(SCENARIOS), read(BUGS))


def cell(text):
    return text.replace("|", r"\|")


def found_words(bug):
    """"checker FL-3, churn": who must find a bug, and as what."""
    return ", ".join(f"{who} {how['invariant']}" if how.get("invariant") else who for who, how in bug.found_by.items())


def document(known):
    """The text of models/CATALOGUE.md."""
    scenarios = [[scenario.name, " ".join(kind[0] for kind in scenario.freelists), scenario.threads,
                  f"`{cell(scenario.program)}`",
                  cell(scenario.about), cell(scenario.not_shown)] for scenario in known.scenarios]
    bugs = [[bug.name, bug.kind, ", ".join(filter(None, (bug.scenario, bug.freelist))), cell(bug.about), found_words(bug)]
            for bug in known.bugs]
    return tables.document("catalogue.md.jinja",
                           scenarios=list(tables.markdown(["name", "freelists", "threads", "program", "about", "does not show"],
                                                          scenarios)),
                           bugs=list(tables.markdown(["name", "kind", "scenario, freelist", "about", "found by"], bugs)))
