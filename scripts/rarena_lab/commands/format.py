"""scripts/lab format."""

from pathlib import Path

import click

from .. import builds, formatting
from ..basics import ROOT
from ..options import command
from ..tidy.tree import Tree, is_cpp

STATUSES = {0: "formatted", 1: "--check found something, one line per file", 2: "wrong use", 3: "could not run"}


@command("format", STATUSES, short_help="Format C++.")
@click.option("--check", is_flag=True, help="Change nothing, and print one line per file that is not formatted.")
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(check, files):
    """Formats C++ files in place with clang-format-19 and .clang-format: those that are named, or every one that git does not
    ignore."""
    for file in files:
        if not is_cpp(file):
            raise click.UsageError(f"expected a C++ file, found '{file}'")
    builds.packages()
    files = [file.resolve() for file in files] or [ROOT / path for path, _ in Tree.of_git(ROOT).cpp()]
    if not check:
        formatting.format_files(files)
        return 0
    found = formatting.unformatted(files, ROOT)
    for path, line in found:
        print(f"{path}:{line}: {formatting.WHAT}")
    return 1 if found else 0
