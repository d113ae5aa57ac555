"""Answers of the simulated API before they become bytes, and the refusals Freshservice is known for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from threading import Event
from typing import Any, Protocol

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


class Delivery(Protocol):
    """How the bytes of an answer travel. ``closing`` is set when the server stops."""

    def __call__(self, body: bytes, *, connection: Any, closing: Event) -> Iterator[bytes]:
        """The body in the pieces and at the pace the client gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers and body. ``data`` is encoded as JSON unless ``raw`` holds finished bytes.

    ``charged``: comes from the application and carries rate headers; proxies in front of it know no credits.
    """

    status: int = 200
    data: Any = None
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    charged: bool = True
    delivery: Delivery | None = None
    date_offset: timedelta = timedelta(0)
    """How wrong the ``Date`` header is."""

    def body(self) -> bytes:
        """The bytes on the wire."""
        if self.raw is not None:
            return self.raw
        return (
            b""
            if self.data is None
            else json.dumps(self.data, ensure_ascii=False).encode("utf-8", "surrogatepass")
        )

    def with_headers(self, **headers: str) -> "Answer":
        """The answer with more headers; ``retry_after`` becomes ``retry-after``."""
        return replace(self, headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})

    @property
    def status_line(self) -> str:
        """Such as ``200 OK``."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


class RefusedError(Exception):
    """A request that gets an error answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status_line)
        self.answer = answer


def html(status: int, text: str, **headers: str) -> Answer:
    """A page such as proxies and portals send."""
    page = f"<!DOCTYPE html><html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return Answer(
        status=status, raw=page.encode(), headers={"content-type": HTML_TYPE, **headers}, charged=False
    )


def invalid(field_name: str, message: str, code: str = "invalid_value") -> RefusedError:
    """400 with an entry for one parameter."""
    errors = [{"field": field_name, "message": message, "code": code}]
    return RefusedError(Answer(status=400, data={"description": "Validation failed", "errors": errors}))


def refused(status: int, code: str, message: str, **headers: str) -> RefusedError:
    """An error with a code and words, the shape of 401, 403, 405 and 406."""
    return RefusedError(Answer(status=status, data={"code": code, "message": message}, headers=headers))


def not_found() -> RefusedError:
    """404 as Freshservice sends it: nothing in it."""
    return RefusedError(Answer(status=404, headers={"content-type": HTML_TYPE}))
