"""The table of proofs/README.md: transition -> ledger row -> code, checked on all sides.

`faults` returns what is wrong with it, one sentence each: a transition of the proof without a row, a row without a transition,
a site that the ledger does not have or that no row and no reason names, a file or function that is not there.
"""

import re

import list_system
import merge_system
import segment_system

ROW = re.compile(r"^\| `([\w.]+)` \| ([a-z, ]+) \| (?:`(\w+)`|none) \| (?:`([\w/.]+)`: `(\w+)`|none: [^|]+) \|")
WITHOUT = re.compile(r"^- `(\w+)`: ")
LEDGER = "core/words/orders.hpp"
README = "proofs/README.md"


def transitions():
    """(transition, system) of everything that is proved."""
    systems = (list_system.make(), segment_system.make(), merge_system.make())
    return {(name, system.name) for system in systems for name in system.transitions}


def rows(readme):
    """(transition, system, site, file, function) of each row, by system."""
    for line in readme.splitlines():
        match = ROW.match(line)
        if match:
            for system in match[2].split(", "):
                yield match[1], system, match[3], match[4], match[5]


def sites(ledger):
    return set(re.findall(r"\{Site::(\w+), \"", ledger))


def code_fault(text_of, file, function):
    text = text_of(file)
    if text is None:
        return f"found no file {file}"
    if not re.search(rf"\b{function}\b", text):
        return f"found no {function} in {file}"
    return None


def faults(text_of):
    """`text_of`: the text of a file of the project by its path; None: there is none."""
    readme = text_of(README)
    known, table = sites(text_of(LEDGER) or ""), list(rows(readme))
    shown = {(transition, system) for transition, system, *_ in table}
    for transition, system in sorted(transitions() - shown):
        yield f"the transition {system}/{transition} has no row in the table"
    for transition, system in sorted(shown - transitions()):
        yield f"the table names {system}/{transition}, which is no transition of the proof"
    for transition, _, site, file, function in table:
        if site and site not in known:
            yield f"the row of {transition} names the site {site}, which is not in {LEDGER}"
        if site and transition.split(".")[0] != site:
            yield f"the row of {transition} names the site {site}, expected the one that the transition is named after"
        if not site and transition.split(".")[0] in known:
            yield f"the row of {transition} names no site, expected {transition.split('.')[0]}"
        wrong = code_fault(text_of, file, function) if file else None
        if wrong:
            yield f"the row of {transition}: {wrong}"
    explained = set(filter(None, (match and match[1] for match in map(WITHOUT.match, readme.splitlines()))))
    for site in sorted(known - {site for _, _, site, _, _ in table} - explained):
        yield f"the site {site} of {LEDGER} is neither in the table nor among those left out"
    for site in sorted(explained - known):
        yield f"{site} is said to be left out, and is not in {LEDGER}"
