"""oncall.yaml: duties by date and by turns, and every name in it checked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deskwatch.config import Config, load
from deskwatch.core.oncall import Gap
from tests.config.conftest import Problems, Write

BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = """
people:
  ana: {absences: [{start: 2026-03-11, end: 2026-03-11, stand_in: mia}]}
  ben: {}
  mia: {}
"""
HOURS = "calendars: {desk: {}, nights: {week: {mon: 18:00-24:00}}}"
ONCALL = """
zone: Europe/Berlin
layers:
  primary:
    rotations:
      - {people: [ana, ben], weekday: mon, handoff: 09:00, start: 2026-03-02}
  secondary:
    needed: {outside: desk}
    shifts:
      - {people: [mia, ben], start: 2026-03-02, end: 2026-03-06}
      - {people: [mia], start: 2026-03-06T18:00+00:00, end: 2026-03-07 08:00}
overrides:
  - {kind: replace, people: [ben], instead_of: [ana], start: 2026-03-03 18:00, end: 2026-03-03 20:00}
temporary:
  - name: Easter
    start: 2026-04-03
    end: 2026-04-06
    layers: {primary: {shifts: [{people: [mia], start: 2026-04-03, end: 2026-04-06}]}}
gaps:
  - {start: 2026-03-08, end: 2026-03-29, layer: secondary, reason: trial}
"""


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.fixture
def config(write: Write) -> Config:
    return load(write(people=PEOPLE, hours=HOURS, oncall=ONCALL), env={"TZ": "America/New_York"})


@pytest.mark.parametrize(
    ("at", "primary", "secondary"),
    [
        ("2026-03-02 08:59", (), ("mia", "ben")),
        ("2026-03-02 09:00", ("ana",), ("mia", "ben")),
        ("2026-03-03 18:00", ("ben",), ("mia", "ben")),
        ("2026-03-03 20:00", ("ana",), ("mia", "ben")),
        ("2026-03-06 23:59", ("ana",), ("mia", "ben")),
        ("2026-03-07 07:59", ("ana",), ("mia",)),
        ("2026-03-07 08:00", ("ana",), ()),
        ("2026-03-30 09:00", ("ana",), ()),
        ("2026-04-03 00:00", ("mia",), ()),
        ("2026-04-07 00:00", ("ben",), ()),
    ],
)
def test_everything_in_the_file_counts(
    config: Config, at: str, primary: tuple[str, ...], secondary: tuple[str, ...]
) -> None:
    assert config.schedule.on_call_at(local(at), layer="primary") == primary
    assert config.schedule.on_call_at(local(at), layer="secondary") == secondary


def test_absences_of_people_yaml_count(config: Config) -> None:
    assert config.schedule.on_call_at(local("2026-03-10 12:00")) == ("ben",)
    assert config.schedule.absences["ana"][0].end == datetime(
        2026, 3, 12, tzinfo=ZoneInfo("America/New_York")
    )


def test_gaps_that_are_meant_are_none(config: Config) -> None:
    gaps = config.schedule.gaps(local("2026-03-07 00:00"), local("2026-03-31 00:00"))
    assert {gap.layer for gap in gaps} == {"secondary"}
    assert gaps[0] == Gap(local("2026-03-07 08:00"), local("2026-03-08 00:00"), "secondary")
    assert gaps[1].start == local("2026-03-30 00:00"), "the end of a gap is included"


def test_the_zone_of_the_file_is_that_of_its_dates(config: Config) -> None:
    assert config.oncall_zone == BERLIN
    assert config.schedule.next_handoff(local("2026-03-28 12:00"), layer="primary") == datetime(
        2026, 3, 30, 7, tzinfo=UTC
    )


def shift(text: str) -> str:
    return f"layers: {{a: {{shifts: [{{{text}}}]}}}}"


def turns(text: str) -> str:
    return f"layers: {{a: {{rotations: [{{people: [ana], {text}}}]}}}}"


FROM, DAYS = "start: 2026-03-02", "start: 2026-03-02, end: 2026-03-03"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-29 02:30", "2026-03-29T01:00"),  # there is no such time: when the clocks jump
        ("2026-10-25 02:30", "2026-10-25T00:30"),  # there are two: the first
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30"),
        ("2026-10-25", "2026-10-24T22:00"),
    ],
)
def test_a_time_that_is_skipped_or_repeated_has_one_meaning(write: Write, written: str, instant: str) -> None:
    oncall = f"zone: Europe/Berlin\n{shift(f'people: [ana], start: {written}, end: 2026-12-01')}"
    config = load(write(people=PEOPLE, oncall=oncall), env={})
    before = datetime(2026, 1, 1, tzinfo=UTC)
    assert config.schedule.next_handoff(before) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("oncall", "words"),
    [
        (shift(f"people: [bne], {DAYS}"), 'Did you mean "ben"?'),
        (shift(f"people: [], {DAYS}"), "people"),
        (shift(f"people: [ana], {FROM}, end: 2026-03-01"), "ends before it starts"),
        (shift("people: [ana], start: soon, end: 2026-03-01"), "expected a date and time"),
        (shift("people: [ana], start: 0001-01-01, end: 2026-03-02"), "expected a date and time"),
        (shift(f"people: [ana], {FROM}, end: 9999-12-31"), "expected a date and time"),
        (turns("start: 0001-01-01"), "expected a date such as 2026-12-24"),
        (turns("start: 9999-12-31"), "expected a date such as 2026-12-24"),
        (turns("count: 2"), "start"),
        (turns(f"{FROM}, every: fortnight"), "expected hour, day or week"),
        (turns(f"{FROM}, count: 0"), "count"),
        (turns(f"{FROM}, end: 2026-03-02"), "ends before it starts"),
        (turns(f"{FROM}, every: day, weekday: mon"), "weekday is for turns of weeks"),
        (turns(f"{FROM}, hours: dask"), 'Did you mean "desk"?'),
        ("layers: {a: {needed: {hours: desk, outside: desk}}}", "set either hours or outside"),
        ("layers: {a: {feeds: [team]}}", "there is no feed 'team' in config/oncall.yaml"),
        ("layers: {a: {feeds: [t]}}\nfeeds: {t: {file: x.ics, means: absence}}", "a calendar of absences"),
        ("feeds: {t: {file: x.ics, url: env:ICS}}", "set either file or url"),
        ("feeds: {t: {url: https://example.com/5up3r}}", "a secret is not written into YAML"),
        ("feeds: {t: {url: env:FTP}}", "the address must begin with https://"),
        (f"overrides: [{{kind: swap, people: [ana], {DAYS}}}]", "expected replace, add or remove"),
        (f"overrides: [{{kind: add, people: [ana], instead_of: [ben], {DAYS}}}]", "is for kind replace"),
        (f"overrides: [{{kind: add, people: [ana], layer: b, {DAYS}}}]", "there is no layer 'b'"),
        (f"gaps: [{{layer: b, {DAYS}}}]", "there is no layer 'b'"),
        (f"temporary: [{{layers: {{b: {{}}}}, {DAYS}}}]", "there is no layer 'b'"),
    ],
)
def test_a_mistake_is_told_with_the_mend(write: Write, problems: Problems, oncall: str, words: str) -> None:
    write(people=PEOPLE, oncall=oncall)
    found = problems(FTP="ftp://example.com/5up3r", ICS="https://example.com/5up3r")
    assert found
    assert found[0].startswith("config/oncall.yaml:")
    assert words in found[0]
    assert "5up3r" not in "".join(found)


def test_a_rotation_may_have_a_zone_of_its_own(write: Write) -> None:
    text = """
        zone: Europe/Berlin
        layers:
          primary:
            rotations:
              - {people: [ana, ben], every: day, handoff: 09:00, start: 2026-03-02, zone: America/New_York}
        """
    schedule = load(write(people=PEOPLE, oncall=text), env={}).schedule
    handoff = datetime(2026, 3, 3, 14, tzinfo=UTC)  # nine in New York
    assert schedule.on_call_at(handoff - timedelta(seconds=1)) == ("ana",)
    assert schedule.on_call_at(handoff) == ("ben",)
