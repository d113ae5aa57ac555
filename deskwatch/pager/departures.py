"""What leaves now: urgent ones first, second tries before new ones, as limits and channels' room allow."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from deskwatch.core.delivery import Decision, Failure, Notification, NotificationState, Verdict
from deskwatch.core.people import Urgency
from deskwatch.core.sending import Sends, Sent, SentMessage, plan_sends, turned_away_words
from deskwatch.pager.delivery import BUDGET, Delivery, Outcome
from deskwatch.pager.settling import departing, refused
from deskwatch.pager.standing import Standing
from deskwatch.pager.verdicts import out_of_order

RenderBundle = Callable[[Sequence[Notification], datetime], Notification]
"""Makes the one notification that tells several, with its text and a code of its own; pending."""

_NONE_USED: Mapping[str, int] = MappingProxyType({})


@dataclass(kw_only=True)
class Departure:
    """What one round sends, settles and leaves to others.

    Attributes:
        sending: as recorded before their requests leave; ``bundles`` are those among them that are new.
        settled: told within a bundle, or written to the log.
        next_at: when something that waits for time may go. ``crowded``: something waits for room.
    """

    sending: list[Notification] = field(default_factory=list)
    bundles: set[str] = field(default_factory=set)
    settled: list[Notification] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    next_at: datetime | None = None
    crowded: bool = False


class Departures:
    """Remembers what went to whom lately, for the limits."""

    def __init__(self, render_bundle: RenderBundle, told: Iterable[SentMessage] = ()) -> None:
        self._render_bundle = render_bundle
        self._told: list[SentMessage] = list(told)
        self._said: set[str] = set()

    def count(self, sending: Iterable[Notification]) -> None:
        """These are leaving, or may have left before; second tries count once."""
        for each in sending:
            if each.attempts == 1 and each.tried_at is not None:
                self._told.append(Sent(each.tried_at, each.person, each.channel, each.urgency))

    def plan(
        self,
        due: Sequence[Notification],
        standing: Callable[[str], Standing],
        delivery: Delivery,
        used: Mapping[str, int] = _NONE_USED,
        *,
        now: datetime,
    ) -> Departure:
        """Which of the due notifications leave."""
        made = Departure()
        if delivery.mode == "log":
            made.settled = [_logged(each, now) for each in due]
            return made
        usable = _usable(due, standing, made, now)
        self._forget_before(now, delivery)
        fresh = [each for each in usable if not each.attempts]
        sends = plan_sends(fresh, self._told, delivery.limits, now=now, used=used, said=self._said)
        made.next_at = sends.next_at
        again = [(each,) for each in usable if each.attempts]
        left = self._fill(_Room(standing, now), sorted([*again, *sends.now], key=_order), made, now)
        going = {each.id for unit in sends.now for each in unit}
        self._said = {each.id for each in fresh if each.id not in going}
        for each in sends.turned_away:
            failure = Failure(kind="permanent", words=turned_away_words(each), code=BUDGET)
            failed = refused(each, failure, now=now)
            made.outcomes.append(Outcome(failed, failed, failure))
        made.decisions += _without(sends, left)
        return made

    def _fill(
        self, room: "_Room", units: Iterable[Sequence[Notification]], made: Departure, now: datetime
    ) -> set[tuple[str, str, str]]:
        """Let leave what finds room; answers what does not."""
        left: set[tuple[str, str, str]] = set()
        for unit in units:
            if room.take(unit[0].channel):
                self._leave(unit, made, now)
            else:
                made.crowded = True
                left |= {_named(each) for each in unit}
        return left

    def _leave(self, unit: Sequence[Notification], made: Departure, now: datetime) -> None:
        if len(unit) == 1:
            made.sending.append(departing(unit[0], now=now))
            return
        bundle = self._render_bundle(unit, now)
        made.bundles.add(bundle.id)
        made.sending.append(departing(bundle, now=now))
        told = NotificationState.BUNDLED
        made.settled += [each.with_(state=told, bundle=bundle.id, finished_at=now) for each in unit]

    def _forget_before(self, now: datetime, delivery: Delivery) -> None:
        longest = delivery.limits.longest
        if self._told and self._told[0].at < now - 2 * longest:
            self._told = [each for each in self._told if each.at >= now - longest]


class _Room:
    """How many requests each channel can take in this round."""

    def __init__(self, standing: Callable[[str], Standing], now: datetime) -> None:
        self._standing, self._now = standing, now
        self._taken: dict[str, int] = {}

    def take(self, channel: str) -> bool:
        """Take one place, if there is one."""
        taken = self._taken.get(channel, 0)
        if taken >= self._standing(channel).room(self._now):
            return False
        self._taken[channel] = taken + 1
        return True


def _usable(
    due: Iterable[Notification], standing: Callable[[str], Standing], made: Departure, now: datetime
) -> list[Notification]:
    """Those whose channels work; for the others another way has to be found."""
    usable = []
    for each in due:
        channel = standing(each.channel)
        if channel.broken is None:
            usable.append(each)
        else:
            at = channel.usable_at(now)
            made.outcomes.append(out_of_order(each, channel.broken, at=at, now=now))
    return usable


def _order(unit: Sequence[Notification]) -> tuple[bool, bool, int, datetime]:
    """What is urgent first, of those what was tried before, however long the rest has been trying."""
    first = unit[0]
    return first.urgency is not Urgency.URGENT, not first.attempts, first.rank, first.created_at


def _logged(notification: Notification, now: datetime) -> Notification:
    return notification.with_(state=NotificationState.LOGGED, finished_at=now, settle_at=None, check_at=None)


def _named(notification: Notification) -> tuple[str, str, str]:
    alert = notification.alerts[0] if notification.alerts else notification.id
    return alert, notification.person, notification.channel


def _without(sends: Sends, left: set[tuple[str, str, str]]) -> list[Decision]:
    """The decisions, but for those to send what finds no room now: they are made anew when there is."""
    return [
        made
        for made in sends.decisions
        if made.verdict is not Verdict.SEND or (made.alert, made.person, made.channel) not in left
    ]
