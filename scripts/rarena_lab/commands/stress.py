"""scripts/lab stress: real threads, real processes, long runs."""

import sys

import click

from .. import catalogue, engines, stress
from ..basics import INTERRUPTED, CannotRun
from ..options import Group, Known, OneOf, at_least_one, command as plain, context_settings

STATUSES = {0: "held; with --bug: it was found", 1: "a violation, or the bug was not found", 2: "could not run, wrong use",
            INTERRUPTED: "interrupted; what had ended is told"}
BACKINGS = ("heap", "anonymous", "file")
CHURN_BUG = Known("a bug that churn can find", lambda: catalogue.load().bug_names)
KILL_BUG = Known("a bug that kill_reopen can find", lambda: [bug.name for bug in catalogue.load().found_by("kill_reopen")])


@click.group("stress", cls=Group, short_help="Many threads, killed processes, long runs.",
             context_settings=context_settings())
def command():
    """The stress harnesses, built and run for each kind of freelist. What they leave lies in build/artifacts/churn,
    build/artifacts/kill_reopen, build/artifacts/sharing and build/artifacts/long_runs. See stress/README.md.
    """


def words_of(options):
    return [str(word) for name, value in options.items() if value not in (None, False)
            for word in ([f"--{name.replace('_', '-')}"] if value is True else [f"--{name.replace('_', '-')}", value])]


@plain("churn", STATUSES, short_help="Many threads of random operations on one arena.")
@click.option("--preset", type=OneOf(["dev", "asan", "tsan"]), default="dev", help="Built so (default: dev).")
@at_least_one("--seconds", help="Of each kind of freelist (default: 30, if --operations is absent).")
@at_least_one("--operations", help="Of each thread, instead of --seconds; with both, what ends first.")
@click.option("--freelist", type=OneOf(catalogue.FREELISTS),
              help="Only this kind (default: optimistic, then pessimistic).")
@click.option("--backing", type=OneOf(BACKINGS), help="Memory of the arena (default: heap).")
@click.option("--bug", type=CHURN_BUG, help="This known bug instead of the shipped code; it must be found.")
@click.option("--threads", type=click.IntRange(1, 64), metavar="N", help="How many.")
@click.option("--capacity", type=click.IntRange(1024, 1 << 24), metavar="BYTES", help="Of the arena.")
@at_least_one("--round", help="Operations of each thread between two checks.")
@at_least_one("--seed", help="Of the random choices (default: a random one).")
@click.option("--hesitate", type=click.IntRange(0), metavar="N",
              help="Give up the processor before one access in so many; heap only.")
@at_least_one("--stall-seconds", help="A thread without progress for so long is a violation of PRG-1.")
def churn(preset, bug, freelist, **options):
    """Many threads of random operations on one arena, which is judged whenever all of them rest."""
    if not options["seconds"] and not options["operations"]:
        options["seconds"] = 30
    kinds = [freelist] if freelist and not bug else [] if bug else ["optimistic", "pessimistic"]
    words = words_of(options) + ([engines.CHURN_BUG, bug] if bug else []) + (["--freelist",
                                                                              freelist] if bug and freelist else [])
    return could_run(stress.churn, preset, words, kinds)


@plain("kill_reopen", STATUSES, short_help="Processes that are killed at work on a file.")
@click.option("--full", is_flag=True, help="1,000 kills for each kind of freelist instead of 50.")
@at_least_one("--kills", help="So many killed children.")
@at_least_one("--cycles", help="So many children, killed or not.")
@at_least_one("--seconds", help="Not longer than this for each kind.")
@click.option("--freelist", type=OneOf(["optimistic", "pessimistic"]), help="Only this kind (default: both).")
@at_least_one("--seed", help="Other random choices.")
@click.option("--threads", type=click.IntRange(1, 64), metavar="N", help="Of each child.")
@click.option("--capacity", type=click.IntRange(1024, 1 << 24), metavar="BYTES", help="Of the file.")
@click.option("--no-damage", is_flag=True, help="Overwritten seals come with sound lists only.")
@click.option("--bug", type=KILL_BUG, help="This known bug instead of the shipped code; it must be found.")
def kill_reopen(full, freelist, bug, **options):
    """Children are killed at work on a file arena, also during recovery; their files are opened and judged (REC-2, REC-3)."""
    if not options["kills"] and not options["cycles"]:
        options["kills"] = 1000 if full else 50
    return could_run(stress.kill_reopen, words_of(options) + ([engines.KILL_BUG, bug] if bug else []), freelist)


@plain("sharing", STATUSES, short_help="Processes that share a file, and are killed.")
@click.option("--full", is_flag=True, help="10,000 kills for each kind of freelist instead of a minute with a kill each second.")
@at_least_one("--kills", help="So many kills.")
@at_least_one("--seconds", help="With kills, instead of --kills.")
@click.option("--kill-every", type=click.IntRange(1), metavar="MS", help="Milliseconds between kills, on average.")
@click.option("--processes", type=click.IntRange(2, 60), metavar="N", help="How many work (default: 4).")
@click.option("--capacity", type=click.IntRange(1 << 16, 1 << 30), metavar="BYTES", help="Of the file.")
@click.option("--freelist", type=OneOf(catalogue.FREELISTS), help="Only this kind (default: all).")
@at_least_one("--seed", help="Other random choices; odd: the processes close the file in the end, even: they are killed.")
@click.option("--bug", type=OneOf(stress.SHARING_BUGS), help="This known bug instead of the shipped code; it must be found.")
def sharing(full, freelist, bug, **options):
    """Processes allocate and free in one file, and are killed while they do: what the others find, what their slowest calls take,
    and what the file says in the end (SEG-1, SEG-2, REC-2, PRG-1).
    """
    return could_run(stress.sharing, words_of(options), freelist, full, bug)


@plain("long_runs", STATUSES, short_help="The arena for long: refusals, bytes, free segments.")
@click.option("--full", is_flag=True, help="10^7 operations instead of 10^6, 10^5 free segments, ten minutes of soak.")
@click.option("--plot", type=click.Path(dir_okay=False), metavar="FILE",
              help="Draw the samples of soak, with matplotlib: as PNG, SVG or PDF, by the name.")
@click.option("--run", "runs", type=OneOf(list(stress.LONG_RUNS)), multiple=True, help="Only this one; may be repeated.")
@click.option("--preset", type=OneOf(["dev", "asan", "tsan", "release"]), default="dev", help="Built so (default: dev).")
@click.option("--freelist", type=OneOf(["optimistic", "pessimistic"]), help="Only this kind (default: both).")
@at_least_one("--operations", help="Of all threads; pmr: steps of each container.")
@at_least_one("--seed", help="Of the random choices (default: a random one).")
@click.option("--bug", type=OneOf(list(stress.RUNS_OF_BUG)), help="This known bug; every run that can must find it.")
@click.pass_context
def long_runs(context, full, plot, runs, preset, freelist, bug, **options):
    """One arena under a load for long, and counts of refusals, free segments and discarded bytes, which have limits. Times are
    printed, and not judged.
    """
    if bug and (unfit := [name for name in runs if name not in stress.RUNS_OF_BUG[bug]]):
        context.fail(f"expected with --bug {bug} one of the runs {', '.join(stress.RUNS_OF_BUG[bug])}, found {unfit[0]}")
    if plot and runs and "soak" not in runs:
        context.fail(f"expected with --plot the run soak, found {', '.join(runs)}")
    kinds = [freelist] if freelist else ["optimistic", "pessimistic"]
    return could_run(stress.long_runs, preset, stress.long_jobs(runs, kinds, words_of(options), full, bug), kinds, plot)


def could_run(function, *arguments):
    try:
        return function(*arguments)
    except CannotRun as error:
        print(f"scripts/lab stress: could not run: {error}", file=sys.stderr)
        return stress.COULD_NOT_RUN


command.add_command(churn)
command.add_command(kill_reopen)
command.add_command(long_runs)
command.add_command(sharing)
