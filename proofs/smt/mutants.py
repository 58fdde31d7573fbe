"""Mutants: named changes of a description, each of which must make an obligation fail.

A mutant is refuted in a small structure: both solvers answer "sat", a state that satisfies the invariant and a step of the
mutant that breaks an obligation. Such a state need not be reachable; proofs/spin finds runs for the mutants of the list.
"""

import time

import list_system
import merge_system
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


def boundary_claimed(system):
    """A claim takes a boundary for a segment."""
    system.transitions["claim_mark"].guard = system.formula(
        "(and (= (pc t) DECIDE) (= (mode t) CLAIM) (not (cmark t)) (fits (want t) (cext t)) (cur_equal t))")


def early_table(system):
    """A child pointer is published while boundaries of the table are still to be linked."""
    system.transitions["index_publish"].guard = system.formula(
        "(and (not (= (making t) null)) (= (class b) BOUND) (= (child b) null))")


def begins_behind(system):
    """A confirming search begins at any boundary, as if for another size."""
    system.transitions["index_root"].guard = system.formula(
        "(and (= (pc t) BEGIN) indexed (root b) (=> (= (mode t) INSERT) (for_place t b)) (for_fit t b))")


def mark_by_descriptor(system):
    """A descriptor noted is marked if it is unmarked, whatever its link is now."""
    system.transitions["claim_mark.noted"].guard = system.formula(
        "(and (= (pc t) IDLE) (noted m) (not (marked (of m))))")


def unvalidated_note(system):
    """What was read is noted before the predecessor is looked at again."""
    system.transitions["merge_note"].guard = system.formula(
        "(and (= (pc t) VALIDATE) (not (cmark t)) (not (boundary (cur t))))")


def other_extent(system):
    """A descriptor that is found again is marked, though it describes another segment now."""
    system.transitions["claim_mark.found"].guard = system.formula(
        "(and (= (pc t) DECIDE) (= (mode t) MERGE) (not (cmark t)) (cur_equal t) (noted m) (= (cur t) (of m)))")


def stale_extent(system):
    """A member is joined with the size that was noted, though its descriptor says another one."""
    system.transitions["claim_mark.noted"].guard = system.formula(
        f"(and {segment_system.CLAIMABLE} (< 0 n) (= (member t) 0)"
        " (or (= (run t) 0) (and (= (class (run t)) HELD) (= s (end (run t))))))")


def early_join(system):
    """A member is joined when it is marked, whether or not its descriptor has been unlinked."""
    for name, first in (("join.first", "(= (run t) 0)"), ("join.next", "(not (= (run t) 0))")):
        system.transitions[name].guard = system.formula(f"(and (not (= (member t) 0)) {first})")


def linked_given_back(system):
    """The topmost segment of a merge is given back to the cursor while its descriptor is still linked."""
    system.transitions["cursor_give_back"].guard = system.formula(
        "(and (or (holds t s) (in_hand t s) (= s (member t))) (there s) (= (seen t) (end s)) (= top (seen t)))")


def forgets_failure(system):
    """A merge that could not have a member counts as complete."""
    system.transitions["merged_store"].guard = system.formula(
        "(and (= (phase t) MERGE) (= (hand t) 0) (forall ((x Int)) (not (todo x t))))")


def late_window(system):
    """A run is inserted before its window counts it."""
    system.transitions["insert_publish"].guard = system.formula(
        "(or (and (not (= (adding t) 0)) (= s (adding t))) (and (not (= (hand t) 0)) (= s (hand t))))")


def early_count(system):
    """An insertion is counted before it is published."""
    system.transitions["insert_publish"].updates.pop("owed")


def no_limit(system):
    """A call does not ask whether the cursor has come down to where a free segment may end."""
    system.transitions["refuse.merged"].guard = system.formula(
        "(and rests (< capacity (+ top n)) (forall ((x Int)) (=> (free x) (< (size x) n))) (= inserted merged))")


def left_by_the_cursor(system):
    """A run that ended at the cursor when it was looked at, and does not any more, counts as covered."""
    system.transitions["cursor_give_back.failed"].updates.pop("failed")


def late_load(system):
    """A merge looks at `inserted` when it is done."""
    system.transitions["merged_store"].updates["merged"] = [system.formula("inserted")]


def early_raise(system):
    """`largest` is raised before an insertion, not after it."""
    system.transitions["insert_publish"].updates.pop("due")


def one_look(system):
    """Who has lowered `largest` does not look again."""
    system.transitions["largest_lower"].updates.pop("lowered")


def no_room(system):
    """A call does not count the room above the cursor when it asks the windows whether a merge may help."""
    system.transitions["refuse.windows"].guard = system.formula(
        "(and (< capacity (+ top n)) (forall ((x Int)) (=> (free x) (< (size x) n)))"
        " (forall ((x Int) (b Int)) (=> (and (free x) (= b (+ x n)) (<= b top))"
        " (< (- (counted_below b) (counted_below x)) n))))")


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
    "boundary_claimed": (list_system.make, boundary_claimed, "a boundary is claimed like a segment", ["claim_mark"]),
    "early_table": (list_system.make, early_table, "a child pointer is published before its boundaries are linked",
                    ["index_publish"]),
    "begins_behind": (list_system.make, begins_behind, "a confirming search begins behind its segment", ["index_root"]),
    "mark_by_descriptor": (list_system.make, mark_by_descriptor, "a merge marks a descriptor whose link has changed",
                           ["claim_mark.noted"]),
    "unvalidated_note": (list_system.make, unvalidated_note, "a merge notes what it has not validated", ["merge_note"]),
    "other_extent": (list_system.make, other_extent, "a merge marks a descriptor that describes another segment now",
                     ["claim_mark.found"]),
    "stale_extent": (segment_system.make, stale_extent, "a merge joins a segment that is not as long as it believes",
                     ["claim_mark.noted"]),
    "early_join": (segment_system.make, early_join, "a member is joined before its descriptor is unlinked",
                   ["join.first", "join.next"]),
    "linked_given_back": (segment_system.make, linked_given_back, "the topmost is given back while its descriptor is linked",
                          ["cursor_give_back"]),
    "forgets_failure": (merge_system.make, forgets_failure, "a merge counts as complete though a member failed",
                        ["merged_store"]),
    "late_window": (merge_system.make, late_window, "a segment is inserted before its window counts it", ["insert_publish"]),
    "early_count": (merge_system.make, early_count, "an insertion is counted before it is published", ["insert_publish"]),
    "no_limit": (merge_system.make, no_limit, "a call does not ask whether the cursor came down", ["refuse.merged"]),
    "left_by_the_cursor": (merge_system.make, left_by_the_cursor, "a run counts as covered that the cursor has left",
                           ["cursor_give_back.failed"]),
    "late_load": (merge_system.make, late_load, "a merge looks at how many were inserted when it is done", ["merged_store"]),
    "early_raise": (merge_system.make, early_raise, "`largest` is raised before an insertion", ["insert_publish"]),
    "one_look": (merge_system.make, one_look, "who has lowered `largest` does not look again", ["largest_lower"]),
    "no_room": (merge_system.make, no_room, "the windows are asked for a run without the room above the cursor",
                ["refuse.windows"]),
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
