"""Maintenance windows and silences: times in which alerts wait, each with an end and a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from deskwatch.core.alerts import Alert
from deskwatch.core.match import Match, selects
from deskwatch.core.sla_clock import SlaState
from deskwatch.core.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time, half-open, in which certain alerts are held; what still holds at the end is told then.

    Without a condition it covers every alert about a ticket. Alerts about the desk itself are covered only
    when ``kinds`` names them: a silent watcher is news also during maintenance.
    """

    id: str
    start: datetime
    end: datetime
    reason: str = ""
    by: str = ""
    tickets: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    match: tuple[Match, ...] = ()
    not_match: tuple[Match, ...] = ()

    @property
    def words(self) -> str:
        """``maintenance 1 (mia): the mail server moves``."""
        who = f" ({self.by})" if self.by else ""
        return f"{self.id}{who}{': ' if self.reason else ''}{self.reason}"

    def covers(self, alert: Alert, ticket: Ticket | None, *, now: datetime) -> bool:
        """Whether this alert is held at ``now``."""
        if not self.start <= now < self.end or (self.kinds and alert.kind not in self.kinds):
            return False
        if ticket is None:
            return bool(self.kinds) and not (self.tickets or self.match)
        if self.tickets and ticket.key not in self.tickets:
            return False
        return selects(self.match, self.not_match, ticket, SlaState.NONE, SlaState.NONE)


def holding(
    windows: Iterable[Window], alert: Alert, ticket: Ticket | None, *, now: datetime
) -> Window | None:
    """The window that holds the alert the longest."""
    covering = [window for window in windows if window.covers(alert, ticket, now=now)]
    return max(covering, key=lambda window: window.end, default=None)
