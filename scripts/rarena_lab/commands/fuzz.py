"""scripts/lab fuzz: libFuzzer over the targets of fuzz/, RapidCheck, and what the tests reach of core."""

import os
import re
from types import SimpleNamespace

import click

from .. import builds, catalogue, coverage, fuzzing
from ..basics import INTERRUPTED, not_known
from ..options import Group, Known, OneOf, at_least_one, command as plain, context_settings

NOTHING = {0: "nothing was found", 1: "something was found", 2: "wrong use", 3: "could not run",
           INTERRUPTED: "interrupted, and nothing had been found"}
TARGET = click.argument("target", metavar="TARGET", type=Known("a target", lambda: fuzzing.TARGETS))
SANITIZER = click.option("--sanitizer", type=OneOf(list(fuzzing.PRESETS)), default="address",
                         help="address (with undefined; the default) or memory.")


class Scheduled(click.ParamType):
    """SCENARIO:FREELIST[:BUG]."""

    name = "scenario"

    def convert(self, value, param, ctx):
        known = catalogue.load()
        if not re.fullmatch(r"[^:]+:[^:]+(:[^:]+)?", value):
            self.fail(f"expected SCENARIO:FREELIST or SCENARIO:FREELIST:BUG, found '{value}'", param, ctx)
        names = value.split(":")
        for what, name, names_known in zip(("a scenario", "a freelist", "a known bug"), names,
                                           (known.scenario_names, catalogue.FREELISTS, known.bug_names)):
            if name not in names_known:
                self.fail(not_known(what, name, list(names_known)), param, ctx)
        return value


SCENARIO = click.option("--scenario", type=Scheduled(), metavar="SCENARIO:FREELIST[:BUG]",
                        help=f"Of the target schedule: what is scheduled (default: {fuzzing.DEFAULT_SCENARIO}).")


def check_scenario(target, scenario):
    """What is scheduled, or an empty text."""
    if scenario and target != "schedule":
        raise click.UsageError(f"--scenario: expected the target schedule, found {target}")
    return scenario or ""


class Fuzz(Group):
    """`fuzz TARGET` is `fuzz run TARGET`."""

    def parse_args(self, context, arguments):
        if arguments and arguments[0] in fuzzing.TARGETS:
            arguments = ["run", *arguments]
        return super().parse_args(context, arguments)

    def names(self):
        return [*fuzzing.TARGETS, *self.commands]


@click.group("fuzz", cls=Fuzz, short_help="Fuzz with libFuzzer and RapidCheck; measure coverage.",
             context_settings=context_settings())
def command():
    """libFuzzer over the targets of fuzz/, RapidCheck, and what the tests reach of core. `fuzz TARGET` is `fuzz run TARGET`.
    What is found replays, shrinks and becomes a test by the commands replay, shrink and promote. Each command below has exit
    statuses of its own.
    """


def subcommand(name, statuses, **more):
    def add(function):
        made = plain(name, statuses, **more)(function)
        command.add_command(made)
        return made
    return add


@subcommand("list", {0: "listed"}, short_help="The targets; builds nothing.")
def list_():
    """Prints the targets, and how many seeds they have."""
    print("\n".join(fuzzing.list_lines()))
    return 0


@subcommand("run", NOTHING, short_help="Fuzz a target.")
@TARGET
@at_least_one("--seconds", default=60, help="Default: 60.")
@at_least_one("--jobs", default=os.cpu_count() or 1, help="Processes (default: one per processor).")
@at_least_one("--seed", help="Of the first job; the next ones have the next seeds (default: a random one).")
@SANITIZER
@SCENARIO
def run(**options):
    """Fuzzes: works on build/fuzz-corpus/TARGET, which begins with the seeds fuzz/TARGET/corpus, and ends with the first
    finding."""
    options = SimpleNamespace(**options)
    options.scenario = check_scenario(options.target, options.scenario)
    fuzzing.build(options.target, options.sanitizer)
    return fuzzing.run(options)


@subcommand("merge", {0: "done", 2: "wrong use", 3: "could not run"}, short_help="Add to the seeds what reaches something new.")
@TARGET
@SANITIZER
@SCENARIO
def merge(target, sanitizer, scenario):
    """Adds to fuzz/TARGET/corpus what of the working corpus reaches something new."""
    scenario = check_scenario(target, scenario)
    fuzzing.build(target, sanitizer)
    return fuzzing.merge(target, sanitizer, scenario)


@subcommand("coverage", {0: "done", 1: "of all targets: the conditions are not those that fuzz/README.md lists", 2: "wrong use",
                         3: "could not run"}, short_help="What tests and corpora reach of core.")
@click.argument("targets", metavar="[TARGET]...", nargs=-1, type=Known("a target", lambda: fuzzing.TARGETS))
def covered(targets):
    """What the unit tests and the corpora of the targets (of all, if none is named) reach of core: lines, branches and MC/DC
    per file, and which conditions are neither shown to decide nor listed in fuzz/README.md; all of it as HTML in
    build/coverage.
    """
    targets = list(targets) or sorted(fuzzing.TARGETS)
    builds.build("coverage", *coverage.programs(targets))
    return coverage.coverage(targets)


@subcommand("properties", {0: "all agree", 1: "a difference was found", 2: "wrong use", 3: "could not run",
                           INTERRUPTED: "interrupted; what had ended is told"}, short_help="RapidCheck: random histories.")
@at_least_one("--sequences", default=1000, help="Of each combination (default: 1,000).")
@at_least_one("--jobs", default=os.cpu_count() or 1, help="Processes at a time (default: one per processor).")
@at_least_one("--seed", help="Of the first combination (default: a random one).")
def properties(sequences, jobs, seed):
    """RapidCheck: random histories of every backing, freelist and store against the reference arena."""
    builds.build("dev", "rapidcheck_tests")
    return fuzzing.properties(sequences, jobs, seed)
