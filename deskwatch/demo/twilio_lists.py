"""Lists of messages and calls: newest first, filtered, in pages that stay stable while new ones come in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from deskwatch.demo.twilio_rules import CALL_FILTERS, MESSAGE_FILTERS, check_filters
from deskwatch.demo.twilio_state import Call, Message

Item = Message | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a list request asks for.

    Attributes:
        known_until: what was accepted later is not in the lists yet.
        sent_at: when an item left, the day that date filters mean.
        row: an item as the API writes it.
    """

    resource: str
    path: str
    query: Mapping[str, str]
    known_until: datetime
    sent_at: Callable[[Item], datetime | None]
    row: Callable[[Item], dict[str, Any]]


def page_of(items: Sequence[Item], wish: Wish) -> dict[str, Any]:
    """One page, as on https://www.twilio.com/docs/usage/twilios-response#pagination

    Raises:
        RefusalError: filters or page sizes that are unknown.
    """
    size = check_filters(wish.query, CALL_FILTERS if wish.resource == "Calls" else MESSAGE_FILTERS)
    after = wish.query.get("PageToken", "").removeprefix("PA")
    wanted: Iterator[Item] = (item for item in reversed(items) if _is_wanted(item, wish))
    if after:
        wanted = iter(_after(wanted, after))
    page = list(islice(wanted, size))
    has_more = next(wanted, None) is not None
    number = int(wish.query.get("Page", "0"))
    return {
        wish.resource.lower(): [wish.row(item) for item in page],
        "end": number * size + len(page) - 1,
        "first_page_uri": f"{wish.path}?PageSize={size}&Page=0",
        "next_page_uri": _next(wish, size, number, page[-1]) if has_more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": None,
        "start": number * size,
        "uri": wish.path,
    }


def _after(items: Iterator[Item], sid: str) -> list[Item]:
    """What follows the item with this SID."""
    for item in items:
        if item.sid == sid:
            break
    return list(items)


def _next(wish: Wish, size: int, number: int, last: Item) -> str:
    more = {**wish.query, "PageSize": str(size), "Page": str(number + 1), "PageToken": f"PA{last.sid}"}
    return f"{wish.path}?{urlencode(more)}"


def _is_wanted(item: Item, wish: Wish) -> bool:
    query = wish.query
    return (
        item.created_at <= wish.known_until
        and query.get("To") in (None, item.to)
        and query.get("From") in (None, item.sender)
        and _is_dated(item, wish, "DateSent" if wish.resource == "Messages" else "StartTime")
    )


def _is_dated(item: Item, wish: Wish, name: str) -> bool:
    """Whole days in UTC, as documented. What was not sent yet has no day and is left out."""
    bounds = {sign: wish.query[name + sign][:10] for sign in ("", "<", ">") if name + sign in wish.query}
    if not bounds:
        return True
    sent_at = wish.sent_at(item)
    day = None if sent_at is None else sent_at.date().isoformat()
    return (
        day is not None and bounds.get("", day) == day and bounds.get(">", day) <= day <= bounds.get("<", day)
    )
