"""The text files that the checks look at, and what they say of a place in one."""

import subprocess
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..basics import CannotRun


class Finding(NamedTuple):
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


def is_cpp(path):
    return PurePosixPath(path).suffix in {".hpp", ".cpp", ".h", ".cc"}


class Tree:
    """Texts by path; paths are relative to `root` and use slashes."""

    def __init__(self, root, texts):
        self.root = Path(root)
        self.texts = texts

    @staticmethod
    def of_git(root):
        listed = subprocess.run(
            ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=False
        )
        if listed.returncode != 0:
            raise CannotRun(f"expected a git work tree, found: {listed.stderr.decode().strip()}")
        texts = {}
        for path in filter(None, listed.stdout.decode().split("\0")):
            file = Path(root, path)
            if file.is_symlink() or not file.is_file():
                continue
            content = file.read_bytes()
            if b"\0" in content:
                continue
            try:
                texts[path] = content.decode()
            except UnicodeDecodeError:
                continue
        return Tree(root, texts)

    def cpp(self):
        """(path, text) of every C++ file."""
        return [(path, text) for path, text in self.texts.items() if is_cpp(path)]

    def code(self):
        """(path, text) of every C++, CMake, Python and shell file."""
        suffixes = {".py", ".sh", ".cmake"}

        def is_code(path, text):
            name = PurePosixPath(path)
            return is_cpp(path) or name.suffix in suffixes or name.name == "CMakeLists.txt" or text.startswith("#!")

        return [(path, text) for path, text in self.texts.items() if is_code(path, text)]


def matches(pattern, text):
    """(line number, match) of every match of a compiled pattern that stays in one line."""
    for number, line in enumerate(text.splitlines(), 1):
        for match in pattern.finditer(line):
            yield number, match
