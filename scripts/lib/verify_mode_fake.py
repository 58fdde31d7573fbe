"""What the tests of the modes of scripts/verify share: a fake engine as a program, and scripts/verify run on it."""

import contextlib
import io
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import verify


class ModeTest(unittest.TestCase):
    FAKE = ""      # the text of the engine
    ARGUMENTS = ()  # of every run
    PATCHES = ()   # (module, name, value)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        program = self.folder / "engine"
        program.write_text(self.FAKE)
        program.chmod(0o755)
        self.patch(mock.patch.dict(os.environ, {"RARENA_CHECKER_ENGINE": str(program)}))
        for module, name, value in self.PATCHES:
            self.patch(mock.patch.object(module, name, value))

    def patch(self, patch):
        patch.start()
        self.addCleanup(patch.stop)

    def verify(self, *arguments, **environment):
        """(exit status, everything that was printed)."""
        output = io.StringIO()
        with mock.patch.dict(os.environ, environment), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            status = verify.main([*self.ARGUMENTS, *arguments, "--artifacts", str(self.folder / "artifacts")])
        return status, output.getvalue()
