"""Gives a command to the watcher, and tells what became of it."""

import getpass
import json
import threading
from collections.abc import Mapping
from typing import Any

import click

from deskwatch import cli
from deskwatch.clock import monotonic, utc_now
from deskwatch.config import Config
from deskwatch.core.ticket import format_instant
from deskwatch.errors import UsageError
from deskwatch.local.build import inbox_of
from deskwatch.local.commands import CommandError, read_command
from deskwatch.local.inbox import Inbox, Outcome
from deskwatch.logs import one_line
from deskwatch.own_tickets.finding import NO_SOURCE, prefixes_of
from deskwatch.store.lock import seems_held

PATIENCE = 10.0
"""Seconds to wait for a running watcher; it may be reading a long list from a helpdesk."""
STEP = 0.05
TAKEN_LATER = "the notifier is asked to; whether an alert was open to be taken: notifier.py explain {}"
"""What is true of every ack: the watcher hands it on and does not know of alerts."""


class Giver:
    """Gives a command to the watcher and tells what became of it."""

    def __init__(self, config: Config, by: str | None, as_json: bool) -> None:
        self._config, self._as_json = config, as_json
        self._by = by or _login()
        self._inbox = inbox_of(config.home.tickets)

    def give(self, command: Mapping[str, Any]) -> int:
        """The exit code: 0 applied (or waiting for a watcher), 1 rejected or not answered.

        Raises:
            UsageError: the command makes no sense, or there are no tickets of our own.
            StoreError: it could not be written down.
        """
        if not prefixes_of(self._config):
            raise UsageError(NO_SOURCE)
        command = {**command, "by": self._by, "at": format_instant(utc_now())}
        try:
            read_command(command, name="", digest="")
        except CommandError as problem:
            raise UsageError(str(problem)) from None
        name = self._inbox.drop(command)
        if not seems_held(self._config.home.state / "watcher.lock"):
            words = "No watcher runs here: it waits in tickets/.inbox until ticket_watcher.py runs."
            return self._tell({"state": "waiting", "file": name, "words": words}, words, cli.OK)
        outcome = _awaited(self._inbox, name)
        if outcome is None:
            words = f"The watcher has not answered yet; the command waits in tickets/.inbox/{name}."
            return self._tell({"state": "waiting", "file": name, "words": words}, words, cli.FINDINGS)
        notice = outcome.reason if outcome.ok else ""
        if outcome.ok and command["op"] == "ack":
            notice = TAKEN_LATER.format(outcome.number or outcome.ticket)
        facts = {
            "state": "done" if outcome.ok else "rejected",
            "ticket": outcome.ticket,
            "number": outcome.number,
            "code": outcome.code,
            "words": "" if outcome.ok else outcome.reason,
            "notice": notice,
            "link": outcome.link,
        }
        if outcome.ok:
            return self._tell(facts, notice, cli.OK, answer=outcome.number or outcome.ticket or "done")
        words = outcome.reason + (f": {outcome.link}" if outcome.link else "")
        return self._tell(facts, words, cli.FINDINGS)

    def _tell(self, facts: Mapping[str, Any], words: str, code: int, *, answer: str = "") -> int:
        """Print the answer alone to stdout, for ``id=$(… ticket new …)``, and all other words to stderr."""
        if self._as_json:
            click.echo(
                json.dumps({name: value for name, value in facts.items() if value}, ensure_ascii=False)
            )
            return code
        if answer:
            click.echo(one_line(answer))
        if words:
            click.echo(one_line(words), err=True)
        return code


def _awaited(inbox: Inbox, name: str) -> Outcome | None:
    until, pause = monotonic() + PATIENCE, threading.Event()
    while (outcome := inbox.outcome(name)) is None and monotonic() < until:
        pause.wait(STEP)
    return outcome


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("say who you are: --by NAME") from None
