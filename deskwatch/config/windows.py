"""The ``maintenance:`` and ``silences:`` of ``alerts.yaml``: times in which alerts wait."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from deskwatch.config.matching import TicketMatch
from deskwatch.config.period import Period
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.windows import Window


class WindowSettings(Period):
    """A time in which alerts are held. What still holds at its end is told then."""

    reason: Annotated[str, Field(min_length=1)]
    """Why; the log, ``explain`` and the held alert say it."""
    by: str = ""
    """Who wrote this."""
    tickets: list[str] = Field(default_factory=list)
    """Keys of tickets such as ``demo-12``. Empty: all that match."""
    kinds: list[AlertKind] = Field(default_factory=list)
    """Kinds of alert. Empty: all that are about a ticket."""
    match: list[TicketMatch] = Field(default_factory=list)
    """Any of these must hold for the ticket. Empty: every ticket."""
    not_match: list[TicketMatch] = Field(default_factory=list)
    """None of these may hold."""

    def window(self, id_: str, zone: ZoneInfo) -> Window:
        """The window for the core; ``zone`` is that of the desk."""
        start, end = self.instants(zone)
        return Window(
            id=id_,
            start=start,
            end=end,
            reason=self.reason,
            by=self.by,
            tickets=frozenset(self.tickets),
            kinds=frozenset(self.kinds),
            match=tuple(match.match() for match in self.match),
            not_match=tuple(match.match() for match in self.not_match),
        )
