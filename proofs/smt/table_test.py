#!/usr/bin/env python3
"""Tests of the table of proofs/README.md, which names functions of core and transitions of the proof. No solver is asked.

Run: python3 proofs/smt/table_test.py
"""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import table  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent


def text_of(path):
    file = Path(ROOT, path)
    return file.read_text() if file.is_file() else None


class Table(unittest.TestCase):
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


if __name__ == "__main__":
    unittest.main()
