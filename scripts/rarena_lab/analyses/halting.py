"""Halting threads, scripts/verify --halting: every thread of every scenario stops for ever before each of its steps, one thread
in one place at a time. The others must come to their ends: PRG-1. What is measured is the largest number of own steps that a
call took, a step being an access to a shared word.

Passes of a retry loop that only read an old value and go back are not among them: the checker runs the pass that reads the new
value instead. A thread that waits for one that has stopped is a livelock, and a violation.
"""

from .. import analyses, catalogue, findings
from ..engines import effort_words, halting_words
from ..tables import markdown

# How many own steps a call of a scenario may take, whoever has stopped: a little more than was ever seen. A merge looks at all of
# the list, and a call that makes a table puts up to 16 boundaries into it.
STATED, STATED_OF_MERGE, STATED_WITH_TABLE = 80, 120, 200


def stated(scenario, call):
    if " tables " in scenario.program:
        return STATED_WITH_TABLE
    return STATED_OF_MERGE if call == "merge" else STATED


class Analysis(analyses.Analysis):
    unit = "scenario runs"

    def cases(self):
        known, options = catalogue.load(), self.options
        self.scenarios = {scenario.name: scenario for scenario in known.scenarios}
        efforts = {scenario.name: scenario.efforts["checker"]["quick"] for scenario in known.scenarios}
        for scenario in known.scenarios:
            for freelist in scenario.freelists if not options.scenario or scenario.name in options.scenario else ():
                yield self.case(scenario.name, freelist, efforts[scenario.name])
        for bug in () if options.scenario else known.found_by("halting"):
            yield self.case(bug.scenario, bug.freelist, efforts[bug.scenario], bug)

    def case(self, scenario, freelist, effort, bug=None):
        name = bug.name if bug else ""
        words = [*halting_words(scenario, freelist, name), "--maximum", str(self.options.halt_maximum), *effort_words(effort)]
        return analyses.Case(f"{scenario} {freelist}" + (f" with {name}" if name else ""), words,
                             "-".join(filter(None, ("checker-halting", name, scenario, freelist))), scenario, freelist,
                             bug=name, invariant=bug.found_by["halting"]["invariant"] if bug else "")

    def as_expected(self, case):
        return case.as_expected and (bool(case.bug) or case.result["verdict"] == "held"
                                     and all(steps <= self.stated(case, call) for call, steps in case.result["steps"].items()))

    def stated(self, case, call):
        return stated(self.scenarios[case.scenario], call)

    def told(self, case):
        steps = ", ".join(f"{call} {steps}" for call, steps in case.result["steps"].items())
        return f"{case.result['points']} places, {case.result['iterations']:,} executions, longest: {steps}"

    def violation(self, case):
        at = findings.read(case.result["finding"]).options["at"]
        return f"{case.result['invariant']}: thread {at['thread']} stopped after {at['before']} steps: {case.result['message']}"

    def unexpected(self, case):
        steps = case.result["steps"]
        most = max((self.stated(case, call) for call in steps), default=STATED)
        return f"{case.result['verdict']}, steps {steps}, at most {most}"

    def conclusion(self, cases):
        cases = [case for case in cases if not case.bug]
        calls = list(dict.fromkeys(call for case in cases for call in case.result["steps"]))
        yield from markdown(["scenario", "freelist", "places", "executions", *calls, ""], (
            [case.scenario, case.freelist, case.result["points"], f"{case.result['iterations']:,}",
             *(case.result["steps"].get(call, "") for call in calls),
             "all executions" if case.result["complete"] else "bounded"]
            for case in cases))
        longest = ", ".join(f"{call} {max(case.result['steps'].get(call, 0) for case in cases)}" for call in calls)
        yield f"\nlargest numbers of own steps of a call: {longest}"
        yield (f"\nEach thread of a scenario stops in each place, one at a time, up to {self.options.halt_maximum:,} "
               "executions of each place; where that was not all, bounded. Two threads that stop, and longer lists, are not "
               "shown.")
