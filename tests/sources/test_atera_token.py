"""What a key tells about itself, and what the helpdesk's clock tells about the next question."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskwatch.sources.atera_clock import TheirClock
from deskwatch.sources.atera_token import expiry_of, expiry_words, is_token

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


def token(payload: Any) -> str:
    """A token with any payload."""
    text = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"{'h' * 40}.{text}.{'s' * 60}"


def test_a_token_is_long_and_has_two_dots() -> None:
    assert is_token(token({"exp": 1}))
    assert not is_token("0123456789abcdef0123456789abcdef")
    assert not is_token("a.b.c")
    assert not is_token("x" * 200)


def test_a_token_tells_its_end() -> None:
    assert expiry_of(token({"exp": 1_773_154_800})) == NOW
    assert expiry_of("0123456789abcdef0123456789abcdef") is None


@pytest.mark.parametrize(
    "payload", [{}, [], None, {"exp": None}, {"exp": "soon"}, {"exp": 1e300}, {"exp": True}]
)
def test_a_token_that_tells_nothing_is_no_trouble(payload: Any) -> None:
    assert expiry_of(token(payload)) is None
    assert expiry_of(f"{'h' * 60}.*?.{'s' * 60}") is None
    assert expiry_of(f"{'h' * 60}.é.{'s' * 60}") is None


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (31, None),
        (30, "ends within 30 days, on 2026-04-09 at 15:00 UTC"),
        (8, "ends within 30 days"),
        (7, "ends within 7 days"),
        (2, "ends within 7 days"),
        (1, "ends within 24 hours"),
        (0, "ended on 2026-03-10"),
        (-3, "ended on 2026-03-07"),
    ],
)
def test_the_end_of_a_token_is_told_30_7_and_1_days_before(days: int, words: str | None) -> None:
    said = expiry_words(NOW + timedelta(days=days), now=NOW)
    assert said is None if words is None else words in (said or "")


def test_a_clock_that_jumps_once_does_not_move_the_cursor_ahead() -> None:
    clock, cursor = TheirClock(), NOW
    for step, (told, expected) in enumerate(
        [
            (NOW, NOW),
            (NOW + timedelta(hours=5), NOW + timedelta(seconds=30)),
            (NOW + timedelta(seconds=60), NOW + timedelta(seconds=60)),
            (NOW - timedelta(hours=5), NOW - timedelta(hours=5)),
            (NOW + timedelta(seconds=120), NOW + timedelta(seconds=120)),
            (None, NOW + timedelta(seconds=150)),
        ]
    ):
        cursor = clock.cursor(told, clock=30.0 * step, before=cursor)
        assert cursor == expected


def test_a_clock_that_was_set_is_believed_the_second_time() -> None:
    clock = TheirClock()
    ahead = NOW + timedelta(hours=1)
    assert clock.cursor(NOW, clock=0.0, before=NOW) == NOW
    assert clock.cursor(ahead, clock=30.0, before=NOW) == NOW + timedelta(seconds=30)
    assert clock.cursor(ahead + timedelta(seconds=30), clock=60.0, before=NOW) == ahead + timedelta(
        seconds=30
    )


def test_without_any_date_a_question_begins_where_the_last_one_did() -> None:
    assert TheirClock().cursor(None, clock=0.0, before=NOW) == NOW
