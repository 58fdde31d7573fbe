"""Plots of the samples of long runs. matplotlib is a package of its own set, imported when something is drawn."""

import json

from .basics import CannotRun, shown

# Of each panel: what its axis says, the fields of a sample, and what they are divided by.
PANELS = (("KiB", ("live", "free", "discarded"), 1024), ("free segments", ("segments",), 1),
          ("slowest call, ms", ("slowest_us", "slowest_processor_us"), 1000))


def samples(path):
    """The samples that a soak has left: a JSON object a line."""
    try:
        with open(path, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    except (OSError, ValueError) as error:
        raise CannotRun(f"cannot read the samples {shown(path)}: {error}") from error


def series(found, field, divisor):
    """(seconds, values) of one field."""
    try:
        return [sample["seconds"] for sample in found], [sample[field] / divisor for sample in found]
    except (KeyError, TypeError) as error:
        raise CannotRun(f"expected a sample with {error}, found none") from error


def draw(files, out):
    """One column for each {name: file of samples}, one row for each panel, over time."""
    found = {name: samples(path) for name, path in files.items()}
    try:
        import matplotlib
    except ImportError as error:
        raise CannotRun(f"cannot plot: {error}") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(len(PANELS), len(found), squeeze=False, sharex="col", sharey="row", figsize=(7 * len(found), 9))
    for column, (name, own) in enumerate(found.items()):
        axes[0][column].set_title(name)
        for row, (label, fields, divisor) in enumerate(PANELS):
            for field in fields:
                axes[row][column].plot(*series(own, field, divisor), label=field, linewidth=1)
            axes[row][column].set_ylabel(label)
            if len(fields) > 1:
                axes[row][column].legend(loc="upper right")
        axes[-1][column].set_xlabel("seconds")
    for row in axes:  # shared by its columns, so set when all of them are drawn
        row[0].set_ylim(bottom=0)
    figure.tight_layout()
    try:
        figure.savefig(out)
    except (OSError, ValueError) as error:
        raise CannotRun(f"cannot write the plot {shown(out)}: {error}") from error
    finally:
        pyplot.close(figure)
