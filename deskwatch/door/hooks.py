"""Webhooks: a post proves where it comes from and may name a ticket. It is not believed any further."""

import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import jmespath

from deskwatch.config import Config
from deskwatch.core.legible import legible
from deskwatch.door.answers import Refused, too_many
from deskwatch.door.pace import OncePerMinute, Pace
from deskwatch.sources.push_settings import PushSettings
from deskwatch.sources.rest.expression import ExpressionError

log = logging.getLogger(__name__)

Nudge = Callable[[str, Iterable[str]], None]
"""Takes the name of a source and the ids of tickets to read again; no ids: ask for changes."""

Headers = Callable[[str, str], str]
"""The value of a header by its name, or what is given for one that is missing."""

_NUMBERED = frozenset({"freshservice", "freshdesk", "demo", "atera"})
"""Kinds whose ids are numbers, which their people see as ``#INC-103``."""
_NUMBER = re.compile(r"#?\s*(?:[A-Za-z]{1,10}-)?([0-9]{1,18})")
_WORD = re.compile(r"[\w.:@~+-]{1,200}")
"""What an id may be made of: it becomes part of an address of the helpdesk."""
_PLACES = tuple(
    jmespath.compile(place)
    for place in (
        "freshdesk_webhook.ticket_id",
        "ticket_id",
        "ticketId",
        "TicketID",
        "TicketId",
        "ticket.id",
        "ticket.TicketID",
        "Ticket.TicketID",
        "data.ticket.id",
        "data.id",
        "id",
    )
)
"""Where helpdesks put the id of a ticket, when ``push.id`` does not say."""


class Hooks:
    """``POST /hooks/SOURCE``. Answers at once; the reading happens in the watcher."""

    def __init__(self, config: Callable[[], Config], nudge: Nudge, *, pace: Pace, say: OncePerMinute) -> None:
        self._config, self._nudge, self._pace, self._say = config, nudge, pace, say

    def take(
        self, source: str, secret: str | None, headers: Headers, body: bytes, *, address: str
    ) -> dict[str, Any]:
        """Hear one post; answers what to say.

        Raises:
            Refused: 404 when there is no such webhook or the proof is wrong, 429 when there are too many.
        """
        settings = self._config().sources.get(source)
        push = settings.push if settings is not None else None
        if not is_proven(push, secret, headers, body) or push is None or settings is None:
            if self._say("hook", address):
                which = (
                    f"source {source} has no push"
                    if settings is not None and push is None
                    else (
                        f"the proof for source {source} is wrong"
                        if settings is not None
                        else "no such source"
                    )
                )  # what a stranger put there instead of a name may be a secret
                log.warning("A webhook from %s was refused: %s", legible(address, 60), which)
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such webhook, or what proves it is wrong.")
        wait = self._pace.take("hook", source, most=push.most_per_minute)
        if wait:
            if self._say("too many", source):
                log.warning("More than %d webhooks a minute for source %s", push.most_per_minute, source)
                self._nudge(source, ())  # what these would have told is among the changes
            raise too_many(wait, "Too many posts.")
        said = read_body(body, headers("Content-Type", ""))
        try:
            id_ = ticket_id(said, push, settings.kind)
        except ExpressionError:
            id_ = None
            if self._say("push.id", source):
                log.warning("%s: push.id cannot read the body of a webhook; changes are asked for", source)
        self._nudge(source, () if id_ is None else (id_,))
        return {"accepted": True, "ticket": id_}


def is_proven(push: PushSettings | None, secret: str | None, headers: Headers, body: bytes) -> bool:
    """Whether a post proves that its sender knows the secret. Takes as long for a source without webhooks."""
    known = b"" if push is None or push.secret.why_missing else push.secret.reveal().encode()
    proof = push.proof if push else "header"
    if proof == "hmac" and push is not None:
        mac = hmac.new(known, body, getattr(hashlib, push.algorithm)).digest()
        text = mac.hex() if push.encoding == "hex" else base64.b64encode(mac).decode()
        shown, expected = headers(push.header, ""), push.prefix + text
        if push.encoding == "hex":
            shown = push.prefix + shown[len(push.prefix) :].lower() if shown.startswith(push.prefix) else ""
    elif proof == "path":
        shown, expected = secret or "", known.decode()
    else:
        shown = headers(push.header if push else "X-Deskwatch-Secret", "")
        expected = (push.prefix if push else "") + known.decode()
    same = hmac.compare_digest(
        hashlib.sha256(shown.encode("utf-8", "replace")).digest(), hashlib.sha256(expected.encode()).digest()
    )
    return same and bool(known) and (proof == "path" or secret is None)


def read_body(body: bytes, content_type: str) -> Any:
    """What a post says: JSON, or the fields of a form; ``None`` when it makes no sense.

    Templates of helpdesks put texts into JSON without escaping them, so that happens, and means: ask for
    changes.
    """
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=200)
        except ValueError:
            return None
        return {name: values[0] for name, values in fields.items()}
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def ticket_id(said: Any, push: PushSettings, kind: str) -> str | None:
    """The id of the ticket a post is about, if it names one.

    Raises:
        ExpressionError: ``push.id`` cannot work with this body.
    """
    if push.id is not None:
        return clean_id(push.id(said), kind)
    if not isinstance(said, Mapping):
        return None
    try:
        found = (clean_id(place.search(said), kind) for place in _PLACES)
        return next((id_ for id_ in found if id_ is not None), None)
    except RecursionError:
        return None


def clean_id(value: Any, kind: str) -> str | None:
    """An id as the source knows it; ``#INC-103`` is 103 where ids are numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        text = str(value).strip()
    except ValueError:  # an integer of thousands of digits
        return None
    if kind in _NUMBERED:
        found = _NUMBER.fullmatch(text)
        return str(int(found[1])) if found else None
    return text if _WORD.fullmatch(text) and text.strip(".") else None
