"""Dates of helpdesks: all the ways in which one moment is written, and what is none."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.sources.rest.dates import DateError, DateReader
from deskwatch.sources.rest.field_settings import DateSettings


def reader(*, day_ends: bool = False, **settings: Any) -> DateReader:
    return DateReader(DateSettings.model_validate(settings), day_ends=day_ends)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-10T15:04:05Z",
        "2026-03-10 15:04:05Z",
        "2026-03-10T15:04:05z",
        "2026-03-10 15:04:05",
        "2026-03-10T15:04:05",
        "2026-03-10T16:04:05+01:00",
        "2026-03-10T16:04:05+0100",
        "2026-03-10T16:04:05+01",
        "2026-03-10 16:04:05 +0100",
        "2026-03-10 15:04:05 UTC",
        "2026-03-10 15:04:05 GMT",
        "2026-03-10T20:34:05+0530",
        "20260310T150405Z",
        "2026-03-10.15:04:05",
        " 2026-03-10T15:04:05Z\n",
    ],
)
def test_one_moment_is_read_however_it_is_written(text: str) -> None:
    assert reader().read(text) == utc(2026, 3, 10, 15, 4, 5)
    assert reader(format="iso").read(text) == utc(2026, 3, 10, 15, 4, 5)


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-03-10T15:04:05.123Z", 123_000),
        ("2026-03-10T15:04:05.123+0000", 123_000),
        ("2026-03-10T15:04:05.123456Z", 123_456),
        ("2026-03-10T15:04:05.1234567Z", 123_456),
        ("2026-03-10T15:04:05.123456789Z", 123_456),
        ("2026-03-10T15:04:05.1234567", 123_456),
        ("2026-03-10T15:04:05,123Z", 123_000),
    ],
)
def test_parts_of_a_second_are_kept(text: str, micros: int) -> None:
    assert reader().read(text) == utc(2026, 3, 10, 15, 4, 5, micros)


def test_seconds_may_be_missing() -> None:
    assert reader().read("2026-03-10 15:04") == utc(2026, 3, 10, 15, 4)


def test_a_date_without_a_zone_is_of_the_declared_one() -> None:
    berlin = reader(zone="Europe/Berlin")
    assert berlin.read("2026-03-10 16:04:05") == utc(2026, 3, 10, 15, 4, 5)
    assert berlin.read("2026-07-10 17:04:05") == utc(2026, 7, 10, 15, 4, 5)


def test_a_zone_in_the_text_wins_over_the_declared_one() -> None:
    assert reader(zone="Asia/Tokyo").read("2026-03-10T15:04:05Z") == utc(2026, 3, 10, 15, 4, 5)


def test_a_time_that_the_clocks_skip_counts_as_after_the_change() -> None:
    assert reader(zone="Europe/Berlin").read("2026-03-29 02:30:00") == utc(2026, 3, 29, 1, 30)


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    assert reader(zone="Europe/Berlin").read("2026-10-25 02:30:00") == utc(2026, 10, 25, 0, 30)


def test_a_due_day_is_over_at_its_end_and_any_other_day_begins_at_its_beginning() -> None:
    assert reader(day_ends=True).read("2026-03-10") == utc(2026, 3, 10, 23, 59)
    assert reader(day_ends=True, time_of_day="17:00", zone="Europe/Berlin").read("2026-03-10") == utc(
        2026, 3, 10, 16
    )
    assert reader().read("2026-03-10") == utc(2026, 3, 10)
    assert reader(day_ends=True, format="%d.%m.%Y").read("10.03.2026") == utc(2026, 3, 10, 23, 59)


def test_a_due_moment_is_not_moved_to_the_end_of_its_day() -> None:
    assert reader(day_ends=True).read("2026-03-10 00:00:00") == utc(2026, 3, 10)
    assert reader(day_ends=True, format="%d.%m.%Y %H:%M").read("10.03.2026 00:00") == utc(2026, 3, 10)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%Y-%m-%d.%H:%M:%S", "2026-03-10.15:04:05"),
        ("%d.%m.%Y %H:%M:%S", "10.03.2026 15:04:05"),
        ("%m/%d/%Y %I:%M:%S %p", "03/10/2026 03:04:05 PM"),
        ("%a %b %d %H:%M:%S %Y", "Tue Mar 10 15:04:05 2026"),
        ("%d/%b/%y %H:%M:%S", "10/Mar/26 15:04:05"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-03-10T16:04:05+01:00"),
        ("%c", "Tue Mar 10 15:04:05 2026"),
    ],
)
def test_any_pattern_can_be_declared(pattern: str, text: str) -> None:
    assert reader(format=pattern).read(text) == utc(2026, 3, 10, 15, 4, 5)


@pytest.mark.parametrize("value", [1773155045, "1773155045", 1773155045.0, "1773155045.000"])
def test_seconds_since_1970_are_read(value: object) -> None:
    assert reader(format="epoch").read(value) == utc(2026, 3, 10, 15, 4, 5)


@pytest.mark.parametrize("value", [1773155045123, "1773155045123"])
def test_milliseconds_since_1970_are_read(value: object) -> None:
    assert reader(format="epoch_ms").read(value) == utc(2026, 3, 10, 15, 4, 5, 123_000)


@pytest.mark.parametrize(
    "value",
    [
        None, "", " ", "0", 0, "-", "1970-01-01T00:00:00Z", "1970-01-01 00:00:00", "1970-01-01T00:00:00+0000",
        "1970-01-01T00:00:00.000Z", "1970-01-01T01:00:00+01:00", "0000-00-00 00:00:00",
    ],
)  # fmt: skip
def test_what_means_no_date_is_none(value: object) -> None:
    assert reader().read(value) is None


def test_the_first_moment_of_1970_is_no_date_in_any_form_and_zone() -> None:
    assert reader(format="epoch").read(0) is None
    assert reader(format="epoch_ms").read("0") is None
    assert reader(zone="Europe/Berlin").read("1970-01-01 00:00:00") is None
    assert reader(zone="America/Chicago").read("1970-01-01 00:00:00") is None
    assert reader(format="%d.%m.%Y %H:%M", zone="Europe/Berlin").read("01.01.1970 00:00") is None
    assert reader(format="%d.%m.%Y", day_ends=True).read("01.01.1970") is None


def test_an_admin_names_what_else_means_no_date() -> None:
    named = reader(none=["never", "9999-12-31"])
    assert named.read("Never") is None
    assert named.read("9999-12-31") is None
    assert named.read("9999-12-31T00:00:00Z") is None


@pytest.mark.parametrize(
    ("settings", "value", "words"),
    [
        ({}, "soon", "'soon' is no date of ISO 8601; say its format"),
        ({}, "2026-02-30", "'2026-02-30' is no date"),
        ({}, "2026-03-10T25:00:00Z", "is no date"),
        ({}, 1773155045, "'1773155045' is no date; a number needs the format epoch or epoch_ms"),
        ({}, True, "expected a date, found"),
        ({}, {"iso": "2026-03-10"}, "expected a date, found an object; name one of its parts (iso)"),
        ({}, ["2026-03-10"], "expected a date, found a list"),
        ({}, "x" * 10_000, "is no date"),
        ({"format": "epoch"}, "2026-03-10", "as declared (a number of seconds since 1970)"),
        ({"format": "epoch"}, 1773155045123, "is no date"),
        ({"format": "epoch"}, "9" * 20, "is no date"),
        ({"format": "epoch_ms"}, 1773155045, "of the year 1970; is the format right?"),
        ({"format": "%d.%m.%Y"}, "03/10/2026", "as declared (%d.%m.%Y)"),
        ({}, "9999-12-31T23:59:59-12:00", "is no date"),
        ({}, "0001-01-01T00:00:00+14:00", "is no date"),
        ({}, "3020-01-01", "of the year 3020; is the format right?"),
    ],
)
def test_what_is_no_date_is_answered_with_its_text_and_the_mend(
    settings: dict[str, Any], value: object, words: str
) -> None:
    with pytest.raises(DateError) as caught:
        reader(**settings).read(value)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 150


@given(
    at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 -- the zone is declared
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]),
)
def test_a_date_without_a_zone_is_one_of_the_moments_its_clock_showed(at: datetime, zone: str) -> None:
    settings = DateSettings.model_validate({"zone": zone})
    found = DateReader(settings).read(at.isoformat(sep=" "))
    assert found is not None
    assert settings.zone is not None
    shown = found.astimezone(settings.zone).replace(tzinfo=None)
    assert shown == at or abs((shown - at).total_seconds()) <= 86_400  # a skipped hour, or Apia's skipped day
    assert found.tzinfo is UTC


@given(value=st.text(max_size=80) | st.integers() | st.floats() | st.none() | st.lists(st.text(), max_size=2))
def test_no_value_does_more_than_be_refused(value: object) -> None:
    for settings in ({}, {"format": "epoch"}, {"format": "epoch_ms"}, {"format": "%d.%m.%Y %H:%M"}):
        try:
            at = reader(**settings).read(value)
        except DateError:
            continue
        assert at is None or at.tzinfo is UTC
