#!/usr/bin/env python3
"""Tests of proofs/smt: formulas, what becomes of a planted wrong obligation, and the table of proofs/README.md.

Run: python3 proofs/smt/prove_test.py
"""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import list_system  # noqa: E402
import prove  # noqa: E402
import segment_system  # noqa: E402
import table  # noqa: E402
import terms  # noqa: E402
from system import System  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
SOLVERS = list(prove.SOLVERS)


class Terms(unittest.TestCase):
    def test_what_is_read_is_written(self):
        text = "(forall ((x D)) (=> (p x) (= x (next x))))"
        self.assertEqual(terms.write(terms.read(text)), text)
        for wrong in ("(a", "a)", "a b", ""):
            self.assertRaises(ValueError, terms.read, wrong)

    def test_a_bound_variable_is_not_replaced(self):
        formula = terms.substitute(terms.read("(and (p x) (forall ((x D)) (p x)))"), {"x": "y"})
        self.assertEqual(terms.write(formula), "(and (p y) (forall ((x D)) (p x)))")

    def test_macros_take_their_arguments(self):
        macros = {"both": (["a", "b"], terms.read("(and a b)"))}
        self.assertEqual(terms.write(terms.expand(terms.read("(both (both p q) r)"), macros)), "(and (and p q) r)")
        self.assertRaises(ValueError, terms.expand, terms.read("(both p)"), macros)

    def test_a_small_domain_leaves_no_quantifier(self):
        formula = terms.ground(terms.read("(forall ((x D) (y D)) (p x y))"), {"D": ["a", "b"]})
        self.assertEqual(terms.write(formula), "(and (p a a) (p a b) (p b a) (p b b))")


def counter(step, guard="(< value 10)"):
    """A counter that must stay at most 10."""
    system = System("counter", {"D": None}, [], [], {"D": ["d1"]})
    system.state("value", "", "Int", "")
    system.initially = ["(= value 0)"]
    system.invariant("small", "SEG-1", "the counter is small", "(<= value 10)")
    system.transition("count", "", guard, [("fits", "", "there is room", "(< value 10)")], value=step)
    system.lemma("grows", "", "it grows", "true", "(> (then value) value)", "count")
    return system


@unittest.skipUnless(all(map(shutil.which, SOLVERS)), "needs z3 and cvc5")
class Proving(unittest.TestCase):
    def verdicts(self, system):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(prove, "FOLDER", Path(folder)):
            answers = prove.ask_all(system.questions(), SOLVERS, 2)
            return {(one["statement"], one["tool"]): one["verdict"] for one in prove.report(system, answers)}

    def test_what_is_true_holds_with_both_solvers(self):
        verdicts = self.verdicts(counter("(+ value 1)"))
        self.assertEqual(set(verdicts.values()), {"holds"})
        self.assertEqual({tool for _, tool in verdicts}, set(SOLVERS))

    def test_a_wrong_obligation_is_refuted(self):
        verdicts = self.verdicts(counter("(+ value 2)"))
        for solver in SOLVERS:
            self.assertEqual(verdicts["counter/small", solver], "refuted")
            self.assertEqual(verdicts["counter/grows", solver], "holds")

    def test_a_transition_that_cannot_happen_is_found(self):
        verdicts = self.verdicts(counter("(+ value 2)", guard="(< value value)"))
        for solver in SOLVERS:
            self.assertEqual(verdicts["counter/small", solver], "holds")  # vacuously, and therefore:
            self.assertEqual(verdicts[f"counter/{prove.ENABLED}", solver], "refuted")

    def test_no_answer_is_undecided(self):
        verdicts = self.verdicts(counter("(no_such_function value)"))
        self.assertIn("undecided", verdicts.values())

    def test_a_true_system_is_no_mutant(self):
        harmless = {"harmless": (segment_system.make, lambda system: None, "", ["cursor_give_back"])}
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(prove, "FOLDER", Path(folder)), \
                mock.patch.object(prove.mutants, "MUTANTS", harmless):
            self.assertEqual(prove.reject("harmless", SOLVERS)["verdict"], "accepted")

    def test_a_mutant_is_rejected(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(prove, "FOLDER", Path(folder)):
            self.assertEqual(prove.reject("blind_give_back", SOLVERS)["verdict"], "rejected")


def text_of(path):
    file = Path(ROOT, path)
    return file.read_text() if file.is_file() else None


class Description(unittest.TestCase):
    def test_the_table_is_of_the_proof_and_of_the_code(self):
        self.assertEqual(list(table.faults(text_of)), [])

    def test_a_transition_without_a_row_is_found(self):
        with mock.patch.object(table, "transitions", lambda: {("no_such_step", "list")}):
            self.assertTrue(any("no_such_step has no row" in fault for fault in table.faults(text_of)))

    def test_a_site_without_a_row_is_found(self):
        with mock.patch.object(table, "sites", lambda ledger: {"no_such_site"}):
            self.assertTrue(any("no_such_site" in fault for fault in table.faults(text_of)))

    def test_a_function_that_is_not_there_is_found(self):
        self.assertIsNone(table.code_fault(text_of, "core/bump/cursor.hpp", "give_back"))
        self.assertIsNotNone(table.code_fault(text_of, "core/bump/cursor.hpp", "no_such_function"))

    def test_every_name_is_there_once(self):
        for system in (list_system.make(), segment_system.make()):
            names = [*system.invariants, *system.lemmas, *(goal for t in system.transitions.values() for goal, *_ in t.goals)]
            shared = {name for name in names if names.count(name) > 1} - {"reads_descriptor"}
            self.assertEqual(shared, set())


if __name__ == "__main__":
    unittest.main()
