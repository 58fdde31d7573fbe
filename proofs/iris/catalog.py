"""What proofs/iris proves, and the wrong programs whose proofs must fail. The one place that lists either."""

from dataclasses import dataclass

# In this order: each may use the ones before it.
FILES = ("bump", "stack", "arena", "client", "example")
# More than a minute each, and nothing depends on them.
SLOW = ("example",)


@dataclass(frozen=True)
class Theorem:
    file: str
    name: str
    ids: tuple
    statement: str


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    old: str
    new: str
    fails_at: str
    why: str


THEOREMS = (
    Theorem("bump", "segment_disjoint", ("SEG-1",), "two segments that are owned at the same time never overlap"),
    Theorem("bump", "cursor_take_atomic", ("SEG-1",),
            "a take is one atomic step: it moves the cursor over the request and yields exclusive ownership of its range "
            "if and only if the request fits at that moment"),
    Theorem("bump", "cursor_give_back_atomic", ("CUR-1", "SEG-3"),
            "a give-back of an owned segment is one atomic step: it moves the cursor down if and only if the segment is the "
            "topmost one at that moment; otherwise the caller still owns it"),
    Theorem("bump", "cursor_take_spec", ("SEG-1",),
            "any threads may share a cursor: a take fails, or returns a range inside the capacity that is exclusively the "
            "caller's"),
    Theorem("bump", "cursor_give_back_spec", ("SEG-1", "SEG-3"),
            "any threads may share a cursor: a give-back takes the ownership of the range, or returns it and says so"),
    Theorem("stack", "pop_spec", ("FL-2", "FL-3"),
            "a pop fails, or returns a descriptor that is exclusively the caller's, however often descriptors were reused"),
    Theorem("stack", "push_spec", ("FL-2", "FL-3"),
            "a push takes the ownership of a descriptor and of what its extent stands for"),
    Theorem("stack", "claim_spec", ("SEG-1", "FL-2", "FL-3"),
            "a claim fails, or returns a descriptor, its extent and the ownership of the bytes that the extent describes, at "
            "least as many as were asked for"),
    Theorem("arena", "owned_disjoint", ("SEG-1",), "two segments that clients own at the same time never overlap"),
    Theorem("arena", "allocate_spec", ("SEG-1", "SEG-3", "FL-2"),
            "any threads may share an arena: an allocation fails, or returns exclusive ownership of exactly the bytes that "
            "were asked for, inside the arena"),
    Theorem("arena", "deallocate_spec", ("SEG-1", "SEG-3", "FL-2"),
            "a deallocation takes the ownership of the segment's bytes back"),
    Theorem("client", "arena_client_safe", ("SEG-1", "SEG-3", "FL-2"),
            "in operational semantics: any number of threads that loop allocate, write, assert that nobody else wrote, free, "
            "on any arena, under any schedule, never get stuck"),
    Theorem("client", "arena_client_never_stuck", ("SEG-1", "SEG-3", "FL-2"),
            "the same over the reduction relation: every thread of every reachable state is a value or can take a step"),
    Theorem("client", "failed_assertion_stuck", (), "what a failed assertion goes on to is stuck"),
    Theorem("example", "split_and_reuse_runs", (),
            "in operational semantics: a given program of one thread never gets stuck and can end only with the offsets that "
            "listing, splitting and reusing a freed segment gives"),
)

MUTANTS = (
    Mutant("take_stores", "bump",
           'if: CAS "cursor" "top" ("top" + "size") then SOME "top"\n      else "take" "cursor" "capacity" "size"',
           '"cursor" <- "top" + "size" ;; SOME "top"',
           "cursor_take_atomic", "the CAS of a take is a plain store: two threads take one range"),
    Mutant("blind_give_back", "bump",
           'if: CAS "cursor" ("offset" + "size") "offset" then #true\n      else "give_back" "cursor" "offset" "size"',
           '"cursor" <- "offset" ;; #true',
           "cursor_give_back_atomic", "the CAS of a give-back is a plain store: it takes back what others took meanwhile"),
    Mutant("push_keeps_tag", "stack",
           '("word" - "next" + #radix + "d")', '("word" - "next" + "d")',
           "push_spec", "a push, and so a deallocation, does not increase the tag: ABA"),
    Mutant("pop_keeps_tag", "stack",
           '("word" - "d" + #radix + "next") then SOME "d"', '("word" - "d" + "next") then SOME "d"',
           "pop_spec", "a pop does not increase the tag: ABA"),
    Mutant("claim_leaves_listed", "stack",
           '("word" - "d" + #radix + "next") then SOME ("d", "extent")', '("word" + #radix) then SOME ("d", "extent")',
           "claim_spec", "a claim hands a segment out and leaves it in the list"),
    Mutant("claim_of_any_size", "stack",
           'else if: Snd "extent" < "size" then NONE\n        else if: CAS', 'else if: CAS',
           "claim_spec", "a claim does not look whether the segment fits"),
    Mutant("split_overlaps", "arena",
           'insert "a" "d" ("offset" + "size") ("there" - "size")', 'insert "a" "d" "offset" ("there" - "size")',
           "take_spec", "the rest of a split segment begins where the allocation begins"),
    Mutant("freed_twice", "arena",
           'if: cursor_give_back (cursor_of "a") "offset" "size" then #()\n',
           'if: cursor_give_back (cursor_of "a") "offset" "size" then put "a" "offset" "size"\n',
           "deallocate_spec", "what goes back to the cursor is listed as well"),
    Mutant("check_after_free", "client",
           'check "p" "size" "mine" ;;\n          deallocate count "a" "offset" "size" ;;',
           'deallocate count "a" "offset" "size" ;;\n          check "p" "size" "mine" ;;',
           "worker_spec", "a client that reads after it has freed: the theorem must not hold of it"),
)
