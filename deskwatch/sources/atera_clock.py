"""The helpdesk's clock as its answers show it, and where the next question for changes may begin."""

from datetime import datetime, timedelta

SLACK = timedelta(minutes=1)
"""How far an answer's date may be from where the last one and our own clock put it."""


class TheirClock:
    """Follows the ``Date`` headers of answers; one that jumps is believed when a second agrees with it."""

    def __init__(self) -> None:
        self._believed: tuple[datetime, float] | None = None
        self._suspect: tuple[datetime, float] | None = None

    def cursor(self, told: datetime | None, *, clock: float, before: datetime) -> datetime:
        """From when on changes may be missing in an answer; rather too early than too late.

        Args:
            told: the ``Date`` header, if it can be read.
            clock: monotonic seconds when the question was asked.
            before: where the last question for changes began.
        """
        expected = _moved_on(self._believed, clock)
        if told is None:
            return before if expected is None else expected
        if expected is None or abs(told - expected) <= SLACK or self._agrees(told, clock):
            self._believed, self._suspect = (told, clock), None
            return told
        self._suspect = (told, clock)
        return min(told, expected)

    def _agrees(self, told: datetime, clock: float) -> bool:
        again = _moved_on(self._suspect, clock)
        return again is not None and abs(told - again) <= SLACK


def _moved_on(pair: tuple[datetime, float] | None, clock: float) -> datetime | None:
    return None if pair is None else pair[0] + timedelta(seconds=clock - pair[1])
