"""What Twilio's error codes mean for a pager: another try, another way, or a repair.

Codes and meanings: https://www.twilio.com/docs/api/errors. Twilio splits codes into finer ones now and then,
so the class of the HTTP status decides wherever it can.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.words import one_line
from deskwatch.core.delivery import Failure, FailureKind

_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
"""Seconds of ``Retry-After`` that are believed."""

_Meaning = tuple[FailureKind | Literal["once"], str]
"""``once``: as permanent, and it is about this message, not about the number."""
_CREDENTIALS: _Meaning = (
    "broken",
    "the account SID and the token (or API key) do not belong together; check both in the console",
)
_INVALID: _Meaning = (
    "permanent",
    "the phone number does not exist or is written wrongly; correct people.yaml",
)
_SENDER: _Meaning = ("broken", "the sender is not a number of this account that can do this; check sender")
_NO_CALLS_THERE: _Meaning = (
    "permanent",
    "calls to this country are not allowed; see Voice geo permissions",
)
_TRIAL: _Meaning = ("permanent", "a trial account reaches verified numbers only; verify this one or upgrade")
_TEMPLATE: _Meaning = ("broken", "the WhatsApp template or its variables are not accepted; check template")

REFUSALS: Mapping[int, _Meaning] = MappingProxyType(
    {
        10001: ("broken", "the account is not active; look into the console"),
        12100: ("once", "the spoken text could not be read"),
        20003: _CREDENTIALS,
        20005: ("broken", "the account is suspended or closed; look into the console"),
        20404: ("broken", "there is no such account; check account_sid and base_url"),
        21201: _INVALID,
        21203: _NO_CALLS_THERE,
        21210: ("broken", "the sender's number is not verified for calls; check sender"),
        21211: _INVALID,
        21212: _SENDER,
        21213: _SENDER,
        21214: ("permanent", "the phone number cannot be reached by calls"),
        21215: _NO_CALLS_THERE,
        21216: ("permanent", "calls to this number are blocked"),
        21217: _INVALID,
        21219: _TRIAL,
        21266: ("permanent", "sender and recipient are the same number"),
        21408: ("permanent", "texts to this country are not allowed; see Messaging geo permissions"),
        21602: ("once", "the text is empty"),
        21603: _SENDER,
        21604: ("permanent", "there is no phone number"),
        21606: _SENDER,
        21608: _TRIAL,
        21610: ("permanent", "the person has answered STOP to this sender; only their START changes that"),
        21611: ("broken", "the sender's queue is full for hours; use another one"),
        21612: ("permanent", "this sender cannot reach the number: country or carrier does not permit it"),
        21614: ("permanent", "the number is not a mobile phone and takes no texts"),
        21617: ("once", "the text is longer than 1,600 characters"),
        21635: ("permanent", "the number is a landline and takes no texts"),
        21655: _TEMPLATE,
        21656: _TEMPLATE,
        21703: ("broken", "the messaging service has no number; add one to its sender pool"),
        21910: ("broken", "sender and recipient are not of the same kind (WhatsApp and SMS); check sender"),
        63003: ("permanent", "the number has no WhatsApp"),
        63007: ("broken", "the sender is not registered for WhatsApp; check sender"),
    }
)  # fmt: skip
"""Codes of requests that were turned down."""

LOSSES: Mapping[int, _Meaning] = MappingProxyType(
    {
        30001: ("transient", "the sender's queue ran over"),
        30002: ("broken", "the account was suspended"),
        30003: ("transient", "the phone is switched off or out of reach"),
        30004: ("permanent", "the message was blocked by the carrier or the person"),
        30005: ("permanent", "the number is unknown or no longer in use"),
        30006: ("permanent", "the number is a landline, or its carrier takes no texts"),
        30007: ("once", "the carrier took the text for spam"),
        30008: ("transient", "the carrier gives no reason"),
        30010: ("broken", "the message costs more than is allowed"),
        30032: ("broken", "the toll-free number is not verified; the carrier blocks it"),
        30034: ("broken", "the number is not registered for A2P 10DLC; US carriers block it"),
        30036: ("transient", "it could not be delivered within the validity period"),
        30410: ("transient", "the carrier did not answer in time"),
        63003: ("permanent", "the number has no WhatsApp"),
        63005: ("once", "WhatsApp did not accept the text"),
        63016: ("once", "the person wrote nothing for 24 hours, so WhatsApp takes templates only"),
        63024: ("permanent", "the number has no WhatsApp"),
    }
)  # fmt: skip
"""Codes of messages that were accepted and then lost."""

_STATUSES: Mapping[int, _Meaning] = MappingProxyType(
    {
        401: _CREDENTIALS,
        403: ("broken", "the account or the API key is not allowed to do this"),
        404: ("broken", "there is nothing at this address; check account_sid and base_url"),
        405: ("broken", "this is not Twilio's API; check base_url"),
        408: ("unknown", "it took too long for whatever stands between"),
        415: ("broken", "this is not Twilio's API; check base_url"),
    }
)


def refusal(
    status: int, code: int | None, said: str, *, sending: bool, retry_after: str | None = None
) -> DeliveryError:
    """The error that an unhappy answer stands for.

    Args:
        status: of HTTP.
        code: Twilio's; the SDK puts the status there when the answer has none.
        said: Twilio's own words, told only when the code is not known.
        sending: whether the request was to send something, so that 5xx leaves it unknown.
        retry_after: the header.
    """
    kind, words = _meaning(status, code, sending=sending)
    known = code in REFUSALS or status in _STATUSES or status >= 500 or status == 429
    detail = "" if known or not said else f' It says: "{_without_numbers(said)}"'
    number = code if code not in (None, status) else f"HTTP {status}"
    pause = pause_of(retry_after) if status == 429 and kind == "transient" else None
    words = f"Twilio: {words} ({number}).{detail}"
    return DeliveryError(**_kind(kind), words=words, code=str(code or status), retry_after=pause)


def _meaning(status: int, code: int | None, *, sending: bool) -> _Meaning:
    if code is not None and 400 <= status < 500 and code in REFUSALS:
        return REFUSALS[code]
    if status == 429:
        return "transient", "too many requests at once; nothing was accepted"
    if status >= 500:
        return ("unknown" if sending else "transient"), "it has trouble of its own"
    if 300 <= status < 400:
        return "broken", "it sends us elsewhere, and the credentials do not travel; check base_url"
    if status in _STATUSES:
        kind, words = _STATUSES[status]
        return (kind if sending or kind != "unknown" else "transient"), words
    return "once", "it does not accept this"


def loss(status: str, code: int | None) -> Failure:
    """Why an accepted message did not arrive."""
    kind, words = LOSSES.get(code or 0, ("once", f"it was {status} for no reason we know"))
    number = f" ({code})" if code else ""
    return Failure(**_kind(kind), words=f"Twilio: {words}{number}.", code=str(code) if code else None)


def _kind(kind: FailureKind | Literal["once"]) -> dict[str, Any]:
    return {"kind": "permanent" if kind == "once" else kind, "lasting": kind != "once"}


def pause_of(retry_after: str | None) -> float:
    """Seconds to leave Twilio alone; a junk header must neither hammer it nor silence us."""
    try:
        seconds = float(retry_after or _SHORTEST_PAUSE)
    except ValueError:
        return _SHORTEST_PAUSE
    return min(max(seconds, _SHORTEST_PAUSE), _LONGEST_PAUSE) if seconds == seconds else _SHORTEST_PAUSE


def _without_numbers(said: str) -> str:
    return re.sub(r"\+?[0-9][0-9 -]{5,}[0-9]", "(number)", one_line(said, 160))
