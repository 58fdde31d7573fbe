"""Asks z3 and cvc5 the questions that system.py makes, and says what they answered.

Questions with the same assumptions are one dialogue with a solver (push, check-sat, pop): several times as fast as one process
for each. What is not answered there as it should be is asked again alone, and that answer counts; its file replays it.
"""

import contextlib
import itertools
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "build" / "proofs" / "smt"
SOLVERS = {"z3": ["z3", "-t:{limit}000"], "cvc5": ["cvc5", "--incremental", "--tlimit-per={limit}000"]}
LIMIT = 60  # seconds for one question


@dataclass
class Answer:
    question: object
    solver: str
    answer: str
    seconds: float
    command: str

    @property
    def good(self):
        return self.answer == self.question.expected

    @property
    def verdict(self):
        if self.good:
            return "holds"
        return "refuted" if self.answer in ("sat", "unsat") else "undecided"


@contextlib.contextmanager
def query_file(questions):
    """The file of a dialogue while a solver reads it, and its name afterwards; of a single question, a file that stands for
    itself. Another solver, or another process, may be asking questions of the same name."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = questions[0].name if len(questions) == 1 else f"{questions[0].name}.together"
    lines = [questions[0].given]
    for question in questions:
        lines += question.lines() if len(questions) == 1 else ["(push 1)", *question.lines(), "(pop 1)"]
    file = FOLDER / (name.replace("/", "__") + ".smt2")
    own = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.smt2")
    own.write_text("\n".join([*lines, ""]))
    try:
        yield str(own), str(file)
    finally:
        own.replace(file)


def command(solver):
    return [part.format(limit=LIMIT) for part in SOLVERS[solver]]


def dialogue(questions, solver):
    """Answers to questions with the same assumptions, from one process. What is neither sat nor unsat (a timeout, an error,
    unknown) is "unknown"; if their number is wrong, all are."""
    with query_file(questions) as (own, file):
        begin = time.monotonic()
        done = subprocess.run([*command(solver), own], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    if "error" in done.stdout or len(words) != len(questions):
        words = ["unknown"] * len(questions)
    seconds = (time.monotonic() - begin) / len(questions)
    again = " ".join([*command(solver), file])
    return [Answer(question, solver, word if word in ("sat", "unsat") else "unknown", seconds, again)
            for question, word in zip(questions, words)]


def first_wrong(questions, solver):
    """The first question that has the opposite answer of what is expected, or None; what comes after it is not asked."""
    if not questions:
        return None
    with query_file(questions) as (own, _), \
            subprocess.Popen([*command(solver), own], stdout=subprocess.PIPE, text=True) as process:
        for question, line in zip(questions, process.stdout):
            if "error" in line:
                break
            if line.strip() in {"sat", "unsat"} - {question.expected}:
                process.kill()
                return question
    return None


def ask(questions, solver):
    answers = dialogue(questions, solver)
    return [one if one.good or len(questions) == 1 else dialogue([one.question], solver)[0] for one in answers]


def together(questions):
    """Questions in a row with the same assumptions."""
    return [list(some) for _, some in itertools.groupby(questions, key=lambda question: question.given)]
