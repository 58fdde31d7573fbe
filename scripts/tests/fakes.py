"""Fake engines for the tests of scripts/verify, and the ways to run it on them."""

import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))

# Behaves as plan.json beside it says: {"listing": ..., "rules": [[words that must all be in the command, behaviour], ...]}.
# The first rule that matches wins; without one a run holds. Each command, with what the environment says of shards, is
# logged as one JSON line. As a checker it has counters, one execution in ten being blocked.
ENGINE = '''
import json, os, signal, sys, time
here, args = os.path.dirname(os.path.abspath(__file__)), sys.argv[1:]
plan = json.load(open(os.path.join(here, "plan.json")))
if args[0] == "list":
    print(plan["listing"] if isinstance(plan["listing"], str) else json.dumps(plan["listing"]))
    sys.exit(0)
if args[0] == "repro":
    print("history of", args[1])
    sys.exit(1)
name = plan["listing"]["engine"]
words = args + [f"{key}={text}" for key, text in os.environ.items() if key.startswith("TEST_")]
with open(os.path.join(here, "log"), "a") as log:
    log.write(json.dumps(words) + "\\n")
do = next((rule for rule_words, rule in plan["rules"] if all(word in words for word in rule_words)), {})
option = lambda name: args[args.index(name) + 1] if name in args else ""
count = int(option("--iterations") or 1000)
if "progress" in do:
    print(json.dumps({"progress": do["progress"]}), flush=True)
    time.sleep(do.get("sleep", 0))
if "hang" in do:
    print(json.dumps({"progress": {"iterations": 7, "seconds": 0.5}}), flush=True)
    time.sleep(do["hang"])
if "print" in do:
    print(do["print"], flush=True)
if "stderr" in do:
    print(do["stderr"], file=sys.stderr, flush=True)
if "kill" in do:
    os.kill(os.getpid(), do["kill"])
verdict = do.get("verdict", "held")
result = {"verdict": verdict, "iterations": do.get("iterations", count), "seconds": 0.5, "artifact": ""}
if args[0] == "merge":
    shards = [json.load(open(path)) for path in args[1:]]
    result["iterations"] = sum(shard["iterations"] for shard in shards)
    if len(shards) < shards[0]["shard"]["total"] and "verdict" not in do:
        verdict = result["verdict"] = "incomplete"
        result["message"] = f"{shards[0]['shard']['total'] - len(shards)} shards are missing"
elif "TEST_TOTAL_SHARDS" in os.environ:
    result["shard"] = {"index": int(os.environ["TEST_SHARD_INDEX"]), "total": int(os.environ["TEST_TOTAL_SHARDS"])}
if name == "checker":
    blocked = result["iterations"] // 10
    counters = {"complete": result["iterations"] - blocked, "blocked": blocked}
    result["counters"] = counters | {"moot": 0, "bound": 0, "cut": 0} | do.get("counters", {})
if verdict == "violation" and option("--artifact"):
    result |= {"kind": "DATA RACE", "invariant": "SEG-3", "message": "two owners", "artifact": option("--artifact")}
    with open(option("--artifact"), "w") as file:
        json.dump({"engine": name}, file)
result |= do.get("result", {})
for field in do.get("without", []):
    result.pop(field)
if option("--report") and not do.get("no report"):
    json.dump(result, open(option("--report"), "w"))
if not do.get("mute"):
    print(json.dumps({"result": result}), flush=True)
sys.exit(do.get("exit", ["held", "violation", "incomplete", "error"].index(verdict)))
'''

VIOLATED = {"verdict": "violation", "iterations": 17}
FOUND = [["--mutant"], VIOLATED]


def scenario(name, freelist="optimistic", bound=2, random=101, **effort):
    return {"scenario": name, "freelist": freelist, "threads": 2, "about": f"about {name}", "not_shown": "3 threads",
            "quick": {"bound": bound, "random": random, **effort},
            "full": {"bound": bound + 1, "random": 10 * random, **effort}}


def bug(name, where, **fields):
    return {"name": name, "about": f"about {name}", "scenario": where, "freelist": "optimistic", "scheduler": "bound",
            "bound": 2, "first": 1, "iterations": 0, "invariant": "SEG-3", "expect": "violation",
            "not_found_reason": ""} | fields


class FakeEngines(unittest.TestCase):
    """Fake engines in a folder of their own; `listings` has what each of them lists."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = dict(os.environ)
        self.listings = {}
        for name in ("checker", "relacy"):
            os.mkdir(self.path(name))
            program = self.path(name, "engine")
            with open(program, "w", encoding="utf-8") as file:
                file.write(f"#!{sys.executable}\n{ENGINE}")
            os.chmod(program, 0o755)
            self.environment[f"RARENA_{name.upper()}_ENGINE"] = program
            self.listings[name] = {"engine": name, "scenarios": [scenario("split"), scenario("aba")], "corpus": []}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self, rules, *options, **popen):
        """Starts verify.py; `rules` is of every engine, or of each by its name."""
        for name, listing in self.listings.items():
            own = rules.get(name, []) if isinstance(rules, dict) else rules
            with open(self.path(name, "plan.json"), "w", encoding="utf-8") as file:
                json.dump({"listing": listing, "rules": own}, file)
        words = [sys.executable, os.path.join(HERE, "verify.py"), "--jobs", "2", "--artifacts", self.path("artifacts"),
                 "--json", self.path("report.json"), *options]
        popen = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": self.environment} | popen
        return subprocess.Popen(words, **popen)

    def verify(self, status, rules, *options):
        """Runs verify.py, checks its exit status and that no control characters reach a pipe; returns its output."""
        process = self.start(rules, *options)
        output = process.communicate(timeout=60)[0]
        self.assertEqual(process.returncode, status, output)
        self.assertNotRegex(output, r"[\x1b\r]")
        self.assertNotIn("Traceback", output)
        return output

    def on_terminal(self, rules, *options):
        """What a terminal gets from verify.py when all holds, in bytes."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
        process = self.start(rules, *options, stdout=theirs, stderr=theirs, text=False)
        os.close(theirs)
        output = b""
        try:
            while chunk := os.read(ours, 4096):
                output += chunk
        except OSError:  # how a pseudo-terminal reports its end
            pass
        os.close(ours)
        self.assertEqual(process.wait(timeout=30), 0)
        return output

    def report(self):
        with open(self.path("report.json"), encoding="utf-8") as file:
            return json.load(file)

    def commands(self, engine):
        """What the engine was started with, but for list."""
        if not os.path.exists(self.path(engine, "log")):
            return []
        with open(self.path(engine, "log"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]


class TwoEngines(FakeEngines):
    """The checker as ours is: exhaustive, bounds that are the last ones, counters."""

    def setUp(self):
        super().setUp()
        self.checker, self.relacy = self.listings["checker"], self.listings["relacy"]
        self.checker |= {"bounds": "last", "scenarios": [scenario("split", exhaustive=True), scenario("aba", bound=6)]}

    def corpus(self, *bugs):
        """The checker must find them exhaustively."""
        self.checker["corpus"] = [row | {"scheduler": "exhaustive", "bound": 0} for row in bugs]
        self.relacy["corpus"] = list(bugs)
