"""Tickets of the desk itself: commands come in as files, and the watcher applies each of them once."""
