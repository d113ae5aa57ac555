"""From YAML to who is told: ana is on call, ben is next, mia is the manager."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskwatch.config import Config, load
from deskwatch.core.alerts import Alert, AlertKind
from deskwatch.core.people import Urgency
from deskwatch.core.routing import StepTaken, first_step, take_step
from deskwatch.core.ticket import Person, Ticket
from tests.config.conftest import Write

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)

FILES = {
    "deskwatch": "zone: Europe/Berlin\n",
    "people": """
people:
  ana:
    name: Ana
    phone: +4915123456789
    email: ana@example.com
    agents: [Ana Alvarez]
    urgent: [sms, {voice: 3m}]
    normal: [mail]
    quiet: {week: {wed: 00:00-07:00}}
  ben: {name: Ben, phone: +4915123456788, email: ben@example.com}
  mia: {name: Mia, email: mia@example.com}
groups: {Service Desk: [ana, ben]}
managers: [mia]
admins: [mia]
""",
    "oncall": """
layers:
  primary:
    rotations:
      - {people: [ana, ben], every: week, weekday: mon, handoff: 09:00, start: 2026-03-02}
""",
    "alerts": """
channels:
  sms: {kind: sms, account_sid: env:ACCOUNT, auth_token: env:TOKEN, sender: +12025550143}
  voice: {kind: voice, account_sid: env:ACCOUNT, auth_token: env:TOKEN, sender: +12025550143}
  mail: {kind: email, host: mail.example.com, from_email: desk@example.com}
maintenance:
  - {start: 2026-03-08 02:00, end: 2026-03-08 04:00, reason: the mail server moves}
""",
}
TICKET = Ticket(key="demo-12", source="demo", id="12", agent=Person(id="19", name="Ana Alvarez"))


@pytest.fixture
def config(write: Write) -> Config:
    """The desk of these files."""
    return load(write(**FILES), env={"TOKEN": "x", "ACCOUNT": f"AC{'a' * 32}"}, needs=["alerts"])


def first(config: Config, rule: str, kind: AlertKind, at: str, *, urgency: Urgency) -> StepTaken:
    """The first step of an alert by a rule, at a time in Berlin."""
    now = datetime.fromisoformat(at).replace(tzinfo=BERLIN)
    about: dict[str, Any] = {"ticket": TICKET.key, "occurred_at": now, "urgency": urgency, "reason": "x"}
    begun = first_step(
        Alert(key=f"{TICKET.key}|{kind}|{at}", kind=kind, rule=rule, **about),
        desk=config.desk,
        ticket=TICKET,
        now=now,
    )
    if begun.raised.next_step_at != now:
        return begun
    return take_step(begun.raised, desk=config.desk, ticket=TICKET, now=now)


def told(taken: StepTaken) -> list[str]:
    """Who is told by what."""
    return [f"{each.person} {each.channel}" for each in taken.envelopes]


def test_an_urgent_ticket_at_night_wakes_ana_by_text_and_by_call(config: Config) -> None:
    taken = first(
        config, "urgent-after-hours", AlertKind.AFTER_HOURS, "2026-03-04 02:10", urgency=Urgency.URGENT
    )
    assert told(taken) == ["ana sms", "ana voice"]
    assert [each.address for each in taken.envelopes] == ["+4915123456789"] * 2
    following = taken.raised
    assert following.next_step_at is not None
    second = take_step(following, desk=config.desk, ticket=TICKET, now=following.next_step_at)
    assert told(second)[0] == "ben sms"


def test_a_week_later_it_wakes_ben(config: Config) -> None:
    taken = first(
        config, "urgent-after-hours", AlertKind.AFTER_HOURS, "2026-03-11 02:10", urgency=Urgency.URGENT
    )
    assert told(taken)[0] == "ben sms"


def test_an_assignment_at_night_waits_for_the_opening(config: Config) -> None:
    begun = first(config, "assigned", AlertKind.ASSIGNED, "2026-03-04 02:10", urgency=Urgency.NORMAL)
    assert told(begun) == []
    assert begun.raised.held_until == datetime(2026, 3, 4, 8, 0, tzinfo=BERLIN)
    assert begun.raised.why == "held until 08:00, when the desk opens"


def test_an_assignment_by_day_is_mailed(config: Config) -> None:
    taken = first(config, "assigned", AlertKind.ASSIGNED, "2026-03-04 11:00", urgency=Urgency.NORMAL)
    assert told(taken) == ["ana mail"]


def test_a_missed_deadline_is_copied_to_the_manager(config: Config) -> None:
    taken = first(config, "deadline-missed", AlertKind.SLA_BREACH, "2026-03-04 11:00", urgency=Urgency.URGENT)
    assert told(taken) == ["ana sms", "ana voice", "mia mail"]
    assert [each.copy for each in taken.envelopes] == [False, False, True]


def test_in_maintenance_everything_waits(config: Config) -> None:
    taken = first(
        config, "urgent-after-hours", AlertKind.AFTER_HOURS, "2026-03-08 02:10", urgency=Urgency.URGENT
    )
    assert told(taken) == []
    assert taken.raised.why == "held until 04:00 by maintenance 1: the mail server moves"


def test_the_limits_are_those_of_the_kinds(config: Config) -> None:
    assert config.limits.pace("sms").ladder.rungs[1] == (5, 15 * MINUTE)
    assert config.limits.pace("mail").ladder.rungs == ((20, 60 * MINUTE),)
    assert config.limits.pace("sms").collect == 2 * MINUTE
