"""The tagged sorted list and the stack of unused descriptors, one shared access per transition.

Any number of threads and descriptors. Both orders of the freelist: `rank` is the size of an extent (pessimistic) or its
negation (optimistic). `fits` is any relation of requests and extents: with alignment it is not only a matter of size.

A *boundary* is a descriptor of no segment: it is linked for ever, never marked and never claimed, so a search may begin at any
boundary that stands before all that is looked for. Boundaries come in tables, a table is reached by the child pointer of
another boundary. A *note* is what a merge remembers of a descriptor from an earlier search: link, extent, and predecessor.

What is ghost, that is in no memory: which descriptors are linked, the class of a descriptor, its owner, and a label that puts
the linked ones (and those on the stack) into order. With the labels no reachability is needed: "the next of x is the first
linked one behind x". For a finite list that is the same as being reachable from the head.
"""

import list_fit
import list_index
import list_merge
from list_fit import seen
from system import System

SEARCHING = "LINK EXTENT VALIDATE DECIDE"


def make():
    system = System(
        "list",
        {
            "D": None, "T": None, "E": None, "R": None, "N": None,
            "Class": "ROOT UNMADE SLOT FRESH TABLE PRIVATE CHAIN LISTED BOUND TAKEN SPARE LOST".split(),
            "Mode": "CLAIM INSERT CONFIRM MERGE".split(),
            "Pc": "IDLE TAG BEGIN LINK EXTENT VALIDATE DECIDE UNLINK PUBLISH NEXT POP SLAB TOP OWNLINK PUSH".split(),
        },
        [("head", "", "D"), ("null", "", "D"), ("stack", "", "D"), ("rank", "E", "Int"), ("address", "D", "Real"),
         ("optimistic", "", "Bool"), ("fits", "R E", "Bool"), *list_index.CONSTANTS, *list_fit.CONSTANTS],
        ["(distinct head null stack)",
         "(forall ((x D) (y D)) (=> (= (address x) (address y)) (= x y)))", *list_index.AXIOMS],
        {"D": ["head", "null", "stack", "d1", "d2", "d3"], "T": ["t1", "t2"], "E": ["e1", "e2"], "R": ["r1", "r2"],
         "N": ["n1"]},
    )
    state(system)
    words(system)
    invariants_of_list(system)
    invariants_of_stack(system)
    invariants_of_search(system)
    invariants_of_work(system)
    list_index.invariants(system)
    list_merge.invariants(system)
    list_fit.invariants(system)
    search(system)
    claim(system)
    insert(system)
    supply(system)
    slab(system)
    list_index.transitions(system)
    list_merge.transitions(system)
    recovery(system)
    list_index.recovery(system)
    lemmas(system)
    list_index.lemmas(system)
    list_fit.lemmas(system)
    return system


def state(system):
    system.state("next", "D", "D", "link word: successor")
    system.state("marked", "D", "Bool", "link word: mark")
    system.state("tag", "D", "Int", "link word: tag")
    system.state("extent", "D", "E", "extent word")
    system.state("linked", "D", "Bool", "ghost: in the list")
    system.state("class", "D", "Class", "ghost: whose it is")
    system.state("owner", "D", "T", "ghost: thread, if it is a thread's")
    system.state("label", "D", "Real", "ghost: position in list, stack or chain")
    system.state("pc", "T", "Pc", "what the thread does next")
    system.state("mode", "T", "Mode", "why it searches")
    system.state("mine", "T", "D", "the descriptor that it inserts, pushes (first of a chain) or has marked")
    system.state("last", "T", "D", "last of the chain that it pushes")
    system.state("mytag", "T", "Int", "local copy of the tag of its own descriptor")
    system.state("prev", "T", "D", "at.prev")
    system.state("ptag", "T", "Int", "at.prev_link: tag")
    system.state("cur", "T", "D", "at.prev_link: next, at.current")
    system.state("cnext", "T", "D", "at.current_link: next")
    system.state("cmark", "T", "Bool", "at.current_link: mark")
    system.state("ctag", "T", "Int", "at.current_link: tag")
    system.state("cext", "T", "E", "at.segment")
    system.state("want", "T", "R", "the request")
    system.state("start", "T", "D", "where the search begins: the head or a boundary")
    system.state("frozen", "T", "D", "the successor in the link that it has marked")
    list_index.state(system)
    list_merge.state(system)
    list_fit.state(system)
    system.initially = [
        "(forall ((x D)) (= (class x) (ite (or (= x head) (= x null) (= x stack)) ROOT UNMADE)))",
        "(forall ((x D)) (and (not (linked x)) (not (marked x)) (= (next x) null)))",
        "(forall ((t T)) (= (pc t) IDLE))",
        "(not since)", *list_index.INITIALLY, *list_merge.INITIALLY,
    ]


def words(system):
    """Macros: the vocabulary of the invariants."""
    system.macro("descriptor", "x", "(not (or (= (class x) ROOT) (= (class x) UNMADE) (= (class x) SLOT) (= (class x) FRESH)"
                 " (= (class x) TABLE)))")
    system.macro("named", "x", "(or (= x null) (descriptor x))")  # what a link may lead to
    system.macro("place", "x", "(or (= x head) (linked x))")
    system.macro("before", "x y",
                 "(and (not (= x null)) (not (= y head)) (or (= x head) (= y null) (< (label x) (label y))))")
    system.macro("slab", "x", "(or (= (class x) SLOT) (= (class x) FRESH))")
    system.macro("spare", "x", "(= (class x) SPARE)")
    for group, pcs in {"searching": SEARCHING, "looked": "EXTENT VALIDATE DECIDE",
                       "positioned": SEARCHING + " UNLINK PUBLISH", "pushing": "TOP OWNLINK PUSH",
                       "at_stack": "NEXT POP OWNLINK PUSH"}.items():
        system.macro(group, "t", "(or " + " ".join(f"(= (pc t) {pc})" for pc in pcs.split()) + ")")
    system.macro("inserting", "t", "(and (= (mode t) INSERT) (or (= (pc t) BEGIN) (searching t) (= (pc t) PUBLISH)))")
    system.macro("confirming", "t", "(and (= (mode t) CONFIRM) (or (= (pc t) BEGIN) (searching t)))")
    # the snapshots of a thread are still the newest values; since tags only grow, tags say it
    system.macro("prev_is_new", "t", "(= (ptag t) (tag (prev t)))")
    system.macro("cur_is_new", "t", "(= (ctag t) (tag (cur t)))")
    # what a comparison of whole words compares
    system.macro("prev_equal", "t", "(and (= (next (prev t)) (cur t)) (not (marked (prev t))) (= (tag (prev t)) (ptag t)))")
    system.macro("cur_equal", "t",
                 "(and (= (next (cur t)) (cnext t)) (= (marked (cur t)) (cmark t)) (= (tag (cur t)) (ctag t)))")
    # where a search for the place of `mine` stops: at the end, or before an unmarked one of the rank; a segment stands behind
    # all boundaries of its rank, a boundary before all segments of its own
    system.macro("at_end", "t", "(and (= (pc t) LINK) (= (cur t) null))")
    system.macro("insert_stops", "t", "(ite (and (boundary (cur t)) (not (boundary (mine t))))"
                 " (< (rank (extent (mine t))) (rank (cext t))) (<= (rank (extent (mine t))) (rank (cext t))))")
    # where a search for a segment stops; by the policy, the first free segment of an optimistic list, or the first that fits
    system.macro("claim_fits", "t", "(and (not (boundary (cur t))) (fits (want t) (cext t)))")
    system.macro("claim_stops", "t", "(and (not (boundary (cur t))) (or optimistic (claim_fits t)))")
    # where a confirming search stops: behind all of the rank, or where the marked link leads, in which nothing changes any more
    system.macro("confirm_stops", "t", "(< (rank (extent (mine t))) (rank (cext t)))")
    system.macro("at_frozen", "t", "(and (or (= (pc t) LINK) (= (pc t) DECIDE)) (= (cur t) (frozen t)))")


def invariants_of_list(system):
    add = system.invariant
    add("roots", "FL-2", "the heads and null are no descriptors, and are never marked, linked or owned",
        "(forall ((x D)) (and (= (= (class x) ROOT) (or (= x head) (= x null) (= x stack)))"
        " (=> (= (class x) ROOT) (and (not (linked x)) (not (marked x))))))", "(class x)")
    add("classes", "FL-3", "what is linked and unmarked is free or a boundary, and nothing else is; what is linked and marked "
        "waits for its unlinking or for recovery",
        "(forall ((x D)) (and (= (or (= (class x) LISTED) (= (class x) BOUND)) (and (linked x) (not (marked x))))"
        " (=> (linked x) (or (= (class x) LISTED) (= (class x) BOUND) (= (class x) TAKEN) (= (class x) LOST)))"
        " (=> (= (class x) TAKEN) (marked x))))",
        "(class x)", "(linked x)")
    add("links", "FL-1 FL-2", "a link of the list leads to a later place, which is linked, or to the end",
        "(forall ((x D)) (=> (place x) (and (before x (next x)) (or (= (next x) null) (linked (next x))))))", "(next x)")
    add("gapless", "FL-1", "no link leads past a linked descriptor: what is linked is reached",
        "(forall ((x D) (y D)) (=> (and (place x) (linked y) (before x y)) (or (= (next x) y) (before (next x) y))))",
        "(next x) (linked y)")
    add("labels", "FL-1", "no two linked descriptors are at the same place",
        "(forall ((x D) (y D)) (=> (and (linked x) (linked y) (= (label x) (label y))) (= x y)))", "(linked x) (linked y)")
    add("sorted", "FL-1 REC-2", "linked segments are sorted, the marked ones too",
        "(forall ((x D) (y D)) (=> (and (linked x) (linked y) (before x y)) (<= (rank (extent x)) (rank (extent y)))))",
        "(linked x) (linked y)")
    add("stable", "FL-2", "the link of a descriptor leads to a descriptor: no search reads other bytes",
        "(forall ((x D)) (=> (or (descriptor x) (= x head) (= x stack)) (named (next x))))", "(next x)")


def invariants_of_stack(system):
    add = system.invariant
    add("stack_links", "FL-2 SEG-2", "the stack's links lead down the stack",
        "(forall ((x D)) (=> (or (= x stack) (spare x))"
        " (or (= (next x) null) (and (spare (next x)) (or (= x stack) (< (label x) (label (next x))))))))", "(next x)")
    add("stack_gapless", "SEG-2", "no link leads past a descriptor of the stack: none is lost",
        "(forall ((x D) (y D)) (=> (and (or (= x stack) (spare x)) (spare y) (or (= x stack) (< (label x) (label y))))"
        " (or (= (next x) y) (and (not (= (next x) null)) (< (label (next x)) (label y))))))", "(next x) (class y)")
    add("stack_marked", "FL-3", "an unused descriptor is marked", "(forall ((x D)) (=> (spare x) (marked x)))", "(class x)")
    # A thread is quantified apart from what it owns: (owner x) as a thread would lead solvers from owner to own to owner.
    add("chains", "SEG-2", "a chain that is being pushed is its thread's, between its first and its last",
        "(forall ((x D) (t T)) (=> (and (= (class x) CHAIN) (= (owner x) t)) (and (pushing t)"
        " (or (marked x) (and (= x (last t)) (not (= (pc t) PUSH))))"
        " (or (= x (mine t)) (< (label (mine t)) (label x))) (or (= x (last t)) (< (label x) (label (last t)))))))",
        "(class x) (pc t)")
    add("chains_linked", "SEG-2", "the links of a chain lead from its first to its last",
        "(forall ((x D) (t T)) (=> (and (= (class x) CHAIN) (= (owner x) t) (not (= x (last t))))"
        " (and (= (class (next x)) CHAIN) (= (owner (next x)) t) (< (label x) (label (next x))))))",
        "(next x) (pc t)")
    add("chains_gapless", "SEG-2", "no link of a chain leads past one of it",
        "(forall ((x D) (y D) (t T)) (=> (and (= (class x) CHAIN) (= (class y) CHAIN) (= (owner x) t) (= (owner y) t)"
        " (not (= x (last t))) (< (label x) (label y))) (or (= (next x) y) (< (label (next x)) (label y)))))",
        "(next x) (class y) (pc t)")
    add("slabs", "SEG-2 FL-2", "a slab that is being written is its thread's, between its first and its last",
        "(forall ((x D) (t T)) (=> (and (slab x) (= (owner x) t)) (and (= (pc t) SLAB)"
        " (or (= x (mine t)) (< (label (mine t)) (label x))) (or (= x (last t)) (< (label x) (label (last t)))))))",
        "(class x) (pc t)")
    add("slabs_linked", "SEG-2 FL-2", "the links written lead from slot to slot",
        "(forall ((x D) (t T)) (=> (and (= (class x) FRESH) (= (owner x) t)) (and (marked x)"
        " (= (= (next x) null) (= x (last t))) (=> (not (= (next x) null))"
        " (and (slab (next x)) (= (owner (next x)) t) (< (label x) (label (next x))))))))",
        "(next x) (pc t)")
    add("slabs_gapless", "SEG-2", "no link of a slab leads past a slot of it",
        "(forall ((x D) (y D) (t T)) (=> (and (= (class x) FRESH) (slab y) (= (owner x) t) (= (owner y) t)"
        " (< (label x) (label y))) (or (= (next x) y) (< (label (next x)) (label y)))))",
        "(next x) (class y) (pc t)")


def invariants_of_search(system):
    """What the snapshots of a thread are worth. p, c: the places before and at which it stands."""

    def add(name, ids, about, when, then):
        system.invariant(name, ids, about, f"(forall ((t T)) (=> {when} {then}))", "(pc t)")

    add("stands_on", "FL-2", "a search stands on the head or a descriptor, and looks at a descriptor or the end",
        "(positioned t)", "(and (or (= (prev t) head) (descriptor (prev t))) (named (cur t)))")
    add("prev", "FL-3", "if the tag of p is the one seen, p is linked and unmarked and leads to c, as seen",
        "(positioned t)",
        "(and (<= (ptag t) (tag (prev t))) (=> (prev_is_new t)"
        " (and (place (prev t)) (not (marked (prev t))) (= (next (prev t)) (cur t)))))")
    add("cur", "FL-3", "if the tag of c is the one seen, its link is; a mark seen stays while p is as seen",
        "(or (looked t) (= (pc t) UNLINK))",
        "(and (descriptor (cur t)) (named (cnext t)) (<= (ctag t) (tag (cur t)))"
        " (=> (cur_is_new t) (and (= (next (cur t)) (cnext t)) (= (marked (cur t)) (cmark t))))"
        " (=> (and (cmark t) (prev_is_new t)) (and (marked (cur t)) (= (next (cur t)) (cnext t)))))")
    add("validated", "FL-3", "after the validation: if the tag of c is the one seen and it was unmarked, c is linked, and its "
        "extent is the one seen",
        "(and (= (pc t) DECIDE) (not (cmark t)) (cur_is_new t))", "(and (linked (cur t)) (= (extent (cur t)) (cext t)))")
    add("extent_seen", "FL-1", "the extent seen is that of c while p is as seen",
        "(and (or (= (pc t) VALIDATE) (= (pc t) DECIDE)) (prev_is_new t))", "(= (extent (cur t)) (cext t))")
    add("at_stack_head", "FL-3", "if the tag of the stack's head is the one seen, its link is",
        "(at_stack t)", "(and (= (prev t) stack) (named (cur t)) (<= (ptag t) (tag stack))"
        " (=> (prev_is_new t) (= (next stack) (cur t))))")
    add("popping", "FL-2 FL-3", "the top seen is a descriptor; its successor seen is right while the stack is as seen",
        "(or (= (pc t) NEXT) (= (pc t) POP))", "(and (descriptor (cur t)) (=> (= (pc t) POP)"
        " (and (named (cnext t)) (=> (prev_is_new t) (= (next (cur t)) (cnext t))))))")


def invariants_of_work(system):
    """What a thread has in its hands."""

    def add(name, ids, about, when, then):
        system.invariant(name, ids, about, f"(forall ((t T)) (=> {when} {then}))", "(pc t)")

    add("inserting_own", "SEG-1", "who inserts owns the descriptor, which is in no list", "(or (inserting t) (= (pc t) TAG))",
        "(and (= (mode t) INSERT) (= (class (mine t)) PRIVATE) (= (owner (mine t)) t))")
    add("own_tag", "FL-3", "the tag of an own descriptor is the one that its owner remembers", "(inserting t)",
        "(= (mytag t) (tag (mine t)))")
    system.invariant("own_marked", "FL-3", "a descriptor in a thread's hands is marked, but while it is inserted",
                     "(forall ((x D) (t T)) (=> (and (= (class x) PRIVATE) (= (owner x) t))"
                     " (or (marked x) (and (inserting t) (= (mine t) x)))))", "(class x) (pc t)")
    add("modes", "", "a thread publishes only what it inserts", "(= (pc t) PUBLISH)", "(= (mode t) INSERT)")
    add("place_before", "FL-1",
        "an insertion stands behind smaller ones only; one of a boundary not behind segments of its rank",
        "(and (inserting t) (positioned t) (prev_is_new t))",
        "(or (= (prev t) head) (< (rank (extent (prev t))) (rank (extent (mine t))))"
        " (and (= (rank (extent (prev t))) (rank (extent (mine t)))) (or (boundary (prev t)) (not (boundary (mine t))))))")
    add("place_found", "FL-1", "what is published leads to c, which is not smaller, and a boundary only if it is larger",
        "(= (pc t) PUBLISH)",
        "(and (not (marked (mine t))) (= (next (mine t)) (cur t)) (=> (prev_is_new t)"
        " (or (= (cur t) null) (< (rank (extent (mine t))) (rank (extent (cur t))))"
        " (and (= (rank (extent (mine t))) (rank (extent (cur t)))) (or (boundary (mine t)) (not (boundary (cur t))))))))")
    add("unlinking", "SEG-1", "who has marked a descriptor has it to itself", "(= (pc t) UNLINK)",
        "(and (= (mine t) (cur t)) (= (class (cur t)) TAKEN) (= (owner (cur t)) t) (= (mode t) CLAIM)"
        " (= (next (cur t)) (cnext t)) (= (cnext t) (frozen t)))")
    add("confirming_own", "SEG-1 FL-3", "who confirms has marked the descriptor, and nothing has changed behind the mark",
        "(confirming t)", "(and (= (class (mine t)) TAKEN) (= (owner (mine t)) t) (= (next (mine t)) (frozen t)))")
    system.invariant("taken", "SEG-2", "a marked descriptor is not forgotten: its thread is at it",
                     "(forall ((x D) (t T)) (=> (and (= (class x) TAKEN) (= (owner x) t))"
                     " (and (= (mine t) x) (or (= (pc t) UNLINK) (confirming t)))))", "(class x) (pc t)")
    add("not_past", "SEG-1", "a confirming search has not passed the descriptor, or it is out of the list",
        "(and (confirming t) (searching t) (prev_is_new t))", "(or (not (linked (mine t))) (before (prev t) (mine t)))")
    add("not_past_next", "SEG-1", "nor will it when it advances",
        "(and (confirming t) (= (pc t) DECIDE) (not (cmark t)) (cur_is_new t))",
        "(or (not (linked (mine t))) (before (cur t) (mine t)))")
    add("sees_own_mark", "SEG-1", "a confirming search that meets the descriptor sees its mark",
        "(and (confirming t) (looked t) (= (cur t) (mine t)))", "(cmark t)")
    add("out_at_end", "SEG-1", "at the end of the list it is out",
        "(and (confirming t) (at_end t))", "(not (linked (mine t)))")
    add("out_at_frozen", "SEG-1", "where the marked link leads, too: an unmarked one leads there",
        "(and (confirming t) (searching t) (= (cur t) (frozen t)))", "(not (linked (mine t)))")
    add("out_before_end", "SEG-1", "behind the last one before the end, or before that place, too",
        "(and (confirming t) (looked t) (not (cmark t)) (or (= (cnext t) null) (= (cnext t) (frozen t)))"
        " (or (= (pc t) DECIDE) (prev_is_new t)))", "(not (linked (mine t)))")
    add("out_past_size", "SEG-1", "and where a larger one stands",
        "(and (confirming t) (= (pc t) DECIDE) (not (cmark t)) (confirm_stops t))", "(not (linked (mine t)))")
    add("pushing_own", "SEG-2 FL-3", "who pushes owns the chain's ends", "(pushing t)",
        "(and (= (class (mine t)) CHAIN) (= (owner (mine t)) t) (= (class (last t)) CHAIN) (= (owner (last t)) t)"
        " (= (mytag t) (tag (last t))) (=> (= (pc t) PUSH) (= (next (last t)) (cur t))))")
    add("slab_own", "SEG-2", "who writes a slab owns its ends", "(= (pc t) SLAB)",
        "(and (slab (mine t)) (= (owner (mine t)) t) (slab (last t)) (= (owner (last t)) t))")


T = [("t", "", "T")]


def search(system):
    go = system.transition
    go("claim", "a call: an allocation starts to search", "(= (pc t) IDLE)", parameters=[*T, ("r", "", "R")],
       pc=("t", "BEGIN"), mode=("t", "CLAIM"), want=("t", "r"), start=("t", "head"))
    seen_first = seen(since=list_fit.BEGINS, met="false", ppos="(label (start t))", cpos="(label (next (start t)))")
    for site, guard, also in (("find_head", "(not (= (mode t) CONFIRM))", seen_first),
                              ("confirm_head", "(= (mode t) CONFIRM)", {})):
        go(site, "load of the head, or of the link of the boundary where the search begins", f"(and (= (pc t) BEGIN) {guard})",
           [(f"{site}_boundary", "FL-2", "the boundary is linked", "(place (start t))")], T, pc=("t", "LINK"),
           prev=("t", "(start t)"), ptag=("t", "(tag (start t))"), cur=("t", "(next (start t))"), **also)
    reads = [("reads_descriptor", "FL-2", "what is read is a descriptor", "(descriptor (cur t))")]
    go("find_link", "load of the link of c", "(and (= (pc t) LINK) (not (= (cur t) null)))", reads, T,
       pc=("t", "EXTENT"), cnext=("t", "(next (cur t))"), cmark=("t", "(marked (cur t))"), ctag=("t", "(tag (cur t))"),
       **seen(npos="(label (next (cur t)))"))
    go("find_extent", "load of the extent of c", "(= (pc t) EXTENT)", reads, T,
       pc=("t", "VALIDATE"), cext=("t", "(extent (cur t))"))
    go("find_validate", "second load of p: as seen", "(and (= (pc t) VALIDATE) (prev_equal t))", parameters=T,
       pc=("t", "DECIDE"))
    go("find_help", "CAS on p: unlinks a marked c", "(and (= (pc t) DECIDE) (cmark t) (prev_equal t))",
       [("helps_marked", "FL-3", "what is unlinked was linked and marked", "(and (linked (cur t)) (marked (cur t)))")], T,
       pc=("t", "LINK"), next=("(prev t)", "(cnext t)"), tag=("(prev t)", "(+ (ptag t) 1)"), linked=("(cur t)", "false"),
       ptag=("t", "(+ (ptag t) 1)"), cur=("t", "(cnext t)"), **seen(cpos="npos"))
    go("advance", "goes on behind c, where the search does not stop",
       "(and (= (pc t) DECIDE) (not (cmark t)) (=> (= (mode t) INSERT) (not (insert_stops t)))"
       " (=> (= (mode t) CONFIRM) (not (confirm_stops t))) (=> (= (mode t) CLAIM) (not (claim_stops t))))", parameters=T,
       pc=("t", "LINK"), prev=("t", "(cur t)"), ptag=("t", "(ctag t)"), cur=("t", "(cnext t)"),
       **seen(ppos="cpos", cpos="npos", met="(or met (= (cur t) target))"))
    go("retry", "a comparison failed, or a weak CAS did for no reason: again from the start",
       "(or (= (pc t) VALIDATE) (= (pc t) DECIDE) (= (pc t) PUBLISH))", parameters=T, pc=("t", "BEGIN"))


def claim(system):
    go = system.transition
    go("claim_none", "no segment fits", "(and (= (mode t) CLAIM) (or (at_end t)"
       " (and (= (pc t) DECIDE) (not (cmark t)) (claim_stops t) (not (claim_fits t)))))",
       [list_fit.MISSES_NONE], T, pc=("t", "IDLE"))
    go("claim_mark", "CAS on c: the mark; from here on the segment is the thread's",
       "(and (= (pc t) DECIDE) (= (mode t) CLAIM) (not (cmark t)) (claim_fits t) (cur_equal t))",
       [("claims_free", "FL-3 SEG-1", "what is claimed was linked, unmarked and free",
         "(and (= (class (cur t)) LISTED) (linked (cur t)) (not (marked (cur t))))"),
        ("claims_seen", "SEG-1", "the segment handed out is the one that the descriptor describes",
         "(= (extent (cur t)) (cext t))"),
        ("claims_fitting", "FL-4", "it fits the request", "(fits (want t) (extent (cur t)))")], T,
       pc=("t", "UNLINK"), marked=("(cur t)", "true"), tag=("(cur t)", "(+ (ctag t) 1)"), mine=("t", "(cur t)"),
       frozen=("t", "(cnext t)"), **{"class": ("(cur t)", "TAKEN")}, owner=("(cur t)", "t"),
       since="(and since (not (= (cur t) target)))")
    go("claim_unlink", "CAS on p: unlinks the descriptor marked", "(and (= (pc t) UNLINK) (prev_equal t))",
       [("unlinks_own", "SEG-1", "the descriptor was linked until now", "(linked (cur t))")], T,
       pc=("t", "IDLE"), next=("(prev t)", "(cnext t)"), tag=("(prev t)", "(+ (ptag t) 1)"), linked=("(cur t)", "false"),
       **{"class": ("(cur t)", "PRIVATE")})
    go("claim_unlink.failed", "the CAS failed: a confirming search follows", "(= (pc t) UNLINK)", parameters=T,
       pc=("t", "BEGIN"), mode=("t", "CONFIRM"), start=("t", "head"))
    go("confirmed", "the confirming search has ended: the descriptor may be reused",
       "(and (= (mode t) CONFIRM) (or (at_end t) (at_frozen t) (and (= (pc t) DECIDE) (not (cmark t)) (confirm_stops t))))",
       [("confirmed_out", "SEG-1 FL-3", "the descriptor is out of the list", "(not (linked (mine t)))")], T,
       pc=("t", "IDLE"), **{"class": ("(mine t)", "PRIVATE")})


def insert(system):
    go = system.transition
    go("insert_extent", "store of the extent: of a freed segment, or of what a split left of the one taken",
       "(and (= (pc t) IDLE) (= (class n) PRIVATE) (= (owner n) t))",
       [("extends_unlinked", "FL-1", "no linked extent changes", "(not (linked n))")], [*T, ("n", "", "D"), ("e", "", "E")],
       pc=("t", "TAG"), mode=("t", "INSERT"), mine=("t", "n"), extent=("n", "e"), child=("n", "null"))
    go("insert_tag", "load of the own link", "(= (pc t) TAG)", parameters=T,
       pc=("t", "BEGIN"), mytag=("t", "(tag (mine t))"), start=("t", "head"))
    go("insert_link", "store of the own link, before it is published",
       "(and (= (mode t) INSERT) (or (at_end t) (and (= (pc t) DECIDE) (not (cmark t)) (insert_stops t))))",
       [("writes_unlinked", "FL-3", "the link of a linked descriptor is not stored to", "(not (linked (mine t)))")], T,
       pc=("t", "PUBLISH"), next=("(mine t)", "(cur t)"), marked=("(mine t)", "false"),
       tag=("(mine t)", "(+ (mytag t) 1)"), mytag=("t", "(+ (mytag t) 1)"))
    go("insert_publish", "CAS on p: links the descriptor", "(and (= (pc t) PUBLISH) (prev_equal t)"
       " (or (= (prev t) head) (< (label (prev t)) between)) (or (= (cur t) null) (< between (label (cur t)))))",
       [("publishes_own", "SEG-1", "what is published was the thread's alone",
         "(and (= (class (mine t)) PRIVATE) (= (owner (mine t)) t))")], [*T, ("between", "", "Real")],
       pc=("t", "IDLE"), next=("(prev t)", "(mine t)"), tag=("(prev t)", "(+ (ptag t) 1)"), linked=("(mine t)", "true"),
       **{"class": ("(mine t)", "(ite (boundary (mine t)) BOUND LISTED)")},
       label=("(mine t)", "between"))


def supply(system):
    go = system.transition
    go("spare_load", "load of the stack's head, not empty", "(and (= (pc t) IDLE) (not (= (next stack) null)))", parameters=T,
       pc=("t", "NEXT"), prev=("t", "stack"), ptag=("t", "(tag stack)"), cur=("t", "(next stack)"))
    go("spare_next", "load of the top's link", "(= (pc t) NEXT)",
       [("pops_descriptor", "FL-2", "what is read is a descriptor", "(descriptor (cur t))")], T,
       pc=("t", "POP"), cnext=("t", "(next (cur t))"))
    go("spare_pop", "CAS on the stack's head", "(and (= (pc t) POP) (prev_equal t))",
       [("pops_spare", "SEG-1 FL-3", "what is popped was unused, and its successor is the one seen",
         "(and (spare (cur t)) (= (next (cur t)) (cnext t)))")], T,
       pc=("t", "IDLE"), next=("stack", "(cnext t)"), tag=("stack", "(+ (ptag t) 1)"),
       **{"class": ("(cur t)", "PRIVATE")}, owner=("(cur t)", "t"))
    go("spare_pop.failed", "the CAS failed: again", "(= (pc t) POP)", parameters=T, pc=("t", "IDLE"))
    go("spare_tag", "load of the own link, to push one descriptor",
       "(and (= (pc t) IDLE) (= (class n) PRIVATE) (= (owner n) t) (not (boundary n)))", parameters=[*T, ("n", "", "D")],
       pc=("t", "TOP"), mine=("t", "n"), last=("t", "n"), mytag=("t", "(tag n)"), **{"class": ("n", "CHAIN")})
    go("spare_top", "load of the stack's head", "(= (pc t) TOP)", parameters=T,
       pc=("t", "OWNLINK"), prev=("t", "stack"), ptag=("t", "(tag stack)"), cur=("t", "(next stack)"))
    go("spare_link", "store of the last own link", "(= (pc t) OWNLINK)", parameters=T,
       pc=("t", "PUSH"), next=("(last t)", "(cur t)"), marked=("(last t)", "true"), tag=("(last t)", "(+ (mytag t) 1)"),
       mytag=("t", "(+ (mytag t) 1)"))
    mine = "(and (= (class x) CHAIN) (= (owner x) t))"
    go("spare_push", "CAS on the stack's head: the whole chain is on top of it", "(and (= (pc t) PUSH) (prev_equal t))",
       parameters=T, pc=("t", "IDLE"), next=("stack", "(mine t)"), tag=("stack", "(+ (ptag t) 1)"),
       label=f"(ite {mine} (- (label x) (+ 1.0 (- (label (last t)) (ite (= (cur t) null) 0.0 (label (cur t)))))) (label x))",
       **{"class": f"(ite {mine} SPARE (class x))"})
    go("spare_push.failed", "the CAS failed: again", "(= (pc t) PUSH)", parameters=T, pc=("t", "TOP"))


def slab(system):
    go = system.transition
    parameters = [*T, ("in", "D", "Bool"), ("first", "", "D"), ("final", "", "D")]
    go("adopt", "bytes that the thread owns are to be descriptors", "(and (= (pc t) IDLE) (in first) (in final)"
       " (forall ((x D)) (=> (in x) (and (= (class x) UNMADE) (not (boundary x)) (<= (address first) (address x))"
       " (<= (address x) (address final))))))", parameters=parameters,
       pc=("t", "SLAB"), mine=("t", "first"), last=("t", "final"), owner="(ite (in x) t (owner x))",
       label="(ite (in x) (address x) (label x))", **{"class": "(ite (in x) SLOT (class x))"})
    go("slab_link", "store of the link of a slot: to the following slot, or null",
       "(and (= (class n) SLOT) (= (owner n) t) (= (= m null) (= n (last t)))"
       " (=> (not (= m null)) (and (slab m) (= (owner m) t) (< (label n) (label m))))"
       " (forall ((y D)) (=> (and (not (= m null)) (slab y) (= (owner y) t) (< (label n) (label y)))"
       " (or (= y m) (< (label m) (label y))))))", parameters=[*T, ("n", "", "D"), ("m", "", "D")],
       next=("n", "m"), marked=("n", "true"), tag=("n", "0"), **{"class": ("n", "FRESH")})
    go("slab_extent", "store of the extent of a slot", "(and (= (class n) FRESH) (= (owner n) t))",
       parameters=[*T, ("n", "", "D"), ("e", "", "E")], extent=("n", "e"))
    written = "(forall ((x D)) (not (and (= (class x) SLOT) (= (owner x) t))))"
    go("adopt.one", "a slab of one slot is written", f"(and (= (pc t) SLAB) (= (mine t) (last t)) {written})", parameters=T,
       pc=("t", "IDLE"), **{"class": ("(mine t)", "PRIVATE")})
    go("spare_tag.slab", "a slab is written: its first is the thread's, the others are a chain to push",
       f"(and (= (pc t) SLAB) (not (= (mine t) (last t))) {written})", parameters=T,
       pc=("t", "TOP"), mine=("t", "(next (mine t))"), mytag=("t", "(tag (last t))"),
       **{"class": ["(ite (and (= (class x) FRESH) (= (owner x) t)) CHAIN (class x))", ("(mine t)", "PRIVATE")]})


def recovery(system):
    go = system.transition
    at_rest = "(forall ((u T)) (= (pc u) IDLE))"
    go("crash", "the process is killed: all threads end where they are; completed stores stay", "true",
       pc="IDLE", making="null", **{"class": "(ite (or (= (class x) PRIVATE) (= (class x) CHAIN) (= (class x) TAKEN)) LOST"
                                         " (ite (or (slab x) (= (class x) TABLE)) UNMADE (class x)))"})
    go("plan_link", "recovery, nobody else at work: the mark of a linked descriptor is taken away",
       f"(and {at_rest} (= (class n) LOST) (linked n))",
       [("unmarks_marked", "REC-2", "it was marked", "(marked n)")], [("n", "", "D")],
       marked=("n", "false"), tag=("n", "(+ (tag n) 1)"), **{"class": ("n", "LISTED")})
    go("plan_link.spare_head", "recovery of an untrusted file: the stack is dropped", at_rest,
       next=("stack", "null"), tag=("stack", "0"), **{"class": "(ite (spare x) LOST (class x))"})
    go("plan_link.free_head", "recovery of an untrusted file: the list is dropped", at_rest,
       next=("head", "null"), tag=("head", "0"), linked="false", since="false", indexed="false",
       making="null", noted="false", **{"class": "(ite (linked x) LOST (class x))"})


def lemmas(system):
    """Lock-freedom. `is_new`: no other thread has written the words that the thread has seen since it saw them."""
    add = system.lemma
    new = "(and (prev_is_new t) (=> (looked t) (cur_is_new t)))"
    for name, pc, check in [("validation_passes", "VALIDATE", "(prev_equal t)"), ("help_passes", "DECIDE", "(prev_equal t)"),
                            ("mark_passes", "DECIDE", "(cur_equal t)"), ("unlink_passes", "UNLINK", "(prev_equal t)"),
                            ("publish_passes", "PUBLISH", "(prev_equal t)"), ("pop_passes", "POP", "(prev_equal t)"),
                            ("push_passes", "PUSH", "(prev_equal t)")]:
        add(name, "PRG-1", f"at {pc} a comparison fails only if another thread has written since (or a weak CAS does)",
            f"(and (= (pc t) {pc}) {new})", check)
    for site in ("find_head", "confirm_head", "spare_load", "spare_top"):
        add(f"{site}_is_new", "PRG-1", "what is just loaded is the newest", "true", "(then (prev_is_new t))", site)
    for site in ("find_link", "find_extent", "find_validate", "find_help", "advance", "insert_link", "spare_next",
                 "spare_link"):
        add(f"{site}_keeps_new", "PRG-1", "a thread's own steps do not make its snapshots old", new, f"(then {new})", site)
    add("claim_mark_keeps_new", "PRG-1", "a thread's own mark does not make its view of p old", "(prev_is_new t)",
        "(then (prev_is_new t))", "claim_mark")
    add("advance_advances", "PRG-1", "alone, a search goes on to a later linked descriptor", new,
        "(and (before (prev t) (cur t)) (linked (cur t)))", "advance")
    add("help_shortens", "PRG-1", "helping shortens the list, and the search stays in its place",
        "(= at.current (cur t))",
        "(and (linked (cur t)) (not (then (linked at.current))) (= (then (prev t)) (prev t)))", "find_help")
    add("never_stuck", "PRG-1", "alone, a thread inside a call can always take a step that does not begin again",
        f"(and (not (= (pc t) IDLE)) (not (= (pc t) SLAB)) {new})",
        "(or (= (pc t) TAG) (= (pc t) BEGIN) (= (pc t) EXTENT) (= (pc t) NEXT) (= (pc t) TOP) (= (pc t) OWNLINK) (at_end t)"
        " (= (pc t) LINK) (and (= (pc t) DECIDE) (not (cmark t)))"
        " (and (or (= (pc t) VALIDATE) (= (pc t) DECIDE) (= (pc t) UNLINK) (= (pc t) PUBLISH) (= (pc t) POP) (= (pc t) PUSH))"
        " (prev_equal t)))")
    add("label_exists", "FL-1", "the ghost label that insert_publish needs exists: the mean of its neighbours'",
        "(and (= (pc t) PUBLISH) (prev_equal t) (not (= (prev t) head)) (not (= (cur t) null)))",
        "(and (< (label (prev t)) (/ (+ (label (prev t)) (label (cur t))) 2.0))"
        " (< (/ (+ (label (prev t)) (label (cur t))) 2.0) (label (cur t))))")
    # What a thread has in its hands is its own: the lock-free steps of others change no word of it.
    system.macro("has", "v x",
                 "(and (= (owner x) v) (or (slab x) (= (class x) TABLE) (= (class x) PRIVATE) (= (class x) CHAIN)"
                 " (= (class x) TAKEN)))")
    words = ("class", "next", "marked", "tag", "extent", "child")
    same = " ".join(f"(= ({one} at.current) (then ({one} at.current)))" for one in words)
    for name, one in system.transitions.items():
        if one.parameters[:1] == T:
            add(f"{name}_leaves_others", "SEG-1 FL-3", "the step changes nothing that another thread has",
                "(and (not (= v t)) (has v at.current))", f"(and (then (has v at.current)) {same})", name)
            add(f"{name}_gives_nothing", "SEG-1 FL-3", "the step gives another thread nothing",
                "true", "(=> (and (not (= v t)) (not (has v at.current))) (not (then (has v at.current))))", name)
    # Only these make another thread's snapshots old; each is paid for by a claim or an insertion that took effect, or is the
    # one unlinking of a mark.
    for site in ("insert_extent", "insert_tag", "insert_link", "spare_link", "slab_link", "slab_extent", "find_validate",
                 "confirmed", "retry", "claim_unlink.failed", "slab_link.boundary", "index_take", "index_publish",
                 "merge_note"):
        add(f"{site}_harms_nobody", "PRG-1", "the step makes no other thread's search begin again",
            "(and (not (= u t)) (searching u) (prev_is_new u))", "(then (prev_is_new u))", site)
