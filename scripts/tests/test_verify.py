#!/usr/bin/env python3
"""Tests of scripts/verify with a fake engine, and of scripts/repro. Run: python3 scripts/lib/verify_test.py

What concerns the two engines together, and shards: verify_engines_test.py.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import verify_plan  # noqa: E402
import verify_report  # noqa: E402
from verify_fake import FOUND, FakeEngines, bug, scenario  # noqa: E402


class VerifyTest(FakeEngines):
    """One engine."""

    def setUp(self):
        super().setUp()
        self.listing = self.listings["relacy"]
        self.log = self.path("relacy", "log")

    def start(self, rules, *options, **popen):
        self.listings = {"relacy": self.listing}
        return super().start(rules, "--engine", "relacy", *options, **popen)

    def commands(self, engine="relacy"):
        return super().commands(engine)

    def test_all_held(self):
        output = self.verify(0, [])
        self.assertIn("bound 1..2 + random 101", output)
        self.assertIn("load buffering", output)
        self.assertRegex(output.splitlines()[-1], r"^all held: 2 scenario runs \(\d+ s\)$")
        self.assertEqual(len(self.commands()), 2 * (2 + 2))

    def test_corpus_bug_must_violate_the_named_invariant(self):
        self.listing["corpus"] = [bug("no_tags", "aba", invariant="PRG-1")]
        output = self.verify(1, [FOUND], "--corpus-only")
        self.assertIn("expected a violation of PRG-1, found one of SEG-3", output)

    def test_one_bug(self):
        self.listing["corpus"] = [bug("no_tags", "aba"), bug("no_helping", "split")]
        output = self.verify(0, [FOUND], "--bug", "no_helping")
        self.assertRegex(output.splitlines()[-1], r"^all held: 1 corpus bugs found")
        self.assertIn('unknown bug "no_tag"; known: no_tags, no_helping', self.verify(3, [], "--bug", "no_tag"))

    def test_violation_stops_its_scenario_only(self):
        output = self.verify(1, [[["split", "--bound", "1"], {"verdict": "violation", "iterations": 17}]])
        replay = [line.split() for line in output.splitlines() if "replay:" in line][-1]
        self.assertTrue(replay[1].endswith("scripts/repro"))
        self.assertTrue(os.path.isfile(replay[2]))
        self.assertIn("DATA RACE (SEG-3): two owners", output)
        self.assertRegex(output.splitlines()[-1], r"^VIOLATION: 1 of 2 scenario runs held")
        self.assertEqual([command[6:8] for command in self.commands() if "split" in command], [["bound", "--bound"]])
        self.assertEqual(len([command for command in self.commands() if "aba" in command]), 4)
        self.assertEqual(self.report()["engines"][0]["scenarios"][0]["jobs"][0]["artifact"], replay[2])

    def test_violation_ends_the_other_shards(self):
        rules = [[["split", "random", "--first", "1"], {"verdict": "violation"}], [["split", "random"], {"hang": 60}]]
        self.verify(1, rules, "--scenario", "split")
        self.assertEqual(self.report()["engines"][0]["scenarios"][0]["jobs"][3]["verdict"], "stopped")

    def test_violation_without_artifact_is_said(self):
        result = {"result": {"verdict": "violation", "iterations": 1, "seconds": 0}}
        output = self.verify(1, [[["split", "bound"], {"print": json.dumps(result), "mute": True, "exit": 1}]])
        self.assertIn("the engine left no artifact", output)

    def test_incomplete(self):
        output = self.verify(2, [[["split", "bound"], {"verdict": "incomplete"}]])
        self.assertIn("bound 0 of 2 + random 101", output)
        self.assertRegex(output.splitlines()[-1], r"^INCOMPLETE: 1 of 2 scenario runs held")

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start([[["split", "bound"], {"hang": 60}]],
                                 preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
            deadline = time.monotonic() + 30
            while not os.path.exists(self.log) and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)
            process.send_signal(number)
            output = process.communicate(timeout=30)[0]
            self.assertEqual(process.returncode, 2, output)
            self.assertRegex(output.splitlines()[-1], "^INCOMPLETE: ")
            self.assertIn("does not show", output)
            self.assertEqual(self.report()["exit_status"], 2)
            os.remove(self.log)

    def test_broken_engine_is_never_held(self):
        result = json.dumps({"result": {"verdict": "held", "iterations": 1000, "seconds": 1}})
        cases = [({"kill": signal.SIGKILL, "stderr": "out of memory"}, "SIGKILL", "out of memory"),
                 ({"kill": signal.SIGSEGV, "print": result}, "verdict held", "SIGSEGV"),
                 ({"exit": 0, "mute": True}, "ended with status 0 and printed no result"),
                 ({"exit": 1}, "verdict held (status 0) but ended with status 1"),
                 ({"print": "Segmentation fault"}, "expected a JSON line, found 'Segmentation fault'"),
                 ({"print": "[1]"}, "expected a progress or a result line"),
                 ({"print": result}, "more output after the result line"),
                 ({"verdict": "held", "iterations": 0}, "held after 0 of 1 iterations"),
                 ({"print": '{"result": {"verdict": "fine", "iterations": 1, "seconds": 1}}'}, 'verdict "fine"'),
                 ({"print": '{"result": {"verdict": "held", "iterations": "1", "seconds": 1}}'}, 'field "iterations"'),
                 ({"verdict": "error", "stderr": "no such scheduler"}, "no such scheduler")]
        for behaviour, *texts in cases:
            with self.subTest(behaviour):
                output = self.verify(3, [[["split", "--bound", "2"], behaviour]])
                for text in texts:
                    self.assertIn(text, output)
                self.assertRegex(output.splitlines()[-1], "^COULD NOT RUN: 1 of 2 scenario runs held")
                self.assertEqual([row["verdict"] for row in self.report()["engines"][0]["scenarios"]], ["error", "held"])

    def test_short_random_run_is_not_held(self):
        self.assertIn("held after 50 of 51", self.verify(3, [[["split", "random"], {"iterations": 50}]]))

    def test_silent_engine(self):
        output = self.verify(3, [[["split", "--bound", "1"], {"hang": 60}]], "--silence", "1")
        self.assertIn("printed nothing for 1 s", output)

    def test_violation_outranks_a_crash(self):
        self.verify(1, [[["split"], {"verdict": "violation"}], [["aba"], {"kill": signal.SIGKILL}]])

    def test_no_engine_or_bad_listing(self):
        row = scenario("split")
        for listing, text in [("garbage", "did not print JSON"), ({"engine": "relacy"}, 'expected a field "scenarios"'),
                              ({"engine": "relacy", "scenarios": [row, row], "corpus": []}, "listed twice"),
                              ({"engine": "relacy", "scenarios": [scenario("a", bound=0, random=0)], "corpus": []},
                               "runs nothing"),
                              ({"engine": "relacy", "scenarios": [], "corpus": []}, "nothing to run"),
                              ({"engine": "relacy", "scenarios": [scenario("a", freelist="odd")], "corpus": []}, '"odd"'),
                              ({"engine": "relacy", "scenarios": [], "corpus": [bug("b", "a", expect="not_found")]},
                               "needs a not_found_reason")]:
            self.listing = listing
            self.assertIn(text, self.verify(3, []))
        os.remove(self.path("relacy", "engine"))
        self.assertIn("cannot start the engine", self.verify(3, []))

    def test_bad_options(self):
        output = self.verify(3, [], "--scenario", "spilt")
        self.assertIn('unknown scenario "spilt"; known: split, aba', output)
        for options in (["--jobs", "0"], ["--seed", "x"], ["--odd"], ["--quick", "--full"], ["--freelist", "odd"],
                        ["--freelist", "pessimistic"], ["--json", "/nonexistent/report.json"]):
            self.verify(3, [], *options)
        self.assertFalse(os.path.exists(self.log))

    def test_selection_and_list(self):
        self.listing["scenarios"].append(scenario("split", "pessimistic"))
        self.listing["corpus"] = [bug("no_tags", "aba")]
        output = self.verify(0, [], "--list")
        for text in ("about split", "pessimistic", "bound 1..2 + random 101", "bound 1..3 + random 1k", "no_tags"):
            self.assertIn(text, output)
        self.assertFalse(os.path.exists(self.log))
        self.verify(0, [FOUND], "--scenario", "split", "--freelist", "pessimistic", "--full")
        self.assertEqual({(command[2], command[4]) for command in self.commands()}, {("split", "pessimistic")})
        self.assertEqual([row["scenario"] for row in self.report()["engines"][0]["scenarios"]], ["split"])

    def test_corpus_found_and_twin_reused(self):
        self.listing["corpus"] = [bug("no_tags", "aba"),
                                  bug("late", "aba", scheduler="random", bound=0, iterations=100, first=9),
                                  bug("weak", "aba", expect="not_found", not_found_reason="needs load buffering: the checker")]
        output = self.verify(0, [FOUND])
        self.assertRegex(output, r"no_tags +aba +optimistic +bound 2 +17  SEG-3 +held 1k\*\n")
        self.assertRegex(output, r"late +aba +optimistic +random 9..108 +17  SEG-3 +held 101\*\n")
        self.assertIn("[1] relacy: needs load buffering: the checker", output)
        self.assertIn("all held: 2 scenario runs, 2 corpus bugs found, 1 listed as not findable", output)
        self.assertEqual(len(self.commands()), 2 * 4 + 2)

    def test_twin_runs_where_nothing_covers_it(self):
        self.listing["corpus"] = [bug("no_tags", "aba", bound=3), bug("same", "aba", bound=3), bug("other", "aba", bound=2)]
        output = self.verify(0, [FOUND])
        self.assertRegex(output, r"no_tags .* 17  SEG-3  held 1k\n")
        self.assertRegex(output, r"same .* 17  SEG-3  held 1k\*\n")
        self.assertEqual(len(self.commands()), 2 * 4 + 3 + 1)
        self.verify(0, [FOUND], "--corpus-only")
        self.assertEqual(len(self.commands()), 2 * 4 + 4 + 3 + 1)
        self.assertEqual([row["engines"]["relacy"]["twin"]["reused"] for row in self.report()["corpus"]], [False, True, True])

    def test_corpus_bug_not_found(self):
        self.listing["corpus"] = [bug("no_tags", "aba"), bug("other", "aba")]
        output = self.verify(1, [[["no_tags"], {}], FOUND])
        self.assertIn("NOT FOUND: relacy aba optimistic bound 2 with no_tags", output)
        self.assertIn("CORPUS BUG NOT FOUND: 2 scenario runs, 1 of 2 corpus bugs found", output)

    def test_twin_fails(self):
        self.listing["corpus"] = [bug("no_tags", "aba")]
        output = self.verify(1, [FOUND, [["aba"], {"verdict": "violation"}]], "--corpus-only")
        self.assertIn("FAILED", output)
        self.assertIn("VIOLATION: 1 corpus bugs found, 1 without a twin that held", output)
        self.assertIn("replay:", output)

    def test_corpus_crash_and_incomplete(self):
        self.listing["corpus"] = [bug("no_tags", "aba")]
        self.verify(3, [[["no_tags"], {"kill": signal.SIGKILL}]])
        self.verify(2, [[["no_tags"], {"verdict": "incomplete"}]])
        self.verify(3, [FOUND, [["aba"], {"kill": signal.SIGKILL}]], "--corpus-only")

    def test_json(self):
        self.listing["corpus"] = [bug("no_tags", "aba")]
        self.verify(0, [FOUND], "--seed", "1000", "--random-shards", "3")
        report = self.report()
        self.assertEqual([report[name] for name in ("mode", "seed", "random_shards", "verdict", "exit_status")],
                         ["quick", 1000, 3, "held", 0])
        jobs = report["engines"][0]["scenarios"][0]["jobs"]
        self.assertEqual([job["bound"] for job in jobs if job["scheduler"] == "bound"], [1, 2])
        self.assertEqual([(job["first"], job["last"]) for job in jobs if job["scheduler"] == "random"],
                         [(1000, 1033), (1034, 1067), (1068, 1100)])
        self.assertEqual({job["verdict"] for job in jobs}, {"held"})
        self.assertEqual(report["engines"][0]["scenarios"][0]["iterations"], 2 * 1000 + 101)
        entry = report["corpus"][0]["engines"]["relacy"]
        self.assertEqual((entry["mutant"]["verdict"], entry["mutant"]["invariant"], entry["twin"]["verdict"]),
                         ("violation", "SEG-3", "held"))
        self.assertTrue(os.path.isfile(entry["mutant"]["artifact"]))

    def test_shards_are_disjoint_and_cover(self):
        for first, count, parts in [(1, 10, 3), (5, 2, 4), (1, 200000, 7), (9, 1, 1), (1, 0, 2)]:
            ranges = verify_plan.shards(first, count, parts)
            self.assertEqual([seed for start, size in ranges for seed in range(start, start + size)],
                             list(range(first, first + count)))
            self.assertTrue(all(size > 0 for _, size in ranges) and len(ranges) == min(parts, count))

    def test_terminal_has_one_status_line(self):
        output = self.on_terminal([[["split", "--bound", "1"], {"hang": 1}]])
        self.assertIn(b"\r\x1b[K", output)
        self.assertIn(b"jobs done; relacy split optimistic bound 1", output)
        self.assertNotIn(b"aba optimistic bound 2: held", output)

    def test_human(self):
        self.assertEqual([verify_report.human(number) for number in (0, 999, 1000, 9440, 128000, 999999, 5000000, 3e12)],
                         ["0", "999", "1k", "9.4k", "128k", "1M", "5M", "3000G"])


class ScriptsTest(unittest.TestCase):
    """scripts/verify and scripts/repro in a copy of the tree whose set-up only says that it was called."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        scripts = os.path.join(self.folder, "scripts")
        shutil.copytree(os.path.dirname(HERE), scripts, ignore=shutil.ignore_patterns("__pycache__"))
        with open(os.path.join(scripts, "lib", "setup.sh"), "w", encoding="utf-8") as file:
            file.write(f'rarena_root={self.folder}\nrarena_setup() {{ echo setup; }}\n'
                       'rarena_build() { echo "build $*"; [[ -z ${FAIL:-} ]] || return 3; }\n')

    def run_script(self, status, *words, **environment):
        environment = {name: text for name, text in os.environ.items() if not name.startswith("RARENA_")} | environment
        done = subprocess.run([os.path.join(self.folder, "scripts", words[0]), *words[1:]], cwd="/", env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)
        return path

    def test_verify(self):
        self.assertIn("setup\nbuild dev checker_engine relacy_engine\nverify: could not run: cannot start",
                      self.run_script(3, "verify"))
        self.assertNotIn("verify:", self.run_script(3, "verify", FAIL="1"))
        self.assertIn("usage: scripts/verify", self.run_script(0, "verify", "--help"))
        self.assertNotIn("build", self.run_script(3, "verify", "--odd"))

    def test_verify_builds_what_it_runs(self):
        program = self.write("engine", "#!/bin/sh\nexit 1\n")
        self.assertIn("build dev relacy_engine\n", self.run_script(3, "verify", "--engine", "relacy"))
        self.assertIn("build dev checker_engine\n", self.run_script(3, "verify", "--engine=checker"))
        self.assertIn("build dev checker_engine\n", self.run_script(3, "verify", RARENA_RELACY_ENGINE=program))
        self.assertNotIn("build dev", self.run_script(3, "verify", RARENA_RELACY_ENGINE=program, RARENA_CHECKER_ENGINE=program))

    def test_repro(self):
        for engine, folder in (("relacy", "relacy"), ("checker", "checker_engine")):
            self.write(f"build/dev/models/{folder}/{engine}_engine", "#!/bin/sh\necho $1 $2\nexit 1\n")
            artifact = self.write(f"a {engine}.json", json.dumps({"engine": engine}))
            self.assertEqual(self.run_script(1, "repro", artifact), f"setup\nbuild dev {engine}_engine\nrepro {artifact}\n")
            override = {f"RARENA_{engine.upper()}_ENGINE": "/bin/false"}
            self.assertEqual(self.run_script(1, "repro", artifact, **override), "")
            self.assertNotIn("repro ", self.run_script(3, "repro", artifact, FAIL="1"))

    def test_repro_refuses(self):
        for words, text in [([], "found 0 arguments"), (["/nonexistent"], "no such file"),
                            ([self.folder], "cannot read"), ([self.write("x", "{")], "expected a JSON object"),
                            ([self.write("x2", "[]")], 'field "engine"'),
                            ([self.write("x3", '{"engine": "odd"}')], '"odd"; known')]:
            output = self.run_script(3, "repro", *words)
            self.assertIn(text, output)
            self.assertNotIn("Traceback", output)


if __name__ == "__main__":
    unittest.main()
