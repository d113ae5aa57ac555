"""By which letters and colour a wall tells the helpdesks of a board apart."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import get_args

from deskwatch.sources.settings import Colour, SourceSettings

COLOURS: tuple[Colour, ...] = get_args(Colour)
MOST_LETTERS = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands beside the tickets of one source: letters in a colour, and the title for whoever asks."""

    title: str
    letters: str
    colour: Colour


def marks_of(sources: Mapping[str, SourceSettings]) -> dict[str, Mark]:
    """The mark of each source. No two have the same letters unless an admin gave them the same.

    What an admin chose comes first; the others get what is left, in the order of the sources.
    """
    letters = {name: source.mark for name, source in sources.items() if source.mark}
    titles = {name: source.title or name for name, source in sources.items() if name not in letters}
    colours = {name: source.colour for name, source in sources.items() if source.colour}
    for name in sources:
        if name not in letters:
            letters[name] = _free_letters(titles[name], letters.values(), titles.values())
        if name not in colours:
            used = colours.values()
            colours[name] = next((colour for colour in COLOURS if colour not in used), COLOURS[-1])
    return {
        name: Mark(source.title or name, letters[name], colours[name]) for name, source in sources.items()
    }


def same_marks(sources: Mapping[str, SourceSettings]) -> Iterator[tuple[str, str]]:
    """Sources whose admin gave them the mark of one before: its name and that one's."""
    known: dict[str, str] = {}
    for name, source in sources.items():
        if source.mark:
            first = known.setdefault(source.mark.casefold(), name)
            if first != name:
                yield name, first


def _free_letters(title: str, used: Iterable[str], titles: Iterable[str]) -> str:
    """Letters of a title that nobody has yet: its initials, its beginning, or its first and a number.

    Where another title begins alike, the first letter and the first that differs: Dm and Ds of demo and desk.
    """
    taken = {letters.casefold() for letters in used}
    words = re.findall(r"\w+", title.replace("_", " ")) or ["?"]
    initials = "".join(word[0] for word in words[:MOST_LETTERS])
    wanted = [initials.upper()] if len(words) > 1 else []
    alike = max((_shared(title, other) for other in titles if other != title), default=0)
    if alike >= 2 and title[0].isalnum() and title[alike : alike + 1].isalnum():
        wanted.append(title[0].upper() + title[alike].lower())
    wanted += [words[0][:length].capitalize() for length in range(2, MOST_LETTERS + 1)]
    wanted += [f"{words[0][0].upper()}{number}" for number in range(2, 1000)]
    return next(letters for letters in wanted if letters.casefold() not in taken)


def _shared(title: str, other: str) -> int:
    """How many characters two titles begin alike with."""
    pairs = zip(title.casefold(), other.casefold(), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
