"""Transition systems, and the questions about them that a solver must answer.

A system has sorts, state fields (functions), invariants, transitions and lemmas. From that one description come

    init        the initial states satisfy the invariant
    step        a transition from a state of the invariant leads to a state of the invariant, one question per conjunct
    goal        what must hold whenever a transition happens, e.g. that a claimed segment was free
    lemma       a statement about one state, or about a state and its successor
    assumed     the hypothesis of a lemma holds in some state of the invariant

The first three and lemmas are asked of structures of any size ("unsat": it holds). `assumed` and the refutation of
a mutant are asked of structures with a few elements, without quantifiers, so that a solver can answer "sat" with a model; since
sorts are uninterpreted, a small structure is a structure.

What it does not show: that a state of the invariant can be reached. runs.py reaches, for each transition, one in which it
happens. A counterexample is one to induction; proofs/spin finds counterexamples that can be reached.
"""

from dataclasses import dataclass, field

import terms

THEN = ".then"  # a field after the transition
ASSUMED = "no lemma is vacuous"  # a statement about the description itself
LEMMA_NAMES = {"t": "T", "u": "T", "v": "T", "at.current": "D", "other": "Int"}  # what lemmas may speak of without declaring it


@dataclass
class Field:
    name: str
    domain: list  # sorts; empty: one value
    result: str
    about: str


@dataclass
class Invariant:
    name: str
    ids: list
    about: str
    formula: object
    patterns: list  # terms whose presence makes a solver use the invariant; hints only


@dataclass
class Transition:
    """`guard` and `goals` speak of the state before. `updates`: field -> list of (argument, value), or (variable, value for
    every argument), or the value of a field without arguments. The first argument is x in a value, the second one y."""

    name: str
    about: str
    guard: object
    updates: dict
    goals: list = field(default_factory=list)  # (name, ids, about, formula)
    parameters: list = field(default_factory=list)  # (name, domain, sort)

    @property
    def site(self):
        """The row of the ledger whose access this is. A name may say after a dot which of several uses of the site it is."""
        return self.name.split(".")[0]


@dataclass
class Lemma:
    """`claim` follows from the invariant and `assumed`. With a transition, `claim` may use fields after it."""

    name: str
    ids: list
    about: str
    assumed: object
    claim: object
    transition: str = ""


@dataclass
class Question:
    name: str
    kind: str
    statements: list  # names of what is proved
    expected: str  # unsat or sat
    given: str  # declarations and assumptions; questions in a row have it in common and can be asked together
    denied: list  # lines that are this question's own

    def lines(self):
        return [f"; {self.name}: {self.expected} expected", *self.denied, "(check-sat)"]


class System:
    def __init__(self, name, sorts, constants, axioms, small):
        """`sorts`: name -> values of an enumeration, or None if uninterpreted. `constants`: (name, domain, sort).
        `small`: sort -> elements in small structures, those of uninterpreted sorts being new names or constants."""
        self.name, self.sorts, self.constants, self.small = name, sorts, constants, small
        self.axioms = [terms.read(text) for text in axioms]
        self.fields, self.macros, self.invariants, self.transitions, self.lemmas = {}, {}, {}, {}, {}
        self.initially = []
        self.memory_end = ""  # the constant that is an offset of every small memory, and above which none is looked at
        self.outside = {}  # field over offsets -> its value outside of a small memory

    # ---- description

    def state(self, name, domain, result, about):
        self.fields[name] = Field(name, domain.split(), result, about)

    def macro(self, name, parameters, body):
        self.macros[name] = (parameters.split(), terms.read(body))

    def formula(self, text):
        return terms.expand(terms.read(text), self.macros)

    def invariant(self, name, ids, about, text, *patterns):
        self.invariants[name] = Invariant(name, ids.split(), about, self.formula(text), patterns)

    def transition(self, name, about, guard, goals=(), parameters=(), **updates):
        ready = {}
        for changed, value in updates.items():
            value = value if isinstance(value, list) else [value]
            ready[changed] = [tuple(self.formula(part) for part in one) if isinstance(one, tuple) else self.formula(one)
                              for one in value]
        self.transitions[name] = Transition(
            name, about, self.formula(guard), ready,
            [(goal, ids.split(), says, self.formula(text)) for goal, ids, says, text in goals], list(parameters))

    def lemma(self, name, ids, about, assumed, claim, transition=""):
        self.lemmas[name] = Lemma(name, ids.split(), about, self.formula(assumed), self.formula(claim), transition)

    # ---- text

    def after(self, formula, transition):
        """The formula in the state after the transition."""
        return terms.substitute(formula, {name: name + THEN for name in transition.updates})

    def declarations(self, small):
        lines = ["(set-logic ALL)"]
        for sort, values in self.sorts.items():
            if values is None and small:
                values = self.small[sort]
            if values is None:
                lines.append(f"(declare-sort {sort} 0)")
            else:
                lines.append(f"(declare-datatypes (({sort} 0)) (({' '.join(f'({value})' for value in values)})))")
        elements = {element for sort, values in self.sorts.items() if values is None for element in self.small[sort]}
        for name, domain, sort in self.constants:
            if not (small and name in elements):
                lines.append(f"(declare-fun {name} ({domain}) {sort})")
        for one in self.fields.values():
            lines += self.declare_field(one, small)
        if small and self.memory_end:
            lines.append(f"(assert (<= {self.memory_end} {self.small['Int'][-1]}))")
        return lines + [f"(assert {self.text(axiom, small)})" for axiom in self.axioms]

    def declare_field(self, one, small):
        """In a small structure, a field over offsets has its default outside of the memory."""
        domain = " ".join(one.domain)
        if not (small and one.name in self.outside):
            return [f"(declare-fun {one.name} ({domain}) {one.result})"]
        inside, names = self.small[one.domain[0]], "xy"[:len(one.domain)]
        variables = " ".join(f"({name} {sort})" for name, sort in zip(names, one.domain))
        return [f"(declare-fun {one.name}.inside ({domain}) {one.result})",
                f"(define-fun {one.name} ({variables}) {one.result} (ite (and (<= {inside[0]} x) (<= x {inside[-1]})) "
                f"({one.name}.inside {' '.join(names)}) {self.outside[one.name]}))"]

    def text(self, formula, small):
        return terms.write(terms.ground(formula, self.small) if small else formula)

    def define_updates(self, transition):
        lines = [f"(declare-fun {name} ({domain}) {sort})" for name, domain, sort in transition.parameters]
        for name, changes in transition.updates.items():
            one = self.fields[name]
            variables = [f"i{k}" for k in range(len(one.domain))]
            value = self.updated(one, changes, variables)
            bound = " ".join(f"({v} {sort})" for v, sort in zip(variables, one.domain))
            lines.append(f"(define-fun {name}{THEN} ({bound}) {one.result} {terms.write(value)})")
        return lines

    def updated(self, one, changes, arguments):
        """What a field is at these arguments after the changes, in terms of the state before."""
        value = [one.name, *arguments] if arguments else one.name
        for change in changes:
            value = self.change(one, arguments, value, change)
        return value

    @staticmethod
    def change(one, variables, value, change):
        if not isinstance(change, tuple):  # its new value, if there is no argument, or a function of x, or of x and y
            return terms.substitute(change, dict(zip("xy", variables)))
        argument, new = change
        return ["ite", ["=", variables[0], argument], terms.substitute(new, dict(zip("y", variables[1:]))), value]

    def question(self, name, kind, statements, expected, given, denied=()):
        return Question(f"{self.name}/{name}", kind, statements, expected, given, list(denied))

    def given(self, lines, small):
        return "\n".join([*self.declarations(small), *lines])

    def assume(self, formulas, small):
        return [f"(assert {self.text(formula, small)})" for formula in formulas]

    def deny(self, formulas, small):
        """Asserts that one of the formulas does not hold: for a universal one, of new constants."""
        lines, parts = [], []
        for number, formula in enumerate(formulas):
            if terms.quantified(formula) and formula[0] == "forall" and not small:
                fresh = {name: f"{name}.some{number}" for name, _ in formula[1]}
                lines += [f"(declare-fun {fresh[name]} () {sort})" for name, sort in formula[1]]
                formula = terms.substitute(formula[2], fresh)
            parts.append(formula)
        return lines + [f"(assert (not {self.text(terms.conjunction(parts), small)}))"]

    # ---- questions

    def every_invariant(self, small):
        return [self.hinted(one, small) for one in self.invariants.values()]

    @staticmethod
    def hinted(one, small):
        if small or not one.patterns or not terms.quantified(one.formula):
            return one.formula
        hints = [part for pattern in one.patterns for part in (":pattern", terms.read(f"({pattern})"))]
        return [*one.formula[:2], ["!", one.formula[2], *hints]]

    def touched(self, transition):
        """The invariants that speak of a field which the transition changes."""
        changed = set(transition.updates)
        return [one for one in self.invariants.values() if terms.atoms(one.formula) & changed]

    def before(self, transition, small):
        return self.define_updates(transition) + self.assume([*self.every_invariant(small), transition.guard], small)

    def of_transition(self, transition, small=False):
        """What must be unsat for this transition and its lemmas, if it is as it should be. An invariant that speaks of no field
        that changes is literally one of the assumptions, and is not asked."""
        given = self.given(self.before(transition, small), small)
        for goal, _, _, formula in transition.goals:
            yield self.question(f"{transition.name}/{goal}", "goal", [goal], "unsat", given, self.deny([formula], small))
        for one in self.touched(transition):
            denied = self.deny([self.after(one.formula, transition)], small)
            yield self.question(f"{transition.name}/{one.name}", "step", [one.name], "unsat", given, denied)
        for lemma in self.lemmas.values():
            if lemma.transition == transition.name:
                yield self.claimed(lemma, given, small)

    def possible(self, transition):
        """What must be sat: that the transition can happen as its lemmas assume it. That it can at all is shown by runs.py."""
        given = self.given(self.before(transition, True), True)
        for lemma in self.lemmas.values():
            if lemma.transition == transition.name and lemma.assumed != "true":
                yield self.assumed(lemma, given)

    def of_start(self):
        start = self.given(self.assume([self.formula(text) for text in self.initially], False), False)
        for one in self.invariants.values():
            yield self.question(f"init/{one.name}", "init", [one.name], "unsat", start, self.deny([one.formula], False))

    def of_states(self):
        """Lemmas about one state."""
        some = [lemma for lemma in self.lemmas.values() if not lemma.transition]
        given, small = (self.given(self.assume(self.every_invariant(small), small), small) for small in (False, True))
        yield from (self.claimed(lemma, given, False) for lemma in some)
        yield from (self.assumed(lemma, small) for lemma in some if lemma.assumed != "true")

    def hypothesis(self, lemma, small):
        """The assumption of a lemma, with what it speaks of."""
        transition = self.transitions.get(lemma.transition)
        known = {name for name, _, _ in transition.parameters} if transition else set()
        spoken = terms.atoms(lemma.assumed) | terms.atoms(lemma.claim)
        names = [f"(declare-fun {name} () {sort})" for name, sort in LEMMA_NAMES.items() if name in spoken - known]
        return names + self.assume([lemma.assumed], small)

    def claimed(self, lemma, given, small):
        claim = self.resolve(lemma.claim, self.transitions.get(lemma.transition))
        return self.question(f"{lemma.transition or 'state'}/{lemma.name}", "lemma", [lemma.name], "unsat", given,
                             self.hypothesis(lemma, small) + self.deny([claim], small))

    def assumed(self, lemma, given):
        return self.question(f"{lemma.transition or 'state'}/{lemma.name}.assumed", "assumed", [ASSUMED], "sat",
                             given, self.hypothesis(lemma, True))

    def resolve(self, claim, transition):
        """(then f) in a claim is f after the transition."""
        if isinstance(claim, str):
            return claim
        if claim and claim[0] == "then":
            return self.after(claim[1], transition)
        return [self.resolve(part, transition) for part in claim]

    def questions(self):
        yield from self.of_start()
        for transition in self.transitions.values():
            yield from self.of_transition(transition)
            yield from self.possible(transition)
        yield from self.of_states()
