"""FL-4: a claim that finds nothing has missed nothing. Ghosts, invariants and the goal, for list_system.py.

An optimistic claim may begin at any boundary, which a hint names; then that is said of targets that do not stand before it. A
hint that names the head, or a boundary before the largest segment, makes it all: that is what merge_system.py assumes of it.

Shown for one thread and one descriptor, `observer` and `target`, of which nothing is assumed: so for all. While the observer
searches for a segment, `since` is true as long as the target has been free ever since the search began, whatever other threads
did. Labels of linked descriptors do not change, so places are compared by the labels that were seen.

A claim that runs alone is a special case. That a call tries again when it has found nothing, and what it does before it
searches, is not in the list.
"""

CONSTANTS = [("observer", "", "T"), ("target", "", "D")]
# An optimistic list has its largest segment first: a search that begins at a boundary because of a hint, any hint, misses
# nothing behind it. The others begin only where all that fits is behind.
# So does a walk of a merge.
BEGINS = ("(and (= (class target) LISTED) (or (and (= (mode t) CLAIM) (not optimistic)) (= (start t) head)"
          " (<= (rank (extent (start t))) (rank (extent target)))))")
MISSES_NONE = (
    "misses_none", "FL-4", "a claim that finds nothing: what has been free since its search began does not fit; or the list is "
    "optimistic, its first did not fit, and the rest is not larger",
    "(=> (and (= t observer) since) (or (not (fits (want t) (extent target)))"
    " (and optimistic (not (claim_fits t)) (not (at_end t)) (<= (rank (cext t)) (rank (extent target))))))")


SEES_ALL = ("sees_all", "FL-4", "a walk that has come to its end has seen what has been free since it began",
            "(=> (and (= t observer) since (at_end t)) met)")


def state(system):
    system.state("since", "", "Bool", "ghost: the target has been free since the observer's search began")
    system.state("met", "", "Bool", "ghost: the observer has gone on behind the target, which it saw linked and unmarked")
    system.state("ppos", "", "Real", "ghost: the label of the observer's p when it was seen")
    system.state("cpos", "", "Real", "ghost: the label of its c then")
    system.state("npos", "", "Real", "ghost: the label of the successor of c then")


def seen(**places):
    """The updates of the places that the observer has seen."""
    return {name: f"(ite (= t observer) {place} {name})" for name, place in places.items()}


def invariants(system):
    system.macro("prev_at", "", "(prev observer)")
    system.macro("cur_at", "", "(cur observer)")
    system.macro("watching", "", "(and since (or (= (mode observer) CLAIM) (= (mode observer) MERGE)) (searching observer))")
    system.macro("passed", "", "(and (not (= prev_at head)) (<= (label target) ppos))")
    system.macro("sound", "", "(or (prev_is_new observer) (and (= (pc observer) DECIDE) (not (cmark observer))))")

    def add(name, about, when, then):
        system.invariant(name, "FL-4", about, f"(=> {when} {then})")

    add("since_free", "a target that has been free since is free", "since", "(= (class target) LISTED)")
    system.invariant("first_only", "FL-4", "an optimistic search looks at the first free segment only",
                     "(forall ((t T)) (=> (and optimistic (= (mode t) CLAIM) (searching t))"
                     " (or (= (prev t) head) (boundary (prev t)))))", "(pc t)")
    add("passed_unfit", "a target that was passed does not fit", "(and watching passed (= (mode observer) CLAIM))",
        "(not (fits (want observer) (extent target)))")
    add("passed_met", "or a walk has seen it", "(and watching passed (= (mode observer) MERGE))", "met")
    add("ahead", "a target that was not passed is at c or behind it", "(and watching (not passed))",
        "(and (not (= cur_at null)) (<= cpos (label target)))")
    add("cur_place", "c is at the place where it was seen", "(and watching (prev_is_new observer) (not (= cur_at null)))",
        "(= (label cur_at) cpos)")
    add("next_place", "the successor of c too",
        "(and watching (looked observer) (not (= (cnext observer) null)) sound (or (cmark observer) (cur_is_new observer)))",
        "(= (label (cnext observer)) npos)")
    add("ahead_of_next", "no target is between c and its successor", "(and watching (looked observer) sound)",
        "(or (<= (label target) cpos) (and (not (= (cnext observer) null)) (<= npos (label target))))")
    add("cur_is_target", "what is at the place of the target is the target",
        "(and watching sound (not (= cur_at null)) (= (label target) cpos))", "(= cur_at target)")
    add("target_seen", "the extent seen of a target is its own",
        "(and watching (= cur_at target) (or (= (pc observer) VALIDATE) (= (pc observer) DECIDE)))",
        "(= (cext observer) (extent target))")
    add("target_behind", "a target at c or behind it is not before the extent seen",
        "(and watching sound (or (= (pc observer) VALIDATE) (= (pc observer) DECIDE)) (<= cpos (label target)))",
        "(<= (rank (cext observer)) (rank (extent target)))")


def lemmas(system):
    """That `since` and `met` are what they are said to be: otherwise the goals would say less."""
    add = system.lemma
    add("met_begins", "FL-4", "when a walk begins, it has seen nothing", "true", "(=> (= t observer) (not (then met)))",
        "find_head")
    add("met_by_seeing", "FL-4", "it has seen what it goes on behind, unmarked", "true",
        "(=> (and (not met) (then met)) (and (= t observer) (= (cur t) target) (= (pc t) DECIDE) (not (cmark t))))", "advance")
    for name in system.transitions:
        if name == "find_head":
            add("since_begins", "FL-4", "the observer's search begins: the target has been free since, if it is free and not "
                "before the boundary that a hint names", "true",
                f"(= (then since) (ite (= t observer) {BEGINS} since))", name)
        else:
            add(f"{name}_keeps_since", "FL-4", "a target that has been free since, and is free after the step, still is",
                "true", "(=> (and since (then (= (class target) LISTED))) (then since))", name)
