"""Flask behind the front: what is asked for now and then, by people and programs rather than by walls."""

import json
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from deskwatch.clock import Clock, utc_now
from deskwatch.web.api import api
from deskwatch.web.feed import Feed
from deskwatch.web.front import BROKEN
from deskwatch.web.metrics import metrics
from deskwatch.web.oncall_page import on_call
from deskwatch.web.pages import Pages
from deskwatch.web.printing import HTML, JSON, NEVER_KEEP
from deskwatch.web.ticket_dash import ticket_dash
from deskwatch.web.ticket_page import ticket_page
from deskwatch.web.within import CLOCK, FEED, PAGES, spoken_pages
from deskwatch.web.wording import ENGLISH, Phrase


def create_app(feed: Feed, pages: Pages, *, clock: Clock = utc_now) -> Flask:
    """The Flask application. It never sees a request that the front refused."""
    app = Flask("deskwatch", static_folder=None, template_folder=None)
    app.extensions.update({FEED: feed, CLOCK: clock, PAGES: pages})
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(api)
    app.register_blueprint(metrics)
    app.register_blueprint(ticket_dash)
    app.register_blueprint(on_call)
    app.register_blueprint(ticket_page)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        words: object = error.description  # ``abort`` takes a phrase as well
        if isinstance(error, NotFound) and words == NotFound.description:
            words = Phrase("Nothing lives at this address.")
        told = words if isinstance(words, Phrase) else Phrase("{0}", words or "")
        return _error(error.code or HTTPStatus.INTERNAL_SERVER_ERROR, told)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return _error(HTTPStatus.INTERNAL_SERVER_ERROR, BROKEN)

    return app


_TITLE_WORDS = {
    HTTPStatus.BAD_REQUEST: "Not understood",
    HTTPStatus.FORBIDDEN: "No access",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.SERVICE_UNAVAILABLE: "Starting",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Out of order",
}


def _error(code: int, words: Phrase) -> Response:
    status = HTTPStatus(code)
    if request.path.startswith(("/api/", "/readyz", "/openapi")):
        told = {"status": status.value, "title": status.phrase, "words": words.said(ENGLISH)}
        response = Response(json.dumps({"error": told}), status.value, mimetype=JSON)
    else:
        root = "../" * max(request.path.count("/") - 1, 0)
        title = Phrase(_TITLE_WORDS.get(status, "Not understood"))
        page = spoken_pages().message(title, words, root=root, way_out=status is HTTPStatus.NOT_FOUND)
        response = Response(page, status.value, content_type=HTML)
    response.headers["Cache-Control"] = NEVER_KEEP
    return response
