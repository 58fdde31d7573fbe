"""What a run of ctest has tested, from its own record and those that its tests leave in a folder.

A ctest that is a whole program leaves NAME.xml (GoogleTest, pytest) or NAME.json (scripts/verify), and each of its tests
counts. Where there is no record, as after a crash, it counts as one test.
"""

import json
import os
import re
import xml.etree.ElementTree as xml


def of_tests(path):
    cases = list(xml.parse(path).getroot().iter("testcase"))
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(case.get("result") in ("skipped", "suppressed") or case.find("skipped") is not None for case in cases)
    return len(cases) - failed - skipped, failed, skipped


def of_verify(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    verdicts = [row["verdict"] for engine in report["engines"] for row in engine["scenarios"]]
    verdicts += [cell["verdict"] for row in report["bugs"] for cell in row["engines"].values() if "verdict" in cell]
    failed = sum(verdict != "held" for verdict in verdicts)  # of a bug: it was found, and its control held
    return len(verdicts) - failed, failed, 0


READERS = {".xml": of_tests, ".json": of_verify}


def of_case(case, folder):
    """Passed, failed, skipped of one ctest."""
    status = case.get("status")
    if status in ("notrun", "disabled"):
        return 0, 0, 1
    for suffix, read in READERS.items():
        path = os.path.join(folder, case.get("name") + suffix)
        if os.path.exists(path):
            try:
                passed, failed, skipped = read(path)
            except (xml.ParseError, ValueError, KeyError):
                break
            return passed, max(failed, 1 if status == "fail" else 0), skipped
    return (1, 0, 0) if status == "run" else (0, 1, 0)


def counts(junit, folder):
    cases = xml.parse(junit).getroot().findall("testcase")
    return [sum(column) for column in zip((0, 0, 0), *(of_case(case, folder) for case in cases))]


def world(junit):
    """The faults that the tests of a world that fails have made, added up."""
    text = "\n".join(out.text or "" for out in xml.parse(junit).getroot().iter("system-out"))
    lines = re.findall(r"^world: (\w+): (\d+) faults of ([a-z ]+), (.*)$", text, re.MULTILINE)
    if not lines:
        return ""
    count = {kind: sum(int(n) for _, n, k, _ in lines if k == kind) for kind in ("system calls", "allocations")}
    bad = sum("failures" in end for *_, end in lines)
    return (f"a world that fails: {count['system calls']} faults of system calls and {count['allocations']} of allocations in "
            f"{len({name for name, *_ in lines})} operations; with something silent, leaked or damaged: {bad}")
