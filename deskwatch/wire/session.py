"""The connection of one request, which a time limit can cut and no environment can redirect."""

import logging

import requests

from deskwatch import __version__
from deskwatch.settings import is_loopback, split_address
from deskwatch.wire.adapter import WatchedAdapter
from deskwatch.wire.hang_up import HangUp


def session(address: str, limit: HangUp) -> requests.Session:
    """For one request to that address, and redirects that stay with its host.

    Raises:
        ValueError: it is no address.
    """
    logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # its warnings name the whole address
    line = requests.Session()
    host = split_address(address).hostname or ""
    line.trust_env = not is_loopback(host)  # proxies cannot reach this machine
    line.auth = _as_it_is
    line.headers.update(
        {"User-Agent": f"deskwatch/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
    )
    for scheme in ("https://", "http://"):
        line.mount(scheme, WatchedAdapter(lambda: limit))
    return line


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Instead of nothing, which would mean: whatever ``~/.netrc`` has for that host."""
    return request
