"""Every check of scripts/lab tidy must find nothing in a good tree, and each violation planted in it."""

import tempfile
from pathlib import Path

from .checks import CHECKS
from .tree import Tree

GOOD = {
    "README.md": "A table\t of contents; std::atomic is a word here. \n",
    "core/INVARIANTS.md": "| ID | where | model |\n| --- | --- | --- |\n| SEG-1 | here | later: there |\n",
    "core/rarena.hpp": '#pragma once\n\n#include "bump/cursor.hpp"\n#include "memory/map.hpp"\n',
    "core/layout/base.hpp": "// Invariants: SEG-1.\n#pragma once\n",
    "core/words/orders.hpp": "#pragma once\n\nenum class Site : int {\n  cursor_load,  // the site\n  count,\n};\n",
    "core/words/store.hpp": '#pragma once\n\n#include <atomic>\n\n#include "../layout/base.hpp"\n\n#if '
                            'defined(__x86_64__)\n#endif\n',
    "core/words/ghosts.hpp": "#pragma once\n\n#ifdef __SANITIZE_ADDRESS__\n#endif\n",
    "core/bump/cursor.hpp": '#pragma once\n\n#include "../words/orders.hpp"\n\ninline constexpr Site site = '
                            'Site::cursor_load;\n',
    "core/bump/cursor_test.cpp": '#include "cursor.hpp"\n\n#include <gtest/gtest.h>\n',
    "core/memory/map.hpp": '#pragma once\n\n#include "../layout/base.hpp"\n',
    "core/arena/example/main.cpp": "#include <rarena/rarena.hpp>\n",
    "models/model.hpp": '#pragma once\n\n#include "core/bump/cursor.hpp"\n',
    "scripts/run": "#!/bin/sh\ntrue\n",
}


def places(check, files):
    """What a check reports on a tree with these files, as path:line."""
    texts = {path: text for path, text in files.items() if text is not None}
    with tempfile.TemporaryDirectory(prefix="rarena-tidy-") as folder:
        if check.name == "format":  # the one check that reads the files themselves
            for path, text in texts.items():
                Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, path).write_text(text, encoding="utf-8")
        return [f"{finding.path}:{finding.line}" for finding in check.run(Tree(folder, texts))]


def failures():
    """What is wrong with the checks themselves, one line each."""
    found = []
    for check in CHECKS.values():
        if not check.planted:
            found.append(f"self-test: {check.name}: expected a planted violation, found none")
        for overlay, expected in [({}, None), *check.planted]:
            reported = places(check, {**GOOD, **overlay})
            if reported != ([expected] if expected else []):
                found.append(f"self-test: {check.name}: expected {expected or 'nothing'} to be reported, found "
                             f"{reported or 'nothing'}")
    return found
