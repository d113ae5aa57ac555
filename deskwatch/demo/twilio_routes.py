"""The routes of the simulated Twilio: from a request to an answer, without sockets."""

import base64
import hmac
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from deskwatch.demo.twilio_faults import CLIENT_GONE, Fault, FaultPlan, error_body
from deskwatch.demo.twilio_lists import Wish, page_of
from deskwatch.demo.twilio_rows import ROOT, account_row, call_row, message_row
from deskwatch.demo.twilio_rules import read_call, read_message
from deskwatch.demo.twilio_state import (
    ACCOUNT_SID,
    API_KEY,
    API_SECRET,
    AUTH_TOKEN,
    Call,
    Message,
    RefusalError,
    TwilioState,
)

_PASSWORDS = {ACCOUNT_SID: AUTH_TOKEN, API_KEY: API_SECRET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came in. Header names are lower case; ``form`` is ``None`` when it is none."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str] | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A line of the log: what was asked, and what was answered. ``status`` 0: nothing was answered."""

    at: datetime
    method: str
    path: str
    to: str | None
    status: int
    fault: str | None
    authorization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, body and headers; ``fault`` may want it delayed or broken."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault | None = None


@dataclass
class TwilioApi:
    """Answers requests about one account."""

    state: TwilioState
    faults: FaultPlan = field(default_factory=FaultPlan)
    log: deque[Record] = field(default_factory=lambda: deque(maxlen=100_000))
    _recent: dict[str, deque[datetime]] = field(default_factory=dict)

    def answer(self, request: Request, *, patience: Callable[[], bool]) -> Answer:
        """One answer.

        Args:
            patience: waits for the accept delay; false when the client has gone and its request is dropped.
        """
        resource = request.path.removeprefix(f"{ROOT}/").partition("/")[0].removesuffix(".json")
        to = (request.form or request.query).get("To")
        fault = self.faults.take(request.method, resource, to)
        try:
            answer = self._unspoiled(request, resource, fault, patience)
        except RefusalError as refusal:
            headers = {} if refusal.retry_after is None else {"Retry-After": refusal.retry_after}
            body = error_body(refusal.status, refusal.code, refusal.words)
            answer = Answer(status=refusal.status, body=body, headers=headers)
        if fault is not None and answer.fault is None:
            status = answer.status if fault.status is None else fault.status
            body = answer.body if fault.status is None else fault.body
            answer = Answer(
                status=status, body=body, headers={**answer.headers, **fault.headers}, fault=fault
            )
        self._remember(request, to, answer)
        return answer

    def _unspoiled(
        self, request: Request, resource: str, fault: Fault | None, patience: Callable[[], bool]
    ) -> Answer:
        self._check_caller(request)
        self._check_rate(request, resource)
        if request.method == "POST" and request.path in (f"{ROOT}/Messages.json", f"{ROOT}/Calls.json"):
            return self._create(request, resource, fault, patience)
        if request.method != "GET":
            raise RefusalError(405, 20004, "Method not allowed")
        if request.path == f"{ROOT}.json":
            if API_KEY in _user(request):
                raise RefusalError(401, 20003, "Authenticate")
            return _json(200, account_row(self.state.switches))
        if request.path in (f"{ROOT}/Messages.json", f"{ROOT}/Calls.json"):
            return self._list(request, resource)
        if request.path == f"{ROOT}/Balance.json":
            return _json(200, {"account_sid": ACCOUNT_SID, "balance": "11.42", "currency": "USD"})
        return self._one(request, resource)

    def _check_caller(self, request: Request) -> None:
        user, _, password = _user(request).partition(":")
        known = _PASSWORDS.get(user)
        if known is None or not hmac.compare_digest(known.encode(), password.encode()):
            raise RefusalError(401, 20003, "Authenticate")
        if not request.path.startswith((f"{ROOT}/", f"{ROOT}.json")):
            raise RefusalError(404, 20404, f"The requested resource {request.path} was not found")
        if self.state.switches.suspended and request.method == "POST":
            raise RefusalError(403, 20005, "Account not active")

    def _check_rate(self, request: Request, resource: str) -> None:
        limit = self.state.switches.per_second
        if limit is None or request.method != "POST":
            return
        now = self.state.clock()
        with self.state.lock:
            recent = self._recent.setdefault(resource, deque())
            while recent and recent[0] <= now - timedelta(seconds=1):
                recent.popleft()
            if len(recent) >= limit:
                raise RefusalError(429, 20429, "Too Many Requests", "1")
            recent.append(now)

    def _create(
        self, request: Request, resource: str, fault: Fault | None, patience: Callable[[], bool]
    ) -> Answer:
        if request.form is None:
            raise RefusalError(
                415, 20015, "Unsupported Media Type: expected application/x-www-form-urlencoded"
            )
        with self.state.lock:
            order = (read_message if resource == "Messages" else read_call)(request.form, self.state)
        if not patience():
            return Answer(status=0, body=b"", fault=CLIENT_GONE)
        if fault is not None and not fault.accepts:
            return Answer(status=500, body=b"")
        if resource == "Messages":
            message = self.state.accept_message(**_fields(order))
            return _json(201, message_row(message, now=message.created_at, switches=self.state.switches))
        call = self.state.accept_call(**_fields(order))
        return _json(201, call_row(call, now=call.created_at))

    def _one(self, request: Request, resource: str) -> Answer:
        sid = request.path.rpartition("/")[2].removesuffix(".json")
        found = next((item for item in reversed(self._items(resource)) if item.sid == sid), None)
        if found is None:
            raise RefusalError(404, 20404, f"The requested resource {request.path} was not found")
        return _json(200, self._row(found))

    def _list(self, request: Request, resource: str) -> Answer:
        wish = Wish(
            resource=resource,
            path=request.path,
            query=request.query,
            known_until=self.state.clock() - timedelta(seconds=self.state.switches.list_lag),
            sent_at=self._sent_at,
            row=self._row,
        )
        return _json(200, page_of(self._items(resource), wish))

    def _items(self, resource: str) -> Sequence[Message | Call]:
        with self.state.lock:
            return list(self.state.calls if resource == "Calls" else self.state.messages)

    def _sent_at(self, item: Message | Call) -> datetime | None:
        now = self.state.clock()
        return item.state(now)[1] if isinstance(item, Call) else item.state(now, self.state.switches)[2]

    def _row(self, item: Message | Call) -> dict[str, Any]:
        now = self.state.clock()
        if isinstance(item, Call):
            return call_row(item, now=now)
        return message_row(item, now=now, switches=self.state.switches)

    def _remember(self, request: Request, to: str | None, answer: Answer) -> None:
        silent = answer.fault is not None and answer.fault.ending == "reset"
        self.log.append(
            Record(
                at=self.state.clock(),
                method=request.method,
                path=request.path,
                to=to,
                status=0 if silent else answer.status,
                fault=None if answer.fault is None else answer.fault.name,
                authorization=_user(request).partition(":")[0],
            )
        )

    @property
    def date(self) -> str:
        """The ``Date`` header."""
        return format_datetime(self.state.clock(), usegmt=True)


def _fields(order: Any) -> dict[str, Any]:
    return {name: getattr(order, name) for name in type(order).__slots__}


def _json(status: int, data: Mapping[str, Any]) -> Answer:
    return Answer(status=status, body=json.dumps(data).encode())


def _user(request: Request) -> str:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials).decode()
    except ValueError:
        return ""
