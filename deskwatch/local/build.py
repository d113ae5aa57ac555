"""The source of tickets of our own, put together from the configuration."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from deskwatch.config import Config
from deskwatch.core.own_commands import Command
from deskwatch.core.own_tickets import OwnRules
from deskwatch.local.inbox import Inbox
from deskwatch.local.intake import Intake
from deskwatch.local.roster import Roster
from deskwatch.local.routing import Routing
from deskwatch.local.shelf import Shelf
from deskwatch.local.source import LocalSource
from deskwatch.sources.local_settings import LocalSettings
from deskwatch.store.atomic import write_atomic
from deskwatch.store.codec import encode_object
from deskwatch.store.errors import StoreError
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch

RESCAN = 60.0
"""Seconds after which the inbox is looked at even if nothing was heard; each round looks at it anyway."""


def inbox_of(tickets: Path) -> Inbox:
    """The inbox beside these tickets."""
    return Inbox(tickets / ".inbox")


@contextmanager
def inbox_bell(config: Config) -> Iterator[FolderWatch | None]:
    """Rings when a command comes in, so that nobody waits for it; ``None``: we have no tickets of our own."""
    if not any(isinstance(settings, LocalSettings) for settings in config.sources.values()):
        yield None
        return
    inbox = inbox_of(config.home.tickets)
    with suppress(StoreError):  # the source says so, too, and goes on trying
        Intake(inbox).prepare()
    bell = FolderWatch(inbox.folder, rescan_interval=RESCAN)
    bell.start()
    try:
        yield bell
    finally:
        bell.stop()


def local_source(name: str, settings: LocalSettings, config: Config) -> LocalSource:
    """The source of this name."""
    home = config.home
    inbox = inbox_of(home.tickets)
    prefixes = {n: s.id_prefix for n, s in config.sources.items() if isinstance(s, LocalSettings)}
    rules = OwnRules(
        source=name,
        prefix=settings.id_prefix,
        digits=settings.digits,
        default_priority=settings.default_priority,
        explain_before_resolving=settings.explain_before_resolving,
        sla=config.sla,
    )
    return LocalSource(
        name,
        rules,
        intake=Intake(inbox),
        shelf=Shelf(name, TicketFolder(home.tickets)),
        routing=Routing(name, prefixes, frozenset(config.sources) - prefixes.keys()),
        acknowledge=acknowledging(home.state),
        roster=Roster(tuple(config.people.values()), config.agents),
        keep_for=timedelta(days=config.watcher.archive_days),
        is_empty=inbox.is_empty,
    )


def acknowledging(state: Path) -> Callable[[str, Command], None]:
    """Has the notifier hear that somebody took a ticket, as ``notifier.py ack`` does."""

    def acknowledge(ticket: str, command: Command) -> None:
        wish = {"op": "ack", "ticket": ticket, "by": command.by}
        write_atomic(state / "inbox" / f"own-{command.key}.json", encode_object(wish))

    return acknowledge
