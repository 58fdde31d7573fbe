"""Crashes, scripts/verify --crash: the process is killed, the power goes, a flush fails, and more (MODES), at every moment of
every execution of every scenario. What is left is opened by the shipped recovery: REC-2, REC-3.

A file is counted once with what must be kept of it. A scenario that is too large for all executions, or has more than the
maximum, is bounded.
"""

from .. import analyses, catalogue
from ..contract import HELD
from ..engines import crash_words, effort_words
from ..tables import markdown

MODES = ("kill", "power", "failing", "evicted", "shrink", "fork", "create", "copy")
# Executions of one scenario where the user names no maximum: the first two modes finish most scenarios, the others are slower.
MAXIMUM = {"kill": 3_000_000, "power": 3_000_000}
MAXIMUM_OF_OTHERS = 5_000
COUNTS = {"cuts": "moments", "files": "files", "recoveries": "recoveries"}


def all_executions(case):
    return case.result["verdict"] == HELD and case.result["exhaustive"]


def total(cases, mode, what):
    return sum(case.result["crash"][what] for case in cases if case.mode == mode)


def table(cases):
    """Files, of every mode; and all that there was of each mode."""
    rows, by_run = [], {}
    for case in cases:
        by_run.setdefault((case.scenario, case.freelist), {})[case.mode] = case
    for (scenario, freelist), modes in by_run.items():
        files = [f"{modes[mode].result['crash']['files']:,}" for mode in MODES]
        executions = max(case.result["iterations"] for case in modes.values())
        extent = "all executions" if all(map(all_executions, modes.values())) else "bounded"
        rows.append([scenario, freelist, f"{executions:,}", *files, extent])
    for what, name in COUNTS.items():
        rows.append([f"all: {name}", "", "", *(f"{total(cases, mode, what):,}" for mode in MODES), ""])
    return markdown(["scenario", "freelist", "executions", *MODES, ""], rows)


class Analysis(analyses.Analysis):
    def cases(self):
        known, options = catalogue.load(), self.options
        for scenario in known.scenarios:
            for freelist in scenario.freelists if not options.scenario or scenario.name in options.scenario else ():
                for mode in MODES:
                    yield self.case(mode, scenario.name, freelist, effort=scenario.efforts["checker"]["quick"])
        for bug in () if options.scenario else known.found_by("crash"):
            how = bug.found_by["crash"]
            for mode in [how["mode"]] if isinstance(how["mode"], str) else how["mode"]:
                yield self.case(mode, bug.scenario, bug.freelist, bug)

    def case(self, mode, scenario, freelist, bug=None, effort=None):
        options, name = self.options, bug.name if bug else ""
        maximum = options.crash_maximum or MAXIMUM.get(mode, MAXIMUM_OF_OTHERS)
        words = crash_words(scenario, freelist, mode, options.page, name)
        words += ["--maximum", str(maximum), *([] if bug else effort_words(effort))]
        return analyses.Case(f"{mode}: {scenario} {freelist}" + (f" with {name}" if name else ""), words,
                             "-".join(filter(None, ("checker", mode, name, scenario, freelist))), scenario, freelist, mode,
                             name, "REC-")

    def told(self, case):
        counts = case.result["crash"]
        return (f"{case.result['iterations']:,} executions, {counts['cuts']:,} moments, {counts['files']:,} files, "
                f"{counts['recoveries']:,} recoveries{'' if all_executions(case) else ', bounded'}")

    def conclusion(self, cases):
        yield from table([case for case in cases if not case.bug])
        yield (f"\nPages of {self.options.page} bytes get to the disk each at a moment of its own. Not shown: pages that are "
               "written in part, disks that lie, executions beyond the bounds, system calls (stress/kill_reopen kills real "
               "processes).")

    def totals(self, cases):
        scenarios = [case for case in cases if not case.bug]
        files = ", ".join(f"{mode} {total(scenarios, mode, 'files'):,}" for mode in MODES)
        bugs = [case for case in cases if case.bug]
        return f"{len(scenarios)} runs, files: {files}; {sum(case.as_expected for case in bugs)} of {len(bugs)} bugs found"
