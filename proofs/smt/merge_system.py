"""FL-5: a call that runs alone is refused only if no run of adjacent free bytes fits. Merges and their hints, for that.

Any number of threads insert, claim, take from the cursor and give back to it, and merge, all at the same time. Each operation
of the list is one step (list_system.py); every access to a hint is one. What a hint has to say is an invariant of all these:

    windows     no window's sum is below the bytes of the free segments that begin in it. Shown of the sums below an offset,
                which at the end of a window are the sums of the windows up to there
    inserted,   if they are equal and nobody has an insertion yet to count, no two free segments are adjacent, and all end below
    merged      `limit`, which is stored with `merged`, in one word: so none ends at the cursor if that is not below the limit

    largest     if nobody is about to raise it, or to look again after lowering it, no free segment is larger: so an optimistic
                claim that begins at its boundary misses nothing (FL-4)

The call that runs alone is the step `refuse`: it has found that the cursor has no room and that no free segment fits (FL-4),
and that no merge can help, because of one hint or the other; what the windows say is so at any time, for a call beside others
too. The room above the cursor is part of a run that ends there. Requests are of alignment 1.

A merge remembers segments (todo) and claims run after run; `covered` ghosts tell those that it leaves because nothing is beside
them, and what it has inserted itself. Bytes are counted as in segment_system.py.
"""

from system import System

T, S, N = ("t", "", "T"), ("s", "", "Int"), ("n", "", "Int")


def make():
    system = System(
        "merge",
        {"T": None, "Class": "NONE USED FREE ADDED TAKEN HAND".split(), "Phase": "IDLE WALK MERGE".split()},
        [("data", "", "Int"), ("capacity", "", "Int")],
        ["(and (< 0 data) (<= data capacity))"],
        {"T": ["t1", "t2"], "Int": [str(offset) for offset in range(5)]},
    )
    system.memory_end = "capacity"
    system.outside = {"class": "NONE", **{name: "false" for name in ("old", "since", "covered", "todo")},
                      **{f"{kind}_below": f"({kind}_below.inside top)" for kind in ("free", "begun", "counted")}}
    state(system)
    words(system)
    invariants_of_bytes(system)
    invariants_of_threads(system)
    invariants_of_merging(system)
    cursor(system)
    freelist(system)
    merging(system)
    refusal(system)
    lemmas(system)
    return system


def state(system):
    system.state("top", "", "Int", "the cursor")
    system.state("inserted", "", "Int", "hint: insertions, counted afterwards")
    system.state("merged", "", "Int", "hint: the value of `inserted` that a complete merge has covered")
    system.state("limit", "", "Int", "hint, in one word with `merged`: what that merge has left ends below")
    system.state("largest", "", "Int", "hint: no free segment is larger")
    system.state("class", "Int", "Class", "ghost: class of the segment that begins here")
    system.state("size", "Int", "Int", "ghost: its bytes")
    system.state("owner", "Int", "T", "ghost: its thread, while it is listed, claimed or joined")
    system.state("part", "Int", "Int", "ghost: the segment to which a byte belongs")
    system.state("free_below", "Int", "Int", "ghost: free bytes below an offset")
    system.state("begun_below", "Int", "Int", "ghost: bytes of the free segments that begin below it")
    system.state("counted_below", "Int", "Int", "hint, by windows: what was counted of segments that begin below it")
    system.state("old", "Int", "Bool", "ghost: free since the complete merge that `merged` tells of, or inserted by it")
    system.state("news", "", "Bool", "ghost: somebody has inserted since then")
    system.state("news_by", "", "T", "ghost: who was the first")
    system.state("phase", "T", "Phase", "whether the thread merges")
    system.state("owed", "T", "Bool", "the thread has inserted, and not yet counted it")
    system.state("due", "T", "Int", "the size of the segment that it has inserted, if `largest` is not yet that large, or 0")
    system.state("lowered", "T", "Bool", "it has lowered `largest`, and not yet looked again")
    system.state("lowered_by", "", "T", "ghost: who has lowered it last")
    system.state("by", "Int", "T", "ghost: who has inserted the segment")
    system.state("adding", "T", "Int", "the segment that it inserts, or 0")
    system.state("taking", "T", "Int", "the segment that it has claimed, as long as its window counts it, or 0")
    system.state("hand", "T", "Int", "the run that it has joined so far, or 0")
    system.state("tried", "T", "Bool", "it has found that the run does not end at the cursor")
    system.state("failed", "T", "Bool", "its merge could not have a member")
    system.state("base", "T", "Int", "`inserted` before its snapshot, and its own since then")
    system.state("upper", "T", "Int", "the cursor after its walk, or where what it has given back since then begins")
    system.state("stale", "T", "Bool", "ghost: another thread has inserted since its snapshot began")
    system.state("stale_by", "T", "T", "ghost: which one was the first")
    system.state("since", "Int T", "Bool", "ghost: the segment has been free since the thread's snapshot began")
    system.state("todo", "Int T", "Bool", "the thread remembers a segment here, which it has not yet tried to claim")
    system.state("noted", "Int T", "Int", "the size that it remembers")
    system.state("covered", "Int T", "Bool", "ghost: a segment that its merge leaves as it is, or has inserted")
    system.initially = [
        "(and (= top data) (= inserted 0) (= merged 0) (= limit 0))",
        "(forall ((x Int)) (and (= (class x) NONE) (= (free_below x) 0) (= (begun_below x) 0) (= (counted_below x) 0)))",
        "(forall ((t T)) (and (= (phase t) IDLE) (not (owed t)) (= (adding t) 0) (= (taking t) 0) (= (hand t) 0)"
        " (not (tried t)) (= (base t) 0)))",
        "(forall ((t T)) (and (= (due t) 0) (not (lowered t))))",
        "(not news)",
    ]


# kind of bytes -> (how they are counted: one by one, or where their segment begins; how a segment tells)
KINDS = {"free": ("within", "free"), "begun": ("behind", "free"), "counted": ("behind", "is_counted")}


def words(system):
    system.macro("is", "x c", "(= (class x) c)")
    system.macro("there", "x", "(not (= (class x) NONE))")
    system.macro("end", "x", "(+ x (size x))")
    system.macro("free", "x", "(= (class x) FREE)")
    system.macro("is_counted", "x", "(or (is x FREE) (is x ADDED) (is x TAKEN))")
    system.macro("within", "x s n", "(ite (<= x s) 0 (ite (< x (+ s n)) (- x s) n))")  # bytes of [s, s + n) below x
    system.macro("behind", "x s n", "(ite (<= x s) 0 n)")  # n bytes, counted where s is
    system.macro("idle", "t", "(and (= (phase t) IDLE) (= (adding t) 0) (= (taking t) 0) (not (owed t)))")
    # nobody else is inside a call
    system.macro("rests", "", "(forall ((u T)) (and (idle u) (= (due u) 0) (not (lowered u))))")
    # where a run of n bytes from x on ends, or the cursor, above which there is room
    system.macro("upto", "x n", "(ite (<= (+ x n) top) (+ x n) top)")
    # all bytes from a to b are free
    system.macro("run", "a b", "(= (- (free_below b) (free_below a)) (- b a))")
    # the run that a merging thread is about: what it has in hand, or inserts, or the first member
    system.macro("about", "t x", "(and (= (phase t) MERGE) (not (= x 0))"
                 " (or (= x (hand t)) (= x (adding t)) (= x (taking t))))")
    system.macro("first", "t x", "(and (about t x) (=> (= x (taking t)) (= (hand t) 0)))")


def invariants_of_bytes(system):
    add = system.invariant
    add("bounds", "CUR-1", "the cursor is in the memory", "(and (<= data top) (<= top capacity))")
    add("inside", "SEG-1", "every segment lies in [data_offset, cursor) and is not empty",
        "(forall ((x Int)) (=> (there x) (and (<= data x) (< 0 (size x)) (<= (end x) top))))", "(class x)")
    add("disjoint", "SEG-1", "no two segments overlap",
        "(forall ((x Int) (y Int)) (=> (and (there x) (there y) (< x y)) (<= (end x) y)))", "(class x) (class y)")
    add("partition", "SEG-2", "every byte below the cursor is in a segment",
        "(forall ((b Int)) (=> (and (<= data b) (< b top)) (and (there (part b)) (<= (part b) b) (< b (end (part b))))))",
        "(part b)")
    for kind, (how, about) in KINDS.items():
        grows = f"({how} b x (ite ({about} x) (size x) 0))"
        add(f"{kind}_counted", "FL-5", f"what is counted as {kind} grows in a segment as its class says",
            f"(forall ((x Int) (b Int)) (=> (and (there x) (<= x b) (<= b (end x)))"
            f" (= ({kind}_below b) (+ ({kind}_below x) {grows}))))", f"(class x) ({kind}_below b)")
        add(f"{kind}_ends", "FL-5", "and from its begin to its end, as long as it is",
            f"(forall ((x Int)) (=> (there x) (= ({kind}_below (end x)) (+ ({kind}_below x) (ite ({about} x) (size x) 0)))))",
            "(class x)")
        add(f"{kind}_top", "FL-5", "and not above the cursor",
            f"(forall ((b Int)) (=> (<= top b) (= ({kind}_below b) ({kind}_below top))))", f"({kind}_below b)")
    add("at_begins", "FL-5", "where a segment begins, both ways to count free bytes agree",
        "(forall ((x Int)) (=> (or (there x) (= x top)) (= (free_below x) (begun_below x))))", "(class x)")
    add("at_most", "FL-5", "there are at most as many free bytes as bytes",
        "(forall ((a Int) (b Int)) (=> (and (<= data a) (<= a b) (<= b top))"
        " (and (<= (free_below a) (free_below b)) (<= (- (free_below b) (free_below a)) (- b a)))))",
        "(free_below a) (free_below b)")
    add("byte_free", "FL-5", "and a byte is counted as free if its segment is",
        "(forall ((b Int)) (=> (and (<= data b) (< b top))"
        " (= (free_below (+ b 1)) (+ (free_below b) (ite (free (part b)) 1 0)))))", "(part b)")
    add("neighbours", "FL-5", "a segment ends where another begins, or at the cursor",
        "(forall ((b Int)) (=> (and (<= data b) (< b top) (< (end (part b)) top)) (there (end (part b)))))", "(part b)")
    add("begun_first", "FL-5", "the bytes of free segments that begin below an offset are at least the free ones below it",
        "(forall ((b Int)) (=> (and (<= data b) (<= b top)) (<= (free_below b) (begun_below b))))", "(counted_below b)")
    add("windows", "FL-5", "the sums of the windows are never below the free bytes that begin there",
        "(forall ((a Int) (b Int)) (=> (and (<= data a) (<= a b) (<= b top))"
        " (<= (- (begun_below b) (begun_below a)) (- (counted_below b) (counted_below a)))))",
        "(begun_below a) (begun_below b)")


def invariants_of_threads(system):
    def add(name, ids, about, when, then):
        system.invariant(name, ids, about, f"(forall ((t T)) (=> {when} {then}))", f"({name.split('_')[0]} t)")

    add("adding_own", "SEG-1", "what a thread inserts is its own", "(not (= (adding t) 0))",
        "(and (is (adding t) ADDED) (= (owner (adding t)) t) (not (owed t)) (= (taking t) 0) (= (hand t) 0))")
    add("taking_own", "SEG-1", "what it has claimed is", "(not (= (taking t) 0))",
        "(and (is (taking t) TAKEN) (= (part (taking t)) (taking t)) (= (owner (taking t)) t) (not (owed t)) (not (tried t))"
        " (=> (not (= (hand t) 0)) (= (end (hand t)) (taking t))))")
    add("hand_own", "SEG-1", "the run in its hand is", "(not (= (hand t) 0))",
        "(and (is (hand t) HAND) (= (owner (hand t)) t) (= (phase t) MERGE) (not (owed t)))")
    add("tried_hand", "", "only of a run in hand it has been found where it ends", "(tried t)", "(not (= (hand t) 0))")
    add("phase_walk", "", "a thread that takes a snapshot does nothing else", "(= (phase t) WALK)",
        "(and (= (adding t) 0) (= (taking t) 0) (not (owed t)))")
    add("base_counted", "FL-5", "a thread has not seen more insertions than there are", "true", "(<= (base t) inserted)")
    system.invariant("merged_counted", "FL-5", "no more insertions are merged than there are", "(<= merged inserted)")
    add("stale_counted", "FL-5", "what others have done since a snapshot began is counted, or somebody has still to",
        "(and (stale t) (not (= (phase t) IDLE)))",
        "(or (< (base t) inserted) (and (owed (stale_by t)) (not (= (stale_by t) t))))")
    system.invariant("largest_is", "FL-5", "no free segment is larger than `largest`, or somebody has still to raise it",
                     "(forall ((x Int)) (=> (free x) (or (<= (size x) largest) (<= (size x) (due (by x)))"
                     " (lowered lowered_by))))", "(class x)")
    system.invariant("news_counted", "FL-5", "what was done since the last complete merge is, too",
                     "(=> news (or (< merged inserted) (owed news_by)))")


def invariants_of_merging(system):
    def add(name, about, text, *patterns):
        system.invariant(name, "FL-5", about, text, *patterns)

    add("all_old", "if nothing is new, what is free is old", "(forall ((x Int)) (=> (and (not news) (free x)) (old x)))",
        "(class x)")
    add("old_apart", "no two old segments are adjacent",
        "(forall ((x Int) (y Int)) (=> (and (free x) (free y) (= (end x) y) (old x)) (not (old y))))", "(class x) (class y)")
    add("old_below", "every old segment ends below the limit",
        "(forall ((x Int)) (=> (and (free x) (old x)) (< (end x) limit)))", "(class x)")
    add("snapshot_new", "what is free is so since the snapshot began, unless others have done something since",
        "(forall ((x Int) (t T)) (=> (and (= (phase t) WALK) (not (stale t)) (free x)) (since x t)))", "(class x) (phase t)")
    add("merge_covers", "then a merge covers what is free, or is still to try it, or has failed",
        "(forall ((x Int) (t T)) (=> (and (= (phase t) MERGE) (not (stale t)) (free x))"
        " (or (failed t) (covered x t) (and (todo x t) (= (noted x t) (size x))))))", "(class x) (phase t)")
    add("covered_apart", "no two segments that a merge covers are adjacent",
        "(forall ((x Int) (y Int) (t T)) (=> (and (= (phase t) MERGE) (free x) (free y) (= (end x) y) (covered x t))"
        " (not (covered y t))))", "(covered x t) (covered y t)")
    add("covered_below", "all end below what the merge has seen of the cursor",
        "(forall ((x Int) (t T)) (=> (and (= (phase t) MERGE) (free x) (covered x t)) (< (end x) (upper t))))",
        "(covered x t)")
    add("todo_apart", "and none is adjacent to one that is still to be tried",
        "(forall ((y Int) (x Int) (t T)) (=> (and (= (phase t) MERGE) (free y) (covered y t) (todo x t))"
        " (and (not (= x (end y))) (not (= (+ x (noted x t)) y)))))", "(covered y t) (todo x t)")
    add("hand_begins", "no covered segment ends where a run begins",
        "(forall ((x Int) (y Int) (t T)) (=> (and (first t x) (free y) (= (end y) x)) (not (covered y t))))",
        "(class x) (covered y t)")
    add("hand_ends", "and none begins where it ends",
        "(forall ((x Int) (y Int) (t T)) (=> (and (about t x) (free y) (= (end x) y)) (not (covered y t))))",
        "(class x) (covered y t)")
    add("hand_first", "nothing that is still to be tried ends where a run begins",
        "(forall ((x Int) (z Int) (t T)) (=> (and (first t x) (todo z t)) (not (= (+ z (noted z t)) x))))",
        "(class x) (todo z t)")
    add("hand_done", "or begins where a run ends that is inserted",
        "(forall ((t T)) (=> (and (= (phase t) MERGE) (not (= (adding t) 0))) (not (todo (end (adding t)) t))))", "(adding t)")
    add("hand_below", "a run that was found not to end at the cursor ends below what the merge has seen of it, or the merge fails",
        "(forall ((x Int) (t T)) (=> (and (about t x) (or (= x (adding t)) (and (= x (hand t)) (tried t))))"
        " (or (< (end x) (upper t)) (failed t))))",
        "(class x) (phase t)")


def shift(kind, sign, segment, amount):
    """The update of a count when a segment's bytes are counted, or not any more; free bytes one by one, the others where it
    begins."""
    return {f"{kind}_below": f"({sign} ({kind}_below x) ({KINDS[kind][0]} x {segment} {amount}))"}


# What one thread does is new to the others.
NEW = {"owed": ("t", "true"), "news": "true", "news_by": "(ite news news_by t)", "stale": "(or (stale x) (not (= x t)))",
       "stale_by": "(ite (or (stale x) (= x t)) (stale_by x) t)"}


def cursor(system):
    go = system.transition
    go("cursor_take", "bytes from the cursor are used", "(and (< 0 n) (<= (+ top n) capacity))", parameters=[N],
       top="(+ top n)", size=("top", "n"), part="(ite (and (<= top x) (< x (+ top n))) top (part x))",
       **{"class": ("top", "USED")})
    go("cursor_give_back", "a segment that ends at the cursor is given back",
       "(and (= (phase t) IDLE) (= (adding t) 0) (= (taking t) 0) (is s USED) (= (end s) top))",
       parameters=[T, S], top="s", **{"class": ("s", "NONE")})
    go("cut", "a used segment is divided", "(and (is s USED) (< 0 n) (< n (size s)))", parameters=[S, N],
       size=[("s", "n"), ("(+ s n)", "(- (size s) n)")],
       part="(ite (and (<= (+ s n) x) (< x (end s))) (+ s n) (part x))", **{"class": ("(+ s n)", "USED")})


def freelist(system):
    go = system.transition
    go("window_add", "before it is inserted, a segment is added to its window",
       "(and (= (phase t) IDLE) (= (taking t) 0) (not (owed t)) (is s USED))", parameters=[T, S],
       adding=("t", "s"), owner=("s", "t"), **{"class": ("s", "ADDED")}, **shift("counted", "+", "s", "(size s)"))
    go("insert_publish", "it is inserted", "(and (not (= (adding t) 0)) (= s (adding t)) (= (due t) 0))", parameters=[T, S],
       adding=("t", "0"), due=("t", "(size s)"), by=("s", "t"), old=("s", "false"), **NEW,
       covered=("s", "(and (= y t) (= (phase t) MERGE) (< (end s) (upper t)))"), **{"class": ("s", "FREE")},
       **shift("free", "+", "s", "(size s)"), **shift("begun", "+", "s", "(size s)"))
    go("inserted_add", "after an insertion: fetch_add of `inserted`", "(owed t)", parameters=[T],
       inserted="(+ inserted 1)", base=("t", "(ite (= (phase t) MERGE) (+ (base t) 1) (base t))"), owed=("t", "false"))
    go("largest_raise", "after an insertion: `largest` is at least its size", "true", parameters=[T],
       largest="(ite (< largest (due t)) (due t) largest)", due=("t", "0"))
    go("largest_lower", "CAS of `largest` to any other value: a claim has found nothing as large", "true", parameters=[T, N],
       largest="n", lowered=("t", "true"), lowered_by="t")
    go("largest_look", "who has lowered it looks again, and raises it to what is the largest then",
       "(forall ((x Int)) (=> (free x) (<= (size x) n)))", parameters=[T, N], largest="(ite (< largest n) n largest)",
       lowered=("t", "false"))
    go("claim_mark", "a free segment is claimed",
       "(and (= (phase t) IDLE) (= (adding t) 0) (not (owed t)) (free s))", parameters=[T, S], taking=("t", "s"),
       owner=("s", "t"), **CLAIMS)
    go("window_subtract", "after it was claimed, a segment is taken from its window",
       "(and (not (= (taking t) 0)) (= s (taking t)))", parameters=[T, S], taking=("t", "0"),
       **{"class": ("s", "USED")}, **shift("counted", "-", "s", "(size s)"))


CLAIMS = {"class": ("s", "TAKEN"), **shift("free", "-", "s", "(size s)"), **shift("begun", "-", "s", "(size s)")}


def merging(system):
    go = system.transition
    go("inserted_load", "a merge begins: load of `inserted`", "(idle t)", parameters=[T], phase=("t", "WALK"),
       base=("t", "inserted"), failed=("t", "false"), stale=("t", "false"), since="(ite (= y t) (free x) (since x y))")
    seen = "(forall ((x Int) (y Int)) (=> (and (in x) (in y) (= (+ x (sizes x)) y)) (and (member x) (member y))))"
    go("walk", "the walk is done, and the cursor loaded: members are those beside one another, or at the cursor",
       "(and (= (phase t) WALK) (forall ((x Int)) (=> (and (free x) (since x t)) (and (in x) (= (sizes x) (size x)))))"
       f" {seen} (forall ((x Int)) (=> (member x) (in x)))"
       " (forall ((x Int)) (=> (and (in x) (= (+ x (sizes x)) top)) (member x))))",
       parameters=[T, ("in", "Int", "Bool"), ("sizes", "Int", "Int"), ("member", "Int", "Bool")], phase=("t", "MERGE"),
       upper=("t", "top"),
       todo="(ite (= y t) (member x) (todo x y))", noted="(ite (= y t) (sizes x) (noted x y))",
       covered="(ite (= y t) (and (in x) (not (member x)) (free x) (= (sizes x) (size x))) (covered x y))")
    go("claim_mark.noted", "a member is claimed: the first of a run, or the next",
       "(and (= (phase t) MERGE) (not (owed t)) (= (adding t) 0) (todo s t) (free s) (= (noted s t) (size s))"
       " (=> (not (= (hand t) 0)) (= (end (hand t)) s))"
       " (=> (= (hand t) 0) (forall ((x Int)) (=> (todo x t) (not (= (+ x (noted x t)) s))))))", parameters=[T, S],
       taking=("t", "s"), owner=("s", "t"), todo=("s", "(and (todo s y) (not (= y t)))"), tried=("t", "false"), **CLAIMS)
    go("member_failed", "a member cannot be had", "(todo s t)", parameters=[T, S],
       todo=("s", "(and (todo s y) (not (= y t)))"), failed=("t", "true"))
    member = "(not (= (taking t) 0)) (= s (taking t))"
    go("window_subtract.first", "the first of a run is taken from its window",
       f"(and (= (phase t) MERGE) {member} (= (hand t) 0))", parameters=[T, S],
       taking=("t", "0"), hand=("t", "s"), **{"class": ("s", "HAND")},
       **shift("counted", "-", "s", "(size s)"))
    go("window_subtract.next", "the next is, and is joined to the run", f"(and {member} (not (= (hand t) 0)))",
       parameters=[T, S], taking=("t", "0"), size=("(hand t)", "(+ (size (hand t)) (size s))"),
       part="(ite (= (part x) s) (hand t) (part x))", **{"class": ("s", "NONE")}, **shift("counted", "-", "s", "(size s)"))
    in_hand = "(not (= (hand t) 0)) (= s (hand t))"
    go("cursor_give_back.run", "the run ends at the cursor, and is given back", f"(and {in_hand} (= (end s) top))",
       parameters=[T, S], top="s", upper=("t", "s"), hand=("t", "0"), tried=("t", "false"), **{"class": ("s", "NONE")})
    go("cursor_give_back.failed", "the run does not end at the cursor; if it would once that comes down, the merge has failed",
       f"(and {in_hand} (= (taking t) 0) (not (= (end s) top)))", parameters=[T, S], tried=("t", "true"),
       failed=("t", "(or (failed t) (<= (upper t) (end s)))"))
    go("window_add.run", "it is to be inserted, and added to its window",
       "(and (tried t) (= s (hand t)) (not (todo (end s) t)))", parameters=[T, S],
       adding=("t", "s"), hand=("t", "0"), tried=("t", "false"), **{"class": ("s", "ADDED")},
       **shift("counted", "+", "s", "(size s)"))
    go("merged_store", "the merge is complete: all members were tried, and none failed",
       "(and (= (phase t) MERGE) (= (hand t) 0) (not (failed t)) (forall ((x Int)) (not (todo x t))))", parameters=[T],
       merged="(base t)", limit="(upper t)", old="(covered x t)", news="(stale t)", news_by="(stale_by t)",
       phase=("t", "IDLE"))
    go("merge_end", "the merge ends, but not as complete", "(= (hand t) 0)", parameters=[T], phase=("t", "IDLE"))


NO_RUN = "(forall ((a Int)) (=> (and (<= data a) (<= (+ a n) capacity))" \
         " (and (< a top) (not (and (there (part a)) (run a (upto a n)))))))"


def refusal(system):
    go = system.transition
    no_room = "(< capacity (+ top n))"
    goal = "no run of adjacent free bytes fits, the room above the cursor included"
    go("refuse.merged", "a call alone is refused: nothing is new since a complete merge, and the cursor is not below its limit",
       f"(and rests {no_room} (forall ((x Int)) (=> (free x) (< (size x) n))) (= inserted merged) (<= limit top))",
       [("refuses_merged", "FL-5", goal, NO_RUN)], [T, N])
    go("refuse.windows", "a call is refused: from no segment on do the windows hold enough, up to the cursor at least",
       f"(and {no_room} (forall ((x Int)) (=> (and (free x) (<= (+ x n) capacity))"
       " (< (- (counted_below (upto x n)) (counted_below x)) (- (upto x n) x)))))",
       [("refuses_windows", "FL-5", goal, NO_RUN)], [T, N])


def lemmas(system):
    add = system.lemma
    flat = "(and (=> (and (free other) (free (end other))) false) (=> (free other) (not (= (end other) top))))"
    add("flat", "FL-5", "at rest, if nothing is new, and the cursor not below the limit, no two free segments are adjacent, and"
        " none ends at the cursor",
        "(and rests (= inserted merged) (<= limit top))", flat)
    add("largest_at_rest", "FL-4", "at rest no free segment is larger than `largest`", "rests",
        "(=> (free other) (<= (size other) largest))")
    add("complete_is_flat", "FL-5", "a complete merge that has run alone leaves it so",
        "(and (= (base t) inserted) (<= (upper t) top) (forall ((u T)) (=> (not (= u t)) (idle u))))", f"(then {flat})", "merged_store")
