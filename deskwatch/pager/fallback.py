"""The next way for what did not arrive: another channel, another person, or later once more."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from deskwatch.core.alerts import AlertKind, AlertState, Raised
from deskwatch.core.delivery import NotificationState
from deskwatch.core.routing import next_way
from deskwatch.core.ticket import Ticket
from deskwatch.pager.codes import Codes
from deskwatch.pager.delivery import Outcome
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.writing import Writer
from deskwatch.store.errors import StoreError
from deskwatch.store.outbox import Outbox

log = logging.getLogger(__name__)

PENDING = NotificationState.PENDING


def take_next_ways(
    outcomes: Iterable[Outcome],
    *,
    ledger: Ledger,
    outbox: Outbox,
    raised_of: Callable[[str], Raised | None],
    tickets: Mapping[str, Ticket],
    write: Writer,
    codes: Codes,
    now: datetime,
) -> None:
    """Name the next way for each failure, or let it be tried again later.

    A message that stands by for later is sent at once instead. When everything goes to one address there is
    no other way, and nobody needs one who has been relieved.

    Raises:
        StoreError: the database cannot be used; those that have no answer yet are to be asked for again.
    """
    for outcome in outcomes:
        try:
            has_way = _take_next_way(outcome, ledger, outbox, raised_of, tickets, write, codes, now)
        except StoreError:
            raise
        except Exception:  # or it would come back in each round, and keep all others from being answered
            log.exception("No next way can be found for [%s]", outcome.notification.code)
            has_way = False
        ledger.settle(outcome.notification if has_way else outcome.otherwise)


def _take_next_way(
    outcome: Outcome,
    ledger: Ledger,
    outbox: Outbox,
    raised_of: Callable[[str], Raised | None],
    tickets: Mapping[str, Ticket],
    write: Writer,
    codes: Codes,
    now: datetime,
) -> bool:
    """Whether there is one."""
    gone = outcome.notification
    alerts = [raised for key in gone.alerts if (raised := raised_of(key)) is not None]
    waiting = [raised for raised in alerts if raised.state is AlertState.OPEN]
    over = alerts and not waiting and all(r.state is not AlertState.SILENT for r in alerts)
    if write.is_redirected or not alerts or (over and not _is_news(alerts)):
        return False
    first = (waiting or alerts)[0]
    if first.alert.kind is AlertKind.ANSWER:
        return False  # whoever wrote waits for it there, or not at all
    ticket = tickets.get(first.alert.ticket) if first.alert.ticket else None
    sent = outbox.notifications_of(gone.alerts)
    envelope, decision = next_way(
        gone,
        outcome.failure,
        raised=first,
        desk=write.desk,
        ticket=ticket,
        tried={(each.person, each.channel) for each in sent if each.state is not PENDING},
        now=now,
    )
    ledger.decide([decision])
    if envelope is None:
        return False
    same = [each for each in sent if (each.person, each.channel) == (envelope.person, envelope.channel)]
    standing_by = next((each for each in same if each.state is PENDING), None)
    if standing_by is not None:
        ledger.settle(standing_by.with_(not_before=None))
    else:
        ledger.send([write.notification(envelope, [raised.alert for raised in alerts], codes)])
    return True


def _is_news(alerts: Iterable[Raised]) -> bool:
    """Whether these were over as soon as they were told, so that only the telling matters."""
    return all(raised.why == "told" for raised in alerts)
