"""Plots of benchmarks, one SVG for each workload. matplotlib is a package of its own set, imported when something is drawn."""

from .basics import CannotRun, shown
from .benchmarks import catalogue, median

MARKERS = "osv^<>DPX*hd"


def lines_of(record, compiler, workload):
    """The axis, and {peer, with its threads: [(amount, ns)]}: over amounts, or over threads where there is one amount only."""
    cases = {case: peers for case, peers in record.found.items() if (case.compiler, case.workload) == (compiler, workload)}
    over = "amount" if len({case.amount for case in cases}) > 1 else "threads"
    lines = {}
    for case, peers in cases.items():
        for peer, figures in peers.items():
            if not figures.processor:
                continue
            name = peer if over == "threads" or case.threads == 1 else f"{peer}, {case.threads} threads"
            lines.setdefault(name, []).append((getattr(case, over), median(figures.processor)))
    axis = "threads" if over == "threads" else next(iter(cases)).counted if cases else ""
    return axis, lines


def draw(record, folder):
    """A file for each workload, a panel for each compiler; both axes are logarithmic. The paths."""
    try:
        import matplotlib
    except ImportError as error:
        raise CannotRun(f"cannot plot: {error}") from None
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"  # text as text, of half the size
    matplotlib.rcParams["svg.hashsalt"] = "rarena"  # the same figures make the same file
    paths = []
    for workload in catalogue()["workloads"]:
        panels = {compiler: lines_of(record, compiler, workload) for compiler in record.runs}
        if any(lines for _, lines in panels.values()):
            paths.append(folder / f"{workload}.svg")
            draw_one(workload, panels, paths[-1])
    return paths


def draw_one(workload, panels, path):
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(1, len(panels), squeeze=False, sharey="row", figsize=(7 * len(panels), 6))
    for place, (compiler, (axis, lines)) in zip(axes[0], panels.items()):
        for index, (name, points) in enumerate(lines.items()):
            xs, ys = zip(*sorted(points))
            place.plot(xs, ys, label=name, linewidth=1, color=pyplot.cm.tab20(index % 20),
                       marker=MARKERS[index % len(MARKERS)], markersize=4)
        place.set(xscale="log", yscale="log", title=f"{workload}, {compiler}", xlabel=axis)
        place.grid(True, which="major", linewidth=0.3)
        ticks = sorted({x for points in lines.values() for x, _ in points})
        place.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        place.minorticks_off()
    axes[0][0].set_ylabel("ns of processor time for an operation")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="center right", fontsize="small")
    figure.tight_layout(rect=(0, 0, 1 - 1.9 / (7 * len(panels)), 1))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
    except OSError as error:
        raise CannotRun(f"cannot write the plot {shown(path)}: {error}") from error
    finally:
        pyplot.close(figure)
