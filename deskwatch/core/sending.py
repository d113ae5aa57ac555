"""Which of the waiting notifications go now, and which of them are told in one message."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from deskwatch.core.delivery import Decision, Notification, Verdict
from deskwatch.core.limits import UNLIMITED, Limits, Pace
from deskwatch.core.people import Urgency

Unit = tuple[Notification, ...]
"""Notifications that are told in one message, the most important first."""
ALONE = "alone:"
"""Begin of the group of what is never told together with anything else: the answer to somebody's answer."""
_NONE_USED: Mapping[str, int] = MappingProxyType({})


class SentMessage(Protocol):
    """A message that went out, or may have gone out."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def person(self) -> str:
        """To whom."""

    @property
    def channel(self) -> str:
        """By which channel."""

    @property
    def urgency(self) -> Urgency:
        """Whether anything in it was urgent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went out, or may have gone out: what limits count."""

    at: datetime
    person: str
    channel: str
    urgency: Urgency = Urgency.URGENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """What to do with the notifications that wait.

    Attributes:
        now: each inner tuple is told in one message; in the order of sending.
        next_at: when to ask again; ``None``: nothing waits for time.
        turned_away: the month's budget forbids these; another way has to be found.
        decisions: why something waits, goes together with others, or does not go.
    """

    now: tuple[Unit, ...]
    next_at: datetime | None = None
    turned_away: tuple[Notification, ...] = ()
    decisions: tuple[Decision, ...] = ()


def plan_sends(
    waiting: Sequence[Notification],
    sent: Collection[SentMessage],
    limits: Limits,
    *,
    now: datetime,
    used: Mapping[str, int] = _NONE_USED,
    said: Collection[str] = (),
) -> Sends:
    """Which of the pending notifications go now.

    The first message of a storm goes at once and alone; what comes while a person must wait is told together
    in the next one. A group is always told in one message, a notification that was tried before stays alone.
    Something urgent waits for urgent messages only: mails about the day's work never keep it back.

    ``sent`` covers at least ``limits.longest``, with everything that may be under way. ``used`` are this
    month's segments by channel. ``said`` are ids whose waiting was explained before.
    """
    everything, urgent = _times(sent, now), _times(filter(_is_urgent, sent), now)
    lanes: dict[tuple[str, str], list[Notification]] = defaultdict(list)
    moments: list[datetime] = []
    going: list[Unit] = []
    turned_away: list[Notification] = []
    decisions: list[Decision] = []
    for notification in waiting:
        if notification.not_before is not None and notification.not_before > now:
            moments.append(notification.not_before)
        elif _is_over_budget(notification, limits, used):
            turned_away.append(notification)
        else:
            lanes[notification.person, notification.channel].append(notification)
    for lane, notifications in lanes.items():
        pace, units = limits.pace(lane[1]), _units(notifications)
        chosen, left = _of_lane(units, everything[lane], urgent[lane], pace, now)
        going += chosen
        for unit, free_at in left:
            moments.append(free_at)
            decisions += _waits(unit, free_at, said, now)
    decisions += [_decision(each, Verdict.SKIP, turned_away_words(each), now) for each in turned_away]
    decisions += [decision for unit in going if len(unit) > 1 for decision in _together(unit, now)]
    return Sends(
        now=tuple(sorted(going, key=lambda unit: _importance(unit[0]))),
        next_at=min(moments, default=None),
        turned_away=tuple(turned_away),
        decisions=tuple(decisions),
    )


def turned_away_words(notification: Notification) -> str:
    """Why the month's budget forbids a notification."""
    return f"{notification.channel} has no segments left this month, only urgent alerts go"


def _of_lane(
    units: list[Unit], everything: Sequence[datetime], urgent: Sequence[datetime], pace: Pace, now: datetime
) -> tuple[list[Unit], list[tuple[Unit, datetime]]]:
    """What goes to one person by one channel now, and what is left, each with the time it may go.

    What is told alone collects nothing, so it waits for the ladder only.
    """
    alone = [unit for unit in units if _is_alone(unit)]
    going, left = _choose([unit for unit in units if not _is_alone(unit)], everything, pace, now)
    hasty = [*urgent, *(now for unit in going if _is_urgent(unit[0]))]
    hurried, _ = _choose([unit for unit in left if _is_urgent(unit[0])], hasty, pace, now)
    going = [*going, *hurried]
    if alone and pace.ladder.free_at([*everything, *(now for _ in going)], now) <= now:
        going = [*going, alone.pop(0)]
    told = {each.id for unit in going for each in unit}
    alone_at = pace.ladder.free_at([*everything, *(now for _ in going)], now)
    free_at = {
        True: pace.free_at([*hasty, *(now for _ in hurried)], now),
        False: pace.free_at([*everything, *(now for _ in going)], now),
    }
    waiting = [(unit, free_at[_is_urgent(unit[0])]) for unit in left if unit[0].id not in told]
    return going, [*waiting, *((unit, alone_at) for unit in alone)]


def _choose(
    units: list[Unit], past: Sequence[datetime], pace: Pace, now: datetime
) -> tuple[list[Unit], list[Unit]]:
    """What may go after the messages of ``past``, and what is left for later."""
    if pace == UNLIMITED:
        return units, []
    if not units or pace.free_at(past, now) > now:
        return [], units
    if units[0][0].attempts:
        return units[:1], units[1:]
    everything = tuple(each for unit in units for each in unit if not each.attempts)
    if past and min(map(_ready_at, everything)) <= past[-1] + pace.collect:
        return [everything], []
    room = 1 if pace.collect else pace.ladder.room(past, now, len(units))
    return units[:room], units[room:]


def _units(notifications: Iterable[Notification]) -> list[Unit]:
    """Groups in one unit each, everything else alone; urgent ones first, of those what was tried before."""
    groups: dict[str, list[Notification]] = defaultdict(list)
    for each in sorted(notifications, key=_importance):
        together = each.group is not None and not each.attempts
        groups[f"group {each.group}" if together else f"alone {each.id}"].append(each)
    return sorted(
        (tuple(group) for group in groups.values()),
        key=lambda unit: (not _is_urgent(unit[0]), not unit[0].attempts, _importance(unit[0])),
    )


def _is_alone(unit: Unit) -> bool:
    return (unit[0].group or "").startswith(ALONE)


def _is_urgent(message: SentMessage | Notification) -> bool:
    return message.urgency is Urgency.URGENT


def _importance(notification: Notification) -> tuple[bool, int, datetime, str]:
    return not _is_urgent(notification), notification.rank, notification.created_at, notification.id


def _ready_at(notification: Notification) -> datetime:
    """Since when it could have been sent."""
    return max(notification.created_at, notification.not_before or notification.created_at)


def _times(sent: Iterable[SentMessage], now: datetime) -> Mapping[tuple[str, str], list[datetime]]:
    """When each person had messages by each channel, oldest first.

    Messages of the future are left out: the clock was put back, and they must not block anybody until then.
    """
    times: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for message in sent:
        if message.at <= now:
            times[message.person, message.channel].append(message.at)
    for each in times.values():
        each.sort()
    return times


def _is_over_budget(notification: Notification, limits: Limits, used: Mapping[str, int]) -> bool:
    cap = limits.caps.get(notification.channel)
    if cap is None or _is_urgent(notification):
        return False
    return cap.is_used_up(used.get(notification.channel, 0))


def _waits(unit: Unit, until: datetime, said: Collection[str], now: datetime) -> Iterable[Decision]:
    for each in (each for each in unit if each.id not in said):
        words = (
            f"{each.person} has had enough messages by {each.channel} for now; the next one tells the rest"
        )
        yield _decision(each, Verdict.WAIT, words, now, until=until)


def _together(unit: Unit, now: datetime) -> Iterable[Decision]:
    first, others = unit[0], len(unit) - 1
    for each in unit:
        words = f"told to {first.person} by {first.channel} in one message with {others} more"
        yield _decision(each, Verdict.SEND, words, now)


def _decision(
    notification: Notification, verdict: Verdict, reason: str, now: datetime, *, until: datetime | None = None
) -> Decision:
    return Decision(
        at=now,
        alert=notification.alerts[0] if notification.alerts else notification.id,
        verdict=verdict,
        reason=reason,
        person=notification.person,
        channel=notification.channel,
        step=notification.step,
        until=until,
    )
