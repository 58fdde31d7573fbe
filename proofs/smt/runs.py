"""Runs from the start, which between them take every transition of a system at least once.

That a transition can happen in some state of the invariant does not say that such a state is ever reached. A run does: its
steps, one after the other from the initial states, in a small structure. Two questions come from it:

    run    the steps can be taken ("sat"; the model is the run)
    told   whoever takes them sees what the run says of the states in between ("unsat" of the opposite)

Each field has a new version after each step that changes it, given by its value for every element; what a step leaves alone
keeps its version. Offsets are numbers, of which a small structure has a few: every offset at which a field is looked at or
changed is asserted to be one of them, so that nothing depends on what lies outside.
"""

import copy
import itertools
from dataclasses import dataclass, field

import terms

HAPPENS = "every transition happens in a run from the start"
# The memory of the runs; that of the other small structures is too small for segments and descriptors side by side.
STRUCTURES = {"segments": {"Int": [str(offset) for offset in range(15)]}, "list": {"N": ["n1", "n2"]},
              "merge": {"Int": [str(offset) for offset in range(8)]}}


@dataclass
class Step:
    """`values`: of parameters, those of a function being the elements for which it is true. A parameter that is left out is the
    solver's choice. `told`: what holds after the step."""

    transition: str
    values: dict = field(default_factory=dict)
    told: str = ""


@dataclass
class Run:
    name: str
    about: str
    steps: list
    given: str = "true"  # of the constants


def by(thread, names, told="", **values):
    """The steps of a thread: transitions in a row, with the same values; what is told holds after the last."""
    steps = [Step(name, {"t": thread, **values}) for name in names.split()]
    steps[-1].told = told
    return steps


# ---- the questions


class History:
    """The text of a run: what each field is called after the steps so far, and what was asserted."""

    def __init__(self, system):
        self.system = system
        self.newest = {name: name for name in system.fields}
        self.over_offsets = {name for name, one in system.fields.items() if one.domain[:1] == ["Int"]}
        self.inside = set()
        self.lines, self.told = [], []

    def now(self, formula, values=()):
        """A formula of the description in the present state, without quantifiers."""
        return terms.ground(terms.substitute(formula, {**self.newest, **dict(values)}), self.system.small)

    def assume(self, formula):
        for argument in self.looked_at(formula):
            self.keep_inside(argument)
        self.lines.append(f"(assert {terms.write(formula)})")

    def keep_inside(self, offset):
        memory, text = self.system.small["Int"], terms.write(offset)
        if text not in memory and text not in self.inside:
            self.inside.add(text)
            self.lines.append(f"(assert (<= {memory[0]} {text} {memory[-1]}))")

    def looked_at(self, formula):
        if isinstance(formula, list):
            if formula and formula[0] in self.over_offsets:
                yield formula[1]
            for part in formula:
                yield from self.looked_at(part)

    def take(self, number, step):
        transition = self.system.transitions[step.transition]
        unknown = set(step.values) - {name for name, _, _ in transition.parameters}
        if unknown:
            raise ValueError(f"{step.transition} has no parameter {', '.join(sorted(unknown))}")
        values = {name: self.value(f"{name}.{number}", domain, sort, step.values.get(name))
                  for name, domain, sort in transition.parameters}
        self.assume(self.now(transition.guard, values))
        changed = {name: self.change(number, self.system.fields[name], changes, values)
                   for name, changes in transition.updates.items()}
        self.newest |= changed
        if step.told:
            self.told.append(self.now(self.system.formula(step.told)))

    def value(self, name, domain, sort, value):
        """What stands for a parameter: the value itself, or a new constant or function."""
        if value is not None and not domain:
            return str(value)
        self.lines.append(f"(declare-fun {name} ({domain}) {sort})")
        if value is not None:
            self.lines += [f"(assert (= ({name} {element}) {'true' if element in value else 'false'}))"
                           for element in self.system.small[domain]]
        return name

    def change(self, number, one, changes, values):
        """The name of the new version of a field, which is asserted to be what the changes make of the present one."""
        name = f"{one.name}.{number}"
        self.lines.append(f"(declare-fun {name} ({' '.join(one.domain)}) {one.result})")
        if one.domain[:1] == ["Int"]:
            self.over_offsets.add(name)
            for argument in (change[0] for change in changes if isinstance(change, tuple)):
                self.keep_inside(self.now(argument, values))
        for arguments in itertools.product(*(self.system.small[sort] for sort in one.domain)):
            value = self.now(self.system.updated(one, changes, list(arguments)), values)
            self.assume(["=", [name, *arguments] if arguments else name, value])
        return name


def questions_of(system, run):
    system = copy.copy(system)
    system.small = {**system.small, **STRUCTURES.get(system.name, {})}
    history = History(system)
    for text in [run.given, *system.initially]:
        history.assume(history.now(system.formula(text)))
    for number, step in enumerate(run.steps, 1):
        history.take(number, step)
    given, name = system.given(history.lines, True), f"run_{run.name}"
    yield system.question(f"{name}/run", "run", [name, HAPPENS], "sat", given)
    if history.told:
        yield system.question(f"{name}/told", "told", [name], "unsat", given, system.deny(history.told, True))


def questions(system):
    for run in RUNS.get(system.name, []):
        yield from questions_of(system, run)


def prefixes(system, name):
    """The questions whether the first steps of a run can be taken, (step, question), one step more each time."""
    run = next(run for run in RUNS[system.name] if f"run_{run.name}" == name)
    for count, step in enumerate(run.steps, 1):
        first = Run(f"{run.name}_{count}", run.about, run.steps[:count], run.given)
        yield f"step {count}, {step.transition}", next(questions_of(system, first))


def missing(system):
    """The transitions that no run takes."""
    taken = {step.transition for run in RUNS.get(system.name, []) for step in run.steps}
    return [name for name in system.transitions if name not in taken]


# ---- the runs of the list

LOOK = "find_link find_extent find_validate"
PUSH = "spare_top spare_link spare_push"


def slab(thread, *slots):
    """Bytes become these descriptors: the first is the thread's, the others are on the stack."""
    steps = by(thread, "adopt", first=slots[0], final=slots[-1], **{"in": slots})
    for slot, following in zip(slots, [*slots[1:], "null"]):
        steps += by(thread, "slab_link", n=slot, m=following) + by(thread, "slab_extent", n=slot)
    return steps + by(thread, "spare_tag.slab " + PUSH if len(slots) > 1 else "adopt.one")


def insert(thread, slot, extent, search="find_head", told="", begin=()):
    """The thread lists a descriptor of its own; `search` is how it finds the place, from a boundary if one is named."""
    return [*by(thread, "insert_extent", n=slot, e=extent), *by(thread, "insert_tag"),
            *(step for site, boundary in begin for step in by(thread, site, b=boundary)),
            *by(thread, f"{search} insert_link insert_publish", told)]


def chain(*nodes):
    """The links lead from the first to the last, and there they end."""
    return " ".join(f"(= (next {one}) {after})" for one, after in zip(nodes, [*nodes[1:], "null"]))


def runs_of_supply():
    yield Run("supply", "a slab is written and pushed; a pop and a push fail because the other thread came first", [
        *slab("t1", "d1", "d2", "d3"),
        *by("t1", "spare_load spare_next", f"(and (= (class d1) PRIVATE) (spare d2) (spare d3) {chain('stack', 'd2', 'd3')})"),
        *by("t2", "spare_load spare_next spare_pop", "(and (= (class d2) PRIVATE) (= (owner d2) t2) (not (prev_equal t1)))"),
        *by("t1", "spare_pop.failed spare_load spare_next"),
        *by("t2", "spare_tag", n="d2"), *by("t2", "spare_top spare_link", "(prev_equal t2)"),
        *by("t1", "spare_pop", f"(and (= (class d3) PRIVATE) (= (owner d3) t1) {chain('stack')} (not (prev_equal t2)))"),
        *by("t2", f"spare_push.failed {PUSH}", f"(and (spare d2) {chain('stack', 'd2')})"),
    ])


def runs_of_list():
    yield Run("claimed", "a segment is listed, claimed and unlinked, and the next search finds none", [
        *slab("t1", "d1"), *insert("t1", "d1", "e1", told=f"(and (= (class d1) LISTED) {chain('head', 'd1')})"),
        *by("t2", f"claim find_head {LOOK} claim_mark", "(and (= (mine t2) d1) (= (cext t2) e1) (linked d1) (marked d1))"),
        *by("t2", "claim_unlink", f"(and (= (class d1) PRIVATE) (= (owner d1) t2) (not (linked d1)) {chain('head')})"),
        *by("t1", "claim find_head claim_none", "(= (pc t1) IDLE)"),
    ])
    yield Run("unfit", "a segment that does not fit is passed, and stays free; an insertion behind it comes too late", [
        *slab("t1", "d1"), *slab("t1", "d2"), *insert("t1", "d1", "e1"),
        *by("t2", "claim", "(= (want t2) r1)", r="r1"), *by("t2", f"find_head {LOOK}", "since"),
        *insert("t1", "d2", "e2", f"find_head {LOOK} advance", f"(and {chain('head', 'd1', 'd2')})"),
        *by("t2", "advance claim_none", "(and since (= (class d2) LISTED))"),
    ], "(and (not optimistic) (< (rank e1) (rank e2)) (not (fits r1 e1)) (fits r1 e2) (= observer t2) (= target d1))")
    yield Run("first", "the first of an optimistic list does not fit; another claim takes it meanwhile, the second stays", [
        *slab("t1", "d1"), *slab("t1", "d2"), *insert("t1", "d2", "e2"), *insert("t1", "d1", "e1", f"find_head {LOOK}"),
        *by("t2", "claim", r="r1"), *by("t2", f"find_head {LOOK}", "since"),
        *by("t1", "claim", r="r2"), *by("t1", f"find_head {LOOK} claim_mark claim_unlink", f"(and {chain('head', 'd2')})"),
        *by("t2", "claim_none", "(and since (= (class d2) LISTED))"),
    ], "(and optimistic (< (rank e1) (rank e2)) (not (fits r1 e1)) (fits r2 e1) (= observer t2) (= target d2))")
    yield Run("sorted", "three insertions, one of which comes too late and begins again: the list is sorted", [
        *slab("t1", "d1"), *slab("t1", "d2"), *slab("t2", "d3"), *by("t1", "insert_extent", n="d1", e="e2"),
        *by("t1", "insert_tag find_head insert_link", "(prev_equal t1)"),
        *insert("t2", "d3", "e1", told="(not (prev_equal t1))"),
        *by("t1", f"retry find_head {LOOK} advance insert_link insert_publish", f"(and {chain('head', 'd3', 'd1')})"),
        *insert("t1", "d2", "e2", f"find_head {LOOK} advance {LOOK}",
                f"(and {chain('head', 'd3', 'd2', 'd1')} (<= (rank (extent d3)) (rank (extent d2)) (rank (extent d1))))"),
    ], "(< (rank e1) (rank e2))")


def runs_of_unlinking():
    yield Run("helped", "another search unlinks what is marked; the claimer's own unlinking fails and is confirmed", [
        *slab("t1", "d1"), *insert("t1", "d1", "e1"), *by("t1", f"claim find_head {LOOK} claim_mark", "(prev_equal t1)"),
        *by("t2", f"claim find_head {LOOK} find_help", "(and (not (linked d1)) (= (class d1) TAKEN) (not (prev_equal t1)))"),
        *by("t2", "claim_none"),
        *by("t1", "claim_unlink.failed confirm_head confirmed", "(and (= (class d1) PRIVATE) (= (owner d1) t1))"),
    ])
    came_between = f"(and (not (prev_equal t1)) (cur_equal t1) {chain('head', 'd2', 'd1')})"
    yield Run("confirmed", "an insertion before what is marked makes the unlinking fail; the confirming search does it", [
        *slab("t1", "d1"), *slab("t2", "d2"), *insert("t1", "d1", "e2"), *by("t1", f"claim find_head {LOOK}"),
        *insert("t2", "d2", "e1", f"find_head {LOOK}", came_between),
        *by("t1", f"claim_mark claim_unlink.failed confirm_head {LOOK} advance {LOOK}", "(and (linked d1) (marked d1))"),
        *by("t1", "find_help confirmed", f"(and (= (class d1) PRIVATE) (= (owner d1) t1) {chain('head', 'd2')})"),
    ], "(< (rank e1) (rank e2))")


def runs_of_index():
    boundaries = "(and (root d1) (not (boundary d2)) (= (table d3) d3) (<= (rank e1) (rank e2)))"
    root = {"p": "head", "n": "d1", "e": "e1"}
    told = f"(and (= (class d1) BOUND) (= (child d1) null) {chain('head', 'd1')})"
    yield Run("root", "a root boundary is linked, and has no table", [Step("plan_link.root", root, told)])
    planted = [Step("plan_link.root", root), Step("indexed")]
    yield Run("boundary", "an insertion and a claim begin at a boundary, which nobody claims", [
        *planted, *slab("t1", "d2"),
        *insert("t1", "d2", "e2", told=f"(and (= (class d2) LISTED) {chain('head', 'd1', 'd2')})",
                begin=[("index_root", "d1")]),
        *by("t2", "claim", r="r1"), *by("t2", "index_root", b="d1"), *by("t2", f"find_head {LOOK}", "(= (cur t2) d2)"),
        *by("t2", "claim_mark claim_unlink", f"(and (= (class d2) PRIVATE) (= (owner d2) t2) {chain('head', 'd1')})"),
        *by("t2", "claim", r="r1"), *by("t2", f"find_head {LOOK} advance claim_none", f"(and {chain('head', 'd1')})"),
        Step("plan_link.unlink", {"p": "head", "n": "d1"}, f"(and (= (class d1) LOST) (not indexed) {chain('head')})"),
    ], f"(and {boundaries} (fits r1 e2) (=> (fits r1 e1) (= (rank e1) (rank e2))))")
    yield Run("table", "a table is made, and found by its child pointer", [
        *planted, *by("t1", "index_take", "(and (= (class d3) TABLE) (= (owner d3) t1))", m="d3"),
        *by("t1", "slab_link.boundary", n="d3"),
        *insert("t1", "d3", "e2", told=f"(and (= (class d3) BOUND) {chain('head', 'd1', 'd3')})", begin=[("index_root", "d1")]),
        *by("t1", "index_publish", "(= (child d1) d3)", b="d1"),
        *by("t2", "merge"), *by("t2", "index_root", b="d1"), *by("t2", "index_child", "(= (start t2) d3)", b="d3"),
        *by("t2", "find_head merge_end"),
    ], boundaries)


def runs_of_merging():
    noted = "merge find_head " + LOOK
    yield Run("merged", "two neighbours are noted, claimed by their links and unlinked one after the other; one goes back", [
        *slab("t1", "d1"), *slab("t1", "d2"), *insert("t1", "d2", "e2"),
        *insert("t1", "d1", "e1", f"find_head {LOOK}"), *by("t1", noted), *by("t1", "merge_note", m="n1"),
        *by("t1", f"advance {LOOK}"),
        *by("t1", "merge_note", "(and (= (of n1) d1) (= (of n2) d2) (= (onprev n2) d1))", m="n2"),
        *by("t1", "advance merge_end"),
        *by("t1", "claim_mark.noted", "(and (= (mine t1) d1) (marked d1))", m="n1"),
        *by("t1", "claim_unlink", f"(and (= (class d1) PRIVATE) (= (class d2) LISTED) {chain('head', 'd2')})"),
        *by("t1", "claim_mark.noted", "(not (prev_equal t1))", m="n2"),
        *by("t1", "claim_unlink.failed confirm_head find_link find_extent find_validate find_help confirmed",
            f"(and (= (class d2) PRIVATE) (= (owner d2) t1) {chain('head')})"),
        *insert("t1", "d1", "e2"), *by("t1", "spare_tag", n="d2"),
        *by("t1", PUSH, f"(and (= (class d1) LISTED) (spare d2) {chain('head', 'd1')} {chain('stack', 'd2')})"),
    ], "(< (rank e1) (rank e2))")
    yield Run("found", "the link noted has changed: the descriptor is searched for, and marked where it is", [
        *slab("t1", "d1"), *slab("t2", "d2"), *insert("t1", "d1", "e1"), *by("t1", noted), *by("t1", "merge_note", m="n1"),
        *by("t1", "merge_end"),
        *insert("t2", "d2", "e2", f"find_head {LOOK} advance", "(not (= (tag d1) (ontag n1)))"),
        *by("t1", noted), *by("t1", "claim_mark.found", "(and (marked d1) (= (frozen t1) d2))", m="n1"),
        *by("t1", "claim_unlink", f"(and (= (class d1) PRIVATE) {chain('head', 'd2')})"),
    ], "(< (rank e1) (rank e2))")
    yield Run("frozen", "another search unlinks what is marked; a confirming search ends where the marked link leads", [
        *slab("t1", "d1"), *slab("t1", "d2"), *insert("t1", "d2", "e1"), *insert("t1", "d1", "e1", f"find_head {LOOK}"),
        *by("t1", noted), *by("t1", "merge_note", m="n1"), *by("t1", "merge_end"), *by("t1", "claim_mark.noted", m="n1"),
        *by("t2", f"merge find_head {LOOK} find_help merge_end", f"(and (not (linked d1)) {chain('head', 'd2')})"),
        *by("t1", "claim_unlink.failed confirm_head", "(and (= (cur t1) d2) (= (frozen t1) d2))"),
        *by("t1", "confirmed", "(and (= (class d1) PRIVATE) (= (owner d1) t1) (= (class d2) LISTED))"),
    ])


def runs_of_recovery():
    yield Run("killed", "the process is killed between mark and unlinking; the mark is taken away, the next claim succeeds", [
        *slab("t1", "d1"), *insert("t1", "d1", "e1"), *by("t1", f"claim find_head {LOOK} claim_mark"),
        Step("crash", told="(and (= (class d1) LOST) (linked d1) (marked d1))"),
        Step("plan_link", {"n": "d1"}, "(and (= (class d1) LISTED) (linked d1) (not (marked d1)))"),
        *by("t2", f"claim find_head {LOOK} claim_mark claim_unlink", "(and (= (class d1) PRIVATE) (= (owner d1) t2))"),
    ])
    lost = " ".join(f"(= (class {one}) LOST)" for one in ("d1", "d2", "d3"))
    yield Run("dropped", "the process is killed with segments listed and descriptors unused; recovery drops both lists", [
        *slab("t1", "d1", "d2", "d3"), *insert("t1", "d1", "e1"),
        Step("crash", told=f"(and (= (class d1) LISTED) {chain('head', 'd1')} {chain('stack', 'd2', 'd3')})"),
        Step("plan_link.spare_head"),
        Step("plan_link.free_head", told=f"(and {lost} (not (linked d1)) {chain('head')} {chain('stack')})"),
    ])


# ---- the runs of the segments

MEMORY = "(and (= data 2) (= capacity 14) (= width 2))"


def take(thread, offset, size):
    """Bytes from the cursor."""
    return by(thread, "cursor_load", f"(= (seen {thread}) {offset})") + by(thread, "cursor_take", n=size)


def free(thread, slot, offset):
    return by(thread, "insert_extent insert_publish", d=slot, s=offset)


def descriptor(thread, offset):
    """A segment of which the first bytes become a descriptor."""
    return by(thread, "cut", s=offset, n=2) + by(thread, "slab_link", d=offset)


def runs_of_segments():
    got = "(and (holds t1 4) (= (size 4) 6) (own_slot t1 2))"
    yield Run("used", "bytes come from the cursor, are handed out, over and back, freed, claimed, and given up or back", [
        *take("t1", 2, 8), *descriptor("t1", 2),
        *by("t1", "hand_out", "(and (= (class 4) LIVE) (= (live_below 10) 6) (= (own_below 10) 2))", s=4),
        *by("t1", "hand_over", u="t2", s=4), *by("t2", "take_back", s=4),
        *by("t1", "spare_push", d=2), *by("t2", "spare_pop", "(own_slot t2 2)", d=2),
        *free("t2", 2, 4), *by("t1", "claim_mark claim_unlink confirmed", got, d=2, s=4),
        *by("t1", "cut", s=4, n=2), *by("t1", "cut", s=6, n=2), *by("t1", "join", "(= (size 4) 4)", s=4),
        *by("t1", "discarded_add", s=4), *by("t1", "cursor_load"),
        *by("t1", "cursor_give_back", "(and (= top 8) (= discarded 4) (= (own_below 8) 2) (= (held_below 8) 0))", s=8),
    ], MEMORY)
    yield Run("helped", "another thread unlinks what is marked; the claimer confirms it", [
        *take("t1", 2, 6), *descriptor("t1", 2), *free("t1", 2, 4), *by("t2", "claim_mark", d=2, s=4),
        Step("find_help", {"d": 2, "s": 4}, "(and (= (class 4) TAKEN) (= (owner 4) t2))"),
        *by("t2", "confirmed", "(and (holds t2 4) (own_slot t2 2))", d=2, s=4),
    ], MEMORY)


def runs_of_segment_merging():
    """Two neighbours are free, under the descriptors 2 and 4, up to the cursor."""
    start = [*take("t1", 2, 8), *descriptor("t1", 2), *descriptor("t1", 4), *by("t1", "cut", s=6, n=2),
             *free("t1", 2, 6), *free("t1", 4, 8)]

    def draw(slot, offset, size, joined, told):
        return [*by("t1", "claim_mark.noted", d=slot, s=offset, n=size),
                *by("t1", "claim_unlink confirmed", d=slot, s=offset), *by("t1", joined, told)]

    yield Run("merged", "two neighbours are joined and listed; they are drawn again, and given back to the cursor", [
        *start, *draw(2, 6, 2, "join.first", "(and (= (run t1) 6) (= (class 8) LISTED))"),
        *draw(4, 8, 2, "join.next", "(and (= (run t1) 6) (= (size 6) 4) (= (class 8) NONE) (= (held_below 10) 4))"),
        *by("t1", "insert_extent insert_publish", "(and (= (run t1) 0) (= (class 6) LISTED) (= (free_below 10) 4))", d=2, s=6),
        *by("t1", "spare_push", "(= (spare_below 10) 2)", d=4), *draw(2, 6, 4, "join.first", "(= (run t1) 6)"),
        *by("t1", "cursor_load"), *by("t1", "cursor_give_back", "(and (= top 6) (= (run t1) 0) (= (own_below 6) 2))", s=6),
    ], MEMORY)
    yield Run("merge_killed", "a merge is killed: the member that it has unlinked is lost, the one that it has marked is not", [
        *start, *draw(2, 6, 2, "join.first", "(= (run t1) 6)"), *by("t1", "claim_mark.noted", d=4, s=8, n=2),
        Step("crash", told="(and (= (class 6) LOST) (= (class 2) LOST) (= (class 8) MARKED) (= (lost_below 10) 4))"),
        Step("plan_link", {"d": 4, "s": 8}, "(and (= (class 8) LISTED) (= (free_below 10) 2))"),
    ], MEMORY)


def runs_of_segment_recovery():
    yield Run("killed", "the process is killed with one segment live and one marked; recovery lists the marked one again", [
        *take("t1", 2, 4), *descriptor("t1", 2), *free("t1", 2, 4), *take("t2", 6, 3), *by("t2", "hand_out", s=6),
        *by("t1", "claim_mark", d=2, s=4),
        Step("crash", told="(and (= (class 4) MARKED) (= (class 6) LOST) (keeps 6) (keeps 8) (not (keeps 4)))"),
        Step("plan_link", {"d": 2, "s": 4}, "(and (= (free_below 9) 2) (= (linked_below 9) 2) (= (lost_below 9) 3))"),
        Step("plan_count.seal", told="(and (not down) (= (class 4) LISTED) (= (class 6) LOST) (= (use 2) LINKED) (= top 9))"),
        *take("t1", 9, 2), *by("t1", "hand_out", s=9),
        Step("crash", told="(and (keeps 6) (keeps 8) (keeps 9) (not (keeps 4)) (= (lost_below 11) 5))"),
    ], MEMORY)
    lost = " ".join(f"(= (class {offset}) LOST)" for offset in (2, 4, 6, 7))
    yield Run("dropped", "the process is killed with a segment discarded, one free, a descriptor unused; recovery drops all", [
        *take("t1", 2, 8), *descriptor("t1", 2), *descriptor("t1", 4), *by("t1", "spare_push", d=4),
        *by("t1", "cut", s=6, n=1), *by("t1", "discarded_add", s=6), *free("t1", 2, 7),
        Step("crash", told="(and (= (class 2) SLOT) (= (class 4) SLOT) (= (class 6) DISCARDED) (= (class 7) LISTED))"),
        Step("plan_link.spare_head"), Step("plan_link.free_head"), Step("plan_count.discarded"),
        Step("plan_count.seal", told=f"(and {lost} (= discarded 0) (not down))"),
    ], MEMORY)


# ---- the runs of the merges

SMALL = "(and (= data 1) (= capacity {}))"


def used(size, *cuts):
    """Bytes from the cursor, divided at these places."""
    steps, begin = [Step("cursor_take", {"n": size})], 1
    for offset in cuts:
        steps.append(Step("cut", {"s": begin, "n": offset - begin}))
        begin = offset
    return steps


def freed(thread, offset, told=""):
    return by(thread, "window_add insert_publish", s=offset) + by(thread, "largest_raise inserted_add", told)


def walked(thread, seen, member):
    """The thread has seen these segments; it will claim the members."""
    return by(thread, "walk", **{"in": list(map(str, seen)), "member": list(map(str, member))})


def draw(thread, offset, joined, told=""):
    return by(thread, "claim_mark.noted", s=offset) + by(thread, joined, told, s=offset)


def runs_of_merges():
    two = [*used(5, 2, 3), *freed("t1", 1), *freed("t2", 2, "(and (= inserted 2) (free 1) (free 2) (= (free_below 4) 2))")]
    yield Run("merged", "two neighbours are merged; nothing is new then, and a call is refused", [
        *two, *by("t1", "inserted_load"), *walked("t1", [1, 2], [1, 2]),
        *draw("t1", 1, "window_subtract.first", "(= (hand t1) 1)"),
        *draw("t1", 2, "window_subtract.next", "(and (= (hand t1) 1) (= (size 1) 2) (is 2 NONE) (= (counted_below 4) 0))"),
        *by("t1", "cursor_give_back.failed window_add.run", s=1), *by("t1", "insert_publish", "(= (base t1) 2)", s=1),
        *by("t1", "largest_raise inserted_add merged_store",
            "(and (free 1) (= (size 1) 2) (old 1) (= merged inserted) (not news))"),
        *by("t1", "refuse.merged", n=3),
        *by("t2", "claim_mark window_subtract", "(and (is 1 USED) (= (counted_below 4) 0))", s=1),
        *by("t2", "largest_lower", "(= largest 1)", n=1),
        *by("t2", "largest_look", "(and (= largest 2) (not (lowered t2)))", n=2),
        *by("t1", "refuse.windows", n=3),
    ], SMALL.format(6))
    yield Run("topmost", "the last segment is given back, and what ends at the cursor then is merged into it", [
        *used(4, 3), *freed("t1", 1), *by("t1", "inserted_load"), *walked("t1", [1], []),
        *by("t1", "merged_store", "(and (= merged inserted) (old 1) (= limit top))"),
        *by("t2", "cursor_give_back", "(and (= top 3) (old 1) (= merged inserted) (< top limit))", s=3),
        *by("t2", "inserted_load"), *walked("t2", [1], [1]), *draw("t2", 1, "window_subtract.first"),
        *by("t2", "cursor_give_back.run", "(and (= top 1) (= (upper t2) 1))", s=1),
        *by("t2", "merged_store", "(and (= merged inserted) (= limit top))"),
    ], SMALL.format(6))
    yield Run("failed", "a member is claimed by another thread: the merge does not count as complete", [
        *two, *by("t1", "inserted_load", "(not (failed t1))"), *walked("t1", [1, 2], [1, 2]), *by("t2", "claim_mark", s=1),
        *by("t1", "member_failed", "(failed t1)", s=1), *draw("t1", 2, "window_subtract.first"),
        *by("t1", "cursor_give_back.failed window_add.run insert_publish", s=2), *by("t1", "inserted_add"),
        *by("t1", "merge_end", "(and (< merged inserted) (free 2) (= (phase t1) IDLE))"),
    ], SMALL.format(6))


RUNS = {
    "list": [*runs_of_supply(), *runs_of_list(), *runs_of_unlinking(), *runs_of_index(), *runs_of_merging(),
             *runs_of_recovery()],
    "merge": [*runs_of_merges()],
    "segments": [*runs_of_segments(), *runs_of_segment_merging(), *runs_of_segment_recovery()],
}
