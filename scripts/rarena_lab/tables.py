"""Tables and paragraphs: for a terminal or a pipe as plain text, for documents as Markdown."""

import io
import shutil
import textwrap
from pathlib import Path

import jinja2
from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

TEMPLATES = Path(__file__).resolve().parent / "templates"
# Rows of the head, the line below it, and the body; nothing at the edges.
PLAIN = Box("    \n    \n ── \n    \n    \n    \n    \n    \n".replace("─", "-"), ascii=True)


def page_width():
    return max(100, min(150, shutil.get_terminal_size((130, 24)).columns - 1))


def wrapped(text, **more):
    return textwrap.wrap(text, page_width(), **more)


def table(titles, rows, right=()):
    """Lines of a plain table; the last column wraps at the page width, columns with an index in `right` align right."""
    grid = Table(box=PLAIN, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for index, title in enumerate(titles):
        last = index == len(titles) - 1
        grid.add_column(Text(title), justify="right" if index in right else "left", no_wrap=not last, overflow="fold",
                        min_width=min(20, max(len(str(row[index])) for row in [titles, *rows])) if last else None)
    for row in rows:
        grid.add_row(*(Text(str(cell)) for cell in row))
    # What may not wrap is not cut either: the page gets wider for it.
    fixed = sum(max(len(str(row[index])) for row in [titles, *rows]) + 2 for index in range(len(titles) - 1))
    output = io.StringIO()
    Console(file=output, width=max(page_width(), fixed + 20), no_color=True, highlight=False).print(grid)
    return [line.rstrip() for line in output.getvalue().splitlines()]


def markdown(titles, rows):
    def line(cells):
        return f"|{'|'.join(f' {cell} ' if str(cell) else ' ' for cell in cells)}|"

    yield line(titles)
    yield line(["---"] * len(titles))
    yield from map(line, rows)


class Footnotes:
    """Numbers texts: the same text gets the same number."""

    def __init__(self):
        self.texts = []

    def mark(self, text):
        if not text:
            return "-"
        if text not in self.texts:
            self.texts.append(text)
        return f"[{self.texts.index(text) + 1}]"

    def lines(self):
        for number, text in enumerate(self.texts, 1):
            yield from wrapped(f"[{number}] {text}", subsequent_indent="    ")


def document(template, **facts):
    """The text of a generated document; `fill` breaks a paragraph at 128 columns."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
                                     trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    environment.filters["fill"] = lambda text: textwrap.fill(" ".join(text.split()), 128, break_long_words=False,
                                                             break_on_hyphens=False)
    return environment.get_template(template).render(**facts)
