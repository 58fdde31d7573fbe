"""What the tests of the lab share: the command line of scripts/lab in this process."""

import io
import sys

import pytest

from rarena_lab import cli

sys.dont_write_bytecode = True


@pytest.fixture
def lab(capsys):
    """lab(words...): the exit status, and everything that was printed."""
    def run(*words):
        capsys.readouterr()
        status = cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err, err
        return status, out + err
    return run


@pytest.fixture
def on_terminal(monkeypatch):
    """on_terminal(words...): the exit status, and what a terminal gets."""
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    def run(*words):
        terminal = Terminal()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "200")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", terminal)
            status = cli.main(list(words))
        return status, terminal.getvalue()
    return run
