"""Tests of scripts/lab docs: doxygen has nothing to say of the public headers, and says what is planted in them."""

import shutil

import pytest

from rarena_lab import documentation
from rarena_lab.basics import ROOT, CannotRun

with_doxygen = pytest.mark.skipif(shutil.which("doxygen") is None, reason="doxygen is not installed")


@pytest.fixture
def headers(tmp_path):
    for path in documentation.headers():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def found(headers):
    return documentation.warnings(headers / "build", headers)


@with_doxygen
def test_there_is_nothing_to_complain_about(headers):
    assert found(headers) == []
    pages = headers / "build" / "html"
    assert "Makes everything durable" in (pages / "classrarena_1_1BasicArena.html").read_text(encoding="utf-8")


@with_doxygen
@pytest.mark.parametrize("comment, name", [
    ("  /// Makes everything durable that is allocated. Errors and progress: as every flush.\n", "flush"),
    ("/// An arena for any number of threads.\n", "Arena"),
])
def test_a_name_without_a_comment_is_found(headers, comment, name):
    header = headers / "core/arena/arena.hpp"
    text = header.read_text(encoding="utf-8")
    assert comment in text
    header.write_text(text.replace(comment, ""), encoding="utf-8")
    complaints = found(headers)
    assert complaints and all(line.startswith("core/arena/arena.hpp:") and f"{name}" in line for line in complaints)


def test_a_tree_without_the_header_of_the_namespaces_is_refused(headers):
    (headers / "core/rarena.hpp").unlink()
    with pytest.raises(CannotRun, match="found none"):
        found(headers)
