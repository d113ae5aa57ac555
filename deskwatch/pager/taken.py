"""That somebody has taken it, told to the others who were told: one message for each ticket and person."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from deskwatch.core.acknowledging import Acknowledgement
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_rules import TellOthers
from deskwatch.core.alerts import Alert, AlertState, Raised
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import Envelope, is_for_information, rank_of
from deskwatch.core.people import Contact, Urgency
from deskwatch.core.reach import unusable
from deskwatch.core.ticket import format_instant

_TOLD = frozenset(
    {
        NotificationState.SENT,
        NotificationState.DELIVERED,
        NotificationState.BUNDLED,
        NotificationState.LOGGED,
    }
)
_COSTS = frozenset({"sms", "whatsapp", "voice"})

Taken = Sequence[tuple[Raised, Acknowledgement]]


def by_ticket(taken: Taken) -> Iterator[Taken]:
    """What was taken together: the alerts of one ticket, by one sign."""
    groups: dict[tuple[str, str, datetime], list[tuple[Raised, Acknowledgement]]] = {}
    for raised, sign in taken:
        about = raised.alert.ticket or raised.alert.key
        groups.setdefault((about, sign.by, sign.at), []).append((raised, sign))
    yield from groups.values()


def how_to_tell(raised: Raised, usual: TellOthers, *, desk: Desk) -> str:
    """Whether the others hear of it: as its rule says, else as usual when it may have woken somebody."""
    rule = desk.rules.get(raised.alert.rule)
    if rule is not None and rule.tell_others is not None:
        return rule.tell_others
    begun = raised.step > 0 or raised.lap > 0
    return usual if begun and raised.alert.urgency is Urgency.URGENT else "never"


def news_of(raised: Raised, sign: Acknowledgement, *, now: datetime) -> Raised:
    """The recorded alert that tells that another one is taken; nothing follows from it."""
    about = raised.alert
    alert = Alert(
        key=f"{about.key}|{AlertKind.TAKEN}|{format_instant(sign.at)}",
        kind=AlertKind.TAKEN,
        rule=about.rule,
        ticket=about.ticket,
        occurred_at=sign.at,
        urgency=Urgency.NORMAL,
        reason=sign.words,
        facts={
            "cause": str(about.kind).replace("_", " "),
            "detail": None if sign.words.startswith("taken by") else sign.words,
            **about.facts,
            "person": sign.by,
            "until": raised.lapses_at and format_instant(raised.lapses_at),
        },
    )
    return Raised(alert=alert, state=AlertState.RESOLVED, raised_at=now, resolved_at=now, why="told")


def envelopes(
    news: Raised, sent: Iterable[Notification], sign: Acknowledgement, *, how: str, desk: Desk, now: datetime
) -> Iterator[Envelope]:
    """Who hears it: whoever was told and has not taken it, once, unless that disturbs."""
    told: dict[str, list[str]] = {}
    for each in sent:
        if each.state in _TOLD and not is_for_information(each.rank):
            told.setdefault(each.person, []).append(each.channel)
    for person, channels in told.items():
        contact = desk.contact(person)
        if contact is None or person == sign.person or contact.name.casefold() == sign.by.casefold():
            continue
        channel = next(_ways(contact, channels, how, desk), None)
        if channel is None or _is_disturbed(contact, news.alert, desk=desk, now=now):
            continue
        yield Envelope(
            person=person,
            channel=channel,
            address=contact.addresses.get(channel, ""),
            alerts=(news.alert.key,),
            urgency=Urgency.NORMAL,
            rank=rank_of(news.alert),
            why="one of those who were told",
        )


def _is_disturbed(contact: Contact, alert: Alert, *, desk: Desk, now: datetime) -> bool:
    """Whether the person does not want it, or not now; tomorrow it is no news any more."""
    is_muted = contact.mute_until is not None and now < contact.mute_until
    is_quiet = contact.quiet is not None and contact.quiet.is_open(now)
    return alert.kind in contact.unwanted or is_muted or is_quiet or desk.absence(contact, now) is not None


def _ways(contact: Contact, told_by: Iterable[str], how: str, desk: Desk) -> Iterator[str]:
    """Channels for it, best first: those that told, then the person's own for what is not urgent."""
    own = [way.channel for way in contact.ways(Urgency.NORMAL)]
    for name in dict.fromkeys([*told_by, *own]):
        traits = desk.channels.get(name)
        if traits is None or traits.kind == "voice" or (how == "free" and traits.kind in _COSTS):
            continue
        urgency = Urgency.URGENT if how == "same" else Urgency.NORMAL
        if not unusable(contact, name, urgency, desk=desk):
            yield name
