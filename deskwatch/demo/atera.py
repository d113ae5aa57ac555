"""The same desk in Atera's API v3: who may ask, what a refusal looks like (nothing), no word about limits."""

from collections.abc import Sequence
from datetime import datetime

from deskwatch.demo.answers import Answer, RefusedError
from deskwatch.demo.api import Api, Request
from deskwatch.demo.atera_routes import ATERA, PREFIX, nothing, problem, switches_of
from deskwatch.demo.freshservice import Route
from deskwatch.demo.limits import Charge


class AteraApi(Api):
    """Answers as Atera does: key first, then path, then parameters, and the minute's limit at last."""

    prefix = PREFIX

    def authenticate(self, request: Request, now: datetime) -> None:
        """Take the key from the header that this account accepts.

        Raises:
            RefusedError: 401 without a byte, whatever was wrong.
        """
        accepts = switches_of(self.helpdesk).accepts
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        told = [
            request.headers.get("x-api-key", "") if accepts != "bearer" else "",
            token if scheme.lower() == "bearer" and accepts != "x-api-key" else "",
        ]
        if not any(self.is_key(key, now) for key in told if key):
            raise nothing(401)

    def check_manners(self, request: Request) -> None:
        """Reading only.

        Raises:
            RefusedError: 405 without a byte.
        """
        if request.method not in ("GET", "HEAD"):
            raise nothing(405)

    def routes(self) -> Sequence[Route]:
        """The paths of version 3."""
        return ATERA

    def nothing_here(self) -> RefusedError:
        """A problem in JSON."""
        return problem(404)

    def rate_limited(self) -> Answer:
        """An empty text."""
        return Answer(status=429, raw=b"", headers={"content-type": "text/plain"})

    def headers_of(self, answer: Answer, number: int, charge: Charge | None) -> dict[str, str]:
        """None about limits, ever."""
        return {"cache-control": "no-store"}
