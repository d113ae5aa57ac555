"""Where tickets come from: one module per helpdesk family, imported only when configured."""

from importlib import import_module
from typing import Any

from deskwatch.sources.source import Finding, Report, Source, SourceError

__all__ = ["SOURCES", "Finding", "Report", "Source", "SourceError", "source_class"]

SOURCES = {
    "freshservice": "deskwatch.sources.freshservice:FreshserviceSource",
    "freshdesk": "deskwatch.sources.freshservice:FreshserviceSource",
    "demo": "deskwatch.sources.freshservice:FreshserviceSource",
    "atera": "deskwatch.sources.atera:AteraSource",
    "rest": "deskwatch.sources.rest.source:RestSource",
}
"""Kind of a source to the class that speaks with that helpdesk. Kind ``local`` is ``deskwatch.local``."""


def source_class(kind: str) -> Any:
    """The class for a kind; its module is imported now and not before.

    Raises:
        KeyError: there is no such kind.
    """
    module, _, name = SOURCES[kind].partition(":")
    return getattr(import_module(module), name)
