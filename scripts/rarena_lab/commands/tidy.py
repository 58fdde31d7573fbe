"""scripts/lab tidy."""

import click

from .. import builds
from ..basics import ROOT, write_text
from ..options import OneOf, command
from ..tidy import CHECKS, analysis, planted
from ..tidy.models import generated
from ..tidy.tree import Tree

STATUSES = {0: "nothing found", 1: "findings, one line each: path:line: what is wrong, what was expected", 2: "wrong use",
            3: "the checks could not run"}


def report(findings):
    for finding in sorted(findings):
        print(finding)
    return 1 if findings else 0


@command("tidy", STATUSES, short_help="Check the text of the tree.")
@click.option("--only", type=OneOf(sorted(CHECKS)), metavar="NAME", help="That check alone (--list).")
@click.option("--list", "list_", is_flag=True, help="Print the checks; installs and runs nothing.")
@click.option("--self-test", is_flag=True, help="Every check must report what is planted for it, and nothing in a good tree.")
@click.option("--write", is_flag=True, help="Write the documents that are made of other files, instead.")
@click.option("--clang-tidy", is_flag=True, help="clang-tidy-19 over core and models instead: minutes; builds the presets "
                                                 "clang and asan.")
def command(only, list_, self_test, write, clang_tidy):
    """Checks the text of the tree, every file that git does not ignore: the self-test first, then every check."""
    if sum((bool(only), list_, self_test, write, clang_tidy)) > 1:
        raise click.UsageError("expected one of --only, --list, --self-test, --write and --clang-tidy, found several")
    if list_:
        print("\n".join(f"{check.name:16} {check.summary}" for check in CHECKS.values()))
        return 0
    if write:
        for path, text in generated(Tree.of_git(ROOT)).items():
            write_text(ROOT / path, text)
            print(f"written: {path}")
        return 0
    builds.packages()
    if clang_tidy:
        builds.build("clang")
        builds.build("asan")
        return report(analysis.findings(ROOT))
    failures = [] if only else planted.failures()
    if failures or self_test:
        if not failures:
            print(f"self-test: {len(CHECKS)} checks, each reports the violations planted for it")
        return report(failures)
    tree = Tree.of_git(ROOT)
    chosen = [CHECKS[only]] if only else list(CHECKS.values())
    status = report([str(finding) for check in chosen for finding in check.run(tree)])
    if status == 0:
        print(f"tidy: {len(chosen)} checks over {len(tree.texts)} files, nothing found")
    return status
