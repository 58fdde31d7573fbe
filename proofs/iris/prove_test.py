#!/usr/bin/env python3
"""The driver refuses what it must refuse. Small files without Iris; the parts that need coqc are skipped without it."""

import shutil
import tempfile
import unittest
from pathlib import Path

import prove
from catalog import FILES, MUTANTS, THEOREMS, Mutant, Theorem

SOUND = """Definition two : nat := 2.
(* Admitted is a word in a comment (* and Axiom in a nested one *) only. *)
Lemma two_is_two : two = 2.
Proof.
  unfold two.
  reflexivity.
Qed.
"""
# The text is clean: the axiom comes from the library.
IMPORTED_AXIOM = """From Coq Require Import FunctionalExtensionality.
Lemma two_is_two (f g : nat -> nat) : (forall x, f x = g x) -> f = g.
Proof. apply functional_extensionality. Qed.
"""
THEOREM = Theorem("small", "two_is_two", ("SEG-1",), "two is two")


class Words(unittest.TestCase):
    def test_a_finished_file_is_clean(self):
        self.assertEqual(prove.forbidden_words(SOUND), [])

    def test_every_way_out_is_seen_with_its_line(self):
        for word in ("Admitted", "admit", "Axiom", "Parameter", "Conjecture", "give_up", "Unset Guard Checking"):
            with self.subTest(word):
                self.assertEqual(prove.forbidden_words(f"(* a\n b *)\n{word} x."), [(3, word)])

    def test_strings_are_not_code(self):
        self.assertEqual(prove.forbidden_words('Definition x := "Axiom (* ".\nDefinition y := 1.'), [])
        self.assertEqual(prove.forbidden_words('Definition x := "(*".\nAdmitted.'), [(2, "Admitted")])

    def test_longer_words_are_not_meant(self):
        self.assertEqual(prove.forbidden_words("Lemma admitted_by no_Axiomatic."), [])


class Places(unittest.TestCase):
    def test_a_line_of_a_script_has_the_name_of_its_proof(self):
        self.assertEqual(prove.proof_at(SOUND, 5), "two_is_two")

    def test_lines_of_definitions_and_statements_have_none(self):
        self.assertIsNone(prove.proof_at(SOUND, 1))
        self.assertIsNone(prove.proof_at(SOUND, 3))


class Catalog(unittest.TestCase):
    def test_names_exist_and_mutants_apply_once(self):
        texts = {file: (prove.HERE / f"{file}.v").read_text(encoding="utf-8") for file in FILES}
        for theorem in THEOREMS:
            self.assertRegex(texts[theorem.file], rf"Theorem {theorem.name}\b")
        for mutant in MUTANTS:
            self.assertEqual(texts[mutant.file].count(mutant.old), 1, mutant.name)
            self.assertRegex(texts[mutant.file], rf"(Lemma|Theorem) {mutant.fails_at}\b")

    def test_every_theorem_of_the_sources_is_listed(self):
        for file in FILES:
            code = prove.without_comments_and_strings((prove.HERE / f"{file}.v").read_text(encoding="utf-8"))
            stated = [line.split()[1] for line in code.split("\n") if line.strip().startswith("Theorem ")]
            self.assertEqual(stated, [t.name for t in THEOREMS if t.file == file])

    def test_the_sources_are_clean(self):
        for file in FILES:
            self.assertEqual(prove.forbidden_words((prove.HERE / f"{file}.v").read_text(encoding="utf-8")), [])


@unittest.skipIf(shutil.which("coqc") is None, "needs coqc")
class Compiling(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sources, self.build = Path(folder.name) / "sources", Path(folder.name) / "build"
        self.sources.mkdir()
        self.build.mkdir()

    def report(self, text):
        (self.sources / "small.v").write_text(text, encoding="utf-8")
        return next(prove.check_theorems((THEOREM,), ("small",), self.sources, self.build))

    def mutant(self, old, new):
        (self.sources / "small.v").write_text(SOUND, encoding="utf-8")
        return prove.check_mutant(Mutant("m", "small", old, new, "two_is_two", "why"), self.sources, self.build)

    def test_a_proof_is_proved(self):
        self.assertEqual(self.report(SOUND)["verdict"], "proved")

    def test_a_planted_admitted_is_refused(self):
        report = self.report(SOUND.replace("  reflexivity.\nQed.", "Admitted."))
        self.assertEqual((report["verdict"], report["because"]), ("failed", "small.v:6: Admitted"))

    def test_a_planted_axiom_is_refused(self):
        report = self.report("Axiom anything : forall P : Prop, P.\n" + SOUND)
        self.assertEqual((report["verdict"], report["because"]), ("failed", "small.v:1: Axiom"))

    def test_an_axiom_that_the_text_does_not_show_is_refused(self):
        report = self.report(IMPORTED_AXIOM)
        self.assertEqual(report["verdict"], "failed")
        self.assertIn("functional_extensionality", report["because"])

    def test_a_proof_that_fails_is_refused(self):
        self.assertEqual(self.report(SOUND.replace("two = 2", "two = 3"))["verdict"], "failed")

    def test_a_theorem_that_is_missing_is_refused(self):
        self.assertEqual(self.report("Definition two := 2.\n")["verdict"], "failed")

    def test_a_wrong_program_is_rejected_where_its_proof_fails(self):
        report = self.mutant("nat := 2", "nat := 3")
        self.assertEqual((report["verdict"], report["fails_at"]), ("rejected", "two_is_two"))

    def test_a_mutant_that_is_still_proved_is_accepted(self):
        self.assertEqual(self.mutant("nat := 2", "nat := 1 + 1")["verdict"], "accepted")

    def test_a_mutant_that_does_not_compile_is_no_rejection(self):
        for new in ("nat := (", "nat := true"):
            with self.subTest(new):
                report = self.mutant("nat := 2", new)
                self.assertEqual((report["verdict"], report["fails_at"]), ("failed", None))

    def test_a_mutant_that_changes_nothing_is_no_rejection(self):
        self.assertEqual(self.mutant("no such text", "x")["verdict"], "failed")


if __name__ == "__main__":
    unittest.main()
