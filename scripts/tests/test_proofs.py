"""Tests of scripts/lab prove on fake provers."""

import json

import pytest

from rarena_lab import builds, proofs


def record(statement, verdict, tool="z3", **more):
    return {"statement": statement, "ids": ["SEG-1"], "tool": tool, "seconds": 1.5, "verdict": verdict, **more}


GOOD = [record("sorted", "holds", about="the list is sorted"), record("sorted", "holds", "cvc5"),
        record("mutant no_tags", "rejected", by="find_help/prev")]


class TestProvers:
    @pytest.fixture(autouse=True)
    def in_folder(self, tmp_path, monkeypatch, lab):
        self.folder, self.monkeypatch, self.lab = tmp_path, monkeypatch, lab
        monkeypatch.setattr(builds, "packages", lambda kind: None)
        (self.folder / "good_test.py").write_text("")
        (self.folder / "bad_test.py").write_text("raise SystemExit('a planted fault passed')")

    def prove(self, records, *arguments, status=0, test="good_test.py"):
        program = self.folder / "prover.py"
        program.write_text(f"import sys\nprint({json.dumps(chr(10).join(map(json.dumps, records)))})\n"
                           f"open({str(self.folder / 'arguments')!r}, 'w').write(' '.join(sys.argv[1:]))\nsys.exit({status})\n")
        self.monkeypatch.setattr(proofs, "PROVERS", (
            proofs.Prover("fake", str(program), str(self.folder / test), quick=("--quick",), full=("--full",)),))
        return self.lab("prove", *arguments)

    def test_all_as_expected(self):
        status, output = self.prove(GOOD)
        assert status == 0, output
        assert "| sorted: the list is sorted | SEG-1 | cvc5+z3 | 3.0 | holds |" in output
        assert "| mutant no_tags | SEG-1 | z3 | 1.5 | rejected (by: find_help/prev) |" in output
        assert "all as expected: 2 of 2 statements hold, 1 of 1 mutants are rejected; " in output
        assert (self.folder / "arguments").read_text() == "--full"

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
        assert (self.folder / "arguments").read_text() == "--quick"

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
        assert not (self.folder / "arguments").exists(), "no prover was begun after that"

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

