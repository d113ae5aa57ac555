"""YAML as an admin means it. Both parsers (libyaml's and the Python one) give the same answers."""

from time import process_time
from typing import Any

import pytest
import yaml

from deskwatch.config.strict_yaml import Document, read_yaml

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def loader(request: pytest.FixtureRequest) -> Any:
    return request.param


def read(text: str | bytes, loader: Any) -> Document:
    return read_yaml(text if isinstance(text, bytes) else text.encode(), "f.yaml", loader=loader)


def words(text: str | bytes, loader: Any) -> list[str]:
    return [str(problem) for problem in read(text, loader).problems]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("country: NO", {"country": "NO"}),
        ("a: 50\nb: true\nc: '50'\nd: -0.5", {"a": "50", "b": "true", "c": "50", "d": "-0.5"}),
        ("opens: 09:00\ncloses: 17:30", {"opens": "09:00", "closes": "17:30"}),
        ("phone: +15551234567", {"phone": "+15551234567"}),
        ("on: 2026-12-25", {"on": "2026-12-25"}),
        ("on:\n  yes: off", {"on": {"yes": "off"}}),
        ("mode: 0755", {"mode": "0755"}),
        ("version: 1.10", {"version": "1.10"}),
        ("1000000001: ana", {"1000000001": "ana"}),
        ("big: 12345678901234567890123", {"big": "12345678901234567890123"}),
        ("a: 1e3\nb: 0x1F\nc: 1_000\nd: .inf", {"a": "1e3", "b": "0x1F", "c": "1_000", "d": ".inf"}),
        ("a: null\nb: ~\nc:\nd: 'null'\ne: ''", {"a": None, "b": None, "c": None, "d": "null", "e": ""}),
        ("days:\n  2026-12-24: x", {"days": {"2026-12-24": "x"}}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("a: &x {b: c}\nd: *x", {"a": {"b": "c"}, "d": {"b": "c"}}),
        ("\ufeffa: b", {"a": "b"}),
        ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
        ("%YAML 1.1\n---\na: yes\n", {"a": "yes"}),
        ("ключ: Ünïcode 🙂", {"ключ": "Ünïcode 🙂"}),
    ],
)
def test_a_scalar_is_what_is_written(text: str, meant: object, loader: Any) -> None:
    document = read(text, loader)
    assert not document.problems
    assert document.root is not None
    assert document.root.plain() == meant


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n", "null"])
def test_a_file_that_says_nothing_is_empty_and_fine(text: str, loader: Any) -> None:
    assert read(text, loader) == Document(None, ())


def test_a_key_that_is_there_twice_names_both_lines_everywhere_in_the_file(loader: Any) -> None:
    assert words("a: 1\nb:\n  - c: 1\n    c: 2\na: 3\n1: x\n'1': y\n", loader) == [
        "f.yaml:4:5: b[0].c: is there twice; the first one is on line 3",
        "f.yaml:5:1: a: is there twice; the first one is on line 1",
        "f.yaml:7:1: 1: is there twice; the first one is on line 6",
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a:\n\tb: 1\n", 2, "a tab at the beginning of the line: indent with spaces"),
        ("a: !!python/object:os.system x", 1, "tags ("),
        ("a: !secret x", 1, "tags ("),
        ("a: !!str x", 1, "tags ("),
        ("a: 1\n---\nb: 2", 2, "a second document"),
        ("base: &x {a: 1}\nb:\n  <<: *x\n", 3, "merge keys (<<) are not supported"),
        ("a: &x [*x]", 1, "contains itself"),
        ("a: *x", 1, "anchor (&name) is not above it"),
        ("? [a, b]\n: 1", 1, "cannot be a key"),
        ("a: b\n~: 1", 2, "a key is missing"),
        ('ok: 1\na: "never\nb: 2\n', 2, "a quote that is opened here is never closed"),
        ("a:\n  b: [1, 2\nc: 3\n", 3, "not closed or lacks a comma (opened on line 2)"),
        ("a: b: c", 1, "not expected here"),
        ("a:\n    b: 1\n  c: 2\n", 3, "indentation"),
        ("a: @home", 1, "must be quoted"),
        ('a: "\\d"', 1, "backslash"),
        ("a: x\nb: \x07", 2, "control character (U+0007)"),
        (b"a: x\nb: \xff\n", 2, "not UTF-8"),
        ("a: b".encode("utf-16"), 1, "looks like UTF-16"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_line(
    text: str | bytes, line: int, said: str, loader: Any
) -> None:
    (problem,) = read(text, loader).problems
    assert problem.line == line
    assert problem.column >= 1
    assert said in problem.message


def test_places_count_from_one_and_count_characters_not_bytes(loader: Any) -> None:
    root = read("a:\n  ü: [x, {b: c}]\n", loader).root
    assert root is not None
    place = root.find(("a", "ü", 1, "b"))
    assert (place.line, place.column) == (2, 11)
    assert root.find(("a", "missing", "deeper")).line == 1


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases that repeat more than"),
        ("a: &x [b]\n" + "c: [" + ",".join(["*x"] * 101) + "]", "more than 100 aliases"),
        ("[" * 2000, "nested more than 50 levels"),
        ("{" * 2000, "cannot be a key"),
        ("- " * 100_000, "nested more than 50 levels"),
        ("a: {" * 100_000, "nested more than 50 levels"),
        ("a: " * 200_000, "not expected here"),
        ("# " + "x" * 1_000_000, "larger than 1 MB"),
        ("a: 1\n" * 100_000, "more than 100 mistakes"),
    ],
)
def test_a_bomb_ends_within_a_second_with_an_error(text: str, said: str, loader: Any) -> None:
    start = process_time()
    document = read(text, loader)
    assert process_time() - start < 1
    assert said in document.problems[-1].message


def test_a_hundred_aliases_and_fifty_levels_are_fine(loader: Any) -> None:
    assert not read("a: &x [b]\nc: [" + ",".join(["*x"] * 100) + "]", loader).problems
    assert not read("[" * 50 + "]" * 50, loader).problems
