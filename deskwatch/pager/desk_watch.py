"""The look at the desk itself: the watcher, its sources, the clock, the roster, the channels, the budget."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from deskwatch.config import Config
from deskwatch.core.alerts import Alert, AlertKind, Raised, desk_alert
from deskwatch.core.desk import Desk
from deskwatch.core.oncall import Schedule
from deskwatch.core.people import Urgency
from deskwatch.pager.clock_doubt import ClockDoubt
from deskwatch.pager.desk_health import (
    UNTOLD,
    Condition,
    DeskHealth,
    GapWatch,
    Patience,
    stale_sources,
    watcher_conditions,
)
from deskwatch.pager.raising import Doubts
from deskwatch.pager.watcher_signs import WatcherFile
from deskwatch.store.outbox import BrokenAddress, Outbox

EVERY = 5.0
"""Seconds between two looks; a jump of the clock is noticed in each tick."""
BUDGET_EVERY = 60.0


class DeskWatch:
    """Knows what is wrong with the desk, and whether deadlines can be believed.

    Attributes:
        doubts: what may not be believed right now.
        conditions: everything that is wrong at the last look.
    """

    def __init__(self, state: Path, living: Iterable[Raised], *, started_at: datetime) -> None:
        self.clock = ClockDoubt()
        self.doubts = Doubts(stale_sources={})
        self.conditions: tuple[Condition, ...] = ()
        self._watcher = WatcherFile(state / "watcher.json")
        self._gaps, self._health = GapWatch(), DeskHealth(living)
        self._started_at = started_at
        self._due = self._budget_due = 0.0
        self._budget: tuple[Condition, ...] = ()

    def look(
        self,
        config: Config,
        desk: Desk,
        schedule: Schedule,
        *,
        outbox: Outbox,
        now: datetime,
        monotonic: float,
    ) -> tuple[list[Alert], list[str]]:
        """Alerts of what begins to be wrong now, and the keys of those whose trouble is over."""
        if monotonic < self._due and self.clock.since is None:
            return [], []
        self._due = monotonic + EVERY
        watch = config.alerts.watch
        patience = Patience(watcher=watch.watcher_silent_after, source=watch.source_failing_after)
        signs = self._watcher.read(monotonic)
        self.clock.good_poll(signs.last_good_at(), now=now)
        stale = stale_sources(signs, patience=patience.source, now=now)
        self.doubts = Doubts(stale_sources=stale, clock=self.clock.words)
        if monotonic >= self._budget_due:
            self._budget_due = monotonic + BUDGET_EVERY
            self._budget = tuple(_budget(config, outbox, now))
        found = [
            *watcher_conditions(
                signs,
                patience=patience,
                zone=config.zone,
                started_at=self._started_at,
                now=now,
                monotonic=monotonic,
                is_told=self._health.knows(AlertKind.WATCHER_SILENT),
            ),
            *self._gaps.conditions(schedule, zone=config.zone, now=now),
            *_channels(desk, outbox.broken(), now),
            *self._budget,
        ]
        self.conditions = tuple(found)
        begun, ended = self._health.look(found)
        return [_as_wanted(condition, config) for condition in begun], ended

    def words(self) -> list[dict[str, str]]:
        """What is wrong, for the heartbeat."""
        return [{"kind": str(each.kind), "words": each.reason} for each in self.conditions]


def _as_wanted(condition: Condition, config: Config) -> Alert:
    """The alert of a condition; how urgent it is, a rule may say, unless it is but a hint."""
    rule, urgency = alerting_rule(config, condition.kind)
    if urgency is not None and condition.urgency is Urgency.URGENT:
        condition = replace(condition, urgency=urgency)
    return condition.alert(rule)


def _channels(desk: Desk, broken: Iterable[BrokenAddress], now: datetime) -> Iterator[Condition]:
    """Channels that need a person, and addresses at which nothing arrives."""
    off = {name for name, why in desk.broken_channels.items() if "enabled: false" in why}
    for name, why in desk.broken_channels.items():
        if name not in off:
            yield Condition(
                kind=AlertKind.CHANNEL_BROKEN,
                detail=name,
                since=now,
                reason=f"channel {name} does not work: {why}",
                facts={"channel": name, "error": why},
            )
    for each in broken:
        if (each.person, each.channel) in desk.broken:
            contact = desk.people.get(each.person)
            who = contact.name if contact else each.person
            yield Condition(
                kind=AlertKind.CHANNEL_BROKEN,
                detail=f"{each.channel}/{each.person}",
                since=each.since,
                reason=f"{each.channel} does not reach {who}: {each.reason}",
                urgency=Urgency.NORMAL,
                facts={"channel": each.channel, "person": who, "error": each.reason},
            )


def _budget(config: Config, outbox: Outbox, now: datetime) -> Iterator[Condition]:
    """Channels that have used most of their month."""
    local = now.astimezone(config.zone)
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for name, cap in config.limits.caps.items():
        used = outbox.segments_since(month.astimezone(now.tzinfo), [name])
        if words := cap.warning(name, used):
            yield Condition(
                kind=AlertKind.CHANNEL_BROKEN,
                detail=f"{name}/{'spent' if cap.is_used_up(used) else 'budget'}",
                since=month.astimezone(now.tzinfo),
                reason=words,
                urgency=Urgency.NORMAL,
                facts={"channel": name},
            )


def alerting_rule(config: Config, kind: AlertKind) -> tuple[str, Urgency | None]:
    """The rule that wants alerts of this kind about the desk, and its urgency; else the admins get them."""
    rule = next(iter(config.alert_rules.of(kind)), None)
    return (rule.id, rule.urgency) if rule is not None else (str(kind), None)


def nobody_told(config: Config, why: str, *, now: datetime) -> Alert:
    """The alert that somebody should have been told and nobody could be; once a day, whatever the reasons."""
    rule, urgency = alerting_rule(config, AlertKind.NOBODY_ON_CALL)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return desk_alert(
        AlertKind.NOBODY_ON_CALL,
        UNTOLD,
        occurred_at=day,
        reason=f"an alert could not be told as the rules want: {why}",
        facts={"detail": why},
        urgency=urgency or Urgency.URGENT,
        rule=rule,
    )
