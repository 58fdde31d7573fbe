"""Whether the program bench has the workloads and peers of stress/bench/catalogue.json, and no others.

    python3 -m rarena_lab.benchmark_names PROGRAM      exit status 0: it has; 1: it has not; 3: it could not run
"""

import re
import subprocess
import sys

from .benchmarks import NAME, catalogue

LEFT_OUT = re.compile(r"^([a-z0-9-]+) is left out: ", re.MULTILINE)


def faults(listed, said):
    """Lines about a list of benchmarks; `said` is what the program said of peers that are not there."""
    names = [NAME.fullmatch(line) for line in listed.split()]
    if None in names or not names:
        yield f"expected names of benchmarks, found {listed[:200]!r}"
        return
    without = set(LEFT_OUT.findall(said))
    for kind in ("workload", "peer"):
        there, known = {name[kind] for name in names}, set(catalogue()[f"{kind}s"])
        yield from (f"{kind} {name}: expected in the catalogue, found only in the program" for name in sorted(there - known))
        yield from (f"{kind} {name}: expected in the program, found only in the catalogue"
                    for name in sorted(known - there - without))


def main(words):
    try:
        done = subprocess.run([words[0], "--benchmark_list_tests"], capture_output=True, text=True, check=True)
    except (IndexError, OSError, subprocess.CalledProcessError) as error:
        print(f"could not run: {error}", file=sys.stderr)
        return 3
    found = list(faults(done.stdout, done.stderr))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
