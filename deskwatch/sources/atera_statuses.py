"""Status texts of an Atera account: there is no list of them, so they are learned from tickets."""

from collections.abc import Iterable, Mapping
from typing import Any

from deskwatch.core.ticket import Phase, Status
from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.freshservice_catalog import phase_named
from deskwatch.sources.http_words import clean_line

SHIPPED = {
    "Open": Phase.OPEN,
    "Pending": Phase.PENDING,
    "Resolved": Phase.RESOLVED,
    "Closed": Phase.CLOSED,
    "Deleted": Phase.CLOSED,
    "Merged": Phase.CLOSED,
    "Spam": Phase.CLOSED,
}
"""What texts mean that every account has, or that were met in many."""
_MET_ELSEWHERE = {"waiting": Phase.PENDING}
_THROWN_AWAY = {
    "deleted": "it was deleted in the helpdesk",
    "merged": "it was merged into another ticket",
    "spam": "it was marked as spam",
}
MOST_TEXTS = 200


class Statuses:
    """What each status text means, and which texts there are."""

    def __init__(self, settings: AteraSettings) -> None:
        self._given = {_folded(text): status for text, status in settings.statuses.items()}
        self._shipped = {_folded(text): phase for text, phase in SHIPPED.items()}
        self._texts = {_folded(text): text.strip() for text in (*SHIPPED, *settings.statuses)}
        self._learned: dict[str, str] = {}

    def phase(self, text: str) -> Phase:
        """Where a status stands. Unknown ones are open: a ticket in a status nobody mapped is still work."""
        return self._said(text) or Phase.OPEN

    def status(self, text: str) -> Status:
        """The status as walls show it."""
        if not text:
            return Status(id="", name="No status")
        given = self._given.get(_folded(text))
        line = clean_line(text, longest=60)
        return Status(id=line, name=(given.name if given else None) or line)

    def thrown_away(self, text: str) -> str | None:
        """Why a ticket with this status is none any more, in words; None when it is one."""
        folded = _folded(text)
        return None if folded in self._given else _THROWN_AWAY.get(folded)

    def learn(self, texts: Iterable[str]) -> None:
        """Take over texts that stand on tickets, spelled as the helpdesk spells them."""
        for text in texts:
            folded = _folded(text)
            if folded and len(text) <= 200 and (folded in self._learned or len(self._learned) < MOST_TEXTS):
                self._learned[folded] = text.strip()

    @property
    def open_texts(self) -> list[str]:
        """Every known text whose tickets are not over, as questions must spell them."""
        texts = (self._texts | self._learned).values()
        return sorted(text for text in texts if not self.phase(text).is_over)

    @property
    def unmapped(self) -> list[str]:
        """Texts on tickets whose phase nobody has said."""
        return sorted(text for text in self._learned.values() if self._said(text) is None)

    def memory(self) -> list[str]:
        """The texts that were learned, as plain JSON values."""
        return sorted(self._learned.values())

    def recall(self, memory: Any) -> None:
        """Take back what ``memory`` gave; anything odd is ignored and will be learned again."""
        self.learn(text for text in (memory if isinstance(memory, list) else ()) if isinstance(text, str))

    def _said(self, text: str) -> Phase | None:
        folded = _folded(text)
        given = self._given.get(folded)
        if given is not None:
            return given.phase
        return self._shipped.get(folded) or phase_named(text) or _MET_ELSEWHERE.get(folded.rstrip(" .…"))


def text_of(row: Mapping[str, Any]) -> str:
    """The status text of a row; empty when it has none."""
    text = row.get("TicketStatus")
    return text.strip() if isinstance(text, str) else ""


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
