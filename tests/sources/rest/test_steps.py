"""The fixed steps: what each makes of a value, and that a wrong one is told when the file is read."""

import time
from typing import Any

import pytest
from pydantic import ValidationError

from deskwatch.sources.rest.field_settings import DateSettings, FieldSettings
from deskwatch.sources.rest.html_text import html_to_text
from deskwatch.sources.rest.steps import Reading, StepError, acts_of


def done(value: Any, *steps: Any, reading: Reading | None = None, **dates: Any) -> Any:
    """What the steps make of a value."""
    field = FieldSettings.model_validate({"path": "x", "steps": list(steps)})
    for act in acts_of(field.steps, name="type", dates=DateSettings.model_validate(dates)):
        value = act(value, reading or Reading({}))
    return value


@pytest.mark.parametrize(
    ("value", "steps", "result"),
    [
        ("  a \u00a0\n", ["trim"], "a"),
        ("ÄB", ["lower"], "äb"),
        (7, ["lower"], "7"),
        (True, ["lower"], "true"),
        (None, ["lower"], None),
        ([" A", "B ", None, " "], ["trim", "lower"], ["a", "b"]),
        ("P2 - high", ["number"], 2),
        ("1,5 h", ["number"], 1.5),
        ("-3", ["number"], -3),
        ("", ["number"], None),
        ("12.0", ["number"], 12),
        (["a", "b"], ["text"], "a, b"),
        ([1, None, "b"], ["text"], "1, b"),
        ("a", ["text"], "a"),
        (3.0, ["text"], "3"),
        ([None, "", "b", "c"], ["first"], "b"),
        ([], ["first"], None),
        ("a", ["first"], "a"),
        (None, [{"default": "Incident"}], "Incident"),
        ("", [{"default": "Incident"}], "Incident"),
        ([], [{"default": "none"}], "none"),
        (0, [{"default": "Incident"}], 0),
        (False, [{"default": "Incident"}], False),
        ("BUG", [{"map": {"bug": "Incident"}}], "Incident"),
        (3, [{"map": {"3": "Incident"}}], "Incident"),
        (True, [{"map": {"true": "Incident"}}], "Incident"),
        ("none", [{"map": {"none": None}}], None),
        ("chore", [{"map": {"bug": "Incident", "*": "Other"}}], "Other"),
        ("chore", [{"map": {"bug": "Incident", "*": None}}], None),
        (None, [{"map": {"*": "Other"}}], None),
        (["bug", "x"], [{"map": {"bug": "b", "x": None}}], ["b"]),
        ("45", [{"ranges": {"0": "low", "30": "medium", "60": "high"}}], "medium"),
        (60, [{"ranges": {"60": "high", "0": "low"}}], "high"),
        (59.9, [{"ranges": {"60": "high", "0": "low"}}], "low"),
        ("-1", [{"ranges": {"0": "low"}}], None),
        ("", [{"ranges": {"0": "low"}}], None),
        ("prio: high!", [{"regex": {"pattern": r"prio: (\w+)"}}], "high"),
        ("prio: high!", [{"regex": {"pattern": r"\w+!"}}], "high!"),
        ("b7", [{"regex": {"pattern": r"a(\d)|b(\d)"}}], "7"),
        ("x", [{"regex": {"pattern": "y"}}], None),
        (["p1", "x", "p2"], [{"regex": {"pattern": r"p(\d)"}}], ["1", "2"]),
        ("nobody", [{"null_if": ["Nobody"]}], None),
        (" &nbsp; ", [{"null_if": ["&nbsp;"]}], None),
        (0, [{"null_if": ["0"]}], None),
        ("ben", [{"null_if": ["Nobody"]}], "ben"),
        ("a; b;;c", [{"split": ";"}], ["a", "b", "c"]),
        ("", [{"split": ";"}], []),
        (["a"], [{"split": ";"}], ["a"]),
        (" <p>a &amp; b</p>", ["html_to_text", "trim"], "a & b"),
    ],
)
def test_each_step_does_what_its_name_says(value: Any, steps: list[Any], result: Any) -> None:
    assert done(value, *steps) == result
    assert type(done(value, *steps)) is type(result)


def test_steps_are_done_in_their_order() -> None:
    steps = [{"regex": {"pattern": r"\[(.*)\]"}}, {"null_if": ["-"]}, {"default": "none"}]
    assert done("x [-] y", *steps) == "none"
    assert done("x [a] y", *steps) == "a"
    assert done("-", {"default": "none"}, {"null_if": ["-"]}) is None


def test_a_date_step_knows_what_dates_say_unless_it_says_otherwise() -> None:
    value = "10.03.2026 16:00"
    found = done(value, {"date": {"format": "%d.%m.%Y %H:%M"}}, zone="Europe/Berlin")
    assert found.isoformat() == "2026-03-10T15:00:00+00:00"
    found = done(value, {"date": {"format": "%d.%m.%Y %H:%M", "zone": "UTC"}}, zone="Europe/Berlin")
    assert found.isoformat() == "2026-03-10T16:00:00+00:00"
    assert done(1773155045123, {"date": {"format": "epoch_ms"}}).year == 2026
    assert done("2026-03-10T15:00:00Z", "date").hour == 15


def test_a_lookup_puts_a_name_in_the_place_of_an_id_and_keeps_an_id_without_one() -> None:
    reading = Reading({"users": {"7": "ben"}})
    assert done(7, {"lookup": "users"}, reading=reading) == "ben"
    assert done("8", {"lookup": "users"}, reading=reading) == "8"
    assert done([7, 8], {"lookup": "users"}, reading=reading) == ["ben", "8"]
    assert done(7, {"lookup": "users"}) == "7"


def test_what_a_map_does_not_list_stays_and_is_told() -> None:
    reading = Reading({})
    assert done("Epic", {"map": {"bug": "Incident"}}, reading=reading) == "Epic"
    assert reading.unmapped == ["type 'Epic'"]


@pytest.mark.parametrize(
    ("value", "step", "words"),
    [
        ({"value": 1, "link": "x"}, "trim", "an object; name one of its parts (value, link)"),
        ("soon", "number", "'soon' has no number in it"),
        ("soon", {"ranges": {"0": "low"}}, "'soon' is not a number"),
        ("soon", "date", "'soon' is no date"),
        ([["a"]], "trim", "a list; the step first takes one entry, text joins them"),
        (10**4000, "trim", "a number that is too long"),
    ],
)
def test_a_step_that_cannot_work_says_why(value: Any, step: Any, words: str) -> None:
    with pytest.raises(StepError) as caught:
        done(value, step)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("htmltotext", "is no step (there are base64, date, default, document_to_text, first, html_to_text,"),
        ("htmltotext", 'Did you mean "html_to_text"?'),
        ("default", "the step default needs something: - default: …"),
        ({"trim": "yes"}, "the step trim needs nothing: write - trim"),
        ({"default": "a", "map": {"a": "b"}}, "give each of default, map a dash of its own"),
        ({}, "says nothing"),
        ({"regex": {"pattern": "(a"}}, "is no regular expression: missing ) at position 2"),
        ({"regex": {"pattern": "a" * 501}}, "at most 500 characters"),
        ({"map": {}}, "at least 1 item"),
        ({"ranges": {"high": "a"}}, "should match pattern"),
        ({"date": {"format": "%d.%m"}}, "it needs a day, a month and a year"),
        ({"date": {"format": "%Y-%m-%d %Q"}}, "'Q' is a bad directive"),
        ({"date": {"format": "%d.%m.%Y %I:%M"}}, "%I and %p (morning or afternoon) go together"),
        ({"date": {"format": "epoc"}}, 'Did you mean "epoch"?'),
        ({"date": {"time_of_day": "24:00"}}, "write 23:59 for the end of a day"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_is_refused_when_the_file_is_read(step: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        done("x", step)
    assert words in str(caught.value)
    assert caught.value.error_count() == 1


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("a &lt; b&nbsp;c", "a < b\u00a0c"),
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<div>a</div>\n\n\n\n<div>b</div>", "a\n\nb"),
        ("<style>p {color: red}</style><script>alert(1)</script>x", "x"),
        ("<head><title>t</title></head><body>x</body>", "x"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n\n- b"),
        ("<b>a</b> <i>b</i>c", "a bc"),
        ("<td>a</td><td>b</td>", "a b"),
        ("a < b and c > d", "a < b and c > d"),
        ("&lt;b&gt;", "<b>"),
        ("<pre>a\nb</pre>c\nd", "a\nb\nc d"),
        ('<a title="a > b" href=x>c</a>', "c"),
        ("<STYLE>x</Style>y", "y"),
        ("I <3 you, a<b", "I <3 you, a"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<!-- a --><![CDATA[x]]>b", "b"),
        ("<p>unfinished", "unfinished"),
        ("text <unfinished", "text"),
        ("</style>a<style>b", "a"),
        ("<title>a</title>b<title>c</title>d<svg>e", "bde"),
    ],
)
def test_html_becomes_the_text_that_people_would_read(source: str, text: str) -> None:
    assert html_to_text(source) == text


@pytest.mark.parametrize(
    "part",
    ["<", "<a ", "<!--", "<a b='", "&#", "</", "<p>", "<![", "<?", "<a b=c/", "<script>", "<!doctype <"],
)
def test_no_html_takes_longer_than_a_moment(part: str) -> None:
    source = part * (1_000_000 // len(part))
    began = time.process_time()
    html_to_text(source)
    assert time.process_time() - began < 1


def test_only_as_much_html_is_read_as_anybody_keeps() -> None:
    assert 7000 <= len(html_to_text("<p>word " * 100_000)) <= 12_000
    assert html_to_text("<b></b>" * 100_000 + "end") == ""
