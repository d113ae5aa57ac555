"""Deskwatch watches a helpdesk: a wall dashboard by day, an on-call pager by night."""

__version__ = "0.1.0"
