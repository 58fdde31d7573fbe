"""The checks of scripts/lab tidy, and for each the violations that its self-test plants.

`planted` is a list of (files laid over a good tree, the one place that the check must then report).
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import dirname, join, normpath
from typing import Callable

from .. import formatting
from .tree import Finding, matches

LAYERS = ["layout", "codec", "words", "bump", "freelist", "recovery", "memory", "arena", "handles", "persistent", "tools"]
UMBRELLAS = {"core/rarena.hpp", "core/stream.hpp", "core/fmt.hpp"}
LEDGER = "core/words/orders.hpp"
INVARIANTS = "core/INVARIANTS.md"


@dataclass
class Check:
    name: str
    summary: str
    run: Callable
    planted: list


CHECKS = {}


def check(name, summary, planted):
    def add(function):
        CHECKS[name] = Check(name, summary, lambda tree: list(function(tree)), planted)
        return function

    return add


ATOMIC = re.compile(r"std::atomic\w*|\batomic_ref\b|\batomic_thread_fence\b|std::memory_order\w*|\b__atomic_\w+|"
                    r"#\s*include\s*<atomic>")


@check(
    "atomics",
    "atomics and memory orders only in core/words; std::memory_order is also the language of models/checker and its programs in "
    "models/persistent",
    [
        ({"core/bump/bad.hpp": "#pragma once\nstd::atomic<int> x;\n"}, "core/bump/bad.hpp:2"),
        ({"core/bump/bad_test.cpp": "auto o = std::memory_order_relaxed;\n"}, "core/bump/bad_test.cpp:1"),
        ({"models/bad.cpp": "using std::atomic_ref;\n"}, "models/bad.cpp:1"),
        ({"models/checker_engine/bad.cpp": "auto o = std::memory_order_relaxed;\n"}, "models/checker_engine/bad.cpp:1"),
        ({"stress/bad.cpp": "\n#include <atomic>\n"}, "stress/bad.cpp:2"),
    ],
)
def atomics(tree):
    for path, text in tree.cpp():
        if path.startswith(("core/words/", "models/checker/", "models/persistent/")) or "/example/" in path:  # an example is a user's project
            continue
        for line, match in matches(ATOMIC, text):
            yield Finding(path, line, f"found {match[0]}, expected it only in core/words")


INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<((?:rarena|core|models|fuzz|stress|proofs|scripts)/[^>]+)>)')


def layer_of(path):
    """The position of a file's layer, or None for a file of no layer."""
    if path in UMBRELLAS:
        return len(LAYERS)
    parts = PurePosixPath(path).parts
    return LAYERS.index(parts[1]) if len(parts) > 2 and parts[0] == "core" and parts[1] in LAYERS else None


def include_fault(path, quoted, angled):
    if angled:
        return f"found <{angled}>, expected the project's own headers in quotes"
    if quoted.split("/")[0] in {"core", "models", "fuzz", "stress", "proofs", "scripts"}:
        return f'found "{quoted}", expected a path relative to this file and inside core'
    target = normpath(join(dirname(path), quoted))
    layer = layer_of(target)
    if layer is None:
        return f'"{quoted}" is {target}, expected a file of a layer of core ({" < ".join(LAYERS)})'
    if layer > layer_of(path):
        where = "an umbrella" if target in UMBRELLAS else f"the layer {LAYERS[layer]}"
        return f'"{quoted}" is in {where}, expected this layer or a lower one ({" < ".join(LAYERS)})'
    return None


@check(
    "layers",
    "core includes only its own or lower layers",
    [
        ({"core/layout/up.hpp": '#pragma once\n#include "../words/orders.hpp"\n'}, "core/layout/up.hpp:2"),
        ({"core/freelist/up_test.cpp": '#include "../memory/map.hpp"\n'}, "core/freelist/up_test.cpp:1"),
        ({"core/bump/out.hpp": '#pragma once\n\n#include "../../models/model.hpp"\n'}, "core/bump/out.hpp:3"),
        ({"core/bump/out.hpp": '#pragma once\n#include "stress/kill.hpp"\n'}, "core/bump/out.hpp:2"),
        ({"core/bump/out.hpp": "#pragma once\n#include <fuzz/target.hpp>\n"}, "core/bump/out.hpp:2"),
        ({"core/tools/main.cpp": '#include "../rarena.hpp"\n'}, "core/tools/main.cpp:1"),
        ({"core/stream.hpp": '#pragma once\n#include "layout/base.hpp"\n', "core/tools/log.cpp": '#include "../stream.hpp"\n'},
         "core/tools/log.cpp:1"),
        ({"core/bump/root.hpp": '#pragma once\n#include "core/layout/extent.hpp"\n'}, "core/bump/root.hpp:2"),
        ({"core/extra/new.hpp": "#pragma once\n"}, "core/extra/new.hpp:1"),
    ],
)
def layers(tree):
    for path, text in tree.cpp():
        if not path.startswith("core/") or "/example/" in path:  # an example is a user's project
            continue
        if layer_of(path) is None:
            yield Finding(path, 1, f"found a file of no layer, expected it in core/ and one of {', '.join(LAYERS)}")
            continue
        for line, match in matches(INCLUDE, text):
            if fault := include_fault(path, match[1], match[2]):
                yield Finding(path, line, fault)


SITE_ENUM = re.compile(r"^enum class Site\b[^{;]*\{(.*?)\}", re.DOTALL | re.MULTILINE)
SITE_USE = re.compile(r"\bSite::(\w+)")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def enumerators(text):
    """{name: line} of enum class Site, without the closing `count`; None where there is no such enum."""
    enum = SITE_ENUM.search(text)
    if enum is None:
        return None
    body = COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), enum[1])
    first = text.count("\n", 0, enum.start(1)) + 1
    names = {match[0]: first + body.count("\n", 0, match.start()) for match in re.finditer(r"\b[A-Za-z_]\w*", body)}
    if list(names)[-1:] == ["count"]:
        del names["count"]
    return names


@check(
    "ledger",
    "every Site::name is in the ledger, and every site of it is used",
    [
        ({"core/bump/bad.hpp": "#pragma once\nauto s = Site::cursor_lod;\n"}, "core/bump/bad.hpp:2"),
        ({"models/bad.cpp": "auto s = rarena::Site::none_such;\n"}, "models/bad.cpp:1"),
        ({LEDGER: "#pragma once\nenum class Site : int {\n  // first\n  cursor_load,\n  unused,\n};\n"}, f"{LEDGER}:5"),
        (
            {
                LEDGER: "#pragma once\nenum class Site : int { cursor_load, tested, count };\n",
                "core/bump/only_test.cpp": "auto s = Site::tested;\n",
                "core/words/store.hpp": "#pragma once\nauto s = Site::tested;\n",
            },
            f"{LEDGER}:2",
        ),
        ({LEDGER: "#pragma once\n"}, f"{LEDGER}:1"),
        ({LEDGER: None}, f"{LEDGER}:1"),
    ],
)
def ledger(tree):
    sites = enumerators(tree.texts.get(LEDGER, ""))
    if sites is None:
        yield Finding(LEDGER, 1, "expected `enum class Site`, found none")
        return
    used = set()
    for path, text in tree.cpp():
        for line, match in matches(SITE_USE, text):
            if match[1] not in sites and not (match[1] == "count" and path.startswith("core/words/")):
                yield Finding(path, line, f"found {match[0]}, expected a site of {LEDGER}")
            if path.startswith("core/") and not path.startswith("core/words/") and not path.endswith("_test.cpp"):
                used.add(match[1])
    for name, line in sites.items():
        if name not in used:
            yield Finding(LEDGER, line, f"nothing in core uses Site::{name}, expected a use outside core/words and the tests")


SYSTEM = "core/memory/system.cpp"
# ::name( of the global namespace; what stands before it may be no part of a longer name.
GLOBAL_CALL = re.compile(r"(?<![\w>:])::([a-z_]\w*)\s*\(")
# They cannot fail in a way that a caller could do anything about, or are only called on values.
NEVER_FAIL = re.compile(r"pthread_(mutex|cond|attr)_\w+|pthread_sigmask|sigfillset|gettid|pause|isatty")


@check(
    "system",
    f"system calls of core only in {SYSTEM}, so that the tests of a world that fails can replace them",
    [
        ({"core/memory/bad.cpp": "int f() { return ::fsync(3); }\n"}, "core/memory/bad.cpp:1"),
        ({"core/arena/bad.hpp": "#pragma once\ninline int f() { return ::getpid(); }\n"}, "core/arena/bad.hpp:2"),
    ],
)
def system(tree):
    for path, text in tree.cpp():
        if not path.startswith("core/") or path == SYSTEM or "/example/" in path or "_test" in path:
            continue
        for line, match in matches(GLOBAL_CALL, text):
            if not NEVER_FAIL.fullmatch(match[1]):
                yield Finding(path, line, f"found ::{match[1]}(), expected a function of core/memory/system.hpp")


INVARIANT = re.compile(r"\b(?:SEG|FL|PRG|CUR|REC)-[0-9]+")
EMPTY_CELLS = {"", "-", "\u2013", "\u2014"}


def invariant_rows(text):
    """(line, cells) of each table row whose first cell is an ID, and the number of cells of its table's header."""
    width = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("|"):
            width = None
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        width = width or len(cells)
        identifier = cells[0].strip("*`") if cells else ""
        if INVARIANT.fullmatch(identifier):
            yield number, [identifier, *cells[1:]], width


def table(row, header="| ID | where | model |\n| --- | --- | --- |\n"):
    return {INVARIANTS: header + "| SEG-1 | here | there |\n" + row}


# Built from parts, so that this file itself quotes no ID that does not exist.
UNKNOWN = "SEG" + "-99"


@check(
    "invariants",
    "invariant IDs are those of core/INVARIANTS.md, and no cell of its table is empty",
    [
        ({"core/bump/bad.hpp": f"#pragma once\n// Invariants: {UNKNOWN}.\n"}, "core/bump/bad.hpp:2"),
        ({"README.md": f"see {UNKNOWN}\n"}, "README.md:1"),
        (table("| CUR-1 | | x |\n"), f"{INVARIANTS}:4"),
        (table("| CUR-1 | x | - |\n"), f"{INVARIANTS}:4"),
        (table("| CUR-1 | x |\n"), f"{INVARIANTS}:4"),
        (table("| SEG-1 | x | y |\n"), f"{INVARIANTS}:4"),
        ({INVARIANTS: None}, f"{INVARIANTS}:1"),
    ],
)
def invariants(tree):
    rows = list(invariant_rows(tree.texts.get(INVARIANTS, "")))
    if not rows:
        yield Finding(INVARIANTS, 1, "expected a table with an invariant's ID in the first column, found none")
        return
    known = set()
    for line, cells, width in rows:
        if cells[0] in known:
            yield Finding(INVARIANTS, line, f"a second row for {cells[0]}, expected one row per ID")
        known.add(cells[0])
        if len(cells) != width:
            yield Finding(INVARIANTS, line, f"found {len(cells)} cells, expected {width} as in the head of the table")
        elif any(cell in EMPTY_CELLS for cell in cells):
            yield Finding(INVARIANTS, line, "found an empty cell, expected an entry or the reason why there is none")
    for path, text in tree.texts.items():
        for line, match in matches(INVARIANT, text):
            if match[0] not in known:
                yield Finding(path, line, f"found {match[0]}, expected an ID of {INVARIANTS}")


CONDITION = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif|elifdef|elifndef)\b(.*)")
GHOSTS = "core/words/ghosts.hpp"
CHECKED = "core/words/checked.hpp"
COMPILERS = {"core/words/compiler.hpp", "core/words/exceptions.hpp"}
PROCESSORS = {"defined", "__x86_64__", "__i386__", "__aarch64__"}


@check(
    "switches",
    f"no conditional compilation in core, but for sanitizers ({GHOSTS}), checked builds ({CHECKED}), how programs are "
    "compiled (core/words/compiler.hpp, exceptions.hpp) and processors (core/words)",
    [
        ({"core/freelist/bad.hpp": "#pragma once\n#ifdef UNDER_TEST\n#endif\n"}, "core/freelist/bad.hpp:2"),
        ({"core/words/bad.hpp": "#pragma once\n#if defined(UNDER_TEST)\n#endif\n"}, "core/words/bad.hpp:2"),
        ({"core/bump/bad.hpp": "#pragma once\n  # if defined(__x86_64__)\n#endif\n"}, "core/bump/bad.hpp:2"),
    ],
)
def switches(tree):
    for path, text in tree.cpp():
        if not path.startswith("core/") or path in {GHOSTS, CHECKED, *COMPILERS}:
            continue
        for line, match in matches(CONDITION, text):
            names = set(re.findall(r"[A-Za-z_]\w*", match[1]))
            if not (path.startswith("core/words/") and names <= PROCESSORS):
                yield Finding(path, line, f"found {match[0].strip()}, expected no conditional compilation (sanitizers: "
                                          f"{GHOSTS})")


@check(
    "layout",
    "no tabs or trailing spaces in code, #pragma once, at most 500 lines and 128 columns of C++, an end of line at the end",
    [
        ({"scripts/bad": "#!/bin/sh\n\ttrue\n"}, "scripts/bad:2"),
        ({"core/bump/bad.cpp": "int x; \n"}, "core/bump/bad.cpp:1"),
        ({"core/bump/bad.hpp": "int x;\n"}, "core/bump/bad.hpp:1"),
        ({"core/bump/bad.cpp": "int x;\n" * 501}, "core/bump/bad.cpp:501"),
        ({"core/bump/bad.cpp": "\n//" + "x" * 127 + "\n"}, "core/bump/bad.cpp:2"),
        ({"scripts/cmake/bad.cmake": "\nset(x)"}, "scripts/cmake/bad.cmake:2"),
    ],
)
def layout(tree):
    cpp = dict(tree.cpp())
    for path, text in tree.code():
        lines = text.splitlines()
        if text and not text.endswith("\n"):
            yield Finding(path, len(lines), "found no end of line at the end of the file, expected one")
        if path.endswith(".hpp") and "#pragma once" not in lines:
            yield Finding(path, 1, "found no #pragma once, expected one")
        if path in cpp and len(lines) > 500:
            yield Finding(path, 501, f"found {len(lines)} lines, expected at most 500")
        for number, line in enumerate(lines, 1):
            if "\t" in line:
                yield Finding(path, number, "found a tab, expected spaces")
            if line != line.rstrip():
                yield Finding(path, number, "found trailing spaces, expected none")
            if path in cpp and len(line) > 128:
                yield Finding(path, number, f"found {len(line)} columns, expected at most 128")


NOTES = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b")


@check(
    "notes",
    "no notes to oneself",
    [({"README.md": "a\nb " + word + ": c\n"}, "README.md:2") for word in ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]],
)
def notes(tree):
    for path, text in tree.texts.items():
        for line, match in matches(NOTES, text):
            yield Finding(path, line, f"found {match[0]}, expected it done or filed as an issue")


@check("format", "scripts/lab format --check", [({"core/bump/bad.cpp": "int x;\nint  y ;\n"}, "core/bump/bad.cpp:2")])
def formatted(tree):
    for path, line in formatting.unformatted([tree.root / path for path, _ in tree.cpp()], tree.root):
        yield Finding(path, line, formatting.WHAT)
