"""The checks of scripts/lab tidy that are about models/: layers, and the names in its README."""

import json
import re
from pathlib import PurePosixPath

from .. import catalogue
from .checks import INCLUDE, check
from .tree import Finding, matches

# A folder of models includes itself and the folders of a lower rank, and core; a test lies beside what it tests, and stands
# above all. The analyses wrap the programs of the checker engine, which knows none of them.
RANKS = {"oracle": 0, "reference_arena": 0, "checker": 0, "scenario": 0, "operations": 1, "catalogue": 1, "clients": 1, "persistent": 1,
         "bugs": 2, "crash": 3, "engine": 3, "relacy": 4, "checker_engine": 4, "schedule": 4, "analyses": 5}
# The checker is a library of its own: it includes nothing else of the project, and its folders lie in this order. `reference`
# is the judge of the others, and shares nothing with them.
CHECKER_RANKS = {"reference": 0, "graph": 0, "rc11": 1, "explore": 2, "report": 3, "front": 4,
                 "sync": 5, "": 6, "litmus": 7, "example": 7,
                 "tutorial": 7}
RELACY = re.compile(r"#\s*include\s*<relacy/")
RELACY_WRAPPER = "models/relacy/relacy_clean.hpp"


def checker_folder_of(path):
    parts = PurePosixPath(path).parts
    return (parts[2] if len(parts) > 3 else "") if parts[:2] == ("models", "checker") else None


def folder_of(path):
    parts = PurePosixPath(path).parts
    return parts[1] if len(parts) > 2 and parts[0] == "models" else None


@check(
    "model-layers",
    "models: oracle, reference_arena, checker, scenario < operations, catalogue, clients, persistent < bugs < crash, engine < relacy, "
    "checker_engine, schedule < analyses; Relacy only through its wrapper",
    [
        ({"models/scenario/bad.hpp": '#pragma once\n#include "models/bugs/bugs.hpp"\n'}, "models/scenario/bad.hpp:2"),
        ({"models/catalogue/bad.hpp": '#pragma once\n#include "models/bugs/bugs.hpp"\n'}, "models/catalogue/bad.hpp:2"),
        ({"models/engine/bad.hpp": '#pragma once\n#include "models/relacy/engine.hpp"\n'}, "models/engine/bad.hpp:2"),
        ({"models/engine/bad.hpp": '#pragma once\n#include "models/analyses/analysis.hpp"\n'}, "models/engine/bad.hpp:2"),
        ({"models/checker_engine/bad.hpp": '#pragma once\n#include "models/analyses/crash.hpp"\n'},
         "models/checker_engine/bad.hpp:2"),
        ({"models/relacy/bad.cpp": "#include <relacy/relacy.hpp>\n"}, "models/relacy/bad.cpp:1"),
        ({"models/other/new.hpp": "#pragma once\n"}, "models/other/new.hpp:1"),
    ],
)
def model_layers(tree):
    for path, text in tree.cpp():
        own = folder_of(path)
        if own is None:
            continue
        if own not in RANKS:
            yield Finding(path, 1, f"found the folder {own}, expected one of {', '.join(RANKS)}")
            continue
        for line, match in matches(INCLUDE, text) if not path.endswith("_test.cpp") else ():
            other = folder_of(match[1] or match[2])
            if other and other != own and RANKS.get(other, 0) >= RANKS[own]:
                yield Finding(path, line, f"found {other} included from {own}, expected a folder below it")
        if path != RELACY_WRAPPER:
            for line, match in matches(RELACY, text):
                yield Finding(path, line, f"found {match[0]}, expected it only in {RELACY_WRAPPER}")


@check(
    "checker-layers",
    "models/checker includes only itself, and but for tests only downwards",
    [
        ({"models/checker/graph/bad.hpp": '#pragma once\n#include "core/layout/extent.hpp"\n'},
         "models/checker/graph/bad.hpp:2"),
        ({"models/checker/graph/bad.hpp": '#pragma once\n#include "models/checker/rc11/races.hpp"\n'},
         "models/checker/graph/bad.hpp:2"),
        ({"models/checker/reference/bad.hpp": '#pragma once\n#include "models/checker/graph/graph.hpp"\n'},
         "models/checker/reference/bad.hpp:2"),
        ({"models/checker/new/bad.hpp": "#pragma once\n"}, "models/checker/new/bad.hpp:1"),
    ],
)
def checker_layers(tree):
    for path, text in tree.cpp():
        own = checker_folder_of(path)
        if own is None:
            continue
        if own not in CHECKER_RANKS:
            yield Finding(path, 1, f"found the folder {own}, expected one of {', '.join(filter(None, CHECKER_RANKS))}")
            continue
        for line, match in matches(INCLUDE, text):
            included = match[1] or match[2]
            if path.endswith("_test.cpp"):  # a test lies beside what it tests, and stands above all
                break
            other = checker_folder_of(included)
            if included.split("/")[0] in ("core", "models") and other is None:
                yield Finding(path, line, f"found {included}, expected nothing of the project but models/checker")
            elif other is not None and other != own and CHECKER_RANKS.get(other, 0) >= CHECKER_RANKS[own]:
                yield Finding(path, line, f"found {other or 'checker.hpp'} included from {own}, expected a folder below it")


CHECKER_README = "models/checker/README.md"
EXAMPLE = "models/checker/example/tagged_stack.cpp"


@check(
    "checker-example",
    f"{CHECKER_README} shows {EXAMPLE} as it is",
    [({EXAMPLE: "int main() {}\n", CHECKER_README: "```cpp\nint main() { }\n```\n"}, f"{CHECKER_README}:1")],
)
def checker_example(tree):
    example = tree.texts.get(EXAMPLE)
    if example is not None and f"```cpp\n{example}```\n" not in tree.texts.get(CHECKER_README, ""):
        yield Finding(CHECKER_README, 1, f"found no block with the text of {EXAMPLE}, expected one")


SCENARIOS, BUGS, DOCUMENT = "models/catalogue/scenarios.json", "models/bugs/bugs.json", "models/CATALOGUE.md"
NO_SCENARIOS, NO_BUGS = '{"efforts": {}, "scenarios": []}\n', '{"bugs": []}\n'


def generated(tree):
    """The documents that are made of other files: {path: text}."""
    if SCENARIOS not in tree.texts or BUGS not in tree.texts:
        return {}
    known = catalogue.made_of(json.loads(tree.texts[SCENARIOS]), json.loads(tree.texts[BUGS]))
    return {DOCUMENT: catalogue.document(known)}


@check(
    "catalogue",
    f"{DOCUMENT} is what scripts/lab tidy --write makes of {SCENARIOS} and {BUGS}",
    [({SCENARIOS: NO_SCENARIOS, BUGS: NO_BUGS}, f"{DOCUMENT}:1"),
     ({SCENARIOS: NO_SCENARIOS, BUGS: NO_BUGS, DOCUMENT: "# The catalogue\n"}, f"{DOCUMENT}:1")],
)
def catalogue_document(tree):
    for path, text in generated(tree).items():
        if tree.texts.get(path) != text:
            yield Finding(path, 1, "found another text than scripts/lab tidy --write makes, expected that")
