"""One request to a chat or push server: it ends in time, is not led astray, and keeps its address secret."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.words import hide, one_line
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import FailureKind
from deskwatch.settings import Secret
from deskwatch.wire.hang_up import HangUp
from deskwatch.wire.session import session

ANSWER_LIMIT = 256 << 10
"""Bytes of an answer that are read. Chat servers answer with a few words."""

SHORTEST_PART = 8
"""Characters of a piece of a secret address that an answer must not bring into an error."""

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds. Whatever ``Retry-After`` says, we neither hammer the server nor miss that it works again."""

_STATUSES: Mapping[int, tuple[FailureKind, str]] = {
    400: ("permanent", "does not understand the message"),
    401: ("broken", "refuses the credentials; put valid ones where alerts.yaml says"),
    403: ("broken", "forbids it; check address and credentials in alerts.yaml"),
    404: ("broken", "knows no such address; make a new one and put it where alerts.yaml says"),
    405: ("broken", "does not take messages at this address; check it in alerts.yaml"),
    408: ("transient", "waited too long for the message"),
    409: ("transient", "is busy with the same message"),
    410: ("broken", "has closed this address; make a new one and put it where alerts.yaml says"),
    413: ("permanent", "finds the message too long"),
    422: ("permanent", "does not understand the message"),
    425: ("transient", "is not ready yet"),
    429: ("transient", "wants fewer messages"),
    503: ("transient", "is down for the moment"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case; the body is empty when it did not arrive whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as one harmless line."""
        return one_line(self.body[:1000].decode("utf-8", "replace"), 200)

    def fields(self) -> Mapping[str, Any]:
        """The JSON object it holds; empty when it holds none."""
        try:
            told = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server as one channel knows it. Every request has a connection of its own, so threads share nothing.

    Attributes:
        who: how errors call it. Its address is never named: it may be a password.
        seconds: the longest a request takes, from the first byte to the last.
        secrets: what an answer may echo and an error must not.
        ca_file: certificates to trust instead of the usual ones.

    Raises:
        UsageError: a secret was not found.
    """

    who: str
    seconds: float
    secrets: tuple[Secret, ...] = ()
    clock: Clock = field(default=utc_now, repr=False)
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        for secret in self.secrets:
            secret.reveal()  # a secret that is missing is told when the channel is made, not at night

    def post(self, url: Secret, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Send JSON.

        Raises:
            DeliveryError: anything but a 2xx; ``unknown`` when the request left and no answer came.
        """
        answer = self._ask("POST", url, body, {"Content-Type": "application/json", **(headers or {})})
        if not 200 <= answer.status < 300:
            raise self.refusal(answer)
        return answer

    def get(self, url: Secret, headers: Mapping[str, str] | None = None) -> Answer:
        """Read something; errors as for ``post``."""
        answer = self._ask("GET", url, None, headers or {})
        if not 200 <= answer.status < 300:
            raise self.refusal(answer)
        return answer

    def reach(self, url: Secret) -> None:
        """See whether anybody answers there at all, without posting; any answer will do."""
        self._ask("HEAD", url, None, {})

    def refusal(self, answer: Answer) -> DeliveryError:
        """The error an unhappy answer stands for."""
        if answer.status in _STATUSES:
            kind, words = _STATUSES[answer.status]
            return self.error(kind, words, answer)
        if answer.status >= 500:
            return self.error("unknown", "has an internal error and may have taken the message", answer)
        if 300 <= answer.status < 400:
            return self.error("broken", "sends us elsewhere; check the address in alerts.yaml", answer)
        return self.error("permanent", "answers in a way nobody expected", answer)

    def error(self, kind: FailureKind, words: str, answer: Answer) -> DeliveryError:
        """An error that quotes the answer, without the secrets it may echo."""
        said = hide(answer.text, {part for secret in self.secrets for part in _parts(secret)})
        pause = None
        if kind == "transient":
            pause = pause_of(answer.headers.get("retry-after"), now=self.clock())
        quoted = f': "{said}"' if said else ""
        return DeliveryError(
            kind,
            f"{self.who} {words} ({answer.status}{quoted})",
            code=str(answer.status),
            retry_after=pause,
            lasting=False,  # a status tells of a message or of the channel, never that a person is gone
        )

    def _ask(self, method: str, url: Secret, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        address = url.reveal()
        if self.ca_file is not None and not self.ca_file.is_file():
            raise DeliveryError("broken", f"there is no ca_file {self.ca_file}; nothing was sent")
        limit = HangUp(self.seconds)
        try:
            with limit, session(address, limit) as line:
                response = line.request(
                    method,
                    address,
                    data=body,
                    headers=dict(headers),
                    timeout=self.seconds,
                    allow_redirects=False,
                    verify=str(self.ca_file) if self.ca_file is not None else True,
                    stream=True,
                )
                with response:
                    if limit.late:  # even its head is not whole
                        raise TimeoutError
                    return _read(response)
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            raise self._trouble(problem, sent=limit.sent, posted=method == "POST") from None

    def _trouble(self, problem: Exception, *, sent: bool, posted: bool) -> DeliveryError:
        if sent and posted:
            return DeliveryError("unknown", f"{self.who} gave no answer to the message; it may have taken it")
        if sent:
            return DeliveryError("transient", f"{self.who} gives no answer")
        if isinstance(problem, requests.exceptions.SSLError) and "EOF" not in str(problem):
            return DeliveryError("broken", f"the certificate of {self.who} is not accepted; nothing was sent")
        if isinstance(problem, ValueError) and not isinstance(problem, requests.exceptions.ConnectionError):
            return DeliveryError("broken", f"the address of {self.who} in alerts.yaml cannot be used")
        return DeliveryError("transient", f"there is no connection to {self.who}; nothing was sent")


def _parts(secret: Secret) -> list[str]:
    """What of a secret is worth hiding: the whole of it, and of an address each long piece."""
    text = secret.reveal()
    return [text, *(part for part in re.split(r"[/?&=:@]+", text) if len(part) >= SHORTEST_PART)]


def pause_of(header: str | None, *, now: datetime) -> float | None:
    """Seconds that ``Retry-After`` asks for (RFC 9110 10.2.3), within reason; junk: the longest pause."""
    if header is None or not header.strip():
        return None
    text = header.strip()
    if re.fullmatch(r"\d{1,30}(\.\d{0,30})?", text, re.ASCII):
        seconds = float(text)
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return LONGEST_PAUSE
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)


def _read(response: requests.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = response.raw.read(ANSWER_LIMIT, decode_content=False)
    except (HTTPError, OSError):
        body = b""  # the status was told, and that is what counts
    return Answer(response.status_code, headers, body)
