"""scripts/lab docs."""

from .. import builds, documentation
from ..basics import ROOT, shown
from ..options import command

STATUSES = {0: "written, and nothing to complain about", 1: "doxygen complains, one line each", 2: "wrong use",
            3: "could not run"}


@command("docs", STATUSES, short_help="Write the pages of the public interface.")
def command():
    """Makes pages of the public headers with doxygen, build/docs/html/index.html, and fails where a public name is not
    documented."""
    builds.packages("docs")
    output = ROOT / "build" / "docs"
    found = documentation.warnings(output)
    print("\n".join(found) if found else f"written: {shown(output / 'html' / 'index.html')}")
    return 1 if found else 0
