"""Regular expressions of an admin. Each search ends within a moment, whatever pattern and text are.

The syntax is that of Python's ``re``, which the module ``regex`` understands too; only ``regex`` can be told
when to stop.
"""

LONGEST = 500
"""Characters of a pattern."""

LONGEST_TEXT = 2000
"""Characters of a text that are searched."""

SECONDS = 0.05
"""Longest search. A usual one takes some microseconds."""

_MOST_STOPS, _WINDOW = 5, 1000


class PatternError(ValueError):
    """A search that was given up."""


class Pattern:
    """A compiled pattern. One that has to be stopped often is not tried again for the next 1,000 texts."""

    __slots__ = ("_asked", "_search", "_stops")

    def __init__(self, text: str) -> None:
        """Compile.

        Raises:
            ValueError: it is no regular expression; the message says where in the text.
        """
        if len(text) > LONGEST:
            raise ValueError(f"a pattern has at most {LONGEST} characters, this one {len(text)}")
        import regex  # only those pay for it who have a pattern

        try:
            self._search = regex.compile(text).search
        except regex.error as problem:
            raise ValueError(f"is no regular expression: {problem}") from None
        except (RecursionError, OverflowError, MemoryError):
            raise ValueError("is no regular expression: nested too deeply, or too long") from None
        self._asked = self._stops = 0

    def find(self, text: str) -> str | None:
        """The first group that found something, else all that was found; None: the text does not match.

        Raises:
            PatternError: it takes too long.
        """
        self._asked += 1
        if self._asked > _WINDOW:
            self._asked, self._stops = 1, 0
        if self._stops >= _MOST_STOPS:
            raise PatternError("the pattern takes too long; make it simpler")
        try:
            found = self._search(text[:LONGEST_TEXT], timeout=SECONDS)
        except (TimeoutError, MemoryError):
            self._stops += 1
            raise PatternError("the pattern takes too long; make it simpler") from None
        if found is None:
            return None
        return next((group for group in found.groups() if group is not None), found[0])
