"""What a merge does with the list: notes of a search, marks by the very link noted, and marks at a place found again. For
list_system.py.

A note is of one descriptor. There may be any number of them, and any thread may use one, however old it is. Members of a run
are claimed one after the other, and each is unlinked before the next: by the predecessor noted, or by a confirming search. What
is joined is the thread's then; segment_system.py is about the bytes. The joined segment is inserted like any other, and the
descriptors that are left over are pushed.
"""

from list_fit import SEES_ALL

T = ("t", "", "T")
NOTE = ("m", "", "N")
INITIALLY = ["(forall ((m N)) (not (noted m)))"]


def state(system):
    system.state("noted", "N", "Bool", "there is such a note; of a descriptor:")
    system.state("of", "N", "D", "which one")
    system.state("ontag", "N", "Int", "its link: tag")
    system.state("onnext", "N", "D", "its link: next")
    system.state("onext", "N", "E", "its extent")
    system.state("onprev", "N", "D", "its predecessor")
    system.state("onptag", "N", "Int", "the link of the predecessor: tag")


def invariants(system):
    def add(name, ids, about, then):
        system.invariant(name, ids, about, f"(forall ((m N)) (=> (noted m) {then}))", "(noted m)")

    add("noted_link", "FL-3", "if the tag of a descriptor noted is the one noted, it has been linked and unmarked ever since, "
        "and its extent is the one noted",
        "(and (descriptor (of m)) (not (boundary (of m))) (named (onnext m)) (<= (ontag m) (tag (of m)))"
        " (=> (= (ontag m) (tag (of m))) (and (= (class (of m)) LISTED) (= (next (of m)) (onnext m))"
        " (= (extent (of m)) (onext m)))))")
    add("noted_prev", "FL-3", "if the tag of its predecessor is, that still leads to it",
        "(and (or (= (onprev m) head) (descriptor (onprev m))) (<= (onptag m) (tag (onprev m)))"
        " (=> (= (onptag m) (tag (onprev m)))"
        " (and (place (onprev m)) (not (marked (onprev m))) (= (next (onprev m)) (of m)))))")


def transitions(system):
    go = system.transition
    go("merge", "a merge begins to look at the list, or for a descriptor", "(= (pc t) IDLE)", parameters=[T],
       pc=("t", "BEGIN"), mode=("t", "MERGE"), start=("t", "head"))
    go("merge_note", "the thread remembers what it has seen",
       "(and (= (pc t) DECIDE) (not (cmark t)) (not (boundary (cur t))))", parameters=[T, NOTE], noted=("m", "true"),
       of=("m", "(cur t)"), ontag=("m", "(ctag t)"), onnext=("m", "(cnext t)"), onext=("m", "(cext t)"),
       onprev=("m", "(prev t)"), onptag=("m", "(ptag t)"))
    go("merge_end", "the walk is done, or what was looked for is not there",
       "(and (= (mode t) MERGE) (or (= (pc t) LINK) (= (pc t) DECIDE)))", [SEES_ALL], [T], pc=("t", "IDLE"))
    goals = [("FL-3 SEG-1", "what is claimed was linked, unmarked and free", "(= (class {0}) LISTED)"),
             ("SEG-1", "the segment is the one noted", "(= (extent {0}) (onext m))")]

    def mark(name, about, guard, of, **updates):
        short = name.split(".")[1]
        go(name, about, guard, [(f"{short}_{part}", ids, says, text.format(of))
                                for part, (ids, says, text) in zip(("free", "seen"), goals)], [T, NOTE],
           pc=("t", "UNLINK"), mode=("t", "CLAIM"), marked=(of, "true"), owner=(of, "t"), mine=("t", of),
           since=f"(and since (not (= {of} target)))", **{"class": (of, "TAKEN")}, **updates)

    mark("claim_mark.noted", "CAS on a descriptor noted, from the very link noted",
         "(and (= (pc t) IDLE) (noted m) (= (next (of m)) (onnext m)) (not (marked (of m))) (= (tag (of m)) (ontag m)))",
         "(of m)", tag=("(of m)", "(+ (ontag m) 1)"), frozen=("t", "(onnext m)"), cur=("t", "(of m)"),
         cnext=("t", "(onnext m)"), ctag=("t", "(ontag m)"), prev=("t", "(onprev m)"),
         ptag=("t", "(onptag m)"))
    mark("claim_mark.found", "CAS on a descriptor noted that was found again, unmarked and with the extent noted",
         "(and (= (pc t) DECIDE) (= (mode t) MERGE) (not (cmark t)) (cur_equal t) (noted m) (= (cur t) (of m))"
         " (= (cext t) (onext m)))", "(cur t)", tag=("(cur t)", "(+ (ctag t) 1)"), frozen=("t", "(cnext t)"))
