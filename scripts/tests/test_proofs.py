"""Tests of scripts/lab prove on fake provers."""

import json
import sys

import pytest

from rarena_lab import builds, known_answers, proofs


def record(statement, verdict, tool="z3", **more):
    return {"statement": statement, "ids": ["SEG-1"], "tool": tool, "seconds": 1.5, "verdict": verdict, **more}


GOOD = [record("sorted", "holds", about="the list is sorted"), record("sorted", "holds", "cvc5"),
        record("mutant no_tags", "rejected", by="find_help/prev")]


class TestProvers:
    @pytest.fixture(autouse=True)
    def in_folder(self, tmp_path, monkeypatch, lab):
        self.outside, self.monkeypatch, self.lab = tmp_path, monkeypatch, lab
        monkeypatch.setattr(builds, "packages", lambda kind: None)
        monkeypatch.setattr(known_answers, "FOLDER", tmp_path / "build" / "known")
        (tmp_path / "prover").mkdir()
        self.folder = tmp_path / "prover"
        (tmp_path / "version.py").write_text("print('fake prover 1.0')")
        (self.folder / "good_test.py").write_text("")
        (self.folder / "bad_test.py").write_text("raise SystemExit('a planted fault passed')")

    def prove(self, records, *arguments, status=0, test="good_test.py"):
        program = self.folder / "prover.py"
        program.write_text(f"import sys\nprint({json.dumps(chr(10).join(map(json.dumps, records)))})\n"
                           f"open({str(self.outside / 'arguments')!r}, 'w').write(' '.join(sys.argv[1:]))\nsys.exit({status})\n")
        self.monkeypatch.setattr(proofs, "PROVERS", (
            proofs.Prover("fake", str(program), str(self.folder / test), quick=("--quick",), full=("--full",),
                          versions=((sys.executable, str(self.outside / "version.py")),)),))
        return self.lab("prove", *arguments)

    def test_all_as_expected(self):
        status, output = self.prove(GOOD)
        assert status == 0, output
        assert "| sorted: the list is sorted | SEG-1 | cvc5+z3 | 3.0 | holds |" in output
        assert "| mutant no_tags | SEG-1 | z3 | 1.5 | rejected (by: find_help/prev) |" in output
        assert "all as expected: 2 of 2 statements hold, 1 of 1 mutants are rejected; " in output
        assert (self.outside / "arguments").read_text() == "--full"

    def test_theorems_and_their_mutants(self):
        status, output = self.prove([
            {"statement": "a take is one step", "theorem": "take_atomic", "ids": ["SEG-1"], "tool": "iris", "seconds": 3,
             "verdict": "proved"},
            {"mutant": "take_stores", "fails_at": "take_atomic", "why": "a plain store", "tool": "iris", "seconds": 2,
             "verdict": "rejected"}])
        assert status == 0, output
        assert "| take_atomic: a take is one step | SEG-1 | iris | 3.0 | proved |" in output
        assert "| mutant take_stores: a plain store | | iris | 2.0 | rejected (fails_at: take_atomic) |" in output

    def test_the_quick_part_says_so(self):
        status, output = self.prove(GOOD, "--quick", "--summary")
        assert status == 0, output
        assert "| sorted" not in output
        assert "spin ran small sizes only" in output
        assert (self.outside / "arguments").read_text() == "--quick"

    def test_a_statement_that_one_tool_refutes(self):
        status, output = self.prove([*GOOD, record("sorted", "refuted", "vampire", failing=["a/b"])], "--summary", status=1)
        assert status == 1, output
        assert "| refuted (failing: ['a/b']) |" in output
        assert "FAILED: 1 of 2 statements hold" in output

    def test_an_interrupt_ends_the_provers(self):
        (self.folder / "slow_test.py").write_text("import os, signal, time\nos.kill(os.getppid(), signal.SIGINT)\ntime.sleep(60)\n")
        status, output = self.prove(GOOD, test="slow_test.py")
        assert status == 130, output
        assert "interrupted: of fake had finished: none; 0 of their 0 statements and mutants were as expected" in output
        assert not (self.outside / "arguments").exists(), "no prover was begun after that"

    def test_an_undecided_statement_does_not_hold(self):
        assert self.prove([*GOOD, record("other", "undecided")], status=1)[0] == 1

    def test_a_mutant_that_is_accepted(self):
        status, output = self.prove([*GOOD, record("mutant no_mark", "accepted")], status=1)
        assert status == 1, output
        assert "1 of 2 mutants are rejected" in output

    def test_a_driver_that_accepts_planted_faults(self):
        status, output = self.prove(GOOD, test="bad_test.py")
        assert status == 1, output
        assert "a planted fault passed" in output
        assert "| fake: tests of its driver |" in output

    def test_provers_that_cannot_be_believed(self):
        for records, status, why in ((GOOD, 3, "exit status 3"), (GOOD, 1, "exit status 1, and every verdict is good"),
                                     (GOOD[:2], 0, "no mutant was tried"),
                                     ([{"verdict": "holds"}], 0, "expected JSON with a statement")):
            result, output = self.prove(records, status=status)
            assert result == 3, output
            assert why in output


    # Answers from before.

    def asked(self, records, *arguments, **more):
        """Whether the prover was asked, and what was printed."""
        (self.outside / "arguments").unlink(missing_ok=True)
        output = self.prove(records, *arguments, **more)[1]
        return (self.outside / "arguments").exists(), output

    def test_what_was_as_expected_is_not_asked_again(self):
        asked, output = self.asked(GOOD)
        assert asked
        assert "known from before" not in output
        asked, output = self.asked(GOOD)
        assert not asked, output
        assert "| sorted: the list is sorted | SEG-1 | cvc5+z3 | 3.0 | holds |" in output
        assert "2 of 2 statements hold, 1 of 1 mutants are rejected; 3 answers known from before, --again asks anew; " in output
        asked, output = self.asked(GOOD, "--again")
        assert asked
        assert "known from before" not in output

    def test_another_input_option_or_version_is_asked(self):
        self.asked(GOOD)
        assert self.asked(GOOD, "--quick")[0], "another option"
        (self.folder / "lemma.v").write_text("Lemma a : True.")
        assert self.asked(GOOD)[0], "another file"
        (self.folder / "lemma.v").write_text("Lemma b : True.")
        assert self.asked(GOOD)[0], "other text in a file"
        (self.outside / "version.py").write_text("print('fake prover 1.1')")
        assert self.asked(GOOD)[0], "another version"
        assert not self.asked(GOOD)[0]

    def test_what_was_not_as_expected_is_never_known(self):
        for records, status in (([*GOOD, record("other", "undecided")], 1), ([*GOOD, record("other", "refuted")], 1),
                                (GOOD[:2], 0), (GOOD, 3), ([*GOOD, record("other", "undecided")], 0)):
            for _ in range(2):
                asked, output = self.asked(records, status=status)
                assert asked, output

    def test_a_driver_whose_test_failed_is_tested_again(self):
        for _ in range(2):
            assert "a planted fault passed" in self.asked(GOOD, test="bad_test.py")[1]

    def test_a_test_of_other_folders_is_never_known(self):
        (self.folder / "tables_test.py").write_text(f"open({str(self.outside / 'tables')!r}, 'a').write('looked ')")
        prover = proofs.Prover("fake", str(self.folder / "prover.py"), str(self.folder / "good_test.py"),
                               always=str(self.folder / "tables_test.py"))
        self.prove(GOOD)
        self.monkeypatch.setattr(proofs, "PROVERS", (prover,))
        for _ in range(2):
            self.lab("prove")
        assert (self.outside / "tables").read_text() == "looked looked "
        assert "| fake: its tables |" in self.lab("prove")[1]

    def test_half_a_record_is_not_known(self):
        self.asked(GOOD)
        for file in known_answers.FOLDER.iterdir():
            file.write_text('{"key": ')
        assert self.asked(GOOD)[0]
