"""The segments of an arena: who owns which bytes, over any number of threads and segments, and through crashes.

A segment is named by its offset. Every byte below the cursor belongs to exactly one segment; `part` says to which. What the
list and the stack do takes one transition each here: list_system.py shows that they do it.

Classes:   LIVE      a user's (of a thread)              MARKED     claimed and still linked; then TAKEN, until the claimer has
           HELD      in a thread's hands inside a call               confirmed the unlinking
           LISTED    free: a descriptor of the list says so         SLOT       bytes of a descriptor
           DISCARDED given up                            LOST       unlisted by a crash: live to the user, or held
"""

from system import System


# SEG-2 in numbers. Each class of segments has a sum, so that a crash can move whole classes.
COUNTERS = {
    "live_bytes": "that are LIVE", "free_bytes": "that are LISTED", "marked_bytes": "that are MARKED",
    "held_bytes": "that are HELD or TAKEN", "spare_bytes": "of unused descriptors",
    "linked_bytes": "of linked descriptors", "own_bytes": "of descriptors that a thread holds", "lost_bytes": "that are LOST",
}


def make():
    memory = [str(offset) for offset in range(4)]
    system = System(
        "segments",
        {
            "T": None,
            "Class": "NONE LIVE HELD LISTED MARKED TAKEN SLOT DISCARDED LOST".split(),
            "Use": "PRIVATE SPARE LINKED WAITING OUT GONE".split(),
        },
        [("data", "", "Int"), ("capacity", "", "Int"), ("width", "", "Int")],
        ["(and (< 0 data) (<= data capacity) (< 0 width))"],
        {"T": ["t1", "t2"], "Int": memory},
    )
    system.outside = {"class": "NONE", "spoken": "false", "keeps": "false"}
    state(system)
    words(system)
    invariants(system)
    cursor(system)
    ownership(system)
    freelist(system)
    supply(system)
    recovery(system)
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
    for name, about in COUNTERS.items():
        system.state(name, "", "Int", f"ghost: bytes {about}")
    system.state("seen", "T", "Int", "the cursor as the thread has loaded it")
    system.state("down", "", "Bool", "the process has been killed, and recovery is not done")
    system.initially = [
        "(and (= top data) (= discarded 0) (not down) " + " ".join(f"(= {name} 0)" for name in COUNTERS) + ")",
        "(forall ((x Int)) (and (= (class x) NONE) (not (spoken x)) (not (keeps x))))",
    ]


def words(system):
    system.macro("is", "x c", "(= (class x) c)")
    system.macro("there", "x", "(not (= (class x) NONE))")
    system.macro("end", "x", "(+ x (size x))")
    system.macro("holds", "t x", "(and (= (class x) HELD) (= (owner x) t))")
    system.macro("own_slot", "t d", "(and (= (class d) SLOT) (= (owner d) t))")
    system.macro("in_list", "d", "(and (= (class d) SLOT) (or (= (use d) LINKED) (= (use d) WAITING)))")


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
    add("conservation", "SEG-2", "cursor - data_offset = live + free + descriptors + in flight + discarded + lost, to the byte",
        f"(= (- top data) (+ discarded {' '.join(COUNTERS)}))")
    add("slots", "FL-2", "what has once been a descriptor stays one, or was lost by a crash: no segment is cut out of it",
        "(forall ((d Int)) (=> (spoken d) (or (= (class d) SLOT) (= (class d) LOST))))", "(spoken d)")
    add("slot_size", "FL-2", "a descriptor has its size, and is spoken for",
        "(forall ((d Int)) (=> (= (class d) SLOT) (and (= (size d) width) (spoken d))))", "(class d)")
    add("listed", "SEG-1 REC-2", "a free segment, or one that is marked, is what the extent word of its descriptor says, and "
        "no other describes it",
        "(forall ((d Int)) (=> (and (= (class d) SLOT) (or (= (use d) LINKED) (= (use d) WAITING) (= (use d) OUT)))"
        " (and (= (described (offset_word d)) d) (= (size (offset_word d)) (size_word d))"
        " (= (class (offset_word d)) (ite (= (use d) LINKED) LISTED (ite (= (use d) WAITING) MARKED TAKEN))))))", "(use d)")
    add("described", "SEG-2", "every free segment has a descriptor",
        "(forall ((x Int)) (=> (or (= (class x) LISTED) (= (class x) MARKED) (= (class x) TAKEN))"
        " (and (= (class (described x)) SLOT) (= (offset_word (described x)) x)"
        " (= (use (described x)) (ite (= (class x) LISTED) LINKED (ite (= (class x) MARKED) WAITING OUT)))"
        " (=> (and (not down) (not (= (class x) LISTED))) (= (owner (described x)) (owner x))))))", "(described x)")
    add("crashed", "REC-2", "while the process is down no thread has anything",
        "(forall ((x Int)) (=> down (and (not (= (class x) LIVE)) (not (= (class x) HELD)) (not (= (class x) TAKEN))"
        " (=> (= (class x) SLOT) (not (or (= (use x) PRIVATE) (= (use x) OUT)))))))", "(class x)")
    add("kept", "REC-2", "what was live when the process was killed is neither free nor a descriptor, and below the cursor",
        "(forall ((b Int)) (=> (keeps b) (and (<= data b) (< b top) (= (class (part b)) LOST) (<= (part b) b)"
        " (< b (end (part b))))))", "(keeps b)")


T, X = ("t", "", "T"), ("x", "", "Int")
D, N = ("d", "", "Int"), ("n", "", "Int")


def move(source, target, amount):
    """The updates of the sums when bytes go from one class to another."""
    return {source: f"(- {source} {amount})", target: f"(+ {target} {amount})"}


def cursor(system):
    go = system.transition
    go("cursor_load", "load of the cursor", "(not down)", parameters=[T], seen=("t", "top"))
    go("cursor_take", "CAS of the cursor: up over bytes that nobody has",
       "(and (not down) (= top (seen t)) (< 0 n) (<= (+ (seen t) n) capacity))",
       [("takes_unowned", "SEG-1", "nothing lies above the cursor", "(forall ((y Int)) (=> (there y) (<= (end y) (seen t))))")],
       [T, N], top="(+ (seen t) n)", size=("(seen t)", "n"), owner=("(seen t)", "t"), **{"class": ("(seen t)", "HELD")},
       part="(ite (and (<= (seen t) x) (< x (+ (seen t) n))) (seen t) (part x))", held_bytes="(+ held_bytes n)")
    go("cursor_give_back", "CAS of the cursor: down over a segment of the thread that ends there",
       "(and (not down) (holds t s) (= (seen t) (end s)) (= top (seen t)))",
       [("gives_back_topmost", "CUR-1", "nothing but the segment lies above the new cursor",
         "(forall ((y Int)) (=> (and (there y) (not (= y s))) (<= (end y) s)))")],
       [T, ("s", "", "Int")], top="s", held_bytes="(- held_bytes (size s))", **{"class": ("s", "NONE")})
    go("discarded_add", "fetch_add of the counter: bytes of the thread are given up", "(and (not down) (holds t s))",
       parameters=[T, ("s", "", "Int")], **{"class": ("s", "DISCARDED")}, **move("held_bytes", "discarded", "(size s)"))


def ownership(system):
    """What calls and users do with their own bytes, without any shared access."""
    go, parameters = system.transition, [T, ("s", "", "Int")]
    go("hand_out", "an allocation returns", "(and (not down) (holds t s))", parameters=parameters,
       **{"class": ("s", "LIVE")}, **move("held_bytes", "live_bytes", "(size s)"))
    go("take_back", "a deallocation is called", "(and (not down) (= (class s) LIVE) (= (owner s) t))", parameters=parameters,
       **{"class": ("s", "HELD")}, **move("live_bytes", "held_bytes", "(size s)"))
    go("hand_over", "a user passes a segment to another thread", "(and (not down) (= (class s) LIVE) (= (owner s) t))",
       parameters=[*parameters, ("u", "", "T")], owner=("s", "u"))
    go("cut", "the owner divides a segment: split, padding, slots of a slab, a part that is freed",
       "(and (not down) (or (= (class s) HELD) (= (class s) LIVE)) (= (owner s) t) (< 0 n) (< n (size s)))",
       parameters=[*parameters, N], owner=("(+ s n)", "t"), size=[("s", "n"), ("(+ s n)", "(- (size s) n)")],
       part="(ite (and (<= (+ s n) x) (< x (end s))) (+ s n) (part x))", **{"class": ("(+ s n)", "(class s)")})
    go("join", "the owner joins neighbours: segments that are freed together",
       "(and (not down) (holds t s) (holds t (end s)))", parameters=parameters,
       size=("s", "(+ (size s) (size (end s)))"), **{"class": ("(end s)", "NONE")},
       part="(ite (= (part x) (end s)) s (part x))")


def freelist(system):
    go = system.transition
    both = [T, D, ("s", "", "Int")]
    go("insert_extent", "store of the extent word of an own descriptor",
       "(and (not down) (own_slot t d) (= (use d) PRIVATE) (holds t s))", parameters=both,
       offset_word=("d", "s"), size_word=("d", "(size s)"))
    go("insert_publish", "the segment is free: its descriptor is linked",
       "(and (not down) (own_slot t d) (= (use d) PRIVATE) (holds t s) (= (offset_word d) s) (= (size_word d) (size s)))",
       parameters=both, use=("d", "LINKED"), described=("s", "d"), **{"class": ("s", "LISTED")},
       held_bytes="(- held_bytes (size s))", free_bytes="(+ free_bytes (size s))", **move("own_bytes", "linked_bytes", "width"))
    go("claim_mark", "the segment of a linked descriptor is the thread's",
       "(and (not down) (= (class d) SLOT) (= (use d) LINKED) (= s (offset_word d)))",
       [("claims_free", "SEG-1 FL-3", "it was free, and is as long as the descriptor says",
         "(and (= (class s) LISTED) (= (size s) (size_word d)))")], both,
       use=("d", "WAITING"), owner=[("d", "t"), ("s", "t")], **{"class": ("s", "MARKED")},
       **move("free_bytes", "marked_bytes", "(size_word d)"))
    out = {"use": ("d", "OUT"), "class": ("s", "TAKEN"), **move("marked_bytes", "held_bytes", "(size_word d)"),
           **move("linked_bytes", "own_bytes", "width")}
    marked = "(and (not down) (= (class d) SLOT) (= (use d) WAITING) (= s (offset_word d))"
    go("claim_unlink", "the claimer unlinks the descriptor", f"{marked} (= (owner d) t))", parameters=both, **out)
    go("find_help", "anybody unlinks the descriptor", f"{marked})", parameters=[D, ("s", "", "Int")], **out)
    go("confirmed", "the claimer knows that it is unlinked: descriptor and segment are its own",
       "(and (not down) (own_slot t d) (= (use d) OUT) (= s (offset_word d)))",
       [("confirmed_out", "SEG-1", "both are the thread's and not linked", "(and (= (class s) TAKEN) (= (owner s) t))")], both,
       use=("d", "PRIVATE"), **{"class": ("s", "HELD")})


def supply(system):
    go = system.transition
    go("slab_link", "a slot of bytes of the thread, from the cursor or of a freed segment, becomes a descriptor",
       "(and (not down) (holds t d) (= (size d) width))", parameters=[T, D], use=("d", "PRIVATE"), spoken=("d", "true"),
       **{"class": ("d", "SLOT")}, **move("held_bytes", "own_bytes", "width"))
    go("spare_push", "an own descriptor is unused from now on", "(and (not down) (own_slot t d) (= (use d) PRIVATE))",
       parameters=[T, D], use=("d", "SPARE"), **move("own_bytes", "spare_bytes", "width"))
    go("spare_pop", "an unused descriptor is the thread's", "(and (not down) (= (class d) SLOT) (= (use d) SPARE))",
       parameters=[T, D], use=("d", "PRIVATE"), owner=("d", "t"), **move("spare_bytes", "own_bytes", "width"))


def recovery(system):
    go = system.transition
    go("crash", "the process is killed, during recovery too: what threads had is unlisted; completed stores stay", "true",
       down="true", keeps="(or (keeps x) (and (<= data x) (< x top) (= (class (part x)) LIVE)))",
       lost_bytes="(+ lost_bytes live_bytes held_bytes own_bytes)", live_bytes="0", held_bytes="0", own_bytes="0",
       **{"class": "(ite (or (= (class x) LIVE) (= (class x) HELD) (= (class x) TAKEN)"
                   " (and (= (class x) SLOT) (or (= (use x) PRIVATE) (= (use x) OUT)))) LOST (class x))"})
    go("plan_link", "recovery: a segment that was marked and not unlinked is free again, where it is",
       "(and down (= (class d) SLOT) (= (use d) WAITING) (= s (offset_word d)))", parameters=[D, ("s", "", "Int")],
       use=("d", "LINKED"), **{"class": ("s", "LISTED")}, **move("marked_bytes", "free_bytes", "(size_word d)"))
    go("plan_link.spare_head", "recovery of an untrusted file: the stack is dropped", "down",
       lost_bytes="(+ lost_bytes spare_bytes)", spare_bytes="0",
       **{"class": "(ite (and (= (class x) SLOT) (= (use x) SPARE)) LOST (class x))"})
    go("plan_link.free_head", "recovery of an untrusted file: the list is dropped", "down",
       lost_bytes="(+ lost_bytes free_bytes marked_bytes linked_bytes)", free_bytes="0", marked_bytes="0", linked_bytes="0",
       **{"class": "(ite (or (= (class x) LISTED) (= (class x) MARKED) (in_list x)) LOST (class x))"})
    go("plan_count.discarded", "recovery of an untrusted file: discarded bytes are not counted any more", "down",
       lost_bytes="(+ lost_bytes discarded)", discarded="0", **{"class": "(ite (= (class x) DISCARDED) LOST (class x))"})
    go("plan_count.seal", "recovery is done: no mark is left",
       "(and down (forall ((y Int)) (not (and (= (class y) SLOT) (= (use y) WAITING)))))", down="false")
