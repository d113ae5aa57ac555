"""The plan of the coming weeks, layer by layer, as a page, as JSON and as a calendar to subscribe to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from deskwatch.config import Config
from deskwatch.core.duties import Duty, duties
from deskwatch.core.legible import legible
from deskwatch.core.oncall import Gap, Schedule
from deskwatch.core.privacy import Privacy
from deskwatch.ics.feeds import Feeds
from deskwatch.web.cells import weekday
from deskwatch.web.privacy import SOMEBODY, initials
from deskwatch.web.wording import Wording

DAYS, MOST_DAYS = 14, 100
"""How far ahead the page looks unless asked, and at most: calendars kept elsewhere are read no further."""
NAME_LIMIT = 48


@dataclass(frozen=True, slots=True)
class Stretch:
    """One line of the plan: somebody's duty, or a gap when ``name`` is empty."""

    start: datetime
    end: datetime
    person: str
    name: str
    is_now: bool

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on call although somebody should be."""
        return not self.person


@dataclass(frozen=True, slots=True)
class Layer:
    """The stretches of one layer in order of time."""

    id: str
    stretches: tuple[Stretch, ...]


def current_schedule(config: Config, *, now: datetime) -> Schedule:
    """Who is on call, with the last good copies of calendars that others keep; nobody is asked."""
    feeds = Feeds(
        config.feeds, people=config.people, zone=config.oncall_zone, folder=config.home.state / "calendars"
    )
    feeds.remember(now)
    return feeds.schedule(config.schedule)


def plan(
    schedule: Schedule, names: Mapping[str, str], *, days: int = DAYS, person: str = "", now: datetime
) -> tuple[Layer, ...]:
    """The duties and gaps of each layer from ``now`` on; of one person's duties only when named."""
    until = now + timedelta(days=days)
    found: list[Duty | Gap] = [duty for duty in duties(schedule, now, until) if person in ("", duty.person)]
    if not person:
        found += schedule.gaps(now, until)
    layers = {
        id_: tuple(
            _stretch(each, names, now)
            for each in sorted(found, key=lambda f: (f.start, f.end))
            if each.layer == id_
        )
        for id_ in schedule.layers
    }
    return tuple(Layer(id_, stretches) for id_, stretches in layers.items() if stretches)


def names_of(config: Config, privacy: Privacy) -> dict[str, str]:
    """Id of each person to the name a reader may see."""
    return {id_: shown_name(contact.name, privacy) for id_, contact in config.people.items()}


def shown_name(name: str, privacy: Privacy) -> str:
    """A name as far as a reader may know it."""
    if privacy is Privacy.FULL:
        return legible(name, NAME_LIMIT)
    return initials(name) if privacy is Privacy.INITIALS else SOMEBODY


def day_words(at: datetime, zone: tzinfo, say: Wording) -> str:
    """``Mon 2026-03-16 08:00`` in the zone of the plan."""
    local = at.astimezone(zone)
    return f"{weekday(local, say)} {local:%Y-%m-%d %H:%M}"


def _stretch(each: Duty | Gap, names: Mapping[str, str], now: datetime) -> Stretch:
    person = each.person if isinstance(each, Duty) else ""
    return Stretch(
        each.start, each.end, person, names.get(person, person), is_now=each.start <= now < each.end
    )
