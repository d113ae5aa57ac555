"""The WSGI application of the listener: addresses, sizes, origins, limits, and errors as JSON in words."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from deskwatch.clock import Clock, utc_now
from deskwatch.config import Config
from deskwatch.config.listener import PaceSettings
from deskwatch.core.legible import legible
from deskwatch.door.answers import JSON, SECURITY, Refused, answer, too_many
from deskwatch.door.callers import Caller, Callers
from deskwatch.door.docs_page import OPENAPI, STYLE, page
from deskwatch.door.hooks import Hooks
from deskwatch.door.own_api import Asked, OwnApi
from deskwatch.door.pace import Pace
from deskwatch.store.errors import StoreError

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
LONGEST_IDEMPOTENCY_KEY = 200
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_NO_REGISTRATION = (
    "Users are not made here. Ask the admin, who runs: ticket_watcher.py user add NAME --role technician"
)


class Door:
    """Everything the listener answers. ``wsgi`` is the application."""

    def __init__(
        self,
        config: Callable[[], Config],
        hooks: Hooks,
        callers: Callers,
        api: OwnApi | None,
        *,
        pace: Pace,
        clock: Clock = utc_now,
    ) -> None:
        self._config, self._hooks, self._callers, self._api = config, hooks, callers, api
        self._pace, self._clock = pace, clock
        self.wsgi = app = Flask("deskwatch.door", static_folder=None, template_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
        app.config["MAX_FORM_PARTS"] = 50
        app.url_map.strict_slashes = False
        app.before_request(self._refuse_foreign_origins)
        app.after_request(_secured)
        app.register_error_handler(Refused, Refused.answer)
        app.register_error_handler(HTTPException, _http_error)
        app.register_error_handler(StoreError, _store_error)
        app.register_error_handler(Exception, self._unexpected)
        routes: list[tuple[str, Callable[..., Response], tuple[str, ...]]] = [
            ("/hooks/<source>", self._hook, ("POST",)),
            ("/hooks/<source>/<path:secret>", self._hook, ("POST",)),
            ("/healthz", self._healthz, ("GET",)),
            ("/openapi.json", self._openapi, ("GET",)),
            ("/docs", self._docs, ("GET",)),
            ("/docs.css", self._style, ("GET",)),
            ("/register/", self._register, ("GET", "POST")),
        ]
        if api is not None:
            routes += [
                ("/api-token-auth/", self._login, ("POST",)),
                ("/api/tickets/", self._tickets, ("GET", "POST")),
                ("/api/tickets/<id_>/", self._ticket, ("GET", "PUT", "PATCH", "DELETE")),
                ("/api/tickets/<id_>/notes/", self._notes, ("GET", "POST")),
                ("/api/tickets/<id_>/ack/", self._ack, ("POST",)),
                ("/api/outcomes/<name>/", self._outcome, ("GET",)),
            ]
        for place, view, methods in routes:
            app.add_url_rule(place, f"{view.__name__} {place}", view, methods=methods)

    # Webhooks

    def _hook(self, source: str, secret: str | None = None) -> Response:
        said = self._hooks.take(
            source, secret, request.headers.get, request.get_data(cache=False), address=self._address()
        )
        return answer(said, HTTPStatus.ACCEPTED)

    # The API

    def _login(self) -> Response:
        if request.mimetype in _FORMS:
            given: Any = request.form.to_dict()
        else:
            given = _body()
        name, password = given.get("username"), given.get("password")
        missing = {
            field: ["missing"]
            for field, value in (("username", name), ("password", password))
            if not isinstance(value, str) or not value
        }
        if missing or not isinstance(name, str) or not isinstance(password, str):
            raise Refused(HTTPStatus.BAD_REQUEST, f"{', '.join(missing)}: missing", fields=missing)
        token, expires = self._callers.login(name, password, address=self._address(), now=self._clock())
        return answer({"token": token, "expires_at": expires.isoformat(timespec="seconds")})

    def _tickets(self) -> Response:
        caller, api = self._caller()
        if request.method == "POST":
            return api.create(self._asked(caller))
        return api.list(caller, request.args.to_dict())

    def _ticket(self, id_: str) -> Response:
        caller, api = self._caller()
        if request.method in ("GET", "HEAD"):
            return api.read(caller, id_)
        if request.method == "DELETE":
            return api.delete(self._asked(caller, body=False), id_)
        return api.change(self._asked(caller), id_, whole=request.method == "PUT")

    def _notes(self, id_: str) -> Response:
        caller, api = self._caller()
        if request.method == "POST":
            return api.note(self._asked(caller), id_)
        return api.notes(caller, id_)

    def _ack(self, id_: str) -> Response:
        caller, api = self._caller()
        return api.ack(self._asked(caller, body=bool(request.content_length)), id_)

    def _outcome(self, name: str) -> Response:
        caller, api = self._caller()
        return api.outcome(caller, name)

    def _caller(self) -> tuple[Caller, OwnApi]:
        """Who asks, within the limits of the caller."""
        assert self._api is not None, "without the API there are no such addresses"
        header = request.headers.get("Authorization", "")
        caller = self._callers.recognize(header, address=self._address(), now=self._clock())
        listener = self._config().watcher.listener
        pace = listener.pace if listener else PaceSettings()
        reads = request.method in ("GET", "HEAD")
        most = pace.reads_per_minute if reads else pace.writes_per_minute
        wait = self._pace.take("reads" if reads else "writes", caller.name, most=most)
        if wait:
            raise too_many(wait, f"{caller.name} may {'read' if reads else 'write'} {most} times a minute.")
        return caller, self._api

    def _asked(self, caller: Caller, *, body: bool = True) -> Asked:
        key = request.headers.get("Idempotency-Key")
        if key is not None and not (0 < len(key) <= LONGEST_IDEMPOTENCY_KEY and key.isprintable()):
            words = f"expected 1 to {LONGEST_IDEMPOTENCY_KEY} printable characters"
            raise Refused(HTTPStatus.BAD_REQUEST, f"Idempotency-Key: {words}")
        what = f"{request.method} {request.url_rule.rule if request.url_rule else ''}"
        return Asked(caller, what, _body() if body else {}, key)

    # What else there is

    def _healthz(self) -> Response:
        return answer({"ok": True})

    def _openapi(self) -> Response:
        return Response(OPENAPI.read_bytes(), mimetype=JSON)

    def _docs(self) -> Response:
        return Response(page(), mimetype="text/html")

    def _style(self) -> Response:
        return Response(STYLE, mimetype="text/css")

    def _register(self) -> Response:
        raise Refused(HTTPStatus.GONE, _NO_REGISTRATION)

    def _address(self) -> str:
        """Who the client is; a trusted proxy says for whom it asks, and only its own entry is believed."""
        address = request.remote_addr or ""
        listener = self._config().watcher.listener
        proxies = listener.trusted_proxies if listener else []
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        while proxies and hops and _is_in(address, proxies):
            hop = hops.pop()
            if not _is_address(hop):
                break
            address = hop
        return address

    def _refuse_foreign_origins(self) -> None:
        origin = request.headers.get("Origin")
        if origin is None:
            return
        parts = urlsplit(origin) if origin.isprintable() else None
        if parts is None or not parts.netloc or parts.netloc.lower() != request.host.lower():
            raise Refused(HTTPStatus.FORBIDDEN, "Pages of other sites may not ask here.")

    def _unexpected(self, error: Exception) -> Response:
        place = request.url_rule.rule if request.url_rule is not None else "an unknown address"
        log.exception("%s %s failed", legible(request.method, 20), place, exc_info=error)
        words = "Something broke. The log of ticket_watcher.py says what."
        return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, words).answer()


def _body() -> dict[str, Any]:
    """The JSON object of the request.

    Raises:
        Refused: 400 when it is none, 415 when it does not claim to be one.
    """
    if request.mimetype != JSON:
        words = f"Send the body as JSON, with the header Content-Type: {JSON}."
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, words)
    try:
        found = request.get_json(cache=False)
    except RecursionError:
        found = None
    except RequestEntityTooLarge:
        raise
    except HTTPException:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "The body must be one JSON object.")
    return found


def _http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    words = {
        HTTPStatus.NOT_FOUND: "Nothing lives at this address; /docs shows what does.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; Allow names those it does.",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"A body has at most {LARGEST_BODY // 1024} KiB.",
    }.get(status, error.description or status.phrase)
    headers = {name.replace("-", "_"): value for name, value in error.get_headers() if name == "Allow"}
    return Refused(status, words, headers=headers).answer()


def _store_error(error: StoreError) -> Response:
    log.error("%s", error)
    words = "This cannot be kept or read right now; the log of ticket_watcher.py says why."
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, words, headers={"Retry_After": "10"}).answer()


def _secured(response: Response) -> Response:
    for name, value in SECURITY:
        response.headers.setdefault(name, value)
    return response


def _is_in(address: str, networks: list[Any]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
