"""The command line for tickets of the desk's own."""

from deskwatch.own_tickets.group import ticket_group

__all__ = ["ticket_group"]
