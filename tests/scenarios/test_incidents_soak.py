"""A whole day of random changes, restarts and a short outage, held against an expectation written apart.

The expectation knows nothing of the pager's code: it is three sentences about a ticket. A new ticket wakes
whoever is on call unless it was answered before anybody knew, and after eleven minutes whoever is next unless
somebody has begun to work on it. A missed first response is told to the manager. Everything is told once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from deskwatch.core.ticket import Person, Phase, Status
from tests.pager.night import MINUTE, TUESDAY_NIGHT, Night

RULES = """
rules:
  - {id: new, on: [created], urgency: urgent, escalation: wake}
  - {id: late, on: [sla_breach], targets: [first_response], urgency: urgent, escalation: tell}
escalations:
  wake:
    steps: [{notify: [oncall]}, {after: 11m, notify: [next]}]
    repeat_after: 7d
    acknowledgement_lapses: never
  tell: {steps: [{notify: [manager]}], repeat_after: 7d, acknowledgement_lapses: never}
limits: {ladders: {sms: [], email: [], voice: []}, collect: 0s}
"""
TURNS = """
zone: UTC
layers: {primary: {rotations: [{people: [ana, ben], every: day, handoff: "09:00", start: 2026-03-09}]}}
"""
PEOPLE = """
people:
  ana: {name: Ana, phone: "+12025550101", urgent: [sms]}
  ben: {name: Ben, phone: "+12025550102", urgent: [sms]}
  mia: {name: Mia, email: mia@example.com, urgent: [mail]}
managers: [mia]
admins: [mia]
"""
HANDOFF = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
STEP = 5 * MINUTE
Told = tuple[str, str, str]
"""Ticket, kind of alert, person."""


@dataclass
class Life:
    """What happens to one ticket, by plain minutes."""

    created: datetime
    due: datetime
    worked_at: datetime | None = None
    answered_at: datetime | None = None


def expectation(lives: dict[str, Life], up: "Uptime", until: datetime) -> Iterator[Told]:
    for key, life in lives.items():
        woken = up.from_(life.created)
        if woken > until:
            continue
        if life.answered_at and life.answered_at <= woken:
            continue
        yield key, "created", on_call(woken)
        escalates = up.from_(woken + 11 * MINUTE)
        if escalates <= until and not (life.worked_at and up.from_(life.worked_at) <= escalates):
            yield key, "created", "ben" if on_call(escalates) == "ana" else "ana"
        missed = up.from_(life.due)
        if missed <= until and not (life.answered_at and life.answered_at <= missed):
            yield key, "sla_breach", "mia"


def on_call(at: datetime) -> str:
    return "ana" if at < HANDOFF else "ben"


class Uptime:
    """When the notifier was away: it learns of what happened then at its next start."""

    def __init__(self) -> None:
        self.gaps: list[tuple[datetime, datetime]] = []

    def from_(self, at: datetime) -> datetime:
        return next((end for start, end in self.gaps if start <= at <= end), at)


@pytest.mark.parametrize("seed", [2])
def test_a_random_day_is_told_exactly_as_expected(tmp_path: Path, seed: int) -> None:
    random, lives, up = Random(seed), dict[str, Life](), Uptime()
    night = Night(tmp_path, TUESDAY_NIGHT, alerts=RULES)
    night.config("oncall", TURNS)
    night.config("people", PEOPLE)
    night.restart(after=MINUTE)
    night.run(minutes=1)
    end = night.now + timedelta(hours=24)
    outages = {random.randrange(288) for _ in range(6)}
    for number in range(288):
        if number in outages:
            start = night.now
            night.restart(after=STEP)
            up.gaps.append((start, night.now))
        else:
            night.pass_(STEP.total_seconds())
        change(night, lives, random)
    night.pass_((end - night.now).total_seconds() + 6 * 3600)
    expected = Counter(expectation(lives, up, night.now))
    told = Counter(actually(night))
    assert told - expected == Counter(), "told, and not expected"
    assert expected - told == Counter(), "expected, and not told"
    assert len(expected) > 50, "a day on which something happens"


def change(night: Night, lives: dict[str, Life], random: Random) -> None:
    """At most one change of one ticket."""
    choice = random.random()
    unworked = [key for key, life in lives.items() if life.worked_at is None]
    if choice < 0.35:
        key = f"demo-{len(lives)}"
        due = night.now + random.randrange(3, 60) * STEP + timedelta(seconds=90)
        lives[key] = Life(night.now, due)
        night.ticket(key, first_response_due_at=due)
    elif choice < 0.8 and unworked:
        key = random.choice(unworked)
        lives[key].worked_at = night.now
        WORK[random.randrange(3)](night, key, lives[key])


def assign(night: Night, key: str, _: Life) -> None:
    night.assign(key, "19", "Ana")


def answer(night: Night, key: str, life: Life) -> None:
    life.answered_at = night.now
    night.ticket(key, first_responded_at=night.now, agent_responded_at=night.now)


def resolve(night: Night, key: str, life: Life) -> None:
    life.answered_at = night.now
    person, status = Person(id="19", name="Ana"), Status(id="4", name="Resolved")
    night.ticket(
        key,
        agent=person,
        phase=Phase.RESOLVED,
        status=status,
        status_since=night.now,
        resolved_at=night.now,
    )


WORK = (assign, answer, resolve)


def actually(night: Night) -> Iterator[Told]:
    for provider in night.providers.values():
        for accepted in provider.accepted:
            sent = night.notifier.outbox.notification_of_code(accepted.code)
            assert sent is not None
            for key in sent.alerts:
                ticket, kind, *_ = key.split("|")
                kind = kind.partition(":")[0]
                is_news = "|over|" in key or "|taken|" in key
                if kind in ("created", "sla_breach") and not is_news:
                    yield ticket, kind, accepted.person
