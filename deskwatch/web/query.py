"""The wishes in an address: ``?agent=Ana&priority=high,urgent`` as a ``View``, and a view as such a query.

Anybody may write anything there. What makes no sense is left out and told in words; names that belong to
the browser (``kiosk``, ``theme`` …) or to nobody are left to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlencode
from zoneinfo import ZoneInfo

from deskwatch.core.board import Board
from deskwatch.core.privacy import Privacy, stricter
from deskwatch.core.sorting import SORTABLE, hidden_columns
from deskwatch.core.ticket import Priority
from deskwatch.core.view import NOBODY, View
from deskwatch.settings import languages
from deskwatch.web.wording import Wording

LONGEST_QUERY = 4096
MOST_PARAMETERS = 64
LONGEST_VALUE = 100
"""Characters of one value; more is cut off."""
MOST_IN_A_LIST = 20
LARGEST_LIMIT = 1000

_ALIASES = {"agent_id": "agent", "sections": "section"}
_PEOPLE = ("agent", "group", "client")


USUAL = View()


class Notice(NamedTuple):
    """A parameter that was left out, and why; ``words`` holds ``{name}``, or ``{0}={1}`` and ``{2}``."""

    name: str
    words: str
    values: str = ""
    said_there: str = ""

    def said(self, say: Wording) -> str:
        """In the reader's language."""
        return say(self.words, self.name, self.said_there, self.values, name=self.name)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an address asks for. ``guest``: by a reader who is told nothing but what concerns its boards."""

    view: View
    notices: tuple[Notice, ...] = ()
    guest: bool = False


def usual_view(board: Board) -> View:
    """What a board shows to those who wish nothing."""
    return View(privacy=board.privacy)


def read_wishes(query: str, board: Board, privacy: Privacy = Privacy.FULL) -> Wishes:
    """The wishes in a query string as WSGI hands it on, as far as this board fulfils them.

    ``privacy`` is the most that this reader may see of any board.
    """
    least = stricter(board.privacy, privacy)
    if not query:
        return Wishes(View(privacy=least))
    notices: list[Notice] = []
    if len(query) > LONGEST_QUERY:
        notices.append(Notice("", "This address is too long; what it asks for is left out."))
        return Wishes(View(privacy=least), tuple(notices))
    wanted: dict[str, Any] = {}
    for name, said in _parameters(query, notices).items():
        field, read = _READERS[name]
        if name == "section":
            known = [section.id for section in board.sections]
            value: Any = tuple(dict.fromkeys(id_ for id_ in _list(said) if id_ in known))
            wrong = any(id_ not in known for id_ in _list(said))
            expected = ", ".join(known)
        else:
            value, wrong = read(said)
            expected = ", ".join(languages()) if name == "lang" else _VALUES.get(name, "")
        if wrong:
            words = _EXPECTED.get(name, "“{0}={1}” is not understood: expected {2}.")
            notices.append(Notice(name, words, expected, said[:LONGEST_VALUE]))
        if value:
            wanted[field] = value
    view = _allowed(View(**wanted), least, notices)
    return Wishes(view, tuple(notices))


def wishes_of(view: View, *, usual: View = USUAL) -> str:
    """The query string of a view, without ``?``; the same for equal views, empty for the usual one."""
    values = {
        **{name: getattr(view, name) for name in (*_PEOPLE, "source")},
        "priority": ",".join(priority.value for priority in view.priorities),
        "section": ",".join(view.sections),
        "q": view.text,
        "sort": view.sort,
        "limit": view.limit or "",
        "privacy": "" if view.privacy is usual.privacy else view.privacy.value,
        "lang": view.language,
        "tz": view.zone,
    }
    return urlencode({name: value for name, value in values.items() if value}, safe=",/:")


def split_query(query: str) -> list[tuple[str, str]]:
    """Names and values of a query string, percent-decoded; bytes that are no UTF-8 become marks."""
    return [
        (_decoded(name), _decoded(value))
        for name, _, value in (part.partition("=") for part in query.split("&", MOST_PARAMETERS))
    ][:MOST_PARAMETERS]


def counted(said: str, largest: int) -> int | None:
    """The number from 1 to ``largest`` that an address names; ``None``: it names none."""
    if not (said.isascii() and said.isdigit() and len(said) < 10):  # int() of thousands of digits raises
        return None
    return int(said) if 1 <= int(said) <= largest else None


def _decoded(text: str) -> str:
    raw = text.replace("+", " ").encode("latin-1", "replace")
    return unquote_to_bytes(raw).decode("utf-8", "replace")


def _parameters(query: str, notices: list[Notice]) -> dict[str, str]:
    """The server's own parameters, cleaned; repeated lists are joined, of other values the last counts."""
    found: dict[str, str] = {}
    aliased: dict[str, str] = {}
    if query.count("&") >= MOST_PARAMETERS:
        notices.append(Notice("", "This address has too many parameters; the last ones are left out."))
    for given, raw in split_query(query):
        name = _ALIASES.get(given, given)
        value = " ".join("".join(c if c.isprintable() else " " for c in raw).split())
        if name not in _READERS or not value:
            continue
        if name in ("priority", "section") and name in found:
            value = f"{found[name]},{value}"
        elif name not in ("priority", "section"):
            value = value[:LONGEST_VALUE].rstrip()
        (aliased if given == "agent_id" else found)[name] = value
    return {**aliased, **found}


def _list(said: str) -> list[str]:
    return [item for part in said.split(",")[:MOST_IN_A_LIST] if (item := part.strip())]


def _text(said: str) -> tuple[str, bool]:
    return said, False


def _person(said: str) -> tuple[str, bool]:
    return (NOBODY if said.casefold() == NOBODY else said), False


def _priorities(said: str) -> tuple[tuple[Priority, ...], bool]:
    words = [word.casefold() for word in _list(said)]
    known = tuple(priority for priority in Priority if priority.value in words)
    return known, any(word not in _PRIORITIES for word in words)


def _sort(said: str) -> tuple[str, bool]:
    known = said.removeprefix("-") in SORTABLE
    return (said if known and said != "sla" else ""), not known


def _limit(said: str) -> tuple[int | None, bool]:
    limit = counted(said, LARGEST_LIMIT)
    return limit, limit is None


def _privacy(said: str) -> tuple[Privacy | None, bool]:
    known = said in _PRIVACIES
    return (Privacy(said) if known else None), not known


def language_of(said: str) -> str:
    """The language that ``de`` or ``de-AT`` asks for; empty: it is not spoken here."""
    word = said.casefold().partition("-")[0]
    return word if word in languages() else ""


def _language(said: str) -> tuple[str, bool]:
    language = language_of(said)
    return language, not language


def _zone(said: str) -> tuple[str, bool]:
    try:
        return ZoneInfo(said).key, False
    except (LookupError, ValueError, OSError):  # not known, not a name, a folder of the zones
        return "", True


_PRIORITIES = frozenset(priority.value for priority in Priority)
_PRIVACIES = tuple(privacy.value for privacy in Privacy)
_READERS: dict[str, tuple[str, Callable[[str], tuple[Any, bool]]]] = {
    **{name: (name, _person) for name in _PEOPLE},
    "source": ("source", _text),
    "priority": ("priorities", _priorities),
    "section": ("sections", _text),
    "q": ("text", _text),
    "sort": ("sort", _sort),
    "limit": ("limit", _limit),
    "privacy": ("privacy", _privacy),
    "lang": ("language", _language),
    "tz": ("zone", _zone),
}
"""Parameter to the field of the view, and how its value is read: what it means, and whether it is wrong."""
_EXPECTED = {
    "limit": "“{0}={1}” is not understood: expected a number from {2}.",
    "tz": "“{0}={1}” is not understood: expected a time zone such as {2}.",
}
_VALUES = {
    "priority": ", ".join(priority.value for priority in reversed(Priority)),
    "sort": ", ".join(SORTABLE),
    "limit": f"1–{LARGEST_LIMIT}",
    "privacy": ", ".join(_PRIVACIES),
    "tz": "Europe/Vienna",
}


def _allowed(view: View, least: Privacy, notices: list[Notice]) -> View:
    """The view without what would tell about people whom this reader is not shown."""
    privacy = stricter(view.privacy, least)
    refused = [name for name in _HIDDEN[privacy] if getattr(view, name) not in ("", NOBODY)]
    changes: dict[str, Any] = {"privacy": privacy, **dict.fromkeys(refused, "")}
    if view.sort.removeprefix("-") in hidden_columns(privacy):
        changes["sort"] = ""
        refused.append("sort")
    notices += [Notice(name, "{name}: no names are shown here.") for name in refused]
    return view.with_(**changes)


_HIDDEN = {Privacy.FULL: (), Privacy.INITIALS: ("agent",), Privacy.NONE: _PEOPLE}


NO_FILTER: dict[str, Any] = {
    **dict.fromkeys((*_PEOPLE, "source"), ""),
    "priorities": (),
    "text": "",
    "sections": (),
}
"""What to change in a view so that it shows every ticket."""
