"""Alerts to texts, one for each medium."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from deskwatch.core.alerts import Alert
from deskwatch.core.people import Contact
from deskwatch.messages.facts import DEFAULT_ALLOW, FACTS, is_allowed
from deskwatch.messages.letter import Letter
from deskwatch.messages.text import Medium, Occasion, Text
from deskwatch.messages.writing import Shelves, Writing

ANSWERED: frozenset[Medium] = frozenset({"short", "speech"})
"""Media whose recipients can usually send the code back."""


class Messages:
    """Texts for every kind of alert and every medium. Safe to use from several threads.

    Args:
        folders: where templates are looked for, the admin's own first. Missing ones are fine.
        zone: of the times in texts.
        allow: for each medium the facts its texts may contain besides the HARMLESS ones; the others stay
            empty. Media that are not named have their defaults.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        zone: tzinfo,
        allow: Mapping[Medium, Collection[str]] | None = None,
    ) -> None:
        self.shelves = Shelves(folders)
        self._zone = zone
        self._allow = {**DEFAULT_ALLOW, **(allow or {})}

    def render(
        self,
        medium: Medium,
        alerts: Sequence[Alert],
        *,
        recipient: Contact,
        code: str,
        now: datetime,
        step: int = 0,
        lap: int = 0,
        why_me: str = "",
        repeat: bool = False,
        base_url: str = "",
        occasion: Occasion = "alert",
        can_reply: bool | None = None,
        meant_for: str = "",
        copy: bool = False,
    ) -> Text:
        """The text that tells ``alerts`` to one person. Never fails: behind each template is a built-in text.

        Args:
            alerts: the causes; several are told in one text, the most urgent first.
            code: stands in the text as ``[K7Q2]``, for replies and to find the text at the provider.
            step: the escalation step that sends it, 0 for the first; ``lap`` counts repetitions.
            why_me: the reason, to fit after ``you are``: ``on call``.
            repeat: the same text may have arrived before; it says so.
            base_url: of the wall, for texts about several tickets or about the desk itself.
            occasion: ``opening`` for what was held while the desk was closed.
            can_reply: whether a reply with the code is read; by default for ``short`` and ``speech``.
            meant_for: name of the true recipient when this goes elsewhere (``alerts.mode: redirect``).
            copy: for information only: nobody is asked to react.
        """
        letter = Letter(
            medium=medium,
            alerts=tuple(alerts),
            recipient=recipient,
            code=code,
            now=now,
            zone=self._zone,
            allowed=self._allow[medium],
            step=step,
            lap=lap,
            why_me=why_me,
            repeat=repeat,
            base_url=base_url,
            occasion=occasion,
            can_reply=medium in ANSWERED if can_reply is None else can_reply,
            meant_for=meant_for,
            copy=copy,
        )
        return Writing(letter, self.shelves).text()

    @property
    def unknown_facts(self) -> list[str]:
        """Names that are allowed somewhere and are no facts."""
        return sorted({name for names in self._allow.values() for name in names} - FACTS.keys())

    def may_say(self, medium: Medium, name: str) -> bool:
        """Whether texts of that medium may contain that fact."""
        return is_allowed(name, self._allow[medium])

    def test(
        self, medium: Medium, *, recipient: Contact, code: str, now: datetime, base_url: str = ""
    ) -> Text:
        """The text of ``notifier.py test``."""
        letter = Letter(
            medium=medium,
            alerts=(),
            recipient=recipient,
            code=code,
            now=now,
            zone=self._zone,
            allowed=self._allow[medium],
            base_url=base_url,
            occasion="test",
            can_reply=medium in ANSWERED,
        )
        return Writing(letter, self.shelves).text()
