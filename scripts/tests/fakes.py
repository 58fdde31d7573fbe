"""Fake engines, which run in the process of the tests, and scripts/verify run on them."""

import json
import os
import re
import threading

import pytest

from rarena_lab import catalogue, cli, engines

VERDICTS = ["held", "violation", "incomplete", "error"]
VIOLATED = {"verdict": "violation", "iterations": 17}
FOUND = [[engines.BUG], VIOLATED]


class Ended(Exception):
    """A signal has ended a fake process."""


class FakeProcess:
    """As engines.Process. `speak` yields the lines that the engine prints, and returns its exit status."""

    def __init__(self, speak):
        self.stopped, self.number, self.status, self.said = threading.Event(), None, None, ""
        self.lines = self._run(speak)

    def _run(self, speak):
        try:
            self.status = yield from speak(self)
        except Ended:
            pass

    def sleep(self, seconds):
        if self.stopped.wait(seconds):
            raise Ended

    def signal(self, number):
        self.number = self.number or number
        self.stopped.set()

    def wait(self):
        return self.status if self.status is not None else -int(self.number)

    def errors(self):
        return self.said


def line(**value):
    return json.dumps(value) + "\n"


def option(words, name):
    return words[words.index(name) + 1] if name in words else ""


def counted(name, result, do):
    """As a checker it has counters, one execution in ten being blocked."""
    if name == "checker":
        blocked = result["iterations"] // 10
        counters = {"complete": result["iterations"] - blocked, "blocked": blocked}
        result["counters"] = counters | {"moot": 0, "bound": 0, "cut": 0} | do.get("counters", {})


def merged(words, do, result):
    shards = []
    for path in words[1:]:
        with open(path, encoding="utf-8") as file:
            shards.append(json.load(file))
    result["iterations"] = sum(shard["iterations"] for shard in shards)
    if len(shards) < shards[0]["shard"]["total"] and "verdict" not in do:
        result["verdict"] = "incomplete"
        result["message"] = f"{shards[0]['shard']['total'] - len(shards)} shards are missing"


def scripted(name, words, environment, do):
    """A run or a merge of the engine, which does what a rule says; without one it holds."""
    def speak(process):
        count = int(option(words, "--iterations") or 1000)
        if "progress" in do:
            yield line(progress=do["progress"])
            process.sleep(do.get("sleep", 0))
        if "hang" in do:
            yield line(progress={"iterations": 7, "seconds": 0.5})
            process.sleep(do["hang"])
        if "print" in do:
            yield do["print"] + "\n"
        process.said = do.get("stderr", "")
        if "kill" in do:
            process.signal(do["kill"])
            raise Ended
        result = {"verdict": do.get("verdict", "held"), "iterations": do.get("iterations", count), "seconds": 0.5,
                  "finding": ""}
        if words[0] == "merge":
            merged(words, do, result)
        elif "TEST_TOTAL_SHARDS" in environment:
            result["shard"] = {"index": int(environment["TEST_SHARD_INDEX"]), "total": int(environment["TEST_TOTAL_SHARDS"])}
        counted(name, result, do)
        finding = option(words, engines.FINDING)
        if result["verdict"] == "violation" and finding:
            result |= {"kind": "DATA RACE", "invariant": "SEG-3", "message": "two owners", "finding": finding}
            with open(finding, "w", encoding="utf-8") as file:
                json.dump({"engine": name}, file)
        result |= do.get("result", {})
        for field in do.get("without", []):
            result.pop(field)
        if option(words, "--report") and not do.get("no report"):
            with open(option(words, "--report"), "w", encoding="utf-8") as file:
                json.dump(result, file)
        if not do.get("mute"):
            yield line(result=result)
        return do.get("exit", VERDICTS.index(result["verdict"]))
    return speak


def scenario(name, freelist="optimistic", bound=2, random=101, **effort):
    return {"scenario": name, "freelist": freelist, "threads": 2, "about": f"about {name}", "not_shown": "3 threads",
            "quick": {"bound": bound, "random": random, **effort},
            "full": {"bound": bound + 1, "random": 10 * random, **effort}}


def bug(name, where, **fields):
    return {"name": name, "about": f"about {name}", "scenario": where, "freelist": "optimistic", "scheduler": "bound",
            "bound": 2, "first": 1, "iterations": 0, "invariant": "SEG-3", "expect": "violation",
            "not_found_reason": ""} | fields


def catalogue_of(listings):
    """The catalogue that the listings of the engines are made from."""
    scenarios, bugs = {}, {}
    for engine, listing in listings.items():
        if not isinstance(listing, dict):
            continue
        for row in listing.get("scenarios", []):
            entry = scenarios.setdefault(row["scenario"], {"freelists": [], "about": row["about"], "efforts": {}})
            entry["freelists"] += [row["freelist"]] if row["freelist"] not in entry["freelists"] else []
            entry["efforts"][engine] = {"quick": row["quick"], "full": row["full"]}
        for row in listing.get("bugs", []):
            entry = bugs.setdefault(row["name"], {"scenario": row["scenario"], "freelist": row["freelist"],
                                                  "about": row["about"], "found_by": {}, "not_found_by": {}})
            if row["expect"] == "violation":
                entry["found_by"][engine] = {"scheduler": row["scheduler"], "bound": row["bound"], "first": row["first"],
                                             "random": row["iterations"], "invariant": row["invariant"]}
            else:
                entry["not_found_by"][engine] = row["not_found_reason"]
    return catalogue.Catalogue(
        tuple(catalogue.Scenario(name, tuple(e["freelists"]), "a 1 | a 1", e["about"], "3 threads", e["efforts"])
              for name, e in scenarios.items()),
        tuple(catalogue.Bug(name, "code", e["about"], e["scenario"], e["freelist"], {}, e["found_by"], e["not_found_by"])
              for name, e in bugs.items()))


class FakeEngines:
    """Tests of scripts/verify; `listings` has what each engine lists, and rules what it does: [[words that must all be in the
    command, behaviour], ...], of which the first that matches wins."""

    @pytest.fixture(autouse=True)
    def fake_engines(self, tmp_path, monkeypatch, capsys):
        self.folder, self.capsys, self.monkeypatch = tmp_path, capsys, monkeypatch
        self.listings, self.rules, self.log = {}, {}, {"checker": [], "relacy": []}
        for name in ("checker", "relacy"):
            monkeypatch.setenv(f"RARENA_{name.upper()}_ENGINE", f"/fake/{name}")
            self.listings[name] = {"engine": name, "scenarios": [scenario("split"), scenario("aba")], "bugs": []}
        monkeypatch.setattr(engines, "start", self.start)
        monkeypatch.setattr(catalogue, "load", lambda: catalogue_of(self.listings))
        self.set_up()

    def set_up(self):
        pass

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self, command, environment):
        name, words = os.path.basename(command[0]), command[1:]
        if words[0] == "list":
            def speak(_process):
                listing = self.listings[name]
                yield listing if isinstance(listing, str) else json.dumps(listing)
                return 0
            return FakeProcess(speak)
        said = words + [f"{key}={text}" for key, text in environment.items() if key.startswith("TEST_")]
        self.log[name].append(said)
        rules = self.rules.get(name, []) if isinstance(self.rules, dict) else self.rules
        do = next((do for rule, do in rules if all(word in said for word in rule)), {})
        return FakeProcess(scripted(name, words, environment, do))

    def own_options(self):
        return ()

    def verify(self, status, rules, *options):
        """Runs scripts/verify, checks its exit status and that no control characters reach a pipe; returns its output."""
        self.rules = rules
        self.capsys.readouterr()
        found = cli.main(["verify", "--jobs", "2", "--findings", self.path("findings"), "--json", self.path("report.json"),
                          *self.own_options(), *options])
        out, err = self.capsys.readouterr()
        output = err + out
        assert found == status, output
        assert not re.search(r"[\x1b\r]", output)
        assert "Traceback" not in output
        return output

    def report(self):
        with open(self.path("report.json"), encoding="utf-8") as file:
            return json.load(file)

    def commands(self, engine):
        """What the engine was started with, but for list."""
        return self.log[engine]


class TwoEngines(FakeEngines):
    """The checker as ours is: exhaustive, bounds that are the last ones, counters."""

    def set_up(self):
        self.checker, self.relacy = self.listings["checker"], self.listings["relacy"]
        self.checker |= {"bounds": "last", "scenarios": [scenario("split", exhaustive=True), scenario("aba", bound=6)]}

    def bugs(self, *bugs):
        """The checker must find them exhaustively."""
        self.checker["bugs"] = [row | {"scheduler": "exhaustive", "bound": 0} for row in bugs]
        self.relacy["bugs"] = list(bugs)


class Mode:
    """Tests of an analysis on a fake checker: answer(words, process) is its result, or yields lines before it."""

    arguments = ()

    @pytest.fixture(autouse=True)
    def fake_checker(self, tmp_path, monkeypatch, capsys):
        self.folder, self.capsys, self.monkeypatch = tmp_path, capsys, monkeypatch
        monkeypatch.setenv("RARENA_CHECKER_ENGINE", "/fake/checker")
        monkeypatch.setattr(engines, "start", lambda command, _environment: FakeProcess(self.speaking(command[1:])))
        self.settings = {}
        self.set_up()

    def set_up(self):
        pass

    def speaking(self, words):
        def speak(process):
            if self.settings.get("breaks"):
                process.said = "the engine is broken"
                return 1
            told = self.answer(words)
            if isinstance(told, (list, dict)) and not (isinstance(told, dict) and "verdict" in told):
                yield json.dumps(told)
                return 0
            for progress in told.pop("spoken", []):
                yield line(progress=progress)
            yield line(result=told)
            return VERDICTS.index(told["verdict"])
        return speak

    def verify(self, *arguments, command="verify", **settings):
        """(exit status, everything that was printed)."""
        self.settings = settings
        self.capsys.readouterr()
        own = ["--findings", str(self.folder / "findings")] if command == "verify" else []
        status = cli.main([command, *self.arguments, *arguments, *own])
        out, err = self.capsys.readouterr()
        return status, err + out
