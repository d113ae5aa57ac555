"""hours.yaml: holidays by country, file and date, and which calendar counts for which tickets."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from deskwatch.config import CLONE, Config, check, load
from deskwatch.core.hours import Day, Span
from deskwatch.core.ticket import Person, Ticket
from tests.config.conftest import Problems, Write
from tests.ics.calendars import calendar, event

BAVARIA = (
    "calendars: {desk: {zone: Europe/Berlin, holidays: {country: DE, subdivision: BY, language: en_US%s}}}"
)


def days(home: Path) -> dict[date, Day]:
    return dict(load(home, env={}).calendars["desk"].days)


def test_public_holidays_close_the_desk_and_keep_their_names(write: Write) -> None:
    config = load(write(hours=BAVARIA % ""), env={})
    desk = config.calendars["desk"]
    assert desk.holiday_at(datetime(2026, 1, 6, 10, tzinfo=UTC)) == "Epiphany"
    assert not desk.is_open(datetime(2026, 1, 6, 10, tzinfo=UTC))
    assert desk.holiday_at(datetime(2044, 12, 25, 10, tzinfo=UTC)) == "Christmas Day"
    assert desk.next_opening(datetime(2026, 12, 24, 20, tzinfo=UTC)) == datetime(2026, 12, 28, 7, tzinfo=UTC)
    assert config.desk_calendar is desk


def test_a_holiday_can_be_left_out_or_be_a_half_day(write: Write) -> None:
    found = days(write(hours=BAVARIA % ", without: [Epiphany], hours: {Labor Day: 10:00-12:00}"))
    assert date(2026, 1, 6) not in found
    assert found[date(2026, 5, 1)] == Day("Labor Day", (Span(time(10), time(12)),))
    assert found[date(2027, 5, 1)] == found[date(2026, 5, 1)]


def test_two_holidays_on_one_date_keep_both_names(write: Write) -> None:
    found = days(
        write(hours="calendars: {desk: {holidays: {country: DE, subdivision: BY, language: en_US}}}")
    )
    assert found[date(2008, 5, 1) if date(2008, 5, 1) in found else date(2026, 5, 1)].is_holiday
    us = days(write(hours="calendars: {desk: {holidays: {country: US}}}"))
    assert us[date(2026, 7, 3)].name == "Independence Day (observed)"


def test_own_days_win_over_days_of_every_year_and_those_over_holidays(write: Write) -> None:
    found = days(
        write(
            hours="""
            calendars:
              desk:
                holidays: {country: DE, language: en_US}
                yearly:
                  12-24: {name: Christmas Eve, hours: 08:00-12:00}
                  12-25: Our Christmas
                  02-29: Leap Day
                days:
                  2026-12-24: {name: Long day, hours: 08:00-18:00}
            """
        )
    )
    assert found[date(2026, 12, 24)].name == "Long day"
    assert found[date(2027, 12, 24)] == Day("Christmas Eve", (Span(time(8), time(12)),))
    assert found[date(2026, 12, 25)].name == "Our Christmas"
    assert found[date(2026, 12, 26)].name == "Second Day of Christmas"
    assert [on.year for on, day in found.items() if day.name == "Leap Day"][:2] == [2016, 2020]


def test_the_whole_days_of_a_calendar_file_are_holidays(write: Write) -> None:
    home = write(hours="calendars: {desk: {holiday_files: [config/ours.ics]}}")
    (home / "config" / "ours.ics").write_bytes(
        calendar(
            event(";VALUE=DATE:20260814", ";VALUE=DATE:20260816", "Village fair"),
            event(";VALUE=DATE:20200601", "", "Founding day", "RRULE:FREQ=YEARLY"),
            event(":20260301T100000Z", ":20260301T110000Z", "Meeting"),
        )
    )
    found = days(home)
    assert {on for on, day in found.items() if day.name == "Village fair"} == {
        date(2026, 8, 14),
        date(2026, 8, 15),
    }
    assert found[date(2031, 6, 1)].name == "Founding day"
    assert date(2026, 3, 1) not in found
    assert home / "config" / "ours.ics" in load(home, env={}).files


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("{holidays: {country: DX}}", "no holidays are known of country 'DX'"),
        ("{holidays: {country: Germany}}", "'GERMANY'. Expected two letters of ISO 3166, such as DE."),
        ("{holidays: {country: DE, subdivision: BYE}}", "DE has no subdivision 'BYE' (there: Augsburg, BB,"),
        ("{holidays: {country: DE, language: english}}", "DE has no language 'english' (there: de, en_US,"),
        ("{holidays: {country: DE, categories: [bank]}}", "DE has no category 'bank'"),
        ("{holidays: {country: US, without: [Columbus Dey]}}", 'Did you mean "Columbus Day"?'),
        ("{holidays: {subdivision: BY}}", "country"),
        ("{yearly: {12-32: X}}", "expected month and day such as 12-24, got '12-32'"),
        ("{yearly: {24.12.: X}}", "expected month and day"),
        ("{holiday_files: [config/none.ics]}", "there is no file none.ics"),
        ("{holiday_files: [config/hours.yaml]}", "it is no calendar"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_the_mend(write: Write, problems: Problems, hours: str, words: str) -> None:
    write(hours=f"calendars: {{desk: {hours}}}")
    (problem,) = problems()
    assert problem.startswith("config/hours.yaml:1:")
    assert words in problem


USE = """
calendars:
  desk: {}
  vip: {week: {sat: 08:00-12:00}}
  always: {week: {mon: 00:00-24:00}}
use:
  - {calendar: vip, clients: [ACME, "42"], sources: [demo]}
  - {calendar: always, groups: [Night Shift]}
  - {calendar: vip, groups: [Night Shift]}
"""


def ticket(**fields: Person) -> Ticket:
    return Ticket(key="demo-1", source="demo", id="1", **fields)


@pytest.mark.parametrize(
    ("fields", "calendar"),
    [
        ({}, "desk"),
        ({"client": Person(id="7", name="Acme")}, "vip"),
        ({"client": Person(id="42", name="Other")}, "vip"),
        ({"client": Person(id="43", name="Other")}, "desk"),
        ({"group": Person(id="9", name="night shift")}, "always"),
    ],
)
def test_the_first_calendar_that_fits_a_ticket_counts_for_it(
    write: Write, fields: dict[str, Person], calendar: str
) -> None:
    config: Config = load(write(hours=USE), env={})
    assert config.calendar_for(ticket(**fields)).name == calendar


def test_all_conditions_of_a_use_must_hold_and_one_is_needed(write: Write, problems: Problems) -> None:
    write(hours="use: [{calendar: desk}]")
    assert "name the groups, clients or sources" in problems()[0]
    write(hours="use: [{calendar: dask, groups: [a]}]")
    assert "there is no calendar 'dask' in config/hours.yaml. Did you mean \"desk\"?" in problems()[0]


def test_the_commented_examples_load(write: Write) -> None:
    text = (CLONE / "config" / "hours.yaml").read_text("utf-8")
    text = re.sub(r"(?m)^      # ", "      ", text).replace("  # - {calendar: vip", "  - {calendar: desk")
    text = text.replace("use: []", "use:").replace("yearly: {}", "yearly:").replace("days: {}", "days:")
    checked = check(write(hours=text), env={})
    assert checked.problems == ()
    assert checked.config is not None
    desk = checked.config.calendars["desk"].days
    assert desk[date(2026, 5, 1)].name == "Labor Day"
    assert desk[date(2027, 12, 31)].name == "New Year's Eve"
    assert desk[date(2027, 1, 4)].name == "Company holiday"
