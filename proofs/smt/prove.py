#!/usr/bin/env python3
"""Proves the invariants of list, segments and merging, with z3 and with cvc5, and takes every transition in a run.

  proofs/smt/prove.py                 every obligation and every run, by both solvers, and every mutant
  proofs/smt/prove.py --lines         in addition leaves every line of the descriptions out, alone: something must notice
  proofs/smt/prove.py --only TEXT     the obligations whose name contains TEXT
  proofs/smt/prove.py --mutant NAME   that mutant alone
  proofs/smt/prove.py --list          statements, runs among them, transitions and mutants

Standard output: one JSON line per statement and solver, {statement, ids, tool, seconds, verdict, ...}. Verdicts: "holds",
"refuted" (by a model), "undecided" (neither: as bad); of a mutant: "rejected" or "accepted". Queries go to build/proofs/smt; a
failing one is printed as a command that runs it again.
Exit status: 0 all holds and all mutants are rejected, 1 not, 2 wrong use, 3 a solver is missing.
"""

import argparse
import collections
import itertools
import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import list_system  # noqa: E402
import lines  # noqa: E402
import merge_system  # noqa: E402
import mutants  # noqa: E402
import runs  # noqa: E402
import segment_system  # noqa: E402
import solvers  # noqa: E402
from system import ASSUMED  # noqa: E402

SYSTEMS = [list_system.make, segment_system.make, merge_system.make]


class Progress:
    """One line on standard error that is rewritten, if a person is looking."""

    def __init__(self, total):
        self.total, self.done, self.begin = total, 0, time.monotonic()

    def step(self, name):
        self.done += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{self.done}/{self.total}  {time.monotonic() - self.begin:.0f} s  {name[:60]:60}")
            if self.done == self.total:
                sys.stderr.write("\n")


def ask_all(questions, jobs):
    """Answers to every question by every solver."""
    tasks = [(some, solver) for some in solvers.together(questions) for solver in solvers.SOLVERS]
    progress = Progress(len(tasks))

    def one(task):
        answers = solvers.ask(*task)
        progress.step(task[0][0].name)
        return answers

    with ThreadPoolExecutor(jobs) as pool:
        return list(itertools.chain.from_iterable(pool.map(one, tasks)))


def statements_of(system):
    """name -> (ids, in words), with those that are about the description itself."""
    found = {one.name: (one.ids, one.about) for one in system.invariants.values()}
    for transition in system.transitions.values():
        found |= {name: (ids, about) for name, ids, about, _ in transition.goals}
    found |= {one.name: (one.ids, one.about) for one in system.lemmas.values()}
    found |= {f"run_{run.name}": ([], run.about) for run in runs.RUNS.get(system.name, [])}
    return found | {name: ([], name) for name in (ASSUMED, runs.HAPPENS)}


def report(system, answers):
    """One record per statement and solver."""
    groups = collections.defaultdict(list)
    for answer in answers:
        for statement in answer.question.statements:
            groups[statement, answer.solver].append(answer)
    known = statements_of(system)
    for (statement, solver), some in sorted(groups.items()):
        missing = runs.missing(system) if statement == runs.HAPPENS else []
        verdicts = {answer.verdict for answer in some} | {"refuted" for _ in missing}
        verdict = next(word for word in ("refuted", "undecided", "holds") if word in verdicts)
        ids, about = known[statement]
        yield {"statement": f"{system.name}/{statement}", "about": about, "ids": ids, "tool": solver,
               "seconds": round(sum(answer.seconds for answer in some), 2), "verdict": verdict, "obligations": len(some),
               "failing": missing + [answer.question.name for answer in some if not answer.good]}


def listing():
    for make in SYSTEMS:
        system = make()
        for name, (ids, about) in statements_of(system).items():
            print(f"statement   {system.name}/{name}: {about} {' '.join(ids)}")
        for transition in system.transitions.values():
            print(f"transition  {system.name}/{transition.name}: {transition.about}")
    for name, (_, _, about, _) in mutants.MUTANTS.items():
        print(f"mutant      {name}: {about}")


def complaint(system, answer):
    """What is wrong with an answer that is not as expected; of a run, the step that cannot be taken."""
    question, found = answer.question, answer.answer
    if question.kind == "run":
        steps = runs.prefixes(system, question.statements[0])
        found += next((f" at {step}" for step, first in steps if not solvers.dialogue([first], answer.solver)[0].good), "")
    return f"{question.name}: expected {question.expected}, found {found}; again: {answer.command}"


def questions_of(system):
    return [*system.questions(), *runs.questions(system)]


def prove_system(system, options):
    """Prints the records of a system; returns whether all is as it should be."""
    questions = [one for one in questions_of(system) if options.only in one.name]
    answers = ask_all(questions, options.jobs)
    for record in report(system, answers):
        print(json.dumps(record), flush=True)
    wrong = [complaint(system, answer) for answer in answers if not answer.good]
    if not options.only:
        wrong += [f"{system.name}/{name}: expected the transition in a run, found it in none" for name in runs.missing(system)]
    for text in wrong:
        print(text, file=sys.stderr)
    return not wrong


def prove(options):
    """Prints the records; returns whether all is as it should be."""
    good = True
    for make in SYSTEMS if not options.mutant else []:
        good = prove_system(make(), options) and good
    names = [options.mutant] if options.mutant else [] if options.only else list(mutants.MUTANTS)
    with ThreadPoolExecutor(options.jobs) as pool:
        records = itertools.chain(pool.map(mutants.reject, names),
                                  (lines.check(make, pool) for make in (SYSTEMS if options.lines else [])))
        for record in records:
            print(json.dumps(record), flush=True)
            good = good and record["verdict"] in ("rejected", "holds")
    return good


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--lines", action="store_true")
    parser.add_argument("--mutant", choices=sorted(mutants.MUTANTS), metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    if options.list:
        listing()
        return 0
    missing = [solver for solver in solvers.SOLVERS if not shutil.which(solver)]
    if missing:
        print(f"found no {', '.join(missing)}, expected z3 and cvc5 (Debian packages of these names)", file=sys.stderr)
        return 3
    if options.only and not any(options.only in question.name for make in SYSTEMS for question in questions_of(make())):
        print(f"found no obligation whose name contains {options.only}, expected e.g. list/claim_mark", file=sys.stderr)
        return 2
    return 0 if prove(options) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
