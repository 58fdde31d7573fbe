"""What is said of the figures of benchmarks: tables for a terminal, and stress/PERFORMANCE.md."""

import math

from .benchmarks import base_of, catalogue, median, ratio, spread
from .tables import document, markdown, table

CLOCKS = {"processor": "processor time", "wall": "wall time"}


def figure(number):
    """Two or three digits: 0.00071, 0.071, 0.71, 3.14, 31.4, 3,140."""
    if number >= 99.95:
        return f"{number:,.0f}"
    if number >= 0.0995 or number <= 0:
        return f"{number:.1f}" if number >= 9.995 else f"{number:.2f}"
    return f"{number:.{1 - math.floor(math.log10(number))}f}"


def time_words(nanoseconds):
    """204 us, 31.4 ns."""
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if nanoseconds >= 10 * size:
            return f"{figure(nanoseconds / size)} {unit}"
    return f"{figure(nanoseconds)} ns"


def cell(figures, base, clock):
    """A ratio and how far its own repetitions are apart; of the base its time; why where nothing was measured."""
    if figures is None:
        return ""
    if figures.error:
        return figures.error
    values = getattr(figures, clock)
    apart = f" ±{100 * spread(values) / 2:.0f} %"
    times = ratio(figures, base, clock)
    return f"{time_words(median(values)) if figures is base or times is None else figure(times)}{apart}"


def tables_of(record):
    """(compiler, workload, clock, titles, rows) of each table. Wall time is of cases with threads."""
    for compiler in record.runs:
        for workload in catalogue()["workloads"]:
            cases = {case: peers for case, peers in record.found.items()
                     if (case.compiler, case.workload) == (compiler, workload)}
            for clock in CLOCKS:
                own = {case: peers for case, peers in cases.items() if clock == "processor" or case.threads > 1}
                if not own:
                    continue
                names = [peer for peer in catalogue()["peers"] if any(peer in peers for peers in own.values())]
                base = catalogue()["workloads"][workload]["base"]
                names.sort(key=lambda name, base=base: name != base)
                rows = [[name, *(cell(peers.get(name), base_of(case, peers), clock) for case, peers in own.items())]
                        for name in names]
                yield compiler, workload, clock, ["peer", *(case.title for case in own)], rows


def notes(record):
    """What a table alone would not say."""
    if record.quick:
        yield "A quick run: it shows that everything runs, and its figures mean nothing."
    for peer, why in record.left_out().items():
        yield f"{peer} is left out: {why}"
    for case, peer, why in record.refused():
        yield f"{peer} could not run {case.workload} ({case.compiler}, {case.title}): {why}"


def show(record):
    """Lines for a terminal."""
    for compiler, workload, clock, titles, rows in tables_of(record):
        base = catalogue()["workloads"][workload]["base"]
        yield f"\n{workload}, {compiler}: {CLOCKS[clock]} of an operation; the others as multiples of {base}"
        yield from table(titles, rows, range(1, len(titles)))
    yield ""
    yield from notes(record)


def text(record, plots=None):
    """The text of stress/PERFORMANCE.md. `plots`: where those of workloads are, as seen from it."""
    sections = {}
    for compiler, workload, clock, titles, rows in tables_of(record):
        sections.setdefault(workload, []).append((compiler, CLOCKS[clock], list(markdown(titles, rows))))
    return document("performance.md.jinja", record=record, compilers=record.compilers(), loads=record.loads(),
                    sections=sections, workloads=catalogue()["workloads"], notes=list(notes(record)), plots=plots or {})
