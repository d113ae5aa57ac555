"""How much of people and their words a screen may show."""

from enum import Enum


class Privacy(Enum):
    """What a board lets through, from everything to nothing that names anybody.

    ``FULL``: names, subjects and descriptions. ``INITIALS``: initials instead of names, no descriptions.
    ``NONE``: no names, no subjects, no descriptions; number, kind and deadline remain.
    """

    FULL = "full"
    INITIALS = "initials"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for ``FULL``; the higher, the less is shown."""
        return _RANKS[self]


_RANKS = {privacy: rank for rank, privacy in enumerate(Privacy)}


def stricter(one: Privacy, other: Privacy) -> Privacy:
    """Whichever shows less."""
    return max(one, other, key=lambda privacy: privacy.rank)
