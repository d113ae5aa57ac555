"""Wishes for a running notifier: files in ``state/inbox``, so that its database has one writer."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from deskwatch import cli
from deskwatch.clock import monotonic
from deskwatch.config import Home
from deskwatch.core.alerts import AlertState, Raised
from deskwatch.core.ticket import format_instant
from deskwatch.errors import UsageError
from deskwatch.notify_commands.desk_view import DeskView
from deskwatch.notify_commands.words import near, say
from deskwatch.store.atomic import write_atomic

PATIENCE = 5.0
"""Seconds until we say that the notifier seems not to run."""
STEP = 0.05
_LIVING = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


def acknowledge(view: DeskView, wanted: str, by: str, *, patience: float = PATIENCE) -> int:
    """Have a ticket's alerts, or those of a message's code, count as taken. The exit code.

    Raises:
        UsageError: nothing is open under that name, or nobody is called ``by``.
    """
    name = view.contact(by).name
    about, raised = _meant(view, wanted)
    living = [each for each in raised if each.state in _LIVING]
    if not living:
        why = f" ({raised[-1].why})" if raised and raised[-1].why else ""
        raise UsageError(f"nothing is open about {wanted}{why}")
    taken = [each for each in living if each.state is AlertState.ACKNOWLEDGED]
    if len(taken) == len(living):
        say(f"{wanted} was taken by {taken[0].acknowledged_by} already.")
        return cli.OK
    words = ", ".join(each.alert.kind.replace("_", " ") for each in living)
    return _ask(view.home, {"op": "ack", **about, "by": by}, f"{name} takes {wanted}: {words}.", patience)


def _meant(view: DeskView, wanted: str) -> tuple[dict[str, str], tuple[Raised, ...]]:
    """What to write into the wish, and the alerts it is about."""
    outbox = view.outbox
    if outbox is None:
        raise UsageError("nothing was ever told from here: the notifier has not run yet")
    sent = outbox.notification_of_code(wanted.strip("[]"))
    if sent is not None:
        alerts = (outbox.alert(key) for key in sent.alerts)
        return {"code": sent.code}, tuple(each for each in alerts if each is not None)
    if found := outbox.alerts_of_ticket(wanted):
        return {"ticket": wanted}, found
    key = view.ticket(wanted).key
    return {"ticket": key}, outbox.alerts_of_ticket(key)


def silence(view: DeskView, ticket: str, *, until: datetime, by: str, reason: str) -> int:
    """Hold everything about a ticket until then. The exit code.

    Raises:
        UsageError: there is no such ticket, or the time is past.
    """
    key = view.ticket(ticket).key
    if until <= view.now:
        raise UsageError("--until lies in the past")
    wish = {"op": "silence", "ticket": key, "until": format_instant(until), "by": by, "reason": reason}
    words = f"Nobody is told about {key} until {near(until, view.now, view.config.zone)}."
    return _ask(view.home, wish, words)


def end_silence(view: DeskView, ticket: str, *, by: str) -> int:
    """Tell about a ticket again. The exit code."""
    silenced = {key for window in view.silences for key in window.tickets}
    key = ticket if ticket in silenced else view.ticket(ticket).key
    if key not in silenced:
        raise UsageError(f"{key} is not silenced from the command line")
    return _ask(view.home, {"op": "unsilence", "ticket": key, "by": by}, f"{key} is told about again.")


def list_silences(view: DeskView) -> int:
    """Print the maintenance windows and silences that hold now or will."""
    windows = [window for window in view.desk.windows if window.end > view.now]
    zone = view.config.zone
    for window in sorted(windows, key=lambda window: (window.start, window.end)):
        begins = "now" if window.start <= view.now else near(window.start, view.now, zone)
        what = (
            ", ".join(sorted(window.tickets)) or "tickets that match"
            if window.tickets or window.match
            else "all"
        )
        why = f": {window.reason}" if window.reason else ""
        by = f" ({window.by})" if window.by else ""
        say(f"{begins} until {near(window.end, view.now, zone)}  {what}{why}{by}")
    if not windows:
        say("Nothing is silenced, and no maintenance is planned.")
    return cli.OK


def _ask(home: Home, wish: Mapping[str, str], words: str, patience: float = PATIENCE) -> int:
    """Write the wish, and wait until the notifier has heard it."""
    path = home.state / "inbox" / f"{uuid4().hex}.json"
    write_atomic(path, json.dumps(wish).encode())
    if not _gone(path, patience):
        say(f"Written down. {words} It counts as soon as a notifier runs here: none has taken it up so far.")
        return cli.FINDINGS
    if path.with_suffix(".rejected").exists():
        say("The notifier did not understand it; its log says why.")
        return cli.FINDINGS
    say(words)
    return cli.OK


def _gone(path: Path, patience: float) -> bool:
    until, pause = monotonic() + patience, threading.Event()
    while path.exists():
        if monotonic() >= until:
            return False
        pause.wait(STEP)
    return True
