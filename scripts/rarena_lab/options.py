"""What the commands share of click: kinds of values that are looked at before anything is built, and help with exit
statuses."""

import re

import click

from . import catalogue
from .basics import nearest, not_known


class Command(click.Command):
    """A command whose help ends with its exit statuses; `wrong_use` is the one of a bad command line."""

    def __init__(self, *arguments, statuses=None, wrong_use=2, **more):
        super().__init__(*arguments, **more)
        self.statuses, self.wrong_use = statuses or {}, wrong_use

    def format_epilog(self, context, formatter):
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status), words) for status, words in self.statuses.items()])


class Group(click.Group):
    """Commands below a command; what may stand in place of one is known, too."""

    def names(self):
        return list(self.commands)

    def get_command(self, context, name):
        return super().get_command(context, name) or context.fail(not_known("a command", name, self.names()))


class Known(click.ParamType):
    """A name out of a list that is known without a build."""

    def __init__(self, what, names):
        self.name, self.what, self.names = "name", what, names

    def get_metavar(self, _param):
        return "NAME"

    def convert(self, value, param, ctx):
        known = list(self.names())
        if value not in known:
            self.fail(not_known(self.what, value, known), param, ctx)
        return value


class OneOf(click.Choice):
    """One of a few words."""

    def convert(self, value, param, ctx):
        if value not in self.choices:
            near = nearest(value, self.choices)
            hint = f"; did you mean {near}?" if near else ""
            self.fail(f"expected one of {', '.join(self.choices)}, found '{value}'{hint}", param, ctx)
        return value


SCENARIO = Known("a scenario", lambda: catalogue.load().scenario_names)
BUG = Known("a known bug", lambda: catalogue.load().bug_names)
FREELIST = OneOf(catalogue.FREELISTS)


class Pattern(click.ParamType):
    name = "regex"

    def convert(self, value, param, ctx):
        try:
            return re.compile(value)
        except re.error as error:
            self.fail(f"expected a regular expression, found '{value}': {error}", param, ctx)


class AtLeastOne(click.ParamType):
    name = "number"
    most = 2**31 - 1

    def convert(self, value, param, ctx):
        number = int(value) if str(value).isascii() and str(value).isdecimal() else 0
        if not 1 <= number <= self.most:
            self.fail(f"expected a whole number from 1 to {self.most:,}, found '{value}'", param, ctx)
        return number


class TestName(click.ParamType):
    """What a permanent test may be called."""

    name = "name"

    def convert(self, value, param, ctx):
        if not re.fullmatch(r"[a-z0-9_]+", value):
            self.fail(f"expected a name of small letters, digits and _, found '{value}'", param, ctx)
        return value


def at_least_one(*names, **more):
    return click.option(*names, type=AtLeastOne(), metavar=more.pop("metavar", "N"), **more)


def context_settings():
    return {"help_option_names": ["-h", "--help"], "max_content_width": 120}


def command(name, statuses, wrong_use=2, **more):
    return click.command(name, cls=Command, statuses=statuses, wrong_use=wrong_use, context_settings=context_settings(), **more)
