"""What the notifier must not forget: alerts, notifications, decisions. Committed before anything is sent.

Only the notifier writes here, from one thread, and ``notifier.py test`` takes a mark off; everybody may read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.delivery import Decision, Notification, NotificationState
from deskwatch.core.people import Urgency
from deskwatch.store.database import transaction
from deskwatch.store.rows import alert_row, notification_row, to_decision, to_notification, to_raised
from deskwatch.store.tables import ALERTS, BROKEN, DECISIONS, FACTS, NOTIFICATIONS, TOLD

_LIVING = (AlertState.OPEN, AlertState.ACKNOWLEDGED)
_IS_UNFINISHED = and_(
    NOTIFICATIONS.c.state.in_([str(state) for state in NotificationState if not state.is_final]),
    NOTIFICATIONS.c.finished_at.is_(None),  # "sent" is the last word where nobody proves a delivery
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All that one round changes; it is committed whole or not at all.

    Attributes:
        raised: new alerts; one whose key is recorded already is left as it is.
        updated: recorded alerts as they stand now.
        created: new notifications. ``settled``: recorded notifications as they stand now.
        facts: small things to remember; an empty text forgets one.
    """

    raised: Sequence[Raised] = ()
    updated: Sequence[Raised] = ()
    created: Sequence[Notification] = ()
    settled: Sequence[Notification] = ()
    decisions: Sequence[Decision] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What a notifier finds when it starts.

    Attributes:
        alerts: open and acknowledged ones. ``notifications``: those that are not finished.
        keys: of every alert ever raised and not yet pruned.
        fresh: whether nobody has ever written here, so that nothing is known about the past.
    """

    alerts: tuple[Raised, ...]
    notifications: tuple[Notification, ...]
    keys: frozenset[str]
    facts: Mapping[str, str]
    fresh: bool


@dataclass(frozen=True, slots=True)
class SentRow:
    """A message that went out: what limits and budgets count."""

    at: datetime
    person: str
    channel: str
    segments: int
    urgency: Urgency = Urgency.URGENT


@dataclass(frozen=True, slots=True)
class BrokenAddress:
    """An address that will never work, and what the provider said about it."""

    person: str
    channel: str
    address: str
    reason: str
    since: datetime


class Outbox:
    """The notifier's memory.

    Raises (every method):
        StoreError: the database cannot be used; nothing was changed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def commit(self, batch: Batch) -> None:
        """Record a round in one transaction. Costs one flush of the disk, about 2 ms, at any size."""
        if not batch:
            return
        with transaction(self._engine) as connection:
            _insert_new(connection, ALERTS, [alert_row(raised) for raised in batch.raised])
            _update(connection, ALERTS, "key", [alert_row(raised) for raised in batch.updated])
            _insert_new(connection, NOTIFICATIONS, [notification_row(sent) for sent in batch.created])
            _insert_new(connection, TOLD, [*_told(batch.created)])
            _update(connection, NOTIFICATIONS, "id", [notification_row(sent) for sent in batch.settled])
            if batch.decisions:
                connection.execute(insert(DECISIONS), [_decision_row(made) for made in batch.decisions])
            _remember(connection, batch.facts)

    def load(self) -> Remembered:
        """Everything that is not over, for a notifier that starts."""
        with transaction(self._engine) as connection:
            alerts = connection.execute(select(ALERTS).where(ALERTS.c.state.in_(_LIVING))).mappings()
            facts = {row.name: row.value for row in connection.execute(select(FACTS))}
            return Remembered(
                alerts=tuple(map(to_raised, alerts)),
                notifications=_notifications(connection, _IS_UNFINISHED),
                keys=frozenset(connection.scalars(select(ALERTS.c.key))),
                facts=facts,
                fresh=not facts and connection.scalar(select(func.count()).select_from(ALERTS)) == 0,
            )

    def sent_since(self, at: datetime) -> list[SentRow]:
        """Messages that went out since ``at``, oldest first; also those that failed after acceptance."""
        told = NOTIFICATIONS.c
        query = select(told.sent_at, told.person, told.channel, told.segments, told.urgency)
        query = query.where(told.sent_at >= at).order_by(told.sent_at)
        with transaction(self._engine) as connection:
            return [
                SentRow(row.sent_at, row.person, row.channel, row.segments, Urgency(row.urgency))
                for row in connection.execute(query)
            ]

    def segments_since(self, at: datetime, channels: Iterable[str]) -> int:
        """Message segments (what a provider bills) that went out through these channels since ``at``."""
        query = select(func.coalesce(func.sum(NOTIFICATIONS.c.segments), 0)).where(
            NOTIFICATIONS.c.sent_at >= at, NOTIFICATIONS.c.channel.in_(list(channels))
        )
        with transaction(self._engine) as connection:
            return int(connection.scalar(query) or 0)

    def alerts_of_ticket(self, ticket: str) -> tuple[Raised, ...]:
        """Every recorded alert of a ticket, oldest first."""
        query = select(ALERTS).where(ALERTS.c.ticket == ticket).order_by(ALERTS.c.raised_at)
        with transaction(self._engine) as connection:
            return tuple(map(to_raised, connection.execute(query).mappings()))

    def tickets_called(self, name: str) -> tuple[str, ...]:
        """Keys of the tickets with a recorded alert that have this key, or this id behind their source."""
        ticket = ALERTS.c.ticket
        is_it = or_(ticket == name, ticket.endswith(f"-{name}", autoescape=True))
        with transaction(self._engine) as connection:
            return tuple(connection.scalars(select(ticket).where(is_it).distinct().order_by(ticket)))

    def alert(self, key: str) -> Raised | None:
        """One recorded alert."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(ALERTS).where(ALERTS.c.key == key)).mappings().first()
        return None if row is None else to_raised(row)

    def ended_since(self, at: datetime, *, why: str) -> tuple[Raised, ...]:
        """Alerts about tickets that were over since ``at`` for that reason, oldest first."""
        alerts = ALERTS.c
        query = select(ALERTS).where(alerts.resolved_at >= at, alerts.why == why, alerts.ticket.is_not(None))
        with transaction(self._engine) as connection:
            return tuple(map(to_raised, connection.execute(query.order_by(alerts.resolved_at)).mappings()))

    def decisions_of(self, alerts: Iterable[str]) -> list[Decision]:
        """Why somebody was told about these alerts, or was not, oldest first."""
        query = select(DECISIONS).where(DECISIONS.c.alert.in_(list(alerts))).order_by(DECISIONS.c.id)
        with transaction(self._engine) as connection:
            return [to_decision(row) for row in connection.execute(query).mappings()]

    def notifications_of(self, alerts: Iterable[str]) -> tuple[Notification, ...]:
        """Everything that was sent or is to be sent about these alerts, oldest first."""
        ids = select(TOLD.c.notification).where(TOLD.c.alert.in_(list(alerts)))
        with transaction(self._engine) as connection:
            return _notifications(connection, NOTIFICATIONS.c.id.in_(ids))

    def notifications_since(self, at: datetime, *, limit: int = 1000) -> tuple[Notification, ...]:
        """The newest notifications made since ``at``, oldest first."""
        newest = (
            select(NOTIFICATIONS.c.id)
            .where(NOTIFICATIONS.c.created_at >= at)
            .order_by(NOTIFICATIONS.c.created_at.desc())
            .limit(limit)
        )
        with transaction(self._engine) as connection:
            return _notifications(connection, NOTIFICATIONS.c.id.in_(newest))

    def notification_of_code(self, code: str) -> Notification | None:
        """The newest notification with this code in its text, whatever the case."""
        with transaction(self._engine) as connection:
            found = _notifications(connection, NOTIFICATIONS.c.code == code.upper())
        return found[-1] if found else None

    def mark_broken(self, broken: BrokenAddress) -> None:
        """Remember that an address will never work."""
        row = {each.name: getattr(broken, each.name) for each in fields(broken)}
        with transaction(self._engine) as connection:
            self._forget(connection, broken.person, broken.channel)
            connection.execute(insert(BROKEN), row)

    def mark_mended(self, person: str, channel: str) -> None:
        """Believe in an address again."""
        with transaction(self._engine) as connection:
            self._forget(connection, person, channel)

    def broken(self) -> tuple[BrokenAddress, ...]:
        """Every address that will never work."""
        with transaction(self._engine) as connection:
            return tuple(BrokenAddress(**row) for row in connection.execute(select(BROKEN)).mappings())

    def prune(self, before: datetime) -> int:
        """Delete what ended before this instant. Answers how many alerts.

        Alerts nobody was told about stay while their ticket may still be late: without their key they
        would be raised anew.
        """
        ended = select(ALERTS.c.key).where(
            ALERTS.c.state == AlertState.RESOLVED, ALERTS.c.resolved_at < before
        )
        old = select(NOTIFICATIONS.c.id).where(NOTIFICATIONS.c.finished_at < before)
        with transaction(self._engine) as connection:
            connection.execute(delete(DECISIONS).where(DECISIONS.c.at < before))
            connection.execute(delete(TOLD).where(TOLD.c.notification.in_(old)))
            connection.execute(delete(NOTIFICATIONS).where(NOTIFICATIONS.c.id.in_(old)))
            return connection.execute(delete(ALERTS).where(ALERTS.c.key.in_(ended))).rowcount

    def drop_html(self, before: datetime) -> None:
        """Drop the HTML of messages that ended before this instant: most of the space. Their text stays."""
        ended = and_(NOTIFICATIONS.c.finished_at < before, NOTIFICATIONS.c.html.is_not(None))
        with transaction(self._engine) as connection:
            connection.execute(update(NOTIFICATIONS).where(ended).values(html=None))

    def _forget(self, connection: Connection, person: str, channel: str) -> None:
        connection.execute(delete(BROKEN).where(BROKEN.c.person == person, BROKEN.c.channel == channel))


def _insert_new(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows; those whose primary key is there already are left as they are."""
    if rows:
        dialect = connection.dialect.name
        if dialect == "postgresql":
            connection.execute(postgresql_insert(table).on_conflict_do_nothing(), rows)
        else:
            connection.execute(sqlite_insert(table).on_conflict_do_nothing(), rows)


def _update(connection: Connection, table: Table, key: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        named = [{f"its_{name}": value for name, value in row.items()} for row in rows]
        values: dict[str, Any] = {name: bindparam(f"its_{name}") for name in rows[0] if name != key}
        connection.execute(update(table).where(table.c[key] == bindparam(f"its_{key}")).values(values), named)


def _remember(connection: Connection, facts: Mapping[str, str]) -> None:
    if facts:
        connection.execute(delete(FACTS).where(FACTS.c.name.in_(list(facts))))
        kept = [{"name": name, "value": value} for name, value in facts.items() if value]
        if kept:
            connection.execute(insert(FACTS), kept)


def _told(notifications: Iterable[Notification]) -> Iterable[dict[str, Any]]:
    for notification in notifications:
        for position, alert in enumerate(notification.alerts):
            yield {"notification": notification.id, "position": position, "alert": alert}


def _decision_row(decision: Decision) -> dict[str, Any]:
    return {each.name: getattr(decision, each.name) for each in fields(decision)}


def _notifications(connection: Connection, which: Any) -> tuple[Notification, ...]:
    ids = select(NOTIFICATIONS.c.id).where(which)
    alerts: dict[str, list[str]] = {}
    told = select(TOLD).where(TOLD.c.notification.in_(ids)).order_by(TOLD.c.notification, TOLD.c.position)
    for id_, _, alert in connection.execute(told):
        alerts.setdefault(id_, []).append(alert)
    rows = connection.execute(
        select(NOTIFICATIONS).where(which).order_by(NOTIFICATIONS.c.created_at, NOTIFICATIONS.c.id)
    )
    return tuple(to_notification(row, alerts.get(row["id"], [])) for row in rows.mappings())
