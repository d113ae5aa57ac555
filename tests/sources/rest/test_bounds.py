"""Expressions and patterns of an admin: whatever they say, they end within a moment and cost one field."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.core.ticket import Ticket
from deskwatch.sources.rest.evaluation import ONE, WHOLE, Allowance, Evaluation, TooCostlyError
from deskwatch.sources.rest.expression import LONGEST, Expression, ExpressionError
from deskwatch.sources.rest.patterns import Pattern, PatternError
from deskwatch.sources.rest.rows import RowReader
from deskwatch.sources.rest.settings import RestSettings

ITEM = {"id": 1, "s": "x" * 1000, "labels": [{"name": "a", "at": n} for n in range(20)], "none": None}


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Processor time, which a busy machine does not lengthen; generous, for some machines are slow."""
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


def piped(part: str, end: str = "", *, longest: int = LONGEST - 10) -> str:
    """As often as it fits into an expression."""
    return "|".join([part] * ((longest - len(end)) // (len(part) + 1))) + end


BOMBS = {
    "doubles and writes": piped("[@,@]", "|to_string(@)"),
    "doubles and compares": f"({piped('[@,@]', longest=480)})==({piped('[@,@]', longest=480)})",
    "doubles and searches": piped("[@,@]", "|contains(@, `[1]`)"),
    "doubles a list": piped("[@,@][]"),
    "doubles an object": piped("{a:@,b:@}", "|*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*"),
    "doubles and flattens": piped("[@,@]", "|" + "[]" * 60),
    "doubles a text": "s|" + piped("join('',[@,@])"),
    "doubles by mapping": piped("map(&[@,@],[@,@])[][]"),
    "sorts by what is costly": piped("sort_by([@,@],&to_string(@))"),
    "crosses": "labels[].[" + ",".join(["@"] * 400) + "][][]",
    "quotes quotes": piped("{a:to_string(@)}"),
    "merges": piped("merge({a:@},{b:@})", "|to_string(@)"),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("most", [ONE, WHOLE])
def test_an_expression_that_explodes_is_given_up_in_a_moment(text: str, most: int) -> None:
    parsed = jmespath.compile(text).parsed
    with at_most(5 * most / WHOLE + 0.2), suppress(TooCostlyError):  # some cost little after all
        Evaluation(most).visit(parsed, ITEM)


@pytest.mark.parametrize("name", [n for n in BOMBS if n not in ("doubles and compares", "quotes quotes")])
def test_an_expression_that_would_explode_is_refused_when_the_file_is_read(name: str) -> None:
    with pytest.raises(ValueError, match="repeats what it finds again and again"):
        Expression(BOMBS[name])


@pytest.mark.parametrize(
    "text",
    [
        "[" + ",".join(["a"] * 200) + "]",
        "data[].merge(attributes, {id: id})",
        "{a: x, b: y} | [a, b, not_null(a, b)]",
    ],
)
def test_an_expression_that_puts_parts_together_is_fine(text: str) -> None:
    assert Expression(text).text == text


def test_what_is_given_up_says_so() -> None:
    item = {"s": "x" * 200_000}
    with pytest.raises(ExpressionError, match="takes too long; make it simpler"):
        Expression("to_string([s, s, s])")(item, Allowance())


@pytest.mark.parametrize("text", ["!" * 900 + "a", "(" * 490 + "a" + ")" * 490, "[" * 900, "a." * 499 + "a"])
def test_nesting_is_refused_or_survived(text: str) -> None:
    try:
        expression = Expression(text)
    except ValueError as problem:
        assert "is no JMESPath expression" in str(problem)  # noqa: PT017
    else:
        assert expression(ITEM) is None


def test_an_expression_has_a_length() -> None:
    with pytest.raises(ValueError, match="at most 1000 characters"):
        Expression("a" * 1001)


LONG = {"s": "x" * 10_000_000}


@pytest.mark.parametrize(("allowance", "times"), [(Allowance(), Allowance.WINDOW), (None, 100)])
def test_many_costly_values_do_not_add_up(allowance: Allowance | None, times: int) -> None:
    expression = Expression("to_string([s, s])")
    with at_most(5):
        for _ in range(times):
            with pytest.raises(ExpressionError):
                expression(LONG, allowance)
    with pytest.raises(ExpressionError, match="on what came before"):
        expression(LONG, spent())


def spent() -> Allowance:
    allowance = Allowance()
    allowance.spend(Allowance.MOST)
    return allowance


def test_an_allowance_is_renewed() -> None:
    allowance = spent()
    refused = 0
    for _ in range(Allowance.WINDOW + 1):
        try:
            allowance.take()
        except TooCostlyError:
            refused += 1
    assert refused == Allowance.WINDOW
    assert allowance.take() == ONE


def test_a_usual_expression_is_far_from_every_limit() -> None:
    expression = Expression("labels[?name=='a' && at > `3`].name | join(', ', @)")
    allowance = Allowance()
    for _ in range(Allowance.WINDOW):
        assert expression(ITEM, allowance).startswith("a, a")
    assert len(Expression("tickets[?id != `0`]")({"tickets": [{"id": 1}] * (WHOLE // 10)})) == WHOLE // 10


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("due-date", """a name that is not of letters, digits and _ stands in quotes: '"due-date"'"""),
        ("5", "'5' at character 1 does not fit there; a name that"),
        ("a b", "'b' at character 3 does not fit there"),
        ("a.", "it ends too early"),
        ("a[", "it ends too early"),
        ("", "it is empty"),
        ("'a", "Unclosed ' delimiter at character 1"),
        ("lenght(a)", "there is no function lenght() (there are abs,"),
        ("a[?contains(b)]", "contains() takes 2 values, not 1"),
        ("not_null()", "not_null() takes at least 1 value, not 0"),
    ],
)
def test_what_is_no_expression_is_told_with_its_place(text: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the words are compared below
        Expression(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text", ["none > `3` && contains(none, 'a')", "labels > `3`", "keys(none)", "max(labels)", "s > `1`"]
)
def test_a_function_that_meets_what_it_cannot_take_raises_one_kind_of_error(text: str) -> None:
    try:
        assert Expression(text)(ITEM) in (None, False)
    except ExpressionError as problem:
        assert len(str(problem)) <= 200  # noqa: PT017


PARTS = st.sampled_from(
    ["a", "b.a", "a[0]", "[*].a", "b[].a", "@", "a || b", "a && b", "!a", "a == b", "a < `2`", "*.a",
     "[a, b]", "{x: a}", "b[?a]", "b[::-1]", "length(b)", "to_string(a)", "keys(b)", "sort(b)", "`3`", "'t'",
     "b[1:]",
     "map(&a, b)", "contains(b, a)", "type(a)", "reverse(b)", "max_by(b, &a)", "join(',', b)",
     "not_null(a, b)"]
)  # fmt: skip
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=8,
)


@given(parts=st.lists(PARTS, min_size=1, max_size=3), data=DATA)
def test_an_expression_finds_what_jmespath_finds(parts: list[str], data: Any) -> None:
    text = " | ".join(parts)
    try:
        expected = jmespath.search(text, data)
    except Exception:  # noqa: BLE001 -- whatever jmespath raises, ours has to be refused too
        with pytest.raises(ExpressionError):
            Expression(text)(data)
    else:
        assert Expression(text)(data) == expected


SLOW = [
    "(a+)+b",
    "(x+x+)+y",
    "(a{1,100}){1,100}b",
    "[a-z]*[a-z]*[a-z]*[a-z]*[0-9]",
    "(?=(a+)+b)a",
    "(.*)(.*)(.*)(.*)\\1!",
]


@pytest.mark.parametrize("text", SLOW)
def test_a_pattern_that_goes_back_and_forth_is_stopped(text: str) -> None:
    pattern = Pattern(text)
    with at_most(1):
        for searched in ("a" * 100_000, "x" * 2000, "ab " * 700):
            try:
                pattern.find(searched)
            except PatternError as problem:
                assert "takes too long" in str(problem)  # noqa: PT017


def test_a_pattern_that_was_stopped_often_is_not_tried_on_every_item() -> None:
    pattern = Pattern("(a+)+b")
    with at_most(2):
        for _ in range(900):
            with pytest.raises(PatternError):
                pattern.find("a" * 2000)
    for _ in range(100):
        with pytest.raises(PatternError):
            pattern.find("")
    assert pattern.find("aab") == "aa"


def test_only_the_beginning_of_a_long_text_is_searched() -> None:
    assert Pattern("end").find("x" * 3000 + "end") is None


def test_one_bad_expression_costs_one_field_of_each_item() -> None:
    settings = RestSettings.model_validate(
        {
            "base_url": "https://desk.example.com",
            "tickets": {"path": "/t"},
            "fields": {
                "id": "id",
                "subject": "title",
                "description": "to_string([text, text])",
                "category": {"path": "text", "steps": [{"regex": {"pattern": "(a+)+b"}}]},
                "type": "contains(none, 'x')",
            },
        }
    )
    desk = RowReader("desk", settings)
    with at_most(5):
        for number in range(500):
            item = {"id": number, "title": "Door", "none": None, "text": "a" * 200_000}
            found = desk.read(item, lookups={})
            assert isinstance(found.verdict, Ticket)
            assert found.verdict.subject == "Door"
            assert sorted(note.partition(": ")[0] for note in found.notes) == [
                "fields.category",
                "fields.description",
                "fields.type",
            ]


def test_a_thousand_items_with_twelve_fields_are_read_in_a_moment() -> None:
    settings = RestSettings.model_validate(
        {
            "base_url": "https://desk.example.com",
            "tickets": {"path": "/t"},
            "fields": {
                "id": "id",
                "number": "key",
                "subject": "f.summary",
                "description": "f.text",
                "status": "f.status.name",
                "priority": "f.priority.name",
                "agent": {"id": "f.assignee.id", "name": "f.assignee.name"},
                "created_at": "f.created",
                "updated_at": "f.updated",
                "resolution_due_at": "f.due",
                "tags": "f.labels",
            },
            "link": "{base}/browse/{key}",
        }
    )
    desk = RowReader("desk", settings)
    inner = {
        "summary": "Door", "text": "The door is stuck. " * 20, "status": {"name": "open"},
        "labels": ["a", "b"],
        "priority": {"name": "high"},
        "assignee": {"id": "3", "name": "ben"}, "due": "2026-03-12",
        "created": "2026-03-10T15:04:05.123+0000",
    }  # fmt: skip
    items = [
        {"id": n, "key": f"K-{n}", "f": inner | {"updated": f"2026-03-10T15:{n % 60:02}:{n % 59:02}.{n:03}Z"}}
        for n in range(1000)
    ]
    with at_most(0.6):  # usually 0.04
        for item in items:
            desk.read(item, lookups={})
