"""Answers of the door: JSON in words, the same shape for every refusal."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from flask import Response

JSON = "application/json"
SECURITY = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("Cache-Control", "no-store"),
)  # fmt: skip
"""Headers of every answer: no page of ours runs a script, and nobody keeps what a token was asked for."""


class Refused(Exception):  # noqa: N818 -- an answer, not a fault
    """A request that gets no more than this answer.

    Attributes:
        status: the HTTP status.
        words: one sentence for whoever asked, without anything secret.
        fields: name of a field to what is wrong with it.
        headers: more headers, such as ``Retry-After``.
        more: more keys of the error, such as ``link``.
    """

    def __init__(
        self,
        status: HTTPStatus,
        words: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(words)
        self.status, self.words = status, words
        self.fields, self.headers, self.more = dict(fields or {}), dict(headers or {}), more

    def answer(self) -> Response:
        """The answer to send."""
        error = {"status": self.status.value, "title": self.status.phrase, "words": self.words, **self.more}
        if self.fields:
            error["fields"] = {name: list(words) for name, words in self.fields.items()}
        return answer({"error": error}, self.status, **self.headers)


def answer(data: Any, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Response:
    """Strict JSON: no NaN, no lone surrogates. Header names are written with ``_`` for ``-``."""
    body = json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    response = Response(body, status.value, mimetype=JSON)
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def too_many(wait: float, words: str) -> Refused:
    """429 with the seconds to wait."""
    seconds = max(1, ceil(wait))
    return Refused(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"{words} Try again in {seconds} s.",
        headers={"Retry_After": str(seconds)},
    )
