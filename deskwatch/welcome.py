"""Says where the wall is as soon as it can be looked at, and which part does not run."""

import http.client
import json
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deskwatch.clock import Monotonic, monotonic
from deskwatch.logs import one_line

log = logging.getLogger(__name__)

PATIENCE = 20.0
"""Seconds after which a wall that answers but is not ready is announced all the same, with its reasons."""
_WITHOUT = {"watcher": ", so no ticket is fetched", "notifier": ", so nobody is alerted"}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


@dataclass(frozen=True, slots=True)
class Part:
    """A program beside the wall. ``ended`` says how it ended when it does not run; ``up``: it has worked."""

    name: str
    up: bool
    ended: str = ""
    asked_by: str = ""
    """The command that tells the reason."""


class Welcome:
    """Asks ``/readyz`` on this machine until it answers; ``words()`` then has the announcement, once.

    When a part did not run at that time, the news that it does comes as a second announcement.
    """

    def __init__(
        self,
        url: str,
        *,
        host: str,
        port: int,
        tls: bool,
        parts: Callable[[], tuple[Part, ...]] = tuple,
        monotonic: Monotonic = monotonic,
    ) -> None:
        """``url`` is what is announced; ``host`` and ``port`` are where the wall listens."""
        self.url, self._parts = url, parts
        self.incomplete = False
        self._host, self._port, self._tls = _EVERYWHERE.get(host, host), port, tls
        self._monotonic = monotonic
        self._answered_at: float | None = None
        self.done = False

    def words(self) -> str | None:
        """The announcement if it is time for it, else None. Takes at most half a second."""
        if self.incomplete and all(part.up for part in self._parts()):
            self.incomplete = False
            return f"\nEverything runs now:  {self.url}\n"
        report = None if self.done else self._ask()
        if report is None:
            return None
        if self._answered_at is None:
            self._answered_at = self._monotonic()
        ready = bool(report.get("ready"))
        parts = self._parts()
        begun = all(part.up or part.ended for part in parts)
        if not (ready and begun) and self._monotonic() - self._answered_at < PATIENCE:
            return None
        self.done = True
        ended = [part for part in parts if part.ended and not part.up]
        self.incomplete = bool(ended)
        return _announcement(self.url, report, ended, ready=ready)

    def _ask(self) -> Mapping[str, Any] | None:
        connection: http.client.HTTPConnection
        if self._tls:  # the name in the certificate is the public one; here it is ourselves we ask
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=0.5, context=context)
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=0.5)
        try:
            connection.request("GET", "/readyz", headers={"Accept": "application/json"})
            report = json.loads(connection.getresponse().read(1_000_000))
        except (OSError, ValueError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return report if isinstance(report, dict) else None


def _announcement(url: str, report: Mapping[str, Any], ended: list[Part], *, ready: bool) -> str:
    tickets = report.get("tickets")
    total = tickets.get("total") if isinstance(tickets, dict) else None
    count = f"{total} ticket{'' if total == 1 else 's'}. " if total else ""
    head = "Only a part of Deskwatch runs" if ended else "Deskwatch is running"
    lines = [f"{head}:  {url}", f"{count}Ctrl-C stops it."]
    if not ready:
        reasons = [one_line(str(reason)) for reason in report.get("reasons") or ()]
        lines[1:1] = [
            "It answers, but it has no fresh tickets yet:",
            *(f"  - {reason}" for reason in reasons),
        ]
    for part in ended:
        so = _WITHOUT.get(part.name, "")
        lines[1:1] = [
            f"The {part.name} does not run{so}: {part.ended}. It is tried again and again.",
            f"  Why: the lines above that it wrote, or  {part.asked_by}",
        ]
    rule = "=" * max(map(len, lines))
    return "\n".join(["", rule, *lines, rule, ""])
