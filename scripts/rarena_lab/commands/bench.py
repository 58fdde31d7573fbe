"""scripts/lab bench."""

import subprocess

import click

from .. import builds
from ..basics import INTERRUPTED
from ..options import command

STATUSES = {0: "done", 1: "a benchmark failed", 2: "wrong use", 3: "could not run", INTERRUPTED: "interrupted"}


@command("bench", STATUSES, short_help="How long opening takes; other allocators.")
@click.option("--peers", is_flag=True, help="Compare with other allocators instead, which are installed.")
@click.option("--magazines", is_flag=True, help="What an allocation costs through a magazine instead.")
@click.option("--filter", "filter_", metavar="REGEX", help="Only the benchmarks that match.")
def command(peers, magazines, filter_):
    """Builds stress/open_benchmark as a user builds it (preset release) and runs it: how long opening a file takes with many
    free segments. With --peers stress/peers_benchmark: the arena beside other allocators. With --magazines
    stress/magazines_benchmark: magazines beside the arena and a resource of the standard library.
    """
    program = "peers_benchmark" if peers else "magazines_benchmark" if magazines else "open_benchmark"
    builds.build("release", program)
    if peers:
        builds.packages("bench")
    words = [f"--benchmark_filter={filter_}"] if filter_ else []
    return 1 if subprocess.run([builds.program("release", f"stress/{program}"), *words], check=False).returncode else 0
