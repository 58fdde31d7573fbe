"""The segments of an arena: who owns which bytes, over any number of threads and segments, and through crashes.

A segment is named by its offset. Every byte below the cursor belongs to exactly one segment; `part` says to which. What the
list and the stack do takes one transition each here: list_system.py shows that they do it.

Classes:   LIVE      a user's (of a thread)              MARKED     claimed and still linked; then TAKEN, until the claimer has
           HELD      in a thread's hands inside a call               confirmed the unlinking
           OFFERED   held, and a descriptor that is not   SLOT       bytes of a descriptor
                     yet linked says so                   DISCARDED  given up
           LISTED    free: a linked descriptor says so    LOST       unlisted by a crash: live to the user, or held

A merge takes neighbours out of the list one after the other (*drawn* segments): the run that it has in hand, and the member
that comes next and is joined to it when its descriptor is unlinked. The index region lies before data_offset: it is no
segment.

Bytes are counted without a sum over an unbounded set: `x_below b` is the number of bytes of kind x below the offset b. That it
grows by one at each byte of the kind, and at no other, is an invariant, so the counts are those of the bytes.
"""

from system import System

# kind of byte -> (what it is, how the segment `part` to which the byte belongs tells)
KINDS = {
    "live": ("LIVE", "(is y LIVE)"),
    "held": ("HELD, OFFERED or TAKEN", "(or (is y HELD) (is y OFFERED) (is y TAKEN))"),
    "free": ("LISTED", "(is y LISTED)"),
    "marked": ("MARKED", "(is y MARKED)"),
    "own": ("descriptors that a thread holds",
            "(and (is y SLOT) (or (= (use y) PRIVATE) (= (use y) WRITTEN) (= (use y) OUT)))"),
    "linked": ("linked descriptors", "(in_list y)"),
    "spare": ("unused descriptors", "(and (is y SLOT) (= (use y) SPARE))"),
    "discarded": ("DISCARDED", "(is y DISCARDED)"),
    "lost": ("LOST", "(is y LOST)"),
}
# described by a descriptor: use of the descriptor -> class of the segment
DESCRIBED = {"WRITTEN": "OFFERED", "LINKED": "LISTED", "WAITING": "MARKED", "OUT": "TAKEN"}


def make():
    memory = [str(offset) for offset in range(5)]
    system = System(
        "segments",
        {
            "T": None,
            "Class": "NONE LIVE HELD OFFERED LISTED MARKED TAKEN SLOT DISCARDED LOST".split(),
            "Use": "PRIVATE WRITTEN LINKED WAITING OUT SPARE".split(),
        },
        [("data", "", "Int"), ("capacity", "", "Int"), ("width", "", "Int")],
        ["(and (< 0 data) (<= data capacity) (< 0 width))"],
        {"T": ["t1", "t2"], "Int": memory},
    )
    # In a small memory nothing begins or is counted outside, so that what holds of its offsets holds of all.
    system.memory_end = "capacity"
    system.outside = {"class": "NONE", "spoken": "false", "keeps": "false", "drawn": "false",
                      **{f"{kind}_below": f"({kind}_below.inside top)" for kind in KINDS}}
    state(system)
    words(system)
    invariants(system)
    invariants_of_merging(system)
    cursor(system)
    ownership(system)
    freelist(system)
    merging(system)
    supply(system)
    recovery(system)
    lemmas(system)
    return system


def state(system):
    system.state("top", "", "Int", "the cursor")
    system.state("discarded", "", "Int", "the counter of discarded bytes")
    system.state("class", "Int", "Class", "ghost: class of the segment that begins here")
    system.state("size", "Int", "Int", "ghost: its bytes")
    system.state("owner", "Int", "T", "ghost: its thread, if it is a thread's")
    system.state("part", "Int", "Int", "ghost: the segment to which a byte belongs")
    system.state("use", "Int", "Use", "ghost: what a descriptor is used for")
    system.state("offset_word", "Int", "Int", "extent word of a descriptor: offset")
    system.state("size_word", "Int", "Int", "extent word of a descriptor: size")
    system.state("described", "Int", "Int", "ghost: the descriptor of a listed segment")
    system.state("spoken", "Int", "Bool", "ghost: a descriptor has once begun here")
    system.state("keeps", "Int", "Bool", "ghost: the byte was live when the process was killed")
    for kind, (about, _) in KINDS.items():
        system.state(f"{kind}_below", "Int", "Int", f"ghost: bytes below an offset that are of {about}")
    system.state("seen", "T", "Int", "the cursor as the thread has loaded it")
    system.state("drawn", "Int", "Bool", "ghost: a merge has taken the segment out of the list, and not yet put it back")
    system.state("run", "T", "Int", "the segment that the merging thread has joined so far, or 0")
    system.state("member", "T", "Int", "the segment that it is about to join, or 0")
    system.state("member_size", "T", "Int", "its bytes, as the thread remembers them")
    system.state("down", "", "Bool", "the process has been killed, and recovery is not done")
    system.initially = [
        "(and (= top data) (= discarded 0) (not down))",
        "(forall ((x Int)) (and (= (class x) NONE) (not (spoken x)) (not (keeps x)) (not (drawn x))))",
        "(forall ((t T)) (and (= (run t) 0) (= (member t) 0)))",
        "(forall ((x Int)) (and " + " ".join(f"(= ({kind}_below x) 0)" for kind in KINDS) + "))",
    ]


def words(system):
    system.macro("is", "x c", "(= (class x) c)")
    system.macro("there", "x", "(not (= (class x) NONE))")
    system.macro("end", "x", "(+ x (size x))")
    system.macro("holds", "t x", "(and (= (class x) HELD) (= (owner x) t) (not (drawn x)))")
    # the run in hand, when no member is to be joined to it any more
    system.macro("in_hand", "t x", "(and (= (class x) HELD) (= x (run t)) (= (member t) 0))")
    system.macro("own_slot", "t d", "(and (= (class d) SLOT) (= (owner d) t))")
    system.macro("in_list", "d", "(and (= (class d) SLOT) (or (= (use d) LINKED) (= (use d) WAITING)))")
    for kind, (_, tells) in KINDS.items():
        system.macro(f"is_{kind}", "y", tells)
    system.macro("has", "t y", "(and (not down) (= (owner y) t) (or (is_live y) (is_held y) (is_marked y) (is_own y)"
                               " (and (is y SLOT) (= (use y) WAITING))))")
    system.macro("described_class", "d", "(and " + " ".join(
        f"(=> (= (use d) {use}) (= (class (offset_word d)) {of}))" for use, of in DESCRIBED.items()) + ")")
    system.macro("describing_use", "x", "(and " + " ".join(
        f"(=> (= (class x) {of}) (= (use (described x)) {use}))" for use, of in DESCRIBED.items()) + ")")
    system.macro("within", "x s n", "(ite (<= x s) 0 (ite (< x (+ s n)) (- x s) n))")  # bytes of [s, s + n) below x


def invariants(system):
    add = system.invariant
    add("bounds", "SEG-1 CUR-1", "the cursor is in the memory", "(and (<= data top) (<= top capacity))")
    add("inside", "SEG-1", "every segment lies in [data_offset, cursor) and is not empty",
        "(forall ((x Int)) (=> (there x) (and (<= data x) (< 0 (size x)) (<= (end x) top))))", "(class x)")
    add("disjoint", "SEG-1", "no two segments overlap: live, free, descriptors, in flight, discarded or lost",
        "(forall ((x Int) (y Int)) (=> (and (there x) (there y) (< x y)) (<= (end x) y)))", "(class x) (class y)")
    add("partition", "SEG-2", "every byte below the cursor is in a segment: none is lost",
        "(forall ((b Int)) (=> (and (<= data b) (< b top)) (and (there (part b)) (<= (part b) b) (< b (end (part b))))))",
        "(part b)")
    add("all_counted", "SEG-2", "all bytes below an offset are of one kind each",
        "(forall ((b Int)) (=> (and (<= data b) (<= b top)) (= (- b data) (+ "
        + " ".join(f"({kind}_below b)" for kind in KINDS) + "))))", "(live_below b)")
    add("counted_ends", "SEG-2", "nothing is counted before data_offset, and nothing above the cursor",
        "(and " + " ".join(f"(= ({kind}_below data) 0)" for kind in KINDS) + " (forall ((b Int)) (=> (<= top b) (and "
        + " ".join(f"(= ({kind}_below b) ({kind}_below top))" for kind in KINDS) + "))))")
    for kind, (about, _) in KINDS.items():
        add(f"{kind}_counted", "SEG-2", f"what is counted as {kind} grows from byte to byte of a segment of {about}, only",
            f"(forall ((x Int) (b Int)) (=> (and (there x) (<= x b) (<= b (end x))) (= ({kind}_below b) (+ ({kind}_below x)"
            f" (ite (is_{kind} x) (- b x) 0)))))", f"(class x) ({kind}_below b)")
    add("discarded_counter", "SEG-2", "the counter says how many bytes are discarded", "(= discarded (discarded_below top))")
    add("slots", "FL-2", "what has once been a descriptor stays one, or was lost by a crash: no segment is cut out of it",
        "(forall ((d Int)) (=> (spoken d) (or (= (class d) SLOT) (= (class d) LOST))))", "(spoken d)")
    add("slot_size", "FL-2", "what has once been a descriptor has the size of one",
        "(forall ((d Int)) (and (=> (spoken d) (= (size d) width)) (=> (= (class d) SLOT) (spoken d))))", "(class d)")
    add("listed", "SEG-1 REC-2", "a free segment, or one that is offered or marked, is what the extent word of its descriptor "
        "says, and no other describes it",
        "(forall ((d Int)) (=> (and (= (class d) SLOT) (not (= (use d) PRIVATE)) (not (= (use d) SPARE)))"
        " (and (= (described (offset_word d)) d) (= (size (offset_word d)) (size_word d)) (described_class d))))", "(use d)")
    add("described", "SEG-2", "every free segment has a descriptor, of the same thread while it is not listed",
        "(forall ((x Int)) (=> (or " + " ".join(f"(= (class x) {of})" for of in DESCRIBED.values()) + ")"
        " (and (= (class (described x)) SLOT) (= (offset_word (described x)) x) (describing_use x)"
        " (=> (and (not down) (not (= (class x) LISTED))) (= (owner (described x)) (owner x))))))", "(described x)")
    add("crashed", "REC-2", "while the process is down no thread has anything",
        "(forall ((x Int)) (=> down (not (or (is_live x) (is_held x) (is_own x)))))", "(class x)")
    add("kept", "REC-2", "what was live when the process was killed is neither free nor a descriptor, and below the cursor",
        "(forall ((b Int)) (=> (keeps b) (and (<= data b) (< b top) (= (class (part b)) LOST) (<= (part b) b)"
        " (< b (end (part b))))))", "(keeps b)")


def invariants_of_merging(system):
    add = system.invariant
    add("drawn_once", "REC-2",
        "what a merge has taken out of the list is the run that its thread has in hand, or the next member",
        "(forall ((x Int) (t T)) (=> (and (drawn x) (= (owner x) t)) (or (= x (run t)) (= x (member t)))))",
        "(drawn x) (run t)")
    add("drawn_held", "REC-2", "it is marked, or in the thread's hands", "(forall ((x Int)) (=> (drawn x) (and (not down)"
        " (or (is_marked x) (is_held x)))))", "(drawn x)")
    add("run", "SEG-1 SEG-2", "the run is its thread's, and one segment",
        "(forall ((t T)) (=> (not (= (run t) 0)) (and (drawn (run t)) (= (owner (run t)) t)"
        " (or (= (class (run t)) HELD) (and (= (class (run t)) OFFERED) (= (member t) 0))))))", "(run t)")
    add("member", "SEG-1", "the member is claimed, as long as remembered, and begins where the run ends",
        "(forall ((t T)) (=> (not (= (member t) 0)) (and (drawn (member t)) (= (owner (member t)) t)"
        " (or (is_marked (member t)) (is (member t) TAKEN) (is (member t) HELD)) (= (size (member t)) (member_size t))"
        " (=> (not (= (run t) 0)) (= (end (run t)) (member t))))))", "(member t)")


T = ("t", "", "T")
D, N, S = ("d", "", "Int"), ("n", "", "Int"), ("s", "", "Int")
PUT_BACK = {"drawn": ("s", "false"), "run": ("t", "(ite (= (run t) s) 0 (run t))")}


def move(source, target, segment, amount):
    """The updates of the counts when a segment's bytes go from one kind to another."""
    change = {source: "-", target: "+"}
    return {f"{kind}_below": f"({sign} ({kind}_below x) (within x {segment} {amount}))"
            for kind, sign in change.items() if kind}


def cursor(system):
    go = system.transition
    go("cursor_load", "load of the cursor", "true", parameters=[T], seen=("t", "top"))
    go("cursor_take", "CAS of the cursor: up over bytes that nobody has",
       "(and (not down) (= top (seen t)) (< 0 n) (<= (+ (seen t) n) capacity))",
       [("takes_unowned", "SEG-1", "nothing lies above the cursor", "(forall ((y Int)) (=> (there y) (<= (end y) (seen t))))")],
       [T, N], top="(+ (seen t) n)", size=("(seen t)", "n"), owner=("(seen t)", "t"), **{"class": ("(seen t)", "HELD")},
       part="(ite (and (<= (seen t) x) (< x (+ (seen t) n))) (seen t) (part x))", **move("", "held", "(seen t)", "n"))
    go("cursor_give_back", "CAS of the cursor: down over a segment of the thread that ends there",
       "(and (or (holds t s) (in_hand t s)) (= (seen t) (end s)) (= top (seen t)))",
       [("gives_back_topmost", "CUR-1", "nothing but the segment lies above the new cursor",
         "(forall ((y Int)) (=> (and (there y) (not (= y s))) (<= (end y) s)))")],
       [T, S], top="s", **{"class": ("s", "NONE")}, **PUT_BACK, **move("held", "", "s", "(size s)"))
    go("discarded_add", "fetch_add of the counter: bytes of the thread are given up", "(holds t s)", parameters=[T, S],
       discarded="(+ discarded (size s))", **{"class": ("s", "DISCARDED")}, **move("held", "discarded", "s", "(size s)"))


def ownership(system):
    """What calls and users do with their own bytes, without any shared access."""
    go, parameters = system.transition, [T, S]
    go("hand_out", "an allocation returns", "(holds t s)", parameters=parameters,
       **{"class": ("s", "LIVE")}, **move("held", "live", "s", "(size s)"))
    go("take_back", "a deallocation is called", "(and (= (class s) LIVE) (= (owner s) t))", parameters=parameters,
       **{"class": ("s", "HELD")}, **move("live", "held", "s", "(size s)"))
    go("hand_over", "a user passes a segment to another thread", "(and (= (class s) LIVE) (= (owner s) t))",
       parameters=[*parameters, ("u", "", "T")], owner=("s", "u"))
    go("cut", "the owner divides a segment: split, padding, slots of a slab, a part that is freed",
       "(and (or (holds t s) (and (= (class s) LIVE) (= (owner s) t))) (< 0 n) (< n (size s)))",
       parameters=[*parameters, N], owner=("(+ s n)", "t"), size=[("s", "n"), ("(+ s n)", "(- (size s) n)")],
       part="(ite (and (<= (+ s n) x) (< x (end s))) (+ s n) (part x))", **{"class": ("(+ s n)", "(class s)")})
    go("join", "the owner joins neighbours: segments that are freed together",
       "(and (holds t s) (holds t (end s)))", parameters=parameters,
       size=("s", "(+ (size s) (size (end s)))"), **{"class": ("(end s)", "NONE")},
       part="(ite (= (part x) (end s)) s (part x))")


CLAIMABLE = "(and (not down) (= (class d) SLOT) (= (use d) LINKED) (= s (offset_word d)))"
MARKS = {"use": ("d", "WAITING"), "owner": [("d", "t"), ("s", "t")], "class": ("s", "MARKED"),
         **move("free", "marked", "s", "(size_word d)")}


def freelist(system):
    go = system.transition
    both = [T, D, S]
    go("insert_extent", "store of the extent word of an own descriptor",
       "(and (own_slot t d) (= (use d) PRIVATE) (or (holds t s) (in_hand t s)))", parameters=both,
       offset_word=("d", "s"), size_word=("d", "(size s)"), use=("d", "WRITTEN"), described=("s", "d"),
       **{"class": ("s", "OFFERED")})
    go("insert_publish", "the segment is free: its descriptor is linked",
       "(and (own_slot t d) (= (use d) WRITTEN) (= s (offset_word d)))",
       [("publishes_own", "SEG-1", "it was the thread's alone, and is as long as the descriptor says",
         "(and (= (class s) OFFERED) (= (owner s) t) (= (size s) (size_word d)))")], both,
       use=("d", "LINKED"), **{"class": ("s", "LISTED")}, **PUT_BACK,
       **move("held", "free", "s", "(size s)"), **move("own", "linked", "d", "width"))
    go("claim_mark", "the segment of a linked descriptor is the thread's", CLAIMABLE,
       [("claims_free", "SEG-1 FL-3", "it was free, and is as long as the descriptor says",
         "(and (= (class s) LISTED) (= (size s) (size_word d)))")], both, **MARKS)
    out = {"use": ("d", "OUT"), "class": ("s", "TAKEN"), **move("marked", "held", "s", "(size_word d)"),
           **move("linked", "own", "d", "width")}
    marked = "(and (not down) (= (class d) SLOT) (= (use d) WAITING) (= s (offset_word d))"
    go("claim_unlink", "the claimer unlinks the descriptor", f"{marked} (= (owner d) t))", parameters=both, **out)
    go("find_help", "anybody unlinks the descriptor", f"{marked})", parameters=[D, S], **out)
    go("confirmed", "the claimer knows that it is unlinked: descriptor and segment are its own",
       "(and (own_slot t d) (= (use d) OUT) (= s (offset_word d)))",
       [("confirmed_out", "SEG-1", "both are the thread's and not linked", "(and (= (class s) TAKEN) (= (owner s) t))")], both,
       use=("d", "PRIVATE"), **{"class": ("s", "HELD")})


def merging(system):
    """A merge claims the members of a run one after the other. list_system.py shows that a mark from a link noted, or at a
    place found again, is of the segment noted: of the size, too."""
    go = system.transition
    go("claim_mark.noted", "a merge claims the next member of its run, or the first of a new one",
       f"(and {CLAIMABLE} (= n (size_word d)) (= (member t) 0)"
       " (or (= (run t) 0) (and (= (class (run t)) HELD) (= s (end (run t))))))",
       [("draws_free", "SEG-1 FL-3", "it was free, and is as long as remembered", "(and (= (class s) LISTED) (= (size s) n))")],
       [T, D, S, N], member=("t", "s"), member_size=("t", "n"), drawn=("s", "true"), **MARKS)
    unlinked = "(= (class (member t)) HELD)"
    go("join.first", "the member is unlinked, and the first of a run", f"(and {unlinked} (= (run t) 0))", parameters=[T],
       run=("t", "(member t)"), member=("t", "0"))
    go("join.next", "the member is unlinked, and joined to the run", f"(and {unlinked} (not (= (run t) 0)))", parameters=[T],
       size=("(run t)", "(+ (size (run t)) (member_size t))"), part="(ite (= (part x) (member t)) (run t) (part x))",
       drawn=("(member t)", "false"), member=("t", "0"), **{"class": ("(member t)", "NONE")})


def supply(system):
    go = system.transition
    go("slab_link", "a slot of bytes of the thread, from the cursor or of a freed segment, becomes a descriptor",
       "(and (holds t d) (= (size d) width))", parameters=[T, D], use=("d", "PRIVATE"), spoken=("d", "true"),
       **{"class": ("d", "SLOT")}, **move("held", "own", "d", "width"))
    go("spare_push", "an own descriptor is unused from now on", "(and (own_slot t d) (= (use d) PRIVATE))",
       parameters=[T, D], use=("d", "SPARE"), **move("own", "spare", "d", "width"))
    go("spare_pop", "an unused descriptor is the thread's", "(and (not down) (= (class d) SLOT) (= (use d) SPARE))",
       parameters=[T, D], use=("d", "PRIVATE"), owner=("d", "t"), **move("spare", "own", "d", "width"))


def lose(*kinds):
    """The updates of the counts when all bytes of some kinds are lost."""
    lost = " ".join(f"({kind}_below x)" for kind in kinds)
    return {"lost_below": f"(+ (lost_below x) {lost})", **{f"{kind}_below": "0" for kind in kinds}}


def recovery(system):
    go = system.transition
    go("crash", "the process is killed, during recovery too: what threads had is unlisted; completed stores stay", "true",
       down="true", drawn="false", run="0", member="0", keeps="(or (keeps x) (and (<= data x) (< x top) (is_live (part x))))",
       **{"class": "(ite (or (is_live x) (is_held x) (is_own x)) LOST (class x))"}, **lose("live", "held", "own"))
    go("plan_link", "recovery: a segment that was marked and not unlinked is free again, where it is",
       "(and down (= (class d) SLOT) (= (use d) WAITING) (= s (offset_word d)))", parameters=[D, S],
       use=("d", "LINKED"), **{"class": ("s", "LISTED")}, **move("marked", "free", "s", "(size_word d)"))
    go("plan_link.spare_head", "recovery of an untrusted file: the stack is dropped", "down",
       **{"class": "(ite (is_spare x) LOST (class x))"}, **lose("spare"))
    go("plan_link.free_head", "recovery of an untrusted file: the list is dropped", "down",
       **{"class": "(ite (or (is_free x) (is_marked x) (is_linked x)) LOST (class x))"}, **lose("free", "marked", "linked"))
    go("plan_count.discarded", "recovery of an untrusted file: discarded bytes are not counted any more", "down",
       discarded="0", **{"class": "(ite (is_discarded x) LOST (class x))"}, **lose("discarded"))
    go("plan_count.seal", "recovery is done: no mark is left",
       "(and down (forall ((y Int)) (not (and (= (class y) SLOT) (= (use y) WAITING)))))", down="false")


def lemmas(system):
    add = system.lemma
    add("conservation", "SEG-2", "cursor - data_offset = live + free + descriptors + in flight + discarded + lost, to the byte",
        "true", "(= (- top data) (+ discarded "
        + " ".join(f"({kind}_below top)" for kind in KINDS if kind != "discarded") + "))")
    add("drawn_run", "REC-2", "what a thread withholds from others by merging is one run of neighbours", "(drawn other)",
        "(and (or (= other (run (owner other))) (= other (member (owner other)))) (=> (and (not (= (run (owner other)) 0))"
        " (not (= (member (owner other)) 0))) (= (end (run (owner other))) (member (owner other)))))")
    add("crash_leaves_listed", "REC-2", "a kill takes nothing out of list and stack: what is marked, too, is listed again",
        "(or (is_free other) (is_marked other) (is_linked other) (is_spare other))",
        "(and (= (class other) (then (class other))) (= (use other) (then (use other))) (= (size other) (then (size other))))",
        "crash")
    words = ("size", "owner", "offset_word", "size_word")
    same = " ".join(f"(= ({field} other) (then ({field} other)))" for field in words)
    is_same = f"{same} (= (class other) (then (class other))) (= (use other) (then (use other)))"
    for name, one in system.transitions.items():
        others = " ".join(["true", *(f"(not (= v {who}))" for who, _, sort in one.parameters if sort == "T")])
        if T in one.parameters:
            add(f"{name}_leaves_others", "SEG-1", "the step changes nothing that another thread has",
                f"(and {others} (has v other))", f"(and (then (has v other)) {is_same})", name)
        if T in one.parameters or name == "find_help":
            add(f"{name}_gives_nothing", "SEG-1", "the step gives another thread nothing",
                "true", f"(=> (and {others} (not (has v other))) (not (then (has v other))))", name)
        if name.startswith("plan_"):
            add(f"{name}_leaves_lost", "REC-2", "the step leaves what is in nobody's list as it is",
                "(is_lost other)", "(and (then (is_lost other)) (= (size other) (then (size other))))", name)
        add(f"{name}_keeps", "REC-2", "what was live when the process was killed stays known as such",
            "true", "(=> (keeps other) (then (keeps other)))", name)
    add("find_help_leaves_others", "SEG-1", "helping does to what the claimer has what its own unlinking would do, no more",
        "(has v other)", f"(and (then (has v other)) {same})", "find_help")
    add("crash_keeps_live", "REC-2", "every byte that is live when the process is killed is kept",
        "(and (<= data other) (< other top) (is_live (part other)))", "(then (keeps other))", "crash")
