"""What the commands look at: the configuration, the roster and, read-only, the notifier's database."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from deskwatch.config import Config, Home, load
from deskwatch.core.desk import Desk
from deskwatch.core.oncall import Schedule
from deskwatch.core.people import Contact
from deskwatch.core.ticket import Ticket
from deskwatch.core.windows import Window
from deskwatch.errors import UsageError
from deskwatch.ics.feeds import Feeds
from deskwatch.one_ticket import ticket_called
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.silences import Silences
from deskwatch.pager.terms import Terms
from deskwatch.settings import nearest_words
from deskwatch.store.database import read_database
from deskwatch.store.outbox import Outbox
from deskwatch.store.tickets import TicketFolder


@dataclass(frozen=True)
class DeskView:
    """One look at a home. Nothing is changed by looking."""

    home: Home
    config: Config
    now: datetime

    @classmethod
    def of(cls, home: Home, *, now: datetime, needs: tuple[str, ...] = ("deskwatch",)) -> "DeskView":
        """Load the configuration.

        Raises:
            ConfigError: it cannot be used.
        """
        return cls(home, load(home, needs=needs), now)

    @cached_property
    def terms(self) -> Terms:
        """The configuration as the notifier uses it."""
        return Terms.of(self.config)

    @cached_property
    def outbox(self) -> Outbox | None:
        """What the notifier has recorded; ``None``: nothing so far."""
        engine = read_database(self.config.database)
        return None if engine is None else Outbox(engine)

    @cached_property
    def feeds(self) -> Feeds:
        """Calendars elsewhere, as their last good copies have them."""
        config = self.config
        folder = self.home.state / "calendars"
        feeds = Feeds(config.feeds, people=config.people, zone=config.oncall_zone, folder=folder)
        feeds.remember(self.now)
        return feeds

    @cached_property
    def schedule(self) -> Schedule:
        """Who is on call, with what calendars elsewhere say."""
        return self.feeds.schedule(self.config.schedule)

    @cached_property
    def silences(self) -> tuple[Window, ...]:
        """Tickets somebody silenced from the command line."""
        if self.outbox is None:
            return ()
        return Silences(Ledger(), self.outbox.load().facts).current(self.now)

    @cached_property
    def desk(self) -> Desk:
        """What routing knows, with broken addresses and silences."""
        broken = self.outbox.broken() if self.outbox is not None else ()
        return self.terms.desk(
            schedule=self.schedule, broken=broken, broken_channels={}, silences=self.silences
        )

    def contact(self, id_: str) -> Contact:
        """A person by id, or a room such as ``channel:slack``.

        Raises:
            UsageError: nobody has that id.
        """
        contact = self.desk.contact(id_)
        if contact is None or (
            id_.startswith("channel:") and contact.name not in self.config.alerts.channels
        ):
            known = [*self.config.people, *(f"channel:{name}" for name in self.config.alerts.channels)]
            raise UsageError(f"{id_} is not in config/people.yaml{nearest_words(id_, known)}")
        return contact

    def ticket(self, wanted: str) -> Ticket:
        """The ticket with that key, number or id.

        Raises:
            NoSuchTicketError: there is none.
            UsageError: several have that number.
        """
        return ticket_called(wanted, TicketFolder(self.home.tickets))
