"""A finished text, ready for a channel."""

from dataclasses import dataclass
from typing import Literal, get_args

Medium = Literal["short", "speech", "chat", "mail", "data"]
"""``short``: one SMS segment. ``speech``: read aloud. ``data``: for programs, beside the facts."""
MEDIA: tuple[Medium, ...] = get_args(Medium)


def medium_of(name: str) -> Medium:
    """The medium of that name; a channel that names none we know is told as in a chat."""
    return next((medium for medium in MEDIA if medium == name), "chat")


Occasion = Literal["alert", "opening", "test"]
"""``opening``: what was held while the desk was closed, told when it opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a notification says.

    Attributes:
        subject: one line without controls; the subject of a mail, the title of a push message.
        html: the HTML part of a mail.
        url: where to look: the ticket, or the wall.
        thread: stays the same for everything about one ticket; ``None``: the message stands alone.
        problems: templates that failed, one sentence each; the text is then a built-in one.
    """

    subject: str
    text: str
    html: str | None = None
    url: str | None = None
    thread: str | None = None
    problems: tuple[str, ...] = ()
