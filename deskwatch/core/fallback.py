"""What to try when a message did not arrive: the person's next channel, then the next person."""

from collections.abc import Collection, Iterator
from datetime import datetime

from deskwatch.core.alerts import Raised
from deskwatch.core.delivery import Decision, Failure, Notification, Verdict
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import NEWS, Envelope, is_for_information
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.reach import reach, spare_ways
from deskwatch.core.targets import find, last_resorts
from deskwatch.core.ticket import Ticket

Tried = Collection[tuple[str, str]]
"""Pairs of person and channel."""
_NextWay = tuple[Contact, str, str, datetime | None]
"""Who is told by which channel, why, and not before when."""


def next_way(
    notification: Notification,
    failure: Failure,
    *,
    raised: Raised | None,
    desk: Desk,
    ticket: Ticket | None,
    tried: Tried,
    now: datetime,
) -> tuple[Envelope | None, Decision]:
    """Where a notification that failed goes instead, and why; ``None``: there is no other way.

    ``tried``: every way by which any notification of the same alert was sent; one that only waits for its
    delay does not count: when it is the answer, let that one go now. ``raised`` is the first alert it tells;
    without it only the person's own ways are tried. So it is with copies and news: what one person hears for
    information is nothing to wake others for.
    """
    used = {*tried, (notification.person, notification.channel)}
    told = f"{notification.channel} to {notification.person} failed ({failure.words})"
    for contact, channel, why, later in _ways(notification, raised, desk, ticket, used, now):
        envelope = Envelope(
            person=contact.id,
            channel=channel,
            address=contact.addresses.get(channel, ""),
            alerts=notification.alerts,
            urgency=notification.urgency,
            rank=notification.rank,
            group=notification.group,
            step=notification.step,
            not_before=later,
            why=why,
        )
        reason = f"{told}: {contact.name} is told by {channel} instead"
        return envelope, _decision(notification, Verdict.SEND, reason, contact.id, channel, now)
    reason = f"{told}, and there is no other way left"
    return None, _decision(
        notification, Verdict.GIVE_UP, reason, notification.person, notification.channel, now
    )


def _ways(
    notification: Notification,
    raised: Raised | None,
    desk: Desk,
    ticket: Ticket | None,
    used: set[tuple[str, str]],
    now: datetime,
) -> Iterator[_NextWay]:
    """Ways that were not used yet, best first."""
    contact = desk.contact(notification.person)
    quietly = is_for_information(notification.rank)
    if contact is not None:
        for channel in spare_ways(contact, Urgency.NORMAL if quietly else notification.urgency, desk=desk):
            if (contact.id, channel) not in used:
                yield contact, channel, f"told by {channel} because {notification.channel} failed", None
    if raised is None or quietly or raised.alert.kind in NEWS:
        return
    policy = desk.policy_of(raised.alert)
    steps = policy.steps[notification.step :]
    told = {person for person, _ in used}
    missed = f"{contact.name if contact else notification.person} could not be reached"
    for target in [target for step in steps for target in (*step.notify, *step.otherwise)]:
        for person in find(target, desk=desk, ticket=ticket, now=now).people:
            yield from _way_to(person, raised, desk, told, f"next, since {missed}", now)
    for target in last_resorts(desk, policy.last_resort):
        for person in find(target, desk=desk, ticket=ticket, now=now).people:
            why = f"the last resort: {missed}"
            yield from _way_to(person, raised, desk, told, why, now, at_any_cost=True)


def _way_to(
    person: str,
    raised: Raised,
    desk: Desk,
    told: Collection[str],
    why: str,
    now: datetime,
    *,
    at_any_cost: bool = False,
) -> Iterator[_NextWay]:
    """The best way to somebody else, or to whoever stands in."""
    asked: set[str] = set()
    who: str | None = person
    while who is not None and who not in asked and who not in told:
        asked.add(who)
        contact = desk.contact(who)
        if contact is None:
            return
        found = reach(contact, raised.alert, desk=desk, now=now, at_any_cost=at_any_cost)
        if found.ways:
            best = min(found.ways, key=lambda way: way.after)
            yield contact, best.channel, why, found.hold_until
        who = found.stand_in


def _decision(
    notification: Notification, verdict: Verdict, reason: str, person: str, channel: str, now: datetime
) -> Decision:
    return Decision(
        at=now,
        alert=notification.alerts[0] if notification.alerts else notification.id,
        verdict=verdict,
        reason=reason,
        person=person,
        channel=channel,
        step=notification.step,
    )
