"""Minimised failures, scripts/verify --minimise BUG: a bug of the corpus is found on the checker, and the violation made small: fewer
threads, calls, parts of the start, context switches, reads of old stores, in that order. The smaller program must hold without the bug.
"""

import os
import time

from verify_contract import VIOLATION, CannotRun
from verify_engine import Job
from verify_kills import CHECKER, ask, result_of


def minimised(bug, options):
    """(what was found first, what is left of it)."""
    name = f"{bug['name']}-{bug['scenario']}-{bug['freelist']}.json"
    first = os.path.join(options.artifacts, f"checker-{name}")
    least = os.path.join(options.artifacts, f"checker-minimised-{name}")
    job = Job(CHECKER, bug["scenario"], bug["freelist"], bug["scheduler"], first, bound=bug["bound"], mutant=bug["name"])
    found = result_of(*job.arguments())
    if found["verdict"] != VIOLATION:
        return found, None
    return found, result_of("minimise", first, "--artifact", least)


def lines(bug, found, least):
    yield f"{bug['name']}: {least['invariant']}, found after {found['iterations']:,} executions of {bug['scenario']} {bug['freelist']}"
    for when, size in (("before", least["from"]), ("after", least["to"])):
        yield f"  {when + ':':<8} {size['threads']} threads, {size['calls']} calls, {size['parts']} parts: {size['program']}"
    chosen = f"the simplest of all {least['violating']:,}" if least["all_seen"] else f"the simplest of the first {least['violating']:,}, bounded,"
    explained = "" if least["interleaved"] else "; no interleaving explains it"
    yield (f"  execution: {chosen} that violate: {least['switches']} context switches, {least['old_reads']} reads of old stores{explained}")
    undecided = f", {least['undecided']} of them not decided within the maximum of executions" if least["undecided"] else ""
    yield f"  {least['candidates']} candidates{undecided}, {least['iterations']:,} executions, {least['seconds']:.1f} s"
    yield f"  without the bug: {least['twin']}"
    yield f"  scripts/repro {os.path.relpath(least['artifact'])}"
    yield ""
    yield least["trace"]


def table(rows):
    yield "| bug | invariant | threads | calls | parts | switches | old reads | executions | seconds | without the bug |"
    yield "|" + " --- |" * 10
    for bug, least in rows:
        before, after = least["from"], least["to"]
        sizes = " | ".join(f"{before[what]} to {after[what]}" for what in ("threads", "calls", "parts"))
        yield (f"| {bug['name']} | {least['invariant']} | {sizes} | {least['switches']} | {least['old_reads']} | "
               f"{least['iterations']:,} | {least['seconds']:.1f} | {least['twin']} |")


def run_minimise(options):
    corpus = {bug["name"]: bug for bug in ask("list")["corpus"]}
    for name in options.minimise:
        if name not in corpus:
            raise CannotRun(f'unknown bug "{name}"; known: {", ".join(corpus)}')
    os.makedirs(options.artifacts, exist_ok=True)
    began, rows, bad = time.monotonic(), [], []
    for name in dict.fromkeys(options.minimise):
        found, least = minimised(corpus[name], options)
        if least is None:
            bad.append(f"{name}: not found: {found['verdict']}")
            continue
        print("\n".join(lines(corpus[name], found, least)), flush=True)
        rows.append((corpus[name], least))
        if least["invariant"] != found["invariant"] or least["twin"] != "held":
            bad.append(f"{name}: {found['invariant']} became {least['invariant']}, and without the bug: {least['twin']}")
    if rows:
        print("\n".join(table(rows)) + "\n")
    for line in bad:
        print(f"NOT AS EXPECTED: {line}")
    print(f"{'all as expected' if not bad else 'FAILED'}: {len(rows)} bugs minimised ({time.monotonic() - began:.0f} s)")
    return 1 if bad else 0
