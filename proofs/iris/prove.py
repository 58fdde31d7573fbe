#!/usr/bin/env python3
"""Checks the Iris proofs: compiles them, asks Coq for their assumptions, and has the proofs of wrong programs fail.

  proofs/iris/prove.py            all of it
      [--no-mutants]              only the theorems
      [--quick]                   not the slow files, and of the mutants only those of the first file
      [--jobs N]                  coqc processes at a time
      [--build DIR]               where compiled files go (default: build/proofs/iris)

Standard output: a JSON line per theorem {statement, theorem, ids, tool, seconds, verdict} and per mutant {mutant, fails_at,
why, error, tool, seconds, verdict}. `seconds` of a theorem is the time of its whole file. Files that others need are compiled
one after the other; then slow files and mutants, --jobs at a time (default: 2).

exit status:
  0  every theorem is proved and closed under the global context, every mutant rejected
  1  something was not
  2  wrong use
  3  coqc is missing
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from catalog import FILES, MUTANTS, SLOW, THEOREMS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIBRARY = "rarena"
CLOSED = "Closed under the global context"
# Coq's ways to take something for true, to switch a check off, or to leave a statement unproved.
FORBIDDEN = re.compile(
    r"\b(Admitted|admit|give_up|Axioms?|Parameters?|Conjectures?|Abort|bypass_check|"
    r"(?:Unset|Set)\s+(?:Guard|Positivity|Universe)\s+Checking|Declare\s+ML\s+Module)\b")


@dataclass(frozen=True)
class Compiled:
    ok: bool
    seconds: float
    output: str


def without_comments_and_strings(text):
    """The source with every comment and string blanked; newlines stay, so that line numbers do."""
    out, depth, i, in_string = [], 0, 0, False
    while i < len(text):
        pair = text[i:i + 2]
        if in_string:
            in_string = text[i] != '"'
            out.append("\n" if text[i] == "\n" else " ")
            i += 1
        elif pair == "(*":
            depth, i = depth + 1, i + 2
            out.append("  ")
        elif depth and pair == "*)":
            depth, i = depth - 1, i + 2
            out.append("  ")
        else:
            in_string = text[i] == '"'
            hidden = (depth or in_string) and text[i] != "\n"
            out.append(" " if hidden else text[i])
            i += 1
    return "".join(out)


def forbidden_words(text):
    """(line, word) of everything that a finished proof must not contain."""
    code = without_comments_and_strings(text)
    return [(code.count("\n", 0, m.start()) + 1, m.group(0)) for m in FORBIDDEN.finditer(code)]


def coqc(source, build, output):
    """Compiles `source`; other files of the library are found in `build`."""
    start = time.monotonic()
    run = subprocess.run(["coqc", "-q", "-Q", str(build), LIBRARY, "-o", str(output), str(source)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=build)
    return Compiled(run.returncode == 0, round(time.monotonic() - start, 1), run.stdout)


def proof_at(text, line):
    """The name of the lemma or theorem whose proof script contains this line, or None if the line is in no proof script."""
    name, in_script = None, False
    for number, content in enumerate(without_comments_and_strings(text).split("\n"), 1):
        if found := re.match(r"\s*(?:Global Instance|Lemma|Theorem)\s+([\w']+)", content):
            name, in_script = found.group(1), False
        if re.match(r"\s*Proof\b", content):
            in_script = True
        if number == line:
            return name if in_script else None
        if re.search(r"\bQed\.", content):
            name, in_script = None, False
    return None


def assumptions(names, build):
    """name -> what Print Assumptions says of it; `names` are qualified by their file."""
    files = dict.fromkeys(name.split(".")[0] for name in names)
    query = [f"From {LIBRARY} Require {' '.join(files)}."]
    for name in names:
        query += [f'Goal True. idtac "@@ {name}". exact I. Qed.', f"Print Assumptions {LIBRARY}.{name}."]
    source = build / "assumptions.v"
    source.write_text("\n".join(query) + "\n", encoding="utf-8")
    output = coqc(source, build, build / "assumptions.vo").output
    said = dict.fromkeys(names, "")
    for part in output.split("@@ ")[1:]:
        name, _, rest = part.partition("\n")
        said[name.strip()] = rest.strip()
    return said


def compile_files(files, sources, build):
    """file -> Compiled, as far as the first failure; a file with a forbidden word is not compiled."""
    done = {}
    for file in files:
        text = (sources / f"{file}.v").read_text(encoding="utf-8")
        if words := forbidden_words(text):
            done[file] = Compiled(False, 0.0, "; ".join(f"{file}.v:{line}: {word}" for line, word in words))
            break
        copy = build / f"{file}.v"
        copy.write_text(text, encoding="utf-8")
        done[file] = coqc(copy, build, build / f"{file}.vo")
        if not done[file].ok:
            break
    return done


def check_theorems(theorems, files, sources, build):
    """One report per theorem."""
    done = compile_files(files, sources, build)
    complete = all(file in done and done[file].ok for file in files)
    said = assumptions([f"{t.file}.{t.name}" for t in theorems], build) if complete else {}
    failure = "" if complete else next(c.output for c in done.values() if not c.ok)
    for theorem in theorems:
        found = said.get(f"{theorem.file}.{theorem.name}", "")
        report = {"statement": theorem.statement, "theorem": theorem.name, "ids": list(theorem.ids), "tool": "iris",
                  "seconds": done[theorem.file].seconds if theorem.file in done else 0.0,
                  "verdict": "proved" if found == CLOSED else "failed"}
        if report["verdict"] == "failed":
            report["because"] = (found or failure or "no answer")[-600:]
        yield report


def check_mutant(mutant, sources, build):
    """Rejected: the file with the wrong program fails, and it fails inside the script of the proof that was named."""
    text = (sources / f"{mutant.file}.v").read_text(encoding="utf-8")
    report = {"mutant": mutant.name, "fails_at": None, "why": mutant.why, "tool": "iris", "seconds": 0.0, "verdict": "failed"}
    if text.count(mutant.old) != 1:
        return report | {"because": f"the text to replace occurs {text.count(mutant.old)} times"}
    changed = text.replace(mutant.old, mutant.new)
    folder = build / "mutants" / mutant.name
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{mutant.file}.v"
    source.write_text(changed, encoding="utf-8")
    run = coqc(source, build, folder / f"{mutant.file}.vo")
    report["seconds"] = run.seconds
    if run.ok:
        return report | {"verdict": "accepted", "because": "the proofs still go through"}
    # coqc stops at the first error, so a failure inside a proof script means that the program and the statement compiled.
    place = re.search(r'^File "[^"]*", line (\d+), characters', run.output, re.MULTILINE)
    report["fails_at"] = proof_at(changed, int(place.group(1))) if place else None
    report["error"] = " ".join(run.output.partition("Error:")[2].split())[:200]
    if report["fails_at"] != mutant.fails_at or "Syntax error" in run.output:
        return report | {"because": run.output[-600:]}
    return report | {"verdict": "rejected"}


def checks(options, build):
    """Groups of reports: of the files that others need, then, if these are proved, of everything that needs only them."""
    def of_files(files):
        return list(check_theorems([theorem for theorem in THEOREMS if theorem.file in files], files, HERE, build))

    base = of_files([file for file in FILES if file not in SLOW])
    yield base
    if any(report["verdict"] != "proved" for report in base):
        return
    mutants = [] if options.no_mutants else [one for one in MUTANTS if not options.quick or one.file == FILES[0]]
    with ThreadPoolExecutor(options.jobs) as pool:
        slow = [] if options.quick else [pool.submit(of_files, [file]) for file in SLOW]
        for done in slow + [pool.submit(lambda one: [check_mutant(one, HERE, build)], one) for one in mutants]:
            yield done.result()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-mutants", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "proofs" / "iris")
    options = parser.parse_args()
    if shutil.which("coqc") is None:
        print("coqc is missing: apt-get install coq libcoq-iris libcoq-stdpp", file=sys.stderr)
        return 3
    build = options.build.resolve()
    build.mkdir(parents=True, exist_ok=True)
    good = True
    for reports in checks(options, build):
        for report in reports:
            good = good and report["verdict"] in ("proved", "rejected")
            print(json.dumps(report), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
