"""The first to see a request: access, methods, and the few addresses that walls ask for again and again.

Prepared bytes are answered here in microseconds; Flask, which costs a thousand times more to start than to
skip, is made when the first other address is asked for. Every answer leaves through ``_Answer``, so none
escapes the rules.
"""

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from deskwatch.clock import Clock, utc_now
from deskwatch.core.legible import legible
from deskwatch.web.access import Grant, Refusal, set_cookie
from deskwatch.web.assets import Assets
from deskwatch.web.board_list import base_of, listed, rotating
from deskwatch.web.discretion import discreet
from deskwatch.web.edition import Pulse
from deskwatch.web.feed import Feed
from deskwatch.web.headers import Headers, security_headers
from deskwatch.web.hosts import public_place
from deskwatch.web.leading import first_board, is_kiosk, without_version
from deskwatch.web.pages import Pages
from deskwatch.web.printing import HTML, NEVER_KEEP, Printed
from deskwatch.web.query import LONGEST_QUERY, language_of
from deskwatch.web.voice import Voice
from deskwatch.web.wording import Phrase

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

CSV_DISPOSITION = 'attachment; filename="{}.csv"'
BROKEN = Phrase("Something broke. The log of gui.py says what.")
_NOT_VALID = Refusal(Phrase("This wall link is not valid, or it was withdrawn."))
GRANT = "deskwatch.grant"
"""Where the views behind this front find what the client may see."""

CALENDAR = "/on-call.ics"
"""Below a wall link, the calendar a program may subscribe to that cannot keep the link's cookie."""

_STATUS = {status: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Front:
    """The WSGI application of ``gui.py``."""

    def __init__(
        self, feed: Feed, pages: Pages, assets: Assets, behind: Callable[[], Wsgi], *, clock: Clock = utc_now
    ) -> None:
        self._feed, self._pages, self._assets, self._clock = feed, pages, assets, clock
        self._make_behind = behind
        self._behind: Wsgi | None = None

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        security = security_headers(tuple(self._feed.published.config.web.frame_ancestors))
        answer = _Answer(environ, start_response, security)
        try:
            return self._answer(answer, environ)
        except Exception:  # else the server answers, without headers and words, and logs no address
            path = environ["PATH_INFO"]
            told = "/w/…" if path.startswith("/w/") else legible(path, 200)  # a wall link is a secret
            log.exception("%s %s failed", environ["REQUEST_METHOD"], told)
            words = BROKEN.said(self._spoken(answer).say)
            return answer.text(HTTPStatus.INTERNAL_SERVER_ERROR, f"{words}\n".encode())

    def _answer(self, answer: "_Answer", environ: Environ) -> Iterable[bytes]:
        published = self._feed.published
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return answer.method_not_allowed()
        path: str = environ["PATH_INFO"]
        if path.startswith("/static/"):
            asset = self._assets.find(path[8:], environ.get("QUERY_STRING", ""))
            return answer.printed(asset) if asset else self._missing(answer, path)
        if path == "/healthz":
            return answer.text(HTTPStatus.OK, b"ok\n")
        if path.startswith("/w/"):
            return self._let_in(answer, environ, path)
        verdict = published.gate.judge(environ, now=self._clock())
        if isinstance(verdict, Refusal):
            return self._refuse(answer, path, verdict)
        if path.startswith("/b/") and path.split("/", 4)[3:4] != ["t"]:
            return self._board(answer, path, environ.get("QUERY_STRING", ""), verdict)
        if path == "/":
            return self._home(answer, environ.get("QUERY_STRING", ""), verdict)
        if path == "/boards":
            return self._boards(answer, path, verdict)
        environ[GRANT] = verdict
        return self._pass_on(answer, environ)

    def _board(self, answer: "_Answer", path: str, query: str, grant: Grant) -> Iterable[bytes]:
        board_id, _, part = path[3:].partition("/")
        query, have = without_version(query)
        published = self._feed.published
        edition = None
        if grant.covers(board_id):
            edition = self._feed.edition(board_id, query, grant.privacy, guest=grant.is_guest)
        if edition is None and published.loaded:
            return self._unknown_board(answer, board_id, grant)
        if edition is None or not published.loaded:
            return self._starting(answer, path)
        if part == "pulse":
            return answer.pulse(edition.pulse, self._clock)
        if part == "rows":
            return answer.printed(edition.since(have) if have else edition.rows)
        if part == "csv":
            table = self._feed.table(board_id, query, grant.privacy)
            return answer.printed(table, CSV_DISPOSITION.format(board_id))
        if part == "" and not path.endswith("/"):
            return answer.printed(edition.page(kiosk=is_kiosk(query)))
        return self._missing(answer, path)

    def _home(self, answer: "_Answer", query: str, grant: Grant) -> Iterable[bytes]:
        published = self._feed.published
        if not published.loaded:
            return self._starting(answer, "/")
        lead = first_board(query, [board_id for board_id in published.editions if grant.covers(board_id)])
        if lead.board_id is not None:
            return answer.redirect(lead.address)
        if lead.asked:
            return self._unknown_board(answer, lead.asked, grant, root="")
        return self._boards(answer, "/", grant)

    def _boards(self, answer: "_Answer", path: str, grant: Grant) -> Iterable[bytes]:
        if not self._feed.published.loaded:
            return self._starting(answer, path)
        return answer.page(HTTPStatus.OK, self._board_list(answer, grant, ""))

    def _unknown_board(
        self, answer: "_Answer", board_id: str, grant: Grant, root: str = "../"
    ) -> Iterable[bytes]:
        asked = legible(board_id.encode("latin-1", "replace").decode("utf-8", "replace"), 60)
        note = self._spoken(answer).say("There is no board “{asked}”. These exist:", asked=asked)
        return answer.page(HTTPStatus.NOT_FOUND, self._board_list(answer, grant, note, root=root))

    def _board_list(self, answer: "_Answer", grant: Grant, note: str, root: str = "") -> bytes:
        published = self._feed.published
        boards = published.config.boards
        seen = [e for e in published.editions.values() if e.board_id in boards and grant.covers(e.board_id)]
        base = base_of(answer.environ, published.config.web.public_url)
        shown = listed(seen, boards, base)
        rotation = rotating([board["id"] for board in shown], base)
        pages, freshness = self._spoken(answer), published.freshness
        if grant.is_guest:
            freshness = discreet(freshness, [boards[edition.board_id] for edition in seen])
        voice = Voice(pages.say, published.config.zone, self._clock())
        troubles = [(trouble.told(voice), trouble.detail) for trouble in freshness.troubles]
        return pages.boards(shown, root=root, note=note, rotating=rotation, troubles=troubles)

    def _let_in(self, answer: "_Answer", environ: Environ, path: str) -> Iterable[bytes]:
        token = path[3:].removesuffix(CALENDAR)
        known = self._feed.published.gate.recognize(token)
        over = known is not None and known.expires_at is not None and self._clock() >= known.expires_at
        if known is None or over or not token.isascii() or ";" in token:
            return self._refuse(answer, path, _NOT_VALID)
        if path.endswith(CALENDAR):  # calendar programs keep no cookies
            environ[GRANT] = known.grant
            environ["PATH_INFO"] = CALENDAR
            return self._pass_on(answer, environ)
        public = public_place(environ.get("HTTP_HOST", ""), self._feed.published.config.web.public_url)
        cookie = set_cookie(token, secure=answer.secure or public.secure, path=public.path)
        return answer.redirect("../", ("Set-Cookie", cookie))

    def _refuse(self, answer: "_Answer", path: str, refusal: Refusal) -> Iterable[bytes]:
        title = Phrase("No access")
        return self._tell(answer, path, refusal.status, title, refusal.words, icon="lock")

    def _missing(self, answer: "_Answer", path: str) -> Iterable[bytes]:
        words = Phrase("Nothing lives at this address. The walls are listed at the start page.")
        return self._tell(answer, path, HTTPStatus.NOT_FOUND, Phrase("Not found"), words)

    def _starting(self, answer: "_Answer", path: str) -> Iterable[bytes]:
        words = Phrase("The ticket files are being read. This page looks again by itself.")
        answer.extra.append(("Retry-After", "2"))
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return self._tell(answer, path, status, Phrase("Starting"), words, icon="mark", retry=2)

    def _tell(
        self,
        answer: "_Answer",
        path: str,
        status: HTTPStatus,
        title: Phrase,
        words: Phrase,
        *,
        icon: str = "alert",
        retry: int = 0,
    ) -> Iterable[bytes]:
        root = "../" * max(path.count("/") - 1, 0)
        way_out = status is HTTPStatus.NOT_FOUND
        pages = self._spoken(answer)
        page = pages.message(title, words, icon=icon, root=root, retry=retry, way_out=way_out)
        return answer.page(status, page)

    def _spoken(self, answer: "_Answer") -> Pages:
        """In the language the address asks for, else in that of the configuration."""
        asked = dict(parse_qsl(answer.environ.get("QUERY_STRING", "")[:LONGEST_QUERY])).get("lang", "")
        return self._pages.spoken(language_of(asked) or self._feed.published.config.web.language)

    def _pass_on(self, answer: "_Answer", environ: Environ) -> Iterable[bytes]:
        if self._behind is None:
            self._behind = self._make_behind()
        return self._behind(environ, answer.secured)


class _Answer:
    """One answer on its way out, with the security headers and without a body for HEAD."""

    __slots__ = ("_head", "_security", "_start", "environ", "extra", "secure")

    def __init__(self, environ: Environ, start: StartResponse, security: tuple[tuple[str, str], ...]) -> None:
        self.environ, self._start, self._security = environ, start, security
        self._head = environ["REQUEST_METHOD"] == "HEAD"
        self.secure = environ.get("wsgi.url_scheme") == "https"
        self.extra: Headers = []

    def printed(self, printed: Printed, disposition: str = "") -> Iterable[bytes]:
        if disposition:
            self.extra.append(("Content-Disposition", disposition))
        known = self.environ.get("HTTP_IF_NONE_MATCH")
        if known is not None and printed.matches(known):
            return self._send(HTTPStatus.NOT_MODIFIED, printed.unchanged_headers, b"")
        if printed.compressed is not None and _takes_gzip(self.environ.get("HTTP_ACCEPT_ENCODING", "")):
            return self._send(HTTPStatus.OK, printed.compressed_headers, printed.compressed)
        return self._send(HTTPStatus.OK, printed.plain_headers, printed.body)

    def pulse(self, pulse: Pulse, clock: Clock) -> Iterable[bytes]:
        if pulse.version in self.environ.get("HTTP_IF_NONE_MATCH", ""):
            return self._send(HTTPStatus.NOT_MODIFIED, pulse.unchanged_headers, b"")
        body = pulse.body(clock())
        return self._send(HTTPStatus.OK, pulse.headers(body), body)

    def page(self, status: HTTPStatus, body: bytes) -> Iterable[bytes]:
        printed = Printed(body, HTML, NEVER_KEEP)
        return self._send(status, printed.plain_headers, body)

    def text(self, status: HTTPStatus, body: bytes) -> Iterable[bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        return self._send(status, [*headers, ("Cache-Control", NEVER_KEEP)], body)

    def redirect(self, place: str, *more: tuple[str, str]) -> Iterable[bytes]:
        headers = [("Location", place), ("Content-Length", "0"), ("Cache-Control", NEVER_KEEP), *more]
        return self._send(HTTPStatus.FOUND, headers, b"")

    def method_not_allowed(self) -> Iterable[bytes]:
        self.extra.append(("Allow", "GET, HEAD"))
        return self.text(HTTPStatus.METHOD_NOT_ALLOWED, b"Deskwatch only shows: GET and HEAD.\n")

    def secured(self, status: str, headers: Headers, *exc_info: Any) -> Any:
        """The ``start_response`` for the application behind the front."""
        return self._start(status, [*headers, *self._security], *exc_info)

    def _send(self, status: HTTPStatus, headers: Headers, body: bytes) -> Iterable[bytes]:
        if status is HTTPStatus.NOT_MODIFIED:  # a wall gets 86,400 a day, and has the other headers
            self._start(_STATUS[status], headers)
            return [b""]
        self._start(_STATUS[status], [*headers, *self._security, *self.extra])
        return [b"" if self._head else body]


def _takes_gzip(accept_encoding: str) -> bool:
    """Whether the client takes gzip (RFC 9110, 12.5.3)."""
    for part in accept_encoding.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
