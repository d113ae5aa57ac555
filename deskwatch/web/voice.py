"""Phrases put into words for one reader: in a language, with the times of a zone, as of a moment."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from deskwatch.web.wording import Phrase, Wording

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Voice:
    """Says phrases. The same all day: an instant of today is a time, any other has its day."""

    say: Wording
    zone: tzinfo
    now: datetime

    def __call__(self, *phrases: Phrase) -> str:
        """The sentences one after the other."""
        return " ".join(phrase.said(self.say, self.at) for phrase in phrases)

    def at(self, at: datetime) -> str:
        """``14:05:12``, or of another day ``20 Nov 14:05``. Whole minutes have no seconds."""
        local = local_time(at, self.zone)
        if local.date() != local_time(self.now, self.zone).date():
            return f"{day_of(local, self.say)} {local:%H:%M}"
        return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def local_time(at: datetime, zone: tzinfo) -> datetime:
    """An instant in a zone; on the first and last day of the calendar, which a file may name, in its own."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def day_of(local: datetime, say: Wording) -> str:
    """``20 Nov``, in the reader's language."""
    return say("{day} {month}", day=local.day, month=say(_MONTHS[local.month - 1]))
