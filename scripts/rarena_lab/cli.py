"""The command line of scripts/lab: which command is in which module, and what becomes of errors."""

import importlib
import os
import sys
import traceback

import click

from .basics import INTERRUPTED, CannotRun, not_known
from .options import context_settings

COMMANDS = ("test", "verify", "replay", "shrink", "promote", "fuzz", "stress", "prove", "bench", "detect", "check-checker",
            "mutate-checker", "tidy", "format", "docs")


class Lab(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, _context):
        return list(COMMANDS)

    def get_command(self, context, name):
        if name not in COMMANDS:
            return context.fail(not_known("a command", name, COMMANDS))
        return importlib.import_module(f".commands.{name.replace('-', '_')}", __package__).command


@click.group(cls=Lab, context_settings=context_settings())
def lab():
    """Builds, tests, checks, fuzzes and proves rarena. What is missing of Debian's packages and of builds is made first.

    Each command has a --help of its own, with its exit statuses. scripts/test, scripts/verify, scripts/bench and
    scripts/repro are the commands test, verify, bench and replay.
    """


def wrong_use(error):
    """Says what is wrong with a command line; the exit status."""
    context = error.ctx
    where = f"{context.command_path}: " if context else "scripts/lab: "
    print(f"{where}{error.format_message()} ({context.command_path if context else 'scripts/lab'} --help)", file=sys.stderr)
    return getattr(context.command, "wrong_use", 2) if context else 2


def main(arguments=None):
    """The exit status. What goes wrong is told apart: 1 is never anything else than what a command says of its subject."""
    try:
        return lab.main(arguments, prog_name="scripts/lab", standalone_mode=False) or 0
    except click.UsageError as error:
        return wrong_use(error)
    except CannotRun as error:
        print(f"scripts/lab: could not run: {error}", file=sys.stderr)
        return 3
    except click.Abort:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone: nobody can be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except Exception:  # a fault of this program must not end with status 1, which means that something was found
        traceback.print_exc()
        return 3
