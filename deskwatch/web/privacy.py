"""What each ``Privacy`` lets through. A veiled ticket holds nothing else, so whatever prints it cannot slip.

====================  ===============  =====================================  ===========================
of a ticket           ``full``         ``initials``                           ``none``
====================  ===============  =====================================  ===========================
requester, agent      name             initials, no id                        that there is somebody
e-mail, telephone     never            never                                  never
group, client         name             name                                   that there is one
subject               as written       without the names of its people,       its type: "Incident"
                                       addresses and telephone numbers
tags, category        as written       likewise                               never
description           unless public    never                                  never
unknown fields        never            never                                  never
number, times, SLA,   always           always                                 always
type, status, priority
link to the helpdesk  always           always                                 never
names of policies     always           always                                 never: they may be a client's
and business hours
====================  ===============  =====================================  ===========================
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType

from deskwatch.core.board import Board
from deskwatch.core.privacy import Privacy, stricter
from deskwatch.core.ticket import Person, Ticket
from deskwatch.web.access import Grant
from deskwatch.web.duty import Duty, OnCall, Taken

SOMEBODY = "Somebody"
"""Whoever is on call or has a ticket, where no name may be shown; English, for the wording."""
UNKNOWN = "?"
"""The initials of a name without letters."""
HIDDEN = Person(id="", name="")
"""There is somebody, and this screen may not know who."""
LONGEST_TEXT = 2000
"""Characters of a subject that are searched for names; what comes later is cut off."""
CUT = "…"

_E_MAIL = re.compile(r"[^\s@<>()\[\]\"',;:]{1,64}@[^\s@<>()\[\]\"',;:]{1,255}")
_TELEPHONE = re.compile(r"(?<![\w.:])(?:\+|\(\+?|0)[\d\s()/.\-\u2010-\u2013]{5,28}\d(?![\w:])")
_DATE = re.compile(r"0\d[./-]\d{1,2}[./-]\d{2,4}\b")
_FEWEST_DIGITS = 7
_NO_EXTRA = MappingProxyType[str, object]({})


@dataclass(frozen=True, slots=True)
class Sight:
    """How much of a ticket, or of who is on call, a reader may see."""

    privacy: Privacy = Privacy.FULL
    public: bool = False

    def of(self, ticket: Ticket) -> Ticket:
        """The ticket as this reader may see it."""
        return veil(ticket, self.privacy, public=self.public)


def sight_of_board(grant: Grant, board: Board) -> Sight:
    """How a client may see the tickets of a board, while it looks at that board."""
    return Sight(stricter(grant.privacy, board.privacy), board.public)


def sight_of_ticket(grant: Grant, holding: Iterable[Board], boards: Iterable[Board]) -> Sight:
    """How a client may see a ticket that it asks for by key, away from any board.

    As on the laxest of the boards that hold it and that the client may see: there it can see as much anyway.
    A ticket on no board (closed, or matched by none) was never meant for a wall; it is shown as on the
    strictest board, because whoever made one board strict did not mean to publish the rest.
    """
    seen = [board for board in holding if grant.covers(board.id)]
    if seen:
        privacy = min((board.privacy for board in seen), key=_rank)
        return Sight(stricter(grant.privacy, privacy), all(board.public for board in seen))
    every = list(boards)
    privacy = max((board.privacy for board in every), key=_rank, default=Privacy.FULL)
    return Sight(stricter(grant.privacy, privacy), any(board.public for board in every))


def sight_of_duty(grant: Grant, boards: Iterable[Board]) -> Sight:
    """How a client may see who is on call: as on the laxest board it may see, where it is shown as well."""
    seen = [board.privacy for board in boards if grant.covers(board.id)]
    return Sight(stricter(grant.privacy, min(seen, key=_rank, default=Privacy.NONE)))


def laxest(levels: Iterable[Privacy]) -> Privacy | None:
    """Whichever shows most; ``None`` when there is none."""
    return min(levels, key=_rank, default=None)


def _rank(privacy: Privacy) -> int:
    return privacy.rank


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """``Ben van der Miller`` → ``B. M.``: first and last word, one letter each, and never anything else.

    Of an e-mail address the part before the @ counts; a name without letters, such as a telephone number,
    is ``UNKNOWN``. Where one character may be a whole name (Chinese, Japanese, Korean) a circle stands in.
    """
    words = _words(name)
    ends = [words[0], words[-1]] if len(words) > 1 else words
    return " ".join(f"{_letter(word)}." for word in ends) or UNKNOWN


def veil(ticket: Ticket, privacy: Privacy, *, public: bool = False) -> Ticket:
    """The ticket without what this level does not let through.

    Args:
        ticket: as its file says.
        privacy: of the reader, which is the strictest of board, link and wishes.
        public: the board's, which hides descriptions at every level.
    """
    if privacy is Privacy.NONE:
        return ticket.with_(
            url=None,
            subject=ticket.type or "Ticket",
            description="",
            category=None,
            tags=(),
            requester=ticket.requester and HIDDEN,
            agent=ticket.agent and HIDDEN,
            group=ticket.group and HIDDEN,
            client=ticket.client and HIDDEN,
            previous_agent=ticket.previous_agent and HIDDEN,
            extra=_NO_EXTRA,
        )
    if privacy is Privacy.INITIALS:
        people = [p for p in (ticket.requester, ticket.agent, ticket.previous_agent) if p]
        names = tuple(dict.fromkeys(p.name for p in people))
        numbers = tuple(p.phone for p in people if p.phone)
        return ticket.with_(
            subject=_without(ticket.subject, names, numbers),
            description="",
            category=ticket.category and _without(ticket.category, names, numbers),
            tags=tuple(_without(tag, names, numbers) for tag in ticket.tags),
            requester=_initialled(ticket.requester),
            agent=_initialled(ticket.agent),
            group=_organization(ticket.group),
            client=_organization(ticket.client),
            previous_agent=_initialled(ticket.previous_agent),
            extra=_NO_EXTRA,
        )
    return ticket.with_(
        description="" if public else ticket.description,
        requester=_unreachable(ticket.requester),
        agent=_unreachable(ticket.agent),
        group=_unreachable(ticket.group),
        client=_unreachable(ticket.client),
        previous_agent=_unreachable(ticket.previous_agent),
        extra=_NO_EXTRA,
    )


def veil_duty(duty: Duty, privacy: Privacy, *, somebody: str = SOMEBODY) -> Duty:
    """Who is on call and has what, likewise; ``somebody`` in the words of the reader."""
    if privacy is Privacy.FULL:
        return duty

    def turns(listed: tuple[OnCall, ...]) -> tuple[OnCall, ...]:
        return tuple(OnCall(turn.layer, _shown(turn.name, privacy, somebody), turn.at) for turn in listed)

    taken = {key: veil_taken(each, privacy, somebody=somebody) for key, each in duty.taken.items()}
    return Duty(turns(duty.on_call), turns(duty.following), MappingProxyType(taken))


def veil_taken(taken: Taken, privacy: Privacy, *, somebody: str = SOMEBODY) -> Taken:
    """Who has one ticket in hand, likewise."""
    return taken if privacy is Privacy.FULL else Taken(_shown(taken.by, privacy, somebody), taken.at)


def _shown(name: str, privacy: Privacy, somebody: str) -> str:
    return initials(name) if privacy is Privacy.INITIALS else somebody


def _words(name: str) -> list[str]:
    """Runs of letters with their marks; of an e-mail address, those before the @."""
    name = unicodedata.normalize("NFC", name.partition("@")[0] or name)
    runs = groupby(name[:LONGEST_TEXT], key=lambda char: unicodedata.category(char)[0] in "LM")
    words = ("".join(run) for is_word, run in runs if is_word)
    return [word for word in words if word[0].isalpha()]


def _letter(word: str) -> str:
    first = word[0]
    if _may_be_a_whole_name(first):
        return "○"
    upper = first.upper()
    return upper if len(upper) == 1 else first


def _may_be_a_whole_name(letter: str) -> bool:
    """Whether a single character is a syllable or a word, as in 李, さ or 김."""
    return unicodedata.name(letter, "").startswith(
        ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "YI ", "BOPOMOFO")
    )


def _initialled(person: Person | None) -> Person | None:
    return person and Person(id="", name=initials(person.name))


def _organization(who: Person | None) -> Person | None:
    return who and Person(id=who.id, name=_without(who.name, (), ()))


def _unreachable(who: Person | None) -> Person | None:
    return Person(id=who.id, name=who.name) if who and (who.email or who.phone) else who


def _without(text: str, names: tuple[str, ...], numbers: tuple[str, ...]) -> str:
    """A text in which the names became initials, and addresses and telephone numbers an ellipsis."""
    text = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
    for number in numbers:
        text = text.replace(number, CUT)
    text = _TELEPHONE.sub(_cut_telephone, _E_MAIL.sub(CUT, text))
    pattern = _any_of(names)
    return pattern.sub(lambda found: f"{_letter(found[0])}.", text) if pattern else text


def _cut_telephone(found: re.Match[str]) -> str:
    text = found[0]
    is_one = sum(c.isdigit() for c in text) >= _FEWEST_DIGITS and not _DATE.match(text)
    return CUT if is_one else text


@lru_cache(maxsize=2048)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds the words of these names. Particles ("van der") are words of the language too and stay."""
    found = {word for name in names for word in _words(name) if _is_telling(word, name)}
    if not found:
        return None
    words = "|".join(_pattern(word) for word in sorted(found, key=len, reverse=True))
    return re.compile(words)


def _is_telling(word: str, name: str) -> bool:
    if _may_be_a_whole_name(word[0]):
        return True
    return len(word) > 1 and (not word[0].islower() or name == name.lower())


def _pattern(word: str) -> str:
    literal = re.escape(word)
    if _may_be_a_whole_name(word[0]):
        return literal  # written without spaces
    ignoring_case = f"(?i:{literal})" if len(word) > 2 else literal
    return rf"(?<![^\W\d_]){ignoring_case}(?=s?(?![^\W\d_]))"
