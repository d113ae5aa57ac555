"""Short codes that stand in every text: people type them, and providers are searched for them."""

from collections import deque
from collections.abc import Iterable
from random import Random

ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"
"""Without what looks alike on a small screen or sounds alike on a bad line: 0 O, 1 I, 2 Z, 5 S, 8 B."""
LENGTH = 4
KEPT = 20_000
"""So many codes back none is given twice. There are about 400,000."""

_DIGITS = frozenset("34679")


class Codes:
    """Gives codes that are neither in use nor were lately."""

    def __init__(self, taken: Iterable[str] = (), *, random: Random | None = None) -> None:
        self._random = random or Random()
        self._recent = deque(taken, maxlen=KEPT)
        self._taken = set(self._recent)

    def new(self) -> str:
        """Four characters, letters and digits mixed so that no word (STOP, NEXT) is ever a code."""
        while True:
            code = "".join(self._random.choices(ALPHABET, k=LENGTH))
            digits = sum(letter in _DIGITS for letter in code)
            if code not in self._taken and 0 < digits < LENGTH:
                break
        if len(self._recent) == KEPT:
            self._taken.discard(self._recent[0])
        self._recent.append(code)
        self._taken.add(code)
        return code
