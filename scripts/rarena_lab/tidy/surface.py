"""The checks of scripts/lab tidy that are about what a user calls: results that are not to be dropped, documentation, and the tests
that the tables of items name."""

import re

from .checks import check
from .tree import Finding, matches

PARITY = "core/PARITY.md"
TEST = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|RC_GTEST_PROP)\(\s*(\w+)\s*,\s*(\w+)\s*[,)]", re.MULTILINE)
NAMED_TEST = re.compile(r"`([A-Z]\w*\.[A-Z]\w*)`")
ROWS = "| crate | here | test |\n| --- | --- | --- |\n"
TESTS = {"core/bump/there_test.cpp": "TEST_F(Suite,\n       IsThere) {\n}\nTYPED_TEST(Other, IsTooLong) {}\n"}


def rows(text):
    """(line, cells, cells of the head) of every row of every table, without its head."""
    head = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            head = None
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if head is None:
            head = cells
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield number, cells, head


def tests_of(tree):
    return {f"{suite}.{name}" for path, text in tree.cpp() if path.endswith("_test.cpp") for suite, name in TEST.findall(text)}


def missing_tests(path, text, there):
    for line, match in matches(NAMED_TEST, text):
        if match[1] not in there:
            yield Finding(path, line, f"found {match[1]}, expected a test of the sources")


@check(
    "parity",
    f"every row of {PARITY} with a column of tests names one, and every test that it names is there",
    [
        ({**TESTS, PARITY: ROWS + "| `a` | b | `Suite.IsThere`, `Other.IsTooLong` |\n| `a` | b | `Suite.IsGone` |\n"}, f"{PARITY}:4"),
        ({**TESTS, PARITY: ROWS + "| `a` | b | `Other.IsThere` |\n"}, f"{PARITY}:3"),
        ({**TESTS, PARITY: ROWS + "| `a` | b | none |\n"}, f"{PARITY}:3"),
        ({**TESTS, PARITY: ROWS + "| `a` | `Suite.IsThere` | |\n"}, f"{PARITY}:3"),
        ({**TESTS, PARITY: "| what | why |\n| --- | --- |\n| a | b |\n\nAs `Suite.IsGone`.\n"}, f"{PARITY}:5"),
        ({"core/bump/there.hpp": "#pragma once\nTEST(Suite, IsThere);\n", PARITY: ROWS + "| `a` | b | `Suite.IsThere` |\n"},
         f"{PARITY}:3"),
    ],
)
def parity(tree):
    text = tree.texts.get(PARITY, "")
    yield from missing_tests(PARITY, text, tests_of(tree))
    for line, cells, head in rows(text):
        if head[-1] == "test" and not NAMED_TEST.search(cells[-1]):
            yield Finding(PARITY, line, "found no test in the last column, expected `Suite.Name`")


GUIDES = "core/guides/"
GUIDE = GUIDES + "A.md"
SECTION = "# A question?\n\n## One\n\nTests: `Suite.IsThere`.\n"


@check(
    "guides",
    f"every section of a page in {GUIDES} names a test, and every test that it names is there",
    [
        ({**TESTS, GUIDE: SECTION + "\n## Two\n\nTests: `Other.IsTooLong`, `Suite.IsGone`.\n"}, f"{GUIDE}:9"),
        ({**TESTS, GUIDE: SECTION + "\n## Two\n\nOf `std::list`.\n"}, f"{GUIDE}:7"),
        ({**TESTS, GUIDE: "# A question?\n\n## One\n\n## Two\n\nTests: `Suite.IsThere`.\n"}, f"{GUIDE}:3"),
    ],
)
def guides(tree):
    there = tests_of(tree)
    for path, text in tree.texts.items():
        if not path.startswith(GUIDES) or not path.endswith(".md"):
            continue
        yield from missing_tests(path, text, there)
        lines = text.splitlines()
        begins = [number for number, line in enumerate(lines) if line.startswith("## ")]
        for begin, end in zip(begins, [*begins[1:], len(lines)]):
            if not NAMED_TEST.search("\n".join(lines[begin:end])):
                yield Finding(path, begin + 1, f"found no test in '{lines[begin]}', expected `Suite.Name`")


CALLED = tuple(f"core/{layer}/" for layer in ("codec", "memory", "arena", "handles", "persistent"))
# A declaration that begins a line; what is defined outside its class has a name with colons.
DROPPED = re.compile(r"^ *(?:(?:static|inline|constexpr|virtual|explicit) )*std::expected<[^;={}()]*> (\w+)\(")


@check(
    "nodiscard",
    "in a layer that users call, no function that may fail lets its result be dropped",
    [
        ({"core/arena/bad.hpp": "#pragma once\nstd::expected<void, Error> close();\n"}, "core/arena/bad.hpp:2"),
        ({"core/memory/bad.hpp": "#pragma once\nclass A {\n  static std::expected<A, Error> make(int n) noexcept;\n};\n"},
         "core/memory/bad.hpp:3"),
        ({"core/handles/bad.hpp": "#pragma once\nclass A {\n  std::expected<void, Error> end();\n};\n"}, "core/handles/bad.hpp:3"),
    ],
)
def nodiscard(tree):
    for path, text in tree.cpp():
        if not path.startswith(CALLED) or not path.endswith(".hpp") or "_test_support" in path:
            continue
        for line, match in matches(DROPPED, text):
            yield Finding(path, line, f"found {match[1]}() without [[nodiscard]], expected one")


PUBLIC = "core/layout/extent.hpp"
HEAD = "#pragma once\nnamespace rarena {\n"
NAMESPACE = re.compile(r"^namespace rarena \{$", re.MULTILINE)


def is_public(path, text):
    """Whether it is a header of names for users, which are those in rarena itself."""
    return path.startswith("core/") and path.endswith(".hpp") and NAMESPACE.search(text) is not None


# Nobody's but the headers'.
DETAIL = re.compile(r"^namespace ((?:rarena::)?detail) \{$.*?^\}  // namespace \1$", re.MULTILINE | re.DOTALL)
# Lines that begin no declaration of a name: what is not code, ends, and what is only said to be there or is defined elsewhere.
NO_NAME = re.compile(r"\s*(?://|#|\}|$|namespace|static_assert|using (?!detail::)\w+::)")
TYPE = re.compile(r"(?:template <.*> )?(?:requires.* )?(class|struct|enum class) \w+[^;]*\{$")
ENUMERATOR = re.compile(r" *\w+(?: = \w+)?,$")
ELSEWHERE = re.compile(r"\w>?::\w+\($|(?:template <.*> )?class \w+;")


def declarations(text):
    """(line, the whole of it, the line before) of every declaration of a public name, in a namespace or in one of its classes."""
    public, members, before, begun = True, False, "", None
    text = DETAIL.sub(lambda detail: "\n" * detail[0].count("\n"), text)
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip())
        code = re.sub(r"//.*", "", line).rstrip()
        if begun is None and re.match(r" (?:public|private|protected):$", code):
            public = "public" in code
        elif begun is None and line.startswith("};"):
            public, members = True, False
        elif begun is None and not NO_NAME.match(line) and (indent == 0 or (indent == 2 and members and public)):
            begun = number, before, []
        if begun is not None:
            begun[2].append(line.strip())
            if code.endswith((";", "{", "}", ",")) and (not code.endswith(",") or ENUMERATOR.match(code)):
                whole, bare = " ".join(begun[2]), " ".join(re.sub(r"//.*", "", part).strip() for part in begun[2])
                if type_ := TYPE.match(bare):
                    members, public = True, type_[1] != "class"
                if not ELSEWHERE.match(bare) and not ELSEWHERE.search(bare.split("(")[0] + "("):
                    yield begun[0], whole, begun[1]
                begun = None
        before = line


@check(
    "documented",
    "every name that a header of core has in the namespace rarena, and not in rarena::detail, has a comment of documentation",
    [
        ({PUBLIC: HEAD + "using Offset = int;\n"}, f"{PUBLIC}:3"),
        ({PUBLIC: HEAD + "/// All.\nstruct A {\n  int a;  ///< One.\n  int b;  // two\n};\n"}, f"{PUBLIC}:6"),
        ({PUBLIC: HEAD + "/// All.\nenum class A {\n  one,  ///< 1\n  two,  // 2\n};\n"}, f"{PUBLIC}:6"),
        ({PUBLIC: HEAD + "/// All.\nclass A {\n public:\n  /// One.\n  int one(int a,\n          int b) {\n    return a;\n  }\n"
                  "  template <class T>\n  int two();\n\n private:\n  int three();\n};\n"}, f"{PUBLIC}:11"),
        ({PUBLIC: HEAD + "/// All.\nenum class A {\n  one = 1,  ///< 1\n  two = 2,  // as a::b() says\n};\n"}, f"{PUBLIC}:6"),
        ({PUBLIC: HEAD + "/// All.\ntemplate <class T>\nstruct A {\n  int one;\n};\n"}, f"{PUBLIC}:6"),
        ({PUBLIC: HEAD + "namespace detail {\nstruct A {\n  int one;\n};\n}  // namespace detail\nint two();\n"},
         f"{PUBLIC}:8"),
        ({PUBLIC: "#pragma once\nnamespace rarena::detail {\nint one();\n}  // namespace rarena::detail\n\nnamespace rarena {\n"
                  "int two();\n"}, f"{PUBLIC}:7"),
        ({PUBLIC: HEAD + "using detail::one;\n"}, f"{PUBLIC}:3"),
    ],
)
def documented(tree):
    for path, text in tree.cpp():
        for line, whole, before in declarations(text) if is_public(path, text) else ():
            if not before.lstrip().startswith("///") and "///<" not in whole:
                yield Finding(path, line, f"found {whole[:60]}, expected a comment of documentation (///) in front")
