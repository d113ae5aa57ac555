"""The tables. Instants are text in UTC with microseconds, so that they sort and people can read them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

METADATA = MetaData()


class Instant(TypeDecorator[datetime]):
    """An aware instant as ``2026-03-10T13:19:27.000000Z``."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        if value is None:
            return None  # isoformat: %Y has one digit for the year 1, which some helpdesks take for "never"
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else datetime.fromisoformat(value.zfill(27))  # 1-01-01 was written once


class Words(TypeDecorator[str]):
    """Text of any origin and length: NUL and lone surrogates, which databases refuse, are replaced.

    Enumerations are written as their words. No column has a longest text: PostgreSQL would refuse the whole
    round for one name that is too long, and nobody would be told of anything.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else str(value).replace("\0", "�").encode("utf-8", "replace").decode()


FACTS = Table(
    "facts",
    METADATA,
    Column("name", Words, primary_key=True),
    Column("value", Words, nullable=False),
)
"""Small things the notifier remembers about itself, such as its last round."""

ALERTS = Table(
    "alerts",
    METADATA,
    Column("key", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("rule", Words, nullable=False),
    Column("ticket", Words),
    Column("occurred_at", Instant, nullable=False),
    Column("urgency", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("state", Words, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("step", Integer, nullable=False),
    Column("lap", Integer, nullable=False),
    Column("next_step_at", Instant),
    Column("held_until", Instant),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Words),
    Column("acknowledged_via", Words),
    Column("lapses_at", Instant),
    Column("resolved_at", Instant),
    Column("why", Words, nullable=False),
    Index("alerts_by_state", "state"),
    Index("alerts_by_ticket", "ticket"),
)

NOTIFICATIONS = Table(
    "notifications",
    METADATA,
    Column("id", Words, primary_key=True),
    Column("code", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("address", Words, nullable=False),
    Column("urgency", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("group", Words),
    Column("step", Integer, nullable=False),
    Column("subject", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("html", Words),
    Column("url", Words),
    Column("thread", Words),
    Column("facts", JSON, nullable=False),
    Column("not_before", Instant),
    Column("attempts", Integer, nullable=False),
    Column("tried_at", Instant),
    Column("settle_at", Instant),
    Column("sent_at", Instant),
    Column("finished_at", Instant),
    Column("provider_id", Words),
    Column("provider_status", Words),
    Column("segments", Integer, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("check_at", Instant),
    Column("error_code", Words),
    Column("error", Words),
    Column("repeat", Boolean, nullable=False),
    Column("bundle", Words),
    Index("notifications_by_state", "state"),
    Index("notifications_by_code", "code"),
    Index("notifications_by_sent_at", "sent_at"),
)

TOLD = Table(
    "told",
    METADATA,
    Column("notification", Words, ForeignKey("notifications.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("alert", Words, nullable=False),
    Index("told_by_alert", "alert"),
)
"""Which alerts a notification tells, in the order of its text."""

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("alert", Words, nullable=False),
    Column("verdict", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("person", Words),
    Column("channel", Words),
    Column("step", Integer),
    Column("until", Instant),
    Index("decisions_by_alert", "alert"),
    Index("decisions_by_at", "at"),
)

BROKEN = Table(
    "broken",
    METADATA,
    Column("person", Words, primary_key=True),
    Column("channel", Words, primary_key=True),
    Column("address", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("since", Instant, nullable=False),
)
"""Addresses that a provider said will never work; another address for the same person starts afresh."""

CHANGES = Table(
    "changes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("ticket", Words, nullable=False),
    Column("field", Words, nullable=False),
    Column("old", Words),
    Column("new", Words),
    Column("by", Words, nullable=False),
    Column("cause", Words, nullable=False),
    Index("changes_by_ticket", "ticket"),
    Index("changes_by_at", "at"),
)
"""The history of every ticket; this and the next are the watcher's alone, the others the notifier's."""

CHANGE_BATCHES = Table(
    "change_batches",
    METADATA,
    Column("batch", Words, primary_key=True),
    Column("at", Instant, nullable=False),
)
"""Which filings of ``state/history.spool`` are in ``changes``; kept until the spool has forgotten them."""
