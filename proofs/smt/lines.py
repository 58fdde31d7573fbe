"""Which lines of the descriptions are needed: each conjunct of a guard and each update is left out, alone.

A line is noticed if, without it,
    some obligation or lemma of its transition is refuted by z3 in a small structure, or
    some run from the start can no longer be taken, or what it tells is no longer so.
A line that nobody notices says that invariants and lemmas are too weak, or that the line can go, or that it is a fact about the
code which no property depends on: then UNNOTICED has the reason. What is in UNNOTICED and is noticed is an error, too. With
every line in its place nobody must notice anything: otherwise the small structures would be wrong ones.

What it does not show: that the lines together are enough for anything; that is what the proofs are for.
"""

import time

import runs
import solvers
import terms

SOLVER = "z3"
NOTHING = "nothing"

NO_READER = "no thread remembers the tag of a word that was in no list, or when nobody else is at work"
EXCLUSIVE = "no thread is at work while the process is down; that nobody is, is noticed in the list system's plan_link"
TAG = "the same tag means the same link: the tag alone says it, and a word is compared as a whole"
COMPARED = ("find_validate", "find_help", "claim_unlink", "insert_publish", "spare_pop", "spare_push")
UNNOTICED = {  # (system, transition, line) -> reason
    ("list", "find_head", "guard (not (= (mode t) CONFIRM))"): "as good a step as confirm_head: the name says what it is for",
    ("list", "advance", "guard (=> (= (mode t) CONFIRM) (not (< (rank (extent (mine t))) (rank (cext t)))))"):
        "a confirming search may go on behind the place of its descriptor; that it need not is confirmed",
    **{("list", name, f"guard {part}"): TAG for name in COMPARED
       for part in ("(= (next (prev t)) (cur t))", "(not (marked (prev t)))")},
    **{("list", name, f"guard {part}"): TAG for name in ("claim_mark", "claim_mark.found")
       for part in ("(= (next (cur t)) (cnext t))", "(= (marked (cur t)) (cmark t))")},
    **{("list", "claim_mark.noted", f"guard {part}"): TAG
       for part in ("(= (next (of m)) (onnext m))", "(not (marked (of m)))")},
    ("list", "index_root", "guard (= (pc t) BEGIN)"): "elsewhere it would say where the next try begins, and as soundly",
    ("list", "index_publish", "guard (= (child b) null)"): "a table that is replaced by another one is a loss of speed only",
    ("list", "slab_link.boundary", "tag of n"): NO_READER,
    ("list", "plan_link.unlink", "tag of p"): NO_READER,
    ("list", "slab_link", "tag of n"): NO_READER,
    ("list", "plan_link", "tag of n"): NO_READER,
    ("list", "plan_link.spare_head", "tag of stack"): NO_READER,
    ("list", "plan_link.free_head", "tag of head"): NO_READER,
    ("list", "slab_extent", "extent of n"): "the extent of an unused descriptor may be anything",
    ("merge", "inserted_add", "guard (owed t)"): "what is counted too often makes a merge more",
    ("merge", "member_failed", "guard (todo s t)"): "a merge may take any member for one that it cannot have",
    ("segments", "claim_mark", "guard (not down)"): EXCLUSIVE,
    ("segments", "plan_link.spare_head", "guard down"): EXCLUSIVE,
    ("segments", "plan_count.discarded", "guard down"): "nothing but the report of the counter depends on it",
    ("segments", "plan_count.seal", "guard down"): "when recovery is done, the step changes nothing",
}


def conjuncts(guard):
    if isinstance(guard, list) and guard[0] == "and":
        return [part for some in guard[1:] for part in conjuncts(some)]
    return [guard]


def named(field, change):
    return f"{field} of {terms.write(change[0])}" if isinstance(change, tuple) else field


def lines(transition):
    """The names of what can be left out."""
    for part in conjuncts(transition.guard):
        if part != "true":
            yield f"guard {terms.write(part)}"
    for field, changes in transition.updates.items():
        for change in changes:
            yield named(field, change)


def leave_out(transition, line):
    """Without NOTHING, all is as it was."""
    if line == NOTHING:
        return
    if line.startswith("guard "):
        rest = [part for part in conjuncts(transition.guard) if f"guard {terms.write(part)}" != line]
        transition.guard = ["and", "true", *rest]
        return
    for field, changes in list(transition.updates.items()):
        rest = [change for change in changes if named(field, change) != line]
        if rest:
            transition.updates[field] = rest
        else:
            del transition.updates[field]


def questions(system, transition, line):
    """What might be answered in another way without the line, in groups with the same assumptions."""
    yield list(system.of_transition(transition, small=True))
    if line != NOTHING and not line.startswith("guard "):  # without a guard, a run is still possible
        for run in runs.RUNS.get(system.name, []):
            if any(step.transition == transition.name for step in run.steps):
                yield list(runs.questions_of(system, run))


def notices(make, number, name, line):
    """The name of the first question that notices that the line is missing, or None."""
    system = make()
    leave_out(system.transitions[name], line)
    for group in questions(system, system.transitions[name], line):
        for question in group:
            question.name = f"without_{number}/{question.name}"
        if line == NOTHING and group:  # no answer is not good enough
            wrong = next((answer.question for answer in solvers.dialogue(group, SOLVER) if not answer.good), None)
        else:
            wrong = solvers.first_wrong(group, SOLVER)
        if wrong:
            return wrong.name
    return None


def faults(system, found, reasons):
    """What is wrong, one sentence each. `found`: (transition, line) -> the question that noticed, or None."""
    for (name, line), question in found.items():
        if line == NOTHING:
            if question:
                yield f"{system.name}/{name}: nothing is left out, and {question} is refuted in a small structure"
            continue
        reason = reasons.get((system.name, name, line))
        if not question and not reason:
            yield f"{system.name}/{name}: nothing notices that the line is missing, and there is no reason: {line}"
        if question and reason:
            yield f"{system.name}/{name}: {question} notices that the line is missing, expected nothing to: {line}"
    for of, name, line in reasons:
        if of == system.name and (name, line) not in found:
            yield f"{system.name}/{name}: a reason is given for a line that is not there: {line}"


def check(make, pool):
    """The record of a system: every line left out, alone."""
    begin = time.monotonic()
    system = make()
    every = [(name, line) for name, transition in system.transitions.items() for line in [NOTHING, *lines(transition)]]
    found = dict(zip(every, pool.map(lambda one: notices(make, one[0], *one[1]), enumerate(every))))
    wrong = list(faults(system, found, UNNOTICED))
    count, noticed = len(every) - len(system.transitions), sum(question is not None for question in found.values())
    return {"statement": f"{system.name}/every line is needed", "ids": [], "tool": SOLVER,
            "seconds": round(time.monotonic() - begin, 2),
            "about": f"without any one of {count} conjuncts of guards and updates something fails, but for "
                     f"{count - noticed} that have a reason",
            "verdict": "refuted" if wrong else "holds", "failing": wrong,
            "again": "proofs/smt/prove.py --lines" if wrong else ""}
