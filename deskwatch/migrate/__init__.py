"""Moving over from other programs: their folder goes in, a home of ours comes out, the original stays."""

from deskwatch.migrate.command import import_group

__all__ = ["import_group"]
