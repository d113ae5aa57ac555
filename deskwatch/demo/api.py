"""From request to answer: the checks of the API in the order Freshservice makes them, credits, headers.

Key (401), Accept (406), method (405), route (404), parameters (400), rate limit (429). Every answer after the
first check costs credits.
"""

import base64
import binascii
import hmac
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from deskwatch.demo.answers import JSON_TYPE, Answer, RefusedError, not_found, refused
from deskwatch.demo.calls import Call
from deskwatch.demo.faults import Fault
from deskwatch.demo.freshdesk import FRESHDESK
from deskwatch.demo.freshservice import FRESHSERVICE, Route
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.limits import Bucket, Charge
from deskwatch.demo.requests_log import RequestRecord

PREFIX = "/api/v2"
_ROUTES = {"freshservice": FRESHSERVICE, "freshdesk": FRESHDESK}
_NOT_LOGGED_IN = ("invalid_credentials", "You have to be logged in to perform this action.")
_PASSWORD = (
    "unsupported_authentication_type",
    "Basic authentication with a password is no longer supported.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What HTTP brought. ``path`` has no prefix; ``headers`` have lower-case names."""

    method: str
    path: str
    base_url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


class Api:
    """Answers requests about one helpdesk and keeps its request log."""

    prefix = PREFIX
    """What the path of every call begins with."""

    def __init__(self, helpdesk: Helpdesk) -> None:
        self.helpdesk = helpdesk
        self._numbers = itertools.count(1)

    def answer(self, request: Request) -> Answer:
        """The finished answer, headers complete."""
        desk = self.helpdesk
        with desk.lock:
            now = desk.advance()
            try:
                self.authenticate(request, now)
            except RefusedError as refusal:
                return self._finished(request, refusal.answer, now)
            return self._answer_authorized(request, now)

    def _answer_authorized(self, request: Request, now: datetime) -> Answer:
        desk = self.helpdesk
        route, fault, credits = None, None, 1
        try:
            self.check_manners(request)
            route, call = self._routed(request, now)
            fault = desk.faults.take(call)
            answer, credits = self._spoiled(route, call, fault)
        except RefusedError as refusal:
            answer = refusal.answer
        charge = desk.limiter.charge(route.bucket if route else Bucket.ALL, credits, now=now)
        if charge.wait is not None and (fault is None or not fault.replaces) and answer.status < 400:
            answer = self._rate_limited(charge.wait, now)
        return self._finished(request, answer, now, route=route, charge=charge, fault=fault)

    def authenticate(self, request: Request, now: datetime) -> None:
        """Let the right key pass.

        Raises:
            RefusedError: it is wrong, missing or revoked.
        """
        user = _basic_user(request.headers.get("authorization", ""))
        if "@" in user:
            raise refused(401, *_PASSWORD)
        if not self.is_key(user, now):
            raise refused(401, *_NOT_LOGGED_IN)

    def is_key(self, told: str, now: datetime) -> bool:
        """Whether this is the key, and not revoked yet."""
        switches = self.helpdesk.switches
        revoked = switches.key_valid_until is not None and now >= switches.key_valid_until
        return not revoked and hmac.compare_digest(told.encode(), switches.api_key.encode())

    def check_manners(self, request: Request) -> None:
        """Turn down formats and methods that are not offered.

        Raises:
            RefusedError: this one is not.
        """
        accepted = {part.split(";")[0].strip() for part in request.headers.get("accept", "*/*").split(",")}
        if not accepted & {"application/json", "*/*"}:
            raise refused(406, "not_acceptable", "Only application/json and */* are accepted.")
        offered = [route.method for route in self.routes() if route.pattern.match(request.path)]
        if request.method not in ("GET", "HEAD", *offered):
            allowed = ", ".join(dict.fromkeys(["GET", *offered]))
            words = f"{request.method} method is not allowed. It should be one of these method(s): {allowed}"
            raise refused(405, "method_not_allowed", words, allow=allowed)

    def routes(self) -> Sequence[Route]:
        """The paths this product has."""
        return _ROUTES[self.helpdesk.switches.product]

    def nothing_here(self) -> RefusedError:
        """What a path nobody serves gets."""
        return not_found()

    def rate_limited(self) -> Answer:
        """What a call beyond the limit gets, before it is told when to come back."""
        message = "The API rate limit of your account is used up. Try again later."
        return Answer(status=429, data={"message": message})

    def headers_of(self, answer: Answer, number: int, charge: Charge | None) -> dict[str, str]:
        """The headers every answer of this product has, and what it says about credits."""
        return {
            "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
            "server": "fwe",
            "status": answer.status_line,
            "x-request-id": f"00000000-0000-4000-8000-{number:012x}",
            **(self._rate_headers(charge) if charge and answer.charged else {}),
        }

    def _routed(self, request: Request, now: datetime) -> tuple[Route, Call]:
        switches = self.helpdesk.switches
        for route in self.routes():
            found = route.pattern.match(request.path)
            if found is None or route.method != request.method.replace("HEAD", "GET"):
                continue
            if route.name in switches.hidden_features:
                raise refused(403, "access_denied", "You are not authorized to perform this action.")
            id_ = found.groupdict().get("id")
            return route, Call(
                route=route.name,
                base_url=request.base_url + self.prefix,
                path=request.path,
                query=request.query,
                ticket_id=int(id_) if id_ else None,
                now=now,
                body=request.body,
                content_type=request.headers.get("content-type", ""),
            )
        raise self.nothing_here()

    def _spoiled(self, route: Route, call: Call, fault: Fault | None) -> tuple[Answer, int]:
        if fault is None:
            return route.handler(self.helpdesk, call)
        if fault.replaces:
            return fault.spoil(Answer()), 1
        answer, credits = route.handler(self.helpdesk, fault.tamper(call))
        return fault.spoil(answer), credits

    def _rate_limited(self, wait: int, now: datetime) -> Answer:
        value = self.helpdesk.switches.retry_after.header(wait, now + timedelta(seconds=wait))
        answer = self.rate_limited()
        return answer if value is None else answer.with_headers(retry_after=value)

    def _finished(
        self,
        request: Request,
        answer: Answer,
        now: datetime,
        *,
        route: Route | None = None,
        charge: Charge | None = None,
        fault: Fault | None = None,
    ) -> Answer:
        number = next(self._numbers)
        self.helpdesk.log.add(
            RequestRecord(
                at=now,
                method=request.method,
                path=request.path,
                route=route.name if route else None,
                query=dict(request.query),
                status=answer.status,
                credits=charge.credits if charge else 0,
                authorized=not {"authorization", "x-api-key"}.isdisjoint(request.headers),
                fault=fault.name if fault else None,
            )
        )
        headers = {
            "content-type": JSON_TYPE,
            **self.headers_of(answer, number, charge),
            "date": self._date(now, answer),
            **answer.headers,
        }
        return replace(answer, headers=headers)

    def _rate_headers(self, charge: Charge) -> dict[str, str]:
        freshdesk = self.helpdesk.switches.product == "freshdesk"
        return {
            "x-freshdesk-api-version"
            if freshdesk
            else "x-freshservice-api-version": "latest=v2; requested=v2",
            "x-fw-ratelimiting-managed": "true",
            "x-ratelimit-total": f"{charge.total}.0" if freshdesk else str(charge.total),
            "x-ratelimit-remaining": str(charge.remaining),
            "x-ratelimit-used-currentrequest": str(charge.credits),
        }

    def _date(self, now: datetime, answer: Answer) -> str:
        return format_datetime(
            (now + self.helpdesk.switches.date_offset + answer.date_offset).astimezone(UTC), usegmt=True
        )


def _basic_user(header: str) -> str:
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
