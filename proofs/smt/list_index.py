"""Boundaries, where a search may begin, and the tables in which they are reached. For list_system.py.

A boundary's key is the rank of its extent. It stands behind every segment before its key and before all others, so a search for
what has its rank or a later one may begin there. How a thread finds the boundary of a size is arithmetic; that the one that it
arrives at stands before what is looked for is the guard of the step, which C++ tests are about.

Boundaries that recovery unlinks are not taken again here: there the region is written anew, when no thread remembers them.
"""

T = ("t", "", "T")
N = ("n", "", "D")
CONSTANTS = [("boundary", "D", "Bool"), ("root", "D", "Bool"), ("table", "D", "D")]
AXIOMS = [
    "(forall ((x D)) (=> (boundary x) (not (or (= x head) (= x null) (= x stack)))))",
    "(forall ((x D)) (=> (root x) (boundary x)))",
    "(forall ((x D)) (= (= (table x) null) (or (not (boundary x)) (root x))))",
]
INITIALLY = ["(not indexed)", "(forall ((t T)) (= (making t) null))"]


def state(system):
    system.state("child", "D", "D", "extent word of a boundary: the table below it, or null")
    system.state("making", "T", "D", "the table that the thread makes, or null")
    system.state("indexed", "", "Bool", "ghost: searches may begin at the root boundaries")


def invariants(system):
    add = system.invariant
    system.macro("raw", "x t", "(and (or (= (class x) TABLE) (= (class x) PRIVATE)) (= (owner x) t))")
    # the boundary stands before all that is looked for
    system.macro("for_place", "t b", "(=> (or (= (mode t) INSERT) (= (mode t) CONFIRM))"
                 " (<= (rank (extent b)) (rank (extent (mine t)))))")
    system.macro("for_fit", "t b", "(=> (and (= (mode t) CLAIM) (not optimistic))"
                 " (forall ((e E)) (=> (fits (want t) e) (<= (rank (extent b)) (rank e)))))")
    system.macro("at_work", "t", "(or (= (pc t) BEGIN) (searching t) (= (pc t) PUBLISH))")
    add("boundaries", "FL-3", "a boundary is made, linked and from then on there; it is never claimed, and no segment",
        "(forall ((x D)) (and (=> (or (= (class x) BOUND) (= (class x) TABLE)) (boundary x)) (=> (boundary x)"
        " (or (= (class x) UNMADE) (= (class x) TABLE) (= (class x) PRIVATE) (= (class x) BOUND)"
        " (and (= (class x) LOST) (not (linked x)))))))", "(class x)")
    add("boundary_first", "FL-1 FL-4", "a segment before a boundary is before its key: the others stand behind it",
        "(forall ((x D) (y D)) (=> (and (linked x) (linked y) (boundary y) (not (boundary x)) (before x y))"
        " (< (rank (extent x)) (rank (extent y)))))", "(linked x) (linked y)")
    add("roots_linked", "FL-2", "root boundaries are linked",
        "(forall ((x D)) (=> (and indexed (root x)) (= (class x) BOUND)))", "(root x)")
    add("tables_linked", "FL-2", "what a child pointer leads to is linked",
        "(forall ((x D) (y D)) (=> (and indexed (= (class x) BOUND) (not (= (table y) null)) (= (child x) (table y)))"
        " (= (class y) BOUND)))", "(child x) (table y)")
    add("new_without_table", "FL-2", "a boundary that is not yet linked has no table below it",
        "(forall ((t T)) (=> (and (or (inserting t) (= (pc t) TAG)) (boundary (mine t))) (= (child (mine t)) null)))", "(pc t)")
    add("made", "FL-2", "the boundaries of a table that is being made are linked, or the thread's that makes it",
        "(forall ((t T) (x D)) (=> (and (not (= (table x) null)) (= (table x) (making t)))"
        " (or (= (class x) BOUND) (raw x t))))", "(table x) (making t)")
    add("starts", "FL-2", "a search begins at the head or at a linked boundary",
        "(forall ((t T)) (=> (at_work t) (or (= (start t) head) (and indexed (= (class (start t)) BOUND)))))", "(pc t)")
    add("starts_before_place", "FL-1 SEG-1", "which stands before the place of what is inserted, or was marked",
        "(forall ((t T)) (=> (and (at_work t) (not (= (start t) head))) (for_place t (start t))))", "(pc t)")
    add("starts_before_fit", "FL-4", "or before all that fits",
        "(forall ((t T) (e E)) (=> (and (at_work t) (not (= (start t) head)) (= (mode t) CLAIM) (not optimistic)"
        " (fits (want t) e)) (<= (rank (extent (start t))) (rank e))))", "(pc t) (fits (want t) e)")


def transitions(system):
    go = system.transition
    go("index_root", "a search is to begin at a root boundary", "(and (= (pc t) BEGIN) indexed (root b) (for_place t b)"
       " (for_fit t b))", parameters=[T, ("b", "", "D")], start=("t", "b"))
    go("index_child", "load of a child pointer: the search is to begin at a boundary of the table there",
       "(and (= (pc t) BEGIN) (not (= (start t) head)) (not (= (table b) null)) (= (table b) (child (start t)))"
       " (for_place t b) (for_fit t b))",
       [("leads_to_boundary", "FL-2", "the boundary is linked", "(and (linked b) (boundary b) (not (marked b)))")],
       [T, ("b", "", "D")], start=("t", "b"))
    go("index_take", "fetch_add: the bytes of a new table are the thread's",
       "(forall ((x D)) (=> (= (table x) m) (= (class x) UNMADE)))", parameters=[T, ("m", "", "D")],
       making=("t", "m"), owner="(ite (= (table x) m) t (owner x))", **{"class": "(ite (= (table x) m) TABLE (class x))"})
    go("slab_link.boundary", "store of the link of a boundary of the new table", "(and (= (class n) TABLE) (= (owner n) t))",
       parameters=[T, N], next=("n", "null"), marked=("n", "true"), tag=("n", "0"), **{"class": ("n", "PRIVATE")})
    go("index_publish", "CAS of the extent of a boundary without a table: the new one is below it; if it fails, nothing is",
       "(and (not (= (making t) null)) (= (class b) BOUND) (= (child b) null)"
       " (forall ((x D)) (=> (= (table x) (making t)) (not (raw x t)))))",
       [("publishes_linked", "FL-2", "all its boundaries are linked",
         "(forall ((x D)) (=> (= (table x) (making t)) (= (class x) BOUND)))")], [T, ("b", "", "D")],
       child=("b", "(making t)"))


def recovery(system):
    """While nobody else is at work: boundaries are unlinked, and roots are linked anew."""
    go, at_rest = system.transition, "(forall ((u T)) (= (pc u) IDLE))"
    go("plan_link.unlink", "recovery: a boundary is unlinked",
       f"(and {at_rest} (= (class n) BOUND) (place p) (= (next p) n))", parameters=[("p", "", "D"), N],
       next=("p", "(next n)"), tag=("p", "(+ (tag p) 1)"), linked=("n", "false"), indexed="false", making="null",
       noted="false", **{"class": ("n", "LOST")})
    go("plan_link.root", "recovery, or a new arena: a root boundary is linked in its place",
       f"(and {at_rest} (root n) (= (class n) UNMADE) (place p)"
       " (or (= p head) (< (rank (extent p)) (rank e)) (and (boundary p) (= (rank (extent p)) (rank e))))"
       " (or (= (next p) null) (<= (rank e) (rank (extent (next p)))))"
       " (or (= p head) (< (label p) between)) (or (= (next p) null) (< between (label (next p)))))",
       parameters=[("p", "", "D"), N, ("e", "", "E"), ("between", "", "Real")],
       next=[("n", "(next p)"), ("p", "n")], tag=("p", "(+ (tag p) 1)"), marked=("n", "false"), extent=("n", "e"),
       child=("n", "null"), linked=("n", "true"), label=("n", "between"), **{"class": ("n", "BOUND")})
    go("indexed", "recovery has unlinked all boundaries and linked the roots, which have no tables: searches may begin there",
       "(and (forall ((x D)) (=> (root x) (= (class x) BOUND)))"
       " (forall ((x D)) (=> (= (class x) BOUND) (= (child x) null))))", indexed="true")


def lemmas(system):
    """Boundaries are linked for ever: until recovery unlinks them, when nobody else is at work."""
    for name in system.transitions:
        if not name.startswith("plan_link"):
            system.lemma(f"{name}_keeps_boundaries", "FL-2 FL-3", "a boundary that is linked stays where it is, unmarked",
                         "true", "(=> (= (class at.current) BOUND) (and (then (= (class at.current) BOUND))"
                         " (= (label at.current) (then (label at.current))) (= (extent at.current) (then (extent at.current)))"
                         " (then (linked at.current)) (not (then (marked at.current)))))", name)
