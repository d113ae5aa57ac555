"""Webhooks: a post proves where it comes from and may name tickets. It is not believed any further."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from deskwatch.config import Config
from deskwatch.core.legible import legible
from deskwatch.door.answers import Refused, too_many
from deskwatch.door.pace import OncePerMinute, Pace
from deskwatch.door.posted import told_in
from deskwatch.sources.push_settings import PushSettings

log = logging.getLogger(__name__)

Nudge = Callable[[str, Iterable[str]], None]
"""Takes the name of a source and the ids of tickets to read again; no ids: ask for changes."""

Headers = Callable[[str, str], str]
"""The value of a header by its name, or what is given for one that is missing."""


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
            why = _why_refused(source, is_known=settings is not None, has_push=push is not None)
            if self._say("hook", address, why):
                log.warning("A webhook from %s was refused: %s", legible(address, 60), why)
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such webhook, or what proves it is wrong.")
        wait = self._pace.take("hook", source, most=push.most_per_minute)
        if wait:
            if self._say("too many", source):
                log.warning("More than %d webhooks a minute for source %s", push.most_per_minute, source)
                self._nudge(source, ())  # what these would have told is among the changes
            raise too_many(wait, "Too many posts.")
        told = told_in(read_body(body, headers("Content-Type", "")), settings, settings.kind)
        if told.trouble is not None and self._say(told.trouble, source):
            words = "%s: %s cannot read the body of a webhook; changes are asked for"
            log.warning(words, source, told.trouble)
        if told.ids:
            self._nudge(source, told.ids)
        if told.doubtful:
            self._nudge(source, ())
        answer: dict[str, Any] = {"accepted": True, "ticket": told.ids[0] if told.ids else None}
        return answer if push.items is None else {**answer, "tickets": list(told.ids)}


def _why_refused(source: str, *, is_known: bool, has_push: bool) -> str:
    """Words for the log. What a stranger put there instead of a name may be a secret: it is left out."""
    if not is_known:
        return "no such source"
    return f"the proof for source {source} is wrong" if has_push else f"source {source} has no push"


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
