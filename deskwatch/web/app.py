"""Flask behind the front: what is asked for now and then, by people and programs rather than by walls."""

import json
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from deskwatch.clock import Clock, utc_now
from deskwatch.web.api import api
from deskwatch.web.feed import Feed
from deskwatch.web.oncall_page import on_call
from deskwatch.web.pages import Pages
from deskwatch.web.printing import HTML, JSON, NEVER_KEEP
from deskwatch.web.ticket_dash import ticket_dash
from deskwatch.web.ticket_page import ticket_page
from deskwatch.web.within import CLOCK, FEED, PAGES


def create_app(feed: Feed, pages: Pages, *, clock: Clock = utc_now) -> Flask:
    """The Flask application. It never sees a request that the front refused."""
    app = Flask("deskwatch", static_folder=None, template_folder=None)
    app.extensions.update({FEED: feed, CLOCK: clock, PAGES: pages})
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(api)
    app.register_blueprint(ticket_dash)
    app.register_blueprint(on_call)
    app.register_blueprint(ticket_page)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        return _error(feed, pages, error.code or HTTPStatus.INTERNAL_SERVER_ERROR, error.description or "")

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return _error(
            feed, pages, HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke. The log of gui.py says what."
        )

    return app


def _error(feed: Feed, pages: Pages, code: int, words: str) -> Response:
    status = HTTPStatus(code)
    if request.path.startswith(("/api/", "/readyz", "/openapi")):
        body: Any = json.dumps({"error": {"status": status.value, "title": status.phrase, "words": words}})
        response = Response(body, status.value, mimetype=JSON)
    else:
        if words == NotFound.description:
            words = "Nothing lives at this address."
        root = "../" * max(request.path.count("/") - 1, 0)
        pages = pages.spoken(feed.published.config.web.language)
        response = Response(pages.message(status.phrase, words, root=root), status.value, content_type=HTML)
    response.headers["Cache-Control"] = NEVER_KEEP
    return response
