"""Formulas as S-expressions: reading, writing, macros, substitution, and quantifiers over a finite domain.

A formula is a string (an atom) or a list of formulas. Nothing here knows what is proved.
"""

import re

TOKEN = re.compile(r"[()]|[^\s()]+")


def read(text):
    """The formula that a text holds."""
    stack = [[]]
    for token in TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            if len(stack) == 1:
                raise ValueError(f"not one formula: {text}")
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    if len(stack) != 1 or len(stack[0]) != 1:
        raise ValueError(f"not one formula: {text}")
    return stack[0][0]


def write(formula):
    if isinstance(formula, str):
        return formula
    return "(" + " ".join(write(part) for part in formula) + ")"


def substitute(formula, values):
    """Every atom that `values` names is replaced by its value, except where a quantifier binds it."""
    if isinstance(formula, str):
        return values.get(formula, formula)
    if quantified(formula):
        bound = {name for name, _ in formula[1]}
        inner = {name: value for name, value in values.items() if name not in bound}
        return [formula[0], formula[1], substitute(formula[2], inner)]
    return [substitute(part, values) for part in formula]


def expand(formula, macros):
    """Replaces (name a b) by the body of the macro `name`, a (parameters, body) pair of `macros`."""
    if isinstance(formula, str):
        return expand(macros[formula][1], macros) if formula in macros and not macros[formula][0] else formula
    if quantified(formula):
        return [formula[0], formula[1], expand(formula[2], macros)]
    if formula and isinstance(formula[0], str) and formula[0] in macros:
        parameters, body = macros[formula[0]]
        arguments = [expand(part, macros) for part in formula[1:]]
        if len(arguments) != len(parameters):
            raise ValueError(f"{formula[0]} takes {len(parameters)} arguments: {write(formula)}")
        return substitute(expand(body, macros), dict(zip(parameters, arguments)))
    return [expand(part, macros) for part in formula]


def quantified(formula):
    return isinstance(formula, list) and len(formula) == 3 and formula[0] in ("forall", "exists")


def ground(formula, domains):
    """The formula without quantifiers: each variable takes every element of the domain of its sort."""
    if isinstance(formula, str):
        return formula
    if not quantified(formula):
        return [ground(part, domains) for part in formula]
    instances = [formula[2]]
    for name, sort in formula[1]:
        instances = [substitute(body, {name: element}) for body in instances for element in domains[sort]]
    return ["and" if formula[0] == "forall" else "or", *(ground(body, domains) for body in instances)]


def atoms(formula):
    """All atoms of a formula."""
    if isinstance(formula, str):
        return {formula}
    return set().union(*(atoms(part) for part in formula))


def conjunction(formulas):
    formulas = list(formulas)
    return ["and", "true", *formulas]
