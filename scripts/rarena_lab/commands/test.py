"""scripts/test: sets up what is missing, builds, tests."""

import click

from .. import builds, testing
from ..basics import INTERRUPTED
from ..options import Known, OneOf, command

STATUSES = {0: "all passed", 1: "something failed; a build that fails counts as one test", 2: "wrong use", 3: "set-up failed",
            INTERRUPTED: "interrupted, and nothing had failed; what had ended is counted"}


def labels():
    """Of a build that is there; without one, what cannot be known cannot be wrong."""
    return sorted({label for _, label in testing.labels()})


class Label(Known):
    def convert(self, value, param, ctx):
        known = labels()
        return value if not known or value in known or any(mark in value for mark in "^$|()[].*+?") else super().convert(value,
                                                                                                                         param,
                                                                                                                         ctx)


@command("test", STATUSES, short_help="Build and run the tests; also scripts/test.")
@click.option("--quick", is_flag=True, help="tidy and dev.")
@click.option("--full", is_flag=True, help="Every step, and the known bugs of stress under the sanitizers, too.")
@click.option("--step", type=OneOf(list(testing.STEPS)), metavar="NAME", help="That step alone (--list).")
@click.option("--label", type=Label("a label of the tests", labels), metavar="LABEL",
              help="Of dev, the tests whose label matches, as "
              "unit, model, checker, relacy, schedule, stress, install or scripts.")
@click.option("--clang-tidy", is_flag=True, help="The default steps, and clang-tidy.")
@click.option("--resume", is_flag=True, help="Do not run again what has passed on the same files.")
@click.option("--list", "list_", is_flag=True, help="Print the steps, and the labels of what is built; builds nothing.")
def command(quick, full, step, label, clang_tidy, resume, list_):
    """Builds and runs the tests: the steps tidy, proofs, dev, asan and tsan. A table of the steps is printed; the last line is
    `N passed, N failed`: the tests of ctest over all steps, and tidy, clang-tidy and proofs as one each.
    """
    chosen = [name for name, given in (("--quick", quick), ("--full", full), ("--step", step), ("--label", label),
                                       ("--clang-tidy", clang_tidy)) if given]
    if len(chosen) > 1 and sorted(chosen) != ["--full", "--step"] and (chosen != ["--step", "--label"] or step != "dev"):
        raise click.UsageError(f"expected one of {', '.join(chosen)}, found {len(chosen)}")
    if list_:
        print("\n".join(f"step: {name:12} {about}" for name, about in testing.STEPS.items()))
        print("\n".join(f"label of {preset}: {name}" for preset, name in testing.labels()))
        return 0
    builds.packages()
    if step or label:
        steps = [step or "dev"]
    elif full:
        steps = list(testing.STEPS)
    else:
        steps = ["tidy", "dev"] if quick else [name for name in testing.STEPS if name in testing.DEFAULT or
                                               clang_tidy and name == "clang-tidy"]
    tests = testing.Tests(steps, label or "", full, resume)
    return tests.report(tests.run())
