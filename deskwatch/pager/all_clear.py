"""That it is over: what waits is called off, and those who were paged hear it by the same channel."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alerts import Alert, AlertState, Raised
from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.desk import Desk
from deskwatch.core.envelope import Envelope, rank_of
from deskwatch.core.people import Urgency
from deskwatch.core.reach import unusable
from deskwatch.core.ticket import format_instant

_TOLD = frozenset(
    {
        NotificationState.SENT,
        NotificationState.DELIVERED,
        NotificationState.UNKNOWN,
        NotificationState.BUNDLED,
        NotificationState.LOGGED,
    }
)

_NOT_TOLD_YET = (NotificationState.PENDING, NotificationState.UNKNOWN)


def is_worth_telling(ended: Raised) -> bool:
    """Whether anybody may have been woken by it: news of the day is over without a word."""
    begun = ended.step > 0 or ended.lap > 0
    return begun and ended.alert.urgency is Urgency.URGENT


def all_clear(ended: Raised, why: str, *, now: datetime) -> Raised:
    """The recorded alert that tells that another one is over; nothing follows from it."""
    about = ended.alert
    alert = Alert(
        key=f"{about.key}|over|{format_instant(now)}",
        kind=AlertKind.RECOVERED,
        rule=about.rule,
        ticket=about.ticket,
        occurred_at=now,
        urgency=Urgency.NORMAL,
        reason=f"over: {why}",
        facts={
            **about.facts,
            "recovered": str(about.kind),
            "since": format_instant(about.occurred_at),
            "detail": why,
        },
    )
    return Raised(alert=alert, state=AlertState.RESOLVED, raised_at=now, resolved_at=now, why="told")


def envelopes(news: Raised, ended: Raised, sent: Iterable[Notification], *, desk: Desk) -> Iterator[Envelope]:
    """Who hears it: whoever was told, by each channel that may be used for what is not urgent.

    Trouble with the desk itself is over for everybody who heard of it, if need be by text message.
    """
    told: dict[str, dict[str, Notification]] = {}
    for each in sent:
        if each.state in _TOLD:
            told.setdefault(each.person, {})[each.channel] = each
    for person, by in told.items():
        contact = desk.contact(person)
        if contact is None or AlertKind.RECOVERED in contact.unwanted:
            continue
        spoken = {name for name, traits in desk.channels.items() if traits.medium == "speech"}
        silent = [name for name in by if name not in spoken and name in contact.addresses]
        fit = [name for name in silent if not unusable(contact, name, Urgency.NORMAL, desk=desk)]
        if not fit and ended.alert.ticket is None:
            fit = [n for n in silent if not unusable(contact, n, Urgency.URGENT, desk=desk)][:1]
        for name in fit:
            yield Envelope(
                person=person,
                channel=name,
                address=contact.addresses[name],
                alerts=(news.alert.key,),
                urgency=Urgency.NORMAL,
                rank=rank_of(news.alert),
                why="one of those who were told",
            )


def call_off(
    waiting: Iterable[Notification],
    stopped: Mapping[str, str],
    living: Mapping[str, Raised],
    *,
    now: datetime,
) -> Iterator[Notification]:
    """Notifications that wait or are in doubt, and of whose alerts none is to be told any more.

    Nobody looks any more what became of one in doubt: it would be sent again if it had not arrived.
    """
    for each in waiting:
        if each.state not in _NOT_TOLD_YET or not stopped.keys() & set(each.alerts):
            continue
        if any(key in living and living[key].state is AlertState.OPEN for key in each.alerts):
            continue
        why = next(stopped[key] for key in each.alerts if key in stopped)
        if each.state is NotificationState.UNKNOWN:
            why = f"{why}; whether it had arrived is not known"
        yield each.with_(state=NotificationState.CANCELED, finished_at=now, error=why)
