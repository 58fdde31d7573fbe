"""What the unit tests and the corpora of the fuzz targets reach of core: lines, branches and MC/DC per file, and which
conditions are neither shown to decide nor listed in fuzz/README.md."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from .basics import ROOT, CannotRun, from_root
from .fuzzing import TARGETS, call, checked, seeds_of, working_corpus_of

LAYERS = ("bump", "freelist", "arena")
TESTS = ("core/core_tests", "core/world_tests", "fuzz/reopen/fuzz_tests", "models/operations_tests",
         "fuzz/op_sequence/rapidcheck_tests")
TEST_FILE = re.compile(r"_test(_support)?\.[ch]pp$|/example/")


def programs(targets):
    """What has to be built of the preset coverage."""
    return [Path(test).name for test in TESTS] + [f"{target}_replay" for target in targets]


def coverage(targets):
    """The exit status: 1 if the conditions of all targets are not those of fuzz/README.md."""
    build, folder = ROOT / "build/coverage", ROOT / "build/coverage/report"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for test in TESTS:
        for suite in suites_of(build / test):
            profile(folder, build / test, f"--gtest_filter={suite}*-*Planted*")  # planted bugs are not core
    for target in targets:
        profile(folder, build / "fuzz" / f"{target}_replay", seeds_of(target), working_corpus_of(target))
    merged = folder / "all.profdata"
    checked("llvm-profdata-19", "merge", "-sparse", *folder.glob("*.profraw"), "-o", merged)
    programs = [build / test for test in TESTS] + [build / "fuzz" / f"{target}_replay" for target in targets]
    objects = [word for program in programs for word in ("-object", program)][1:]
    which = [f"-instr-profile={merged}", "-show-mcdc-summary", "-show-branch-summary", "-ignore-filename-regex=_test|/example/"]
    text = checked("llvm-cov-19", "report", *objects, *which, "-show-region-summary=false", ROOT / "core")
    (folder / "summary.txt").write_text(text, encoding="utf-8")
    print(text)
    exported = checked("llvm-cov-19", "export", *objects, f"-instr-profile={merged}", "-skip-expansions", ROOT / "core")
    print(branches_of(exported))
    complaints, text = judged(conditions_of(exported), listed_conditions())
    print(text)
    checked("llvm-cov-19", "show", *objects, f"-instr-profile={merged}", "-ignore-filename-regex=_test|/example/",
            "-format=html", "-show-branches=count", "-show-mcdc", f"-output-dir={folder}/html", ROOT / "core")
    print(f"{from_root(folder)}/summary.txt, {from_root(folder)}/html/index.html")
    return 1 if complaints and sorted(targets) == sorted(TARGETS) else 0


def suites_of(program):
    """Each is run as a process of its own: what a process does once, one suite would do for all, and no other see it fail."""
    listed = checked("env", "LLVM_PROFILE_FILE=/dev/null", program, "--gtest_list_tests")
    return re.findall(r"^(\S+\.)(?= *(?:#.*)?$)", listed, re.MULTILINE)


def profile(folder, program, *arguments):
    """Runs a program. Its profile is added to what its earlier runs have left, and what its children of fork leave too (%m)."""
    command = ["env", f"LLVM_PROFILE_FILE={folder}/{program.name}.%m.profraw", program, *arguments]
    result = call(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        raise CannotRun(f"{program.name}: expected that it passes, found status {result.returncode}:\n{result.stdout[-2000:]}")


def branches_of(exported):
    """How many branches of the layers under test are covered, and which are not. A template counts once for all its uses."""
    taken = {}
    for data in json.loads(exported)["data"]:
        for function in data["functions"]:
            for line, column, _, _, true, false, file, _, _ in function["branches"]:
                seen = taken.setdefault((function["filenames"][file], line, column), [0, 0])
                seen[0] += true
                seen[1] += false
    layers = [str(ROOT / "core" / layer) for layer in LAYERS]
    taken = {at: seen for at, seen in taken.items() if os.path.dirname(at[0]) in layers and not TEST_FILE.search(at[0])}
    missed = [(at, side) for at, seen in sorted(taken.items()) for side, count in zip(("true", "false"), seen) if count == 0]
    lines = [f"{', '.join(LAYERS)}: {2 * len(taken) - len(missed)} of {2 * len(taken)} branches taken "
             f"({100 - 50 * len(missed) / max(len(taken), 1):.1f} %); never:"]
    for (file, line, column), side in missed:
        source = Path(file).read_text(encoding="utf-8").splitlines()[line - 1].strip()
        lines.append(f"  {from_root(file)}:{line}:{column}: {side}: {source}")
    return "\n".join(lines)


def conditions_of(exported):
    """(file, function, condition): whether it is shown to decide, for each place. A template counts once for all its uses."""
    decides, core = {}, str(ROOT / "core") + "/"
    for function in (function for data in json.loads(exported)["data"] for function in data["functions"]):
        file = function["filenames"][0]
        if not file.startswith(core) or TEST_FILE.search(file):
            continue
        both = {tuple(branch[:4]): branch[4] > 0 and branch[5] > 0 for branch in function["branches"] if branch[6] == 0}
        for *decision, _, _, pairs in function.get("mcdc_records", []):
            begin, end = tuple(decision[:2]), tuple(decision[2:])
            inside = sorted(at for at in both if begin <= at[:2] and at[2:] <= end and at != (*begin, *end))
            if len(inside) < len(pairs):  # one is a constant here, and is no branch: the others decide if they go both ways
                pairs = [both[at] for at in inside]
            for at, pair in zip(inside, pairs, strict=True):
                key = (file, function["name"].rpartition(":")[2], at)
                decides[key] = decides.get(key, False) or pair
    names = function_names({name for _, name, _ in decides})
    places = {}
    for (file, name, at), pair in decides.items():
        places.setdefault((file, names[name], at), []).append(pair)
    conditions = {}
    for (file, name, at), pairs in places.items():
        conditions.setdefault((file.removeprefix(core), name, text_at(file, at)), []).append(any(pairs))
    return conditions


def function_names(symbols):
    """The last name of each function: no namespace, class, template argument or parameter."""
    names = {}
    for symbol, name in zip(sorted(symbols), checked("c++filt", *sorted(symbols)).splitlines(), strict=True):
        while (less := re.sub(r"<[^<>]*>|\([^()]*\)", "", name)) != name:
            name = less
        name = re.sub(r"( const)?::('lambda\d*'|\{lambda#\d+\}|\$_\d+)::operator( const)?$", "", name)
        names[symbol] = name.removesuffix(" const").rpartition("::")[2]
    return names


def text_at(file, at):
    line, column, end_line, end_column = at
    lines = Path(file).read_text(encoding="utf-8").splitlines()[line - 1:end_line]
    lines[-1] = lines[-1][:end_column - 1]
    lines[0] = lines[0][column - 1:]
    return " ".join(text.strip() for text in lines)


def listed_conditions():
    """The table of fuzz/README.md: conditions that no test and no corpus shows to decide, each for a reason."""
    text = (ROOT / "fuzz/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` `(\w+)` \| (.+?) \| .+ \|$", text, re.MULTILINE)
    return {(file, function, condition) for file, function, cell in rows for condition in re.findall("`(.+?)`", cell)}


def judged(conditions, listed):
    """What is wrong with the list, and all of it as text."""
    places = [decides for key in conditions for decides in conditions[key]]
    missing = {key for key, decides in conditions.items() if not all(decides)}
    wrong = {"not shown to decide, and not listed in fuzz/README.md": missing - listed,
             "listed in fuzz/README.md, and shown to decide": (listed & conditions.keys()) - missing,
             "listed in fuzz/README.md, and not there": listed - conditions.keys()}
    complaints = [f"{what}: {' '.join(key)}" for what, keys in wrong.items() for key in sorted(keys)]
    head = f"MC/DC: {sum(places)} of {len(places)} conditions are shown to decide; {len(missing & listed)} others are listed"
    return complaints, "\n".join([head, *complaints])
