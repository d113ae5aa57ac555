"""What has to be true before it is believed that tickets are gone: a wrong key often just sees nothing."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from deskwatch.clock import Monotonic
from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.expression import ExpressionError
from deskwatch.sources.rest.requests import request_of

LONGEST_SETTLE = 30.0


class Guard:
    """Asks the probe of one source."""

    def __init__(self, api: Api) -> None:
        self._api, self._probe = api, api.settings.probe

    @property
    def has_probe(self) -> bool:
        """Whether there is a way to tell that the key works."""
        return self._probe is not None

    def prove(self) -> None:
        """Pass when the key works, or when the file has no probe.

        Raises:
            SourceError: it does not, or that could not be told.
        """
        if self._probe is None:
            return
        request = request_of(self._probe, part="probe", doing="trying the key")
        told = self._api.data(request)
        if self._probe.expect is None:
            return
        words = self._api.words
        try:
            found = self._probe.expect(told)
        except ExpressionError as problem:
            raise words.config_error(request.doing, f"probe.expect: {problem}") from None
        if found is None or found is False or found in ("", [], {}):
            if self._api.renew():
                ended = "the session had ended, and nobody said so; it is begun again with the next try"
                raise words.error("answer", request.doing, ended, status=200)
            why = "the helpdesk answers, but does not know the key (probe.expect finds nothing)"
            mend = f"check auth and secrets in {words.file}"
            raise words.error("auth", request.doing, f"{why}; {mend}", status=200)


class Absences:
    """Since when lists lack tickets, for helpdesks without a request for one ticket: two lists must agree.

    Args:
        settle: seconds that have to lie between them.

    Attributes:
        saw_nothing: whether the last list was empty.
    """

    def __init__(self, settle: float, clock: Monotonic) -> None:
        self._settle, self._clock = min(settle, LONGEST_SETTLE), clock
        self._since: dict[str, float] = {}
        self._before: dict[str, datetime] = {}
        self._listed_at: float | None = None
        self.saw_nothing = False

    def note(self, known: Iterable[str], present: Collection[str], *, now: datetime) -> None:
        """A complete list was read, and may be believed."""
        at = self._listed_at = self._clock()
        self.saw_nothing = not present
        self._since = {
            id_: self._since.get(id_, at - self._since_before(id_, now))
            for id_ in known
            if id_ not in present
        }
        self._before = {}

    def _since_before(self, id_: str, now: datetime) -> float:
        """Seconds since a list of a watcher before this one lacked a ticket; a clock set back tells none."""
        before = self._before.get(id_)
        return 0.0 if before is None else max(0.0, (now - before).total_seconds())

    def memory(self, now: datetime) -> dict[str, str]:
        """Since when which ticket is lacked: a watcher that runs once a minute has to remember it."""
        at = self._clock()
        return {
            id_: format_instant((now - timedelta(seconds=at - since)).replace(microsecond=0))
            for id_, since in self._since.items()
        }

    def recall(self, memory: Any) -> None:
        """Take back what ``memory`` gave."""
        for id_, text in memory.items() if isinstance(memory, dict) else ():
            with suppress(TicketError):
                self._before[str(id_)] = parse_instant(text)

    def doubted(self) -> None:
        """A list could not be believed: what was absent has to be absent twice again."""
        self._since, self._before = {}, {}

    def agreed(self, id_: str) -> bool:
        """Whether two lists, far enough apart, lacked this ticket."""
        since, listed = self._since.get(id_), self._listed_at
        return since is not None and listed is not None and listed - since >= self._settle > 0

    def wait(self, id_: str) -> float:
        """Seconds until another list could agree; 0 for a ticket that no list lacked yet."""
        since = self._since.get(id_)
        return 0.0 if since is None else max(0.0, since + self._settle - self._clock())
