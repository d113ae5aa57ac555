"""How one person can be reached for one alert right now: by which channels, how soon, and if not, why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from deskwatch.core.alerts import Alert
from deskwatch.core.desk import Desk
from deskwatch.core.moments import moment
from deskwatch.core.people import Contact, Urgency, Way

_KEPT = "{kind} is kept for urgent alerts"
_MOST_HOLDS = 8
"""Quiet hours that end in a mute that ends in quiet hours … : this many are followed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A way that is not taken, or the person as a whole (``channel`` is ``None``), and why."""

    channel: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Ways to use now, each with its delay; nobody is told before ``hold_until``.

    ``declined``: the person does not want this kind of alert, which is an answer and no failure.
    ``stand_in``: who is to be told instead of a person who is away.
    """

    ways: tuple[Way, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    hold_until: datetime | None = None
    hold_words: str = ""
    declined: bool = False
    stand_in: str | None = None


def reach(
    contact: Contact,
    alert: Alert,
    *,
    desk: Desk,
    now: datetime,
    channels: tuple[str, ...] = (),
    at_any_cost: bool = False,
) -> Reach:
    """The ways to tell a person of an alert.

    Every way of the person's own order is taken after the delay it names; when the first ones do not work,
    the others come as much sooner. When none works, any other address of the person does. ``channels`` are
    used at once instead. ``at_any_cost`` disregards what the person wishes: for the last resort.
    """
    if not at_any_cost and (refused := _refused(contact, alert, desk, now)):
        return refused
    wanted = tuple(Way(name) for name in channels) or contact.ways(alert.urgency)
    whys = {way.channel: unusable(contact, way.channel, alert.urgency, desk=desk) for way in wanted}
    refusals = tuple(Refusal(name, why) for name, why in whys.items() if why)
    usable = [way for way in wanted if not whys[way.channel]]
    if not usable and not channels:
        spare = next(spare_ways(contact, alert.urgency, desk=desk), None)
        usable = [Way(spare)] if spare else []
    elif usable:
        sooner = min(way.after for way in usable) - min(way.after for way in wanted)
        usable = [Way(way.channel, way.after - sooner) for way in usable]
    if not usable:
        return Reach(refusals=refusals or (Refusal(None, f"{contact.name} has no address that works"),))
    until, words = (None, "") if at_any_cost else _held(contact, alert.urgency, desk, now)
    return Reach(tuple(usable), refusals, until, words)


def spare_ways(contact: Contact, urgency: Urgency, *, desk: Desk) -> Iterator[str]:
    """Every channel that works for a person, best first: the own order, then any address there is."""
    other = Urgency.NORMAL if urgency is Urgency.URGENT else Urgency.URGENT
    named = [way.channel for way in (*contact.ways(urgency), *contact.ways(other))]
    for name in dict.fromkeys([*named, *contact.addresses]):
        if not unusable(contact, name, urgency, desk=desk):
            yield name


def unusable(contact: Contact, channel: str, urgency: Urgency, *, desk: Desk) -> str | None:
    """Why a person cannot be told by a channel, in a sentence; ``None``: it works."""
    traits = desk.channels.get(channel)
    if traits is None:
        return f"there is no channel {channel} in alerts.yaml"
    if traits.is_personal and channel not in contact.addresses:
        return f"{contact.name} has no address for {channel}"
    if why := desk.broken_channels.get(channel):
        return f"{channel} does not work: {why}"
    if why := desk.broken.get((contact.id, channel)):
        return f"{channel} does not reach {contact.name}: {why}"
    if urgency is not Urgency.URGENT and traits.kind in desk.only_urgent:
        return _KEPT.format(kind=traits.kind)
    return None


def _refused(contact: Contact, alert: Alert, desk: Desk, now: datetime) -> Reach | None:
    urgent = alert.urgency is Urgency.URGENT
    if alert.kind in contact.unwanted:
        words = f"{contact.name} does not want alerts of kind {alert.kind}"
        return Reach(refusals=(Refusal(None, words),), declined=True)
    if not urgent and contact.quiet is not None and contact.quiet.is_always_open:
        return Reach(refusals=(Refusal(None, f"{contact.name} wants urgent alerts only"),), declined=True)
    away = desk.absence(contact, now)
    if away is not None:
        words = f"{contact.name} is away until {moment(away.end, now=now, zone=desk.zone)}"
        return Reach(refusals=(Refusal(None, words),), stand_in=away.stand_in)
    if urgent and contact.mute_until is not None and now < contact.mute_until:
        until = moment(contact.mute_until, now=now, zone=desk.zone)
        return Reach(refusals=(Refusal(None, f"{contact.name} is muted until {until}"),))
    return None


def _held(contact: Contact, urgency: Urgency, desk: Desk, now: datetime) -> tuple[datetime | None, str]:
    """Until when a person is not to be disturbed, and why; urgent alerts do not wait."""
    if urgency is Urgency.URGENT:
        return None, ""
    at, words = now, ""
    for _ in range(_MOST_HOLDS):
        if contact.mute_until is not None and at < contact.mute_until:
            at, why = contact.mute_until, "is muted"
        elif contact.quiet is not None and contact.quiet.is_open(at):
            closing = contact.quiet.next_closing(at)
            if closing is None:
                break
            at, why = closing, "has quiet hours"
        else:
            break
        words = f"{contact.name} {why} until {moment(at, now=now, zone=desk.zone)}"
    return (at, words) if at > now else (None, "")
