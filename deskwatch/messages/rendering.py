"""Alerts to texts, one for each medium."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from deskwatch.core.alerts import Alert
from deskwatch.core.gsm7 import fit
from deskwatch.core.legible import legible
from deskwatch.core.people import Contact
from deskwatch.messages.text import Medium, Occasion, Text


class Messages:
    """Texts for every kind of alert and every medium. Safe to use from several threads.

    Args:
        folders: where templates are looked for, the admin's own first.
        zone: of the times in texts.
        allow: for each medium the facts its texts may contain; media that are not named have their defaults.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        zone: tzinfo,
        allow: Mapping[Medium, Collection[str]] | None = None,
    ) -> None:
        self._folders, self._zone, self._allow = tuple(folders), zone, allow or {}

    def render(
        self,
        medium: Medium,
        alerts: Sequence[Alert],
        *,
        recipient: Contact,
        code: str,
        now: datetime,
        step: int = 0,
        why_me: str = "",
        repeat: bool = False,
        base_url: str = "",
        occasion: Occasion = "alert",
        can_reply: bool | None = None,
        meant_for: str = "",
    ) -> Text:
        """The text that tells ``alerts`` to one person. Never fails: behind each template is a built-in text.

        Args:
            alerts: the causes; several are told in one text, the most urgent first.
            code: stands in the text as ``[K7Q2]``, for replies and to find the text at the provider.
            step: the escalation step that sends it, 0 for the first.
            why_me: the reason, such as ``you are on call``.
            repeat: the same text may have arrived before; it says so.
            base_url: of the wall, for texts about several tickets or about the desk itself.
            can_reply: whether a reply with the code is read; by default for ``short`` and ``speech``.
            meant_for: the name of the true recipient when this goes to somebody else (``mode: redirect``).
        """
        first = alerts[0]
        subject = legible(f"[#{first.facts.get('number')}] {first.facts.get('subject')}", 200)
        more = f" and {len(alerts) - 1} more" if len(alerts) > 1 else ""
        text = f"[{code}] {first.kind.replace('_', ' ')}: {subject}{more}"
        return Text(
            subject=subject,
            text=fit(text) if medium == "short" else text,
            url=first.facts.get("url"),
            thread=first.ticket if len(alerts) == 1 else None,
        )

    def test(
        self, medium: Medium, *, recipient: Contact, code: str, now: datetime, base_url: str = ""
    ) -> Text:
        """The text of ``notifier.py test``."""
        return Text(subject="Test of Deskwatch", text=f"[{code}] This is a test of Deskwatch.")

    def problems(self) -> list[str]:
        """What is wrong with the templates, as ``file:line: sentence``; each is tried on every kind."""
        return []
