"""scripts/lab bench."""

import os
from pathlib import Path

import click

from .. import benchmark_plots, benchmarks, builds, instructions, performance
from ..basics import INTERRUPTED, shown, write_text
from ..options import Known, OneOf, Pattern, command

STATUSES = {0: "done; what a peer could not do is told", 1: "with --instructions: there are more than there may be",
            2: "wrong use", 3: "could not run", INTERRUPTED: "interrupted"}
FILE = click.Path(dir_okay=False, path_type=Path)
WORKLOAD = Known("a workload", lambda: list(benchmarks.catalogue()["workloads"]))
PEER = Known("a peer", lambda: list(benchmarks.catalogue()["peers"]))


def listed():
    for kind, entries in (("workload", "workloads"), ("peer", "peers")):
        yield from (f"{kind:8} {name:18} {entry['about']}" for name, entry in benchmarks.catalogue()[entries].items())


def option(name):
    return f"--{name.strip('_').removesuffix('s')}"


def narrowed(options):
    return [name for name in ("workloads", "peers", "filter_", "quick") if options[name]]


@command("bench", STATUSES, short_help="The arena beside other allocators.")
@click.option("--workload", "workloads", type=WORKLOAD, multiple=True, help="Only this; repeatable.")
@click.option("--peer", "peers", type=PEER, multiple=True, help="Only this, and what it is compared with; repeatable.")
@click.option("--filter", "filter_", type=Pattern(), metavar="REGEX", help="Only the benchmarks whose names match.")
@click.option("--compiler", type=OneOf([*benchmarks.COMPILERS, "both"]), default="g++", help="Built with it (default: g++).")
@click.option("--quick", is_flag=True, help="The smallest amounts, too short to measure anything: for tests.")
@click.option("--json", "json_", type=FILE, metavar="FILE", help="Write what was measured, with the ratios.")
@click.option("--plot", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Draw each workload there, as SVG.")
@click.option("--markdown", type=FILE, metavar="FILE",
              help="Write a document, as stress/PERFORMANCE.md is, with the plots of --plot; only of all of it.")
@click.option("--from", "from_", type=FILE, metavar="FILE", help="What --json has written, instead of a run.")
@click.option("--instructions", is_flag=True,
              help="Count the instructions of the fast paths instead, with callgrind; they have limits.")
@click.option("--list", "list_", is_flag=True, help="Print the workloads and the peers; builds and runs nothing.")
@click.pass_context
def command(context, **options):
    """Builds stress/bench as a user builds it (presets release and release-clang) and runs it: every workload on the arena and
    on every peer that is there, by turns. See stress/README.md.
    """
    if options["list_"]:
        print("\n".join(listed()))
        return 0
    compilers = list(benchmarks.COMPILERS) if options["compiler"] == "both" else [options["compiler"]]
    if options["instructions"]:
        if found := [name for name in options if name not in ("instructions", "compiler") and options[name]]:
            context.fail(f"expected --instructions with no option but --compiler, found {option(found[0])}")
        return max(instructions.measure(name, benchmarks.build(name, "bench_instructions")) for name in compilers)
    if options["filter_"] and (options["workloads"] or options["peers"]):
        context.fail("expected --filter or --workload and --peer, found both")
    if options["from_"] and (found := narrowed(options)):
        context.fail(f"expected --from without what chooses, found {option(found[0])}")
    if options["markdown"] and (found := narrowed(options)):
        context.fail(f"expected --markdown of all, found {option(found[0])}")
    if options["plot"]:
        builds.packages("plot")
    record = benchmarks.load(options["from_"]) if options["from_"] else measured(options, compilers)
    print("\n".join(performance.show(record)))
    if options["json_"]:
        write_text(options["json_"], record.as_json())
    plots = benchmark_plots.draw(record, options["plot"]) if options["plot"] else []
    for path in plots:
        print(f"plot: {shown(path)}")
    if options["markdown"]:
        links = {path.stem: os.path.relpath(path, options["markdown"].parent) for path in plots}
        write_text(options["markdown"], performance.text(record, links))
    return 0


def measured(options, compilers):
    chosen = options["filter_"].pattern if options["filter_"] else benchmarks.filter_of(options["workloads"], options["peers"])
    return benchmarks.run(compilers, [f"--benchmark_filter={chosen}"], options["quick"])
