"""The kill matrix, scripts/verify --kills: every ordered row of the ledger, weakened one step, against every scenario of the
checker.

A row is killed by a scenario if some execution violates something. A row that nothing kills must have its argument why it
cannot be beside the known bugs. The result is core/ORDERS.md.
"""

import sys

from .. import analyses, catalogue
from ..basics import ROOT, shown, write_text
from ..contract import INCOMPLETE
from ..engines import CHECKER, ask, what_words
from ..tables import document, markdown

DOCUMENT = ROOT / "core" / "ORDERS.md"


def verdict_of(row, cases):
    """What the document says of a weakened row, and whether that explains it."""
    killers = sorted((case for case in cases if case.violated), key=lambda case: case.result["iterations"])
    if killers:
        first = killers[0]
        more = f", and {len(killers) - 1} more" if len(killers) > 1 else ""
        return (f"killed by {first.scenario} ({first.freelist}) after {first.result['iterations']:,}: "
                f"{first.result.get('invariant', '')}{more}"), True
    if row["why_not_killed"]:
        return f"not killed: {row['why_not_killed']}", True
    return "**SURVIVES, unexplained**", False


class Analysis(analyses.Analysis):
    def cases(self):
        options = self.options
        self.rows = ask(CHECKER, "ledger")
        self.scenarios = [scenario for scenario in catalogue.load().scenarios
                          if not options.scenario or scenario.name in options.scenario]
        self.runs = [(scenario, freelist) for scenario in self.scenarios for freelist in scenario.freelists
                     if options.freelist in (None, freelist)]
        self.weakened = [bug["name"] for row in self.rows for bug in row["bugs"]]
        self.of = {bug: [] for bug in self.weakened}
        for bug in self.weakened:
            for scenario, freelist in self.runs:
                self.of[bug].append(self.case(bug, scenario, freelist))
        return [case for bug in self.weakened for case in self.of[bug]]

    def case(self, bug, scenario, freelist):
        effort = scenario.efforts["checker"]["quick"]
        exhaustive = effort.get("exhaustive", True)
        words = ["run", *what_words(scenario.name, freelist, bug), "--scheduler", "exhaustive" if exhaustive else "bound"]
        words += [] if exhaustive else ["--bound", str(effort["bound"])]
        case = analyses.Case(f"{scenario.name} {freelist} with {bug}", [*words, "--maximum", str(self.options.kill_maximum)],
                             scenario=scenario.name, freelist=freelist, bug=bug)
        case.bounded = not exhaustive
        return case

    def as_expected(self, case):
        return True  # a row is explained by all of its cases together

    def line(self, case):
        """When a row has ended."""
        row = self.of[case.bug]
        if any(other.result is None for other in row):
            return ""
        killers = sum(other.violated for other in row)
        number = f"{self.weakened.index(case.bug) + 1} of {len(self.weakened)}"
        return f"{number}: {case.bug}: killed by {killers} of {len(row)} runs"

    def table(self):
        """Its rows, and the bugs that nothing explains."""
        rows, unexplained = [], []
        for row in self.rows:
            order = row["order"] + (f" / {row['failure']}" if row["compare_exchange"] else "")
            if not row["bugs"]:
                rows.append([row["site"], order, "", "nothing is weaker"])
            for bug in row["bugs"]:
                text, explained = verdict_of(row, self.of[bug["name"]])
                rows.append([row["site"], order, bug["order"], text])
                unexplained += [] if explained else [bug["name"]]
        return rows, unexplained

    def kills(self):
        """{scenario: the sites that it kills}."""
        kills = {scenario.name: [] for scenario in self.scenarios}
        for bug in self.weakened:
            site = bug.removeprefix("weaken:").split("=")[0]
            for case in self.of[bug]:
                if case.violated and site not in kills[case.scenario]:
                    kills[case.scenario].append(site)
        return kills

    def facts(self):
        rows, unexplained = self.table()
        killed = sum(any(case.violated for case in self.of[bug]) for bug in self.weakened)
        bounded = sorted({case.scenario for bug in self.weakened for case in self.of[bug] if not case.violated and
                          (case.bounded or case.result["verdict"] == INCOMPLETE)})
        counts = (f"{len(self.rows)} rows, {len(self.weakened)} weakenings: {killed} killed, "
                  f"{len(self.weakened) - killed - len(unexplained)} not killed with a reason, {len(unexplained)} unexplained.")
        return {"rows": list(markdown(["row", "order", "weakened to", "verdict"], rows)), "counts": counts, "bounded": bounded,
                "runs": len(self.runs), "maximum": f"{self.options.kill_maximum:,}", "kills": self.kills(),
                "purposes": {scenario.name: scenario.about for scenario in self.scenarios}}, unexplained

    def conclusion(self, cases):
        facts, _ = self.facts()
        yield from facts["rows"]
        yield ""
        yield facts["counts"]

    def totals(self, cases):
        return f"{len(cases)} runs, {len(self.weakened)} weakenings"

    def after(self, cases, status):
        facts, unexplained = self.facts()
        if not self.options.scenario and not self.options.freelist:  # a part is not the document
            write_text(DOCUMENT, document("orders.md.jinja", **facts))
            print(f"written: {shown(DOCUMENT)}", file=sys.stderr)
        return 1 if unexplained else status
