"""What is old news: a backlog is told as one number, never as single messages."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from deskwatch.core.alerts import Alert, AlertKind, desk_alert
from deskwatch.core.people import Urgency
from deskwatch.core.ticket import Ticket, TicketError, format_instant, parse_instant
from deskwatch.pager.clock_doubt import STEP
from deskwatch.store.outbox import Remembered

LAST_TICK = "last_tick_at"
"""The fact that says when a notifier last looked at everything."""
OLD_UNTIL = "old_news_until"
"""The fact that says since when there is news, until a notifier has looked at everything."""
BACKLOG = "backlog"
"""The fact that keeps a summary that was not told yet."""
QUIET = timedelta(seconds=10)
"""A backlog that has not grown for so long is complete, and told."""
PATIENCE = timedelta(minutes=2)
"""One that keeps growing is told after this time."""
_NAMED = 30  # tickets a summary names at most
_TOLD_FACTS = ("ticket", "number", "subject", "url", "priority", "priority_word")


@dataclass(frozen=True, slots=True)
class Past:
    """What happened before ``until`` is old news; ``why`` says so in words that fit after "not told: "."""

    until: datetime | None = None
    why: str = ""

    def old_news(self, alert: Alert, ticket: Ticket | None, *, backlog_after: timedelta) -> str | None:
        """Why an alert is told to nobody; ``None``: it is news."""
        if self.until is not None and alert.occurred_at < self.until:
            return self.why
        if ticket is None or ticket.first_seen_at is None or ticket.created_at is None:
            return None
        was_old = ticket.first_seen_at - ticket.created_at > backlog_after
        if was_old and alert.occurred_at < ticket.first_seen_at:
            return "it happened before the ticket was first seen here"
        return None

    def shifted(self, by: timedelta) -> "Past":
        """The same by a clock that was set back since: what happens from now on is news."""
        return self if self.until is None or by > timedelta(0) else replace(self, until=self.until + by)


def remembered_tick(remembered: Remembered) -> datetime | None:
    """When a notifier last looked at everything."""
    return _instant(remembered, LAST_TICK)


def past_of(remembered: Remembered, *, started_at: datetime, outage_after: timedelta) -> Past:
    """What this start makes old news: everything when nothing is known about the past, or after an outage.

    A start that was cut off before it had looked at everything left its own instant behind: what came
    since then is news, however often it was cut off. Helpdesks tell whole seconds, so what came in the second
    of the start is news too.
    """
    started_at = started_at.replace(microsecond=0)
    if (begun := _instant(remembered, OLD_UNTIL)) is not None:
        return Past(begun, "no notifier has looked at everything since it happened")
    if remembered.fresh:
        return Past(started_at, "nothing is known about the time before this start")
    last = remembered_tick(remembered)
    if last is None:
        return Past(started_at, "nobody knows when the notifier last ran")
    if started_at - last > outage_after:
        return Past(started_at, f"the notifier had not run since {format_instant(last)}")
    return Past()


def set_back_since(remembered: Remembered, started_at: datetime) -> timedelta:
    """How far the clock was set back while no notifier ran, less what it was down; zero: not that we know."""
    last = remembered_tick(remembered)
    return started_at - last if last is not None and last - started_at > STEP else timedelta(0)


def _instant(remembered: Remembered, name: str) -> datetime | None:
    try:
        return parse_instant(remembered.facts.get(name, ""))
    except TicketError:
        return None


@dataclass(frozen=True, slots=True)
class Backlog:
    """Alerts that were recorded and told to nobody, until one summary tells of them.

    Attributes:
        urgent: how many of ``count`` would have woken somebody; ``rule``: the rule of the first of these.
        tickets: facts of some tickets, urgent ones first.
    """

    count: int = 0
    urgent: int = 0
    rule: str = ""
    why: str = ""
    tickets: tuple[Mapping[str, Any], ...] = ()
    began_at: datetime | None = None
    grew_at: datetime | None = None

    def __bool__(self) -> bool:
        return self.count > 0

    def with_(self, alerts: Iterable[Alert], why: str, *, now: datetime) -> "Backlog":
        """The backlog with more alerts in it."""
        alerts = sorted(alerts, key=lambda alert: alert.urgency is not Urgency.URGENT)
        urgent = [alert for alert in alerts if alert.urgency is Urgency.URGENT]
        ahead = [_about(alert) for alert in urgent]
        behind = [_about(alert) for alert in alerts[len(urgent) :]]
        tickets = (*self.tickets[: self.urgent], *ahead, *self.tickets[self.urgent :], *behind)
        named = {str(about["ticket"]): about for about in reversed(tickets)}
        return replace(
            self,
            count=self.count + len(alerts),
            urgent=self.urgent + len(urgent),
            rule=self.rule or next((alert.rule for alert in urgent), ""),
            why=self.why or why,
            tickets=tuple(reversed(named.values()))[:_NAMED],
            began_at=self.began_at or now,
            grew_at=now,
        )

    def is_complete(self, now: datetime) -> bool:
        """Whether it is time to tell."""
        if self.began_at is None or self.grew_at is None:
            return False
        return now - self.grew_at >= QUIET or now - self.began_at >= PATIENCE or now < self.began_at

    def summary(self) -> Alert:
        """The one alert that tells of all: to whom the urgent ones would have gone, else to the admins."""
        assert self.began_at is not None
        alerts = "one alert" if self.count == 1 else f"{self.count} alerts"
        urgent = f", {self.urgent} of them urgent" if self.urgent and self.count > 1 else ""
        reason = f"nobody was told of {alerts}{urgent}: {self.why}"
        facts = {
            "count": self.count,
            "tickets": [dict(about) for about in self.tickets],
            "since": format_instant(self.began_at),
            "detail": reason,
        }
        return desk_alert(
            AlertKind.BACKLOG,
            "",
            occurred_at=self.began_at,
            reason=reason,
            facts=facts,
            urgency=Urgency.URGENT if self.urgent else Urgency.NORMAL,
            rule=self.rule,
        )

    def to_fact(self) -> str:
        """As one line of JSON, so that a restart does not forget it; empty when there is none."""
        if self.began_at is None:
            return ""
        tickets = [dict(about) for about in self.tickets]
        began_at = format_instant(self.began_at)
        return json.dumps([self.count, self.urgent, self.rule, self.why, tickets, began_at])

    @classmethod
    def of_fact(cls, text: str, *, now: datetime) -> "Backlog":
        """The remembered backlog, or none."""
        try:
            count, urgent, rule, why, tickets, began_at = json.loads(text)
            since = parse_instant(began_at)
            return cls(int(count), int(urgent), str(rule), str(why), tuple(tickets), since, now)
        except (ValueError, TypeError, TicketError):
            return cls()


def _about(alert: Alert) -> dict[str, Any]:
    about = {name: alert.facts.get(name) for name in _TOLD_FACTS}
    return about | {"ticket": alert.ticket, "detail": alert.kind.replace("_", " ")}
