"""The checks of scripts/lab tidy that are about documents: a term means one thing, what has one name has no second, and links lead
somewhere."""

import re
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath

from ..basics import ROOT
from .checks import check
from .tree import Finding, matches

GLOSSARY = "core/GLOSSARY.md"
MOST = 70
ROW = re.compile(r"^\| (?!word \|)([a-z][^|]*) \|", re.MULTILINE)
# Words that were used for a known bug and for its control. A mutant is a rule of the checker or of a proof that was broken.
RETIRED = re.compile(r"\b(twins?|canar(?:y|ies)|red twins?)\b", re.IGNORECASE)
MUTANT = re.compile(r"\bmutants?\b", re.IGNORECASE)
OF_RULES = ("proofs/", "models/checker/", "scripts/", "README.md", "core/INVARIANTS.md")
PAST = ("CHANGELOG.md", "scripts/rarena_lab/tidy/words.py")
HEAD = "| word | meaning |\n| --- | --- |\n"


@check(
    "words",
    f"{GLOSSARY} has at most {MOST} words, in order and once each; 'bug' and 'control' have no other names",
    [
        ({GLOSSARY: f"{HEAD}| b | x |\n| a | x |\n"}, f"{GLOSSARY}:4"),
        ({GLOSSARY: f"{HEAD}| a | x |\n| a | y |\n"}, f"{GLOSSARY}:4"),
        ({GLOSSARY: HEAD + "".join(f"| a{i:03} | x |\n" for i in range(MOST + 1))}, f"{GLOSSARY}:1"),
        ({"stress/bad.hpp": "#pragma once\n// The red twin.\n"}, "stress/bad.hpp:2"),
        ({"fuzz/README.md": "Each canary is found.\n"}, "fuzz/README.md:1"),
        ({"stress/bad.hpp": "#pragma once\n// A mutant of the list.\n"}, "stress/bad.hpp:2"),
    ],
)
def words(tree):
    terms = [(line, match[1]) for line, match in matches(ROW, tree.texts.get(GLOSSARY, ""))]
    if len(terms) > MOST:
        yield Finding(GLOSSARY, 1, f"found {len(terms)} words, expected at most {MOST}")
    for (_, before), (line, term) in zip(terms, terms[1:]):
        if before >= term:
            yield Finding(GLOSSARY, line, f"found '{term}' behind '{before}', expected each word once and in order")
    for path, text in tree.texts.items():
        if path in PAST or not path.endswith((".md", ".hpp", ".cpp", ".txt", ".cmake", ".py", ".json")):
            continue
        for line, match in matches(RETIRED, text):
            yield Finding(path, line, f"found '{match[0]}', expected 'bug' or 'control'")
        for line, match in matches(MUTANT, text) if not path.startswith(OF_RULES) else ():
            yield Finding(path, line, f"found '{match[0]}', expected 'bug': a mutant is a broken rule of the checker or a proof")


LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def anchors(text):
    """The anchors of a document's headings, as its readers make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}


@check(
    "links",
    "links between documents lead to files and headings that are there",
    [
        ({"fuzz/README.md": "[x](nowhere.md)\n"}, "fuzz/README.md:1"),
        ({"fuzz/README.md": "# There\n\n[x](#here)\n"}, "fuzz/README.md:3"),
        ({"fuzz/README.md": "[x](../README.md#here)\n", "README.md": "# There\n"}, "fuzz/README.md:1"),
    ],
)
def links(tree):
    folders = {str(parent) for path in tree.texts for parent in PurePosixPath(path).parents}
    for path, text in tree.texts.items():
        if not path.endswith(".md"):
            continue
        for line, match in matches(LINK, text):
            target = normpath(join(dirname(path), match[1])) if match[1] else path
            if target not in tree.texts and target not in folders and not (ROOT / target).exists():
                yield Finding(path, line, f"found a link to {match[1]}, expected a file that is there")
            elif match[2] and match[2] not in anchors(tree.texts.get(target, "")):
                yield Finding(path, line, f"found a link to {match[1]}#{match[2]}, expected a heading that is there")


NAMED = re.compile(r"(?<![\w/.])((?:core|models|fuzz|stress|proofs|scripts)/[\w./-]*\w\.(?:hpp|cpp|md|py|json|tsv|v|pml|cmake|sh))\b")


@check(
    "named-files",
    "files that documents and comments name are there",
    [
        ({"fuzz/README.md": "See `core/arena/nowhere.hpp`.\n"}, "fuzz/README.md:1"),
        ({"stress/bad.hpp": "#pragma once\n// As models/nowhere/x.json says.\n"}, "stress/bad.hpp:2"),
    ],
)
def named_files(tree):
    for path, text in tree.texts.items():
        if path in PAST or not path.endswith((".md", ".hpp", ".cpp", ".txt", ".cmake")):
            continue
        for line, match in matches(NAMED, text):
            nearby = (match[1], join(dirname(path), match[1]), normpath(join(dirname(path), "..", match[1])))
            if not any(near in tree.texts or (ROOT / near).exists() for near in nearby):
                yield Finding(path, line, f"found {match[1]}, expected a file that is there")
