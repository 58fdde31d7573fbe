"""Tests of the checks of what a user calls: green on this tree, red where something is planted in it."""

import pytest

from rarena_lab import documentation
from rarena_lab.basics import ROOT
from rarena_lab.tidy import CHECKS, planted, surface
from rarena_lab.tidy.tree import Tree

SURFACE = ["parity", "guides", "nodiscard", "documented"]


@pytest.fixture(scope="module")
def texts():
    return Tree.of_git(ROOT).texts


def found(name, texts, **changed):
    return [f"{finding.path}:{finding.line}: {finding.text}" for finding in CHECKS[name].run(Tree(ROOT, {**texts, **changed}))]


@pytest.mark.parametrize("name", SURFACE)
def test_what_is_planted_is_found_and_nothing_else(name):
    for overlay, expected in [({}, None), *CHECKS[name].planted]:
        assert planted.places(CHECKS[name], {**planted.GOOD, **overlay}) == ([expected] if expected else [])


@pytest.mark.parametrize("name", SURFACE)
def test_this_tree_is_good(name, texts):
    assert found(name, texts) == []


def test_a_test_that_is_renamed_is_missed(texts):
    names = [match[1] for _, match in surface.matches(surface.NAMED_TEST, texts[surface.PARITY])]
    assert len(names) > 50
    for name in sorted(set(names))[::10]:
        suite, test = name.split(".")
        renamed = {path: text.replace(f"{suite}, {test})", f"{suite}, {test}Not)") for path, text in texts.items()
                   if path.endswith("_test.cpp") and f"{suite}, {test})" in text}
        missed = found("parity", texts, **renamed)
        assert missed and all(f"found {name}, expected a test of the sources" in text for text in missed)


@pytest.mark.parametrize("page", ["CONTAINERS", "DURABILITY", "LIFETIMES", "PROCESSES"])
def test_a_page_that_names_no_test_is_missed(page, texts):
    path = f"{surface.GUIDES}{page}.md"
    sections = texts[path].count("\n## ")
    assert sections > 3
    assert len(found("guides", texts, **{path: surface.NAMED_TEST.sub("none", texts[path])})) == sections


@pytest.mark.parametrize("path", ["core/arena/arena.hpp", "core/arena/properties.hpp", "core/memory/file_map.hpp"])
def test_a_result_that_may_be_dropped_is_found(path, texts):
    names = found("nodiscard", texts, **{path: texts[path].replace("[[nodiscard]] ", "")})
    assert len(names) > 2 and all(name.startswith(path) for name in names)


# These define what is declared elsewhere.
@pytest.mark.parametrize("path", sorted({*documentation.headers()} - {
    "core/rarena.hpp", "core/arena/validate.hpp", "core/persistent/roots.hpp"}))
def test_a_comment_that_is_no_documentation_is_found(path, texts):
    names = len(list(surface.declarations(texts[path])))
    assert names > 0
    assert len(found("documented", texts, **{path: texts[path].replace("///", "//")})) == names
