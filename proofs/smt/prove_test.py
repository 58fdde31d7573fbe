#!/usr/bin/env python3
"""Tests of proofs/smt: formulas, and what becomes of a planted wrong obligation or run.

Run: python3 proofs/smt/prove_test.py
"""

import contextlib
import io
import shutil
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import lines  # noqa: E402
import list_system  # noqa: E402
import mutants  # noqa: E402
import prove  # noqa: E402
import runs  # noqa: E402
import segment_system  # noqa: E402
import solvers  # noqa: E402
import terms  # noqa: E402
from runs import Run, Step, by  # noqa: E402
from system import System  # noqa: E402

SOLVERS = list(solvers.SOLVERS)


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
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(solvers, "FOLDER", Path(folder)):
            answers = prove.ask_all(system.questions(), 2)
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

    def test_a_change_of_one_argument_may_depend_on_the_other(self):
        for value, leaves in (("(or (= y t) (has d y))", "holds"), ("true", "refuted")):
            system = System("pairs", {"D": None, "T": None}, [], [], {"D": ["d1"], "T": ["t1", "t2"]})
            system.state("has", "D T", "Bool", "")
            system.transition("give", "", "true", parameters=[("d", "", "D"), ("t", "", "T")], has=("d", value))
            system.lemma("gives", "", "", "true", "(then (has d t))", "give")
            system.lemma("leaves", "", "", "true", "(=> (not (= u t)) (= (has d u) (then (has d u))))", "give")
            verdicts = self.verdicts(system)
            for solver in SOLVERS:
                self.assertEqual(verdicts["pairs/gives", solver], "holds")
                self.assertEqual(verdicts["pairs/leaves", solver], leaves)

    def test_a_lemma_that_assumes_what_cannot_be_is_found(self):
        for assumed, verdict in (("(< value 5)", "holds"), ("(< value value)", "refuted")):
            system = counter("(+ value 1)")
            system.lemma("assuming", "", "", assumed, "(> (then value) value)", "count")
            verdicts = self.verdicts(system)
            for solver in SOLVERS:
                self.assertEqual(verdicts["counter/assuming", solver], "holds")  # the second vacuously, and therefore:
                self.assertEqual(verdicts[f"counter/{prove.ASSUMED}", solver], verdict)

    def test_only_the_opposite_is_a_refutation(self):
        for step, wrong in (("(+ value 2)", "counter/count/small"), ("(+ value 1)", None), ("(no_such_function value)", None)):
            system = counter(step)
            questions = list(system.of_transition(system.transitions["count"], small=True))
            with tempfile.TemporaryDirectory() as folder, mock.patch.object(solvers, "FOLDER", Path(folder)):
                for solver in SOLVERS:
                    found = solvers.first_wrong(questions, solver)
                    self.assertEqual(found and found.name, wrong)

    def test_no_answer_is_undecided(self):
        verdicts = self.verdicts(counter("(no_such_function value)"))
        self.assertIn("undecided", verdicts.values())

    def test_a_true_system_is_no_mutant(self):
        harmless = {"harmless": (segment_system.make, lambda system: None, "", ["cursor_give_back"])}
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(solvers, "FOLDER", Path(folder)), \
                mock.patch.object(mutants, "MUTANTS", harmless):
            self.assertEqual(mutants.reject("harmless")["verdict"], "accepted")

    def test_a_mutant_is_rejected(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(solvers, "FOLDER", Path(folder)):
            self.assertEqual(mutants.reject("blind_give_back")["verdict"], "rejected")


LISTED = [*runs.slab("t1", "d1"), *runs.insert("t1", "d1", "e1")]
FOUND = f"claim find_head {runs.LOOK}"


@unittest.skipUnless(all(map(shutil.which, SOLVERS)), "needs z3 and cvc5")
class Runs(unittest.TestCase):
    def prove(self, make, *some):
        """Whether all is well, and what is complained of, if the system has these runs and the questions are those of runs."""
        system, errors = make(), io.StringIO()
        options = mock.Mock(only="", jobs=2)
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(solvers, "FOLDER", Path(folder)), \
                mock.patch.dict(runs.RUNS, {system.name: list(some)}), mock.patch.object(system, "questions", lambda: []), \
                contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            return prove.prove_system(system, options), errors.getvalue()

    def complaints(self, make, steps, given="true"):
        """Of one run; that other transitions are in none is not of interest."""
        lines = self.prove(make, Run("tried", "", steps, given))[1].splitlines()
        return [line for line in lines if "found it in none" not in line]

    def test_every_transition_is_in_a_run(self):
        for make in prove.SYSTEMS:
            self.assertEqual(runs.missing(make()), [])

    def test_a_transition_that_cannot_happen_is_refuted(self):
        found = self.complaints(lambda: counter("(+ value 1)", guard="(< value value)"), [Step("count")])
        self.assertEqual([line.partition(";")[0] for line in found],
                         ["counter/run_tried/run: expected sat, found unsat at step 1, count"] * len(SOLVERS))

    def test_a_transition_without_a_run_is_found(self):
        run = Run("tried", "", [Step("count", told="(= value 1)"), Step("count", told="(= value 2)")])
        self.assertEqual(self.prove(lambda: counter("(+ value 1)"), run), (True, ""))
        good, errors = self.prove(list_system.make, Run("tried", "", [*LISTED, *by("t2", FOUND + " claim_mark")]))
        self.assertFalse(good)
        self.assertIn("list/find_help: expected the transition in a run, found it in none\n", errors)
        self.assertNotIn("list/claim_mark: ", errors)

    def test_a_step_that_is_not_possible_is_refuted(self):
        self.assertEqual(self.complaints(list_system.make, [*LISTED, *by("t2", FOUND + " claim_mark claim_unlink")]), [])
        found = self.complaints(list_system.make, [*LISTED, *by("t2", "claim claim_mark claim_unlink")])
        self.assertEqual([line.partition(";")[0] for line in found],
                         ["list/run_tried/run: expected sat, found unsat at step 11, claim_mark"] * len(SOLVERS))

    def test_what_is_told_wrongly_is_refuted(self):
        for told, wrong in (("(marked d1)", 0), ("(not (marked d1))", len(SOLVERS))):
            found = self.complaints(list_system.make, [*LISTED, *by("t2", FOUND + " claim_mark", told)])
            self.assertEqual(["list/run_tried/told: expected unsat, found sat" in line for line in found], [True] * wrong)

    def test_what_the_solver_may_choose_cannot_be_told(self):
        step = [Step("adopt", {"t": "t1", "in": ["d1"], "final": "d1"}, "(= (mine t1) d1)")]
        self.assertEqual(self.complaints(list_system.make, step), [])
        step = [Step("adopt", {"t": "t1", "final": "d1"}, "(= (mine t1) d1)")]
        self.assertEqual(len(self.complaints(list_system.make, step)), len(SOLVERS))

    def test_offsets_lie_in_the_memory(self):
        for offset, capacity, wrong in ((2, 14, None), (77, 14, "step 3, hand_out"), (2, 99, "step 1, cursor_load")):
            given = f"(and (= data 2) (= capacity {capacity}) (= width 2))"
            found = self.complaints(segment_system.make, [*runs.take("t1", 2, 6), *by("t1", "hand_out", s=offset)], given)
            self.assertEqual(len(found), len(SOLVERS) if wrong else 0)
            self.assertTrue(all(f"expected sat, found unsat at {wrong}" in line for line in found))

    def test_a_value_is_of_a_parameter(self):
        self.assertRaises(ValueError, self.complaints, list_system.make, by("t1", "claim", n="d1"))

    def faults(self, reasons=(), **changes):
        """What the check of lines says of a counter that stays at most 10."""
        system = counter("(+ value 1)", **changes)
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(solvers, "FOLDER", Path(folder)):
            found = {("count", line): lines.notices(lambda: counter("(+ value 1)", **changes), number, "count", line)
                     for number, line in enumerate(lines.lines(system.transitions["count"]))}
        return list(lines.faults(system, found, dict(reasons)))

    def test_a_check_of_lines_fails_if_something_is_refuted_with_all_of_them(self):
        for step, verdict, failing in (("(+ value 1)", "holds", ""), ("(+ value 2)", "refuted", "nothing is left out")):
            with tempfile.TemporaryDirectory() as folder, mock.patch.object(solvers, "FOLDER", Path(folder)), \
                    ThreadPoolExecutor(2) as pool:
                record = lines.check(lambda step=step: counter(step), pool)
            self.assertEqual(record["verdict"], verdict)
            self.assertIn(failing, " ".join(record["failing"]))
            self.assertEqual(bool(record["again"]), verdict == "refuted")

    def test_a_line_that_is_needed_is_noticed(self):
        self.assertEqual(self.faults(), [])

    def test_a_line_that_nothing_needs_is_found_and_may_have_a_reason(self):
        useless = {"guard": "(and (< value 10) (< value 11))"}
        self.assertRegex(" ".join(self.faults(**useless)), r"nothing notices.*: guard \(< value 11\)$")
        reasons = {("counter", "count", "guard (< value 11)"): "it is true"}
        self.assertEqual(self.faults(reasons, **useless), [])

    def test_a_reason_without_need_is_found(self):
        for line, wrong in (("guard (< value 10)", "expected nothing to"), ("guard (< value 9)", "not there")):
            self.assertIn(wrong, " ".join(self.faults({("counter", "count", line): "no"})))


class Description(unittest.TestCase):
    def test_every_statement_is_asked_about(self):
        for make in prove.SYSTEMS:
            asked = {name for question in prove.questions_of(make()) for name in question.statements}
            self.assertEqual(prove.statements_of(make()).keys() - asked, set())

    def test_a_name_that_no_question_has_is_wrong_use(self):
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(prove.main(["--only", "no_such_obligation"]), 2)
        self.assertIn("no_such_obligation", errors.getvalue())

    def test_every_name_is_there_once(self):
        for system in (make() for make in prove.SYSTEMS):
            names = [*system.invariants, *system.lemmas, *(goal for t in system.transitions.values() for goal, *_ in t.goals)]
            shared = {name for name in names if names.count(name) > 1} - {"reads_descriptor"}
            self.assertEqual(shared, set())


if __name__ == "__main__":
    unittest.main()
