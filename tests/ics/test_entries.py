"""What calendars say, and what becomes of the broken ones."""

import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deskwatch.ics import entries as ics
from deskwatch.ics.entries import Contents, IcsError, read_entries
from tests.ics.calendars import WEEK_OF_ANA, calendar, event

BERLIN = ZoneInfo("Europe/Berlin")
SPRING = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
GOOD = event(":20260303T080000Z", ":20260303T200000Z", "Ben")


def read(*events: str) -> Contents:
    return read_entries(calendar(*events), *SPRING, BERLIN)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def test_an_event_keeps_its_instants_title_and_people() -> None:
    attendee = "ATTENDEE;CN=Ana Example;PARTSTAT=ACCEPTED:MAILTO:Ana@Example.com"
    (entry,) = read(event(":20260302T080000Z", ":20260309T080000Z", "On call", attendee)).entries
    assert (entry.start, entry.end) == (local("2026-03-02 09:00"), local("2026-03-09 09:00"))
    assert entry.summary == "On call"
    assert entry.people == ("ana@example.com", "ana example")


def test_whole_days_are_days_of_the_desk_and_the_end_is_not_one_of_them() -> None:
    (entry,) = read(event(";VALUE=DATE:20260328", ";VALUE=DATE:20260330")).entries
    assert (entry.start, entry.end) == (local("2026-03-28"), local("2026-03-30"))
    assert entry.whole_days
    assert list(entry.dates) == [date(2026, 3, 28), date(2026, 3, 29)]


def test_a_day_without_an_end_is_one_day_and_a_time_without_zone_is_that_of_the_desk() -> None:
    day, floating = read(
        event(";VALUE=DATE:20260302", ""), event(":20260303T090000", ":20260303T100000")
    ).entries
    assert day.end - day.start == timedelta(days=1)
    assert floating.start == local("2026-03-03 09:00")


def test_an_event_repeats_at_its_local_hour_but_for_its_exceptions() -> None:
    found = read(
        event(
            ";TZID=Europe/Berlin:20260327T090000",
            ";TZID=Europe/Berlin:20260327T170000",
            "Ana",
            "RRULE:FREQ=DAILY;COUNT=4",
            "EXDATE;TZID=Europe/Berlin:20260328T090000",
            uid="1",
        ),
        event(
            ";TZID=Europe/Berlin:20260330T120000",
            ";TZID=Europe/Berlin:20260330T170000",
            "Ben",
            "RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000",
            uid="1",
        ),
    )
    assert [(entry.start, entry.summary) for entry in found.entries] == [
        (local("2026-03-27 09:00"), "Ana"),
        (local("2026-03-29 09:00"), "Ana"),
        (local("2026-03-30 12:00"), "Ben"),
    ]


def test_a_canceled_event_does_not_count() -> None:
    assert read(event(":20260303T080000Z", ":20260303T200000Z", "Ben", "STATUS:CANCELLED")).entries == ()


EACH_SECOND = "RRULE:FREQ=DAILY;" + ";".join(
    f"{part}={','.join(map(str, range(count)))}"
    for part, count in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60))
)
THRICE_AN_HOUR = "RRULE:FREQ=HOURLY;BYMINUTE=1,2,3"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (event(":garbage", ":20260303T200000Z"), "'Ana' is skipped"),
        (event(":20260303T080000Z", ":garbage"), "'Ana' of 2026-03-03 08:00:00+00:00 is skipped"),
        ("BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Ana\r\nEND:VEVENT", "it has no start"),
        (event(":20260303T080000Z", ":20260302T080000Z"), "it ends before it starts"),
        (event(";VALUE=DATE:20260303", ":20260304T080000Z"), "has a time and the other has none"),
        (event(":20260303T080000Z", ":20260303T080100Z", "Ana", "RRULE:FREQ=SECONDLY"), "minute or second"),
        (event(":20260303T080000Z", ":20260303T080100Z", "Ana", EACH_SECOND), "48 times"),
        (event(":20260303T080000Z", ":20260303T080100Z", "Ana", THRICE_AN_HOUR), "48 times"),
        (event(":20260303T080000Z", ":20260303T080100Z", "Ana", "RRULE:FREQ=SOMETIMES"), "'Ana' of"),
        (event(":20260303T080000Z", ":20260303T080100Z", "Ana", "RRULE:FREQ=DAILY;INTERVAL=-3"), "'Ana' of"),
    ],
)  # fmt: skip
def test_a_broken_event_is_named_and_the_others_count(broken: str, words: str) -> None:
    found = read(GOOD, broken)
    assert [entry.summary for entry in found.entries] == ["Ben"]
    (problem,) = found.problems
    assert words in problem


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>please log in</html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:2026",
        GOOD.encode(),
        calendar() + calendar(),
        b"\x00\xff\xfe" * 100,
        b"BEGIN:VCALENDAR\r\n" * 3000,
    ],
)
def test_what_is_no_calendar_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(IcsError, match="it is no calendar"):
        read_entries(data, *SPRING, BERLIN)


def test_a_calendar_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(IcsError, match="larger than 5 MB"):
        read_entries(b"BEGIN:VCALENDAR\r\n" + b"X" * ics.MAX_BYTES, *SPRING, BERLIN)


def test_what_cannot_be_decoded_costs_letters_and_not_the_event() -> None:
    data = calendar(GOOD.replace("Ben", "M\x00ller")).replace(b"\x00", b"\xfc")
    (entry,) = read_entries(data, *SPRING, BERLIN).entries
    assert entry.start == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_an_event_of_another_time_is_not_there() -> None:
    assert read(event(":20250303T080000Z", ":20250303T200000Z")).entries == ()
    assert len(read(WEEK_OF_ANA).entries) == 1


def test_missing_libraries_are_told_with_the_command_that_brings_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(IcsError, match=r"pip install 'deskwatch\[ics\]'"):
        read(GOOD)
