"""Instants as ticket files write them: RFC 3339, aware, in UTC."""

from datetime import UTC, datetime


class TicketError(ValueError):
    """A ticket that cannot be understood; the message names the field and what was expected."""


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; the answer is aware and in UTC.

    Raises:
        TicketError: not an instant, or one without an offset.
    """
    try:
        at = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise TicketError(f"expected an instant such as 2026-03-10T13:19:27Z, got {clip(text)}") from None
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise TicketError(f"expected an instant with an offset (end it with Z for UTC), got {clip(text)}")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise TicketError(f"the instant lies outside the calendar: {clip(text)}") from None


def format_instant(at: datetime) -> str:
    """An instant as RFC 3339 in UTC, whole seconds when it has no fraction."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()[: -len("+00:00")] + "Z"


def clip(value: object) -> str:
    """A value quoted for an error: at most 60 characters."""
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
