"""Which business hours count for a ticket."""

from dataclasses import dataclass

from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.ticket import Person, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarUse:
    """A calendar, and the tickets it counts for; all conditions that are given must hold.

    ``groups`` and ``clients`` are ids or names of the helpdesk, compared without case; ``sources`` are names
    of ``sources.yaml``.
    """

    calendar: BusinessCalendar
    groups: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    def applies_to(self, ticket: Ticket) -> bool:
        """Whether the ticket is one of those."""
        return (
            (not self.groups or _is_one_of(ticket.group, self.groups))
            and (not self.clients or _is_one_of(ticket.client, self.clients))
            and (not self.sources or ticket.source in self.sources)
        )


def calendar_of(ticket: Ticket, uses: tuple[CalendarUse, ...], desk: BusinessCalendar) -> BusinessCalendar:
    """The calendar of the first use that applies to a ticket, else that of the desk."""
    return next((use.calendar for use in uses if use.applies_to(ticket)), desk)


def _is_one_of(who: Person | None, names: frozenset[str]) -> bool:
    return who is not None and (who.id.casefold() in names or who.name.casefold() in names)
