"""Rows of the history that are written down before their tickets are, and which of them came true.

A process may die between the two. The ticket files then tell: what they do not show never happened.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from deskwatch.core.changes import Change

ARCHIVED = "archived"
"""The field of a row that says that a ticket left the wall."""
_COLUMNS = tuple(each.name for each in fields(Change))


@dataclass(frozen=True, slots=True)
class Shown:
    """Fingerprints of a ticket's file in the folder and of its newest copy in the archive; None: none."""

    folder: str | None
    archive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """The rows of one filing.

    Attributes:
        batch: what no other filing has; the database keeps it with the rows, so that none is kept twice.
        at: when it was foreseen.
        before: the fingerprint of each ticket's file that is about to be written; None: there was none.
        after: the fingerprint it gets, for tickets that leave at once.
        settled: whether it is known that all of it happened.
    """

    batch: str
    at: datetime
    changes: tuple[Change, ...]
    before: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of foreseen rows. ``owed``: tickets that were to leave and have not yet."""

    kept: tuple[Change, ...]
    owed: tuple[Change, ...]


def came_true(foreseen: Foreseen, shows: Callable[[str], Shown]) -> Outcome:
    """Which rows the files bear out. A ticket that moved on since has been through what was foreseen."""
    if foreseen.settled:
        return Outcome(foreseen.changes, ())
    known: dict[str, Shown] = {}
    kept, owed = list[Change](), list[Change]()
    for change in foreseen.changes:
        key = change.ticket
        if key not in known:
            known[key] = shows(key)
        if change.field == ARCHIVED:
            (kept if _has_left(foreseen, key, known[key]) else owed).append(change)
        elif key not in foreseen.before or _is_written(foreseen, key, known[key]):
            kept.append(change)
    return Outcome(tuple(kept), tuple(owed))


def _has_left(foreseen: Foreseen, key: str, shown: Shown) -> bool:
    if shown.folder is None and foreseen.before.get(key, "") is None:  # it never was in the folder
        return _is_written(foreseen, key, shown)
    return shown.folder is None


def _is_written(foreseen: Foreseen, key: str, shown: Shown) -> bool:
    before = foreseen.before[key]
    if shown.folder is not None:
        return shown.folder != before
    if before is None:  # an older life of this ticket may be in the archive
        return shown.archive is not None and shown.archive == foreseen.after.get(key)
    return shown.archive is not None and shown.archive != before


def to_plain(foreseen: Foreseen) -> dict[str, Any]:
    """The same in values that JSON knows."""
    plain: dict[str, Any] = {"batch": foreseen.batch, "at": foreseen.at.isoformat()}
    if foreseen.settled:
        plain["settled"] = True
    else:
        plain |= {"before": dict(foreseen.before), "after": dict(foreseen.after)}
    rows = ({name: getattr(change, name) for name in _COLUMNS} for change in foreseen.changes)
    plain["changes"] = [row | {"at": row["at"].isoformat()} for row in rows]
    return plain


def from_plain(plain: Any) -> Foreseen:
    """And back.

    Raises:
        ValueError: this was not made by ``to_plain``.
    """
    try:
        rows = [{name: row[name] for name in _COLUMNS} for row in plain["changes"]]
        changes = tuple(Change(**row | {"at": _instant(row["at"])}) for row in rows)
        found = Foreseen(
            batch=plain["batch"],
            at=_instant(plain["at"]),
            changes=changes,
            before=dict(plain.get("before", {})),
            after=dict(plain.get("after", {})),
            settled=plain.get("settled") is True,
        )
    except (KeyError, TypeError, AttributeError) as odd:
        raise ValueError(f"not the rows of a filing: {odd}") from None
    texts = [found.batch, *(text for c in changes for text in (c.ticket, c.field, c.by, c.cause))]
    texts += [text for c in changes for text in (c.old, c.new) if text is not None]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("not the rows of a filing: text was expected")
    if "\0" in found.batch or not found.batch.isascii():  # the database would take two of them for one
        raise ValueError("not the rows of a filing: an odd batch")
    return found


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without an offset")
    try:
        return at.astimezone(UTC)
    except OverflowError as odd:  # the database would refuse it, and everything that waits with it
        raise ValueError(f"an instant that no calendar has: {odd}") from None
