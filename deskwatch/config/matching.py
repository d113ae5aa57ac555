"""Conditions on tickets as the configuration writes them: boards, sections, policies and alert rules."""

from typing import Any

from pydantic import Field

from deskwatch.config.fields import SourceName
from deskwatch.core.answers import FirstResponse
from deskwatch.core.match import Match
from deskwatch.core.sla_clock import SlaState
from deskwatch.core.ticket import Phase, Priority
from deskwatch.core.turn import Turn
from deskwatch.settings import Strict


class TicketMatch(Strict):
    """Conditions on a ticket that only a change of the ticket can change; all that are given must hold."""

    phases: list[Phase] = Field(default_factory=list)
    """Where the ticket stands: ``[open, pending]``."""
    priorities: list[Priority] = Field(default_factory=list)
    """``[urgent, high]``"""
    statuses: list[str] = Field(default_factory=list)
    """Status names or ids of the helpdesk; ``atera:3`` is id 3 of that source only."""
    types: list[str] = Field(default_factory=list)
    """Ticket types: ``[Incident]``."""
    groups: list[str] = Field(default_factory=list)
    """Group names or ids, such as ``atera:3``."""
    agents: list[str] = Field(default_factory=list)
    """Agent names or ids, such as ``atera:12``."""
    clients: list[str] = Field(default_factory=list)
    """Names or ids of clients, companies or departments, such as ``atera:7``."""
    categories: list[str] = Field(default_factory=list)
    """Categories as the helpdesk calls them."""
    sources: list[SourceName] = Field(default_factory=list)
    """Sources of ``sources.yaml``."""
    tags: list[str] = Field(default_factory=list)
    """The ticket has any of these tags."""
    turns: list[Turn] = Field(default_factory=list)
    """Whose turn it is: ``us``, ``customer``, ``third_party``, ``nobody``."""
    unassigned: bool | None = None
    """``true``: nobody has the ticket. ``false``: somebody has it."""
    first_response: FirstResponse | None = None
    """``pending`` or ``done``."""

    def match(self) -> Match:
        """The conditions for the rules."""
        return Match(**{name: _frozen(value) for name, value in self})


class SectionMatch(TicketMatch):
    """Conditions of a section: those of a ticket, and those of its clocks."""

    sla: list[SlaState] = Field(default_factory=list)
    """States of the deadline: ``[overdue, critical]``."""
    update: list[SlaState] = Field(default_factory=list)
    """States of the update clock: ``[overdue]``."""
    explanation: bool | None = None
    """``true``: a missed deadline waits for a word of explanation (see ``explanations`` in ``sla.yaml``)."""


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
