"""What is wrong with the desk itself: each trouble is told once, and once more when it is over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from deskwatch.core.alerts import Alert, AlertKind, Raised, desk_alert
from deskwatch.core.delivery import Failure
from deskwatch.core.moments import moment
from deskwatch.core.oncall import Gap, Schedule
from deskwatch.core.people import Urgency
from deskwatch.core.ticket import format_instant
from deskwatch.pager.watcher_signs import AHEAD, WatcherSigns

OWN_LOOK = 120.0
"""Seconds for which we must have waited for a sign ourselves: after a night in standby both are silent."""
SKEW_SECONDS = 120.0
HEALTH_KINDS = frozenset(
    {
        AlertKind.WATCHER_SILENT,
        AlertKind.SOURCE_FAILING,
        AlertKind.NOBODY_ON_CALL,
        AlertKind.CHANNEL_BROKEN,
    }
)


UNTOLD = "told"
"""Detail of the alert that another one could not be told: no look at the desk sees the end of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something about the desk that holds now; ``detail`` tells two of a kind apart."""

    kind: AlertKind
    detail: str
    since: datetime
    reason: str
    urgency: Urgency = Urgency.URGENT
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """What makes it the same trouble from one look to the next: the middle of the alert's key."""
        return self.alert("").key.split("|")[1]

    def alert(self, rule: str) -> Alert:
        """The alert that tells of it, as a rule wants it."""
        return desk_alert(
            self.kind,
            self.detail,
            occurred_at=self.since,
            reason=self.reason,
            facts={"detail": self.reason, "since": format_instant(self.since), **self.facts},
            urgency=self.urgency,
            rule=rule,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long things may be wrong before somebody is told."""

    watcher: timedelta = timedelta(minutes=10)
    source: timedelta = timedelta(minutes=10)


def watcher_conditions(
    signs: WatcherSigns,
    *,
    patience: Patience,
    zone: tzinfo,
    started_at: datetime,
    now: datetime,
    monotonic: float,
    is_told: bool = False,
) -> Iterator[Condition]:
    """A watcher that keeps silent, or what a living one says about its sources.

    ``is_told``: its silence was told before, so only a sign of life ends it.
    """
    waited = OWN_LOOK if is_told else monotonic - signs.seen_at
    since = signs.beat_at if signs.beat_at is not None and signs.beat_at <= now + AHEAD else None
    silent_for = now - (since or started_at)
    if silent_for >= patience.watcher and waited >= min(OWN_LOOK, patience.watcher.total_seconds()):
        told = f"since {moment(since, now=now, zone=zone)}" if since else "ever"
        words = f"no sign of life from the watcher {told}; nothing new is seen until it runs"
        yield Condition(kind=AlertKind.WATCHER_SILENT, detail="", since=since or started_at, reason=words)
        return
    for name, sign in signs.sources.items():
        good = sign.last_good_at or signs.started_at
        if sign.state == "paused" or good is None or signs.beat_at is None:
            continue
        if now - good >= patience.source:
            error = f": {sign.error}" if sign.error else ""
            words = f"{name} has not been read since {moment(good, now=now, zone=zone)}{error}"
            yield Condition(
                kind=AlertKind.SOURCE_FAILING, detail=name, since=good, reason=words, facts={"source": name}
            )
        elif abs(sign.skew) > SKEW_SECONDS:
            words = f"the clock of this machine and that of {name} differ by {abs(sign.skew):.0f} s"
            yield Condition(
                kind=AlertKind.SOURCE_FAILING,
                detail=f"{name}:clock",
                since=signs.started_at or started_at,
                reason=words,
                urgency=Urgency.NORMAL,
                facts={"source": name, "skew_seconds": round(sign.skew)},
            )


def stale_sources(signs: WatcherSigns, *, patience: timedelta, now: datetime) -> dict[str, datetime]:
    """Sources of which nothing was heard for too long to believe their deadlines, and since when."""
    found = {}
    for name, sign in signs.sources.items():
        good = sign.last_good_at or signs.started_at
        if good is not None and now - good >= patience and sign.state != "paused":
            found[name] = good
    return found


_FAR = timedelta(days=14)


class GapWatch:
    """Whether somebody is on call now; the schedule is asked again only when that may have changed."""

    def __init__(self) -> None:
        self._schedule: Schedule | None = None
        self._until: datetime | None = None
        self._found: tuple[Condition, ...] = ()

    def conditions(self, schedule: Schedule, *, zone: tzinfo, now: datetime) -> tuple[Condition, ...]:
        """The gaps we are in."""
        if schedule is not self._schedule or self._until is None or now >= self._until:
            self._schedule = schedule
            gaps = schedule.gaps(now, now + _FAR)
            edges = [gap.end if gap.start <= now else gap.start for gap in gaps]
            self._until = min([*edges, now + timedelta(hours=1)])
            self._found = tuple(_gap(gap, zone, now) for gap in gaps if gap.start <= now)
        return self._found


def _gap(gap: Gap, zone: tzinfo, now: datetime) -> Condition:
    end = None if gap.end >= now + _FAR else gap.end
    until = f" until {moment(end, now=now, zone=zone)}" if end else ""
    return Condition(
        kind=AlertKind.NOBODY_ON_CALL,
        detail=gap.layer,
        since=now,
        reason=f"nobody is on call in layer {gap.layer}{until}",
        facts={"layer": gap.layer, "until": end and format_instant(end)},
    )


class DeskHealth:
    """Turns conditions into alerts: raised when one begins, ended when it is over.

    The same kind and detail is the same trouble, however its words change and whoever was told before a
    restart.
    """

    def __init__(self, living: Iterable[Raised] = ()) -> None:
        self._known = {
            raised.alert.key.split("|")[1]: raised.alert.key
            for raised in living
            if raised.alert.kind in HEALTH_KINDS and raised.alert.ticket is None and not _is_untold(raised)
        }

    def knows(self, kind: AlertKind) -> bool:
        """Whether a trouble of this kind was told and is not over."""
        return any(_kind_of(name) == kind for name in self._known)

    def look(self, conditions: Iterable[Condition]) -> tuple[list[Condition], list[str]]:
        """What begins now, and the keys of the alerts whose trouble is over.

        While the watcher is silent nobody knows whether a source can be read again, so its trouble stays.
        """
        holding = {condition.name: condition for condition in conditions}
        silent = any(condition.kind is AlertKind.WATCHER_SILENT for condition in holding.values())
        unseen = {name for name in self._known if silent and _kind_of(name) == AlertKind.SOURCE_FAILING}
        over = [name for name in self._known if name not in holding and name not in unseen]
        ended = [self._known.pop(name) for name in over]
        begun = [condition for name, condition in holding.items() if name not in self._known]
        for condition in begun:
            self._known[condition.name] = condition.alert("").key
        return begun, ended


def channels_told_broken(living: Iterable[Raised]) -> Iterator[tuple[str, Failure]]:
    """The channels of which somebody was told that they do not work, and what they said."""
    for raised in living:
        name, error = raised.alert.facts.get("channel"), raised.alert.facts.get("error")
        if name and error and raised.alert.key.split("|")[1] == f"{AlertKind.CHANNEL_BROKEN}:{name}":
            yield str(name), Failure(kind="broken", words=str(error))


def _is_untold(raised: Raised) -> bool:
    name = raised.alert.key.split("|")[1]
    return name == f"{AlertKind.NOBODY_ON_CALL}:{UNTOLD}" and "layer" not in raised.alert.facts


def _kind_of(name: str) -> str:
    return name.partition(":")[0]
