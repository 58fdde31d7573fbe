"""Mutants: named changes of a description, each of which must make an obligation fail.

A mutant is refuted in a small structure: both solvers answer "sat", a state that satisfies the invariant and a step of the
mutant that breaks an obligation. Such a state need not be reachable; proofs/spin finds runs for the mutants of the list.
"""

import time

import list_system
import segment_system
import solvers

TAGGED = ["find_help", "claim_mark", "claim_unlink", "insert_link", "insert_publish", "spare_pop", "spare_link", "spare_push"]


def change_tags(system, names):
    """The tag of these transitions stays as it is, and so does what the thread remembers of it."""
    for name in names:
        transition = system.transitions[name]
        for field in ("tag", "ptag", "mytag"):
            transition.updates.pop(field, None)


def no_tags(system):
    change_tags(system, TAGGED)


def no_new_tag(system):
    change_tags(system, ["insert_link"])


def no_tags_spare_stack(system):
    change_tags(system, ["spare_pop", "spare_link", "spare_push"])


def no_validation(system):
    system.transitions["find_validate"].guard = system.formula("(= (pc t) VALIDATE)")


def no_mark(system):
    """A claim compares and counts the tag up, but leaves the link unmarked."""
    system.transitions["claim_mark"].updates.pop("marked")


def helps_unmarked(system):
    system.transitions["find_help"].guard = system.formula("(and (= (pc t) DECIDE) (prev_equal t))")


def no_confirmation(system):
    system.transitions["confirmed"].guard = system.formula("(and (= (mode t) CONFIRM) (= (pc t) BEGIN))")


def missed_fit(system):
    """In the order that looks for a fit, a search goes past one."""
    transition = system.transitions["advance"]
    transition.guard = system.formula("(and (= (pc t) DECIDE) (not (cmark t)) (= (mode t) CLAIM) (not optimistic))")


def late_extent(system):
    """The extent of a descriptor is stored while it is still linked: a split that does not wait for the unlinking."""
    system.transitions["insert_extent"].guard = system.formula(
        "(and (= (pc t) IDLE) (or (= (class n) PRIVATE) (= (class n) TAKEN) (= (class n) LISTED)))")


def blind_give_back(system):
    system.transitions["cursor_give_back"].guard = system.formula("(holds t s)")


def early_hand_out(system):
    """A segment is the claimer's when it is marked, whether or not its descriptor has been unlinked."""
    system.transitions["confirmed"].guard = system.formula(
        "(and (own_slot t d) (or (= (use d) OUT) (= (use d) WAITING)) (= s (offset_word d)))")


def keeps_marked(system):
    """Recovery ends without having taken the marks away."""
    system.transitions["plan_count.seal"].guard = system.formula("down")
    system.transitions["plan_link"].updates.pop("use")


# name -> (what makes the system, the change, what it is, the transitions in which it is looked for)
MUTANTS = {
    "no_tags": (list_system.make, no_tags, "no write of a link changes its tag", TAGGED),
    "no_new_tag": (list_system.make, no_new_tag, "the own link is stored without a new tag", ["insert_link"]),
    "no_tags_spare_stack": (list_system.make, no_tags_spare_stack, "no tags on the stack", ["spare_pop", "spare_push"]),
    "no_validation": (list_system.make, no_validation, "p is not looked at again after c was read", ["find_validate"]),
    "no_mark": (list_system.make, no_mark, "a claim does not mark", ["claim_mark"]),
    "helps_unmarked": (list_system.make, helps_unmarked, "a search unlinks what is not marked", ["find_help"]),
    "no_confirmation": (list_system.make, no_confirmation, "a failed unlink is taken for done", ["confirmed"]),
    "missed_fit": (list_system.make, missed_fit, "a search for a segment goes past one that fits", ["advance"]),
    "late_extent": (list_system.make, late_extent, "the extent of a linked descriptor changes", ["insert_extent"]),
    "blind_give_back": (segment_system.make, blind_give_back, "the cursor goes down without the check of the top",
                        ["cursor_give_back"]),
    "early_hand_out": (segment_system.make, early_hand_out, "a segment is handed out before its descriptor is unlinked",
                       ["confirmed"]),
    "keeps_marked": (segment_system.make, keeps_marked, "recovery frees a segment and leaves its descriptor marked",
                     ["plan_link"]),
}


def reject(name):
    """Looks for an obligation of the mutant that both solvers refute with a model in a small structure."""
    make, change, about, where = MUTANTS[name]
    system = make()
    change(system)
    system.name = f"mutant_{name}"
    begin, found = time.monotonic(), {"verdict": "accepted"}
    for transition in where:
        questions = list(system.of_transition(system.transitions[transition], small=True))
        refuted = solvers.first_wrong(questions, "z3")
        if refuted and all(solvers.dialogue([refuted], solver)[0].answer == "sat" for solver in solvers.SOLVERS):
            found = {"verdict": "rejected", "by": refuted.name}
            break
    return {"statement": f"mutant {name}", "about": about, "ids": [], "tool": "+".join(solvers.SOLVERS),
            "seconds": round(time.monotonic() - begin, 2), **found}
