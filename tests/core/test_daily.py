"""Times of each day, over midnight too."""

from datetime import datetime, time

import pytest

from deskwatch.core.daily import Daily

NIGHT = Daily(time(22), time(6))
DAY = Daily(time(7), time(19))


@pytest.mark.parametrize(
    ("span", "at", "covered"),
    [
        (DAY, "06:59", False),
        (DAY, "07:00", True),
        (DAY, "18:59", True),
        (DAY, "19:00", False),
        (NIGHT, "21:59", False),
        (NIGHT, "22:00", True),
        (NIGHT, "00:00", True),
        (NIGHT, "06:00", False),
    ],
)
def test_it_covers_from_its_start_until_before_its_end(span, at, covered):
    assert span.covers(datetime.fromisoformat(f"2026-03-10T{at}")) is covered


@pytest.mark.parametrize(
    ("span", "at", "edge"),
    [
        (DAY, "2026-03-10T06:00", "2026-03-10T07:00"),
        (DAY, "2026-03-10T07:00", "2026-03-10T19:00"),
        (DAY, "2026-03-10T20:00", "2026-03-11T07:00"),
        (NIGHT, "2026-03-10T23:00", "2026-03-11T06:00"),
    ],
)
def test_it_says_when_it_begins_or_ends_next(span, at, edge):
    assert span.next_edge(datetime.fromisoformat(at)) == datetime.fromisoformat(edge)


def test_a_span_without_length_is_refused():
    with pytest.raises(ValueError, match="starts when it ends"):
        Daily(time(7), time(7))
