"""Instants in the words of a sentence, in the zone of those who read it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from deskwatch.core.moments import moment

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-03-10T05:00", "06:00"),
        ("2026-03-10T22:59", "23:59"),
        ("2026-03-10T23:00", "Wed 00:00"),
        ("2026-03-16T07:00", "Mon 08:00"),
        ("2026-03-17T07:00", "2026-03-17 08:00"),
        ("2026-03-09T20:00", "Mon 21:00"),
        ("2026-03-01T20:00", "2026-03-01 21:00"),
    ],
)
def test_an_instant_is_as_long_as_it_has_to_be(at: str, said: str) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert moment(instant, now=NOW, zone=BERLIN) == said
